"""What is told of other packages of the name."""

from __future__ import annotations

from pathlib import Path

import scitex.db
from scitex.db.adapters.namespace import strangers

MINE = Path(scitex.db.__file__).parents[2]


def package(path: Path) -> Path:
    """Make a package."""
    path.mkdir(parents=True)
    (path / "__init__.py").touch()
    return path


def test_a_regular_package_is_told(tmp_path: Path) -> None:
    """One with an ``__init__.py`` hides the namespace, wherever it is on the path."""
    place = package(tmp_path / "scitex")
    package(place / "db")

    (found,) = strangers([str(MINE), str(tmp_path), str(tmp_path)])

    assert (found.where, "regular package" in found.message) == (str(place), True)
    assert found.remedy


def test_another_of_the_same_name_is_told(tmp_path: Path) -> None:
    """An older copy in another folder is told, this one is not."""
    other = package(tmp_path / "scitex" / "db")

    (found,) = strangers([str(MINE), str(tmp_path)])

    assert (found.where, str(MINE) in found.message) == (str(other), True)


def test_siblings_in_the_namespace_are_nobodys_trouble(tmp_path: Path) -> None:
    """Other parts of the namespace, and what is not there, are fine."""
    package(tmp_path / "scitex" / "io")

    assert strangers([str(tmp_path), "", str(tmp_path / "nowhere")]) == ()

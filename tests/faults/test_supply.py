"""What is shipped: only the package, and it works where it is installed."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
USING = """
import scitex.db, sys
assert scitex.db.__file__.startswith(sys.argv[1]), scitex.db.__file__
with scitex.db.SQLite3(":memory:") as db:
    db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "REAL"})
    db.insert("t", {"x": 0.5})
    print(db.select("t"))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and the source distribution from a copy of what git knows."""
    folder = tmp_path_factory.mktemp("built")
    source = folder / "source"
    source.mkdir()
    files = subprocess.run(
        [
            "git",
            "ls-files",
            "-zco",
            "--exclude-standard",
            "scitex",
            "pyproject.toml",
            "setup.cfg",
            "README.md",
            "LICENSE",
        ],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.split(b"\0")
    for name in filter(None, map(os.fsdecode, files)):
        if (ROOT / name).exists():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, source],
        check=True,
        capture_output=True,
    )
    return folder


def test_the_wheel_holds_the_package_and_nothing_else(built: Path) -> None:
    """All of it is below ``scitex/db``: no tests, no pages, and no ``scitex/__init__.py``."""
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "scitex").rglob("*.py")}
    strange = [n for n in names if not n.startswith("scitex/db/") and ".dist-info/" not in n]

    assert strange == []
    assert modules - set(names) == set()
    assert {"scitex/db/py.typed", "scitex/db/services/tracking/page.html"} <= set(names)
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


@pytest.mark.parametrize("ending", ["*.whl", "*.tar.gz"])
def test_what_is_built_works_where_it_is_installed(
    built: Path, tmp_path: Path, ending: str
) -> None:
    """Installed into a folder of its own, beside its requirements, it does its work."""
    (archive,) = built.glob(ending)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", tmp_path, archive], check=True, capture_output=True)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}

    used = subprocess.run(
        [sys.executable, "-c", USING, tmp_path],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    helped = subprocess.run(
        [sys.executable, tmp_path / "bin" / "scitex-db", "--help"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (used.returncode, used.stdout) == (0, "[{'id': 1, 'x': 0.5}]\n"), used.stderr
    assert (helped.returncode, "doctor" in helped.stdout) == (0, True), helped.stderr


def test_the_sources_hold_what_is_needed(built: Path) -> None:
    """The source distribution has the licence, and nothing of a machine's."""
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        names = [name.partition("/")[2] for name in packed.getnames()]

    assert {"LICENSE", "README.md", "pyproject.toml"} <= set(names)
    assert not [name for name in names if name.startswith((".venv", ".git"))]

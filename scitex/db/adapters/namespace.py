"""Which other packages of the name ``scitex`` could be imported in the place of this one."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from scitex.db.domain.inspection.findings import Finding

_REMEDY = "use an environment of its own; print(scitex.db.__file__) tells which one is imported"


def strangers(path: Iterable[str] | None = None) -> tuple[Finding, ...]:
    """
    Look along the import path for what may hide this package from other programs.

    Parameters
    ----------
    path : iterable of str, optional
        ``sys.path`` by default.

    Returns
    -------
    tuple of Finding
    """
    mine = Path(__file__).resolve().parents[1]
    found = []
    for entry in dict.fromkeys(sys.path if path is None else path):
        place = Path(entry or ".") / "scitex"
        other = place / "db"
        if (place / "__init__.py").is_file():
            why = "it is a regular package, which hides the namespace that scitex.db is a part of"
            found.append(Finding("namespace", "warning", str(place), why, _REMEDY))
        elif (other / "__init__.py").is_file() and other.resolve() != mine:
            why = f"it is another scitex.db than the one in {mine}"
            found.append(Finding("namespace", "warning", str(other), why, _REMEDY))
    return tuple(found)

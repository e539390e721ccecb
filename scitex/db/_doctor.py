"""The front door to the doctor: any database, open or not."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from scitex.db._facade.database import Database
from scitex.db._opening import opened
from scitex.db.adapters.namespace import strangers
from scitex.db.domain.errors import InternalError
from scitex.db.domain.inspection.findings import Finding, Report


def doctor(
    database: Database | str | os.PathLike[str],
    fix: str | Iterable[str] = (),
    *,
    on_conflict: Mapping[str, str | Iterable[str]] | None = None,
    quick: bool = False,
    sample: int | None = 10_000,
) -> Report:
    """
    Examine a database: what is wrong with it, what may become so, and what helps.

    Parameters
    ----------
    database : Database, str or path-like
        An open one, or its path or URL, which is opened for reading only unless `fix` is given.
    fix, on_conflict, quick, sample
        As in `Database.doctor`.

    Returns
    -------
    Report
        A file that is damaged or no database is a finding, not an error.

    Raises
    ------
    InterfaceError
        If `fix` names what is not mended automatically.
    OperationalError
        If there is no such file, or the database cannot be opened.

    Examples
    --------
    >>> print(doctor("my_data.db"))
    sqlite ..., ...my_data.db: nothing was found
    """
    if isinstance(database, Database):
        return database.doctor(fix, on_conflict=on_conflict, quick=quick, sample=sample)
    names = (fix,) if isinstance(fix, str) else tuple(fix)
    options = {} if names or os.fspath(database) == ":memory:" else {"read_only": True}
    try:
        with opened(database, **options) as db:
            return db.doctor(names, on_conflict=on_conflict, quick=quick, sample=sample)
    except InternalError as error:
        damaged = Finding(
            "integrity", "error", os.fspath(database), error.message, error.hint or ""
        )
        return Report(os.fspath(database), (damaged,))


def installation() -> tuple[Finding, ...]:
    """Return what is found of other packages that could be imported in the place of this one."""
    return strangers()

"""Copying a database into another one, whatever engines keep them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scitex.db._connect import file_of, is_there
from scitex.db._facade.database import Database
from scitex.db._opening import Given, opened
from scitex.db.domain.copying import Copied
from scitex.db.domain.errors import InterfaceError
from scitex.db.services.progress import Progress


def copy_database(
    source: Given,
    target: Given,
    *,
    tables: str | Iterable[str] | None = None,
    overwrite: bool = False,
    strict: bool = True,
    progress: Progress = None,
) -> Copied:
    """
    Copy tables with their records into another database, all of it or nothing.

    Parameters
    ----------
    source, target : Database, str or path-like
        An open database, the path of a file, or a URL; the target's file is made if it is not
        there.
    tables : str or iterable of str, optional
        Which ones; all by default.
    overwrite : bool, default False
        Whether tables of the target that have these names are replaced.
    strict : bool, default True
        Whether to refuse what the target cannot have all of.  Otherwise it is copied without that,
        and the result tells what is missing.
    progress : bool or callable, optional
        True shows a bar; a callable is given the number of records stored and the total.

    Returns
    -------
    Copied
        The fingerprint of each table, the same in both databases, and what was not carried.

    Raises
    ------
    UnsupportedFeatureError
        If the target cannot have all of it: views, triggers, functions; between engines defaults,
        checks, computed columns, unique indexes and languages of searches that only one of them
        has.  All that `strict` minds is named, and nothing is written.
    SchemaError
        If the target has tables of these names, a column has a type that the other engine does
        not know, or a name is taken.
    DataError
        If a value does not fit the other engine's column, or the copy is not what was read.
    ForeignKeyError
        If a reference points at no record, or other tables of the target refer to those replaced.
    TableNotFoundError
        If one of `tables` is not there.
    InterfaceError
        If source and target are one database.

    Notes
    -----
    Carried are columns with types by what they mean, NOT NULL, defaults, checks, primary keys,
    unique columns, foreign keys, also those in a circle, indexes on columns and on JSON paths,
    what can be searched, and the last number that was given to a record.  The order of text
    (collations), plain indexes on expressions and conditional ones are left behind and told of.
    The source is read as it is at one moment.  Memory holds some thousand records, or 16 MB
    and one value.  At the end rows and fingerprints are compared; until then nobody sees the copy.

    Examples
    --------
    >>> print(copy_database(db, "copy.db"))
    copied 1 table, 1 record
    >>> with SQLite3("copy.db") as copy:
    ...     copy.fingerprint() == db.fingerprint()
    True
    """
    from scitex.db.services.copying import carrying

    wanted = carrying.Wanted(tables, overwrite, strict)
    with opened(source) as giving, _made(target), opened(target, new=True) as taking:
        if _are_one(giving, taking):
            raise InterfaceError(
                "source and target are one database", hint="pass another one as the target"
            )
        return carrying.copy(giving.storage, taking.storage, wanted, progress=progress)


@contextmanager
def _made(target: Given) -> Iterator[None]:
    """Remove a file that was made for a copy which failed."""
    path = None if isinstance(target, Database) else file_of(os.fspath(target))
    new = path is not None and not is_there(path)
    try:
        yield
    except BaseException:
        if path is not None and new:
            for ending in ("", "-wal", "-shm"):
                with suppress(OSError):  # there is no such folder, or it is a file
                    Path(f"{path}{ending}").unlink(missing_ok=True)
        raise


def _are_one(source: Database, target: Database) -> bool:
    """Say whether two objects are the same database, as far as that can be told."""
    if source.storage is target.storage:
        return True
    if source.engine == target.engine == "postgresql":
        asked = "SELECT current_database(), current_schema(), pg_postmaster_start_time()"
        return source.storage.query(asked) == target.storage.query(asked)
    places = [os.fspath(each.storage.location) for each in (source, target)]
    both_files = source.engine == target.engine == "sqlite" and ":memory:" not in places
    return both_files and source.files.same(*places)

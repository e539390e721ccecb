"""SQLite's own way to copy a database, page by page, and looking for damage in one."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator

from scitex.db.adapters.sqlite3.errors import DriverError, is_lock, translated
from scitex.db.adapters.sqlite3.opening import Target
from scitex.db.domain.errors import BackupError, LockedError

_PAGES = 4_096  # copied between two reports
_TOLD = 5  # faults that an error names


def copied(
    source: sqlite3.Connection,
    into: sqlite3.Connection,
    target: Target,
    *,
    pages: int = -1,
    report: Callable[[int], object] | None = None,
) -> None:
    """
    Copy a whole database over another one; raise `LockedError` after the timeout.

    Parameters
    ----------
    source, into : sqlite3.Connection
    target : Target
        What the wait, and the error, is about.
    pages : int, default -1
        How many are copied at a time; all by default.
    report : callable, optional
        Given how many pages were copied.
    """
    deadline = time.monotonic() + target.timeout
    left: int | None = None

    def watched(status: int, remaining: int, total: int) -> None:
        nonlocal deadline, left
        if status & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            if time.monotonic() > deadline:  # SQLite would go on trying for ever
                raise LockedError(
                    f"{target.path} is locked by another connection",
                    hint="let it finish, or wait longer: SQLite3(path, timeout=60)",
                )
            return
        deadline = time.monotonic() + target.timeout
        if report is not None:
            report((total if left is None else left) - remaining)
            left = remaining

    try:
        source.backup(into, pages=pages, progress=watched, sleep=0.01)
    except DriverError as error:
        raise translated(error, where=target.path) from error


def copy_to_file(
    source: sqlite3.Connection, path: str, *, check: bool, report: Callable[[int], object]
) -> int | None:
    """
    Copy what a connection sees into a new file.

    Parameters
    ----------
    source : sqlite3.Connection
    path : str
    check : bool
        Whether the copy is looked over for damage.
    report : callable
        Given how many bytes were copied.

    Returns
    -------
    int or None
        References that point at no record; None where nobody looked.
    """
    size: int = source.execute("PRAGMA page_size").fetchone()[0]
    with _file(path) as into:
        # Nobody else knows the file: it is given up if anything fails, and brought to the disk
        # at once, when it is whole.
        into.execute("PRAGMA journal_mode = OFF").fetchall()
        into.execute("PRAGMA synchronous = OFF")
        copied(
            source,
            into,
            Target(path),
            pages=_PAGES,
            report=lambda pages: report(pages * size),
        )
        into.execute("PRAGMA journal_mode = DELETE").fetchall()  # one file: no log beside it
        if not check:
            return None
        damage(into, "the copy")
        return dangling(into)


@contextlib.contextmanager
def _file(path: str) -> Iterator[sqlite3.Connection]:
    try:
        connection = sqlite3.connect(path, isolation_level=None)
    except DriverError as error:
        raise translated(error, where=path) from error
    try:
        yield connection
    except DriverError as error:
        raise translated(error, where=path) from error
    finally:
        connection.close()


def damage(connection: sqlite3.Connection, where: str) -> None:
    """
    Look a whole database over.

    Records that break a CHECK are no damage: the rule may be younger than they are.

    Raises
    ------
    BackupError
        If SQLite finds a fault.
    """
    connection.execute("PRAGMA ignore_check_constraints = ON")
    try:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check").fetchall()]
    except DriverError as error:
        if is_lock(error):
            raise translated(error, where=where) from error
        if "no such function" in str(error) or "unknown function" in str(error):
            raise BackupError(
                f"{where} cannot be looked over: an index or a computed column uses a function "
                f"that only another program knows ({error})",
                hint="check=False copies it as it is",
            ) from error
        found = [str(error)]
    finally:
        connection.execute("PRAGMA ignore_check_constraints = OFF")
    if found != ["ok"]:
        told = "; ".join(line for text in found for line in text.splitlines()[:_TOLD])
        raise BackupError(
            f"the database is damaged: {told}",
            hint="restore the last good backup; check=False copies it as it is",
        )


def dangling(connection: sqlite3.Connection) -> int:
    """Count the references that point at no record."""
    try:
        found: int = connection.execute(
            "SELECT count(*) FROM pragma_foreign_key_check"
        ).fetchone()[0]
    except DriverError as error:
        if "foreign key mismatch" in str(error):
            return 0  # a key that can never be held to; nothing to count
        raise translated(error, where="the database") from error
    return found

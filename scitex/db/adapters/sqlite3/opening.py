"""Opening a SQLite file: where it lies, in which mode, with which settings."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
import urllib.parse
import warnings
from collections.abc import Callable
from pathlib import Path

import attrs

from scitex.db.adapters.sql.settings import one_of, seconds
from scitex.db.adapters.sqlite3 import jsonfunctions, searchfunctions
from scitex.db.adapters.sqlite3.errors import DriverError, is_lock, translated
from scitex.db.adapters.sqlite3.network import network_mount
from scitex.db.adapters.sqlite3.whereabouts import Whereabouts
from scitex.db.domain.addresses import is_url
from scitex.db.domain.errors import (
    DatabaseWarning,
    InterfaceError,
    InternalError,
    OperationalError,
    UnsupportedFeatureError,
)

MEMORY = ":memory:"
PASSING = ""  # a file without a name, which is gone when its one connection is closed
STATEMENTS_KEPT = 512  # compiled statements that the driver keeps for each connection
_PAGE_SIZES = tuple(1 << bits for bits in range(9, 17))
_OLDEST = (3, 37)  # the first with pragma_table_list; has RETURNING and DROP COLUMN


def _synchronous(value: object) -> str:
    return one_of("synchronous", value, ("FULL", "NORMAL", "OFF", "EXTRA"))


def _page_size(value: object) -> int | None:
    if value is None or (isinstance(value, int) and value in _PAGE_SIZES):
        return value
    raise InterfaceError(
        f"page_size={value!r} is no size of a page", hint=f"pass one of {list(_PAGE_SIZES)}"
    )


@attrs.frozen
class Target:
    """
    What to open, and how.

    Attributes
    ----------
    path : str
        Absolute, or ``":memory:"``.
    timeout : float
        Seconds to wait for a lock.
    read_only : bool
    synchronous : {"FULL", "NORMAL", "OFF", "EXTRA"}
        When a commit is on the disk: at once, or (NORMAL, in WAL mode) soon after.
    foreign_keys : bool
    page_size : int or None
        Bytes of a page in a new file; None leaves it to SQLite.
    whereabouts : Whereabouts
        Tells whether the file is still there.
    """

    path: str
    timeout: float = attrs.field(default=30.0, converter=seconds)
    read_only: bool = False
    synchronous: str = attrs.field(default="FULL", converter=_synchronous)
    foreign_keys: bool = True
    page_size: int | None = attrs.field(default=None, converter=_page_size)
    whereabouts: Whereabouts = attrs.field(init=False, eq=False, repr=False)

    @whereabouts.default
    def _whereabouts(self) -> Whereabouts:
        return Whereabouts(None if self.in_memory else self.path)

    @property
    def in_memory(self) -> bool:
        """Whether the database lives in this process only."""
        return self.path in {MEMORY, PASSING}


def absolute(path: object) -> str:
    """
    Return where a database lies, so that a later change of folder does not move it.

    Raises
    ------
    InterfaceError
        If it is empty, holds NUL or half a character, or is no path.
    """
    text = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
    if is_url(text):
        raise InterfaceError(
            "a URL cannot be a database file", hint="pass a path, or the URL to connect()"
        )
    if not text.strip() or "\0" in text or not _is_encodable(text):
        raise InterfaceError(
            f"{path!r} cannot be a database file", hint='pass a path, or ":memory:"'
        )
    if text == MEMORY:
        return text
    return str(Path(os.path.expanduser(text)).absolute())  # noqa: PTH111 - raises nothing


def _is_encodable(text: str) -> bool:
    """Say whether the system can have a file of that name."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True


def connect(target: Target) -> sqlite3.Connection:
    """
    Open the file and bring the connection into the state that this package relies on.

    Parameters
    ----------
    target : Target

    Returns
    -------
    sqlite3.Connection
        In autocommit, with foreign keys on; a new file on a local disk is in WAL mode.

    Raises
    ------
    OperationalError
        If its folder is missing, or it cannot be opened.
    InternalError
        If it is no SQLite database.
    LockedError
        If another connection holds it for longer than the timeout.
    """
    if sqlite3.sqlite_version_info < _OLDEST:
        raise UnsupportedFeatureError(
            f"SQLite {sqlite3.sqlite_version} is too old: 3.37 (2021) or later is needed",
            engine="sqlite",
            hint="use a Python that carries a newer SQLite, from conda-forge for example",
        )
    path = Path(target.path)
    try:
        new = not target.in_memory and _is_new(path, target)
    except OSError as error:
        raise OperationalError(
            f"{path} cannot be opened: {error.strerror}",
            hint="check the path, and that its folder may be entered",
        ) from error
    length = 0 if new or target.in_memory else _settled_length(path)
    connection = _opened(target)
    try:
        _settle(connection, target, new=(new and not target.read_only) or target.in_memory)
        _check_length(connection, path, length)
        if new and not target.read_only:
            _choose_journal(connection, path, target.timeout)
    except DriverError as error:
        connection.close()
        raise translated(error, where=str(path)) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _is_new(path: Path, target: Target) -> bool:
    """Say whether the file is still to be made; raise where it cannot be."""
    if not path.parent.is_dir():
        raise OperationalError(
            f"{path} cannot be opened: there is no folder {path.parent}",
            hint="make the folder first: Path(...).parent.mkdir(parents=True)",
        )
    if path.is_dir():
        raise OperationalError(f"{path} is a folder", hint="name a file in it")
    if target.read_only and not path.exists():
        raise OperationalError(
            f"{path} cannot be opened for reading: there is no such file",
            hint="check the path, or open it with read_only=False to make it",
        )
    return not path.exists() or path.stat().st_size == 0


def _opened(target: Target) -> sqlite3.Connection:
    if target.in_memory:
        return _connection(target.path, target)
    # Without a URI the name is taken as it is, whatever '#', '?' or '%' it holds.
    if not target.read_only:
        return _connection(target.path, target)
    address = "file:" + urllib.parse.quote(target.path) + "?mode=ro"
    connection = _connection(address, target, uri=True)
    try:
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
    except DriverError as error:
        connection.close()
        return _unchanging(address, target, error)
    return connection


def _unchanging(address: str, target: Target, error: DriverError) -> sqlite3.Connection:
    """Open a WAL file in a folder that nobody can write to, where no log is left to read."""
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    blocked = primary in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
    if not blocked or Path(target.path + "-wal").exists():
        raise translated(error, where=target.path) from error
    return _connection(address + "&immutable=1", target, uri=True)


def _connection(address: str, target: Target, *, uri: bool = False) -> sqlite3.Connection:
    try:
        return sqlite3.connect(
            address,
            timeout=target.timeout,
            isolation_level=None,
            check_same_thread=False,
            # What is loaded into a passing file is run once, and is large.
            cached_statements=0 if target.path == PASSING else STATEMENTS_KEPT,
            uri=uri,
        )
    except DriverError as error:
        raise translated(error, where=target.path) from error


def _settle(connection: sqlite3.Connection, target: Target, *, new: bool) -> None:
    """Set what SQLite does not remember in the file, and what a new one is to have."""
    if new and target.page_size is not None:
        connection.execute(f"PRAGMA page_size = {target.page_size}")
    if new and target.path != PASSING:
        # With a map of its pages, parts of a large value are found without all before them.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    switch = "ON" if target.foreign_keys else "OFF"
    connection.execute(f"PRAGMA foreign_keys = {switch}")
    connection.execute(f"PRAGMA synchronous = {target.synchronous}")
    connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()  # is it a database?
    size: int = connection.execute("PRAGMA page_size").fetchone()[0]
    if target.page_size not in {None, size}:
        raise InterfaceError(
            f"{target.path} has pages of {size} bytes, not {target.page_size}",
            hint="leave page_size= out: it is for a new file",
        )
    jsonfunctions.install(connection)
    searchfunctions.install(connection)


def _settled_length(path: Path) -> int:
    """
    Return a file's length in bytes; 0 where nothing can be said of it.

    With a log or a journal beside it somebody writes it, or a crash will be mended from there.
    """
    beside = (Path(f"{path}{ending}") for ending in ("-wal", "-journal"))
    return 0 if any(file.exists() for file in beside) else path.stat().st_size


def _check_length(connection: sqlite3.Connection, path: Path, length: int) -> None:
    """Refuse a file that ends within a page: SQLite would read what is missing as zeros."""
    page: int = connection.execute("PRAGMA page_size").fetchone()[0]
    if length % page:
        raise InternalError(
            f"{path} is damaged: it was cut short, its last page of {page} bytes is not whole",
            hint="restore it from a backup, or copy it anew from where it came",
        )


_warned: set[str] = set()


def _choose_journal(connection: sqlite3.Connection, path: Path, timeout: float) -> None:
    """Put a new file into WAL mode, unless it lies on a network mount."""
    kind = network_mount(path)
    if kind is None:
        _patiently(lambda: connection.execute("PRAGMA journal_mode = WAL").fetchall(), timeout)
    elif str(path.parent) not in _warned:
        _warned.add(str(path.parent))
        warnings.warn(
            f"{path} lies on a network mount ({kind}): WAL mode loses data there and is left "
            "off; keep one writer at a time, or put the file on a local disk",
            DatabaseWarning,
            stacklevel=2,
        )


def _patiently(change: Callable[[], object], timeout: float) -> None:
    """Try a change of mode again while another connection makes it: SQLite does not wait."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            change()
        except DriverError as error:
            if not is_lock(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            return


def close(connection: sqlite3.Connection) -> None:
    """Close without a word what no other thread uses: what was open is rolled back by SQLite."""
    with contextlib.suppress(DriverError):
        # An interruption lasts until a statement begins with none under way; without this one
        # the close would leave the write-ahead log beside the file.
        connection.execute("SELECT 1").fetchone()
    with contextlib.suppress(DriverError):
        connection.close()

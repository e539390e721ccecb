"""SQL text that somebody else wrote, run in a database of its own that it cannot leave."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import BinaryIO

from scitex.db.adapters.sqlite3.errors import DriverError
from scitex.db.domain.errors import BackupError

_AT_ONCE = 1 << 20
_END = re.compile(rb";[ \t\r]*\n")
_SEVERAL = "one statement at a time"
_HEAD = 1_000  # bytes of a statement that tell how it was written
_SHOWN = 60  # characters of a statement in an error

_HARMLESS = {
    sqlite3.SQLITE_ALTER_TABLE,
    sqlite3.SQLITE_ANALYZE,
    sqlite3.SQLITE_CREATE_INDEX,
    sqlite3.SQLITE_CREATE_TABLE,
    sqlite3.SQLITE_CREATE_TRIGGER,
    sqlite3.SQLITE_CREATE_VIEW,
    sqlite3.SQLITE_DELETE,
    sqlite3.SQLITE_DROP_INDEX,
    sqlite3.SQLITE_DROP_TABLE,
    sqlite3.SQLITE_DROP_TRIGGER,
    sqlite3.SQLITE_DROP_VIEW,
    sqlite3.SQLITE_DROP_VTABLE,
    sqlite3.SQLITE_INSERT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_RECURSIVE,
    sqlite3.SQLITE_REINDEX,
    sqlite3.SQLITE_SAVEPOINT,
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_TRANSACTION,
    sqlite3.SQLITE_UPDATE,
}
_NAMES = {
    getattr(sqlite3, f"SQLITE_{name}"): name.replace("_", " ")
    for name in "ATTACH DETACH PRAGMA FUNCTION CREATE_VTABLE CREATE_TEMP_TABLE CREATE_TEMP_VIEW "
    "CREATE_TEMP_TRIGGER CREATE_TEMP_INDEX".split()
}
_MODULES = {
    *("fts3", "fts4", "fts5", "fts5vocab", "fts4aux", "fts3tokenize"),
    *("rtree", "rtree_i32", "dbstat"),
}
_PRAGMAS = {
    *("encoding", "auto_vacuum", "user_version", "application_id", "ignore_check_constraints"),
    "data_version",  # asked by full-text search itself
}
_NOT_NEEDED = {  # what the scratch database has otherwise, and keeps
    *("page_size", "foreign_keys", "journal_mode", "synchronous", "cache_size", "temp_store"),
    *("busy_timeout", "locking_mode", "defer_foreign_keys", "legacy_file_format"),
}
_FORBIDDEN = {"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "eval"}


class Sandbox:
    """
    Says no to what would reach outside the database.

    Attributes
    ----------
    refused : str or None
        What was asked for, in words.
    """

    def __init__(self) -> None:
        self.refused: str | None = None

    def __call__(self, action: int, what: str | None, more: str | None, *_: object) -> int:
        answer = _answer(action, (what or "").lower(), (more or "").lower())
        if answer == sqlite3.SQLITE_DENY and self.refused is None:
            told = more if action == sqlite3.SQLITE_FUNCTION else what
            self.refused = f"{_NAMES.get(action, 'something unknown')} {told or ''}".strip()
        return answer


def _answer(action: int, what: str, more: str) -> int:
    if action == sqlite3.SQLITE_PRAGMA:
        if what in _NOT_NEEDED:
            return sqlite3.SQLITE_IGNORE if more else sqlite3.SQLITE_OK
        return sqlite3.SQLITE_OK if what in _PRAGMAS else sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION:
        return sqlite3.SQLITE_DENY if more in _FORBIDDEN else sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_CREATE_VTABLE:
        return sqlite3.SQLITE_OK if more in _MODULES else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _HARMLESS else sqlite3.SQLITE_DENY


def load(connection: sqlite3.Connection, file: BinaryIO, where: str) -> None:
    """
    Run a script in a database that nobody else sees.

    Parameters
    ----------
    connection : sqlite3.Connection
    file : file
        The script, in UTF-8.
    where : str
        What it is called in errors.

    Raises
    ------
    BackupError
        If a statement fails, or reaches outside, or the script ends too soon.
    """
    said = False
    with sandboxed(connection, where) as run:
        for piece in statements(file):
            said = said or _says_something(piece)
            run(piece)
    if not said:
        raise BackupError(
            f"{where} holds no statement", hint="restore another backup; nothing was changed"
        )
    if connection.in_transaction:
        raise BackupError(
            f"{where} was cut short: it ends within a transaction",
            hint="restore another backup; nothing was changed",
        )
    connection.execute("PRAGMA ignore_check_constraints = OFF")


def _says_something(piece: bytes) -> bool:
    """Say whether there is more in a piece than comments."""
    lines = map(bytes.strip, piece.splitlines())
    return any(line and not line.startswith(b"--") for line in lines)


@contextlib.contextmanager
def sandboxed(
    connection: sqlite3.Connection, where: str, *, guard: Callable[..., int] | None = None
) -> Iterator[Callable[[bytes], object]]:
    """
    Give what runs a statement that is not trusted.

    Parameters
    ----------
    connection : sqlite3.Connection
    where : str
        What the statements' source is called in errors.
    guard : callable, optional
        The authorizer that the connection has before, and afterwards.
    """
    sandbox = Sandbox()
    connection.set_authorizer(sandbox)
    try:
        yield lambda piece: _run(connection, piece, sandbox, where)
    finally:
        connection.set_authorizer(guard)


def _run(connection: sqlite3.Connection, piece: bytes, sandbox: Sandbox, where: str) -> None:
    try:
        text = piece.decode()
        connection.execute(text)
    except (DriverError, UnicodeDecodeError, ValueError) as error:
        if _SEVERAL in str(error):
            for part in _parted(text):
                _run(connection, part.encode(), sandbox, where)
            return
        shown = " ".join(piece[: 4 * _SHOWN].decode("utf-8", "replace").split())[:_SHOWN]
        if sandbox.refused is not None:
            raise BackupError(
                f"{where} asks for {sandbox.refused}, which reaches outside the database: {shown}",
                hint="nothing of it was kept; do not trust who made it",
            ) from error
        raise BackupError(
            f"{where} cannot be restored: {error}: {shown}",
            hint="restore another backup; nothing was changed",
        ) from error


def _parted(text: str) -> list[str]:
    """Cut text into single statements."""
    found, start = [], 0
    for match in re.finditer(";", text):
        part = text[start : match.end()]
        if sqlite3.complete_statement(part):
            found.append(part)
            start = match.end()
    rest = text[start:]
    return [*found, rest] if rest.strip() else found


def statements(file: BinaryIO) -> Iterator[bytes]:
    """
    Cut a script into its statements.

    Most ends of lines after a semicolon are ends of statements.  Where the quotes before one do
    not pair up it is within a text; only where they do SQLite is asked.
    """
    held, quotes, seen, sought = bytearray(), 0, 0, 0
    while block := file.read(_AT_ONCE):
        held += block
        start = 0
        for end in [match.end() for match in _END.finditer(held, sought)]:
            quotes += held.count(b"'", seen, end)
            seen = end
            if quotes % 2:
                continue
            piece = bytes(held[start:seen])
            if _is_whole(piece):
                yield piece
                start, quotes = seen, 0
        last = held.rfind(b";", max(seen, sought))
        sought = (last if last >= 0 else len(held)) - start
        seen -= start
        del held[:start]
    if held.strip() and not _is_comment(held):
        yield bytes(held)


def _is_whole(piece: bytes) -> bool:
    """Say whether what ends in a semicolon, its quotes in pairs, is a statement."""
    head = piece[:_HEAD]
    if head.startswith(b"INSERT INTO `") and b" VALUES\n(" in head and b"--" not in head:
        return True  # as this package writes them: spares looking at every byte
    # A NUL, which is refused when it is run, must not hide what comes after it.
    return sqlite3.complete_statement(piece.replace(b"\0", b" ").decode("utf-8", "replace"))


def _is_comment(text: bytes | bytearray) -> bool:
    return all(not line.strip() or line.startswith(b"--") for line in text.split(b"\n"))

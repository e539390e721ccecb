"""SQLite's errors, in this package's words.  The only file here that names them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable

from scitex.db.domain import errors

DriverError = sqlite3.Error
_MISSING_TABLE = re.compile(r"no such table: (?:main\.)?(.+)")
_MISSING_COLUMN = re.compile(r"no such column: \"?(.+?)\"?(?: - .*)?$")
_UNKNOWN_COLUMN = re.compile(r"table (.+) has no column named (.+)")
_FAILED = re.compile(r"(?:UNIQUE|NOT NULL|CHECK) constraint failed: (.+)")
_VIEW = re.compile(r"cannot modify (.+) because it is a view")
_TWICE = re.compile(r"duplicate column name: (.+)")
_TOO_MANY = re.compile(r"too many columns on (.+)")
_NO_TARGET = "ON CONFLICT clause does not match"

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_OPERATIONAL = {
    sqlite3.SQLITE_FULL: (
        "the disk is full",
        "free some space; nothing of this call was stored",
    ),
    sqlite3.SQLITE_IOERR: (
        "the disk could not be read or written",
        "check the disk, and that the file was not moved or removed",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "the database file cannot be opened",
        "check that its folder exists and may be written",
    ),
    sqlite3.SQLITE_PERM: ("access to the file is denied", "check the file's permissions"),
    sqlite3.SQLITE_INTERRUPT: ("the statement was interrupted", None),
    sqlite3.SQLITE_NOMEM: ("out of memory", None),
}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def stale(error: sqlite3.Error) -> bool:
    """Say whether a statement was refused since it would have been compiled anew."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_AUTH


_NOT_TEXT = re.compile(r"Could not decode to UTF-8 column '(.*?)' with text")
_FUNCTION_FAILED = "user-defined function raised exception"  # ours, given what it cannot take


def is_lock(error: sqlite3.Error) -> bool:
    """Say whether another connection holds a lock."""
    return _primary(error) in _LOCKED


def _primary(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code, 0 where the driver itself complains."""
    return (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


def translated(
    error: sqlite3.Error, *, where: str, table: str | None = None, known: Iterable[str] = ()
) -> errors.Error:
    """
    Say an error of the driver in this package's words.

    Parameters
    ----------
    error : sqlite3.Error
    where : str
        The database, for the message.
    table : str, optional
        The table that was worked on.
    known : iterable of str, optional
        The names of the tables that there are.
    """
    code = _primary(error)
    text = str(error)
    if code == sqlite3.SQLITE_CONSTRAINT:
        return _integrity(error, text, table)
    if code == sqlite3.SQLITE_MISMATCH:
        return _no_whole_number(text, where, table)
    if code in _LOCKED:
        return errors.LockedError(
            f"{where} is locked by another connection ({text})",
            hint="let it finish its transaction, or wait longer: SQLite3(path, timeout=60)",
        )
    if code == sqlite3.SQLITE_READONLY:
        return errors.ReadOnlyError(
            f"{where} can only be read ({text})", hint="open it with read_only=False"
        )
    if code in _OPERATIONAL:
        what, hint = _OPERATIONAL[code]
        return errors.OperationalError(f"{where}: {what} ({text})", hint=hint)
    if (unread := _unread(text, table)) is not None:
        return unread
    if code in _DAMAGED:
        return errors.InternalError(
            f"{where} is damaged or no SQLite database ({text})",
            hint="restore it from a backup; the file was not changed",
        )
    return _programming(error, text, where, table, tuple(known))


def _unread(text: str, table: str | None) -> errors.DataError | None:
    """Tell a value of another program's that cannot be read."""
    if found := _NOT_TEXT.match(text):
        return errors.DataError(
            f"column {found[1]!r}{_of(table)} holds text that is not UTF-8, "
            "which another program stored",
            table=table,
            column=found[1],
            hint="read it as bytes, CAST(column AS BLOB), and store it as text or as a BLOB",
        )
    if text == _FUNCTION_FAILED:
        return errors.DataError(
            f"a value{_of(table)} cannot be looked into: it is text that is not UTF-8, or JSON "
            "that is nested too deeply",
            table=table,
            hint="find it with the primary key in the condition; what other programs stored is "
            "read as bytes by CAST(column AS BLOB)",
        )
    return None


def _no_whole_number(text: str, where: str, table: str | None) -> errors.Error:
    """Tell a value that is no whole number, or none at all where a record needs its number."""
    if table is None:
        return errors.DataError(
            f"{where}: a whole number must stand where another value does ({text})",
            hint="LIMIT, OFFSET and an INTEGER PRIMARY KEY take whole numbers of 64 bits only",
        )
    return errors.NotNullError(
        f"the numbered primary key of table {table!r} must have a value", table=table
    )


def _integrity(error: sqlite3.Error, text: str, table: str | None) -> errors.Error:
    """Tell the broken rules apart."""
    name = getattr(error, "sqlite_errorname", "")
    found = _FAILED.match(text)
    columns = _columns(found[1]) if found else ()
    if found and columns and "CHECK" not in text:
        table = found[1].partition(", ")[0].rpartition(".")[0] or table  # a cascade's own
    if name in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}:
        listed = ", ".join(map(repr, columns))
        return errors.DuplicateKeyError(
            f"table {table!r} has a record with the same {listed or 'key'} already",
            table=table,
            columns=columns,
            hint="change the value, or pass on_conflict='ignore' or 'update'",
        )
    if name == "SQLITE_CONSTRAINT_NOTNULL":
        return errors.NotNullError(
            f"column {', '.join(map(repr, columns))} of table {table!r} must have a value",
            table=table,
            columns=columns,
            hint="give one, or declare a DEFAULT",
        )
    if name == "SQLITE_CONSTRAINT_FOREIGNKEY" or text.startswith("FOREIGN KEY"):
        return errors.ForeignKeyError(
            f"a foreign key{_of(table)} would point at no record",
            table=table,
            hint="store the record referred to first; remove those that refer to it first",
        )
    if name == "SQLITE_CONSTRAINT_CHECK":
        rule = found[1] if found else text
        return errors.CheckError(
            f"the CHECK ({rule}){_of(table)} is not met",
            table=table,
            rule=rule,
            hint="give a value that meets it",
        )
    told = text if table is None else f"table {table!r}: {text}"
    return errors.IntegrityError(told, table=table)


def _of(table: str | None) -> str:
    """Say of which table something is, where that is known: of a commit it is not."""
    return "" if table is None else f" of table {table!r}"


def _columns(text: str) -> tuple[str, ...]:
    """Read ``t.a, t.b``; an index on an expression is told by its name."""
    if text.startswith("index '"):
        return ()
    return tuple(part.rpartition(".")[2] for part in text.split(", "))


def _programming(
    error: sqlite3.Error, text: str, where: str, table: str | None, known: tuple[str, ...]
) -> errors.Error:
    """Tell apart what is wrong with a statement."""
    if found := _MISSING_TABLE.match(text):
        return errors.TableNotFoundError(found[1], known)
    if found := _UNKNOWN_COLUMN.match(text):
        return errors.ColumnNotFoundError(found[2], table=found[1])
    if found := _MISSING_COLUMN.match(text):
        name = found[1].rpartition(".")[2].strip("`")
        return errors.ColumnNotFoundError(name, known, table=table)
    if (refused := _schema(text, table)) is not None:
        return refused
    if isinstance(error, sqlite3.ProgrammingError) and "closed" in text:
        return errors.InterfaceError("the database is closed")
    if isinstance(error, (sqlite3.OperationalError, sqlite3.ProgrammingError)):
        return errors.ProgrammingError(f"SQLite does not understand the statement: {text}")
    if isinstance(error, sqlite3.DataError):
        return errors.DataError(f"{where}: {text}", table=table)
    return errors.DatabaseError(f"{where}: {text}")


def _schema(text: str, table: str | None) -> errors.SchemaError | None:
    """Tell what a table or a view cannot do."""
    if found := _VIEW.match(text):
        return errors.SchemaError(
            f"{found[1]!r} is a view, through which SQLite changes nothing",
            hint="name the table behind it, or give the view an INSTEAD OF trigger",
        )
    if _NO_TARGET in text:
        return errors.SchemaError(
            f"table {table!r}: {text}", hint="make a unique index on those columns"
        )
    if found := _TWICE.search(text):
        return errors.SchemaError(
            f"two columns{_of(table)} are called {found[1]!r}; "
            "capitals make no other name on SQLite",
            hint="choose another name",
        )
    if found := _TOO_MANY.match(text):
        return errors.SchemaError(
            f"table {found[1]!r} would have more columns than SQLite takes, which is 2,000 mostly",
            hint="keep them as records (name, value), or together in a JSON or an array column",
        )
    return None

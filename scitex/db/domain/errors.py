"""
Everything that can go wrong, in this package's words.

::

    Error
    ├── InterfaceError                  the call itself is wrong
    │   ├── InvalidNameError            (also ValueError)
    │   ├── UnsafeFragmentError         (also ValueError)
    │   └── TransactionStateError
    └── DatabaseError
        ├── DataError                   (also ValueError)
        ├── OperationalError
        │   ├── LockedError             (also TimeoutError)
        │   ├── ReadOnlyError           (also PermissionError)
        │   ├── ConnectionLostError     (also ConnectionError)
        │   │   └── CommitUnknownError
        │   ├── TransactionLostError
        │   ├── BackupError
        │   └── SyncError
        ├── IntegrityError
        │   ├── DuplicateKeyError
        │   ├── ForeignKeyError
        │   ├── NotNullError
        │   ├── CheckError
        │   └── SyncConflictError
        ├── RecordNotFoundError         (also LookupError)
        ├── StaleRecordError
        ├── InternalError
        ├── ProgrammingError
        │   ├── SchemaError
        │   │   ├── TableNotFoundError      (also LookupError)
        │   │   ├── ColumnNotFoundError     (also LookupError)
        │   │   └── IndexNotFoundError      (also LookupError)
        │   └── ParameterError              (also ValueError)
        └── NotSupportedError
            └── UnsupportedFeatureError

The families are those of PEP 249.  Each class has a stable ``code``; each error may carry a
``hint`` that says what to do next, and the facts as attributes.  The driver's own exception
is the ``__cause__``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar


def _rebuild(kind: type[Error], arguments: tuple[object, ...], facts: dict[str, object]) -> Error:
    """Make an error again from its pickled parts, without its class's signature."""
    error = kind.__new__(kind, *arguments)
    error.args = arguments
    error.__dict__.update(facts)
    return error


class Error(Exception):
    """
    Base of every error that this package raises.

    Parameters
    ----------
    message : str
        What was asked, and what is wrong with it.
    hint : str, optional
        What to do next.

    Examples
    --------
    >>> print(Error("no table named 'run'", hint="did you mean 'runs'?"))
    no table named 'run'
    hint: did you mean 'runs'?
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class DatabaseWarning(UserWarning):
    """Something that a user should know of, though the call goes on."""


class InterfaceError(Error):
    """The call is wrong in itself, whatever the database holds."""

    code = "interface"


class InvalidNameError(InterfaceError, ValueError):
    """The text cannot name a table, a column or an index on this engine."""

    code = "invalid-name"


class UnsafeFragmentError(InterfaceError, ValueError):
    """A piece of SQL text could leave the clause that it was given for."""

    code = "unsafe-fragment"


class TransactionStateError(InterfaceError):
    """The call does not fit the transaction that is, or is not, open."""

    code = "transaction-state"


class DatabaseError(Error):
    """
    The database refused, or could not do, what was asked.

    Attributes
    ----------
    sqlstate : str or None
        The five-character code that PostgreSQL gave, where it was PostgreSQL.
    """

    code = "database"
    sqlstate: str | None = None


class DataError(DatabaseError, ValueError):
    """
    A value cannot be kept exactly in its column.

    Parameters
    ----------
    message : str
    table, column : str, optional
        Where the value was to go.
    row : int, optional
        The record's place in its batch, counted from 0.
    hint : str, optional
    """

    code = "data"

    def __init__(
        self,
        message: str,
        *,
        table: str | None = None,
        column: str | None = None,
        row: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.table = table
        self.column = column
        self.row = row


class OperationalError(DatabaseError):
    """The database could not do its work: disk, memory, server, permission."""

    code = "operational"


class LockedError(OperationalError, TimeoutError):
    """Another connection held a lock for longer than ``timeout``."""

    code = "locked"


class ReadOnlyError(OperationalError, PermissionError):
    """A write was asked of a database that is opened for reading only."""

    code = "read-only"


class ConnectionLostError(OperationalError, ConnectionError):
    """The server or the connection to it went away; nothing of this call was stored."""

    code = "connection-lost"


class CommitUnknownError(ConnectionLostError):
    """The connection went away during a commit: the work may be stored or not."""

    code = "commit-unknown"


class TransactionLostError(OperationalError):
    """The engine ended the transaction; its writes are gone and it must be left."""

    code = "transaction-lost"


class BackupError(OperationalError):
    """A backup is damaged, is not what it should be, or could not be made; nothing changed."""

    code = "backup"


class IntegrityError(DatabaseError):
    """
    A rule of the schema would be broken.

    Parameters
    ----------
    message : str
    table : str, optional
    columns : tuple of str, default ()
        The columns that the broken rule speaks of.
    row : int, optional
        The record's place in its batch, counted from 0.
    rule : str, optional
        SQL text of a CHECK that is not met.
    hint : str, optional
    """

    code = "integrity"

    def __init__(
        self,
        message: str,
        *,
        table: str | None = None,
        columns: tuple[str, ...] = (),
        row: int | None = None,
        rule: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.table = table
        self.columns = columns
        self.row = row
        self.rule = rule


class DuplicateKeyError(IntegrityError):
    """A record with the same primary key or unique value exists."""

    code = "duplicate-key"


class ForeignKeyError(IntegrityError):
    """A reference would point at no record."""

    code = "foreign-key"


class NotNullError(IntegrityError):
    """A column that must have a value would have none."""

    code = "not-null"


class CheckError(IntegrityError):
    """A CHECK rule of the table is not met; ``columns`` are those that it speaks of."""

    code = "check"


class RecordNotFoundError(DatabaseError, LookupError):
    """No record meets the condition of a call that asks for one."""

    code = "record-not-found"


class InternalError(DatabaseError):
    """The database found itself in a state that should not be, such as a damaged file."""

    code = "internal"


class ProgrammingError(DatabaseError):
    """The statement does not fit the database: syntax, names, kinds."""

    code = "programming"


class SchemaError(ProgrammingError):
    """The schema is not as the call needs it, or a described table cannot be."""

    code = "schema"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """
    Say which of `known` was probably meant by `name`.

    Examples
    --------
    >>> nearest("run", ["users", "runs"])
    "did you mean 'runs'?"
    """
    folded = {candidate.casefold(): candidate for candidate in reversed(list(known))}
    close = difflib.get_close_matches(str(name).casefold(), folded, n=1)
    return f"did you mean {folded[close[0]]!r}?" if close else None


class _NameNotFoundError(SchemaError, LookupError):
    """Shared by the three: a name was looked up and is not there."""

    what: ClassVar[str]

    def __init__(
        self, name: str, known: Iterable[str] = (), *, table: str | None = None, hint: str = ""
    ) -> None:
        self.name = name
        self.known = tuple(known)
        self.table = table
        where = f" in table {table!r}" if table is not None else ""
        listed = ", ".join(map(repr, self.known[:12])) + (", ..." if len(self.known) > 12 else "")
        guess = nearest(name, self.known) or (f"there are: {listed}" if listed else None)
        if name in self.known:
            guess = f"{name!r} is no {self.what} of its own, but a view or a temporary one"
        super().__init__(f"no {self.what} named {name!r}{where}", hint=hint or guess)


class TableNotFoundError(_NameNotFoundError):
    """
    The table does not exist.

    Parameters
    ----------
    name : str
        The name that was asked for.
    known : iterable of str
        The names that do exist; the nearest one is offered in the hint.
    table : str, optional
    hint : str, optional
        Said instead of the nearest name.
    """

    code = "table-not-found"
    what = "table"


class ColumnNotFoundError(_NameNotFoundError):
    """
    The table has no such column.

    Parameters
    ----------
    name, known, table, hint
        As of `TableNotFoundError`; `known` are the columns that do exist.
    """

    code = "column-not-found"
    what = "column"


class IndexNotFoundError(_NameNotFoundError):
    """
    The table has no such index.

    Parameters
    ----------
    name, known, table, hint
        As of `TableNotFoundError`; `known` are the indexes that do exist.
    """

    code = "index-not-found"
    what = "index"


class ParameterError(ProgrammingError, ValueError):
    """The placeholders in the text and the given ``params`` do not match."""

    code = "parameters"


class NotSupportedError(DatabaseError):
    """The engine cannot do this."""

    code = "not-supported"


class UnsupportedFeatureError(NotSupportedError):
    """
    The engine does not offer what was asked; the hint tells the way out.

    Parameters
    ----------
    message : str
    engine : str, optional
        The engine that cannot.
    hint : str, optional
    """

    code = "unsupported-feature"

    def __init__(
        self, message: str, *, engine: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.engine = engine

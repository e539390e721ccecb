"""The front door to looking into a database, and to comparing two."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

from scitex.db._connect import connect
from scitex.db._facade.database import Database
from scitex.db.adapters.disk import Disk
from scitex.db.adapters.graphviz import Graphviz
from scitex.db.domain.errors import InterfaceError, OperationalError
from scitex.db.domain.inspection.schemadiffs import SchemaDiff
from scitex.db.domain.tables import TableSpec
from scitex.db.services.inspection import differing
from scitex.db.services.inspection.inspector import Inspector

Source = Database | Inspector | str | os.PathLike[str]


def inspect(db: Source, **options: Any) -> Inspector:
    """
    Look into a database: its tables, keys, rules, SQL, and what its columns hold.

    Parameters
    ----------
    db : Database, str or path-like
        A database object, which stays open and whose transaction is looked into; or a path or a
        URL as `connect` takes them.  That is opened for reading only, and closed by the
        inspector's ``close()`` or the end of its ``with`` block.
    **options
        What `connect` takes beside an address: ``schema=``, ``password=``.

    Returns
    -------
    Inspector

    Raises
    ------
    OperationalError
        If the file is not there, or the database cannot be opened; a file is never made.
    InterfaceError
        If `db` is none of these, names a database in memory, or comes with `options` that it has
        no use for.

    Examples
    --------
    >>> inspector = inspect(db)
    >>> inspector.get_tables(), inspector.get_primary_keys("users")
    (['users'], ['id'])
    >>> with inspect("my_data.db") as inspector:
    ...     [column["name"] for column in inspector.get_columns("users")]
    ['id', 'name', 'score']
    """
    if isinstance(db, Inspector):
        return db
    if isinstance(db, Database):
        if options:
            raise InterfaceError(
                f"{next(iter(options))}= goes with an address, and this is an open database",
                hint="leave it out",
            )
        return Inspector(db.storage, db.files, Graphviz())
    if not isinstance(db, (str, os.PathLike)):
        raise InterfaceError(
            f"a database is looked into, not {type(db).__name__}",
            hint='pass a database object, a path or a URL: inspect("my_data.db")',
        )
    text = os.fspath(db)
    if text in {"", ":memory:", "sqlite://", "sqlite:///:memory:"} or text.startswith("memory://"):
        raise InterfaceError(
            f"{text!r} would be a new database in memory, with nothing in it",
            hint="pass the object that has it: inspect(db)",
        )
    try:
        opened = connect(text, **{**options, "read_only": True})
    except OperationalError as error:
        if error.hint and "read_only=False" in error.hint:
            error.hint = "check the path: what is looked into is never made"
        raise
    return Inspector(opened.storage, Disk(), Graphviz(), opened.close)


def schema_diff(
    a: Source | TableSpec,
    b: Source | TableSpec,
    *,
    tables: str | Iterable[str] | None = None,
) -> SchemaDiff:
    """
    Compare what two databases, or two tables, are.

    Parameters
    ----------
    a, b : Database, Inspector, str, path-like or TableSpec
        Databases, of one engine or of two, as `inspect` takes them.  Where one of them is a
        `TableSpec`, that table alone is compared; two of them are compared whatever their names.
    tables : str or iterable of str, optional
        The tables to be compared; all by default, and the views too.

    Returns
    -------
    SchemaDiff
        True where something differs.  It prints as a list; iterating over it yields each
        difference with ``what``, ``table``, ``name``, ``a`` and ``b``.

    Raises
    ------
    TableNotFoundError
        If one of `tables` is in neither.
    Error
        As `inspect`, where one cannot be opened.

    Notes
    -----
    Types are compared by what they mean, and SQL text (defaults, conditions, computed columns) by
    what it says: a schema that `create_table` made on SQLite and on PostgreSQL has no
    differences.  The order of columns, and names of rules, do not count; numbering, keys, UNIQUE,
    CHECK, foreign keys, indexes, and what is searched do.  Collations, and the text of views and
    triggers, are compared where both are of one engine; otherwise only whether they are there.

    Examples
    --------
    >>> with InMemory() as other:
    ...     other.create_table("users", {"id": "INTEGER PRIMARY KEY", "name": "TEXT"})
    ...     diff = schema_diff(db, other)
    >>> print(diff)
    a is sqlite ..., b is memory :memory:
    users
      column 'name': NOT NULL in a, may be NULL in b
      column 'score': only in a, REAL
    >>> bool(diff), len(diff)
    (True, 2)
    """
    with ExitStack() as stack:
        sides = [_side(stack, each) for each in (a, b)]
        return differing.compare(sides[0], sides[1], tables=tables)


def _side(stack: ExitStack, given: Source | TableSpec) -> differing.Side:
    """Open one side of a comparison, where it has to be."""
    if isinstance(given, TableSpec):
        return given
    if isinstance(given, (Database, Inspector)):
        return given.storage
    return stack.enter_context(inspect(given)).storage

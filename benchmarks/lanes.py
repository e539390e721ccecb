"""The drivers by themselves, and scitex.db on top of them."""
# ruff: noqa: D102 - the methods keep what Client promises

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar, Protocol

import psycopg2
from places import Place, PostgresqlTable, Record, SqliteFile

import scitex.db
from scitex.db import col

Change = tuple[int, Record]
Work = Callable[[], list[Any]]


class Client(Protocol):
    """
    A package in use: an open connection to one place, and its calls.

    Each deed makes its arguments ready, which is not timed, and returns the loop that is.  The
    loop returns what the package answered to each call.  A peer's client also names its
    ``distribution``, without which it is left out.
    """

    name: ClassVar[str]

    def setting(self, name: str) -> Any:
        """Return a PRAGMA of SQLite, or a setting of the server, as this connection has it."""
        ...

    def insert(self, records: Sequence[Record]) -> Work:
        """Insert each record by a call of its own; the answers are the keys."""
        ...

    def select(self, keys: Sequence[int]) -> Work:
        """Find each key's record by a call of its own; the answers are records."""
        ...

    def update(self, changes: Sequence[Change]) -> Work:
        """Change each key's record by a call of its own."""
        ...

    def delete(self, keys: Sequence[int]) -> Work:
        """Remove each key's record by a call of its own."""
        ...

    def select_all(self) -> Work:
        """Find all records in one call; the answer is a list of them."""
        ...

    def transaction(self) -> AbstractContextManager[object]:
        """Do what is in the block in one transaction."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class RawDriver:
    """
    What both drivers by themselves have in common: prepared text, one cursor, tuples.

    It is what all lanes are compared with, so it is the least that does the work: the text of
    the statement is ready, rows are ready as tuples, and rows come back as tuples.
    """

    inserting: ClassVar[str]
    mark: ClassVar[str]
    cursor: Any

    def select(self, keys: Sequence[int]) -> Work:
        sql = f"SELECT * FROM runs WHERE id = {self.mark}"
        execute, fetchall = self.cursor.execute, self.cursor.fetchall
        rows = [(key,) for key in keys]

        def work() -> list[Any]:
            found = []
            for row in rows:
                execute(sql, row)
                found.append(fetchall())
            return found

        return work

    def update(self, changes: Sequence[Change]) -> Work:
        names = list(changes[0][1])
        assignments = ", ".join(f"{name} = {self.mark}" for name in names)
        sql = f"UPDATE runs SET {assignments} WHERE id = {self.mark}"
        rows = [(*change.values(), key) for key, change in changes]
        return self._each(sql, rows)

    def delete(self, keys: Sequence[int]) -> Work:
        return self._each(f"DELETE FROM runs WHERE id = {self.mark}", [(key,) for key in keys])

    def _each(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> Work:
        cursor, execute = self.cursor, self.cursor.execute

        def work() -> list[Any]:
            counts = []
            for row in rows:
                execute(sql, row)
                counts.append(cursor.rowcount)
            return counts

        return work

    def select_all(self) -> Work:
        execute, fetchall = self.cursor.execute, self.cursor.fetchall

        def work() -> list[Any]:
            execute("SELECT * FROM runs")
            rows: list[Any] = fetchall()
            return rows

        return work

    @contextmanager
    def transaction(self) -> Any:
        self.cursor.execute("BEGIN")
        yield
        self.cursor.execute("COMMIT")


class Sqlite3(RawDriver):
    """The standard library's driver for SQLite, in autocommit."""

    name = "sqlite3"
    inserting = "INSERT INTO runs (name, started, accuracy, n, parameters) VALUES (?, ?, ?, ?, ?)"
    mark = "?"

    def __init__(self, place: SqliteFile) -> None:
        self.connection = sqlite3.connect(place.path, isolation_level=None)
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.cursor = self.connection.cursor()

    def setting(self, name: str) -> Any:
        return self.connection.execute(f"PRAGMA {name}").fetchone()[0]

    def insert(self, records: Sequence[Record]) -> Work:
        cursor, execute, sql = self.cursor, self.cursor.execute, self.inserting
        rows = [tuple(record.values()) for record in records]

        def work() -> list[Any]:
            keys = []
            for row in rows:
                execute(sql, row)
                keys.append(cursor.lastrowid)
            return keys

        return work

    def close(self) -> None:
        self.connection.close()


class Psycopg2(RawDriver):
    """The driver for PostgreSQL, in autocommit."""

    name = "psycopg2"
    inserting = (
        "INSERT INTO runs (name, started, accuracy, n, parameters) "
        "VALUES (%s, %s, %s, %s, %s) RETURNING id"
    )
    mark = "%s"

    def __init__(self, place: PostgresqlTable) -> None:
        self.connection = psycopg2.connect(**place.params)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()

    def setting(self, name: str) -> Any:
        self.cursor.execute(f"SHOW {name}")
        return self.cursor.fetchone()[0]

    def insert(self, records: Sequence[Record]) -> Work:
        execute, fetchone, sql = self.cursor.execute, self.cursor.fetchone, self.inserting
        rows = [tuple(record.values()) for record in records]

        def work() -> list[Any]:
            keys = []
            for row in rows:
                execute(sql, row)
                keys.append(fetchone()[0])
            return keys

        return work

    def close(self) -> None:
        self.connection.close()


class Sqlite3Again(Sqlite3):
    """The same once more: how far its ratio is from 1 is how far any may be off."""

    name = "sqlite3, once more"


class Psycopg2Again(Psycopg2):
    """The same once more: how far its ratio is from 1 is how far any may be off."""

    name = "psycopg2, once more"


class Scitex:
    """scitex.db, where the call has no condition."""

    name: ClassVar[str] = "scitex.db"

    def __init__(self, place: Place) -> None:
        self.db: scitex.db.Database
        if isinstance(place, SqliteFile):
            self.db = scitex.db.SQLite3(place.path, synchronous="NORMAL")
        elif isinstance(place, PostgresqlTable):
            self.db = scitex.db.PostgreSQL(**place.params)

    def setting(self, name: str) -> Any:
        ask = "PRAGMA" if self.db.engine == "sqlite" else "SHOW"
        (found,) = self.db.query(f"{ask} {name}")
        return next(iter(found.values()))

    def insert(self, records: Sequence[Record]) -> Work:
        db = self.db
        return lambda: [db.insert("runs", record) for record in records]

    def select_all(self) -> Work:
        db = self.db
        return lambda: db.select("runs")

    def transaction(self) -> AbstractContextManager[object]:
        return self.db.transaction()

    def close(self) -> None:
        self.db.close()


class ScitexText(Scitex):
    """scitex.db, asked with text and params."""

    name = "scitex.db, text"

    def select(self, keys: Sequence[int]) -> Work:
        db = self.db
        return lambda: [db.select("runs", where="id = ?", params=[key]) for key in keys]

    def update(self, changes: Sequence[Change]) -> Work:
        db = self.db
        return lambda: [
            db.update("runs", change, where="id = ?", params=[key]) for key, change in changes
        ]

    def delete(self, keys: Sequence[int]) -> Work:
        db = self.db
        return lambda: [db.delete("runs", where="id = ?", params=[key]) for key in keys]


class ScitexMapping(Scitex):
    """scitex.db, asked with mappings."""

    name = "scitex.db, mapping"

    def select(self, keys: Sequence[int]) -> Work:
        db = self.db
        return lambda: [db.select("runs", where={"id": key}) for key in keys]

    def update(self, changes: Sequence[Change]) -> Work:
        db = self.db
        return lambda: [db.update("runs", change, where={"id": key}) for key, change in changes]

    def delete(self, keys: Sequence[int]) -> Work:
        db = self.db
        return lambda: [db.delete("runs", where={"id": key}) for key in keys]


class ScitexPredicate(Scitex):
    """scitex.db, asked with predicates."""

    name = "scitex.db, predicate"

    def select(self, keys: Sequence[int]) -> Work:
        db = self.db
        return lambda: [db.select("runs", where=col("id") == key) for key in keys]

    def update(self, changes: Sequence[Change]) -> Work:
        db = self.db
        return lambda: [
            db.update("runs", change, where=col("id") == key) for key, change in changes
        ]

    def delete(self, keys: Sequence[int]) -> Work:
        db = self.db
        return lambda: [db.delete("runs", where=col("id") == key) for key in keys]

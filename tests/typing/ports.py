"""What mypy needs to see, so that each adapter is checked against the port it serves."""

from __future__ import annotations

from scitex.db import Database, InMemory, PostgreSQL, SQLite3
from scitex.db.adapters.disk import Disk
from scitex.db.adapters.graphviz import Graphviz
from scitex.db.adapters.memory.storage import MemoryStorage
from scitex.db.adapters.postgresql.storage import PostgresqlStorage
from scitex.db.adapters.sqlite3.storage import Sqlite3Storage
from scitex.db.domain.predicates import Predicate, col
from scitex.db.ports.files import Files
from scitex.db.ports.rendering import Renderer
from scitex.db.ports.storage import Storage


def sqlite3(storage: Sqlite3Storage) -> Storage:
    """SQLite is a storage."""
    return storage


def postgresql(storage: PostgresqlStorage) -> Storage:
    """PostgreSQL is a storage."""
    return storage


def memory(storage: MemoryStorage) -> Storage:
    """The engine in memory is a storage."""
    return storage


def disk(files: Disk) -> Files:
    """The file system is where files are."""
    return files


def graphviz(renderer: Graphviz) -> Renderer:
    """Graphviz is what draws."""
    return renderer


def doors() -> list[Database]:
    """Every front door opens a database."""
    return [SQLite3("data.db"), PostgreSQL(dbname="data"), InMemory()]


def conditions() -> list[Predicate]:
    """Python's operators on a column build predicates."""
    return [
        col("a") == 1,
        (col("a") > 1) & ~col("b").is_null(),
        col("a").in_([1, 2]),
        col("j")["lr"][0] > 0.1,
    ]

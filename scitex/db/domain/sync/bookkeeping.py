"""The tables in which two databases keep what they need for their next sync."""

from __future__ import annotations

import hashlib

from scitex.db.domain.names import OWN
from scitex.db.domain.tables import ColumnSpec, TableSpec
from scitex.db.domain.types import ColumnType

SELF = TableSpec(
    f"{OWN}self",
    [ColumnSpec("name", "TEXT", nullable=False), ColumnSpec("value", "TEXT")],
    primary_key="name",
)
MARKS = TableSpec(
    f"{OWN}marks",
    [
        ColumnSpec("serial", "INTEGER", nullable=False, autoincrement=True),
        ColumnSpec("batch", "TEXT", nullable=False),
        ColumnSpec("peer", "TEXT"),
        ColumnSpec("moment", "TIMESTAMPTZ"),
        ColumnSpec("skipped", "TEXT"),
    ],
    primary_key="serial",
    unique=[("batch",)],
)
PAIRS = TableSpec(
    f"{OWN}pairs",
    [
        ColumnSpec("remote", "TEXT", nullable=False),
        ColumnSpec("location", "TEXT"),
        ColumnSpec("open", "TEXT"),
        ColumnSpec("serial", "INTEGER"),
        ColumnSpec("batch", "TEXT"),
    ],
    primary_key="remote",
)
TABLES = TableSpec(
    f"{OWN}tables",
    [
        ColumnSpec("remote", "TEXT", nullable=False),
        ColumnSpec("name", "TEXT", nullable=False),
        ColumnSpec("number", "INTEGER", nullable=False),
        ColumnSpec("layout", "TEXT", nullable=False),
        ColumnSpec("scope", "TEXT"),
        ColumnSpec("here", "TEXT"),
        ColumnSpec("there", "TEXT"),
        ColumnSpec("batch", "TEXT"),
        ColumnSpec("again", "TEXT"),
    ],
    primary_key=("remote", "name"),
)
CONFLICTS = TableSpec(
    f"{OWN}conflicts",
    [
        ColumnSpec("id", "INTEGER", nullable=False, autoincrement=True),
        ColumnSpec("moment", "TIMESTAMPTZ"),
        ColumnSpec("batch", "TEXT"),
        ColumnSpec("name", "TEXT"),
        ColumnSpec("key", "TEXT"),
        ColumnSpec("kind", "TEXT"),
        ColumnSpec("columns", "TEXT"),
        ColumnSpec("base", "TEXT"),
        ColumnSpec("local", "TEXT"),
        ColumnSpec("remote", "TEXT"),
        ColumnSpec("outcome", "TEXT"),
        ColumnSpec("record", "TEXT"),
    ],
    primary_key="id",
)


LOGS = TableSpec(
    f"{OWN}logs",
    [
        ColumnSpec("name", "TEXT", nullable=False),
        ColumnSpec("id", "TEXT", nullable=False),
        ColumnSpec("cut", "INTEGER", nullable=False),
    ],
    primary_key="name",
)
_NAME_BYTES = 60  # of PostgreSQL's 63
LOG_ROWS = 1_000_000  # from which on the older half of a log is let go


def own_name(what: str, table: str) -> str:
    """
    Return the name of something that belongs to a table's log of changes.

    Examples
    --------
    >>> own_name("log", "runs")
    'scitex_sync_log_runs'
    """
    name = f"{OWN}{what}_{table}"
    if len(name.encode()) <= _NAME_BYTES:
        return name
    return f"{OWN}{what}_{hashlib.sha256(table.encode()).hexdigest()[:24]}"


def log_table(name: str, types: list[ColumnType]) -> TableSpec:
    """Return the table that notes the keys of changed records; ``whole``: all may have changed."""
    keys = [ColumnSpec(f"k{at}", type) for at, type in enumerate(types)]
    first = ColumnSpec("seq", "INTEGER", nullable=False, autoincrement=True)
    rest = [ColumnSpec("origin", "TEXT"), ColumnSpec("whole", "BOOLEAN"), *keys]
    return TableSpec(name, [first, *rest], primary_key="seq")


def state_table(number: int, types: list[ColumnType]) -> TableSpec:
    """Return the table that keeps the agreed state of another one with such a key."""
    keys = [ColumnSpec(f"k{at}", type, nullable=False) for at, type in enumerate(types)]
    rest = [
        ColumnSpec("agreed", "BLOB", nullable=False),
        ColumnSpec("pending", "BLOB"),
        ColumnSpec("batch", "TEXT"),
        ColumnSpec("base", "TEXT"),
        ColumnSpec("pending_base", "TEXT"),
    ]
    names = tuple(key.name for key in keys)
    return TableSpec(state_name(number), [*keys, *rest], primary_key=names)


def state_name(number: int) -> str:
    """Return what the table is called."""
    return f"{OWN}state_{number}"

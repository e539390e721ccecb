"""Asking the database, after an error, which names it has."""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from scitex.db.adapters.sqlite3.errors import DriverError
from scitex.db.domain.names import is_own


def names_meant(connection: sqlite3.Connection, text: str, table: str | None) -> list[str]:
    """Return the names that may have been meant where an error says that one is not there."""
    with suppress(DriverError):  # the columns of a broken view cannot be asked for
        if text.startswith("no such table"):
            sql = (
                "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') "
                "AND name NOT GLOB 'sqlite_*'"
            )
            return [row[0] for row in connection.execute(sql) if not is_own(row[0])]
        if text.startswith("no such column") and table is not None:
            sql = "SELECT name FROM pragma_table_info(?)"
            return [row[0] for row in connection.execute(sql, (table,))]
    return []

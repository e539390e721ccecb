"""Asking the database, after an error, which names it has."""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from scitex.db.adapters.sqlite3.errors import DriverError
from scitex.db.domain.names import is_own
from scitex.db.domain.search.searching import PREFIX

_NAMED = "SELECT name, type FROM pragma_table_list WHERE type IN ('table', 'view', 'virtual')"


def names_meant(connection: sqlite3.Connection, text: str, table: str | None) -> list[str]:
    """Return the names that may have been meant where an error says that one is not there."""
    with suppress(DriverError):  # the columns of a broken view cannot be asked for
        if text.startswith("no such table"):
            found = connection.execute(_NAMED)
            return sorted(name for name, type in found if not _serves(name, type))
        if text.startswith("no such column") and table is not None:
            sql = "SELECT name FROM pragma_table_info(?)"
            return [row[0] for row in connection.execute(sql, (table,))]
    return []


def _serves(name: str, type: str) -> bool:
    """Say whether a table is one of SQLite's own, or of what this package keeps beside others."""
    of_search = name.startswith(PREFIX) and (type == "virtual" or name.endswith("_keys"))
    return name.startswith("sqlite_") or is_own(name) or of_search

"""What a search looks for in the texts themselves, as a function on a connection of ours."""

from __future__ import annotations

import sqlite3

from scitex.db.domain.search.searchtext import Beginning


def install(connection: sqlite3.Connection) -> None:
    """Let a connection know the function."""
    connection.create_function("scitex_has_beginning", 2, _has_beginning, deterministic=True)


def _has_beginning(text: str | None, sought: str) -> bool:
    return text is not None and Beginning(tuple(sought.split())).times(text) > 0

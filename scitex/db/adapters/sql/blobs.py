"""What is the same where both SQL engines look for a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scitex.db.adapters.sql.plans import Planned, condition
from scitex.db.domain.queries import Query
from scitex.db.ports.records import Values


def locating(
    session: Planned, query: Query, terms: str
) -> tuple[str, Callable[[Values], tuple[Any, ...]]]:
    """Spell a SELECT of `terms` of the records asked for, two at most; return what binds it."""
    spec = session.described(query.table).spec
    found = condition(session, spec, query.where)
    where = f" WHERE {found.sql}" if found.sql else ""
    sql = f"SELECT {terms} FROM {session.target(query.table)}{where} LIMIT 2"  # noqa: S608 - quoted
    return sql, found.bind

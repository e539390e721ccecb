"""Making the statement that a plan is asked for."""

from __future__ import annotations

from typing import Any, Protocol

from scitex.db.adapters.sql import plans
from scitex.db.adapters.sql.rawsql import prepared
from scitex.db.domain.errors import ProgrammingError
from scitex.db.domain.queries import held
from scitex.db.domain.sql.sqltext import first_words
from scitex.db.ports.columns import Asked, Given

_PLANNED = {
    *("SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE"),
}


class Explained(plans.Planned, Protocol):
    """A session whose statements can be explained."""

    def drain(self) -> None:
        """Read what open streams still have to give."""
        ...


def statement(session: Explained, asked: Asked, values: Given) -> tuple[str, Any]:
    """
    Return a statement and its values as the driver takes them.

    Raises
    ------
    ProgrammingError
        If it is text that has no plan: CREATE TABLE, PRAGMA, EXPLAIN itself.
    """
    if not isinstance(asked, str):
        spec = session.described(asked.table).spec
        found = plans.selection(session, spec, asked)
        return found.sql, found.bind(held(values))
    text, bound = prepared(session.dialect, asked, values)
    word = first_words(asked, session.dialect.syntax)
    if not word or word[0] not in _PLANNED:
        raise ProgrammingError(
            f"{' '.join(word) or 'the statement'} has no plan: {asked!r:.80}",
            hint="give the SELECT, INSERT, UPDATE or DELETE itself, without EXPLAIN before it",
        )
    return text, bound

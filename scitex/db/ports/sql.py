"""The promise to run the engine's own SQL."""

from __future__ import annotations

from typing import Protocol

from scitex.db.domain.rows import Rows
from scitex.db.domain.sql.sqltext import Parameters


class Sql(Protocol):
    """
    Somewhere that runs statements as text, one a call.

    ``?`` with a sequence and ``:name`` with a mapping are placeholders on every engine; ``??``
    is a literal question mark.  Raises `UnsafeFragmentError` for more than one statement,
    `ParameterError` where placeholders and values do not match, `ProgrammingError` for what
    the engine does not understand, and `InterfaceError` for BEGIN, COMMIT and the like.
    """

    def execute(self, sql: str, *, params: Parameters = None) -> Rows:
        """Run any statement and return its rows."""
        ...

    def query(self, sql: str, *, params: Parameters = None) -> Rows:
        """Run a statement that only reads; raise `ReadOnlyError` if it would write."""
        ...

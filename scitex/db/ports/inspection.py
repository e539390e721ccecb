"""The promise to tell what is in a database, and how a statement would be carried out."""

from __future__ import annotations

from typing import Protocol

from scitex.db.domain.inspection.catalogued import Constraint, Trigger, View
from scitex.db.domain.inspection.profiles import TableProfile
from scitex.db.domain.inspection.queryplans import QueryPlan
from scitex.db.ports.columns import Asked, Given


class Inspection(Protocol):
    """
    Somewhere that tells what it holds.

    Nothing is changed by being asked.  What serves a search, and what is the engine's own, is
    left out.  Raises `TableNotFoundError` for a table that is not there.
    """

    def constraints(self, table: str) -> list[Constraint]:
        """
        Return a table's rules: primary key, UNIQUE, CHECK, foreign keys, EXCLUDE, in this order.

        A foreign key names the columns that it refers to, also where its declaration does not.
        """
        ...

    def triggers(self, table: str | None = None) -> list[Trigger]:
        """Return the triggers of a table or view, or all there are, by table and name."""
        ...

    def views(self) -> list[View]:
        """Return the views, sorted by name."""
        ...

    def create_sql(self, table: str) -> str:
        """
        Return SQL text that makes a table or view, without its indexes and triggers.

        It is the engine's own SQL, and one statement where that can be; others follow after
        ``;`` and a line's end.
        """
        ...

    def index_sql(self, table: str) -> dict[str, str]:
        """Return the SQL text that makes each of the indexes that `indexes` tells, by name."""
        ...

    def profile(
        self, table: str, *, columns: tuple[str, ...], quantiles: tuple[float, ...]
    ) -> TableProfile:
        """
        Measure columns of a table or view, all at one moment.

        Raises `ColumnNotFoundError` for columns that are not there.
        """
        ...

    def explain(self, asked: Asked, *, values: Given = None, analyze: bool = False) -> QueryPlan:
        """
        Return how a query, or a statement given as text, would be carried out.

        It is not run; with `analyze` it is, and undone, which raises `UnsupportedFeatureError`
        where the engine cannot.  Raises `ProgrammingError` for a statement that has no plan.
        """
        ...

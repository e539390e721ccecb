"""The calls on inspection that both SQL engines carry out the same way."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Generic, Protocol, TypeVar

from scitex.db.adapters.sql.profiling import Measures, Profiler
from scitex.db.adapters.sql.sessions import Sessions
from scitex.db.adapters.sql.storage import SqlSession
from scitex.db.domain.inspection.catalogued import Constraint, Trigger, View
from scitex.db.domain.inspection.profiles import TableProfile
from scitex.db.domain.inspection.queryplans import QueryPlan
from scitex.db.ports.columns import Asked, Given

S = TypeVar("S", bound=SqlSession)
S_contra = TypeVar("S_contra", bound=SqlSession, contravariant=True)


class Catalogue(Protocol[S_contra]):
    """What an engine does in its own way: a module, or what is like one."""

    measures: Measures

    def moment(self, session: S_contra) -> AbstractContextManager[None]:
        """See one state of the database for the length of a block."""
        ...

    def constraints(self, session: S_contra, table: str) -> list[Constraint]:
        """Return a table's rules."""
        ...

    def triggers(self, session: S_contra, table: str | None) -> list[Trigger]:
        """Return the triggers."""
        ...

    def views(self, session: S_contra) -> list[View]:
        """Return the views."""
        ...

    def create_sql(self, session: S_contra, table: str) -> str:
        """Return SQL text that makes a table."""
        ...

    def index_sql(self, session: S_contra, table: str) -> dict[str, str]:
        """Return SQL text that makes each index."""
        ...

    def explain(
        self, session: S_contra, asked: Asked, values: Given, *, analyze: bool
    ) -> QueryPlan:
        """Return how a statement would be carried out."""
        ...


class Inspecting(Generic[S]):
    """The calls on inspection."""

    _sessions: Sessions[S]
    _catalogue: Catalogue[S]

    def constraints(self, table: str) -> list[Constraint]:
        session, catalogue = self._sessions.current(), self._catalogue
        with session.turn, catalogue.moment(session):
            return catalogue.constraints(session, table)

    def triggers(self, table: str | None = None) -> list[Trigger]:
        session, catalogue = self._sessions.current(), self._catalogue
        with session.turn, catalogue.moment(session):
            return catalogue.triggers(session, table)

    def views(self) -> list[View]:
        session, catalogue = self._sessions.current(), self._catalogue
        with session.turn, catalogue.moment(session):
            return catalogue.views(session)

    def create_sql(self, table: str) -> str:
        session, catalogue = self._sessions.current(), self._catalogue
        with session.turn, catalogue.moment(session):
            return catalogue.create_sql(session, table)

    def index_sql(self, table: str) -> dict[str, str]:
        session, catalogue = self._sessions.current(), self._catalogue
        with session.turn, catalogue.moment(session):
            return catalogue.index_sql(session, table)

    def profile(
        self, table: str, *, columns: tuple[str, ...], quantiles: tuple[float, ...]
    ) -> TableProfile:
        session, catalogue = self._sessions.current(), self._catalogue
        with session.turn, catalogue.moment(session):
            measured: Any = session
            spec = session.described(table).spec
            return Profiler(measured, catalogue.measures, spec).profile(columns, quantiles)

    def explain(self, asked: Asked, *, values: Given = None, analyze: bool = False) -> QueryPlan:
        session = self._sessions.current()
        with session.turn:
            return self._catalogue.explain(session, asked, values, analyze=analyze)

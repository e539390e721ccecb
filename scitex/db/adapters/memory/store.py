"""The tables of a database in memory, and the log of what is done to them."""

from __future__ import annotations

from collections.abc import Mapping

from scitex.db.adapters.memory.expressions.scope import Engine
from scitex.db.adapters.memory.table import Table
from scitex.db.adapters.memory.undo import UndoLog
from scitex.db.domain.errors import TableNotFoundError
from scitex.db.domain.names import identifier
from scitex.db.domain.search.searching import SearchSpec
from scitex.db.domain.tables import ForeignKey

Tables = Mapping[str, Table]


class Store:
    """
    All there is.

    Parameters
    ----------
    engine : {"sqlite", "postgresql"}
        Whose rules count where the engines differ.

    Attributes
    ----------
    tables : mapping of str to Table
        Replaced as a whole where a table is made, changed or removed.
    searches : mapping of str to SearchSpec
        What can be searched, by table; replaced as a whole too.
    log : UndoLog
    doubtful : bool
        Whether a deferred reference pointed at no record when it was last looked at.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.tables: Tables = {}
        self.searches: Mapping[str, SearchSpec] = {}
        self.log = UndoLog()
        self.doubtful = False
        self._referrers: dict[str, list[tuple[Table, ForeignKey]]] = {}

    def table(self, name: str) -> Table:
        """
        Return a table.

        Raises
        ------
        TableNotFoundError
            If there is none of that name; the nearest one is offered.
        """
        try:
            return self.tables[name]
        except (KeyError, TypeError):  # TypeError: something that is no name at all
            raise TableNotFoundError(identifier(name), sorted(self.tables)) from None

    def replace(self, tables: Tables) -> None:
        """Put other tables in the place of these, so that it can be taken back."""
        self.log.note(self._set, self.tables)
        self._set(tables)

    def _set(self, tables: Tables) -> None:
        self._referrers = {}
        self.tables = tables

    def search_by(self, searches: Mapping[str, SearchSpec]) -> None:
        """Let other texts be searched, so that it can be taken back."""
        self.log.note(setattr, self, "searches", self.searches)
        self.searches = searches

    def referrers(self, name: str) -> list[tuple[Table, ForeignKey]]:
        """Return the tables that refer to the one called `name`, each with its foreign key."""
        found = self._referrers.get(name)
        if found is None:
            found = [
                (table, key)
                for table in self.tables.values()
                for key in table.spec.foreign_keys
                if key.table == name
            ]
            self._referrers[name] = found
        return found

"""Making, changing and describing tables in memory."""

from __future__ import annotations

import itertools

from scitex.db.adapters.memory import restructuring
from scitex.db.adapters.memory.session import Session
from scitex.db.adapters.undivided import Undivided
from scitex.db.domain.names import identifier, is_own
from scitex.db.domain.tables import ColumnSpec, IndexSpec, TableSpec


class Schema(Undivided):
    """The calls on tables and indexes."""

    _session: Session

    def create_table(self, spec: TableSpec) -> None:
        with self._session as store:
            restructuring.create_table(store, spec)

    def drop_table(self, table: str) -> None:
        with self._session as store:
            restructuring.drop_table(store, table)

    def rename_table(self, table: str, *, to: str) -> None:
        with self._session as store:
            restructuring.rename_table(store, table, identifier(to))

    def add_column(self, table: str, column: ColumnSpec) -> None:
        with self._session as store:
            restructuring.add_column(store, table, column)

    def drop_column(self, table: str, column: str) -> None:
        with self._session as store:
            restructuring.drop_column(store, table, column)

    def rename_column(self, table: str, column: str, *, to: str) -> None:
        with self._session as store:
            restructuring.rename_column(store, table, column, identifier(to))

    def tables(self) -> list[str]:
        with self._session as store:
            return sorted(itertools.filterfalse(is_own, store.tables))

    def describe(self, table: str) -> TableSpec:
        with self._session as store:
            return store.table(table).spec

    def create_index(self, index: IndexSpec) -> None:
        with self._session as store:
            restructuring.create_index(store, index)

    def drop_index(self, table: str, name: str) -> None:
        with self._session as store:
            restructuring.drop_index(store, table, name)

    def indexes(self, table: str) -> list[IndexSpec]:
        with self._session as store:
            found = store.table(table).indexes
            return [found[name] for name in sorted(found)]

"""Upkeep where there is little to keep: tables in memory."""

from __future__ import annotations

from scitex.db.adapters.memory.answers import size
from scitex.db.adapters.memory.session import Session
from scitex.db.domain.inspection.findings import Finding
from scitex.db.domain.inspection.measures import Measure, TableMeasure, not_inside


class Upkeep:
    """The calls on upkeep: the room of removed records is given back at once, always."""

    _session: Session

    def vacuum(self, table: str | None = None, *, full: bool = False) -> None:
        with self._session as store:
            if self._session.depth:
                raise not_inside("vacuum")
            if table is not None:
                store.table(table)

    def analyze(self, table: str | None = None) -> None:
        with self._session as store:
            if table is not None:
                store.table(table)

    def optimize(self) -> None:
        with self._session:
            if self._session.depth:
                raise not_inside("optimize")

    def measure(self, *, exact: bool = True) -> Measure:
        with self._session as store:
            tables = tuple(
                TableMeasure(
                    name,
                    len(table.shelf.records),
                    size(table),
                    tuple((name, None) for name in sorted(table.indexes)),
                )
                for name, table in sorted(store.tables.items())
            )
            return Measure(sum(table.bytes or 0 for table in tables), tables)

    def examine(self, *, quick: bool = False, sample: int | None = None) -> list[Finding]:
        with self._session:
            return []  # every value is held to its column's type

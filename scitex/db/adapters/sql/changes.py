"""What both SQL engines do alike for a log of changes."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from scitex.db.adapters.sql.moving import MovingStorage, S
from scitex.db.domain.errors import TableNotFoundError
from scitex.db.domain.predicates import Column, Compare, Parameter
from scitex.db.domain.queries import Query
from scitex.db.domain.rows import Record
from scitex.db.domain.sync.bookkeeping import LOGS, log_table, own_name

_NAMED = Compare(Column("name"), "=", Parameter(0))


class LoggedStorage(MovingStorage[S]):
    """Keeping a table in which triggers note the keys of what changes."""

    def end_log(self, table: str) -> None:
        """Have changes noted no more, and forget those that are."""
        raise NotImplementedError("each engine has triggers of its own")

    def rename_table(self, table: str, *, to: str) -> None:
        """Rename a table, whose log ends: it is kept by name, and the triggers go along."""
        session = self._sessions.current()
        with session.turn, session.atomic():
            if self._log(table) is not None and table in self.tables():
                self.end_log(table)
            super().rename_table(table, to=to)

    def rename_column(self, table: str, column: str, *, to: str) -> None:
        """Rename a column; where the log has it in its keys, that ends."""
        session = self._sessions.current()
        with session.turn, session.atomic():
            known = self._log(table) is not None and table in self.tables()
            if known and column in self.describe(table).primary_key:
                self.end_log(table)
            super().rename_column(table, column, to=to)

    def _log(self, table: str) -> Record | None:
        """Return what is known of a table's log."""
        try:
            found = self.select(Query(LOGS.name, None, _NAMED), values=(table,))
        except TableNotFoundError:
            return None
        return found[0] if found else None

    def _make_log(self, table: str, key: tuple[str, ...]) -> str:
        """Make an empty log; return its name."""
        spec = self.describe(table)
        name = own_name("log", table)
        self.create_table(log_table(name, [spec.column(each).type for each in key]))
        try:
            self.describe(LOGS.name)
        except TableNotFoundError:
            self.create_table(LOGS)
        self.insert(LOGS.name, {"name": table, "id": uuid.uuid4().hex, "cut": 0})
        return name

    def _drop_log(self, table: str) -> None:
        name = own_name("log", table)
        with contextlib.suppress(TableNotFoundError):
            self.drop_table(name)
        if self._log(table) is not None:
            self.delete(LOGS.name, where=_NAMED, values=(table,))

    def _cut_log(self, table: str, upto: int) -> None:
        """Let the entries go that are not past a number."""
        old = Compare(Column("seq"), "<=", Parameter(0))
        self.delete(own_name("log", table), where=old, values=(upto,))
        self.update(LOGS.name, {"cut": upto}, where=_NAMED, values=(table,))


def keys_of(rows: Sequence[Mapping[Any, Any]]) -> list[Any] | None:
    """Return each key that log entries name, once; None where one says that all may be."""
    found: dict[Any, None] = {}
    for row in rows:
        if row["whole"]:
            return None
        values = tuple(value for name, value in row.items() if name != "whole")
        found[values if len(values) > 1 else values[0]] = None
    return list(found)

"""What the local side keeps: how each table was when both last agreed, and what is under way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs

from scitex.db.domain import spelling
from scitex.db.domain.errors import TableNotFoundError
from scitex.db.domain.predicates import And, Column, Compare, OrderTerm, Parameter
from scitex.db.domain.queries import Query
from scitex.db.domain.rows import Record
from scitex.db.domain.sync.bookkeeping import CONFLICTS, PAIRS, TABLES, state_name, state_table
from scitex.db.domain.sync.plans import Resolution
from scitex.db.domain.tables import TableSpec
from scitex.db.ports.storage import Storage
from scitex.db.services.sync import logbook
from scitex.db.services.sync.identity import Skipped, ensure, equals
from scitex.db.services.sync.lookups import matching
from scitex.db.services.sync.notes import understood, whole
from scitex.db.services.sync.reading import ROWS, Key, Portion, Shape, in_order
from scitex.db.services.sync.states import (
    ABSENT,
    STATE,
    Doubt,
    Kept,
    Layout,
    States,
    key_columns,
    key_names,
    layout_of,
    states,
    widened,
)

_GIVEN_BACK = {"pending": None, "pending_base": None, "batch": None}


@attrs.frozen
class Pairing:
    """
    What is kept of the syncs with one remote database.

    Attributes
    ----------
    remote : str
        Who it is.
    open : str or None
        A batch of which it is not known yet whether the remote side took it.
    serial, batch
        The last one that it did take.
    """

    remote: str
    open: str | None = None
    serial: int | None = None
    batch: str | None = None


@attrs.frozen
class Entry:
    """
    A change of the agreed state.

    Attributes
    ----------
    key
    agreed, pending : bytes or None
        What it was, and what it is to be.
    base, record : dict or None
        The same as records, where they are kept.
    """

    key: Key
    agreed: bytes | None
    pending: bytes | None
    base: Record | None = None
    record: Record | None = None


class Ledger:
    """
    What a database keeps of its syncs with another one.

    Parameters
    ----------
    storage : Storage
        The local side.
    remote : str or None
        Who the other one is; None where it has never taken part in a sync.
    location : str
        Where it is, by which it is known again while it cannot tell who it is.
    """

    def __init__(self, storage: Storage, remote: str | None, location: str) -> None:
        self._storage = storage
        self._location = location
        self._doubt: Doubt | None = None
        self.remote = remote or f"at {location}"

    # -- pairs -------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make what is missing."""
        ensure(self._storage, PAIRS, TABLES, CONFLICTS)
        if self._rows(Query(PAIRS.name, None, equals("remote")), (self.remote,)):
            return
        before = f"at {self._location}"
        if self._rows(Query(PAIRS.name, None, equals("remote")), (before,)):
            for name in (PAIRS.name, TABLES.name):
                self._rename(name, before)
        else:
            self._storage.insert(PAIRS.name, {"remote": self.remote, "location": self._location})

    def _rename(self, table: str, before: str) -> None:
        self._storage.update(
            table, {"remote": self.remote}, where=equals("remote"), values=(before,)
        )

    def pairing(self) -> Pairing:
        """Return what is kept of the pair."""
        for name in (self.remote, f"at {self._location}"):
            rows = self._rows(Query(PAIRS.name, None, equals("remote")), (name,))
            if rows:
                row = rows[0]
                return Pairing(name, row["open"], row["serial"], row["batch"])
        return Pairing(self.remote)

    def doubt(self, batch: str, skipped: Skipped | None) -> None:
        """Read the agreed state as it will be when it is noted what became of a batch."""
        self._doubt = Doubt(batch, skipped)

    def note(self, **facts: object) -> None:
        """Keep facts of the pair."""
        name = self.pairing().remote
        self._storage.update(PAIRS.name, facts, where=equals("remote"), values=(name,))

    # -- tables ------------------------------------------------------------------------------

    def tables(self) -> list[str]:
        """Return the tables that were synced with the other database."""
        order = (OrderTerm("name"),)
        query = Query(TABLES.name, ("name",), equals("remote"), order)
        return [row["name"] for row in self._rows(query, (self.pairing().remote,))]

    def kept(self, table: str) -> Kept | None:
        """Return what is kept of a table; None where it was never synced with this database."""
        rows = self._kept_rows(table)
        if not rows:
            return None
        row, what = rows[0], f"what was agreed of table {table!r}"
        number = whole(row["number"], what)
        with understood(what):
            layout = tuple((name, kind) for name, kind in json.loads(row["layout"]))
            again = tuple(map(spelling.read_key, json.loads(row["again"] or "[]")))
        here, there = row["here"], row["there"]
        return Kept(number, layout, row["scope"], here, there, row["batch"], again)

    def _kept_rows(self, table: str) -> list[Record]:
        both = And(equals("remote"), Compare(Column("name"), "=", Parameter(1)))
        return self._rows(Query(TABLES.name, None, both), (self.pairing().remote, table))

    def open_table(self, shape: Shape, spec: TableSpec) -> Kept:
        """Return what is kept of a table; make it, or make it anew for other columns."""
        found = self.kept(shape.table)
        layout = layout_of(shape)
        if found is not None:
            if set(layout) <= set(found.layout):
                return found
            others = [column for column in found.layout if column[0] not in shape.kinds]
            layout = tuple(sorted([*others, *layout]))
        number = self._number()
        types = [spec.column(name).type for name in shape.key]
        made = state_table(number, types)
        self._storage.create_table(made)
        if found is not None:
            names = (*key_names(shape), "agreed")
            for portion in self.state(shape, found, layout=layout):
                columns = key_columns(shape, portion.keys)
                self._storage.insert_columns(
                    made.name, names, iter([[*columns, portion.marks.tolist()]])
                )
            self._storage.drop_table(state_name(found.number))
        record = {
            "remote": self.remote,
            "name": shape.table,
            "number": number,
            "layout": json.dumps(layout),
        }
        self._storage.insert_many(
            TABLES.name, [record], on_conflict="update", conflict_columns=("remote", "name")
        )
        return Kept(number, layout)

    def _number(self) -> int:
        rows = self._storage.select(
            Query(TABLES.name, ("number",), None, (OrderTerm("number", descending=True),), 1)
        )
        return whole(rows[0]["number"], "the number of what was agreed last") + 1 if rows else 1

    def reached(self, table: str, **facts: object) -> None:
        """Keep facts of a table."""
        both = And(equals("remote"), Compare(Column("name"), "=", Parameter(1)))
        self._storage.update(TABLES.name, facts, where=both, values=(self.remote, table))

    def forget(self, table: str) -> bool:
        """Remove all that is kept of a table; say whether there was anything."""
        found = [row["number"] for row in self._kept_rows(table)]
        if not found:
            return False
        if type(found[0]) is int:  # else another program has changed it
            self._storage.drop_table(state_name(found[0]))
        both = And(equals("remote"), Compare(Column("name"), "=", Parameter(1)))
        self._storage.delete(TABLES.name, where=both, values=(self.pairing().remote, table))
        return True

    # -- the agreed state --------------------------------------------------------------------

    def state(
        self, shape: Shape, kept: Kept | None, *, layout: Layout | None = None
    ) -> Iterator[Portion]:
        """Read the agreed state in the order of the keys; of other columns, if they are given."""
        if kept is None:
            return iter(())
        names = key_names(shape)
        query = Query(
            state_name(kept.number),
            (*names, *STATE),
            None,
            tuple(map(OrderTerm, names)),
        )
        pieces = self._storage.pages(query, rows=ROWS)
        wanted = layout_of(shape) if layout is None else layout
        found = (states(shape, piece, self._doubt) for piece in pieces if piece.rows)
        portions = (some.portion(shape, kept.layout, wanted) for some in found)
        return in_order(portion for portion in portions if portion.keys)

    def agreed(self, shape: Shape, kept: Kept | None, keys: Sequence[Key]) -> dict[Key, bytes]:
        """Return the agreed state of some records."""
        found: dict[Key, bytes] = {}
        if kept is not None:
            for some in self._look_up(shape, kept, keys):
                found.update(zip(*some.there(kept.layout, layout_of(shape)), strict=True))
        return found

    def bases(self, shape: Shape, kept: Kept | None, keys: Sequence[Key]) -> dict[Key, Record]:
        """Return some records as they were when both agreed, where they are kept."""
        found: dict[Key, Record] = {}
        if kept is None:
            return found
        for some in self._look_up(shape, kept, keys, ("base", "pending_base")):
            columns = (some.keys, some.rest[0], some.pending, some.rest[1])
            for key, one, mark, other in zip(*columns, strict=True):
                text = one if mark is None else other
                if text is not None:
                    found[key] = spelling.read(text)
        return found

    def _look_up(
        self, shape: Shape, kept: Kept, keys: Sequence[Key], others: tuple[str, ...] = ()
    ) -> Iterator[States]:
        stated = attrs.evolve(shape, table=state_name(kept.number), key=key_names(shape))
        for condition, values in matching(stated, keys):
            query = Query(stated.table, (*stated.key, *STATE, *others), condition)
            for piece in self._storage.pages(query, values=values, rows=ROWS):
                if piece.rows:
                    yield states(shape, piece, self._doubt)

    def write(
        self, shape: Shape, kept: Kept, entries: Iterable[Entry], *, batch: str | None
    ) -> None:
        """Change the agreed state: at once, or where a batch is named when that is known taken."""
        waiting = list(entries)
        if not waiting:
            return
        if kept.layout != layout_of(shape):
            waiting = self._widened(shape, kept, waiting)
        keys = [entry.key for entry in waiting]
        if batch is None:
            gone = [entry.key for entry in waiting if entry.pending is None]
            self._remove(shape, kept, gone)
            waiting = [entry for entry in waiting if entry.pending is not None]
            keys = [entry.key for entry in waiting]
            now: list[object] = [entry.pending for entry in waiting]
            nothing: list[object] = [None] * len(waiting)
            bases: list[object] = [spelling.spelt(entry.record) for entry in waiting]
            columns = [now, nothing, nothing, bases, nothing]
        else:
            columns = [
                [entry.agreed or ABSENT for entry in waiting],
                [entry.pending or ABSENT for entry in waiting],
                [batch] * len(waiting),
                [spelling.spelt(entry.base) for entry in waiting],
                [spelling.spelt(entry.record) for entry in waiting],
            ]
        names = (*key_names(shape), "agreed", "pending", "batch", "base", "pending_base")
        self._storage.insert_columns(
            state_name(kept.number),
            names,
            iter([[*key_columns(shape, keys), *columns]]),
            on_conflict="update",
            conflict_columns=key_names(shape),
        )

    def fill(
        self, shape: Shape, kept: Kept, portions: Iterable[Portion], *, batch: str | None
    ) -> None:
        """Keep the agreed state of a table of which nothing was kept, as `write` does."""
        names = (*key_names(shape), "agreed")
        if batch is not None:
            names = (*names, "pending", "batch")

        def columns() -> Iterator[list[Any]]:
            for portion in portions:
                marks, keys = portion.marks.tolist(), key_columns(shape, portion.keys)
                nothing = [ABSENT] * len(marks)
                given = [marks] if batch is None else [nothing, marks, [batch] * len(marks)]
                yield [*keys, *given]

        self._storage.insert_columns(state_name(kept.number), names, columns())

    def _widened(self, shape: Shape, kept: Kept, entries: list[Entry]) -> list[Entry]:
        """Have entries tell of all columns that are kept: those not synced now are as before."""
        keys = [entry.key for entry in entries]
        before: dict[Key, bytes] = {}
        for some in self._look_up(shape, kept, keys):
            before.update(zip(*some.there(kept.layout, kept.layout), strict=True))
        bases, names = self.bases(shape, kept, keys), layout_of(shape)
        return [
            attrs.evolve(
                entry,
                agreed=None if entry.agreed is None else before.get(entry.key),
                pending=widened(entry.pending, before.get(entry.key), names, kept.layout),
                record=entry.record and {**bases.get(entry.key, {}), **entry.record},
            )
            for entry in entries
        ]

    def _remove(self, shape: Shape, kept: Kept, keys: Sequence[Key]) -> None:
        stated = attrs.evolve(shape, table=state_name(kept.number), key=key_names(shape))
        for condition, values in matching(stated, keys):
            self._storage.delete(stated.table, where=condition, values=values)

    # -- batches -----------------------------------------------------------------------------

    def undo(self, batch: str, only: Skipped | None = None) -> None:
        """Give up what a batch was to change: all of it, or of some records only."""
        name = self.pairing().remote
        for row in self._rows(Query(TABLES.name, None, equals("remote")), (name,)):
            table = state_name(row["number"])
            if only is None:
                new = And(equals("batch"), Compare(Column("agreed"), "=", Parameter(1)))
                self._storage.delete(table, where=new, values=(batch, ABSENT))
                self._storage.update(table, _GIVEN_BACK, where=equals("batch"), values=(batch,))
                continue
            keys = only.get(row["name"], [])
            width = len(keys[0]) if keys and isinstance(keys[0], tuple) else 1
            shape = Shape(table, tuple(f"k{at}" for at in range(width)), {})
            for condition, values in matching(shape, keys):
                mine = Compare(Column("batch"), "=", Parameter(len(values)))  # no other batch's
                both: Any = And(condition, mine)  # type: ignore[arg-type]  # no text
                self._storage.update(table, _GIVEN_BACK, where=both, values=(*values, batch))
        if only is None:
            self._storage.delete(CONFLICTS.name, where=equals("batch"), values=(batch,))

    # -- conflicts ---------------------------------------------------------------------------

    def log(self, resolutions: Iterable[Resolution], *, batch: str) -> None:
        """Write down conflicts, and what became of them."""
        logbook.write(self._storage, resolutions, batch=batch)

    def conflicts(self, table: str | None) -> list[Record]:
        """Return the conflicts that were written down, the oldest first."""
        where, values = (None, ()) if table is None else (equals("name"), (table,))
        query = Query(CONFLICTS.name, None, where, (OrderTerm("id"),))
        return list(map(logbook.told, self._rows(query, values)))

    def _rows(self, query: Query, values: tuple[object, ...]) -> list[Record]:
        try:
            return self._storage.select(query, values=values)
        except TableNotFoundError:
            return []

"""
First copies: a whole table moved to a side that has no record of it yet.

Nothing is to be compared or merged then, so columns are carried over as the engines give and take
them, and no record is made of them.  What is kept of it, signatures and keys, is in memory until
it is written down.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import attrs

from scitex.db.domain.errors import (
    CommitUnknownError,
    ConnectionLostError,
    DataError,
    IntegrityError,
)
from scitex.db.domain.ordering import parents_first
from scitex.db.domain.pieces import Piece
from scitex.db.domain.queries import Query
from scitex.db.domain.sync.bookkeeping import state_name
from scitex.db.domain.sync.plans import SIDES, Direction, SideName, Tally
from scitex.db.domain.sync.reports import TableReport
from scitex.db.ports.storage import Storage
from scitex.db.services.copying.filling import Filling
from scitex.db.services.sync import identity
from scitex.db.services.sync.planning import Pair, Positions, positions, scope_of
from scitex.db.services.sync.reading import Portion, portion_of
from scitex.db.services.sync.shaping import Shaped, made
from scitex.db.services.sync.states import layout_of
from scitex.db.services.transactions import Block

_OTHER: dict[SideName, SideName] = {"local": "remote", "remote": "local"}
_FROM: dict[Direction, tuple[SideName, ...]] = {
    "both": ("local", "remote"),
    "up": ("local",),
    "down": ("remote",),
}


@attrs.frozen
class Seed:
    """
    A table that only one side has records of.

    Attributes
    ----------
    given : Shaped
    source : {"local", "remote"}
        The side that has them.
    """

    given: Shaped
    source: SideName


def seeds(pair: Pair, tables: Iterable[Shaped], direction: Direction) -> list[Seed]:
    """Return those of some tables that can be copied whole, parents first."""
    found = {}
    for given in tables:
        if _is_new(pair, given):
            filled = [side for side in SIDES if _has_records(pair, given, side)]
            if len(filled) == 1 and filled[0] in _FROM[direction]:
                found[given.shape.table] = Seed(given, filled[0])
    order = parents_first({name: seed.given.specs["local"] for name, seed in found.items()})
    return [found[name] for name in order if name in found]


def _is_new(pair: Pair, given: Shaped) -> bool:
    """Say whether nothing was ever agreed upon."""
    kept = pair.ledger.kept(given.shape.table)
    if kept is None:
        return True
    alike = kept.layout == layout_of(given.shape)
    return alike and not pair.local.select(Query(state_name(kept.number), ("k0",), limit=1))


def _has_records(pair: Pair, given: Shaped, side: SideName) -> bool:
    if given.lacking == side:
        return False
    return _holds(pair.storage(side), given.shape.table)


def _holds(storage: Storage, table: str) -> bool:
    return bool(storage.select(Query(table, limit=1)))


class _TakenError(Exception):
    """Somebody stored a record meanwhile."""


class Seeding:
    """
    Copying whole tables, each of them all or not at all.

    Parameters
    ----------
    pair : Pair
    direction : {"both", "up", "down"}
    report : callable
        Is given the number of records that were stored.
    """

    def __init__(self, pair: Pair, direction: Direction, report: Callable[[int], object]) -> None:
        self._pair = pair
        self._direction = direction
        self._report = report

    def copy(self, seed: Seed) -> TableReport | None:
        """Copy a table; None where it cannot be done whole, and nothing was."""
        batch = str(uuid.uuid4())
        way = self._up if seed.source == "local" else self._down
        try:
            size, count = way(seed, batch)
        except (_TakenError, IntegrityError, DataError):
            return None  # a plan can tell which record it is
        here, there = [Tally(0 if side == seed.source else count) for side in SIDES]
        return TableReport(seed.given.shape.table, here, there, bytes=size)

    def _down(self, seed: Seed, batch: str) -> tuple[int, int]:
        """Copy to the local side, which then has the records and what is kept of them."""
        pair = self._pair
        if self._direction == "down":
            peer = identity.known(pair.local).peer
            facts = identity.read_by(pair.remote, batch, peer=peer)
        else:
            with Block(pair.remote):
                facts = {"serial": self._mark(batch), "batch": batch}
        with pair.remote.reading(), Block(pair.local):
            since = positions(pair, seed.given)
            carried = self._carried(seed, batch)
            self._keep(seed, carried, None)
            self._reached(seed, since, batch)
            pair.ledger.note(open=None, **facts)
        return carried.size, carried.count

    def _up(self, seed: Seed, batch: str) -> tuple[int, int]:
        """Copy to the remote side; the local one notes it before that is certain."""
        pair, noted = self._pair, False
        try:
            with Block(pair.remote):
                with pair.local.reading():
                    since = positions(pair, seed.given)
                    carried = self._carried(seed, batch)
                serial = self._mark(batch)
                with Block(pair.local):
                    self._keep(seed, carried, batch)
                    pair.ledger.note(open=batch)
                noted = True
        except (CommitUnknownError, ConnectionLostError):
            raise  # the next sync finds out
        except Exception:
            if noted:
                with Block(pair.local):
                    pair.ledger.undo(batch)
                    pair.ledger.note(open=None)
            raise
        with Block(pair.local):
            self._reached(seed, since, batch)
            pair.ledger.note(open=None, serial=serial, batch=batch)
        return carried.size, carried.count

    def _mark(self, batch: str) -> int:
        peer = identity.known(self._pair.local).peer
        return identity.set_mark(self._pair.remote, batch, peer=peer, skipped={})

    def _carried(self, seed: Seed, batch: str) -> _Carrying:
        """Store all records, in the transaction that is open on the other side."""
        shape = seed.given.shape
        source, target = (self._pair.storage(each) for each in (seed.source, _OTHER[seed.source]))
        carrying = _Carrying(seed, Filling(target, shape.table, shape.columns, self._report))
        with _ready(source, target, seed.given), target.writing_as(batch):
            query = Query(shape.table, shape.columns, shape.where.condition)
            source.unload(query, values=shape.where.values, take=carrying.take)
            carrying.filling.store()
            if target.count(shape.table) != carrying.count:  # triggers keep some, or make more
                raise _TakenError
        return carrying

    def _keep(self, seed: Seed, carried: _Carrying, batch: str | None) -> None:
        ledger, shape = self._pair.ledger, seed.given.shape
        kept = ledger.open_table(shape, seed.given.specs["local"])
        ledger.fill(shape, kept, carried.portions, batch=batch)

    def _reached(self, seed: Seed, since: Positions, batch: str) -> None:
        self._pair.ledger.reached(
            seed.given.shape.table,
            scope=scope_of(seed.given.shape),
            here=since.here,
            there=since.there,
            batch=batch,
            again=None,
        )


class _Carrying:
    """
    What the pieces of a table are given to.

    Parameters
    ----------
    seed : Seed
    filling : Filling

    Attributes
    ----------
    portions : list of Portion
        Keys and signatures.
    count, size : int
        How many records there were, and about how many bytes they take.
    """

    def __init__(self, seed: Seed, filling: Filling) -> None:
        self.filling = filling
        self.portions: list[Portion] = []
        self.count = 0
        self._shape = seed.given.shape

    @property
    def size(self) -> int:
        return self.filling.bytes

    def take(self, piece: Piece) -> None:
        """Take a piece."""
        if piece.rows:
            portion = portion_of(piece, self._shape)
            self.portions.append(portion.bare())
            self.count += piece.rows
            self.filling.take(piece)


@contextmanager
def _ready(source: Storage, target: Storage, given: Shaped) -> Iterator[None]:
    """Have an empty table to be filled in the block, which nobody else writes to."""
    table = given.shape.table
    if given.lacking is None:
        target.hold_tables([table])
        if _holds(target, table):
            raise _TakenError
        target.defer_references()
        yield
        return
    todo = made(source, target, table)
    with target.building(todo.tables):
        yield
    for index in todo.indexes:
        target.create_index(index)

"""
Making two databases agree, so that no moment of a crash loses or doubles anything.

Each side commits on its own.  Before the remote side is written, the local one notes what it sends
(the batch); the remote side notes in the same transaction that it took the batch.  Whatever breaks
off in between, the next sync asks the remote side for that note, and knows.
"""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import attrs

from scitex.db.domain import spelling
from scitex.db.domain.errors import CommitUnknownError, ConnectionLostError, ForeignKeyError
from scitex.db.domain.rows import Record
from scitex.db.domain.sync.bookkeeping import MARKS
from scitex.db.domain.sync.plans import SIDES, Direction, Item, SideName, TablePlan
from scitex.db.domain.sync.reports import TableReport
from scitex.db.services.sync import identity, references
from scitex.db.services.sync.applying import TOLD, Applying, refused
from scitex.db.services.sync.identity import Skipped
from scitex.db.services.sync.ledger import Entry, Ledger
from scitex.db.services.sync.planning import Pair, Prepared, refuse_conflicts, scope_of
from scitex.db.services.sync.reading import Key
from scitex.db.services.sync.references import Work
from scitex.db.services.sync.rules import Rules
from scitex.db.services.sync.shaping import make
from scitex.db.services.sync.states import Kept
from scitex.db.services.transactions import Block

Report = Callable[[int], object]
_AGAIN = 10_000  # keys that are kept to be looked at again
_OTHER: dict[SideName, SideName] = {"local": "remote", "remote": "local"}


class Run:
    """
    One sync, from its plan to its end.

    Parameters
    ----------
    pair : Pair
    rules : Rules
    direction : {"both", "up", "down"}
    report : callable
        Is given the number of records that were done.
    """

    def __init__(self, pair: Pair, rules: Rules, direction: Direction, report: Report) -> None:
        self._pair = pair
        self._rules = rules
        self._direction = direction
        self._report = report
        self._batch = str(uuid.uuid4())
        self._kept: dict[str, Kept] = {}
        self._later: dict[str, set[Key]] = {}
        self._taken: dict[str, object] = {}  # the last that the remote side noted

    # -- before ------------------------------------------------------------------------------

    def begin(self) -> None:
        """Find out what became of a batch that was broken off, and make what is missing."""
        pair = self._pair
        if self._direction != "down":
            with Block(pair.remote):
                who = identity.establish(pair.remote)
                identity.ensure(pair.remote, MARKS)
            self._pair = pair = attrs.evolve(
                pair, ledger=Ledger(pair.local, who.database, pair.remote.location)
            )
        with Block(pair.local):
            identity.establish(pair.local)
            pair.ledger.prepare()
            self._recover()

    def _recover(self) -> None:
        pairing = self._pair.ledger.pairing()
        if pairing.open is None:
            return
        mark = identity.mark_of(self._pair.remote, pairing.open)
        if mark is None:
            self._pair.ledger.undo(pairing.open)
            self._pair.ledger.note(open=None)
            return
        self._pair.ledger.undo(pairing.open, only=mark.skipped)
        self._pair.ledger.note(open=None, serial=mark.serial, batch=mark.batch)

    # -- doing it ----------------------------------------------------------------------------

    def apply(self, prepared: Sequence[Prepared]) -> list[TableReport]:
        """
        Carry plans out.

        Raises
        ------
        SyncConflictError
            If a conflict is left open.
        IntegrityError
            If a side's rules refuse records; each is told.
        """
        refuse_conflicts(each.plan for each in prepared)
        self._propose(prepared)
        if self._is_marked(prepared):
            if self._direction == "down":
                peer = identity.known(self._pair.local).peer
                self._taken = identity.read_by(self._pair.remote, self._batch, peer=peer)
            else:
                self._push(prepared)
        self._pull(prepared)
        return [self._reported(each) for each in prepared]

    @property
    def pair(self) -> Pair:
        """Both sides."""
        return self._pair

    @staticmethod
    def _is_marked(prepared: Sequence[Prepared]) -> bool:
        """Say whether the agreed state moves on, so that the remote side is to note it."""
        plans = [each.plan for each in prepared]
        return any(plan.items or plan.agreed or plan.created == "remote" for plan in plans)

    def _propose(self, prepared: Sequence[Prepared]) -> None:
        """Note on the local side what is about to be sent."""
        ledger = self._pair.ledger
        with Block(self._pair.local):
            for each in prepared:
                kept = ledger.open_table(each.shape, each.specs["local"])
                self._kept[each.shape.table] = kept
                ledger.write(
                    each.shape, kept, map(self._sent, _sent_items(each)), batch=self._batch
                )
            ledger.log(
                [one for each in prepared for one in each.plan.conflicts], batch=self._batch
            )
            ledger.note(open=self._batch)

    def _sent(self, item: Item) -> Entry:
        keep = self._rules.keep_base
        return Entry(
            item.key,
            item.agreed,
            item.mark("local"),
            item.base,
            item.local if keep else None,
        )

    def _push(self, prepared: Sequence[Prepared]) -> None:
        """Write to the remote side, and have it note that."""
        remote = self._pair.remote
        try:
            with self._explained("remote", prepared):
                self._write(prepared, "remote")
                skipped: Skipped = {name: list(keys) for name, keys in self._later.items() if keys}
                peer = identity.known(self._pair.local).peer
                serial = identity.set_mark(remote, self._batch, peer=peer, skipped=skipped)
        except (CommitUnknownError, ConnectionLostError):
            raise  # the next sync finds out
        except Exception:
            with Block(self._pair.local):
                self._pair.ledger.undo(self._batch)
                self._pair.ledger.note(open=None)
            raise
        self._taken = {"serial": serial, "batch": self._batch}

    @contextmanager
    def _explained(self, side: SideName, prepared: Sequence[Prepared]) -> Iterator[None]:
        """Open a transaction; where its end finds references that do not hold, tell which."""
        storage, ended = self._pair.storage(side), False
        try:
            with Block(storage):
                yield
                ended = True
        except ForeignKeyError as error:
            if not ended:
                raise
            with Block(storage):
                work = self._write(prepared, side)
                told = list(itertools.islice(references.broken(storage, work), TOLD))
                raise refused(side, told, error) from error

    def _write(self, prepared: Sequence[Prepared], side: SideName) -> list[Work]:
        storage = self._pair.storage(side)
        for each in prepared:
            if each.plan.created == side:
                make(self._pair.storage(_OTHER[side]), storage, each.shape.table)
        storage.hold_tables([each.shape.table for each in prepared])
        applying = Applying(storage, side, self._report)
        work = []
        for each in prepared:
            table = each.shape.table
            left = self._later.setdefault(table, set())
            items = [item for item in each.plan.items if item.key not in left]
            same, other = applying.unchanged(each, items)
            left.update(item.key for item in other)
            moving = [item for item in same if item.moves(side)] if self._goes(side) else []
            work.append(Work(each.shape, each.specs[side], moving))
        with storage.writing_as(self._batch):
            applying.write(work)
        return work

    def _goes(self, side: SideName) -> bool:
        return self._direction != ("down" if side == "remote" else "up")

    def _pull(self, prepared: Sequence[Prepared]) -> None:
        """Write to the local side, and keep what both have agreed upon."""
        ledger = self._pair.ledger
        with self._explained("local", prepared):
            before = {name: set(keys) for name, keys in self._later.items()}
            if self._direction != "up":
                self._write(prepared, "local")
            ledger.undo(self._batch, only={name: list(keys) for name, keys in before.items()})
            for each in prepared:
                self._settle(each)
            ledger.note(open=None, **self._taken)

    def _settle(self, each: Prepared) -> None:
        """Keep the agreed state of a table, and how far its logs were read."""
        table, ledger = each.shape.table, self._pair.ledger
        left = self._later.get(table, set())
        entries = [Entry(key, None, mark) for key, mark in each.plan.agreed]
        for item in each.plan.items:
            if item.key not in left:
                entries.extend(self._agreed(item))
        ledger.write(each.shape, self._kept[table], entries, batch=None)
        again = [*left, *_skipped(each)]
        if each.complete and len(again) <= _AGAIN:
            ledger.reached(
                table,
                again=json.dumps(list(map(spelling.spelt_key, again))),
                scope=scope_of(each.shape),
                here=each.positions.here,
                there=each.positions.there,
                batch=self._batch,
            )

    def _agreed(self, item: Item) -> Iterator[Entry]:
        """Yield what both sides have in common once a record is done."""
        if self._direction == "both":
            mark, record = item.becomes, item.after
        elif self._direction == "up":
            mark, record = item.mark("local"), item.local
        else:
            mark, record = item.mark("remote"), item.remote
        noted = self._direction != "down" and item.agreed != item.mark("local")
        if not (noted and mark == item.mark("local")):
            kept = record if self._rules.keep_base else None
            yield Entry(item.key, item.agreed, mark, None, kept)

    # -- telling -----------------------------------------------------------------------------

    def _reported(self, each: Prepared) -> TableReport:
        left = self._later.get(each.shape.table, set())
        done = attrs.evolve(
            each.plan, items=tuple(item for item in each.plan.items if item.key not in left)
        )
        return reported(done, later=len(left))


def _skipped(each: Prepared) -> Iterator[Key]:
    """Yield the keys of records that both sides keep as they are."""
    for one in each.plan.conflicts:
        if one.outcome == "skipped":
            yield one.conflict.key if len(each.shape.key) > 1 else one.conflict.key[0]


def _sent_items(each: Prepared) -> Iterator[Item]:
    """Yield the records whose local copy is not as agreed."""
    if each.plan.direction == "down":
        return
    for item in each.plan.items:
        if item.mark("local") != item.agreed:
            yield item


def reported(plan: TablePlan, *, later: int = 0) -> TableReport:
    """Return what was done, as a plan tells it."""
    sizes = [_size(item.after) for side in SIDES for item in plan.moving(side)]
    return TableReport(
        plan.table,
        plan.tally("local"),
        plan.tally("remote"),
        plan.conflicts,
        later,
        sum(sizes),
    )


def _size(record: Record | None) -> int:
    """Return about how many bytes a record takes: eight a number, and those of its texts."""
    if record is None:
        return 0
    return sum([len(each) if type(each) in _LONG else 8 for each in record.values()])


_LONG = frozenset({str, bytes})

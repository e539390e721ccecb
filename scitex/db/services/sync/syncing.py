"""Syncs from their beginning to their end, and what is kept of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import attrs

from scitex.db.domain.names import identifiers
from scitex.db.domain.sync.errors import SyncError
from scitex.db.domain.sync.plans import SyncPlan
from scitex.db.domain.sync.reports import SyncReport, TableReport
from scitex.db.ports.storage import Storage
from scitex.db.services.sync import identity
from scitex.db.services.sync.ledger import Ledger
from scitex.db.services.sync.planning import Pair, Planner, Prepared, refuse_conflicts
from scitex.db.services.sync.reading import Shape
from scitex.db.services.sync.rules import Rules
from scitex.db.services.sync.running import Report, Run, reported
from scitex.db.services.sync.seeding import Seeding, seeds
from scitex.db.services.sync.shaping import Shaped, Wanted, shaped
from scitex.db.services.sync.verifying import verified
from scitex.db.services.transactions import Block


@contextmanager
def turns(local: Storage, remote: Storage) -> Iterator[None]:
    """Keep other syncs of either database out; whoever syncs asks in the same order."""
    with ExitStack() as stack:
        for storage in sorted((local, remote), key=lambda each: (each.engine, each.location)):
            stack.enter_context(storage.sync_turn())
        yield


def pair_of(local: Storage, remote: Storage) -> Pair:
    """Return both sides with what the local one keeps of them."""
    who = identity.known(remote).database
    return Pair(local, remote, Ledger(local, who, remote.location))


def plan(
    pair: Pair, wanted: Wanted, rules: Rules, *, report: Report, shown: bool = True
) -> list[Prepared]:
    """Say what is to be done, and change nothing; also what each record is now, if shown."""
    last = pair.ledger.pairing()
    if last.open is not None:  # a sync was broken off, or goes on
        mark = identity.mark_of(pair.remote, last.open)
        pair.ledger.doubt(last.open, None if mark is None else mark.skipped)
    refuse_older(pair)
    with pair.local.reading(), pair.remote.reading():
        planner = Planner(pair, rules, wanted.direction, report=report, shown=shown)
        return [planner.plan(each) for each in shaped(pair.local, pair.remote, wanted)]


def refuse_older(pair: Pair) -> None:
    """Refuse a remote database that knows nothing of the last sync: it was put back."""
    last = pair.ledger.pairing()
    if last.serial is None or last.batch is None:
        return
    if identity.is_behind(pair.remote, serial=last.serial, batch=last.batch):
        raise SyncError(
            "the remote database is older than the last sync with it, as if it had been put back "
            "from a backup: what it lacks would be taken for deleted",
            hint="sync.forget() has both begin anew: records are joined, and none is deleted",
        )


def dry(prepared: Sequence[Prepared], *, started: float) -> SyncReport:
    """Return what a sync would do."""
    plans = tuple(each.plan for each in prepared)
    return SyncReport(tuple(map(reported, plans)), time.perf_counter() - started, SyncPlan(plans))


@attrs.frozen
class Asked:
    """
    What is asked of a sync.

    Attributes
    ----------
    wanted : Wanted
    rules : Rules
    track, verify : bool
    """

    wanted: Wanted
    rules: Rules
    track: bool = False
    verify: bool = False


def sync(
    local: Storage,
    remote: Storage,
    asked: Asked,
    made: list[Prepared] | None,
    report: Report,
) -> SyncReport:
    """
    Make two databases agree, by a plan that was made before, or by one of this moment.

    Raises
    ------
    Error
        As the facade tells.
    """
    started = time.perf_counter()
    wanted = asked.wanted
    with turns(local, remote):
        run = Run(pair_of(local, remote), asked.rules, wanted.direction, report)
        run.begin()
        there = list(shaped(local, remote, wanted))
        shapes = {each.shape.table: each.shape for each in there}
        if asked.track:  # before the plan, so that the next sync can begin from there
            _track(run.pair, [each.shape for each in there if each.lacking is None])
        done: list[TableReport] = []
        if made is None:
            done, made = _begun(run.pair, there, asked, report)
        done += run.apply(made)
        if asked.track:  # what was made just now, too
            _track(run.pair, [each.shape for each in there if each.lacking is not None])
        if asked.verify:
            done = [verified(run.pair, each, shapes[each.table]) for each in done]
    places = {name: place for place, name in enumerate(shapes)}
    done.sort(key=lambda each: places[each.table])
    return SyncReport(tuple(done), time.perf_counter() - started)


def _begun(
    pair: Pair, there: Sequence[Shaped], asked: Asked, report: Report
) -> tuple[list[TableReport], list[Prepared]]:
    """Copy whole what only one side has, and plan the rest, where no conflict is left open."""
    refuse_older(pair)
    wanted = asked.wanted
    whole = [] if asked.rules.keep_base else seeds(pair, there, wanted.direction)
    names = {seed.given.shape.table for seed in whole}
    rest = tuple(each.shape.table for each in there if each.shape.table not in names)

    def planned(tables: tuple[str, ...]) -> list[Prepared]:
        if not tables:
            return []
        asked_for = attrs.evolve(wanted, tables=tables)
        return plan(pair, asked_for, asked.rules, report=report, shown=False)

    made = planned(rest)
    refuse_conflicts(each.plan for each in made)
    seeding = Seeding(pair, wanted.direction, report)
    told = {seed.given.shape.table: seeding.copy(seed) for seed in whole}
    made += planned(tuple(name for name, each in told.items() if each is None))
    return [each for each in told.values() if each is not None], made


def _track(pair: Pair, shapes: Iterable[Shape]) -> None:
    """Have later changes noted; what is noted already stays so.  A cluster's nodes note none."""
    for shape in shapes:
        for storage in (pair.local, pair.remote):
            if storage.distribution(shape.table) is not None:
                continue
            with Block(storage):
                storage.log_changes(shape.table, key=shape.key)


def forget(pair: Pair, tables: str | Iterable[str] | None) -> list[str]:
    """Forget what both last agreed upon; return the tables of which anything was known."""
    known = pair.ledger.tables()
    names = known if tables is None else list(identifiers(tables))
    with Block(pair.local):
        done = [name for name in names if pair.ledger.forget(name)]
        if known and set(known) <= set(done):
            pair.ledger.note(open=None, serial=None, batch=None)
    return done


def untrack(pair: Pair, tables: str | Iterable[str] | None) -> None:
    """Have changes noted no more."""
    names = pair.ledger.tables() if tables is None else list(identifiers(tables))
    for storage in (pair.local, pair.remote):
        with Block(storage):
            for name in names:
                if name in storage.tables():
                    storage.end_log(name)

"""What is to be done so that both sides have the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

import attrs

from scitex.db.domain.errors import InterfaceError, SchemaError
from scitex.db.domain.rows import Record
from scitex.db.domain.sync.errors import SyncError, conflicting
from scitex.db.domain.sync.merging import (
    Case,
    Conflict,
    Copy,
    Merged,
    decided,
    merge,
    newest,
    resolved,
)
from scitex.db.domain.sync.plans import Direction, Item, Resolution, SideName, TablePlan
from scitex.db.domain.tables import TableSpec
from scitex.db.ports.storage import Storage
from scitex.db.services.sync import comparing
from scitex.db.services.sync.comparing import Logged, Moved
from scitex.db.services.sync.ledger import Ledger
from scitex.db.services.sync.lookups import Found, look_up
from scitex.db.services.sync.reading import (
    EVERYTHING,
    Key,
    Ordered,
    Portion,
    Shape,
    feed,
    portions,
)
from scitex.db.services.sync.rules import Rules
from scitex.db.services.sync.shaping import Shaped
from scitex.db.services.sync.states import Kept


@attrs.frozen
class Positions:
    """Up to where each side's log of changes goes; None where there is none."""

    here: str | None = None
    there: str | None = None


@attrs.frozen
class Prepared:
    """
    A table's plan with what is needed to carry it out.

    Attributes
    ----------
    shape : Shape
    specs : dict of str to TableSpec
        The table, by side.
    plan : TablePlan
    positions : Positions
        Where the logs of changes were when the plan was made.
    complete : bool
        Whether nothing that differs is left behind by this plan but conflicts.
    """

    shape: Shape
    specs: dict[SideName, TableSpec]
    plan: TablePlan
    positions: Positions
    complete: bool


def scope_of(shape: Shape) -> str:
    """Spell which columns and records are synced."""
    condition = None if shape.where.condition is None else repr(shape.where)
    return json.dumps([list(shape.columns), condition], ensure_ascii=False)


@attrs.frozen
class Pair:
    """Both sides, and what the local one keeps of their syncs."""

    local: Storage
    remote: Storage
    ledger: Ledger

    def storage(self, side: SideName) -> Storage:
        """Return a side's storage."""
        return self.local if side == "local" else self.remote


def positions(pair: Pair, given: Shaped) -> Positions:
    """Return up to where the logs go now."""
    if given.lacking is not None:
        return Positions()
    table = given.shape.table
    return Positions(pair.local.log_position(table), pair.remote.log_position(table))


_UNMOVED: dict[Direction, SideName] = {"up": "local", "down": "remote"}


@attrs.define
class _Sorting:
    """What moved, parted by what becomes of it; `left`: something that this direction leaves."""

    items: list[Item] = attrs.field(factory=list)
    agreed: list[tuple[Key, bytes | None]] = attrs.field(factory=list)
    contested: list[tuple[Moved, Merged]] = attrs.field(factory=list)
    left: bool = False


class Planner:
    """
    Plans for tables of a pair.

    Parameters
    ----------
    pair : Pair
    rules : Rules
    direction : {"both", "up", "down"}
    report : callable
        Is given the number of records that were looked at.
    shown : bool
        Whether the plan is to tell what each record is before it changes.
    """

    def __init__(
        self,
        pair: Pair,
        rules: Rules,
        direction: Direction,
        *,
        report: Callable[[int], object],
        shown: bool,
    ) -> None:
        self._pair = pair
        self._rules = rules
        self._direction = direction
        self._report = report
        self._exact = shown or rules.keep_base

    def plan(self, given: Shaped) -> Prepared:
        """
        Say what is to become of each record that changed.

        Raises
        ------
        SyncConflictError
            If there are conflicts, and none may be.
        """
        shape = given.shape
        self._check_clock(shape)
        kept = self._pair.ledger.kept(shape.table)
        if given.lacking is not None:
            self._refuse_dropped(shape, kept, given.lacking)
        since = positions(self._pair, given)
        sorting = self._sorted(shape, self._moved(given, kept, since))
        decided = list(self._decide(shape, kept, sorting.contested))
        items = [*sorting.items, *(item for item, _ in decided if item is not None)]
        if self._rules.keep_base:
            items = self._with_bases(shape, kept, items)
        plan = TablePlan(
            shape.table,
            self._direction,
            tuple(items),
            tuple(resolution for _, resolution in decided),
            tuple(sorting.agreed),
            given.lacking,
        )
        unmoved: SideName | None = _UNMOVED.get(self._direction)
        left = unmoved is not None and any(item.moves(unmoved) for item in items)
        complete = not (left or sorting.left)
        return Prepared(shape, given.specs, plan, since, complete)

    def _refuse_dropped(self, shape: Shape, kept: Kept | None, side: SideName) -> None:
        """Refuse a table that a side had when both agreed: all its records would be deleted."""
        if next(self._pair.ledger.state(shape, kept), None) is not None:
            raise SyncError(
                f"the {side} side has no table {shape.table!r} any more, of which both had "
                "records: it was dropped or renamed, and all of them would be taken for deleted",
                hint=f"sync.forget({shape.table!r}) has the next sync make it again, with all "
                "records; to have it no more, drop it on the other side, too",
            )

    def _check_clock(self, shape: Shape) -> None:
        clock = self._rules.clock
        if clock is not None and clock not in shape.kinds:
            raise SchemaError(
                f"table {shape.table!r} has no column {clock!r} to tell what is newest",
                hint=f"timestamp= names one of: {', '.join(shape.columns)}",
            )

    def _sorted(self, shape: Shape, moved: Iterable[Moved]) -> _Sorting:
        """Part what moved: what is agreed upon by now, what can be merged, what is contested."""
        found = _Sorting()
        for each in moved:
            if each.alike:
                mark = None if each.local is None else each.local.signature
                found.agreed.append((each.key, mark))
                continue
            merged = _one_sided(each) or merge(_case(shape, each), clock=self._rules.clock)
            if merged.conflict is not None:
                found.contested.append((each, merged))
            elif item := self._item(shape, each, merged.record):
                found.items.append(item)
            else:
                found.left = True
        return found

    # -- what changed ------------------------------------------------------------------------

    def _moved(self, given: Shaped, kept: Kept | None, since: Positions) -> Iterator[Moved]:
        pair, shape = self._pair, given.shape
        logged = self._logged(shape, kept, since)
        if logged is not None:
            agreed = pair.ledger.agreed(shape, kept, logged.keys)
            self._report(len(logged.keys))
            return comparing.some(
                shape, logged, local=pair.local, remote=pair.remote, agreed=agreed
            )
        found = self._compared(given, kept)
        if shape.where.condition is None or given.lacking is not None:
            return iter(found)
        return self._within(shape, found)

    def _compared(self, given: Shaped, kept: Kept | None) -> list[Moved]:
        """Read both sides, and what is kept, once from end to end."""
        pair, shape = self._pair, given.shape
        here: Iterator[Portion] = iter(())
        if given.lacking != "local":
            here = map(self._seen, portions(pair.local, shape))
        comparison = comparing.Comparison(
            local=Ordered(here), agreed=Ordered(pair.ledger.state(shape, kept))
        )
        if given.lacking != "remote":
            feed(pair.remote, shape, lambda portion: comparison.take(self._seen(portion)))
        return comparison.finish()

    def _seen(self, portion: Portion) -> Portion:
        self._report(len(portion.keys))
        return portion

    def _logged(self, shape: Shape, kept: Kept | None, since: Positions) -> Logged | None:
        """Return the keys of what changed by the logs; None where they do not tell all."""
        if kept is None or kept.here is None or kept.there is None:
            return None
        if since.here is None or since.there is None or kept.scope != scope_of(shape):
            return None
        here = self._pair.local.logged(shape.table, since=kept.here, but=kept.batch)
        there = self._pair.remote.logged(shape.table, since=kept.there, but=kept.batch)
        if here is None or there is None:
            return None
        found = Logged([*here, *kept.again], [*there, *kept.again])
        whole = self._exact or shape.where.condition is not None
        return Logged(found.keys, found.keys) if whole else found

    def _within(self, shape: Shape, found: Iterable[Moved]) -> Iterator[Moved]:
        """Look up, where a side has no such record, whether it is only past the filter."""
        waiting: list[Moved] = []
        for each in found:
            waiting.append(each)
            if len(waiting) >= 1000:
                yield from self._looked_up(shape, waiting)
                waiting = []
        yield from self._looked_up(shape, waiting)

    def _looked_up(self, shape: Shape, moved: list[Moved]) -> Iterator[Moved]:
        wide = attrs.evolve(shape, where=EVERYTHING)
        missing: dict[SideName, dict[Key, Found]] = {}
        for side in ("local", "remote"):
            keys = [each.key for each in moved if getattr(each, side) is None]
            missing[side] = look_up(self._pair.storage(side), wide, keys)
        for each in moved:
            if each.local is None and each.remote is None:
                continue  # past the filter, or gone, on both sides
            local = each.local or missing["local"].get(each.key)
            remote = each.remote or missing["remote"].get(each.key)
            yield attrs.evolve(each, local=local, remote=remote)

    # -- what becomes of it ------------------------------------------------------------------

    def _item(self, shape: Shape, each: Moved, after: Record | None) -> Item | None:
        local = None if each.local is None else each.local.record
        remote = None if each.remote is None else each.remote.record
        here = None if each.local is None else each.local.signature
        there = None if each.remote is None else each.remote.signature
        if after is None:
            becomes = None
        elif after is local:
            becomes = here
        elif after is remote:
            becomes = there
        else:
            becomes = shape.signature(after)
        item = Item(each.key, local, remote, after, (each.agreed, here, there, becomes))
        side: SideName = "remote" if self._direction == "up" else "local"
        needless = self._direction != "both" and not item.moves(side)
        return None if needless and not self._was_decided(item) else item

    @staticmethod
    def _was_decided(item: Item) -> bool:
        """Say whether both sides changed it, so that what they have now is to be known as seen."""
        here, there = item.mark("local"), item.mark("remote")
        return item.agreed not in (here, there)

    def _decide(
        self, shape: Shape, kept: Kept | None, contested: list[tuple[Moved, Merged]]
    ) -> Iterator[tuple[Item | None, Resolution]]:
        if not contested:
            return
        bases = self._pair.ledger.bases(shape, kept, [each.key for each, _ in contested])
        for each, merged in contested:
            if merged.conflict is None:
                continue
            conflict = attrs.evolve(merged.conflict, base=bases.get(each.key))
            outcome, after = self._outcome(attrs.evolve(merged, conflict=conflict), conflict)
            if after is not None and shape.key_of(after) != each.key:
                raise InterfaceError(
                    f"on_conflict changed the key of {conflict.table}{list(conflict.key)}",
                    hint="return the record with the key it has",
                )
            kept_as_is = outcome in ("skipped", "unresolved")
            item = None if kept_as_is else self._item(shape, each, after)
            yield item, Resolution(conflict, outcome, after)

    def _outcome(self, merged: Merged, conflict: Conflict) -> tuple[str, Record | None]:
        """Return who decides, and what comes of it."""
        policy = self._rules.on_conflict
        if policy == "error":
            return "unresolved", None
        if policy == "skip":
            return "skipped", None
        if callable(policy):
            return "decided", decided(merged, policy)
        if policy == "newest":
            policy = newest(conflict, str(self._rules.clock))
        return policy, resolved(merged, policy)

    def _with_bases(self, shape: Shape, kept: Kept | None, items: list[Item]) -> list[Item]:
        bases = self._pair.ledger.bases(shape, kept, [item.key for item in items])
        return [attrs.evolve(item, base=bases.get(item.key)) for item in items]


def _one_sided(each: Moved) -> Merged | None:
    """Return what becomes of a record that only one side changed; None where both did."""
    here = None if each.local is None else each.local.signature
    there = None if each.remote is None else each.remote.signature
    if each.agreed not in (here, there):
        return None
    changed = each.local if there == each.agreed else each.remote
    return Merged(None if changed is None else changed.record)


def _case(shape: Shape, each: Moved) -> Case:
    """Return a record's two copies, and what both had before."""
    differing: frozenset[str] = frozenset()
    if each.local is not None and each.remote is not None:
        differing = shape.changed(each.local.signature, each.remote.signature)
    return Case(
        shape.table,
        shape.as_tuple(each.key),
        _copy(shape, each.local, each.agreed),
        _copy(shape, each.remote, each.agreed),
        differing,
        each.agreed is not None,
    )


def _copy(shape: Shape, found: Found | None, agreed: bytes | None) -> Copy:
    if found is None:
        return Copy(None, frozenset(shape.columns if agreed is not None else ()))
    if agreed is None:
        return Copy(found.record, frozenset(shape.columns))
    return Copy(found.record, shape.changed(found.signature, agreed))


def refuse_conflicts(plans: Iterable[TablePlan]) -> None:
    """
    Return where no conflict is left open.

    Raises
    ------
    SyncConflictError
        If one is; all are told.
    """
    open_ones = [
        one.conflict for plan in plans for one in plan.conflicts if one.outcome == "unresolved"
    ]
    if open_ones:
        raise conflicting(open_ones)

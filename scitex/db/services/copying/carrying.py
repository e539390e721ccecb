"""Carrying tables over: made, filled, and compared, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs

from scitex.db.domain.copying import Copied, Uncarried, refuse_loss
from scitex.db.domain.errors import DataError, Error, SchemaError
from scitex.db.domain.fingerprints import Fingerprint
from scitex.db.domain.pieces import (
    Piece,
)
from scitex.db.domain.queries import Query
from scitex.db.domain.tables import TableSpec
from scitex.db.ports.storage import Storage
from scitex.db.services import fingerprints
from scitex.db.services.copying.filling import Filling
from scitex.db.services.copying.planning import Plan, plan
from scitex.db.services.copying.trying import tried
from scitex.db.services.progress import Progress, reporting
from scitex.db.services.transactions import Block


@attrs.frozen
class Wanted:
    """How a database is to be copied."""

    tables: str | Iterable[str] | None = None
    overwrite: bool = False
    strict: bool = True


def copy(source: Storage, target: Storage, wanted: Wanted, *, progress: Progress) -> Copied:
    """
    Copy tables as they are at one moment; compare them at the end.

    Raises
    ------
    UnsupportedFeatureError
        If the target cannot have all of it, and that matters.
    SchemaError
        If the target has tables of those names, and they are not to be replaced.
    DataError
        If a value does not fit the other engine, or the copy is not the same.
    """
    with source.reading():
        todo = plan(source, target, wanted.tables)
        if wanted.strict:
            refuse_loss(todo.uncarried, engine=target.engine)
        total = sum(source.count(spec.name) for spec in todo.tables)
        with (
            Block(target),
            reporting(progress, total=total, what="copy") as report,
        ):
            views = _broken_views(target)
            lost = _make_room(target, todo, wanted)
            todo = attrs.evolve(todo, uncarried=(*todo.uncarried, *lost))
            if source.engine != target.engine:
                todo = tried(target, todo)
                if wanted.strict:
                    refuse_loss(todo.uncarried, engine=target.engine)
            with target.building(todo.tables):
                told = [_fill(source, target, spec, report) for spec in todo.tables]
                for index in todo.indexes:
                    target.create_index(index)
            for table, search in todo.searches:
                target.enable_search(table, search)
            for table, number in todo.counters:
                target.set_counter(table, number)
            for each in told:
                _compare(target, each)
            _check_views(target, views)
    return Copied(tuple(told), todo.uncarried)


def _make_room(target: Storage, todo: Plan, wanted: Wanted) -> list[Uncarried]:
    """Remove the tables that are to be replaced; return what goes with them."""
    there = set(target.tables())
    taken = [spec.name for spec in todo.tables if spec.name in there]
    if taken and not wanted.overwrite:
        raise SchemaError(
            f"the target has tables of these names already: {', '.join(map(repr, taken))}",
            hint="pass overwrite=True to replace them, or tables=[...] to copy others",
        )
    if not taken:
        return []
    lost = [
        attrs.evolve(each, what=f"replaced table's {each.what}")
        for each in target.belongings()
        if each.table in taken and each.what in _GOING
    ]
    if wanted.strict:
        refuse_loss(lost, engine=target.engine)
    target.drop_tables(taken)
    return lost


_GOING = frozenset({"trigger", "policy"})


def _check_views(target: Storage, broken: list[str]) -> None:
    """Refuse a copy by which views of the target would not work any more."""
    if lost := [name for name in _broken_views(target) if name not in broken]:
        raise SchemaError(
            f"with the tables replaced, the target's views would not work any more: "
            f"{', '.join(map(repr, lost))}",
            hint="drop these views first; nothing was changed",
        )


def _broken_views(target: Storage) -> list[str]:
    """Return the views that cannot be read."""
    found = []
    for view in target.views():
        try:
            with Block(target):
                target.select(Query(view.name, limit=1))
        except Error:
            found.append(view.name)
    return found


def _fill(
    source: Storage, target: Storage, spec: TableSpec, report: Callable[[int], object]
) -> Fingerprint:
    """Store the records of a table; return the fingerprint of what was read."""
    hashing = fingerprints.Hashing({each.name: each.type.kind for each in spec.columns})
    names = tuple(each.name for each in spec.columns if each.generated is None)
    filling = Filling(target, spec.name, names, report)

    def take(piece: Piece) -> None:
        hashing.take(piece)
        filling.take(piece)

    source.unload(Query(spec.name), take=take)
    filling.store()
    return hashing.fingerprint(spec.name)


def _compare(target: Storage, told: Fingerprint) -> None:
    """See that a copy holds what was read."""
    name = told.table or ""
    found = fingerprints.of(target, name)
    if found != told:
        raise DataError(
            f"the copy of table {name!r} is not what was read: {found} instead of {told}",
            table=name,
            hint="nothing was kept; NaN, or values that another program wrote into a column of "
            "another type, may be the reason",
        )

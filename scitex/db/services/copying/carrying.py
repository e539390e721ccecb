"""Carrying tables over: made, filled, and compared, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs

from scitex.db.domain.copying import Copied, Uncarried, refuse_loss
from scitex.db.domain.errors import DataError, Error, SchemaError
from scitex.db.domain.fingerprints import Fingerprint
from scitex.db.domain.pieces import (
    Column,
    Packed,
    PackedText,
    Piece,
    Values,
    length,
    listed,
    python_values,
)
from scitex.db.domain.queries import Query
from scitex.db.domain.tables import TableSpec
from scitex.db.domain.types import Kind
from scitex.db.ports.storage import Storage
from scitex.db.services import fingerprints
from scitex.db.services.copying.planning import Plan, plan
from scitex.db.services.copying.trying import tried
from scitex.db.services.progress import Progress, reporting
from scitex.db.services.transactions import Block

_AT_ONCE = 20_000  # records of a small table that are stored together
_BYTES = 16 << 20
# Values that every engine takes as another one keeps them.
_AS_KEPT = frozenset({Kind.JSON, Kind.TIMESTAMP, Kind.DATE, Kind.UUID, Kind.TEXT, Kind.BLOB})


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
    filling = _Filling(target, spec, report)
    source.unload(Query(spec.name), take=filling.take)
    filling.store()
    return filling.hashing.fingerprint(spec.name)


class _Filling:
    """
    What pieces are given to: they are stored some at a time.

    Parameters
    ----------
    target : Storage
    spec : TableSpec
        The table as it was made.
    report : callable
        Is given the number of records that were stored.
    """

    def __init__(self, target: Storage, spec: TableSpec, report: Callable[[int], object]) -> None:
        self.hashing = fingerprints.Hashing({each.name: each.type.kind for each in spec.columns})
        self._target = target
        self._table = spec.name
        self._names = tuple(each.name for each in spec.columns if each.generated is None)
        self._report = report
        self._waiting: list[list[Values]] = []
        self._rows = self._bytes = self._done = 0

    def take(self, piece: Piece) -> None:
        """Take a piece."""
        if not piece.rows:
            return
        self.hashing.take(piece)
        columns = {column.name: column for column in piece.columns}
        kept = [_given(columns[name]) for name in self._names]
        self._waiting.append(kept)
        self._rows += piece.rows
        self._bytes += sum(map(_size, kept))
        if self._rows >= _AT_ONCE or self._bytes >= _BYTES:
            self.store()

    def store(self) -> None:
        """Store what is waiting."""
        if not self._rows:
            return
        pieces, rows = self._waiting, self._rows
        self._waiting, self._rows, self._bytes = [], 0, 0
        joined = pieces[0] if len(pieces) == 1 else list(map(_joined, zip(*pieces, strict=True)))
        try:
            self._target.insert_columns(self._table, self._names, iter([joined]))
        except Error as error:
            _tell_place(error, self._done)
            raise
        self._done += rows
        self._report(rows)


def _tell_place(error: Error, before: int) -> None:
    """Count a record's place from the first of the table."""
    row = getattr(error, "row", None)
    if row is not None:
        error.row = row + before  # type: ignore[attr-defined]  # it has one
        error.message = error.message.replace(f"record {row}:", f"record {row + before}:")


def _joined(parts: Sequence[Values]) -> Values:
    found: list[Any] = []
    for part in parts:
        found.extend(listed(part))
    return found


def _given(column: Column) -> Values:
    """Return values as the other engine takes them."""
    kind = None if column.type is None else column.type.kind
    if isinstance(column.values, Packed | PackedText) and column.read is None:
        return column.values
    if kind in _AS_KEPT:
        return listed(column.values)
    return python_values(column)


def _size(values: Values) -> int:
    """Return how many bytes values take, where they may take many."""
    if isinstance(values, Packed):
        return 8 * length(values)
    if isinstance(values, PackedText):
        return int(values.sizes.sum())
    kinds = set(map(type, values))
    if kinds.isdisjoint(_LONG):
        return 0
    if kinds <= _LONG | {type(None)}:
        return sum(map(len, filter(None, values)))
    return sum([len(value) for value in values if type(value) in _LONG])


_LONG = frozenset({str, bytes})


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

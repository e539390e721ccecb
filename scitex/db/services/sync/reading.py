"""Reading a table in the order of its key, each record with what tells whether it changed."""

from __future__ import annotations

import bisect
import functools
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from scitex.db.domain.errors import DataError
from scitex.db.domain.pieces import Piece, python_values
from scitex.db.domain.predicates import (
    Always,
    And,
    Column,
    Compare,
    In,
    Or,
    OrderTerm,
    Parameter,
    Predicate,
)
from scitex.db.domain.queries import Condition, Given, Query
from scitex.db.domain.rows import Record
from scitex.db.domain.types import Kind
from scitex.db.ports.storage import Storage
from scitex.db.services import signatures

ROWS = 20_000  # records in a portion
_AT_ONCE = 500  # keys that are asked for at once
Key = Any  # the value of the one key column, or a tuple of several
EVERYTHING = Given(None)


@attrs.frozen
class Shape:
    """
    What of a table is synced.

    Attributes
    ----------
    table : str
    key : tuple of str
    kinds : dict of str to Kind
        The columns, sorted by name; the key's are among them.
    where : Given
        Which records.
    """

    table: str
    key: tuple[str, ...]
    kinds: Mapping[str, Kind]
    where: Given = EVERYTHING

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(self.kinds)

    def changed(self, one: bytes, other: bytes) -> frozenset[str]:
        """Return the columns in which two signatures differ."""
        return signatures.changed(one, other, self.columns)

    def signature(self, record: Record) -> bytes:
        """Return what tells of a record."""
        return signatures.of_record(record, self.kinds)

    def key_of(self, record: Record) -> Key:
        """Return a record's key."""
        if len(self.key) == 1:
            return record[self.key[0]]
        return tuple(record[name] for name in self.key)

    def as_tuple(self, key: Key) -> tuple[object, ...]:
        """Return a key as a tuple of the key columns' values."""
        return key if len(self.key) > 1 else (key,)


class Portion:
    """
    Some records in the order of their key.

    Parameters
    ----------
    keys : list
    signatures : list of bytes
        In the order of `keys`.
    piece : Piece, optional
        The records themselves; None where only signatures were kept.
    """

    def __init__(self, keys: list[Key], signatures: list[bytes], piece: Piece | None) -> None:
        self.keys = keys
        self.signatures = signatures
        self._piece = piece

    @functools.cached_property
    def _columns(self) -> list[tuple[str, Sequence[Any]]]:
        columns = () if self._piece is None else self._piece.columns
        return [(column.name, python_values(column)) for column in columns]

    def record(self, place: int) -> Record:
        """Return the record at a place."""
        return {name: values[place] for name, values in self._columns}


class Stretch:
    """
    The records of one side whose keys lie between two.

    Parameters
    ----------
    portion : Portion
    start, stop : int
    """

    def __init__(self, portion: Portion, start: int, stop: int) -> None:
        self._portion = portion
        self._start = start
        self.keys = portion.keys[start:stop]
        self.marks = portion.signatures[start:stop]

    @functools.cached_property
    def signatures(self) -> dict[Key, bytes]:
        """What tells of each record."""
        return dict(zip(self.keys, self.marks, strict=True))

    @functools.cached_property
    def _places(self) -> dict[Key, int]:
        return {key: place for place, key in enumerate(self.keys, self._start)}

    def record(self, key: Key) -> Record | None:
        """Return the record of a key; None where there is none."""
        place = self._places.get(key)
        return None if place is None else self._portion.record(place)


class Ordered:
    """
    A table's records in the order of their key, asked for up to some key at a time.

    Parameters
    ----------
    portions : iterator of Portion
    """

    def __init__(self, portions: Iterator[Portion]) -> None:
        self._portions = portions
        self._portion: Portion | None = None
        self._start = 0
        self._advance()

    def _advance(self) -> None:
        self._portion, self._start = next(self._portions, None), 0

    @property
    def last(self) -> Key | None:
        """The last key that is at hand; None at the end."""
        return None if self._portion is None else self._portion.keys[-1]

    def upto(self, limit: Key) -> Stretch:
        """Take the records at hand whose keys are not past `limit`."""
        portion = self._portion
        if portion is None:
            return Stretch(_NOTHING, 0, 0)
        stop = bisect.bisect_right(portion.keys, limit, lo=self._start)
        stretch = Stretch(portion, self._start, stop)
        self._start = stop
        if stop == len(portion.keys):
            self._advance()
        return stretch


_NOTHING = Portion([], [], None)


def side_by_side(streams: Sequence[Ordered]) -> Iterator[list[Stretch]]:
    """Yield what each stream has between the same two keys, from the first key to the last."""
    while True:
        ends = [last for stream in streams if (last := stream.last) is not None]
        if not ends:
            return
        limit = min(ends)
        yield [stream.upto(limit) for stream in streams]


def portions(storage: Storage, shape: Shape) -> Iterator[Portion]:
    """Read a table in the order of its key, as Python has it."""
    condition, values = shape.where
    order = tuple(OrderTerm(name) for name in shape.key)
    query = Query(shape.table, shape.columns, condition, order)
    read = (
        Portion(_keys(piece, shape), signatures.of_piece(piece, shape.kinds), piece)
        for piece in storage.pages(query, values=values, rows=ROWS)
        if piece.rows
    )
    return in_order(read)


def in_order(read: Iterable[Portion]) -> Iterator[Portion]:
    """
    Yield portions as they come, where their keys ascend; otherwise sort what is left.

    An engine may order a column by rules of its own, such as a collation.
    """
    last: Key = None
    coming = iter(read)
    for portion in coming:
        keys = portion.keys
        straight = all(map(operator.lt, keys, keys[1:])) and (last is None or last < keys[0])
        if not straight:
            yield from _sorted([portion, *coming])
            return
        last = keys[-1]
        yield portion


def _sorted(left: list[Portion]) -> Iterator[Portion]:
    """Yield the records of several portions by their keys, one at a time."""
    places = [(key, portion, at) for portion in left for at, key in enumerate(portion.keys)]
    places.sort(key=operator.itemgetter(0))
    for key, portion, at in places:
        yield _Single(key, portion, at)


class _Single(Portion):
    """One record out of a portion."""

    def __init__(self, key: Key, portion: Portion, at: int) -> None:
        super().__init__([key], [portion.signatures[at]], None)
        self._whole, self._at = portion, at

    def record(self, place: int) -> Record:
        return self._whole.record(self._at + place)


def _keys(piece: Piece, shape: Shape) -> list[Key]:
    by_name = {column.name: column for column in piece.columns}
    values = [python_values(by_name[name]) for name in shape.key]
    for name, found in zip(shape.key, values, strict=True):
        if None in found:
            raise DataError(
                f"a record of table {shape.table!r} has no value for its key column {name!r}",
                table=shape.table,
                column=name,
                hint="give it one, so that records can be told apart",
            )
    return list(values[0]) if len(shape.key) == 1 else list(zip(*values, strict=True))


@attrs.frozen
class Found:
    """A record that was looked up by its key."""

    record: Record
    signature: bytes


def look_up(
    storage: Storage, shape: Shape, keys: Sequence[Key], *, filtered: bool = False
) -> dict[Key, Found]:
    """Return the records of some keys; only those that the filter lets through, if asked."""
    found: dict[Key, Found] = {}
    only = shape.where if filtered and shape.where.condition is not None else None
    for condition, values in matching(shape, keys):
        asked = (condition, values) if only is None else _both(condition, values, only)
        query = Query(shape.table, shape.columns, asked[0])
        for piece in storage.pages(query, values=asked[1], rows=ROWS):
            if piece.rows:
                marks = signatures.of_piece(piece, shape.kinds)
                portion = Portion(_keys(piece, shape), marks, piece)
                for place, key in enumerate(portion.keys):
                    found[key] = Found(portion.record(place), portion.signatures[place])
    return found


def _both(condition: Any, values: tuple[object, ...], where: Given) -> Any:
    """Join a condition on keys with the filter."""
    moved = _moved(where.condition, len(values))
    return And(condition, moved), (*values, *where.values)


def _moved(predicate: Any, by: int) -> Any:
    """Return a predicate whose values come later among all."""
    if isinstance(predicate, Parameter):
        return Parameter(predicate.place + by)
    if isinstance(predicate, tuple):
        return tuple(_moved(each, by) for each in predicate)
    if not attrs.has(type(predicate)):
        return predicate
    fields = {
        field.name: _moved(getattr(predicate, field.name), by)
        for field in attrs.fields(type(predicate))
        if field.init
    }
    return attrs.evolve(predicate, **fields)


def matching(shape: Shape, keys: Sequence[Key]) -> Iterator[tuple[Condition, tuple[object, ...]]]:
    """Yield conditions, with their values, that are met by records with these keys."""
    size = _AT_ONCE if len(shape.key) == 1 else _AT_ONCE // 5
    for start in range(0, len(keys), size):
        some = keys[start : start + size]
        if start:  # the same number every time, so that the condition is spelt once
            some = [*some, *[some[-1]] * (size - len(some))]
        if len(shape.key) == 1:
            yield _among(shape.key[0], len(some)), tuple(some)
        else:
            yield _any(shape.key, len(some)), tuple(value for key in some for value in key)


@functools.lru_cache(maxsize=64)
def _among(name: str, count: int) -> Condition:
    return In(Column(name), tuple(map(Parameter, range(count))))


@functools.lru_cache(maxsize=64)
def _any(names: tuple[str, ...], count: int) -> Condition:
    """Build a condition that is met by any of some compound keys, as a tree that is not deep."""
    each: list[Predicate] = [_equal(names, place * len(names)) for place in range(count)]
    while len(each) > 1:
        pairs: list[Predicate] = [Or(each[at], each[at + 1]) for at in range(0, len(each) - 1, 2)]
        each = pairs + each[len(pairs) * 2 :]
    return each[0]


def _equal(names: tuple[str, ...], place: int) -> Predicate:
    found: Predicate | None = None
    for at, name in enumerate(names, place):
        one = Compare(Column(name), "=", Parameter(at))
        found = one if found is None else And(found, one)
    return Always(truth=True) if found is None else found

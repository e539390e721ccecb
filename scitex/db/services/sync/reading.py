"""Reading a table in the order of its key, each record with what tells whether it changed."""

from __future__ import annotations

import datetime as dt
import decimal
import functools
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from scitex.db.domain.errors import DataError
from scitex.db.domain.pieces import Packed, Piece, Values, chosen, listed, python_values
from scitex.db.domain.predicates import OrderTerm
from scitex.db.domain.queries import Given, Query
from scitex.db.domain.rows import Record
from scitex.db.domain.types import Kind
from scitex.db.ports.storage import Storage
from scitex.db.services import signatures
from scitex.db.services.sync import keyorder

ROWS = 4_000  # records in a portion: about as many as stay in the processor's cache
Key = Any  # the value of the one key column, or a tuple of several
EVERYTHING = Given(None)
# What values of a key are where they are of their column's type.
_OWN: dict[Kind, tuple[type, ...]] = {
    Kind.INTEGER: (int,),
    Kind.REAL: (float, int),
    Kind.NUMERIC: (decimal.Decimal, int, float),
    Kind.BOOLEAN: (bool, int),
    Kind.TEXT: (str,),
    Kind.BLOB: (bytes,),
    Kind.TIMESTAMP: (dt.datetime,),
    Kind.TIMESTAMPTZ: (dt.datetime,),
    Kind.DATE: (dt.date,),
    Kind.TIME: (dt.time,),
    Kind.INTERVAL: (dt.timedelta,),
    Kind.UUID: (uuid.UUID,),
}


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

    def mark_of(self, signature: bytes, name: str) -> bytes:
        """Return what tells of one column."""
        return signature[signatures.WIDTH * self.columns.index(name) :][: signatures.WIDTH]

    def key_of(self, record: Record) -> Key:
        """Return a record's key."""
        if len(self.key) == 1:
            return record[self.key[0]]
        return tuple(record[name] for name in self.key)

    def as_tuple(self, key: Key) -> tuple[object, ...]:
        """Return a key as a tuple of the key columns' values."""
        return key if len(self.key) > 1 else (key,)

    def query(self) -> Query:
        """Return what asks for the records in the order of their key."""
        order = tuple(map(OrderTerm, self.key))
        return Query(self.table, self.columns, self.where.condition, order)


class Portion:
    """
    Some records in the order of their key.

    Parameters
    ----------
    keys : list
    marks : ndarray of bytes of shape (n_records,)
        The signatures, in the order of `keys`.
    numbers : ndarray of int64 of shape (n_records,), optional
        The keys, where each is one whole number of 64 bits.
    piece : Piece, optional
        The records themselves; None where only signatures were kept.
    """

    def __init__(
        self, keys: list[Key], marks: Any, numbers: Any = None, piece: Piece | None = None
    ) -> None:
        self.keys = keys
        self.marks = marks
        self.numbers = numbers
        self._piece = piece

    def records(self, places: Sequence[int]) -> list[Record]:
        """Return the records at some places."""
        return [] if self._piece is None else chosen(self._piece, places)

    def bare(self) -> Portion:
        """Return the same without the records."""
        return Portion(self.keys, self.marks, self.numbers)

    def follows(self, last: Key) -> bool:
        """Say whether the keys ascend, from one that is before them all."""
        if self.numbers is None:
            return keyorder.ascend(last, self.keys)
        here = keyorder.ascend(last, self.keys[:1])
        return here and bool((self.numbers[1:] > self.numbers[:-1]).all())


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
        self.marks = portion.marks[start:stop]
        self.numbers = None if portion.numbers is None else portion.numbers[start:stop]

    @functools.cached_property
    def places(self) -> dict[Key, int]:
        """Where each key is."""
        return {key: place for place, key in enumerate(self.keys)}

    @functools.cached_property
    def signatures(self) -> dict[Key, bytes]:
        """What tells of each record."""
        return dict(zip(self.keys, self.marks.tolist(), strict=True))

    def records(self, places: Sequence[int]) -> list[Record]:
        """Return the records at some places."""
        start = self._start
        return self._portion.records([place + start for place in places])


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

    def give(self, portion: Portion) -> None:
        """Take a portion, where all that was at hand has been asked for."""
        self._portion, self._start = portion, 0

    @property
    def last(self) -> Key | None:
        """The last key that is at hand; None at the end."""
        return None if self._portion is None else self._portion.keys[-1]

    def upto(self, limit: Key) -> Stretch:
        """Take the records at hand whose keys are not past `limit`."""
        portion = self._portion
        if portion is None:
            return Stretch(_NOTHING, 0, 0)
        stop = keyorder.past(portion.keys, limit, self._start)
        stretch = Stretch(portion, self._start, stop)
        self._start = stop
        if stop == len(portion.keys):
            self._advance()
        return stretch


_NOTHING = Portion([], np.zeros(0, "V1"), np.zeros(0, np.int64))


class Ascending:
    """
    Lets portions through as long as their keys ascend, and sorts what comes after.

    An engine may order a column by rules of its own, such as a collation.
    """

    def __init__(self) -> None:
        self._last: Key = None
        self._left: list[Portion] = []

    def admits(self, portion: Portion) -> bool:
        """Say whether a portion may pass; it is kept if not."""
        if self._left or not portion.follows(self._last):
            self._left.append(portion)
            return False
        self._last = portion.keys[-1]
        return True

    def rest(self) -> Iterator[Portion]:
        """Yield the records of what was kept by their keys, one at a time."""
        places = {
            key: (portion, at) for portion in self._left for at, key in enumerate(portion.keys)
        }
        for key in keyorder.in_order(places):
            yield _Single(key, *places[key])


class _Single(Portion):
    """One record out of a portion."""

    def __init__(self, key: Key, portion: Portion, at: int) -> None:
        numbers = None if portion.numbers is None else portion.numbers[at : at + 1]
        super().__init__([key], portion.marks[at : at + 1], numbers)
        self._whole, self._at = portion, at

    def records(self, places: Sequence[int]) -> list[Record]:
        return self._whole.records([self._at] * len(places))


def in_order(read: Iterable[Portion]) -> Iterator[Portion]:
    """Yield portions as they come, where their keys ascend; otherwise sort what is left."""
    ascending = Ascending()
    yield from filter(ascending.admits, read)
    yield from ascending.rest()


def portions(storage: Storage, shape: Shape) -> Iterator[Portion]:
    """Read a table in the order of its key."""
    pages = storage.pages(shape.query(), values=shape.where.values, rows=ROWS)
    return in_order(portion_of(piece, shape) for piece in pages if piece.rows)


def feed(storage: Storage, shape: Shape, take: Callable[[Portion], object]) -> None:
    """Read a table in the order of its key, as fast as the engine gives it."""
    ascending = Ascending()

    def pass_on(piece: Piece) -> None:
        if piece.rows:
            portion = portion_of(piece, shape)
            if ascending.admits(portion):
                take(portion)

    storage.unload(shape.query(), values=shape.where.values, take=pass_on)
    for portion in ascending.rest():
        take(portion)


def portion_of(piece: Piece, shape: Shape) -> Portion:
    """
    Return records with their keys and signatures.

    Raises
    ------
    DataError
        If a record has no value for a column of its key, or one that is not of its type.
    """
    by_name = {column.name: column for column in piece.columns}
    values = [python_values(by_name[name]) for name in shape.key]
    for name, found in zip(shape.key, values, strict=True):
        _check_key(shape, name, found)
    marks = signatures.of_piece(piece, shape.kinds)
    keys = list(values[0]) if len(shape.key) == 1 else list(zip(*values, strict=True))
    return Portion(keys, marks, numbers_of(by_name[shape.key[0]].values, shape), piece)


def _check_key(shape: Shape, name: str, values: Sequence[Any]) -> None:
    """Refuse values of a key column by which records could not be told apart on both sides."""
    if None in values:
        raise DataError(
            f"a record of table {shape.table!r} has no value for its key column {name!r}",
            table=shape.table,
            column=name,
            hint="give it one, so that records can be told apart",
        )
    kind = shape.kinds[name]
    own = _OWN.get(kind)
    if own is None or set(map(type, values)) <= set(own):
        return
    for value in values:
        if not isinstance(value, own):
            raise DataError(
                f"table {shape.table!r} has a record with {value!r:.80} in its key column "
                f"{name!r}, which is of type {kind.value}",
                table=shape.table,
                column=name,
                hint="another program stored it, or Python has no room for it: change it, or "
                "leave the record out with where=",
            )


def numbers_of(values: Values, shape: Shape) -> Any:
    """Return keys as whole numbers; None where they are something else."""
    if len(shape.key) != 1 or shape.kinds[shape.key[0]] is not Kind.INTEGER:
        return None
    if isinstance(values, Packed):
        return values.values
    keys = listed(values)
    return np.fromiter(keys, np.int64, len(keys)) if set(map(type, keys)) == {int} else None

"""How the agreed state of a table is laid out, and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from scitex.db.domain.pieces import Piece, python_values
from scitex.db.services.sync.notes import understood
from scitex.db.services.sync.reading import Key, Portion, Shape, numbers_of

Layout = tuple[tuple[str, str], ...]  # columns with their kinds, sorted
ABSENT = b""
_UNKNOWN = b"\xff" * 9  # of a column that was not synced before


@attrs.frozen
class Kept:
    """
    What is kept of one table's syncs.

    Attributes
    ----------
    number : int
        Of the table with the agreed state.
    layout : tuple of (str, str)
        The columns, with their kinds, that its signatures tell of.
    scope : str or None
        Which columns and records were synced last.
    here, there : str or None
        Up to where each side's log of changes was read.
    batch : str or None
        The batch that was written after that; its own changes need not be looked at.
    again : tuple
        Keys of records that were left as they were, so that they are to be looked at again.
    """

    number: int
    layout: Layout
    scope: str | None = None
    here: str | None = None
    there: str | None = None
    batch: str | None = None
    again: tuple[Key, ...] = ()


def layout_of(shape: Shape) -> Layout:
    """Return the columns of a shape with their kinds, as text."""
    return tuple((name, kind.value) for name, kind in shape.kinds.items())


def key_names(shape: Shape) -> tuple[str, ...]:
    """Return what the key columns are called in the table with the agreed state."""
    return tuple(f"k{at}" for at in range(len(shape.key)))


def key_columns(shape: Shape, keys: Sequence[Key]) -> list[list[Any]]:
    """Return keys as one list a column."""
    if len(shape.key) == 1:
        return [list(keys)]
    return [list(column) for column in zip(*keys, strict=True)] or [[] for _ in shape.key]


@attrs.frozen
class Doubt:
    """
    A batch of which it is not noted yet whether the remote side took it.

    Attributes
    ----------
    batch : str
    skipped : dict or None
        By table, the keys of records that it did not take; None where it took nothing.
    """

    batch: str
    skipped: Mapping[str, Sequence[Key]] | None

    def undone(self, table: str, keys: Sequence[Key], batches: Sequence[Any]) -> list[bool]:
        """Say of each record whether what is pending will not be."""
        left = None if self.skipped is None else set(self.skipped.get(table, ()))
        return [
            batch == self.batch and (left is None or key in left)
            for key, batch in zip(keys, batches, strict=True)
        ]


@attrs.frozen
class States:
    """
    Some rows of the table with the agreed state.

    Attributes
    ----------
    keys : list
    agreed, pending : sequence
    rest : list of sequence
        Other columns that were asked for.
    """

    keys: list[Key]
    agreed: Sequence[Any]
    pending: Sequence[Any]
    rest: list[Sequence[Any]]

    def there(self, before: Layout, after: Layout) -> tuple[list[Key], list[bytes]]:
        """Return keys and signatures of the records that are there, for another layout."""
        keys, found = self.keys, list(self.agreed)
        if any(pending is not None for pending in self.pending):
            pairs = zip(self.agreed, self.pending, strict=True)
            found = [one if other is None else other for one, other in pairs]
        if ABSENT in found:
            there = [(key, mark) for key, mark in zip(keys, found, strict=True) if mark != ABSENT]
            keys, found = [key for key, _ in there], [mark for _, mark in there]
        return keys, found if before == after else _relaid(found, before, after)

    def portion(self, shape: Shape, before: Layout, after: Layout) -> Portion:
        """Return the records that are there, for another layout."""
        width = len(_UNKNOWN) * len(after)
        with understood(f"what was agreed of table {shape.table!r}"):
            keys, found = self.there(before, after)
            if not set(map(len, found)) <= {width}:
                raise ValueError(f"a record has no signature of {width} bytes")
            marks = np.frombuffer(b"".join(found), f"V{width}")
            numbers = numbers_of(keys, shape)
        return Portion(keys, marks, numbers)


STATE = ("agreed", "pending", "batch")


def states(shape: Shape, piece: Piece, doubt: Doubt | None) -> States:
    """Read rows: the key's columns, those of `STATE`, and others."""
    values = [python_values(column) for column in piece.columns]
    width = len(shape.key)
    keys = list(values[0]) if width == 1 else list(zip(*values[:width], strict=True))
    agreed, pending, batches, *rest = values[width:]
    if doubt is not None:
        undone = doubt.undone(shape.table, keys, batches)
        pending = [None if back else value for value, back in zip(pending, undone, strict=True)]
    return States(keys, agreed, pending, rest)


def _relaid(
    signatures: list[bytes],
    before: Layout,
    after: Layout,
) -> list[bytes]:
    """Return signatures that tell of other columns than they were made of."""
    width = len(_UNKNOWN)
    places = {column: place for place, column in enumerate(before)}
    wanted = [places.get(column) for column in after]
    return [
        b"".join([_UNKNOWN if at is None else mark[width * at :][:width] for at in wanted])
        for mark in signatures
    ]


def widened(
    mark: bytes | None, before: bytes | None, narrow: Layout, wide: Layout
) -> bytes | None:
    """Return a signature that tells of more columns: those that it lacks are as before."""
    if mark is None:
        return None
    width = len(_UNKNOWN)
    places = {column: place for place, column in enumerate(narrow)}
    parts = []
    for place, column in enumerate(wide):
        at = places.get(column)
        source, start = (before, place) if at is None else (mark, at)
        parts.append(_UNKNOWN if source is None else source[width * start :][:width])
    return b"".join(parts)

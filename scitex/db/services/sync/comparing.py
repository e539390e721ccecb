"""Finding what changed on either side since both last agreed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np

from scitex.db.domain.rows import Record
from scitex.db.ports.storage import Storage
from scitex.db.services.sync import keyorder
from scitex.db.services.sync.lookups import Found, look_up
from scitex.db.services.sync.reading import Key, Ordered, Portion, Shape, Stretch


@attrs.frozen
class Moved:
    """
    A record that is not on both sides as both last agreed.

    Attributes
    ----------
    key
    local, remote : Found or None
        Each side's copy.
    agreed : bytes or None
        What told of the record when both last agreed; None where it was not there.
    """

    key: Key
    local: Found | None
    remote: Found | None
    agreed: bytes | None

    @property
    def alike(self) -> bool:
        """Whether both sides have the same."""
        here = None if self.local is None else self.local.signature
        there = None if self.remote is None else self.remote.signature
        return here == there


_NO_RECORD: Record = {}


class Comparison:
    """
    What changed on either side since both last agreed, in the keys' order.

    Parameters
    ----------
    local, agreed : Ordered
        The table as it is on the local side, and what was kept of it when both last agreed.

    Attributes
    ----------
    moved : list of Moved
        What was found so far.

    Notes
    -----
    The remote side is taken as it comes, the others are asked for what lies beside it, so that
    all are read once; memory grows with what changed, not with the table.  Where both sides have
    the same, the records themselves are left empty.
    """

    def __init__(self, *, local: Ordered, agreed: Ordered) -> None:
        self._streams = (local, Ordered(iter(())), agreed)
        self.moved: list[Moved] = []

    def take(self, portion: Portion) -> None:
        """Compare some records of the remote side, which follow those before."""
        remote = self._streams[1]
        remote.give(portion)
        while remote.last is not None:
            self._step()

    def finish(self) -> list[Moved]:
        """Compare what the remote side has no records beside; return all that was found."""
        while any(stream.last is not None for stream in self._streams):
            self._step()
        return self.moved

    def _step(self) -> None:
        """Compare what all have up to a key that is at hand of each."""
        ends = [last for stream in self._streams if (last := stream.last) is not None]
        limit = keyorder.in_order(ends)[0]
        here, there, kept = (stream.upto(limit) for stream in self._streams)
        self.moved += _moved(here, there, kept)


def _moved(here: Stretch, there: Stretch, kept: Stretch) -> Iterator[Moved]:
    """Yield what is not the same three times."""
    sides = (here, there, kept)
    if any(side.numbers is None for side in sides):
        keys = _by_key(here, there, kept)
        places = [list(map(side.places.get, keys)) for side in sides]
    else:
        numbers = _by_number(here, there, kept)
        keys = numbers.tolist()
        places = [_places(side.numbers, numbers) for side in sides]
    if not keys:
        return
    marks = [_marks(side, at) for side, at in zip(sides, places, strict=True)]
    alike = [one == other for one, other in zip(marks[0], marks[1], strict=True)]
    found = [_found(side, at, alike) for side, at in zip(sides[:2], places, strict=False)]
    yield from map(Moved, keys, *found, marks[2])


def _by_key(here: Stretch, there: Stretch, kept: Stretch) -> list[Key]:
    """Return the keys of what is not the same three times, in order."""
    mine, theirs, agreed = here.signatures, there.signatures, kept.signatures
    if mine == theirs == agreed:
        return []
    moved = {key for key, _ in mine.items() ^ agreed.items()}
    return keyorder.in_order(moved | {key for key, _ in theirs.items() ^ agreed.items()})


def _by_number(here: Stretch, there: Stretch, kept: Stretch) -> Any:
    """Return the keys, whole numbers, of what is not the same three times, in order."""
    sides = (here, there, kept)
    numbers: list[Any] = [side.numbers for side in sides]
    same = all(np.array_equal(some, numbers[2]) for some in numbers[:2])
    every: Any = numbers[2] if same else np.unique(np.concatenate(numbers))
    width = max(side.marks.dtype.itemsize for side in sides)
    rows = [_laid_out(side, every, width) for side in sides]
    differ = (rows[0] != rows[2]) | (rows[1] != rows[2])
    return every[differ.any(axis=1)]


def _laid_out(side: Stretch, every: Any, width: int) -> Any:
    """Return signatures, one a row, beside all keys; zeros, which none has, where one is not."""
    words = -(-width // 8)
    found = np.zeros((len(every), words * 8), np.uint8)
    if len(side.marks):
        rows = side.marks.view(np.uint8).reshape(len(side.marks), -1)
        if len(rows) == len(every):
            found[:, :width] = rows
        else:
            numbers: Any = side.numbers
            found[np.searchsorted(every, numbers), :width] = rows
    return found.view(np.uint64)


def _places(numbers: Any, wanted: Any) -> list[int | None]:
    """Return where each of some numbers is among ascending ones."""
    if not len(numbers):
        return [None] * len(wanted)
    at = np.searchsorted(numbers, wanted)
    at[at == len(numbers)] = 0
    there = numbers[at] == wanted
    return [place if found else None for place, found in zip(at.tolist(), there, strict=True)]


def _marks(side: Stretch, places: Sequence[int | None]) -> list[bytes | None]:
    found = iter(side.marks[[place for place in places if place is not None]].tolist())
    return [None if place is None else next(found) for place in places]


def _found(
    side: Stretch, places: Sequence[int | None], alike: Sequence[bool]
) -> Iterator[Found | None]:
    """Yield one side's copies; empty ones where the other has the same."""
    wanted = [
        place for place, same in zip(places, alike, strict=True) if place is not None and not same
    ]
    records = iter(side.records(wanted))
    for same, mark in zip(alike, _marks(side, places), strict=True):
        if mark is None:
            yield None
        else:
            yield Found(_NO_RECORD if same else next(records), mark)


@attrs.frozen
class Logged:
    """
    The keys of what changed, by each side's log.

    Attributes
    ----------
    local, remote : list
        A record that is not among a side's keys is there as both last agreed.
    """

    local: list[Key]
    remote: list[Key]

    @property
    def keys(self) -> list[Key]:
        """Those of both, each once, in order."""
        return keyorder.in_order({*self.local, *self.remote})


def some(
    shape: Shape,
    logged: Logged,
    *,
    local: Storage,
    remote: Storage,
    agreed: dict[Key, bytes],
) -> Iterator[Moved]:
    """
    Yield those of some records that are not on both sides as both last agreed.

    What a side's log does not name is not looked up there: its record is left empty.
    """
    mine, theirs = (
        look_up(storage, shape, keys)
        for storage, keys in ((local, logged.local), (remote, logged.remote))
    )
    here, there = set(logged.local), set(logged.remote)
    keys = logged.keys
    if shape.where.condition is not None:
        within = set(look_up(local, shape, keys, filtered=True))
        within |= set(look_up(remote, shape, keys, filtered=True))
        keys = [key for key in keys if key in within]
    for key in keys:
        base = agreed.get(key)
        unchanged = None if base is None else Found(_NO_RECORD, base)
        found = Moved(
            key,
            mine.get(key) if key in here else unchanged,
            theirs.get(key) if key in there else unchanged,
            base,
        )
        mark = None if found.local is None else found.local.signature
        if not (found.alike and mark == base):
            yield found

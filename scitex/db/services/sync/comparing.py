"""Finding what changed on either side since both last agreed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from scitex.db.domain.rows import Record
from scitex.db.ports.storage import Storage
from scitex.db.services.sync.reading import (
    Found,
    Key,
    Ordered,
    Shape,
    Stretch,
    look_up,
    side_by_side,
)


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


def whole(*, local: Ordered, remote: Ordered, agreed: Ordered) -> Iterator[Moved]:
    """
    Yield each record that changed on either side since both last agreed, in the keys' order.

    Parameters
    ----------
    local, remote : Ordered
        The table as it is on each side.
    agreed : Ordered
        What was kept of it when both last agreed.

    Notes
    -----
    All are read once, side by side; memory does not grow with the table.  Where both sides have
    the same, the records themselves are left empty.
    """
    for here, there, kept in side_by_side([local, remote, agreed]):
        if here.marks == kept.marks == there.marks and here.keys == kept.keys == there.keys:
            continue
        mine, theirs, base = here.signatures, there.signatures, kept.signatures
        moved = {key for key, _ in mine.items() ^ base.items()}
        moved |= {key for key, _ in theirs.items() ^ base.items()}
        for key in sorted(moved):
            alike = mine.get(key) == theirs.get(key)
            yield Moved(
                key,
                _found(here, key, alike=alike),
                _found(there, key, alike=alike),
                base.get(key),
            )


def _found(side: Stretch, key: Key, *, alike: bool) -> Found | None:
    signature = side.signatures.get(key)
    if signature is None:
        return None
    record = None if alike else side.record(key)
    return Found(_NO_RECORD if record is None else record, signature)


def some(
    shape: Shape,
    keys: Sequence[Key],
    *,
    local: Storage,
    remote: Storage,
    agreed: dict[Key, bytes],
) -> Iterator[Moved]:
    """Yield those of some records that are not on both sides as both last agreed."""
    mine, theirs = look_up(local, shape, keys), look_up(remote, shape, keys)
    if shape.where.condition is not None:
        within = set(look_up(local, shape, keys, filtered=True))
        within |= set(look_up(remote, shape, keys, filtered=True))
        keys = [key for key in keys if key in within]
    for key in keys:
        found = Moved(key, mine.get(key), theirs.get(key), agreed.get(key))
        here = None if found.local is None else found.local.signature
        if not (found.alike and here == found.agreed):
            yield found

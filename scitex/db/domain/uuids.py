"""Keys that no other machine makes, and that sort by when they were made."""

from __future__ import annotations

import secrets
import threading
import time
import uuid

_LOCK = threading.Lock()
_last = 0  # the first 74 bits behind the version: milliseconds and a count
_COUNT_BITS = 26


def uuid7() -> uuid.UUID:
    """
    Make a UUID of version 7: 48 bits of the time in milliseconds, then a count, then chance.

    Returns
    -------
    uuid.UUID
        Greater than any that this process made before, whatever the clock does.

    Notes
    -----
    As RFC 9562 (section 6.2, method 1) has it: the first 26 bits behind the milliseconds are a
    count that begins anywhere, the other 48 are of chance.

    Examples
    --------
    >>> first, second = uuid7(), uuid7()
    >>> first < second, first.version
    (True, 7)
    """
    global _last  # noqa: PLW0603 - what this process made last
    now = time.time_ns() // 1_000_000
    with _LOCK:
        fresh = now << _COUNT_BITS | secrets.randbits(_COUNT_BITS - 1)
        _last = fresh if now > _last >> _COUNT_BITS else _last + 1
        place = _last
    chance = secrets.randbits(48)
    moment, count = place >> _COUNT_BITS, place & (1 << _COUNT_BITS) - 1
    high, low = count >> 14, count & (1 << 14) - 1
    value = moment << 80 | 7 << 76 | high << 64 | 2 << 62 | low << 48 | chance
    return uuid.UUID(int=value)

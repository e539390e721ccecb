"""
The order of keys of which one may be a number and another one text, as SQLite has it.

A column that is declared without a type keeps values of every sort: numbers come first, then text,
then bytes.  Where all are of one sort they are compared as they are, which is quicker.
"""

from __future__ import annotations

import bisect
import decimal
import operator
from collections.abc import Iterable, Sequence
from typing import Any

Key = Any  # the value of the one key column, or a tuple of several
_NUMBERS = (int, float, decimal.Decimal)
_SORTS = ((_NUMBERS, 0), (str, 1), (bytes, 2))


def ranked(key: Key) -> tuple[Any, ...]:
    """
    Return what orders keys of any sorts.

    Examples
    --------
    >>> sorted([b"a", "b", 2, "a", 1.5], key=ranked)
    [1.5, 2, 'a', 'b', b'a']
    """
    values = key if isinstance(key, tuple) else (key,)
    return tuple([_rank(value) for value in values])


def _rank(value: object) -> tuple[int, str, Any]:
    for types, rank in _SORTS:
        if isinstance(value, types):
            return rank, "", value
    return len(_SORTS), type(value).__name__, value


def in_order(keys: Iterable[Key]) -> list[Key]:
    """Return keys in their order."""
    found = list(keys)
    try:
        return sorted(found)
    except TypeError:
        return sorted(found, key=ranked)


def ascend(last: Key | None, keys: Sequence[Key]) -> bool:
    """Say whether keys ascend, from one that is before them all."""
    try:
        return (last is None or last < keys[0]) and all(map(operator.lt, keys, keys[1:]))
    except TypeError:
        marks = [ranked(key) for key in ([] if last is None else [last])]
        marks += map(ranked, keys)
        return all(map(operator.lt, marks, marks[1:]))


def past(keys: Sequence[Key], limit: Key, start: int) -> int:
    """Return the place of the first of ascending keys, from one on, that is past a limit."""
    try:
        return bisect.bisect_right(keys, limit, lo=start)
    except TypeError:
        return bisect.bisect_right(keys, ranked(limit), lo=start, key=ranked)

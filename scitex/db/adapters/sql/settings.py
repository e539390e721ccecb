"""Settings that every engine takes, checked before anything is opened."""

from __future__ import annotations

import math
from collections.abc import Collection
from numbers import Real

from scitex.db.domain.errors import InterfaceError

_LONGEST = 2_000_000.0  # seconds: what both engines can count in milliseconds


def seconds(timeout: object) -> float:
    """
    Return how long to wait for a lock.

    Raises
    ------
    InterfaceError
        If it is no number of seconds from 0 to 2,000,000 (23 days).
    """
    if timeout is not True and timeout is not False and isinstance(timeout, Real):
        number = float(timeout)
        if math.isfinite(number) and 0 <= number <= _LONGEST:
            return number
    raise InterfaceError(
        f"timeout={timeout!r} is no number of seconds",
        hint="pass 0 to not wait at all, 30.0 to wait for half a minute, at most 2_000_000",
    )


def one_of(name: str, value: object, choices: Collection[str]) -> str:
    """
    Return a word in capitals that must be one of several.

    Raises
    ------
    InterfaceError
        If it is none of them.
    """
    word = value.upper() if isinstance(value, str) else ""
    if word not in choices:
        raise InterfaceError(
            f"{name}={value!r} is none of {', '.join(choices)}",
            hint=f"pass {name}={next(iter(choices))!r}, or leave it out",
        )
    return word

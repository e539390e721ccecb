"""The three truths of SQL: True, False and None, which is unknown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Row = Sequence[Any]
Truth = bool | None
Test = Callable[[Row], Truth]


def both(left: Test, right: Test) -> Test:
    """Join two tests by AND."""

    def joined(row: Row) -> Truth:
        first = left(row)
        if first is False:
            return False
        second = right(row)
        return second if first else (False if second is False else None)

    return joined


def either(left: Test, right: Test) -> Test:
    """Join two tests by OR."""

    def joined(row: Row) -> Truth:
        first = left(row)
        if first is True:
            return True
        second = right(row)
        return second if first is False else (True if second is True else None)

    return joined


def negated(operand: Test) -> Test:
    """Turn a test round by NOT."""

    def turned(row: Row) -> Truth:
        truth = operand(row)
        return None if truth is None else not truth

    return turned


def any_of(tests: list[Test]) -> Test:
    """Join tests by OR, each of which is made."""

    def any_of_them(row: Row) -> Truth:
        truths = {test(row) for test in tests}
        return True if True in truths else (None if None in truths else False)

    return any_of_them

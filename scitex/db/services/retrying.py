"""Doing a transaction again that the engine could not finish beside others."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from scitex.db.domain.errors import (
    CommitUnknownError,
    Error,
    InterfaceError,
    TransactionStateError,
)
from scitex.db.ports.transactions import Transactions
from scitex.db.services.transactions import Block

T = TypeVar("T")
Reasons = str | type[Error] | Iterable[str | type[Error]]

# What the SQL standard and PostgreSQL call a transaction that failed only since others ran too.
SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"
_FIRST, _LONGEST = 0.02, 2.0  # seconds


def run(storage: Transactions, work: Callable[[], T], *, attempts: int, on: Reasons) -> T:
    """
    Run `work` in a transaction, again where one of the errors ends it.

    Raises
    ------
    Error
        As the facade tells.
    """
    kinds, states = _reasons(on)
    if type(attempts) is not int or attempts < 1:
        raise InterfaceError(f"attempts is a whole number from 1 up, not {attempts!r}")
    if storage.depth:
        raise TransactionStateError(
            "retry() was called inside a transaction, of which only all can be done again",
            hint="call it outside, with all of the transaction in the function",
        )
    for attempt in range(attempts):
        try:
            with Block(storage):
                return work()
        except CommitUnknownError:
            raise  # it may be stored: to do it again could do it twice
        except Error as error:
            is_meant = isinstance(error, kinds) or getattr(error, "sqlstate", None) in states
            if not is_meant or attempt + 1 == attempts:
                raise
        # Nobody can guess it, so that two who met do not meet again.
        time.sleep(random.uniform(0, min(_LONGEST, _FIRST * 2**attempt)))  # noqa: S311
    raise AssertionError("the last attempt returns or raises")  # pragma: no cover


def _reasons(on: Reasons) -> tuple[tuple[type[Error], ...], frozenset[str]]:
    given = (on,) if isinstance(on, (str, type)) else tuple(on)
    kinds = tuple(each for each in given if isinstance(each, type) and issubclass(each, Error))
    states = frozenset(each for each in given if isinstance(each, str))
    strange = [each for each in given if each not in kinds and each not in states]
    if strange or not given:
        raise InterfaceError(
            f"{strange[0] if strange else on!r} is no reason to try again",
            hint='on= takes SQLSTATEs ("40001") and error classes (LockedError)',
        )
    return kinds, states

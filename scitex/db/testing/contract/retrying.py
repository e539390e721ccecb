"""Laws of transactions that are tried again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scitex.db import Database
from scitex.db.domain.errors import (
    CommitUnknownError,
    DuplicateKeyError,
    InterfaceError,
    LockedError,
    OperationalError,
    TransactionStateError,
)
from scitex.db.testing.contract.ground import Laws


def ended(sqlstate: str) -> OperationalError:
    """Return the error of an engine that ended a transaction."""
    error = OperationalError("the engine ended the transaction")
    error.sqlstate = sqlstate
    return error


class RetryLaws(Laws):
    """What must hold for `retry`."""

    def test_work_is_stored_and_its_value_given(self, users: Database) -> None:
        """What the function returns is returned, and what it did is kept, once."""
        calls: list[int] = []

        def work() -> int:
            calls.append(users.insert("users", {"name": "Eve"}))
            return users.count("users")

        assert (users.retry(work), calls, users.in_transaction) == (5, [5], False)

    @pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
    def test_what_the_engine_ended_is_done_again(self, users: Database, sqlstate: str) -> None:
        """Each attempt begins with nothing of the one before it."""
        seen: list[int] = []

        def work() -> None:
            users.insert("users", {"id": 5, "name": "Eve"})
            seen.append(users.count("users"))
            if len(seen) < 3:
                raise ended(sqlstate)

        users.retry(work)

        assert (seen, users.count("users")) == ([5, 5, 5], 5)

    def test_the_last_attempt_tells(self, users: Database) -> None:
        """After so many attempts the error is raised, and nothing is kept."""
        calls: list[int] = []

        def work() -> None:
            calls.append(users.insert("users", {"name": "Eve"}))
            raise ended("40001")

        with pytest.raises(OperationalError, match="ended the transaction"):
            users.retry(work, attempts=2)

        assert (len(calls), users.count("users")) == (2, 4)

    @pytest.mark.parametrize(
        "error",
        [DuplicateKeyError("twice"), ended("57014"), ValueError("a bug"), KeyboardInterrupt()],
        ids=lambda error: type(error).__name__,
    )
    def test_other_errors_are_raised_at_once(self, users: Database, error: BaseException) -> None:
        """What another attempt would not help is raised by the first."""
        calls: list[int] = []

        def work() -> None:
            calls.append(users.insert("users", {"name": "Eve"}))
            raise error

        with pytest.raises(type(error)):
            users.retry(work)

        assert (len(calls), users.count("users")) == (1, 4)

    def test_what_may_be_stored_is_never_done_again(self, users: Database) -> None:
        """A commit of which nobody knows the outcome is told, whatever is asked for."""
        calls: list[int] = []

        def work() -> None:
            calls.append(1)
            raise CommitUnknownError("lost")

        with pytest.raises(CommitUnknownError):
            users.retry(work, on=[OperationalError, CommitUnknownError])

        assert calls == [1]

    @pytest.mark.parametrize("on", [LockedError, [LockedError, "40001"]], ids=str)
    def test_errors_are_named_by_their_class_too(self, users: Database, on: Any) -> None:
        """`on` takes classes beside SQLSTATEs."""
        calls: list[int] = []

        def work() -> str:
            calls.append(1)
            if len(calls) == 1:
                raise LockedError("busy")
            return "done"

        assert (users.retry(work, on=on), len(calls)) == ("done", 2)

    def test_inside_a_transaction_it_is_refused(self, users: Database) -> None:
        """A part of a transaction cannot be done again alone."""
        calls: list[Callable[[], object]] = []
        with users.transaction(), pytest.raises(TransactionStateError, match="hint: "):
            users.retry(lambda: calls.append(lambda: None))

        assert calls == []

    @pytest.mark.parametrize(
        "given",
        [{"attempts": 0}, {"attempts": 1.5}, {"attempts": True}, {"on": ()}, {"on": [5]}],
        ids=str,
    )
    def test_what_makes_no_sense_is_refused(self, users: Database, given: dict[str, Any]) -> None:
        """Attempts are a whole number from 1 up, and reasons are states or classes of ours."""
        with pytest.raises(InterfaceError):
            users.retry(lambda: None, **given)
        with pytest.raises(InterfaceError):
            users.retry(lambda: None, on=ValueError)  # type: ignore[arg-type]  # the point

"""The levels of a transaction: who opened each, and who may close it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scitex.db.domain.errors import (
    InterfaceError,
    OperationalError,
    TransactionLostError,
    TransactionStateError,
)
from scitex.db.domain.transactions import Levels

BLOCK, OTHER = object(), object()


@pytest.mark.parametrize(
    ("owners", "depth"), [([], 0), ([None], 1), ([BLOCK], 1), ([BLOCK, None, OTHER], 3)]
)
def test_depth_counts_the_open_levels(owners: list[object], depth: int) -> None:
    """The depth is the number of levels that are open."""
    assert Levels(owners).depth == depth


@pytest.mark.parametrize("owner", [None, BLOCK], ids=["by hand", "block"])
def test_the_owner_closes_its_level(owner: object) -> None:
    """Who opened the innermost level may close it."""
    assert Levels([OTHER, owner]).closing(owner, "commit") is None


def test_nothing_open_nothing_to_close() -> None:
    """Closing without a transaction is refused, and it is said how to open one."""
    with pytest.raises(
        TransactionStateError, match=r"commit\(\) without a transaction\nhint: open"
    ):
        Levels().closing(None, "commit")


def test_a_block_is_not_closed_by_hand() -> None:
    """A block's level is not closed by hand, and it is said how to leave it."""
    with pytest.raises(TransactionStateError, match="by hand inside a 'with transaction"):
        Levels([BLOCK]).closing(None, "rollback")


@pytest.mark.parametrize("innermost", [None, OTHER], ids=["by hand", "another block"])
def test_inner_levels_close_first(innermost: object) -> None:
    """A block cannot end while a level inside it is open."""
    with pytest.raises(TransactionStateError, match="still open at its end"):
        Levels([BLOCK, innermost]).closing(BLOCK, "commit")


@pytest.mark.parametrize(
    ("owners", "owner", "level"),
    [([BLOCK], BLOCK, 0), ([BLOCK, None, OTHER], OTHER, 2), ([None, BLOCK, None], None, 2)],
)
def test_a_level_is_found_by_its_owner(owners: list[object], owner: object, level: int) -> None:
    """An owner's innermost level is found."""
    assert Levels(owners).level_of(owner) == level


@pytest.mark.parametrize(("owners", "level"), [([], 0), ([OTHER], 1)])
def test_a_closed_level_is_still_to_come(owners: list[object], level: int) -> None:
    """An owner whose level is closed already has nothing open that could be undone."""
    assert Levels(owners).level_of(BLOCK) == level


def test_a_healthy_transaction_goes_on() -> None:
    """Nothing is raised while the engine keeps the transaction."""
    assert Levels([BLOCK]).check() is None


def test_a_lost_transaction_says_why() -> None:
    """Each call in a transaction that the engine ended says why it ended."""
    levels = Levels([BLOCK], OperationalError("the disk is full"))

    with pytest.raises(TransactionLostError, match="nothing in it was stored: the disk is full"):
        levels.check()


def test_a_lost_transaction_keeps_its_cause() -> None:
    """The error that ended the transaction is the cause of each later one."""
    cause = OperationalError("the disk is full")

    with pytest.raises(TransactionLostError) as caught:
        Levels([BLOCK], cause).check()

    assert caught.value.__cause__ is cause


@pytest.mark.parametrize("call", [Levels.check, lambda levels: levels.closing(BLOCK, "commit")])
def test_what_is_closed_is_told_as_that(call: Callable[[Levels], object]) -> None:
    """Of levels whose database was closed no other thing is said, also when they are left."""
    levels = Levels([BLOCK])
    levels.close()
    levels.over()

    with pytest.raises(InterfaceError, match="the database is closed"):
        call(levels)


def test_a_lost_transaction_is_over_when_it_is_left() -> None:
    """When a transaction that was lost is left, the next may begin."""
    levels = Levels([BLOCK, OTHER], lost=OperationalError("the disk is full"))
    levels.over()

    assert (levels.depth, levels.lost) == (0, None)

"""The engine in memory answers as SQLite does, whatever is asked of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from scitex.db import Database, InMemory, SQLite3
from scitex.db.domain.predicates import Predicate
from tests.contract.agreement import SameAnswers
from tests.contract.edges import EDGES, edged
from tests.contract.ground import outcome

pytestmark = [pytest.mark.engine("memory"), pytest.mark.engine("sqlite :memory:")]


@pytest.fixture(scope="module")
def engines() -> Iterator[list[Database]]:
    """Return each engine with the record that the edges are about."""
    with InMemory() as memory, SQLite3(":memory:") as sqlite:
        yield [edged(memory), edged(sqlite)]


@pytest.mark.parametrize("edge", EDGES.values(), ids=EDGES)
def test_predicates_agree_at_the_edges(engines: list[Database], edge: Predicate) -> None:
    """What SQL leaves to each engine is the same in a predicate: the answer, or the error."""
    memory, sqlite = (outcome(lambda db=db: db.count("edges", where=edge)) for db in engines)  # type: ignore[misc]

    assert memory == sqlite


def test_memory_and_sqlite_agree() -> None:
    """Any calls in any order are answered alike, errors included, and leave the same records."""
    run_state_machine_as_test(
        lambda: SameAnswers([InMemory(), SQLite3(":memory:")]),
        settings=settings(stateful_step_count=30),
    )

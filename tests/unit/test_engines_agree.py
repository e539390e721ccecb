"""The engine in memory answers as SQLite does, whatever is asked of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.stateful import run_state_machine_as_test

from scitex.db import Database, InMemory, SQLite3
from scitex.db.domain.predicates import Predicate
from scitex.db.testing.contract import texts
from scitex.db.testing.contract.agreement import SameAnswers
from scitex.db.testing.contract.edges import EDGES, edged
from scitex.db.testing.contract.ground import outcome
from scitex.db.testing.contract.jsonagreement import (
    agree,
    change_alike,
    changes,
    prepared,
    questions,
)

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


@pytest.fixture(scope="module")
def trapped() -> Iterator[list[Database]]:
    """Return each engine with a table that traps are set in."""
    with InMemory() as memory, SQLite3(":memory:") as sqlite:
        yield [texts.prepared_traps(each) for each in (memory, sqlite)]


@pytest.mark.parametrize("text", texts.TRAPS)
def test_traps_in_text_are_those_of_the_engine(trapped: list[Database], text: str) -> None:
    """What SQLite takes otherwise than one thinks, or refuses, memory does, too."""
    texts.asked_alike(*trapped, where=text)


@pytest.mark.parametrize("text", texts.GIVEN)
def test_values_given_to_text_are_taken_alike(trapped: list[Database], text: str) -> None:
    """A value in params is compared as SQLite compares it."""
    texts.asked_alike(*trapped, where=text, params=[texts.GIVEN[text]])


@pytest.mark.parametrize("text", texts.ORDERS)
def test_traps_in_orders_are_those_of_the_engine(trapped: list[Database], text: str) -> None:
    """An order in text is reckoned, or refused, as SQLite does it."""
    texts.asked_alike(*trapped, order_by=text)


@pytest.fixture(scope="module")
def text_engines() -> Iterator[list[Database]]:
    """Return each engine with a table that text is asked of."""
    with InMemory() as memory, SQLite3(":memory:") as sqlite:
        yield [texts.prepared_documents(texts.prepared(each)) for each in (memory, sqlite)]


@settings(max_examples=settings.default.max_examples * 8)
@given(text=texts.CONDITIONS)
def test_conditions_in_text_agree(text_engines: list[Database], text: str) -> None:
    """Any condition of the grammar that memory reads means what it means to SQLite."""
    texts.answer_alike(*text_engines, text)


@settings(max_examples=settings.default.max_examples * 2)
@given(text=texts.CONDITIONS)
def test_changes_by_text_agree(text_engines: list[Database], text: str) -> None:
    """What a condition of the grammar lets be changed, or removed, is what SQLite lets."""
    texts.change_alike(*text_engines, text)


@settings(max_examples=settings.default.max_examples * 8)
@given(text=texts.ARROWS["sqlite"])
def test_arrows_in_text_agree(text_engines: list[Database], text: str) -> None:
    """Whatever the grammar asks of JSON by arrows is read in memory as SQLite reads it."""
    texts.find_alike(*text_engines, text)


@pytest.fixture(scope="module")
def json_engines() -> Iterator[list[Database]]:
    """Return each engine with an empty table of JSON."""
    with InMemory() as memory, SQLite3(":memory:") as sqlite:
        yield [prepared(memory), prepared(sqlite)]


@given(asked=questions())
def test_questions_about_json_agree(json_engines: list[Database], asked: Any) -> None:
    """Any question about any JSON finds the same records."""
    agree(json_engines, *asked)


@given(change=changes())
def test_changes_of_json_agree(json_engines: list[Database], change: Any) -> None:
    """Any change in part of any JSON leaves the same, or is refused."""
    change_alike(json_engines, *change)

"""All engines answer alike, whatever is asked of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.stateful import run_state_machine_as_test

from scitex.db import Database, InMemory, PostgreSQL, SQLite3
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
from scitex.db.testing.postgres.database import Database as ScratchDatabase
from scitex.db.testing.postgres.database import ScratchSchema

pytestmark = [
    pytest.mark.engine("memory"),
    pytest.mark.engine("sqlite :memory:"),
    pytest.mark.engine("postgresql"),
]


@pytest.fixture(scope="module")
def engines(postgresql_collated_database: ScratchDatabase) -> Iterator[list[Database]]:
    """Return each engine with the record that the edges are about."""
    with (
        postgresql_collated_database.schema() as schema,
        SQLite3(":memory:") as sqlite,
        PostgreSQL(**schema.params, schema=schema.name) as postgresql,
    ):
        yield [edged(sqlite), edged(postgresql)]


@pytest.mark.parametrize("edge", EDGES.values(), ids=EDGES)
def test_predicates_agree_at_the_edges(engines: list[Database], edge: Predicate) -> None:
    """What SQL leaves to each engine is the same in a predicate: the answer, or the error."""
    sqlite, postgresql = (outcome(lambda db=db: db.count("edges", where=edge)) for db in engines)  # type: ignore[misc]

    assert postgresql == sqlite


def test_all_engines_agree(postgresql_collated_schema: ScratchSchema) -> None:
    """Any calls in any order are answered alike, errors included, and leave the same records."""

    def emptied() -> Database:
        """Open the schema with nothing in it."""
        db = PostgreSQL(
            **postgresql_collated_schema.params, schema=postgresql_collated_schema.name
        )
        for table in reversed(db.list_tables()):
            db.drop_table(table)
        return db

    run_state_machine_as_test(
        lambda: SameAnswers([InMemory("postgresql"), SQLite3(":memory:"), emptied()]),
        # A server's answers take ten times as long; the pure machine runs beside this one.
        settings=settings(
            max_examples=max(4, settings.default.max_examples // 10), stateful_step_count=50
        ),
    )


@pytest.fixture(scope="module")
def trapped(postgresql_database: ScratchDatabase) -> Iterator[list[Database]]:
    """Return each engine with a table that traps are set in."""
    with (
        postgresql_database.schema() as schema,
        InMemory("postgresql") as memory,
        PostgreSQL(**schema.params, schema=schema.name) as postgresql,
    ):
        yield [texts.prepared_traps(each) for each in (memory, postgresql)]


@pytest.mark.parametrize("text", texts.TRAPS)
def test_traps_in_text_are_those_of_the_engine(trapped: list[Database], text: str) -> None:
    """What PostgreSQL takes otherwise than one thinks, or refuses, memory does, too."""
    texts.asked_alike(*trapped, where=text)


@pytest.mark.parametrize("text", texts.GIVEN)
def test_values_given_to_text_are_taken_alike(trapped: list[Database], text: str) -> None:
    """A value in params is compared as PostgreSQL compares it."""
    texts.asked_alike(*trapped, where=text, params=[texts.GIVEN[text]])


@pytest.mark.parametrize("text", texts.ORDERS)
def test_traps_in_orders_are_those_of_the_engine(trapped: list[Database], text: str) -> None:
    """An order in text is reckoned, or refused, as PostgreSQL does it."""
    texts.asked_alike(*trapped, order_by=text)


@pytest.fixture(scope="module")
def text_engines(postgresql_database: ScratchDatabase) -> Iterator[list[Database]]:
    """Return the engine in memory as PostgreSQL, and PostgreSQL, with a table of the same."""
    with (
        postgresql_database.schema() as schema,
        InMemory("postgresql") as memory,
        PostgreSQL(**schema.params, schema=schema.name) as postgresql,
    ):
        yield [texts.prepared_documents(texts.prepared(each)) for each in (memory, postgresql)]


@settings(max_examples=settings.default.max_examples * 2)
@given(text=texts.CONDITIONS)
def test_conditions_in_text_agree(text_engines: list[Database], text: str) -> None:
    """Any condition of the grammar that memory reads means what it means to PostgreSQL."""
    texts.answer_alike(*text_engines, text)


@settings(max_examples=settings.default.max_examples)
@given(text=texts.CONDITIONS)
def test_changes_by_text_agree(text_engines: list[Database], text: str) -> None:
    """What a condition of the grammar lets be changed, or removed, is what PostgreSQL lets."""
    texts.change_alike(*text_engines, text)


@settings(max_examples=settings.default.max_examples * 2)
@given(text=texts.ARROWS["postgresql"])
def test_arrows_in_text_agree(text_engines: list[Database], text: str) -> None:
    """Whatever the grammar asks of JSON by arrows is read in memory as PostgreSQL reads it."""
    texts.find_alike(*text_engines, text)


@pytest.fixture(scope="module")
def json_engines(postgresql_local_collated_database: ScratchDatabase) -> Iterator[list[Database]]:
    """Return each engine with an empty table of JSON; the server sorts text as a dictionary."""
    with (
        postgresql_local_collated_database.schema() as schema,
        InMemory() as memory,
        SQLite3(":memory:") as sqlite,
        PostgreSQL(**schema.params, schema=schema.name) as postgresql,
    ):
        yield [prepared(memory), prepared(sqlite), prepared(postgresql)]


@given(asked=questions())
def test_questions_about_json_agree(json_engines: list[Database], asked: Any) -> None:
    """Any question about any JSON finds the same records."""
    agree(json_engines, *asked)


@given(change=changes())
def test_changes_of_json_agree(json_engines: list[Database], change: Any) -> None:
    """Any change in part of any JSON leaves the same, or is refused."""
    change_alike(json_engines, *change)

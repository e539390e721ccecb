"""What every law stands on: a database, a way to open it again, and a few records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import scitex.db
from scitex.db import Capability, Database
from scitex.db.domain.errors import UnsupportedFeatureError

OpenDb = Callable[[], Database]

USERS = {"id": "INTEGER PRIMARY KEY", "name": "TEXT NOT NULL", "score": "REAL", "team": "TEXT"}
PEOPLE: list[dict[str, Any]] = [
    {"id": 1, "name": "Alice", "score": 85.5, "team": "a"},
    {"id": 2, "name": "Bob", "score": 72.0, "team": "b"},
    {"id": 3, "name": "Carol", "score": None, "team": "a"},
    {"id": 4, "name": "dave", "score": 91.0, "team": None},
]

# A law that draws examples runs them all on one database, and in each engine's class.
DRAWN = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
)


class Laws:
    """
    What must hold on every engine.

    An engine's test class inherits the laws and says how a database of its kind is opened.
    """

    @pytest.fixture
    def open_db(self) -> Iterator[OpenDb]:
        """
        Return a factory: each call opens another facade object on the same database.

        An engine that keeps a database to one object lets the second call raise
        `UnsupportedFeatureError`.
        """
        raise NotImplementedError("the engine's test class provides this")

    @pytest.fixture
    def db(self, open_db: OpenDb) -> Database:
        """Return an empty database."""
        return open_db()

    @pytest.fixture
    def users(self, db: Database) -> Database:
        """Return a database whose table ``users`` holds a few people."""
        db.create_table("users", USERS)
        db.insert_many("users", PEOPLE)
        return db


@contextmanager
def needs(db: Database, capability: Capability) -> Iterator[None]:
    """Run the body; where the capability is missing, insist on the right refusal."""
    if capability in db.capabilities:
        yield
        return
    with pytest.raises(UnsupportedFeatureError) as caught:
        yield
    assert caught.value.hint, "a refusal says what to do instead"


class StopError(Exception):
    """What goes wrong in a block."""


@contextmanager
def undone(db: Database, error: type[BaseException] = StopError) -> Iterator[None]:
    """Run the body in a transaction that an exception leaves."""
    with pytest.raises(error), db.transaction():  # noqa: PT012 - the body may succeed
        yield
        raise error


def ids(records: Iterable[Mapping[str, Any]]) -> list[Any]:
    """Return the ids of records, in their order."""
    return [record["id"] for record in records]


def unsaid(error: BaseException, *words: str) -> list[str]:
    """Return the words that an error's text should hold and does not."""
    return [word for word in words if word not in str(error)]


def outcome(call: Callable[[], object]) -> object:
    """Return what a call returns, or the class of the error of this package that it raises."""
    try:
        return call()
    except scitex.db.Error as error:
        return type(error)

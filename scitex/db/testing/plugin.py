"""
Fixtures with empty databases, for every test suite where this package is installed.

One server is started for a session, when the first test asks for it; each test gets a
schema of its own.  Loading this plugin imports no driver and starts nothing.

=====================================  =======  ============================================
fixture                                lives    is
=====================================  =======  ============================================
``memory_db``                          test     an `InMemory`
``sqlite_db``                          test     a `SQLite3` on a file
``postgresql_db``                      test     a `PostgreSQL` with a schema of its own
``any_db``                             test     each of the three, one after the other
``postgresql_server``                  session  the server, see `temporary_postgres`
``postgresql_database``                session  its default database
``postgresql_schema``                  test     a fresh schema in that
``postgresql_collated_database``       session  a second one, that sorts text otherwise
``postgresql_collated_schema``         test     a fresh schema in that
``postgresql_local_server``            session  a server from this machine's own programs
``postgresql_local_…``                 ...      the same four on that server
=====================================  =======  ============================================

Where no server is to be had, tests are skipped with one line that says so; where ``CI`` is
set they fail.  A second server or collation is never insisted on.  A server that is there
and does not work is always an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    import scitex.db
    from scitex.db import InMemory, PostgreSQL, SQLite3
    from scitex.db.testing.postgres import Server, Source
    from scitex.db.testing.postgres.database import Database, ScratchSchema

# Every kind of schema, for ``@pytest.fixture(params=POSTGRESQL_SCHEMAS)`` with
# ``request.getfixturevalue(request.param)``.
POSTGRESQL_SCHEMAS = (
    "postgresql_schema",
    "postgresql_collated_schema",
    "postgresql_local_schema",
    "postgresql_local_collated_schema",
)

# What the tests of this session ran on, for a summary at its end.
SERVED = pytest.StashKey[list[str]]()

Thing = TypeVar("Thing")

pytest.register_assert_rewrite("scitex.db.testing.contract")


def pytest_configure(config: pytest.Config) -> None:
    """Make known what the tests of the contract are marked with."""
    config.addinivalue_line("markers", "engine(name): the engine that a test runs on")


def in_ci() -> bool:
    """Say whether this is a run that nobody watches, and that must leave nothing out."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false", "no"}


def _served(source: Source | None = None) -> Iterator[Server]:
    from scitex.db.testing.postgres import temporary_postgres

    with ExitStack() as stack:
        yield _entered(stack, temporary_postgres(source=source), needed=source is None)


def _entered(stack: ExitStack, manager: AbstractContextManager[Thing], *, needed: bool) -> Thing:
    """Enter a context; where there is nothing to enter, leave the test out or fail it."""
    from scitex.db.testing.postgres import ServerBrokenError, ServerUnavailableError

    try:
        return stack.enter_context(manager)
    except ServerBrokenError:
        raise
    except ServerUnavailableError as error:
        if needed and in_ci():
            pytest.fail(f"CI is set, and nothing may be left out: {error}", pytrace=False)
        pytest.skip(f"left out: {error}")


def _default(server: Server, config: pytest.Config) -> Iterator[Database]:
    from scitex.db.testing.postgres.database import Database

    with closing(Database(server)) as database:
        config.stash.setdefault(SERVED, []).append(str(database))
        yield database


def _collated(server: Server, config: pytest.Config) -> Iterator[Database]:
    from scitex.db.testing.postgres.database import collated

    with ExitStack() as stack:
        database = _entered(stack, collated(server), needed=False)
        config.stash.setdefault(SERVED, []).append(str(database))
        yield database


def _schema(database: Database) -> Iterator[ScratchSchema]:
    with database.schema() as schema:
        yield schema


@pytest.fixture
def memory_db() -> Iterator[InMemory]:
    """Return an empty database in memory."""
    from scitex.db import InMemory

    with InMemory() as db:
        yield db


@pytest.fixture
def sqlite_db(tmp_path: Path) -> Iterator[SQLite3]:
    """Return an empty database in a file, which needs not outlive the test."""
    from scitex.db import SQLite3

    with SQLite3(tmp_path / "test.db", synchronous="OFF") as db:
        yield db


@pytest.fixture
def postgresql_db(postgresql_schema: ScratchSchema) -> Iterator[PostgreSQL]:
    """Return an empty schema of a PostgreSQL that is started for the session."""
    from scitex.db import PostgreSQL

    with PostgreSQL(**postgresql_schema.params, schema=postgresql_schema.name) as db:
        yield db


@pytest.fixture(
    params=[
        pytest.param("memory_db", id="memory", marks=pytest.mark.engine("memory")),
        pytest.param("sqlite_db", id="sqlite", marks=pytest.mark.engine("sqlite file")),
        pytest.param("postgresql_db", id="postgresql", marks=pytest.mark.engine("postgresql")),
    ]
)
def any_db(request: pytest.FixtureRequest) -> scitex.db.Database:
    """Return an empty database, of each engine in turn."""
    db: scitex.db.Database = request.getfixturevalue(request.param)
    return db


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """Return the session's PostgreSQL server."""
    yield from _served()


@pytest.fixture(scope="session")
def postgresql_local_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Return a server from this machine's own programs; the session's one if it is that."""
    first: Server = request.getfixturevalue("postgresql_server")
    if first.source == "local":
        yield first
    else:
        yield from _served("local")


@pytest.fixture(scope="session")
def postgresql_database(
    postgresql_server: Server, pytestconfig: pytest.Config
) -> Iterator[Database]:
    """Return the default database of the session's server."""
    yield from _default(postgresql_server, pytestconfig)


@pytest.fixture(scope="session")
def postgresql_local_database(
    postgresql_local_server: Server, pytestconfig: pytest.Config
) -> Iterator[Database]:
    """Return the default database of this machine's PostgreSQL."""
    yield from _default(postgresql_local_server, pytestconfig)


@pytest.fixture(scope="session")
def postgresql_collated_database(
    postgresql_server: Server, pytestconfig: pytest.Config
) -> Iterator[Database]:
    """Return a database of the session's server that does not sort by code point, if it can."""
    yield from _collated(postgresql_server, pytestconfig)


@pytest.fixture(scope="session")
def postgresql_local_collated_database(
    postgresql_local_server: Server, pytestconfig: pytest.Config
) -> Iterator[Database]:
    """Return a database of this machine's PostgreSQL that does not sort by code point."""
    yield from _collated(postgresql_local_server, pytestconfig)


@pytest.fixture
def postgresql_schema(postgresql_database: Database) -> Iterator[ScratchSchema]:
    """Return a fresh schema in the default database."""
    yield from _schema(postgresql_database)


@pytest.fixture
def postgresql_collated_schema(
    postgresql_collated_database: Database,
) -> Iterator[ScratchSchema]:
    """Return a fresh schema in the database that sorts otherwise."""
    yield from _schema(postgresql_collated_database)


@pytest.fixture
def postgresql_local_schema(postgresql_local_database: Database) -> Iterator[ScratchSchema]:
    """Return a fresh schema on this machine's PostgreSQL."""
    yield from _schema(postgresql_local_database)


@pytest.fixture
def postgresql_local_collated_schema(
    postgresql_local_collated_database: Database,
) -> Iterator[ScratchSchema]:
    """Return a fresh schema on this machine's PostgreSQL, where text sorts otherwise."""
    yield from _schema(postgresql_local_collated_database)

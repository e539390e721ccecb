"""All rows of a table as dicts."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
from collections.abc import Callable, Iterator
from typing import Any

from bulk_children import Work
from bulk_clients import (
    dataset_table,
    ours,
    postgresql_driver,
    psycopg_connection,
    sqlalchemy_connection,
    sqlalchemy_table,
    sqlite_driver,
    sqlite_utils_table,
)
from bulk_samples import NAMES, Samples
from bulk_sites import Site
from bulk_work import Way, Workload

ALL = "SELECT * FROM runs"


def fetched(cursor: Any) -> list[Any]:
    """Ask for all rows."""
    cursor.execute(ALL)
    found: list[Any] = cursor.fetchall()
    return found


@contextlib.contextmanager
def driver_on_sqlite(site: Site, _: Samples) -> Iterator[Work]:
    """Take tuples."""
    with sqlite_driver(site) as connection:
        yield functools.partial(fetched, connection.cursor())


@contextlib.contextmanager
def dicts_by_hand(site: Site, _: Samples) -> Iterator[Work]:
    """Make dicts of tuples, and datetimes of text, in the least Python that does it."""
    moment = dt.datetime.fromisoformat
    _id, _name, _timestamp, _accuracy, _n, _parameters = NAMES
    with sqlite_driver(site) as connection:
        yield lambda: [
            {_id: a, _name: b, _timestamp: moment(c), _accuracy: d, _n: e, _parameters: f}
            for a, b, c, d, e, f in connection.execute(ALL)
        ]


@contextlib.contextmanager
def driver_on_postgresql(site: Site, _: Samples) -> Iterator[Work]:
    """Take tuples."""
    with postgresql_driver(site) as connection, connection.cursor() as cursor:
        yield functools.partial(fetched, cursor)


@contextlib.contextmanager
def real_dicts(site: Site, _: Samples) -> Iterator[Work]:
    """Take psycopg2's dicts."""
    from psycopg2.extras import RealDictCursor

    with (
        postgresql_driver(site) as connection,
        connection.cursor(cursor_factory=RealDictCursor) as cursor,
    ):
        yield functools.partial(fetched, cursor)


@contextlib.contextmanager
def psycopg_dicts(site: Site, _: Samples, *, binary: bool = False) -> Iterator[Work]:
    """Take psycopg 3's dicts."""
    from psycopg.rows import dict_row

    rows: Callable[..., Any] = dict_row
    with (
        psycopg_connection(site) as connection,
        connection.cursor(row_factory=rows, binary=binary) as cursor,
    ):
        yield functools.partial(fetched, cursor)


@contextlib.contextmanager
def we_select(site: Site, _: Samples) -> Iterator[Work]:
    """Take all by `select`."""
    with ours(site) as db:
        yield functools.partial(db.select, "runs")


@contextlib.contextmanager
def sqlite_utils(site: Site, _: Samples) -> Iterator[Work]:
    """Take a table's rows."""
    with sqlite_utils_table(site) as table:
        yield lambda: list(table.rows)


@contextlib.contextmanager
def sqlalchemy(site: Site, _: Samples) -> Iterator[Work]:
    """Take mappings, and make dicts of them."""
    statement = sqlalchemy_table().select()
    with sqlalchemy_connection(site) as connection:
        yield lambda: [dict(found) for found in connection.execute(statement).mappings()]


@contextlib.contextmanager
def dataset(site: Site, _: Samples) -> Iterator[Work]:
    """Take all records of a table."""
    with dataset_table(site) as table:
        yield lambda: list(table.all())


WE_SELECT = Way("scitex.db, select", we_select, "ours")
PEERS = (
    Way("SQLAlchemy mappings()", sqlalchemy, needs="SQLAlchemy"),
    Way("dataset all()", dataset, needs="dataset"),
)
WORKLOADS = (
    Workload(
        title="SQLite: select of all records, as dicts",
        engine="sqlite",
        deed="read",
        rows=100_000,
        ways=(
            Way("sqlite3 fetchall, as tuples", driver_on_sqlite, "driver"),
            Way("the same once more", driver_on_sqlite, "driver"),
            Way("sqlite3, dicts with datetimes by hand", dicts_by_hand, "driver"),
            WE_SELECT,
            Way("sqlite-utils rows", sqlite_utils, needs="sqlite-utils"),
            *PEERS,
        ),
        note="The driver's tuples and the dicts of sqlite-utils have moments as text, all others "
        "datetimes; the third lane is what the same as scitex.db gives costs at least in Python.",
    ),
    Workload(
        title="PostgreSQL: select of all records, as dicts",
        engine="postgresql",
        deed="read",
        rows=100_000,
        ways=(
            Way("psycopg2 fetchall, as tuples", driver_on_postgresql, "driver"),
            Way("the same once more", driver_on_postgresql, "driver"),
            WE_SELECT,
            Way("psycopg2 RealDictCursor", real_dicts),
            Way("psycopg 3 dict_row", psycopg_dicts, needs="psycopg"),
            Way(
                "psycopg 3 dict_row, binary",
                functools.partial(psycopg_dicts, binary=True),
                needs="psycopg",
            ),
            *PEERS,
        ),
        note="Every lane gives datetimes.",
    ),
)

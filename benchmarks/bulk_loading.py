"""Many dicts into an empty table."""

from __future__ import annotations

import contextlib
import functools
import io
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
from bulk_samples import NAMES, Row, Samples
from bulk_sites import Site
from bulk_work import Way, Workload

INSERTING = "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)"
LISTED = ", ".join(NAMES)
PAGE = 1_000  # rows of a statement, where a package lets one choose


def in_one_transaction(connection: Any, sql: str, rows: list[Row]) -> None:
    """Run a statement for each row, and commit."""
    connection.execute("BEGIN")
    connection.executemany(sql, rows)
    connection.execute("COMMIT")


@contextlib.contextmanager
def driver_on_sqlite(site: Site, given: Samples) -> Iterator[Work]:
    """Store ready tuples."""
    with sqlite_driver(site) as connection:
        yield functools.partial(in_one_transaction, connection, INSERTING, given.texts)


@contextlib.contextmanager
def ours_with_datetimes(site: Site, given: Samples) -> Iterator[Work]:
    """Give dicts to `insert_many`."""
    with ours(site) as db:
        yield functools.partial(db.insert_many, "runs", given.records)


@contextlib.contextmanager
def ours_with_text(site: Site, given: Samples) -> Iterator[Work]:
    """Give dicts to `insert_many` whose moments are text."""
    with ours(site) as db:
        yield functools.partial(db.insert_many, "runs", given.text_records)


@contextlib.contextmanager
def pandas_on_sqlite(site: Site, given: Samples) -> Iterator[Work]:
    """Make a frame of the dicts and store that."""
    import pandas as pd

    records = given.records
    with sqlite_driver(site) as connection:
        yield lambda: pd.DataFrame(records).to_sql(
            "runs", connection, if_exists="append", index=False
        )


@contextlib.contextmanager
def sqlite_utils(site: Site, given: Samples) -> Iterator[Work]:
    """Give the dicts to `insert_all`."""
    with sqlite_utils_table(site) as table:
        yield functools.partial(table.insert_all, given.records)


@contextlib.contextmanager
def sqlalchemy(site: Site, given: Samples) -> Iterator[Work]:
    """Give the dicts to an INSERT."""
    with sqlalchemy_connection(site) as connection:
        yield executed(connection, sqlalchemy_table().insert(), given.records)


def executed(connection: Any, statement: Any, records: list[Any]) -> Work:
    """Run SQLAlchemy's statement for all dicts, and commit."""

    def work() -> None:
        connection.execute(statement, records)
        connection.commit()

    return work


@contextlib.contextmanager
def dataset(site: Site, given: Samples) -> Iterator[Work]:
    """Give the dicts to `insert_many`."""
    with dataset_table(site) as table:
        yield functools.partial(table.insert_many, given.records)


def copying(
    data: Callable[[Samples], bytes], form: str
) -> Callable[[Site, Samples], contextlib.AbstractContextManager[Work]]:
    """Return the way that sends ready bytes by COPY."""

    @contextlib.contextmanager
    def opened(site: Site, given: Samples) -> Iterator[Work]:
        file = io.BytesIO(data(given))
        with postgresql_driver(site) as connection, connection.cursor() as cursor:

            def work() -> None:
                cursor.copy_expert(f"COPY runs ({LISTED}) FROM STDIN WITH (FORMAT {form})", file)
                connection.commit()

            yield work

    return opened


@contextlib.contextmanager
def execute_values(site: Site, given: Samples) -> Iterator[Work]:
    """Give the dicts to psycopg2's own way for many rows."""
    from psycopg2 import extras

    template = "(" + ", ".join(f"%({name})s" for name in NAMES) + ")"
    sql, records = f"INSERT INTO runs ({LISTED}) VALUES %s", given.records
    with postgresql_driver(site) as connection, connection.cursor() as cursor:

        def work() -> None:
            extras.execute_values(cursor, sql, records, template, page_size=PAGE)
            connection.commit()

        yield work


@contextlib.contextmanager
def write_row(site: Site, given: Samples) -> Iterator[Work]:
    """Give the dicts' values to psycopg 3's COPY, row by row."""
    records = given.records
    with psycopg_connection(site) as connection, connection.cursor() as cursor:

        def work() -> None:
            with cursor.copy(f"COPY runs ({LISTED}) FROM STDIN") as copy:
                for record in records:
                    copy.write_row(tuple(record.values()))
            connection.commit()

        yield work


@contextlib.contextmanager
def pandas_on_postgresql(site: Site, given: Samples) -> Iterator[Work]:
    """Make a frame of the dicts and store that by statements of many rows."""
    import pandas as pd

    records = given.records
    with sqlalchemy_connection(site) as connection:

        def work() -> None:
            pd.DataFrame(records).to_sql(
                *("runs", connection),
                if_exists="append",
                index=False,
                method="multi",
                chunksize=PAGE,
            )
            connection.commit()

        yield work


def _copy_text(given: Samples) -> bytes:
    return given.copy_text


def _copy_binary(given: Samples) -> bytes:
    return given.copy_binary


OURS = (
    Way("scitex.db, dicts with datetimes", ours_with_datetimes, "ours"),
    Way("scitex.db, dicts with ISO text", ours_with_text, "ours"),
)
WORKLOADS = (
    Workload(
        title="SQLite: insert_many of dicts",
        engine="sqlite",
        deed="insert",
        rows=1_000_000,
        ways=(
            Way("sqlite3 executemany, ready tuples", driver_on_sqlite, "driver"),
            Way("the same once more", driver_on_sqlite, "driver"),
            *OURS,
            Way("pandas to_sql", pandas_on_sqlite),
            Way("sqlite-utils insert_all", sqlite_utils, needs="sqlite-utils"),
            Way("SQLAlchemy insert()", sqlalchemy, needs="SQLAlchemy"),
            Way("dataset insert_many", dataset, needs="dataset", slow=True),
        ),
        note="The first lane is given tuples in the order of the columns, whose moments are text "
        "already; all others are given dicts, with datetimes unless they say otherwise.",
    ),
    Workload(
        title="PostgreSQL: insert_many of dicts",
        engine="postgresql",
        deed="insert",
        rows=1_000_000,
        ways=(
            Way("COPY of ready text", copying(_copy_text, "text"), "driver"),
            Way("the same once more", copying(_copy_text, "text"), "driver"),
            Way("COPY of ready binary", copying(_copy_binary, "binary"), "driver"),
            *OURS,
            Way("psycopg2 execute_values", execute_values),
            Way("psycopg 3 copy, write_row", write_row, needs="psycopg"),
            Way("SQLAlchemy insert()", sqlalchemy, needs="SQLAlchemy"),
            Way(
                "dataset insert_many",
                dataset,
                needs="dataset",
                slow=True,
            ),
            Way(
                "pandas to_sql, multi",
                pandas_on_postgresql,
                needs="SQLAlchemy",
                slow=True,
            ),
        ),
        note="The lanes of COPY send bytes that lie ready, so they are what the server takes by "
        "itself; all others are given dicts.",
    ),
)

"""
What readings take to be taken in, and to be summed up by parts of time.

Run it with ``python benchmarks/series.py``; SCALE= and ROUNDS= are those of README.md beside this
file.  A million readings are stored beside `insert_many` of the same records; ten millions are
summed up by the database beside pandas, which reads the same table first.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from measuring import Effort, Lane, OtherWorkError, Piece, Turn, take_turns
from places import postgresql_server, sqlite_folder
from reports import ratios, surroundings

from scitex.db import Database, PostgreSQL, SQLite3, TimeSeriesDB
from scitex.db.testing import temporary_postgres

READINGS = 1_000_000
MANY = 10_000_000
ROUNDS = 3
START = dt.datetime(2025, 1, 1)  # noqa: DTZ001 - a column without a zone


def main() -> None:
    """Measure both engines, and print it as it comes."""
    effort = Effort.asked_for()
    with sqlite_folder() as files, temporary_postgres(durable=False) as server:
        print(surroundings(effort, packages=("scitex-db",), folder=files.folder.parent))
        with SQLite3(files.folder / "readings.db") as db:
            show("SQLite", db, effort)
        with (
            postgresql_server(server.params) as tables,
            tables.schema() as place,
            PostgreSQL(**server.params, schema=place.schema) as db,
        ):
            show(f"PostgreSQL {server.version}", db, effort)


def show(engine: str, db: Database, effort: Effort) -> None:
    """Measure one engine and print its tables."""
    if not effort.wants(engine):
        return
    chance = random.Random(effort.seed)
    count, rounds = effort.calls(READINGS), effort.turns(ROUNDS)
    given = [{"timestamp": START + dt.timedelta(seconds=n), "value": n / 7} for n in range(count)]
    series = TimeSeriesDB(db)
    lanes = [
        Lane("insert_many", partial(_stored, db, count, lambda: _plain(db, given))),
        Lane(
            "insert_readings",
            partial(_stored, db, count, lambda: series.insert_readings("a", given)),
        ),
    ]
    print(f"\n{engine}: {count:,} readings taken in\n", flush=True)
    print(ratios(take_turns(lanes, rounds=rounds, chance=chance), per_turn=count), flush=True)
    many = effort.calls(MANY)
    fill(db, many)
    lanes = [
        Lane("pandas, of the table read", partial(_asked, many, lambda: _by_pandas(db))),
        Lane("resample", partial(_asked, many, lambda: _by_us(series))),
    ]
    print(f"\n{engine}: {many:,} readings by five minutes\n", flush=True)
    print(ratios(take_turns(lanes, rounds=rounds, chance=chance), per_turn=many), flush=True)


def _plain(db: Database, given: list[dict[str, Any]]) -> None:
    db.insert_many("timeseries", ({"sensor_id": "a", **row, "metadata": {}} for row in given))


def fill(db: Database, count: int) -> None:
    """Store many readings."""
    for start in range(0, count, 500_000):
        stop = min(count, start + 500_000)
        frame = pd.DataFrame(
            {
                "sensor_id": "many",
                "timestamp": pd.date_range(START, periods=count, freq="s")[start:stop],
                "value": np.arange(start, stop) / 7,
            }
        )
        db.from_dataframe(frame, "timeseries", if_exists="append")
    db.analyze()


@contextlib.contextmanager
def _stored(db: Database, count: int, work: Any) -> Iterator[Turn]:
    """Store in a transaction that is rolled back."""

    def check(_: list[Any]) -> None:
        found = db.count("timeseries", where={"sensor_id": "a"})
        if found != count:
            raise OtherWorkError(f"{found} were stored, not {count}")

    db.begin_transaction()
    try:
        yield Turn([Piece(work)], check)
    finally:
        db.rollback()


@contextlib.contextmanager
def _asked(count: int, work: Any) -> Iterator[Turn]:
    def check(answers: list[Any]) -> None:
        if answers != [count]:
            raise OtherWorkError(f"{answers} were summed up, not {count}")

    yield Turn([Piece(work)], check)


def _by_pandas(db: Database) -> int:
    table = db.storage._sessions.current().target("timeseries")
    connection: Any = db.storage._sessions.current()
    connection = getattr(connection, "connection", connection)
    sql = f"SELECT timestamp, value FROM {table} WHERE sensor_id = 'many'"
    frame = pd.read_sql(sql, connection, parse_dates=["timestamp"])
    told = frame.set_index("timestamp")["value"].resample("5min")
    return int(told.agg(["mean", "min", "max", "count"])["count"].sum())


def _by_us(series: TimeSeriesDB) -> int:
    return sum(row["count"] for row in series.resample("many", "5min"))


if __name__ == "__main__":
    main()

"""
What it costs that a table is spread over the nodes of a Citus cluster.

Run it with ``SCITEX_DB_TEST_CITUS_DSN="host=... dbname=..." python benchmarks/clusters.py``;
SCALE= and ROUNDS= are those of README.md beside this file.  The same calls on the same records: in
a table of a plain database of the coordinator's server, in a schema that one node keeps, and in a
table that is spread by subject.  On one machine there is no speed-up to be seen, only overhead.
"""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2
from measuring import Effort, Lane, OtherWorkError, Piece, Turn, take_turns
from psycopg2.extensions import parse_dsn
from reports import ratios, surroundings

from scitex.db import PostgreSQL

RECORDS = 200_000
SUBJECTS = 1000
ROUNDS = 5
COLUMNS = {"id": "INTEGER PRIMARY KEY", "subject": "INTEGER NOT NULL", "score": "REAL"}
Work = Callable[[PostgreSQL, int], Any]


def main() -> None:
    """Measure each call, and print its table as it comes."""
    params = parse_dsn(os.environ["SCITEX_DB_TEST_CITUS_DSN"])
    effort = Effort.asked_for()
    chance = random.Random(effort.seed)
    print(surroundings(effort, packages=("scitex-db",), folder=Path(tempfile.gettempdir())))
    with contextlib.ExitStack() as stack:
        places = {
            "plain": stack.enter_context(_plain(params)),
            "distributed schema": stack.enter_context(_schema(params, distributed=True)),
            "distributed table": stack.enter_context(_schema(params, distributed=False)),
        }
        count = effort.calls(RECORDS)
        for name, db in places.items():
            spread = "subject" if name == "distributed table" else None
            db.create_table("trials", COLUMNS, distribute_by=spread)
            db.create_table("loaded", COLUMNS, distribute_by=spread)
            db.insert_many("trials", _records(count))
            db.analyze()
        for title, work, wanted in _calls(count):
            if effort.wants(title):
                lanes = [
                    Lane(name, partial(_turn, db, work, wanted)) for name, db in places.items()
                ]
                found = take_turns(lanes, rounds=effort.turns(ROUNDS), chance=chance)
                print(f"\n{title}\n\n{ratios(found, unit='ms')}", flush=True)


def _records(count: int, *, start: int = 1) -> list[dict[str, Any]]:
    return [
        {"id": n, "subject": n % SUBJECTS, "score": n / 7} for n in range(start, start + count)
    ]


def _calls(count: int) -> list[tuple[str, Work, Any]]:
    """Return what is measured: its title, the call, and the answer; ``None`` for any."""
    records, some = _records(count), _records(5000)
    keyed = [{**row, "score": 1.0} for row in some]
    return [
        (f"insert_many of {count:,}", lambda db, _: db.insert_many("loaded", records), count),
        ("insert, one record", lambda db, n: db.insert("loaded", {"id": n, "subject": 1}), None),
        (
            "select by the column it is spread by, 200 records",
            lambda db, _: len(db.select("trials", where={"subject": 7})),
            count // SUBJECTS,
        ),
        ("select by id", lambda db, _: len(db.select("trials", where={"id": 7})), 1),
        (
            "mean by subject",
            lambda db, _: len(db.query("SELECT subject, avg(score) FROM trials GROUP BY subject")),
            SUBJECTS,
        ),
        (f"to_dataframe of {count:,}", lambda db, _: len(db.to_dataframe("trials")), count),
        (
            "update_many of 5,000 by the key",
            lambda db, _: db.update_many("trials", keyed, key=["id", "subject"]),
            5000,
        ),
        ("update with a condition", lambda db, _: db.update(
            "trials", {"score": 2.0}, where={"subject": 9}
        ), count // SUBJECTS),
    ]  # fmt: skip


@contextlib.contextmanager
def _turn(db: PostgreSQL, work: Work, wanted: Any) -> Iterator[Turn]:
    """Do one call, on an empty table where it stores."""
    db.execute("TRUNCATE loaded")

    def check(answers: list[Any]) -> None:
        if wanted is not None and answers != [wanted]:
            raise OtherWorkError(f"{answers} is not {wanted}")

    yield Turn([Piece(lambda: work(db, secrets.randbelow(1 << 40)))], check)


@contextlib.contextmanager
def _plain(params: dict[str, Any]) -> Iterator[PostgreSQL]:
    """Give a database of the same server in which there is no Citus."""
    name = f"plain_{secrets.token_hex(4)}"
    with contextlib.closing(psycopg2.connect(**params)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name}")
        try:
            with PostgreSQL(**{**params, "dbname": name}) as db:
                yield db
        finally:
            connection.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def _schema(params: dict[str, Any], *, distributed: bool) -> Iterator[PostgreSQL]:
    """Give a schema of the cluster, kept by one node or by the coordinator."""
    name = f"bench_{secrets.token_hex(4)}"
    with PostgreSQL(**params) as outer:
        outer.create_schema(name, distributed=distributed)
        try:
            with PostgreSQL(**params, schema=name) as db:
                yield db
        finally:
            outer.execute(f"DROP SCHEMA {name} CASCADE")


if __name__ == "__main__":
    main()

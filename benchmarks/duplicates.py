"""
What removing duplicates takes beside the bare statement, and what a fingerprint takes.

Run it with ``python benchmarks/duplicates.py``; SCALE=, ROUNDS=, SEED= and ONLY= are those of
README.md beside this file.  A tenth of a million records repeats another one.  Each turn deletes
in a transaction, of which the DELETE alone is timed, and rolls it back.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections.abc import Iterator
from functools import partial
from typing import Any

from measuring import Effort, Lane, OtherWorkError, Piece, Turn, take_turns
from places import postgresql_server, sqlite_folder
from reports import ratios, surroundings

from scitex.db import Database, PostgreSQL, SQLite3
from scitex.db.testing import temporary_postgres

RECORDS = 1_000_000
ROUNDS = 5
COLUMNS = {
    "id": "INTEGER PRIMARY KEY",
    "name": "TEXT",
    "n": "INTEGER",
    "x": "REAL",
    "ok": "BOOLEAN",
    "at": "TIMESTAMP",
}
ON = ("name", "n", "x")
BARE = {
    "sqlite": "rowid",
    "postgresql": "ctid",
}


def records(count: int) -> Iterator[dict[str, Any]]:
    """Yield records of which every tenth repeats the one before it."""
    start = dt.datetime(2025, 5, 30)  # noqa: DTZ001 - a column without a zone
    for number in range(count):
        said = number - 1 if number % 10 == 9 else number
        yield {
            "id": number + 1,
            "name": f"subject {said % 1000}",
            "n": said,
            "x": said / 7,
            "ok": number % 3 == 0,
            "at": start + dt.timedelta(seconds=number),
        }


def main() -> None:
    """Measure both engines, and print it as it comes."""
    effort = Effort.asked_for()
    count = effort.calls(RECORDS)
    with sqlite_folder() as files, temporary_postgres(durable=False) as server:
        print(surroundings(effort, packages=("scitex-db",), folder=files.folder.parent))
        with SQLite3(files.folder / "shots.db") as db:
            show("SQLite", db, count, effort)
        with (
            postgresql_server(server.params) as tables,
            tables.schema() as place,
            PostgreSQL(**server.params, schema=place.schema) as db,
        ):
            show(f"PostgreSQL {server.version}", db, count, effort)


def show(engine: str, db: Database, count: int, effort: Effort) -> None:
    """
    Measure one engine and print its tables.

    Parameters
    ----------
    engine : str
    db : Database
        An empty one.
    count : int
        How many records.
    effort : Effort
    """
    if not effort.wants(engine):
        return
    chance = random.Random(effort.seed)
    rounds = effort.turns(ROUNDS)
    db.create_table("shots", COLUMNS)
    db.insert_many("shots", records(count))
    if db.engine == "postgresql":
        db.execute("VACUUM ANALYZE shots")
    place, columns = BARE[db.engine], ", ".join(ON)
    table = db.storage._sessions.current().target("shots")
    numbered = (
        f"SELECT {place} AS place, row_number() OVER (PARTITION BY {columns} ORDER BY id) AS n "
        f"FROM {table}"
    )
    bare = (
        f"DELETE FROM {table} WHERE {place} IN "
        f"(SELECT place FROM ({numbered}) AS alike WHERE n > 1)"
    )
    lanes = [
        Lane("the bare DELETE", partial(_deleted, db, count, lambda: db.execute(bare).rowcount)),
        Lane(
            "delete_duplicates",
            partial(_deleted, db, count, lambda: db.delete_duplicates("shots", ON)),
        ),
    ]
    print(f"\n{engine}: removing {count // 10:,} of {count:,} records\n", flush=True)
    print(ratios(take_turns(lanes, rounds=rounds, chance=chance), per_turn=count))
    lanes = [
        Lane("reading all, unload", partial(_read, db)),
        Lane("fingerprint", partial(_hashed, db, count)),
    ]
    print(
        f"\n{engine}: a fingerprint of {count:,} records of {len(COLUMNS)} columns\n", flush=True
    )
    print(ratios(take_turns(lanes, rounds=rounds, chance=chance), per_turn=count))


@contextlib.contextmanager
def _deleted(db: Database, count: int, work: Any) -> Iterator[Turn]:
    """Delete in a transaction that is rolled back."""

    def check(answers: list[Any]) -> None:
        if answers != [count // 10]:
            raise OtherWorkError(f"{answers} were removed, not {count // 10}")

    db.begin_transaction()
    try:
        yield Turn([Piece(work)], check)
    finally:
        db.rollback()


@contextlib.contextmanager
def _read(db: Database) -> Iterator[Turn]:
    from scitex.db.domain.queries import Query

    def work() -> None:
        db.storage.unload(Query("shots"), take=lambda _piece: None)

    yield Turn([Piece(work)], lambda _answers: None)


@contextlib.contextmanager
def _hashed(db: Database, count: int) -> Iterator[Turn]:
    def check(answers: list[Any]) -> None:
        if answers[0].rows != count:
            raise OtherWorkError(f"{answers[0]} is of other records")

    yield Turn([Piece(lambda: db.fingerprint("shots"))], check)


if __name__ == "__main__":
    main()

"""
What it takes to read a large table in parts, by processes.

Run it with ``python benchmarks/parts.py``; SCALE= and ROUNDS= are those of README.md beside this
file.  Five million records of four columns are read whole: by the driver's fetchall, by one COPY
as text that pandas reads, by `to_dataframe`, and as parts by two processes that are there
already, of which each sends its frames back, or only a sum.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import psycopg2
from measuring import Effort, Lane, OtherWorkError, Piece, Turn, take_turns
from places import postgresql_server, sqlite_folder
from reports import ratios, surroundings

from scitex.db import Database, PostgreSQL, SQLite3, TablePart
from scitex.db.testing import temporary_postgres

RECORDS = 5_000_000
ROUNDS = 3
PROCESSES = 2
PARTS = 8
COLUMNS = {"id": "INTEGER PRIMARY KEY", "sensor": "INTEGER", "value": "REAL", "word": "TEXT"}


def main() -> None:
    """Measure both engines, and print it as it comes."""
    effort = Effort.asked_for()
    context = multiprocessing.get_context("spawn")
    with (
        sqlite_folder() as files,
        temporary_postgres(durable=False) as server,
        ProcessPoolExecutor(PROCESSES, context) as pool,
    ):
        print(surroundings(effort, packages=("scitex-db", "pandas"), folder=files.folder.parent))
        with (
            postgresql_server(server.params) as tables,
            tables.schema() as place,
            PostgreSQL(**server.params, schema=place.schema) as db,
        ):
            raw = [
                ("fetchall", partial(_fetched, server.params, place.schema)),
                ("COPY and read_csv", partial(_copied, server.params, place.schema)),
            ]
            show(f"PostgreSQL {server.version}", db, effort, pool, raw)
        with SQLite3(files.folder / "large.db") as db:
            connection = db.storage._sessions.current().connection
            raw = [("fetchall", lambda: _frame(connection.execute("SELECT * FROM large")))]
            show("SQLite", db, effort, pool, raw)


def show(
    engine: str, db: Database, effort: Effort, pool: ProcessPoolExecutor, raw: list[Any]
) -> None:
    """Measure one engine and print its table."""
    if not effort.wants(engine):
        return
    count, chance = effort.calls(RECORDS), random.Random(effort.seed)
    fill(db, count)
    lanes = [
        *(Lane(name, partial(_read, count, work)) for name, work in raw),
        Lane("to_dataframe", partial(_read, count, lambda: len(db.to_dataframe("large")))),
        Lane("parts, frames", partial(_read, count, partial(_in_parts, db, pool, length))),
        Lane("parts, a sum", partial(_read, count, partial(_in_parts, db, pool, total))),
        Lane(
            "the sum in SQL",
            partial(_read, count, lambda: db.query("SELECT count(id) AS n FROM large")[0]["n"]),
        ),
    ]
    found = take_turns(lanes, rounds=effort.turns(ROUNDS), chance=chance)
    print(f"\n{engine}: {count:,} records, {PARTS} parts, {PROCESSES} processes\n", flush=True)
    print(ratios(found, per_turn=count), flush=True)


def fill(db: Database, count: int) -> None:
    """Store many records."""
    db.create_table("large", COLUMNS)
    for start in range(0, count, 500_000):
        ids = np.arange(start, min(count, start + 500_000))
        words = np.char.add("word ", (ids % 1000).astype(str))
        frame = pd.DataFrame({"id": ids, "sensor": ids % 50, "value": ids / 7, "word": words})
        db.from_dataframe(frame, "large", if_exists="append")
    db.analyze()


def length(part: TablePart) -> pd.DataFrame:
    """Send a part's frame back."""
    return part.to_dataframe()


def total(part: TablePart) -> int:
    """Send back how many records a part has, having read them."""
    return len(part.to_dataframe())


def _in_parts(db: Database, pool: ProcessPoolExecutor, work: Any) -> int:
    found = list(pool.map(work, db.partitions("large", n=PARTS)))
    return len(pd.concat(found)) if work is length else sum(found)


def _frame(cursor: Any) -> int:
    names = [column[0] for column in cursor.description]
    return len(pd.DataFrame(cursor.fetchall(), columns=names))


def _fetched(params: dict[str, Any], schema: str) -> int:
    with contextlib.closing(psycopg2.connect(**params)) as connection:
        cursor = connection.cursor()
        cursor.execute(f'SELECT * FROM "{schema}".large')
        return _frame(cursor)


def _copied(params: dict[str, Any], schema: str) -> int:
    with contextlib.closing(psycopg2.connect(**params)) as connection:
        file = io.BytesIO()
        cursor = connection.cursor()
        cursor.copy_expert(f'COPY "{schema}".large TO STDOUT (FORMAT csv, HEADER)', file)
        file.seek(0)
        return len(pd.read_csv(file))


@contextlib.contextmanager
def _read(count: int, work: Any) -> Iterator[Turn]:
    def check(answers: list[Any]) -> None:
        if answers != [count]:
            raise OtherWorkError(f"{answers} records were read, not {count}")

    yield Turn([Piece(work)], check)


if __name__ == "__main__":
    main()

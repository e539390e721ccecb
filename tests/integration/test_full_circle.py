"""A table goes through every engine and every form, and comes back as it was."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import random
import uuid
from pathlib import Path
from typing import Any

import pytest

from scitex.db import PostgreSQL, SQLite3
from scitex.db.testing.postgres.database import ScratchSchema

COLUMNS = {
    "id": "INTEGER PRIMARY KEY",
    "name": "TEXT",
    "timestamp": "TIMESTAMP",
    "seen": "TIMESTAMPTZ",
    "day": "DATE",
    "accuracy": "REAL",
    "n": "INTEGER",
    "good": "BOOLEAN",
    "amount": "NUMERIC",
    "run": "UUID",
    "raw": "BLOB",
    "parameters": "JSON",
}
ROWS = 20_000
START = dt.datetime(2025, 5, 30)


def measured(number: int, chance: random.Random) -> dict[str, Any]:
    """Make a record whose values are of every sort, some of them missing."""
    found = {
        "name": chance.choice(["", "naïve 日本", 'say "hi"', "two\nlines", "007", f"s{number}"]),
        "timestamp": START + dt.timedelta(microseconds=chance.randrange(10**15)),
        "seen": (START + dt.timedelta(seconds=number)).replace(tzinfo=dt.UTC),
        "day": START.date() + dt.timedelta(days=number % 5000),
        "accuracy": chance.uniform(-1, 1) * 10.0 ** chance.randrange(-300, 300),
        "n": chance.randrange(-(2**63), 2**63),
        "good": chance.random() < 0.5,
        "amount": decimal.Decimal(chance.randrange(10**9)) / 8,
        "run": uuid.UUID(int=chance.getrandbits(128)),
        "raw": chance.randbytes(chance.randrange(9)),
        "parameters": {"lr": chance.random(), "tags": ["a", None]},
    }
    for name in COLUMNS:
        if chance.random() < 0.05:
            found[name] = None
    return {**found, "id": number}


@pytest.mark.thorough
@pytest.mark.engine("postgresql")
def test_every_cell_comes_back(tmp_path: Path, postgresql_schema: ScratchSchema) -> None:
    """SQLite, a DataFrame, PostgreSQL, CSV, and SQLite again: every cell is equal."""
    chance = random.Random(7)
    records = [measured(number, chance) for number in range(ROWS)]
    with (
        SQLite3(tmp_path / "first.db") as first,
        PostgreSQL(**postgresql_schema.params, schema=postgresql_schema.name) as server,
        SQLite3(tmp_path / "last.db") as last,
    ):
        for db in (first, server, last):
            db.create_table("runs", COLUMNS)
        first.insert_many("runs", records)
        frame = first.to_dataframe("runs", order_by="id")
        server.from_dataframe(frame, "runs", if_exists="append")
        server.export_to_csv("runs", tmp_path / "runs.csv.gz", order_by="id")
        last.import_from_csv("runs", tmp_path / "runs.csv.gz")
        found = [db.select("runs", order_by="id") for db in (first, server, last)]

    assert [json.dumps(each, default=repr) for each in found[0]] == [
        json.dumps(each, default=repr) for each in records_in_order(records)
    ]
    assert found[0] == found[1] == found[2]


def records_in_order(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return records with their columns in the table's order."""
    return [{name: record[name] for name in COLUMNS} for record in records]

"""Records that do not all name the same columns, as those of a JSON file do not."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from scitex.db import Database, PostgreSQL

COUNT = 400
RUNS = {
    "id": "INTEGER PRIMARY KEY",
    "loss": "REAL",
    "note": "TEXT",
    "kind": "TEXT DEFAULT 'plain'",
    "twice": "REAL GENERATED ALWAYS AS (loss * 2) STORED",
}


@pytest.fixture
def runs(lab: Database) -> Database:
    """Return a database with an empty table ``runs``."""
    lab.create_table("runs", RUNS)
    return lab


def ragged(first: int = 0) -> list[dict[str, Any]]:
    """Return records each of which names other columns than the one before."""
    return [
        {"id": first + n, "loss": n / 4} if n % 2 else {"id": first + n, "note": f"note {n}"}
        for n in range(COUNT)
    ]


@contextmanager
def counted(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Gather the statements that are run in the block."""
    told: list[str] = []
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "scitex.db"):
        yield told
    told += [record.getMessage() for record in caplog.records]


def test_inserting_takes_few_statements(runs: Database, caplog: pytest.LogCaptureFixture) -> None:
    """Where leaving a column out means no value, records share statements all the same."""
    with counted(caplog) as told:
        assert runs.insert_many("runs", ragged()) == COUNT

    assert len(told) < COUNT / 4
    assert runs.count("runs", where={"loss": None, "kind": "plain"}) == COUNT / 2


def test_updating_takes_a_statement_for_each(
    runs: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """The table is not described anew for each record."""
    runs.insert_many("runs", [{"id": n, "loss": -1.0, "note": "old"} for n in range(COUNT)])
    with counted(caplog) as told:
        assert runs.update_many("runs", ragged()) == COUNT

    assert len(told) < COUNT * 3 / 2
    assert runs.count("runs", where={"note": "old"}) == COUNT / 2


@pytest.mark.parametrize("policy", ["error", "ignore", "update"])
def test_what_is_left_out_takes_its_default(runs: Database, policy: Any) -> None:
    """A column that others name and a record does not has its default there, or stays."""
    runs.insert("runs", {"id": 1, "note": "there", "loss": 0.5})
    records = [{"note": "a", "kind": "x"}, {"loss": 1.0}, {"id": 9}, {"id": None, "note": "b"}]
    if policy != "error":
        records.append({"id": 1, "loss": 2.0})
    runs.insert_many("runs", records, on_conflict=policy)

    found = runs.select("runs", ["note", "loss", "kind", "twice"], order_by="loss, note, kind")
    there = 2.0 if policy == "update" else 0.5
    assert sorted(map(repr, found)) == sorted(
        map(
            repr,
            [
                {"note": "there", "loss": there, "kind": "plain", "twice": there * 2},
                {"note": None, "loss": 1.0, "kind": "plain", "twice": 2.0},
                {"note": "a", "loss": None, "kind": "x", "twice": None},
                {"note": "b", "loss": None, "kind": "plain", "twice": None},
                {"note": None, "loss": None, "kind": "plain", "twice": None},
            ],
        )
    )


def test_a_view_takes_its_tables_defaults(postgresql_db: PostgreSQL) -> None:
    """A view does not tell of the defaults behind it, so that nothing is given in their place."""
    postgresql_db.create_table(
        "runs", {"id": "INTEGER", "loss": "REAL DEFAULT 1.5", "note": "TEXT"}
    )
    postgresql_db.execute("CREATE VIEW seen AS SELECT * FROM runs")
    postgresql_db.insert_many("seen", [{"id": 1, "loss": 2.0}, {"id": 2, "note": "x"}])

    assert postgresql_db.select("runs", ["loss"], order_by="id") == [{"loss": 2.0}, {"loss": 1.5}]


def test_a_domain_brings_its_default(postgresql_db: PostgreSQL) -> None:
    """So does a type of its own."""
    postgresql_db.execute("CREATE DOMAIN score AS integer DEFAULT 7")
    postgresql_db.execute("CREATE TABLE runs (id bigint PRIMARY KEY, score score, note text)")
    postgresql_db.insert_many("runs", [{"id": 1, "score": 2}, {"id": 2, "note": "x"}])

    assert postgresql_db.select("runs", ["score"], order_by="id") == [{"score": 2}, {"score": 7}]


def test_a_second_number_is_given(postgresql_db: PostgreSQL) -> None:
    """A sequence is a default, also in a column that may be empty."""
    postgresql_db.execute("CREATE TABLE runs (id bigint PRIMARY KEY, place serial, note text)")
    postgresql_db.execute("ALTER TABLE runs ALTER COLUMN place DROP NOT NULL")
    postgresql_db.execute("ALTER TABLE runs ADD COLUMN turn serial")
    postgresql_db.execute("ALTER TABLE runs ALTER COLUMN turn DROP NOT NULL")
    records = [{"id": 1, "place": 9, "turn": 9}, {"id": 2, "note": "x"}, {"id": 3, "turn": None}]
    postgresql_db.insert_many("runs", records)
    found = postgresql_db.select("runs", ["place", "turn"], order_by="id")

    assert [row["place"] for row in found] == [9, 10, 11]
    assert [row["turn"] for row in found] == [9, 1, None]

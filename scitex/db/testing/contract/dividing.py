"""Laws about tables that are kept in parts: every call works there, and nothing is lost."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scitex.db import ALL_ROWS, Capability, Database, by_hash, by_range, inspect
from scitex.db.domain.errors import (
    DataError,
    DuplicateKeyError,
    InterfaceError,
    SchemaError,
    TableNotFoundError,
    UnsupportedFeatureError,
)
from scitex.db.domain.partitions import Partition, PartitionBy, Partitioned
from scitex.db.domain.tables import ColumnSpec, TableSpec
from scitex.db.testing.contract.ground import Laws, ids, needs

PARTED = TableSpec(
    "parted",
    [ColumnSpec("id", "INTEGER"), ColumnSpec("n", "INTEGER"), ColumnSpec("v", "REAL")],
    primary_key=("id", "n"),
)
TRIALS = {
    "id": "INTEGER PRIMARY KEY",
    "subject": "TEXT NOT NULL",
    "at": "TIMESTAMP NOT NULL",
    "score": "REAL",
    "raw": "BLOB",
}
START = dt.datetime(2025, 1, 1)
YEARS = [dt.datetime(year, 1, 1) for year in (2025, 2026, 2027)]
WAYS = [
    pytest.param(lambda: by_range("at", YEARS), id="range"),
    pytest.param(lambda: by_hash("subject", 3), id="hash"),
]
Way = Callable[[], PartitionBy]


def trials(count: int = 40) -> list[dict[str, Any]]:
    """Return trials of five subjects over two years."""
    return [
        {
            "subject": f"s{n % 5}",
            "at": START + dt.timedelta(days=n * 700 // count),
            "score": n / 4,
            "raw": bytes([n % 256]) * 3,
        }
        for n in range(count)
    ]


class PartitionLaws(Laws):
    """Tables are kept in parts, or it is said that they are not."""

    def test_a_table_in_parts(self, db: Database) -> None:
        """Records go where they belong; a part is removed with what is in it."""
        with needs(db, Capability.PARTITIONS):
            db.storage.create_partitioned(PARTED, by_range("n"))
            db.storage.create_partitioned(PARTED, by_range("n"))
            parts = (Partition("below", None, 0), Partition("above", 0, 100))
            for part in (*reversed(parts), *parts):
                db.storage.add_partition("parted", part)

            db.insert_many("parted", [{"id": n, "n": n} for n in (-5, 0, 99)])

            assert db.storage.partitioned("parted") == Partitioned(("n",), parts)
            assert db.list_tables() == ["parted"]
            assert [db.count(name) for name in ("parted", "below", "above")] == [3, 1, 2]
            db.storage.drop_partition("parted", "above")
            assert [row["id"] for row in db.select("parted")] == [-5]

    def test_what_has_no_part_is_refused(self, db: Database) -> None:
        """A record for which there is none, one that overlaps, and a name that is taken."""
        with needs(db, Capability.PARTITIONS):
            db.create_table(PARTED, partition_by="n")
            db.create_table("other", {"id": "INTEGER"})
            assert db.add_partition("parted", 0, 10, name="some") == "some"

            with pytest.raises(DataError, match="no part of table 'parted': n = 10") as caught:
                db.insert("parted", {"id": 1, "n": 10})
            assert (caught.value.table, caught.value.column) == ("parted", "n")
            with pytest.raises(DataError, match="no part of table 'parted': n = 10"):
                db.insert_many("parted", [{"id": 1, "n": 5}, {"id": 2, "n": 10}])
            with pytest.raises(SchemaError, match="overlap"):
                db.add_partition("parted", 9, 20)
            with pytest.raises(SchemaError, match="other"):
                db.add_partition("parted", 10, 20, name="other")
            with pytest.raises(SchemaError, match="another part 'some'"):
                db.add_partition("parted", 0, 11, name="some")
            with pytest.raises(SchemaError, match=r"no part 'other'(.|\n)*are some"):
                db.drop_partition("parted", "other")
            with pytest.raises(DataError, match="soon"):
                db.add_partition("parted", "soon", None)
            assert db.count("parted") == 0
            assert db.list_tables() == ["other", "parted"]

    def test_a_whole_table_has_none(self, db: Database) -> None:
        """That can be asked of every engine."""
        db.create_table("whole", {"id": "INTEGER PRIMARY KEY"})

        assert db.get_partitioning("whole") is None
        assert inspect(db).get_partitions("whole") == []
        if Capability.PARTITIONS in db.capabilities:
            with pytest.raises(TableNotFoundError):
                db.get_partitioning("hole")
            with pytest.raises(SchemaError, match="not kept in parts"):
                db.add_partition("whole", 1, 2)

    @pytest.mark.parametrize("way", WAYS)
    def test_keys_of_a_table_in_parts(self, db: Database, way: Way) -> None:
        """They have its column among theirs; what numbered the records does so still."""
        with needs(db, Capability.PARTITIONS):
            asked = way()
            db.create_table("trials", TRIALS, unique=["score"], partition_by=asked)
            db.create_table("trials", TRIALS, unique=["score"], partition_by=asked)

            spec = db.get_table("trials")
            assert spec.primary_key == ("id", asked.column)
            assert spec.unique == (("score", asked.column),)
            given = trials(7)
            assert db.insert("trials", given[0]) == (1, given[0][asked.column])
            assert db.insert_many("trials", given[1:]) == 6
            assert sorted(ids(db.select("trials"))) == [1, 2, 3, 4, 5, 6, 7]
            with pytest.raises(DuplicateKeyError):
                db.insert("trials", {**given[0], "id": 99})
            found = db.get_partitioning("trials")
            assert found is not None
            assert (found.how, found.columns) == (asked.how, (asked.column,))
            assert [part.name for part in found.parts] == [
                f"trials_p{n}" for n in range(len(found.parts))
            ]
            assert sum(db.count(part.name) for part in found.parts) == 7

    def test_a_table_that_is_kept_otherwise(self, db: Database) -> None:
        """It is told how; what is there is left alone."""
        with needs(db, Capability.PARTITIONS):
            db.create_table("whole", {"id": "INTEGER", "n": "INTEGER"})
            db.create_table("parts", {"id": "INTEGER", "n": "INTEGER"}, partition_by="n")
            with pytest.raises(SchemaError, match="is kept whole, not in 4 parts by hash of n"):
                db.create_table(
                    "whole", {"id": "INTEGER", "n": "INTEGER"}, partition_by=by_hash("n", 4)
                )
            with pytest.raises(SchemaError, match="by range of n, not in other parts by range"):
                db.create_table("parts", {"id": "INTEGER", "n": "INTEGER"}, partition_by="id")
            columns = {"id": "INTEGER", "n": "INTEGER"}
            db.create_table("parts", columns, partition_by=by_range("n", [0, 10]))
            db.create_table("parts", columns, partition_by=by_range("n", [0, 10]))
            with pytest.raises(SchemaError, match="in 1 parts"):
                db.create_table("parts", columns, partition_by=by_range("n", [0, 20]))
            assert db.list_tables() == ["parts", "whole"]

    def test_edges_that_make_no_ranges(self, db: Database) -> None:
        """They are refused with words, and no table is made."""
        with pytest.raises(SchemaError, match="make no ranges"):
            by_range("n", [5])
        with pytest.raises(SchemaError, match="make no ranges"):
            by_range("n", [1, None, 5])
        for edge in (5, "ab"):
            with pytest.raises(SchemaError, match="make no ranges"):
                by_range("n", edge)  # type: ignore[arg-type]  # as somebody may
        for n in (0, -1, 1.5, 3.0, True, 5000):
            with pytest.raises(SchemaError, match="from 1 to 1,000"):
                by_hash("n", n)  # type: ignore[arg-type]  # as somebody may
        with needs(db, Capability.PARTITIONS):
            for edges in ([5, 1], [1, 1], ["a", "b"], [0, 5, 3]):
                with pytest.raises((SchemaError, DataError)):
                    db.create_table("t", {"n": "INTEGER"}, partition_by=by_range("n", edges))
            assert db.list_tables() == []
        with pytest.raises(InterfaceError, match="is no column"):
            db.create_table("t", {"n": "INTEGER"}, partition_by=("n",))  # type: ignore[arg-type]
        with pytest.raises(InterfaceError, match="distribute_by"):
            db.create_table("t", {"n": "INTEGER"}, colocate_with="other")

    def test_a_missing_value_is_no_bound(self, db: Database) -> None:
        """It is told where it was given, and not taken for no bound at all."""
        with needs(db, Capability.PARTITIONS):
            db.create_table("t", {"at": "TIMESTAMP", "x": "REAL"}, partition_by="at")
            for bounds in ((START, pd.NaT), (pd.NaT, None)):
                with pytest.raises(DataError, match=r"NaT does not fit column 'at'.*of table 't'"):
                    db.add_partition("t", *bounds)
            edges = by_range("x", [1.0, math.nan, None])
            with pytest.raises(DataError, match=r"nan does not fit column 'x'.*of table 'u'"):
                db.create_table("u", {"x": "REAL"}, partition_by=edges)
            assert db.list_tables() == ["t"]
            assert db.get_partitioning("t") == Partitioned(("at",))

    def test_ranges_of_text(self, db: Database) -> None:
        """Quotes in an edge are part of it."""
        with needs(db, Capability.PARTITIONS):
            edges = [None, "o'brien", "z\"(x) TO ('\\", None]
            db.create_table("t", {"name": "TEXT"}, partition_by=by_range("name", edges))

            db.insert_many("t", [{"name": name} for name in ("a", "o'brien", "z", "zz")])

            found = db.get_partitioning("t")
            assert found is not None
            assert [(part.low, part.high) for part in found.parts] == [
                (None, edges[1]), (edges[1], edges[2]), (edges[2], None),
            ]  # fmt: skip
            assert [db.count(part.name) for part in found.parts] == [1, 2, 1]

    @pytest.mark.parametrize("way", WAYS)
    def test_calls_on_a_table_in_parts(self, db: Database, way: Way) -> None:
        """Changing, moving to another part, upserts, arrays and removing, as on any table."""
        with needs(db, Capability.PARTITIONS):
            asked = way()
            db.create_table("trials", TRIALS, partition_by=asked)
            db.insert_many("trials", trials())
            before = db.select("trials", order_by="id")
            whole = db.fingerprint("trials")

            moved = {"subject": "s9", "at": dt.datetime(2026, 12, 31)}
            assert db.update("trials", moved, where={"id": 1}) == 1
            assert db.select("trials", ["subject", "at"], where={"id": 1}) == [moved]
            assert db.update_many("trials", before, key="id") == 40
            assert db.fingerprint("trials") == whole
            key = ["id", asked.column]
            changed = [{**row, "score": 0.0} for row in before[:10]]
            db.insert_many("trials", changed, on_conflict="update", conflict_columns=key)
            assert db.count("trials", where={"score": 0.0}) == 10
            assert db.delete("trials", where="id > ?", params=[30]) == 10
            array = np.arange(600.0).reshape(30, 20)
            new = {"subject": "s1", "at": START}
            at = db.store_array("trials", {**new, "raw": array})
            row = {"id": at[0]}
            found = db.get_array("trials", "raw", where=row)
            assert found is not None
            assert np.array_equal(found, array)
            part = db.get_array("trials", "raw", where=row, rows=slice(3, 5))
            assert part is not None
            assert np.array_equal(part, array[3:5])
            assert db.delete("trials", where=ALL_ROWS) == 31

    @pytest.mark.parametrize("way", WAYS)
    @pytest.mark.parametrize("keyed", [True, False])
    def test_duplicates_in_a_table_in_parts(self, db: Database, way: Way, keyed: bool) -> None:
        """Just those go, though the places of records repeat between the parts."""
        with needs(db, Capability.PARTITIONS):
            columns = dict(TRIALS) if keyed else {**TRIALS, "id": "INTEGER"}
            db.create_table("trials", columns, partition_by=way())
            once = trials()
            given = [{**row, "id": n} for n, row in enumerate(once + once[::3] + once[::4])]
            db.insert_many("trials", given)

            on = ["subject", "at", "score", "raw"]
            assert db.delete_duplicates("trials", on=on) == 24
            left = db.select("trials", on, order_by="score")
            assert left == once
            assert db.delete_duplicates("trials", on="subject", keep=("newest", "at")) == 35
            assert [row["score"] for row in db.select("trials", order_by="score")] == [
                8.75, 9.0, 9.25, 9.5, 9.75,
            ]  # fmt: skip

    @pytest.mark.parametrize("way", WAYS)
    def test_backups_keep_the_parts(self, db: Database, tmp_path: Path, way: Way) -> None:
        """A database and a table come back in parts, proven like any other."""
        with needs(db, Capability.PARTITIONS):
            db.create_table("trials", TRIALS, partition_by=way())
            db.create_index("trials", "score")
            db.insert_many("trials", trials())
            parts, whole = db.get_partitioning("trials"), db.fingerprint("trials")
            assert parts is not None
            held = [db.count(part.name) for part in parts.parts]
            made = db.backup_database(tmp_path / "lab.sql")
            table = db.backup_table("trials", tmp_path / "trials.sql")

            for restore in ("database", "table", "table of a database"):
                db.delete("trials", where="score > ?", params=[3])
                if restore == "database":
                    db.restore_database(made.path)
                else:
                    db.restore_table("trials", table.path if restore == "table" else made.path)
                assert db.get_partitioning("trials") == parts
                assert [db.count(part.name) for part in parts.parts] == held
                assert db.fingerprint("trials") == whole
                assert [index.columns for index in db.list_indexes("trials")] == [("score",)]
                assert db.insert("trials", trials(1)[0])[0] > 40
                db.delete("trials", where="id > 40")

    @pytest.mark.parametrize("way", WAYS)
    def test_inspection_tells_the_parts(self, db: Database, way: Way) -> None:
        """Each with what it takes; the SQL makes the table anew with them."""
        with needs(db, Capability.PARTITIONS):
            db.create_table("trials", TRIALS, partition_by=way())
            inspector = inspect(db)
            told = inspector.get_partitions("trials")
            sql = inspector.get_create_table_sql("trials")
            found = db.get_partitioning("trials")

            assert [part["name"] for part in told] == [f"trials_p{n}" for n in range(len(told))]
            assert all(part["sql"].startswith("FOR VALUES") for part in told)
            if told[0]["how"] == "range":
                assert (told[0]["low"], told[0]["high"]) == (YEARS[0], YEARS[1])
            else:
                assert [(part["modulus"], part["remainder"]) for part in told] == [
                    (3, 0), (3, 1), (3, 2),
                ]  # fmt: skip
            db.drop_table("trials")
            for statement in sql.split(";\n"):
                db.execute(statement)
            assert db.get_partitioning("trials") == found

    def test_a_table_in_parts_changes(self, db: Database) -> None:
        """Columns come and go; it is renamed; it goes with its parts."""
        with needs(db, Capability.PARTITIONS):
            db.create_table("trials", TRIALS, partition_by=by_hash("subject", 2))
            db.insert_many("trials", trials(10))
            db.add_column("trials", "note", "TEXT")
            db.update("trials", {"note": "x"}, where={"subject": "s1"})
            db.rename_column("trials", "note", "remark")
            db.drop_column("trials", "score")
            db.rename_table("trials", "tests")
            assert db.count("tests", where={"remark": "x"}) == 2
            found = db.get_partitioning("tests")
            assert found is not None
            assert [part.name for part in found.parts] == ["trials_p0", "trials_p1"]
            db.drop_table("tests")
            assert db.list_tables() == []
            db.create_table("trials", TRIALS, partition_by=by_hash("subject", 2))

    def test_words_in_a_table_in_parts(self, db: Database) -> None:
        """A search finds the records of all parts."""
        with needs(db, Capability.PARTITIONS):
            db.create_table("trials", TRIALS, partition_by=by_hash("subject", 3))
            db.enable_search("trials", ["subject"])
            db.insert_many("trials", trials())
            assert len(db.search("trials", "s3")) == 8

    def test_no_cluster(self, db: Database) -> None:
        """What needs several machines is refused with a way out, and nothing is made."""
        if db.cluster is not None:
            pytest.skip("a cluster, whose laws are elsewhere")
        db.create_table("there", {"id": "INTEGER PRIMARY KEY", "n": "INTEGER"})
        calls: tuple[Callable[[], None], ...] = (
            lambda: db.distribute("there", "id"),
            lambda: db.undistribute("there"),
            lambda: db.reference_table("there"),
            lambda: db.create_schema("lab_no_cluster", distributed=True),
            lambda: db.create_table("t", {"id": "INTEGER"}, distribute_by="id"),
        )
        for call in calls:
            with pytest.raises(UnsupportedFeatureError) as caught:
                call()
            assert caught.value.hint
        assert db.list_tables() == ["there"]

"""The documented calls, each tried on a table, whatever keeps it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd

from scitex.db import (
    DatabaseSync,
    DuplicateKeyError,
    ExperimentTracker,
    PostgreSQL,
    SQLite3,
    TimeSeriesDB,
    array_to_bytes,
    by_range,
    col,
    copy_database,
    inspect,
    schema_diff,
    verify_backup,
)

TABLE = {
    "id": "INTEGER PRIMARY KEY",
    "subject": "TEXT NOT NULL",
    "score": "REAL CHECK (score >= 0)",
    "config": "JSON",
    "raw": "BLOB",
}
SUBJECTS = 5
COUNT = 60


def rows(count: int = COUNT, *, start: int = 1) -> list[dict[str, Any]]:
    """Return trials of five subjects."""
    return [
        {
            "id": n,
            "subject": f"s{n % SUBJECTS}",
            "score": n / 4,
            "config": {"lr": n / 100, "name": f"run {n}"},
            "raw": bytes([n % 256]) * 5,
        }
        for n in range(start, start + count)
    ]


@attrs.frozen
class Ground:
    """
    Where a call is tried.

    Attributes
    ----------
    db : PostgreSQL
        Its table ``trials`` has a few records.
    key : list of str
        The table's primary key.
    folder : Path
    spread : str or None
        The column that further tables are to be distributed by.
    again : callable
        Opens the same schema once more.
    """

    db: PostgreSQL
    key: list[str]
    folder: Path
    spread: str | None
    again: Callable[[], PostgreSQL]

    def make(self, name: str, **facts: Any) -> None:
        """Make another table of the same kind."""
        self.db.create_table(name, TABLE, distribute_by=self.spread, **facts)


Call = Callable[[Ground], object]
CALLS: dict[str, Call] = {}


def call(name: str) -> Callable[[Call], Call]:
    """Note what tries a call; it raises where the answer is wrong."""

    def noted(function: Call) -> Call:
        CALLS[name] = function
        return function

    return noted


def same(found: object, wanted: object) -> None:
    """Raise where an answer is another one than on one machine."""
    if found != wanted:
        raise AssertionError(f"{found!r} is not {wanted!r}")


@call("`create_table`, `drop_table`")
def _tables(at: Ground) -> None:
    at.make("more", unique=["score"])
    at.make("more", unique=["score"])
    at.db.drop_table("more")
    same(at.db.list_tables(), ["trials"])


@call("`create_table` with a foreign key on the distribution column")
def _reference(at: Ground) -> None:
    columns = {"id": "INTEGER PRIMARY KEY", "subject": "TEXT NOT NULL"}
    keys = {"primary_key": ["subject"]}
    at.db.create_table("subjects", {"subject": "TEXT"}, **keys, distribute_by=at.spread)
    near = {"distribute_by": at.spread, "colocate_with": "subjects"} if at.spread else {}
    at.db.create_table("visits", columns, foreign_keys={"subject": "subjects"}, **near)
    at.db.insert("subjects", {"subject": "s1"})
    at.db.insert("visits", {"subject": "s1"})


@call("`create_table` with a foreign key on another column")
def _other_reference(at: Ground) -> None:
    columns = {"id": "INTEGER PRIMARY KEY", "subject": "TEXT", "trial": "INTEGER"}
    if len(at.key) == 1:
        key = {"trial": "trials.id"}
        at.db.create_table("notes", columns, foreign_keys=key, distribute_by=at.spread)
        return
    text = 'CREATE TABLE notes (id bigint, subject text COLLATE "C", trial bigint)'
    at.db.execute(text)
    at.db.distribute("notes", "subject", colocate_with="trials")
    at.db.execute("ALTER TABLE notes ADD FOREIGN KEY (trial) REFERENCES trials (id)")


@call("`add_column`, `rename_column`, `drop_column`")
def _columns(at: Ground) -> None:
    at.db.add_column("trials", "note", "TEXT DEFAULT 'x'")
    at.db.rename_column("trials", "note", "remark")
    same(at.db.count("trials", where={"remark": "x"}), COUNT)
    at.db.drop_column("trials", "remark")


@call("`rename_table`")
def _rename(at: Ground) -> None:
    at.db.rename_table("trials", "tests")
    same(at.db.count("tests"), COUNT)


@call("`create_index`, `list_indexes`, `drop_index`")
def _indexes(at: Ground) -> None:
    name = at.db.create_index("trials", ["score"])
    same([index.name for index in at.db.list_indexes("trials")], [name])
    at.db.drop_index("trials", name)
    at.db.create_index("trials", [col("config")["lr"]])


@call("`create_index(unique=True)` of the distribution column and another")
def _unique_with(at: Ground) -> None:
    at.db.create_index("trials", ["subject", "score"], unique=True)


@call("`create_index(unique=True)` of another column")
def _unique_without(at: Ground) -> None:
    at.db.create_index("trials", ["score"], unique=True)


@call("`insert`, numbered by itself")
def _insert(at: Ground) -> None:
    key = at.db.insert("trials", {"subject": "s1", "score": 3.0})
    number = key if len(at.key) == 1 else dict(zip(at.key, key, strict=True))["id"]
    same(number, COUNT + 1)


@call("`insert_many`, 5,000 records")
def _insert_many(at: Ground) -> None:
    same(at.db.insert_many("trials", rows(5000, start=1000)), 5000)
    same(at.db.count("trials"), 5000 + COUNT)


@call('`insert_many(on_conflict="update")` by the key')
def _upsert(at: Ground) -> None:
    given = [{**row, "score": 1.0} for row in rows(COUNT + 5000)]
    at.db.insert_many("trials", given, on_conflict="update", conflict_columns=at.key)
    same(at.db.count("trials", where={"score": 1.0}), COUNT + 5000)


@call('`insert_many(on_conflict="ignore")`')
def _ignore(at: Ground) -> None:
    same(at.db.insert_many("trials", rows(COUNT + 3), on_conflict="ignore"), 3)


@call("`select` with conditions, order, limits; `count`, `exists`, `iter_select`")
def _select(at: Ground) -> None:
    found = at.db.select("trials", ["id"], where=col("score") > 10, order_by="id", limit=3)
    same([row["id"] for row in found], [41, 42, 43])
    same(len(list(at.db.iter_select("trials"))), COUNT)
    same(at.db.exists("trials", where={"subject": "s9"}), False)
    same(at.db.count("trials", where=col("config")["lr"] < 0.105), 10)


@call("`update` and `delete` with a condition")
def _change(at: Ground) -> None:
    same(at.db.update("trials", {"score": 0.0}, where={"subject": "s1"}), COUNT // SUBJECTS)
    same(at.db.update("trials", {"score": 0.5}, where="id > ?", params=[50]), 10)
    same(at.db.delete("trials", where={"id": [1, 2, 3]}), 3)


@call("`update` of the distribution column")
def _move(at: Ground) -> None:
    at.db.update("trials", {"subject": "s9"}, where={"id": 1})


@call("`update_many` by the key, 60 and 5,000 records")
def _update_many(at: Ground) -> None:
    some = [{name: row[name] for name in {*at.key, "id"}} for row in rows()]
    same(at.db.update_many("trials", [{**row, "score": 7.0} for row in some], key=at.key), COUNT)
    at.db.insert_many("trials", rows(5000, start=1000))
    many = [{name: row[name] for name in {*at.key, "id"}} for row in rows(5000, start=1000)]
    same(at.db.update_many("trials", [{**row, "score": 8.0} for row in many], key=at.key), 5000)
    same(at.db.count("trials", where={"score": 8.0}), 5000)


@call("`update_many` by `id` alone")
def _update_by_id(at: Ground) -> None:
    given = [{"id": row["id"], "score": 7.0} for row in rows()]
    same(at.db.update_many("trials", given, key="id"), COUNT)


@call("`update_json`, conditions inside JSON")
def _json(at: Ground) -> None:
    same(at.db.update_json("trials", "config", ["lr"], 0.5, where={"id": 7}), 1)
    same(at.db.count("trials", where=col("config")["lr"] == 0.5), 2)


@call("`transaction()`, blocks in blocks, an error that undoes one call")
def _transactions(at: Ground) -> None:
    with at.db.transaction():
        at.db.insert("trials", {"subject": "s1", "score": 3.0})
        try:
            with at.db.transaction():
                at.db.delete("trials", where="id < ?", params=[50])
                at.db.insert("trials", rows(1, start=55)[0])
        except DuplicateKeyError:
            pass
    same(at.db.count("trials"), COUNT + 1)


@call("`query`, `execute` with SQL of one's own")
def _sql(at: Ground) -> None:
    found = at.db.query("SELECT subject, avg(score) AS m FROM trials GROUP BY subject ORDER BY 1")
    same(len(found), SUBJECTS)
    same(at.db.execute("UPDATE trials SET score = score + 1 WHERE id = ?", [1]).rowcount, 1)


@call("`query` of a join on another column")
def _join(at: Ground) -> None:
    at.make("others")
    at.db.insert_many("others", rows(10))
    sql = "SELECT count(*) AS n FROM trials t JOIN others o ON o.score = t.score"
    same(at.db.query(sql), [{"n": 10}])


@call("`explain`")
def _explain(at: Ground) -> None:
    same("trials" in str(at.db.explain("trials", where={"id": 3})), True)
    same(at.db.explain("trials", where={"score": 3.0}).full_scans, ("trials",))


@call("`to_dataframe`, `from_dataframe` append and replace")
def _frames(at: Ground) -> None:
    frame = at.db.to_dataframe("trials", order_by="id")
    same(len(frame), COUNT)
    at.db.from_dataframe(
        pd.DataFrame({"id": [999], "subject": ["s1"], "score": [1.0]}),
        "trials",
        if_exists="append",
    )
    same(at.db.count("trials"), COUNT + 1)
    at.db.from_dataframe(frame[["id", "subject"]], "copied", if_exists="replace")
    same(at.db.count("copied"), COUNT)


@call("`export_to_csv`, `import_from_csv`")
def _csv(at: Ground) -> None:
    path = at.folder / "trials.csv"
    at.db.export_to_csv("trials", path)
    whole = at.db.fingerprint("trials")
    at.db.delete("trials", where="id > ?", params=[0])
    same(at.db.import_from_csv("trials", path), COUNT)
    same(at.db.fingerprint("trials"), whole)


@call("`store_array`, `get_array`, `get_blob`")
def _arrays(at: Ground) -> None:
    array = np.arange(60_000.0).reshape(300, 200)
    at.db.store_array("trials", {"id": 500, "subject": "s1", "raw": array})
    part = at.db.get_array("trials", "raw", where={"id": 500}, rows=slice(5, 7))
    same(np.array_equal(np.asarray(part), array[5:7]), True)
    same(bytes(at.db.get_blob("trials", "raw", where={"id": 5}) or b""), bytes([5]) * 5)
    same(len(array_to_bytes(array)) > array.nbytes, True)


@call("`delete_duplicates`")
def _duplicates(at: Ground) -> None:
    again = [{**row, "id": row["id"] + 100} for row in rows(20)]
    at.db.insert_many("trials", again)
    same(at.db.delete_duplicates("trials", on=["subject", "score"]), 20)
    same(at.db.count("trials"), COUNT)


@call("`enable_search`, `search`")
def _search(at: Ground) -> None:
    at.db.enable_search("trials", ["subject"])
    same(len(at.db.search("trials", "s3")), COUNT // SUBJECTS)


@call("`fingerprint`, the same as of any copy")
def _fingerprint(at: Ground) -> None:
    with SQLite3(":memory:") as other:
        other.create_table("trials", TABLE)
        other.insert_many("trials", rows())
        same(str(at.db.fingerprint("trials")), str(other.fingerprint("trials")))


@call("`get_stats`, `vacuum`, `analyze`, `optimize`, `doctor`")
def _upkeep(at: Ground) -> None:
    at.db.insert_many("trials", [{**row, "raw": bytes(2000)} for row in rows(2000, start=1000)])
    at.db.create_index("trials", "score", name="by_score")
    told = at.db.get_stats()["tables"]["trials"]
    same((told["rows"], told["bytes"] > 100_000), (2000 + COUNT, True))
    same(told["indexes"]["by_score"] > 10_000, True)
    at.db.vacuum("trials")
    at.db.analyze()
    at.db.optimize()
    same(at.db.doctor().ok, True)


@call("`inspect`, `column_profile`, `schema_diff`")
def _inspect(at: Ground) -> None:
    inspector = inspect(at.db)
    same(inspector.get_primary_keys("trials"), at.key)
    profile = inspector.column_profile("trials")
    same((profile["score"].mean, profile["subject"].distinct), (7.625, SUBJECTS))
    same("CREATE TABLE trials" in inspector.get_create_table_sql("trials"), True)
    same(bool(schema_diff(at.db, at.db)), False)


@call("`backup_database`, `verify_backup`, `restore_database`")
def _backup(at: Ground) -> None:
    made = at.db.backup_database(at.folder / "lab.sql.gz")
    whole, kept = at.db.fingerprint("trials"), at.db.storage.distribution("trials")
    verify_backup(made.path)
    at.db.delete("trials", where="id > ?", params=[10])
    at.db.restore_database(made.path)
    same(at.db.fingerprint("trials"), whole)
    found = at.db.storage.distribution("trials")
    same(found and (found.how, found.column), kept and (kept.how, kept.column))
    at.db.insert("trials", {"subject": "s1"})


@call("`backup_table`, `restore_table`")
def _backup_table(at: Ground) -> None:
    at.make("others")
    made = at.db.backup_table("trials", at.folder / "trials.sql")
    whole, kept = at.db.fingerprint("trials"), at.db.storage.distribution("trials")
    at.db.delete("trials", where="id > ?", params=[10])
    at.db.restore_table("trials", made.path)
    same(at.db.fingerprint("trials"), whole)
    found = at.db.storage.distribution("trials")
    same(found and (found.how, found.column), kept and (kept.how, kept.column))


@call("`copy_database` to SQLite")
def _copy(at: Ground) -> None:
    with SQLite3(at.folder / "copy.db") as other:
        copy_database(at.db, other)
        same(str(other.fingerprint("trials")), str(at.db.fingerprint("trials")))


def _synced(at: Ground, *, track: bool) -> None:
    with SQLite3(at.folder / "laptop.db") as local:
        local.create_table("trials", {**TABLE, "id": "INTEGER NOT NULL"}, primary_key=at.key)
        local.insert_many("trials", rows(10, start=200))
        with DatabaseSync(local, at.db, track=track) as sync:
            sync.sync_all(["trials"])
            at.db.update("trials", {"score": 1.5}, where={"id": 3})
            local.delete("trials", where={"id": 4})
            sync.sync_all(["trials"])
        same(str(local.fingerprint("trials")), str(at.db.fingerprint("trials")))
        same(local.count("trials"), COUNT + 9)


@call("`DatabaseSync`")
def _sync(at: Ground) -> None:
    _synced(at, track=False)


@call("`DatabaseSync(track=True)`")
def _sync_tracked(at: Ground) -> None:
    _synced(at, track=True)


@call("`ExperimentTracker`")
def _tracker(at: Ground) -> None:
    with ExperimentTracker(at.db) as tracker:
        for lr in (0.1, 0.2):
            tracker.log_run(f"run {lr}", {"lr": lr}, {"loss": lr / 2})
        best = tracker.get_best_runs("loss", 1, mode="min")
    same([run["run_id"] for run in best], ["run 0.1"])


@call("`TimeSeriesDB`, spread by sensor and in parts of time")
def _series(at: Ground) -> None:
    spread = at.spread is not None
    series = TimeSeriesDB(at.db, partition_by="month", distributed=spread)
    times = pd.date_range("2025-01-01", periods=1500, freq="h")
    for sensor in ("a", "b", "c"):
        frame = pd.Series(np.arange(1500.0), index=times)
        same(series.insert_readings(sensor, frame).inserted, 1500)
    same(series.insert_readings("a", pd.Series([9.0], index=times[:1])).updated, 1)
    same(len(series.resample("b", every="1d")), 63)
    same(series.retain(dt.datetime(2025, 2, 1)), 3 * 744)
    same(at.db.count("timeseries"), 3 * 756)


@call("`partitions()`, read by workers")
def _parts(at: Ground) -> None:
    parts = at.db.partitions("trials", on="id", n=4)
    same(sum(len(part.to_dataframe()) for part in parts), COUNT)


@call("`partitions(snapshot=True)`")
def _parts_of_one_moment(at: Ground) -> None:
    with at.db.partitions("trials", on="id", n=4, snapshot=True) as parts:
        at.db.delete("trials", where={"id": 1})
        same(sum(part.count() for part in parts), COUNT)


@call("`create_table(partition_by=)`")
def _divided(at: Ground) -> None:
    columns = {"id": "INTEGER PRIMARY KEY", "subject": "TEXT NOT NULL", "n": "INTEGER NOT NULL"}
    by = by_range("n", [0, 10, 20])
    at.db.create_table("parts", columns, partition_by=by, distribute_by=at.spread)
    at.db.insert_many("parts", [{"subject": f"s{n}", "n": n} for n in range(20)])
    at.db.add_partition("parts", 20, 30)
    at.db.insert("parts", {"subject": "s1", "n": 25})
    again = [{"subject": f"s{n}", "n": n} for n in range(5, 15)]
    at.db.insert_many("parts", again)
    same(at.db.delete_duplicates("parts", on=["subject", "n"]), 10)
    at.db.drop_partition("parts", "parts_p0")
    same(at.db.count("parts"), 11)


@call('`execute("CREATE TRIGGER ...")`')
def _trigger(at: Ground) -> None:
    at.db.execute(
        "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
    )
    at.db.execute(
        "CREATE TRIGGER t BEFORE INSERT ON trials FOR EACH ROW EXECUTE FUNCTION nothing()"
    )

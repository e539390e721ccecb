"""A Citus cluster: what is spread over it, and what it does with every documented call."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest

from scitex.db import (
    Error,
    ForeignKey,
    ForeignKeyError,
    PostgreSQL,
    SchemaError,
    UnsupportedFeatureError,
    by_range,
    verify_backup,
)
from scitex.db.testing.postgres.database import Database, ScratchSchema
from tests.integration.citus_calls import CALLS, TABLE, Ground, rows
from tests.integration.clusters import spread_schema

pytestmark = [pytest.mark.citus, pytest.mark.engine("citus")]

KINDS = ("plain", "distributed schema", "distributed table")
PAGE = Path(__file__).parents[2] / "docs" / "citus.md"


@contextmanager
def ground(database: Database, kind: str, folder: Path) -> Iterator[Ground]:
    """Give a table of a kind, in a schema of its own."""
    with ExitStack() as stack:
        schemas = spread_schema if kind == "distributed schema" else Database.schema
        schema: ScratchSchema = stack.enter_context(schemas(database))
        db = stack.enter_context(PostgreSQL(**schema.params, schema=schema.name, timeout=20))
        spread = "subject" if kind == "distributed table" else None
        db.create_table("trials", TABLE, distribute_by=spread)
        db.insert_many("trials", rows())
        again = partial(PostgreSQL, **schema.params, schema=schema.name)
        yield Ground(db, ["id", "subject"] if spread else ["id"], folder, spread, again)


def outcome(database: Database, kind: str, name: str, folder: Path) -> str:
    """Say what became of a call: that it works, or the error."""
    with ground(database, kind, folder) as at:
        try:
            CALLS[name](at)
        except Error as error:
            told = re.sub(r"t_[0-9a-f]{12}|_\d{6,}|/\S+/", "", error.message)
            return f"`{type(error).__name__}`: {told}".replace("\n", " ").replace("|", "/")
    return "works"


def told_by_the_page() -> dict[str, list[str]]:
    """Read the table of the page."""
    lines = PAGE.read_text().splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]
    return {name: [cell.strip() for cell in rest] for name, *rest in cells}


@pytest.mark.parametrize("name", CALLS)
def test_a_documented_call(citus_database: Database, tmp_path: Path, name: str) -> None:
    """On each kind of table it does what the page tells."""
    found = []
    for kind in KINDS:
        folder = tmp_path / kind.replace(" ", "_")
        folder.mkdir()
        found.append(outcome(citus_database, kind, name, folder))

    assert found == told_by_the_page().get(name), f"| {name} | {' | '.join(found)} |"


@pytest.fixture
def lab(citus_database: Database, tmp_path: Path) -> Iterator[Ground]:
    """Return a table that is spread by subject."""
    with ground(citus_database, "distributed table", tmp_path) as at:
        yield at


def test_the_cluster_is_told(lab: Ground) -> None:
    """Its servers, and where the pieces of a table are."""
    cluster = lab.db.cluster
    assert cluster is not None
    nodes, shards = cluster.nodes(), cluster.shards("trials")

    assert [node.is_coordinator for node in nodes][:1] == [True]
    assert len(nodes) >= 3
    places = {(node.host, node.port) for node in nodes if node.has_shards}
    assert {(shard.host, shard.port) for shard in shards} <= places
    assert len({(shard.host, shard.port) for shard in shards}) >= 2
    assert sum(shard.size for shard in shards) == lab.db.get_stats()["tables"]["trials"]["bytes"]
    assert repr(cluster) == f"<Cluster of {len(nodes)} nodes, Citus {cluster.version}>"
    assert cluster.rebalance(block_writes=True) >= 0
    assert lab.db.count("trials") == 60


def test_a_table_is_spread_and_brought_back(lab: Ground) -> None:
    """With its records, numbering and indexes; what is so already is left alone."""
    db = lab.db
    columns = {**TABLE, "id": "INTEGER"}
    db.create_table("more", columns, primary_key=["id", "subject"])
    db.insert_many("more", rows())
    db.create_index("more", "score", name="by_score")
    whole = db.fingerprint("more")

    db.distribute("more", "subject", colocate_with="trials")
    db.distribute("more", "subject")
    cluster = db.cluster
    assert cluster is not None
    found, other = cluster.distribution("more"), cluster.distribution("trials")
    assert found == other
    assert db.fingerprint("more") == whole
    with pytest.raises(SchemaError, match="is distributed by 'subject', not distributed by 'id'"):
        db.distribute("more", "id")
    with pytest.raises(SchemaError, match="not kept on every node"):
        db.reference_table("more")

    for table in ("more", "trials"):
        db.undistribute(table)
        db.undistribute(table)
        assert cluster.distribution(table) is None
        assert db.fingerprint(table).digest == whole.digest
    assert [index.name for index in db.list_indexes("more")] == ["by_score"]
    assert db.insert("trials", {"subject": "s1", "score": 0}) == (61, "s1")
    assert db.get_table("trials").primary_key == ("id", "subject")


def test_a_table_on_every_node(lab: Ground) -> None:
    """All may refer to it, whatever column they are spread by."""
    db = lab.db
    db.create_table("subjects", {"code": "TEXT PRIMARY KEY", "born": "DATE"})
    db.insert_many("subjects", [{"code": f"s{n}"} for n in range(5)])
    db.reference_table("subjects")
    db.reference_table("subjects")
    columns = {"id": "INTEGER PRIMARY KEY", "subject": "TEXT"}
    keys = {"subject": "subjects"}
    db.create_table("visits", columns, foreign_keys=keys, distribute_by="id")
    db.insert_many("visits", [{"subject": f"s{n % 5}"} for n in range(100)])

    with pytest.raises(ForeignKeyError):
        db.insert("visits", {"subject": "nobody"})
    assert db.cluster is not None
    assert {shard.number for shard in db.cluster.shards("subjects")} == {
        db.cluster.shards("subjects")[0].number
    }
    made = db.backup_database(lab.folder / "lab.sql")
    whole = db.fingerprint()
    db.delete("visits", where="id > ?", params=[5])
    db.restore_database(made.path)
    assert db.fingerprint() == whole
    kinds = [db.cluster.distribution(name) for name in ("subjects", "trials", "visits")]
    assert [kind and (kind.how, kind.column) for kind in kinds] == [
        ("reference", None), ("hash", "subject"), ("hash", "id"),
    ]  # fmt: skip


def test_a_backup_waits_for_writers_and_they_for_it(lab: Ground) -> None:
    """Of a table on several nodes there is one moment only while nobody writes."""
    stop, errors = threading.Event(), list[Exception]()

    def write() -> None:
        try:
            with lab.again() as mine:
                number = 1000
                while not stop.is_set():
                    number += 10
                    mine.insert_many("trials", rows(10, start=number))
        except Exception as error:  # noqa: BLE001 - told below
            errors.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for n in range(5):
            made = lab.db.backup_database(lab.folder / f"{n}.sql")
            verify_backup(made.path)
            assert made.manifest.rows % 10 == 0
    finally:
        stop.set()
        thread.join()
    assert errors == []


def test_a_schema_on_one_node(citus_database: Database) -> None:
    """It is left alone where it is there; a plain one is not taken for it."""
    with (
        spread_schema(citus_database) as schema,
        citus_database.schema() as plain,
        PostgreSQL(**schema.params, schema=schema.name) as db,
    ):
        db.create_schema(schema.name, distributed=True)
        db.create_table("t", {"id": "INTEGER PRIMARY KEY"})
        assert db.cluster is not None
        found = db.cluster.distribution("t")
        assert found is not None
        assert (found.how, found.is_spread) == ("schema", False)
        with pytest.raises(SchemaError, match="kept where its schema is"):
            db.undistribute("t")
        with pytest.raises(SchemaError, match=r"not distributed(.|\n)*citus_schema_distrib"):
            db.create_schema(plain.name, distributed=True)


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("UPDATE trials SET subject = 's9' WHERE id = 1", "insert the record anew"),
        ("UPDATE trials SET score = random()", "pass them as params"),
        ("SELECT 1 FROM trials FOR UPDATE", "WHERE"),
        ("SELECT subject, count(*) FROM trials GROUP BY GROUPING SETS ((subject), ())", "WHERE"),
        ("DELETE FROM trials WHERE ctid IN (SELECT ctid FROM trials LIMIT 1)", "one node"),
        ("ALTER TABLE trials ADD COLUMN n serial", "INTEGER"),
        ("ALTER TABLE trials ALTER COLUMN subject TYPE varchar(9)", "new table"),
        ("CREATE UNIQUE INDEX ON trials (score)", "into the key"),
        (
            "CREATE TRIGGER t AFTER INSERT ON trials EXECUTE FUNCTION unique_key_recheck()",
            "leave triggers out",
        ),
    ],
)
def test_what_is_refused_has_a_way_out(lab: Ground, text: str, way: str) -> None:
    """Whatever its code; nothing has changed."""
    whole = lab.db.fingerprint("trials")
    with pytest.raises(UnsupportedFeatureError) as caught:
        lab.db.execute(text)

    assert way in str(caught.value.hint)
    assert lab.db.fingerprint("trials") == whole


def test_numbers_are_not_given_out_again(lab: Ground) -> None:
    """A table that comes home goes on where it was, also past records that are gone."""
    lab.db.insert("trials", {"subject": "s1"})
    lab.db.delete("trials", where="id > ?", params=[50])
    lab.db.undistribute("trials")

    assert lab.db.insert("trials", {"subject": "s1"}) == (62, "s1")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ALTER TABLE trials ENABLE ROW LEVEL SECURITY", "row level security"),
        ("ALTER TABLE trials REPLICA IDENTITY FULL", "REPLICA IDENTITY"),
        ("COMMENT ON INDEX trials_pkey IS 'x'", "comments on indexes"),
    ],
)
def test_what_would_be_lost_stays(lab: Ground, text: str, told: str) -> None:
    """A table that cannot come home with all that it has is left where it is."""
    lab.db.execute(text)
    with pytest.raises(UnsupportedFeatureError, match=told):
        lab.db.undistribute("trials")

    found = lab.db.storage.distribution("trials")
    assert found is not None
    assert found.how == "hash"


def test_references_between_spread_tables(lab: Ground) -> None:
    """They are kept by a restore of the table referred to, and hold a table where it is."""
    db, columns = lab.db, {"id": "INTEGER NOT NULL", "subject": "TEXT NOT NULL"}
    key = ForeignKey(("id", "subject"), "trials", ("id", "subject"), on_delete="CASCADE")
    near = {"distribute_by": "subject", "colocate_with": "trials"}
    db.create_table("notes", columns, primary_key=["id", "subject"], foreign_keys=[key], **near)
    db.insert_many("notes", [{"id": n, "subject": f"s{n % 5}"} for n in range(1, 11)])
    made = db.backup_table("trials", lab.folder / "trials.sql")

    with pytest.raises(UnsupportedFeatureError, match="foreign key"):
        db.undistribute("notes")
    db.restore_table("trials", made.path)

    kept = [db.storage.distribution(name) for name in ("trials", "notes")]
    assert kept[0] == kept[1]
    db.delete("trials", where={"id": 5, "subject": "s0"})
    assert db.count("notes") == 9


def test_neighbours_are_neighbours_again(lab: Ground) -> None:
    """A table that is restored is beside those that stayed, in as many pieces."""
    db = lab.db
    for name, near in (("first", "none"), ("second", "first")):
        db.execute(f"CREATE TABLE {name} (id bigint, s text, PRIMARY KEY (id, s))")
        text = "SELECT create_distributed_table(?, 's', shard_count := ?, colocate_with := ?)"
        if near != "none":
            text = "SELECT create_distributed_table(?, 's', colocate_with := ?)"
        db.execute(text, [name, 6, near] if near == "none" else [name, near])
        db.insert(name, {"id": 1, "s": "x"})
    before = [db.storage.distribution(name) for name in ("first", "second")]
    made = db.backup_table("first", lab.folder / "first.sql")
    whole = db.backup_database(lab.folder / "whole.sql")

    db.restore_table("first", made.path)
    assert [db.storage.distribution(name) for name in ("first", "second")] == before
    db.restore_database(whole.path)
    after = [db.storage.distribution(name) for name in ("first", "second")]
    assert after[0] == after[1]
    assert [kind and kind.shards for kind in after] == [6, 6]


def test_odd_names_and_orders_of_text(lab: Ground) -> None:
    """Percent signs, quotes, and a column that sorts otherwise than the others."""
    db = lab.db
    columns = {"id": "INTEGER PRIMARY KEY", "s": "TEXT NOT NULL"}
    db.create_table("a%b \"x'", columns, distribute_by="s")
    db.insert("a%b \"x'", {"s": "y"})
    db.execute("CREATE TABLE other (id bigint, s text)")
    db.distribute("other", "s")
    made = db.backup_database(lab.folder / "lab.sql")
    db.delete("a%b \"x'", where={"s": "y"})

    db.restore_database(made.path)

    assert db.count("a%b \"x'") == 1
    found = [db.storage.distribution(name) for name in ("a%b \"x'", "other")]
    assert [kind and kind.how for kind in found] == ["hash", "hash"]


def test_many_make_the_same_table(lab: Ground) -> None:
    """Those who come later find it as it is asked for."""
    lab.db.create_table("subjects", {"code": "TEXT PRIMARY KEY"})
    lab.db.reference_table("subjects")
    errors: list[Exception] = []

    def make() -> None:
        try:
            with lab.again() as mine:
                keys = {"subject": "subjects"}
                columns = {"id": "INTEGER PRIMARY KEY", "subject": "TEXT"}
                mine.create_table("visits", columns, foreign_keys=keys, distribute_by="id")
        except Exception as error:  # noqa: BLE001 - told below
            errors.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_sizes_of_parts_and_their_indexes(lab: Ground) -> None:
    """Those of all pieces of all parts count."""
    db = lab.db
    by = by_range("at", [0, 10, 20])
    columns = {"at": "INTEGER NOT NULL", "subject": "TEXT", "v": "REAL"}
    db.create_table("parts", columns, partition_by=by, distribute_by="subject")
    db.create_index("parts", "v", name="by_v")
    db.insert_many("parts", [{"at": n % 20, "subject": f"s{n}", "v": n} for n in range(5000)])

    told = db.get_stats()["tables"]["parts"]
    assert told["rows"] == 5000
    assert told["indexes"]["by_v"] > 100_000
    assert told["bytes"] > told["indexes"]["by_v"]


def test_what_others_store_while_a_table_comes_home_is_there(lab: Ground) -> None:
    """They wait, and find it where it is then."""
    stop, stored = threading.Event(), [0]

    def write() -> None:
        with lab.again() as mine:
            while not stop.is_set():
                mine.insert("trials", {"subject": f"s{stored[0]}"})
                stored[0] += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(4):
            lab.db.undistribute("trials")
            lab.db.distribute("trials", "subject")
    finally:
        stop.set()
        thread.join()

    assert stored[0] > 0
    assert lab.db.count("trials") == 60 + stored[0]

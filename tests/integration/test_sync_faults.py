"""A sync that is killed, or that others write beside: nothing is lost, and both agree at last."""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scitex.db import DatabaseSync, PostgreSQL, SQLite3
from scitex.db.domain.errors import LockedError
from scitex.db.testing.postgres.database import ScratchSchema
from tests.integration.children import started

KILLS = int(os.environ.get("SCITEX_DB_KILLS", "3"))  # in each test; `make kills` takes fifty
ROWS = int(os.environ.get("SCITEX_DB_SYNC_ROWS", "5000"))
COLUMNS = {"id": "INTEGER PRIMARY KEY", "x": "TEXT", "y": "INTEGER"}
Pair = tuple[SQLite3, PostgreSQL]
pytestmark = pytest.mark.engine("sqlite file", "postgresql")


@pytest.fixture
def pair(tmp_path: Path, postgresql_schema: ScratchSchema) -> Iterator[Pair]:
    """Return a laptop's file and the lab's server, which agree on many records."""
    with (
        SQLite3(tmp_path / "laptop.db") as local,
        PostgreSQL(**postgresql_schema.params, schema=postgresql_schema.name) as remote,
    ):
        local.create_table("t", COLUMNS)
        local.insert_many("t", ({"id": n, "x": f"first {n}", "y": n} for n in range(ROWS)))
        DatabaseSync(local, remote, create=True).sync_table("t")
        yield local, remote


def agree(pair: Pair, wanted: dict[int, str]) -> None:
    """Sync to the end; both have just what is wanted."""
    assert DatabaseSync(*pair).sync_table("t", verify=True).verified is True
    for db in pair:
        assert {row["id"]: row["x"] for row in db.select("t")} == wanted


def edit(pair: Pair, wanted: dict[int, str], chance: random.Random, turn: int) -> None:
    """Change, add and delete on both sides: each has its own half of the records."""
    for half, db in enumerate(pair):
        mine = [key for key in wanted if key % 2 == half]
        some = chance.sample(mine, 60)
        changed = [{"id": key, "x": f"{turn} by {half}"} for key in some[:30]]
        made = [{"id": ROWS + 1000 * turn + 2 * n + half, "x": f"new {turn}"} for n in range(20)]
        with db.transaction():
            db.update_many("t", changed, key="id")
            db.delete("t", where={"id": some[30:]})
            db.insert_many("t", made)
        for key in some[30:]:
            del wanted[key]
        wanted |= {row["id"]: str(row["x"]) for row in [*changed, *made]}


CHILD = """
    import json, sys
    from scitex.db import DatabaseSync, PostgreSQL, SQLite3
    place, server, track = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3] == "True"
    with SQLite3(place) as local, PostgreSQL(**server) as remote:
        local.count("t"), remote.count("t")
        sync = DatabaseSync(local, remote, track=track)
        print("ready", flush=True)
        sync.sync_table("t")
        print("done", flush=True)
"""


@pytest.mark.parametrize("track", [False, True])
def test_a_kill_during_a_sync_loses_nothing(
    pair: Pair, postgresql_schema: ScratchSchema, track: bool
) -> None:
    """Killed at any moment, one more sync brings both to the same, with all edits of both."""
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it where the test fails
    chance = random.Random(seed)
    server = json.dumps({**postgresql_schema.params, "schema": postgresql_schema.name})
    place = pair[0].storage.location
    wanted = {row["id"]: row["x"] for row in pair[0].select("t")}
    longest = 0.5
    for turn in range(KILLS):
        edit(pair, wanted, chance, turn)
        child = started(CHILD, place, server, track)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        begun = time.monotonic()
        if turn:
            time.sleep(chance.uniform(0, longest))
            child.kill()
            child.wait()
        else:
            child.wait()
            longest = time.monotonic() - begun
            assert child.returncode == 0
        child.communicate()
        if turn % 3 == 2:
            agree(pair, wanted)
    agree(pair, wanted)


@pytest.mark.parametrize("track", [False, True])
def test_others_write_during_syncs(
    pair: Pair, postgresql_schema: ScratchSchema, track: bool
) -> None:
    """Four writers on the server and one on the laptop: after one more sync all is there."""
    stop = threading.Event()
    wanted = {row["id"]: row["x"] for row in pair[0].select("t")}
    lock = threading.Lock()
    failed: list[BaseException] = []

    def write(number: int) -> None:
        chance = random.Random(number)
        mine = [key for key in range(ROWS) if key % 5 == number]
        try:
            with (
                PostgreSQL(**postgresql_schema.params, schema=postgresql_schema.name)
                if number
                else SQLite3(pair[0].storage.location)
            ) as db:
                turn = 0
                while not stop.is_set():
                    turn += 1
                    key, value = chance.choice(mine), f"writer {number}, {turn}"
                    fresh = ROWS + 5 * turn + number
                    try:
                        db.update("t", {"x": value}, where={"id": key})
                    except LockedError:
                        continue
                    with lock:
                        wanted[key] = value
                    db.insert("t", {"id": fresh, "x": value})
                    with lock:
                        wanted[fresh] = value
                    time.sleep(0.002)
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(5)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(6):
            DatabaseSync(*pair, track=track).sync_table("t")
    finally:
        stop.set()
        for writer in writers:
            writer.join()

    assert failed == []
    agree(pair, wanted)


def test_two_syncs_take_turns(pair: Pair, postgresql_schema: ScratchSchema) -> None:
    """Several laptops sync with one server at the same time; all edits are there."""
    local, remote = pair
    place = Path(local.storage.location)
    local.backup_database(place.with_name("second.db"))
    remote.update("t", {"x": "by the server"}, where={"id": 4})
    failed: list[BaseException] = []

    def sync(path: Path, key: int) -> None:
        try:
            with (
                SQLite3(path) as mine,
                PostgreSQL(**postgresql_schema.params, schema=postgresql_schema.name) as theirs,
            ):
                for turn in range(5):
                    mine.update("t", {"x": f"{path.name} {turn}"}, where={"id": key})
                    DatabaseSync(mine, theirs).sync_table("t")
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)

    threads = [
        threading.Thread(target=sync, args=(path, key))
        for key, path in ((1, place), (2, place.with_name("second.db")), (3, place))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    DatabaseSync(local, remote).sync_table("t")
    found = {row["id"]: row["x"] for row in remote.select("t", where={"id": [1, 2, 3, 4]})}
    assert found == {1: "laptop.db 4", 2: "second.db 4", 3: "laptop.db 4", 4: "by the server"}
    assert local.fingerprint() == remote.fingerprint()

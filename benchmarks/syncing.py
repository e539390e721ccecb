"""
What a sync of a million records takes, of which one in a hundred changed on each side.

Run it with ``python benchmarks/syncing.py``; SCALE=, ROUNDS= and SEED= are those of README.md
beside this file.  A file and a server are changed, and made to agree in one way after the other:
by the drivers alone, which are told the keys of what changed; by `DatabaseSync`, tracked and
compared; and by the recipe that selects all and upserts all, which loses one side's changes.
"""

from __future__ import annotations

import datetime as dt
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from measuring import Effort
from places import postgresql_server, sqlite_folder
from psycopg2.extras import execute_values
from reports import surroundings

from scitex.db import DatabaseSync, PostgreSQL, SQLite3
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
NAMES = ", ".join(COLUMNS)
Keys = list[int]


class Pair:
    """
    A file and a server with the same records.

    Parameters
    ----------
    local, remote : Database
    count, changes : int
        How many records there are, and how many of them change on each side.
    chance : Random
    """

    def __init__(
        self,
        local: SQLite3,
        remote: PostgreSQL,
        count: int,
        changes: int,
        chance: random.Random,
    ) -> None:
        self.local, self.remote, self.count, self.chance = local, remote, count, chance
        self.changes = changes
        self.turn = 0

    def fill(self) -> None:
        """Store the records on the server."""
        start = dt.datetime(2025, 5, 30)  # noqa: DTZ001 - a column without a zone
        self.remote.create_table("shots", COLUMNS)
        self.remote.insert_many(
            "shots",
            (
                {
                    "id": n,
                    "name": f"subject {n % 1000}",
                    "n": n,
                    "x": n / 7,
                    "ok": n % 3 == 0,
                    "at": start + dt.timedelta(seconds=n),
                }
                for n in range(1, self.count + 1)
            ),
        )
        self.remote.execute("VACUUM ANALYZE shots")

    def edit(self) -> tuple[Keys, Keys]:
        """Change some records on each side, others on each; return which."""
        self.turn += 1
        keys = self.chance.sample(range(1, self.count + 1), 2 * self.changes)
        halves = sorted(keys[: len(keys) // 2]), sorted(keys[len(keys) // 2 :])
        for db, some in zip((self.local, self.remote), halves, strict=True):
            db.update_many("shots", [{"id": key, "n": key + self.turn} for key in some], key="id")
        return halves

    def bare(self, here: Keys, there: Keys) -> None:
        """Move what is known to have changed, by the drivers alone."""
        lite = self.local.storage._sessions.current().connection
        server = self.remote.storage._sessions.current().connection
        table = self.remote.storage._sessions.current().target("shots")
        with server.cursor() as cursor:
            rows = []
            for start in range(0, len(here), 10_000):
                some = here[start : start + 10_000]
                marks = ", ".join("?" * len(some))
                sql = f"SELECT {NAMES} FROM shots WHERE id IN ({marks})"
                rows += lite.execute(sql, some).fetchall()
            cursor.execute(f"SELECT {NAMES} FROM {table} WHERE id = ANY(%s)", (there,))
            back = cursor.fetchall()
            changed = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "id")
            execute_values(
                cursor,
                f"INSERT INTO {table} ({NAMES}) VALUES %s "
                f"ON CONFLICT (id) DO UPDATE SET {changed}",
                [(*row[:4], bool(row[4]), row[5]) for row in rows],
                page_size=10_000,
            )
        lite.execute("BEGIN IMMEDIATE")
        lite.executemany(
            f"INSERT INTO shots ({NAMES}) VALUES (?, ?, ?, ?, ?, ?) "
            f"ON CONFLICT (id) DO UPDATE SET {changed}",
            [(*row[:5], str(row[5])) for row in back],
        )
        lite.execute("COMMIT")

    def sync(self, *, track: bool) -> None:
        """Sync; without the logs of changes if they are not to be used."""
        DatabaseSync(self.local, self.remote, track=track).sync_table("shots")

    def recipe(self) -> None:
        """Select all, upsert all, both ways, as it is often written."""
        self.remote.insert_many("shots", self.local.select("shots"), on_conflict="update")
        self.local.insert_many("shots", self.remote.select("shots"), on_conflict="update")


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that something takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    """Measure, and print it as it comes."""
    effort = Effort.asked_for()
    chance = random.Random(effort.seed)
    with (
        sqlite_folder() as files,
        temporary_postgres(durable=False) as server,
        postgresql_server(server.params) as tables,
    ):
        print(surroundings(effort, packages=("scitex-db",), folder=files.folder.parent))
        for count in (effort.calls(RECORDS), effort.calls(2 * RECORDS)):
            path = files.folder / f"lab{count}.db"
            with (
                tables.schema() as place,
                SQLite3(path) as local,
                PostgreSQL(**server.params, schema=place.schema) as remote,
            ):
                show(
                    Pair(local, remote, count, effort.calls(RECORDS) // 100, chance),
                    effort,
                    whole=count == effort.calls(RECORDS),
                )


def show(pair: Pair, effort: Effort, *, whole: bool) -> None:
    """Measure one size: all ways, or only those that should not grow with the table."""
    pair.fill()
    print(f"\n{pair.count:,} records, {pair.changes:,} changed on each side\n", flush=True)
    if whole:
        with SQLite3(":memory:") as passing:
            passing.create_table("shots", COLUMNS)
            copied = timed(lambda: passing.insert_many("shots", pair.remote.iter_select("shots")))
        print(f"  reading all and insert_many       {copied:7.2f} s", flush=True)
    first = timed(lambda: DatabaseSync(pair.local, pair.remote, create=True).sync_table("shots"))
    print(f"  first sync, all of it comes down  {first:7.2f} s", flush=True)
    ways: dict[str, Callable[[Keys, Keys], Any]] = {
        "drivers, keys known": pair.bare,
        "compared": lambda *_: pair.sync(track=False),
        "tracked": lambda *_: pair.sync(track=True),
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(effort.turns(ROUNDS)):
        pair.sync(track=False)
        for name in ("drivers, keys known", "compared"):
            halves = pair.edit()
            found[name].append(timed(lambda name=name, halves=halves: ways[name](*halves)))
            pair.sync(track=False)
        pair.sync(track=True)
        pair.sync(track=True)
        halves = pair.edit()
        found["tracked"].append(timed(lambda halves=halves: ways["tracked"](*halves)))
        DatabaseSync(pair.local, pair.remote).untrack()
    base = statistics.median(found["drivers, keys known"])
    for name, seconds in found.items():
        middle = statistics.median(seconds)
        print(f"  {name:32}  {middle:7.2f} s  {middle / base:6.2f}", flush=True)
    if whole:
        pair.edit()
        recipe = timed(pair.recipe)
        print(f"  {'the recipe, which loses changes':32}  {recipe:7.2f} s  {recipe / base:6.2f}")


if __name__ == "__main__":
    main()

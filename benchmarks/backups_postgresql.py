"""
Backups and restores on PostgreSQL, beside its own programs.

Run it with ``python benchmarks/backups_postgresql.py``; README.md beside this file tells how to
read what it prints.  ``SCALE=`` is a factor on the number of records.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from backups import TABLE
from measuring import Effort, Lane, OtherWorkError, Piece, Turn, take_turns
from reports import ratios, surroundings

from scitex.db import PostgreSQL
from scitex.db.servers import clients
from scitex.db.testing import temporary_postgres
from scitex.db.testing.postgres import Server

PACKAGES = ("scitex-db", "psycopg2-binary")
RECORDS = 500_000
ROUNDS = 3


def filled(server: Server, records: int) -> None:
    """Make a database of measurements."""
    chance = random.Random(1)
    with PostgreSQL(**server.params) as db:
        db.create_table("samples", TABLE)
        db.insert_many(
            "samples",
            (
                {
                    "name": f"sample {number} it's",
                    "x": chance.random() * 100,
                    "y": chance.gauss(0, 1),
                    "n": chance.randrange(1_000_000),
                    "at": "2025-05-30 14:00:00",
                }
                for number in range(records)
            ),
        )


def ran(server: Server, name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs."""
    path = clients.client(name, at_least=server.major).path
    place = {"PGHOST": server.params["host"], "PGUSER": server.params["user"]}
    subprocess.run(  # noqa: S603 - our own paths
        [str(path), *arguments],
        env={**os.environ, **place, "PGDATABASE": server.params["dbname"]},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def dumped(server: Server, form: str, path: Path) -> None:
    """Let ``pg_dump`` write a dump."""
    ran(server, "pg_dump", f"--format={form}", f"--file={path}")


def read(server: Server, script: Path, _: Path) -> None:
    """Let PostgreSQL's own programs put a dump in the place of what is there."""
    if script.suffix == ".dump":
        options = ("--clean", "--single-transaction", f"--dbname={server.params['dbname']}")
        ran(server, "pg_restore", *options, str(script))
    else:
        drop = ("-c", "DROP TABLE samples")
        ran(server, "psql", "-X", "-q", "-1", *drop, "-f", str(script))


def backed_up(server: Server, path: Path, *, check: bool) -> None:
    """Back the database up."""
    with PostgreSQL(**server.params) as db:
        db.backup_database(path, check=check)


def restored(server: Server, backup: Path, _: Path) -> None:
    """Restore a backup."""
    with PostgreSQL(**server.params) as db:
        db.restore_database(backup, safety_copy=False)


def counted(server: Server) -> int:
    """Return how many records there are."""
    with PostgreSQL(**server.params) as db:
        return db.count("samples")


def lane(
    name: str, work: Callable[[Path], object], ending: str, check: Callable[[Path], bool]
) -> Lane:
    """Make a lane; what it writes is in a folder of its own."""

    @contextlib.contextmanager
    def turn() -> Iterator[Turn]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"made{ending}"

            def checked(_: list[Any]) -> None:
                if not check(path):
                    raise OtherWorkError("it is not there")

            yield Turn([Piece(partial(work, path))], checked)

    return Lane(name, turn)


def backups(server: Server, form: str, ending: str) -> list[Lane]:
    """Return the lanes that back up; the first is ``pg_dump``."""

    def written(path: Path) -> bool:
        return path.stat().st_size > 0

    own = partial(dumped, server, form)
    return [
        lane("pg_dump", own, ending, written),
        lane("the same once more", own, ending, written),
        lane("scitex.db, check=False", partial(backed_up, server, check=False), ending, written),
        lane("scitex.db", partial(backed_up, server, check=True), ending, written),
    ]


def restores(server: Server, folder: Path, records: int, form: str, ending: str) -> list[Lane]:
    """Return the lanes that restore; the first is PostgreSQL's own."""
    own = folder / f"own{ending}"
    dumped(server, form, own)
    made = {check: folder / f"{check}{ending}" for check in (False, True)}
    for check, path in made.items():
        backed_up(server, path, check=check)

    def whole(_: Path) -> bool:
        return counted(server) == records

    name = "psql" if form == "plain" else "pg_restore"
    return [
        lane(name, partial(read, server, own), ending, whole),
        lane("the same once more", partial(read, server, own), ending, whole),
        lane("scitex.db, check=False", partial(restored, server, made[False]), ending, whole),
        lane("scitex.db", partial(restored, server, made[True]), ending, whole),
    ]


def main() -> None:
    """Measure, and print it as it comes."""
    effort = Effort.asked_for()
    chance = random.Random(effort.seed)
    with tempfile.TemporaryDirectory() as own, temporary_postgres(source="binaries") as server:
        folder = Path(own)
        print(surroundings(effort, packages=PACKAGES, folder=folder))
        records = effort.calls(RECORDS)
        filled(server, records)
        tasks = {
            "backup, .dump": lambda: backups(server, "custom", ".dump"),
            "backup, .sql": lambda: backups(server, "plain", ".sql"),
            "backup, .sql.zst beside a plain .sql": lambda: backups(server, "plain", ".sql.zst"),
            "restore, .dump": lambda: restores(server, folder, records, "custom", ".dump"),
            "restore, .sql": lambda: restores(server, folder, records, "plain", ".sql"),
        }
        for name, lanes in tasks.items():
            title = f"PostgreSQL {server.version}: {records:,} records, {name}"
            if effort.wants(title):
                rounds = effort.turns(ROUNDS)
                found = take_turns(lanes(), rounds=rounds, chance=chance)
                print(f"\n{title}\nrounds: {rounds}\n", flush=True)
                print(ratios(found, unit="ms"), flush=True)


if __name__ == "__main__":
    main()

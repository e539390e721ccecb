"""
Backups and restores of a million records, beside SQLite's own ways.

Run it with ``python benchmarks/backups.py``; README.md beside this file tells how to read what it
prints.  ``SCALE=`` is a factor on the number of records; ``TMPDIR=`` says on which disk.
"""

from __future__ import annotations

import contextlib
import random
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from measuring import Effort, Lane, OtherWorkError, Piece, Turn, take_turns
from reports import ratios, surroundings

from scitex.db import SQLite3

PACKAGES = ("scitex-db",)
RECORDS = 1_000_000
ROUNDS = 5
TABLE = {
    "id": "INTEGER PRIMARY KEY",
    "name": "TEXT NOT NULL",
    "x": "REAL",
    "y": "REAL",
    "n": "INTEGER",
    "at": "TIMESTAMP",
}


def filled(path: Path, records: int) -> None:
    """Make a database of measurements: full-precision floats, texts, numbers, moments."""
    chance = random.Random(1)
    with SQLite3(path) as db:
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


def counted(path: Path) -> int:
    """Return how many records there are in a database."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        found: int = connection.execute("SELECT count(*) FROM samples").fetchone()[0]
        return found


def copied(source: Path, path: Path) -> None:
    """Copy a database by the driver's online backup."""
    with (
        contextlib.closing(sqlite3.connect(source)) as one,
        contextlib.closing(sqlite3.connect(path)) as other,
    ):
        one.backup(other)


def dumped(source: Path, path: Path) -> None:
    """Let the sqlite3 shell dump a database."""
    with path.open("wb") as file:
        command = ["sqlite3", str(source), ".dump"]
        subprocess.run(command, stdout=file, check=True)  # noqa: S603 - our own paths


def read(script: Path, path: Path) -> None:
    """Let the sqlite3 shell read a script."""
    command = ["sqlite3", str(path), f".read {script}"]
    subprocess.run(command, check=True)  # noqa: S603 - our own paths


def backed_up(source: Path, path: Path, *, check: bool) -> None:
    """Back a database up."""
    with SQLite3(source) as db:
        db.backup_database(path, check=check)


def restored(backup: Path, path: Path) -> None:
    """Restore a backup into a new file."""
    with SQLite3(path) as db:
        db.restore_database(backup)


def lane(name: str, work: Callable[[Path], object], ending: str, check: Any = None) -> Lane:
    """Make a lane that writes a file which was not there."""

    @contextlib.contextmanager
    def turn() -> Iterator[Turn]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"made{ending}"

            def checked(_: list[Any]) -> None:
                if not path.stat().st_size or (check is not None and not check(path)):
                    raise OtherWorkError("it is not there")

            yield Turn([Piece(partial(work, path))], checked)

    return Lane(name, turn)


def backups(
    source: Path, ending: str, bare: tuple[str, Callable[[Path, Path], None]]
) -> list[Lane]:
    """Return the lanes that back up; the first is SQLite's own."""
    name, work = bare
    return [
        lane(name, partial(work, source), ending),
        lane("the same once more", partial(work, source), ending),
        lane("scitex.db, check=False", partial(backed_up, source, check=False), ending),
        lane("scitex.db", partial(backed_up, source, check=True), ending),
    ]


def restores(source: Path, folder: Path, records: int) -> list[Lane]:
    """Return the lanes that restore; the first is the shell's."""
    script = folder / "shell.sql"
    dumped(source, script)
    made = {}
    for ending in (".sql", ".db"):
        for check in (False, True):
            made[ending, check] = folder / f"{'checked' if check else 'bare'}{ending}"
            backed_up(source, made[ending, check], check=check)

    def whole(path: Path) -> bool:
        return counted(path) == records

    return [
        lane("sqlite3 shell, .read", partial(read, script), ".db", whole),
        lane("the same once more", partial(read, script), ".db", whole),
        *(
            lane(
                f"scitex.db, {ending}{'' if check else ', check=False'}",
                partial(restored, path),
                ".db",
                whole,
            )
            for (ending, check), path in made.items()
        ),
    ]


def main() -> None:
    """Measure, and print it as it comes."""
    effort = Effort.asked_for()
    chance = random.Random(effort.seed)
    with tempfile.TemporaryDirectory() as own:  # on a disk: bringing it there is part of it
        folder = Path(own)
        print(surroundings(effort, packages=PACKAGES, folder=folder))
        records = effort.calls(RECORDS)
        source = folder / "samples.db"
        filled(source, records)
        tasks = {
            ".db beside the online backup": lambda: backups(
                source, ".db", ("driver, backup()", copied)
            ),
            ".sql beside the shell's dump": lambda: backups(
                source, ".sql", ("sqlite3 shell, .dump", dumped)
            ),
            "restore beside the shell's .read": lambda: restores(source, folder, records),
        }
        for name, lanes in tasks.items():
            title = f"SQLite: {records:,} records, {name}"
            if effort.wants(title):
                rounds = effort.turns(ROUNDS)
                found = take_turns(lanes(), rounds=rounds, chance=chance)
                print(f"\n{title}\nrounds: {rounds}\n", flush=True)
                print(ratios(found, unit="ms"), flush=True)


if __name__ == "__main__":
    main()

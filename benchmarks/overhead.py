"""
What one call costs on top of the driver, here and in other packages.

Run it with ``make bench``; README.md beside this file tells how to read what it prints.
"""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial

from measuring import Effort, Lane, Piece, Turn, take_turns
from peers import MODULES, is_installed
from places import postgresql_server, sqlite_folder
from reports import differences, ratios, surroundings
from workloads import POSTGRESQL, SQLITE, Fresh, Workload

from scitex.db.testing import (
    ServerBrokenError,
    ServerUnavailableError,
    temporary_postgres,
)

PACKAGES = ("scitex-db", *MODULES)
IMPORTING = "A whole process that imports the package"
IMPORT_ROUNDS = 9


def main() -> None:
    """Measure what is asked for, and print it as it comes."""
    effort = Effort.asked_for()
    chance = random.Random(effort.seed)
    missing = [name for name in MODULES if not is_installed(name)]
    with sqlite_folder() as files:
        print(surroundings(effort, packages=PACKAGES, folder=files.folder.parent))
        for name in missing:
            print(f"left out: {name}, which is not installed")
        for workload in SQLITE:
            show(workload, files.fresh, effort, chance, missing=missing)
    show_on_postgresql(effort, chance, missing=missing)
    show_imports(effort, chance, missing=missing)


def show(
    workload: Workload,
    fresh: Fresh,
    effort: Effort,
    chance: random.Random,
    *,
    missing: Sequence[str],
) -> None:
    """
    Measure one workload and print its table.

    Parameters
    ----------
    workload : Workload
    fresh : callable
        Makes the context manager of a fresh place that holds so many records.
    effort : Effort
    chance : random.Random
        Shuffles the lanes.
    missing : sequence of str
        The distributions to leave out.
    """
    if not effort.wants(workload.title):
        return
    rounds, calls = effort.turns(workload.rounds), workload.timed_calls(effort)
    counted = f"{calls:,} {'records' if workload.deed == 'select_all' else 'calls'} a round"
    aim = f"; scitex.db is to stay at or below {workload.aim:g}" if workload.aim else ""
    timings = workload.measured(fresh, effort, chance, missing=missing)
    print(f"\n{workload.title}\n{counted}, rounds: {rounds}{aim}\n", flush=True)
    print(ratios(timings, per_turn=calls), flush=True)


def show_on_postgresql(effort: Effort, chance: random.Random, *, missing: Sequence[str]) -> None:
    """Measure the workloads that need a server, or say why they are left out."""
    wanted = [workload for workload in POSTGRESQL if effort.wants(workload.title)]
    if not wanted:
        return
    try:
        with temporary_postgres(durable=False) as server:
            print(f"\nPostgreSQL {server.version} ({server.source}), the same for all lanes")
            with postgresql_server(server.params) as tables:
                for workload in wanted:
                    show(workload, tables.fresh, effort, chance, missing=missing)
    except ServerBrokenError:
        raise
    except ServerUnavailableError as error:
        print(f"\nleft out: PostgreSQL ({error})")


def show_imports(effort: Effort, chance: random.Random, *, missing: Sequence[str]) -> None:
    """Measure whole processes that import a package and end."""
    if not effort.wants(IMPORTING):
        return
    statements = {
        "python, nothing imported": "pass",
        "sqlite3": "import sqlite3",
        "psycopg2": "import psycopg2",
        "scitex.db": "import scitex.db",
        "scitex.db, SQLite3 used": "from scitex.db import SQLite3; SQLite3()",
        **{name: f"import {MODULES[name]}" for name in MODULES if name not in missing},
    }
    lanes = [Lane(name, partial(_process, code)) for name, code in statements.items()]
    rounds = effort.turns(IMPORT_ROUNDS)
    timings = take_turns(lanes, rounds=rounds, chance=chance)
    print(f"\n{IMPORTING}\nrounds: {rounds}\n\n{differences(timings)}")


@contextlib.contextmanager
def _process(code: str) -> Iterator[Turn]:
    def work() -> None:
        subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - written above

    yield Turn([Piece(work)], lambda _: None)


if __name__ == "__main__":
    main()

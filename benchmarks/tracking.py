"""
What a metric and a run take to log, and the best runs to be found.

Run it with ``python benchmarks/tracking.py``; SCALE=, ROUNDS= and SEED= are those of README.md
beside this file.  The base is a row that the driver writes and commits for each call, in WAL
mode, as `SQLite3` opens a file.
"""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
import statistics
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from measuring import Effort, Lane, OtherWorkError, Piece, Turn, take_turns
from places import sqlite_folder
from reports import ratios, surroundings

from scitex.db import ExperimentTracker

POINTS = 20_000
RUNS = 1_000
MANY = 100_000
ROUNDS = 7


def main() -> None:
    """Measure, and print it as it comes."""
    effort = Effort.asked_for()
    with sqlite_folder() as files:
        print(surroundings(effort, packages=("scitex-db",), folder=files.folder.parent))
        show(files.folder, effort, "metric", effort.calls(POINTS))
        show(files.folder, effort, "run", effort.calls(RUNS))
        find(files.folder, effort, effort.calls(MANY))


def show(folder: Path, effort: Effort, what: str, count: int) -> None:
    """Measure one call for each of many metrics, or runs."""
    chance = random.Random(effort.seed)
    ours = _logged if what == "metric" else _run
    lanes = [
        Lane("a row written and committed", partial(_bare, folder, count)),
        Lane("ExperimentTracker", partial(ours, folder, count)),
    ]
    print(f"\none call for each {what}, {count:,} of them\n", flush=True)
    timings = take_turns(lanes, rounds=effort.turns(ROUNDS), chance=chance)
    print(ratios(timings, per_turn=count), flush=True)


@contextlib.contextmanager
def _bare(folder: Path, count: int) -> Iterator[Turn]:
    place = folder / "bare.db"
    db = sqlite3.connect(place, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("CREATE TABLE points (run TEXT, name TEXT, step INTEGER, value REAL)")

    def work() -> int:
        for step in range(count):
            db.execute("INSERT INTO points VALUES (?, ?, ?, ?)", ("r", "loss", step, 0.5))
        return int(db.execute("SELECT count(*) FROM points").fetchone()[0])

    try:
        yield Turn([Piece(work)], partial(_check, count))
    finally:
        db.close()
        _clear(folder)


@contextlib.contextmanager
def _logged(folder: Path, count: int) -> Iterator[Turn]:
    """Log to a run; all is written when it is over."""
    with ExperimentTracker(folder / "ours.db") as tracker:
        run = tracker.start_run("bench")

        def work() -> int:
            for step in range(count):
                run.log(loss=0.5, step=step)
            run.flush()
            return tracker.db.count("run_metrics")

        yield Turn([Piece(work)], partial(_check, count))
    _clear(folder)


@contextlib.contextmanager
def _run(folder: Path, count: int) -> Iterator[Turn]:
    with ExperimentTracker(folder / "ours.db") as tracker:
        tracker.log_run("first", {}, {})  # and with it where this process comes from

        def work() -> int:
            for number in range(count):
                config = {"name": "bench", "lr": 0.1, "depth": 3}
                tracker.log_run(f"run-{number}", config, {"accuracy": 0.9, "loss": 0.1})
            return tracker.db.count("runs") - 1

        yield Turn([Piece(work)], partial(_check, count))
    _clear(folder)


def _check(count: int, answers: list[Any]) -> None:
    if answers != [count]:
        raise OtherWorkError(f"{answers} were stored, not {count}")


def _clear(folder: Path) -> None:
    for each in folder.glob("*.db*"):
        each.unlink()


def find(folder: Path, effort: Effort, count: int) -> None:
    """Measure the best of many runs, with few metrics and with many."""
    print(f"\nthe best five of {count:,} runs\n", flush=True)
    for metrics in (1, 10):
        with ExperimentTracker(folder / "many.db") as tracker:
            fill(tracker, count, metrics, random.Random(effort.seed))
            tracker.get_best_runs("m0", 5)
            seconds = []
            for _ in range(effort.turns(ROUNDS) * 3):
                begun = time.perf_counter()
                tracker.get_best_runs("m0", 5, mode="min")
                seconds.append(time.perf_counter() - begun)
        _clear(folder)
        middle = statistics.median(seconds) * 1e3
        print(f"  {metrics:3} metrics each  {middle:7.2f} ms", flush=True)


def fill(tracker: ExperimentTracker, count: int, metrics: int, chance: random.Random) -> None:
    """Store runs as another program does, and have the tracker find their metrics."""
    tracker.db.insert_many(
        "runs",
        (
            {
                "run_id": f"run-{number}",
                "status": "completed",
                "config": "{}",
                "metrics": json.dumps({f"m{n}": chance.random() for n in range(metrics)}),
            }
            for number in range(count)
        ),
    )
    with ExperimentTracker(tracker.db):
        pass


if __name__ == "__main__":
    main()

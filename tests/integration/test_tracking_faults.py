"""Runs of many processes, killed ones, and a database that is away: nothing logged is lost."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

from scitex.db import DatabaseWarning, ExperimentTracker, OperationalError, PostgreSQL, SQLite3
from scitex.db.adapters import machine
from scitex.db.domain.tracking.events import Started, Tagged
from scitex.db.services.tracking.spool import Spool
from scitex.db.testing.postgres.database import ScratchSchema
from tests.integration.children import said, started, told
from tests.integration.middleman import between

STEPS = 200
FILE = pytest.mark.engine("sqlite file")
SERVER = pytest.mark.engine("postgresql")

LOGGING = """
    import json, sys
    from scitex.db import ExperimentTracker, PostgreSQL
    target, number, steps = json.loads(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    db = target if isinstance(target, str) else PostgreSQL(**target)
    with ExperimentTracker(db, flush_every=0.05) as tracker:
        for part in range(2):
            with tracker.start_run("many", run_id=f"{number}-{part}") as run:
                for step in range(steps):
                    run.log(loss=step, accuracy=-step, step=step)
"""


@pytest.fixture(
    params=[pytest.param("sqlite", marks=FILE), pytest.param("postgresql", marks=SERVER)]
)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Return what a process in JSON is told of the database."""
    if request.param == "sqlite":
        return str(tmp_path / "runs.db")
    scratch: ScratchSchema = request.getfixturevalue("postgresql_schema")
    return {**scratch.params, "schema": scratch.name}


def opened(target: Any) -> SQLite3 | PostgreSQL:
    """Open it here."""
    return SQLite3(target) if isinstance(target, str) else PostgreSQL(**target)


@pytest.mark.parametrize("processes", [5, pytest.param(16, marks=pytest.mark.thorough)])
def test_many_processes_log_at_once(target: Any, tmp_path: Path, processes: int) -> None:
    """Two runs each: all points are there, and nobody complained."""
    children = [
        started(LOGGING, json.dumps(target), number, STEPS, cwd=tmp_path)
        for number in range(processes)
    ]
    for child in children:
        _, status, complained = told(child)
        assert (status, complained) == (0, "")

    with opened(target) as db:
        assert db.count("runs", where={"status": "completed"}) == 2 * processes
        assert db.count("run_metrics") == 2 * processes * STEPS * 2
        with ExperimentTracker(db) as tracker:
            best = tracker.get_best_runs("loss", 3)
            assert [run["metrics"]["loss"] for run in best] == [STEPS - 1] * 3
    assert not list(tmp_path.glob("*spool*"))


KILLED = """
    import json, signal, sys, time
    from scitex.db import ExperimentTracker, PostgreSQL
    signal.signal(signal.SIGINT, signal.default_int_handler)  # else as whoever started the tests
    target = json.loads(sys.argv[1])
    db = target if isinstance(target, str) else PostgreSQL(**target)
    tracker = ExperimentTracker(db, flush_every=0.05)
    run = tracker.start_run("killed", run_id="k")
    with run:
        for step in range(10):
            run.log(loss=10 - step, step=step)
        run.flush()
        print("ready", flush=True)
        time.sleep(60)
"""


def _killed(target: Any, tmp_path: Path, number: int) -> None:
    child = started(KILLED, json.dumps(target), cwd=tmp_path)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    child.send_signal(number)
    child.communicate(timeout=30)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_killed_shows_as_killed(target: Any, tmp_path: Path, number: int) -> None:
    """With what it had logged; it can be taken up again."""
    _killed(target, tmp_path, number)

    with opened(target) as db, ExperimentTracker(db) as tracker:
        found = tracker.run("k")
        assert (found["status"], found["metrics"]) == ("killed", {"loss": 1.0})
        assert found["ended"] is not None
        assert len(tracker.history("k", "loss")) == 10
        with tracker.start_run(run_id="k", resume=True) as run:
            run.log(loss=0, step=10)
        assert tracker.run("k")["status"] == "completed"
        assert len(tracker.history("k", "loss")) == 11


def test_a_run_of_this_process_is_not_taken_for_killed(target: Any) -> None:
    """Another tracker looks while it goes on; a stranger's is known by its heartbeat."""
    with opened(target) as db, ExperimentTracker(db) as tracker:
        run = tracker.start_run("mine")
        with ExperimentTracker(db) as other:
            assert other.run(run.id)["status"] == "running"
            db.update("run_info", {"host": "elsewhere"}, where={"run_id": run.id})
            assert other.run(run.id)["status"] == "running"
            assert other.reap_stale(run_age()) == [run.id]
            assert other.run(run.id)["status"] == "killed"
        run.finish()
        assert tracker.run(run.id)["status"] == "completed"


def run_age() -> Any:
    """Return no time at all."""
    import datetime as dt

    return dt.timedelta(0)


@FILE
def test_a_program_that_ends_ends_its_runs(tmp_path: Path) -> None:
    """Without a block: completed at its end, failed where an error ended it."""
    program = """
        import sys
        from scitex.db import ExperimentTracker
        tracker = ExperimentTracker("runs.db")
        run = tracker.start_run(run_id=sys.argv[1])
        run.log(loss=1)
        if sys.argv[1] == "bad":
            raise ValueError("no")
    """
    said(program, "good", cwd=tmp_path)
    told(started(program, "bad", cwd=tmp_path))

    with ExperimentTracker(tmp_path / "runs.db") as tracker:
        assert tracker.run("good")["status"] == "completed"
        assert tracker.run("bad")["status"] == "failed"
        assert tracker.run("bad")["metrics"] == {"loss": 1.0}


@FILE
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_worker_logs_to_the_run(tmp_path: Path) -> None:
    """Both processes' points are kept, each once."""
    program = """
        import os
        from scitex.db import ExperimentTracker
        with ExperimentTracker("runs.db") as tracker:
            run = tracker.start_run(run_id="r")
            run.log(a=1)
            child = os.fork()
            run.log(**{f"of_{child == 0}": 1})
            run.flush()
            if not child:
                os._exit(0)
            os.waitpid(child, 0)
            run.finish()
    """
    said(program, cwd=tmp_path)

    with ExperimentTracker(tmp_path / "runs.db") as tracker:
        found = [point["metric"] for point in tracker.history("r")]
        assert found == ["a", "of_False", "of_True"]


@SERVER
def test_a_server_that_is_away_for_a_while(
    postgresql_schema: ScratchSchema, tmp_path: Path
) -> None:
    """The run goes on, and all it logged arrives when the server is back."""
    params = dict(postgresql_schema.params)
    with (
        between(str(params["host"]), int(str(params["port"]))) as line,
        PostgreSQL(
            **{**params, "host": "127.0.0.1", "port": line.port},
            schema=postgresql_schema.name,
        ) as db,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        tracker = ExperimentTracker(db, flush_every=0.05, spool=tmp_path)
        with tracker.start_run("away", run_id="a") as run:
            run.log(loss=0, step=0)
            run.flush()
            line.cut()
            begun = time.monotonic()
            for step in range(1, 100):
                run.log(loss=step, step=step)
            took = time.monotonic() - begun
            run.set_tags(late=True)
            assert run.flush() is False
            assert list(tmp_path.glob("*-spool-*.jsonl"))
            tracker.log_run("whole", {"lr": 1, "start_time": "2025-05-30 12:00"}, {"loss": 3.0})
            with tracker.start_run("meanwhile", run_id="b") as other:
                other.log(loss=1)
            line.mend()
        assert tracker.flush() is True
        assert took < 15
        assert len(tracker.history("a", "loss")) == 100
        assert (tracker.run("a")["status"], tracker.run("a")["tags"]) == (
            "completed",
            {"late": True},
        )
        assert tracker.run("b")["metrics"] == {"loss": 1.0}
        assert tracker.get_best_runs("loss", 1)[0]["run_id"] == "a"
        assert tracker.run("whole")["metrics"] == {"loss": 3.0}
        tracker.close()
    assert [each.category for each in caught if each.category is DatabaseWarning] == [
        DatabaseWarning
    ]
    assert not list(tmp_path.glob("*spool*"))


@SERVER
def test_a_server_that_is_not_there_at_the_start(
    postgresql_schema: ScratchSchema, tmp_path: Path
) -> None:
    """The run begins all the same; a name that is refused there is told at once."""
    params: dict[str, Any] = dict(postgresql_schema.params)
    with between(str(params["host"]), int(params["port"])) as line:
        there = {**params, "host": "127.0.0.1", "port": line.port}
        db = PostgreSQL(**there, schema=postgresql_schema.name)
        line.cut()
        tracker = ExperimentTracker(db, flush_every=60, spool=tmp_path)
        with pytest.warns(DatabaseWarning, match="cannot be written"):
            run = tracker.start_run(run_id="a", resume=True)
        run.log(loss=1)
        run.finish()
        line.mend()
        assert tracker.run("a")["metrics"] == {"loss": 1.0}
        assert tracker.run("a")["status"] == "completed"
        tracker.close()
        db.close()
    with pytest.raises(OperationalError, match="FATAL"):
        ExperimentTracker(PostgreSQL(**{**params, "dbname": "no such database"}))


@FILE
def test_what_the_database_refuses_holds_up_nothing(tmp_path: Path) -> None:
    """It is set aside, and told; the rest is kept."""
    with SQLite3(tmp_path / "runs.db") as db:
        tracker = ExperimentTracker(db, flush_every=60)
        refusal = "BEGIN SELECT raise(ABORT, 'no'); END"
        db.execute(f"CREATE TRIGGER t BEFORE INSERT ON run_files {refusal}")
        run = tracker.start_run(run_id="a")
        run.log(loss=1)
        run.log_array("w", [1.0])
        with pytest.warns(DatabaseWarning, match="1 of what runs logged is refused"):
            run.finish()
        assert tracker.run("a")["metrics"] == {"loss": 1.0}
        assert tracker.run("a")["status"] == "completed"
        tracker.close()
    assert len((tmp_path / "runs.db-refused.jsonl").read_text().splitlines()) == 1


@FILE
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_does_not_end_its_parents_run(tmp_path: Path) -> None:
    """Not by leaving the block, nor by ending."""
    program = """
        import os, sys
        from scitex.db import ExperimentTracker
        tracker = ExperimentTracker("runs.db")
        with tracker.start_run(run_id="r") as run:
            child = os.fork()
            run.log(**{f"of_{child == 0}": 1})
            if not child:
                sys.exit(3)
            os.waitpid(child, 0)
            print(tracker.run("r")["status"])
    """
    assert said(program, cwd=tmp_path) == "running"

    with ExperimentTracker(tmp_path / "runs.db") as tracker:
        assert tracker.run("r")["status"] == "completed"
        assert [each["metric"] for each in tracker.history("r")] == ["of_False", "of_True"]


@FILE
def test_a_spool_that_was_taken_over_is_not_lost(tmp_path: Path) -> None:
    """Also where the one that took it over cannot store it either, and is killed."""
    place = tmp_path / "runs.db"
    with ExperimentTracker(place):
        pass
    event = Tagged("a", '{"n": 1}')
    gone = Spool(tmp_path, "runs.db", machine.host(), 2**22 + 1)
    gone.add([Started("a", None, "{}", "{}", None, "2025-05-30 12:00", 0, "x", "1"), event])

    for _ in range(2):
        later = Spool(tmp_path, "runs.db", machine.host(), 2**22 + 2)
        later.take_over(lambda pid: pid == 2**22 + 2)
        assert event in later.read()
        gone = Spool(tmp_path, "runs.db", machine.host(), 2**22 + 3)
        gone.take_over(lambda pid: False)
        assert event in gone.read()

    with ExperimentTracker(place) as tracker:
        assert tracker.run("a")["tags"] == {"n": 1}
    assert not list(tmp_path.glob("*spool*"))


@FILE
def test_a_file_that_is_locked_for_a_while(tmp_path: Path) -> None:
    """What it cannot take is spooled, also what is logged before it was ever open."""
    place = tmp_path / "runs.db"
    with SQLite3(place, timeout=0.1) as db:
        db.create_table("other", {"id": "INTEGER PRIMARY KEY"})
        lock = sqlite3.connect(place, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        tracker = ExperimentTracker(db, flush_every=60)
        with pytest.warns(DatabaseWarning, match="goes to .*runs.db-spool"):
            run = tracker.start_run(run_id="a")
        run.log(loss=1)
        assert run.flush() is False
        lock.execute("ROLLBACK")
        lock.close()
        run.log(loss=2)
        assert run.flush() is True
        assert [each["value"] for each in tracker.history("a", "loss")] == [1.0, 2.0]
        tracker.close()
    assert not list(tmp_path.glob("*spool*"))


@FILE
def test_what_a_killed_process_left_in_its_file_is_merged(tmp_path: Path) -> None:
    """By the next one that opens the database, up to the last whole line; twice is harmless."""
    place = tmp_path / "runs.db"
    program = """
        import os, signal, sqlite3, sys
        from scitex.db import ExperimentTracker, SQLite3
        with SQLite3("runs.db", timeout=0.1) as db:
            db.create_table("other", {"id": "INTEGER PRIMARY KEY"})
            lock = sqlite3.connect("runs.db", isolation_level=None)
            lock.execute("BEGIN IMMEDIATE")
            tracker = ExperimentTracker(db, flush_every=60)
            run = tracker.start_run(run_id="a", config={"lr": 1})
            run.log(loss=1)
            run.flush()
            run.log(loss=2)
            run.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    """
    told(started(program, cwd=tmp_path))
    (left,) = tmp_path.glob("runs.db-spool-*.jsonl")
    again = left.read_text()
    left.write_text(again + '{"kind": "measured", "wri')

    for _ in range(2):
        with ExperimentTracker(place) as tracker:
            found = tracker.run("a")
            assert (found["config"], found["metrics"]) == ({"lr": 1}, {"loss": 2.0})
            assert found["status"] == "killed"
            assert len(tracker.history("a", "loss")) == 2
        assert not list(tmp_path.glob("*spool*"))
        left.write_text(again)

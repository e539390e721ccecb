"""Runs of experiments: what is logged is kept, and given back."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import enum
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scitex.db import Database, ExperimentTracker, col
from scitex.db.adapters import machine
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    DuplicateKeyError,
    InterfaceError,
    OperationalError,
    RecordNotFoundError,
    SchemaError,
)

DOCUMENTED = {
    "run_id": "TEXT PRIMARY KEY",
    "experiment_name": "TEXT",
    "start_time": "DATETIME",
    "end_time": "DATETIME",
    "status": "TEXT",
    "config": "TEXT",
    "metrics": "TEXT",
}


@pytest.fixture
def tracker(
    lab: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ExperimentTracker]:
    """Return a tracker on it."""
    monkeypatch.chdir(tmp_path)
    with ExperimentTracker(lab) as tracker:
        yield tracker


def ids(runs: list[dict[str, Any]]) -> list[str]:
    """Return the names of runs."""
    return [run["run_id"] for run in runs]


# ----------------------------------------------------------------------- the documented calls


def test_the_documented_calls(tracker: ExperimentTracker) -> None:
    """``log_run(run_id, config, metrics)`` and ``get_best_runs(metric=, n=)``, as on the page."""
    for n, accuracy in enumerate([0.7, 0.9, 0.8]):
        config = {"name": "mnist", "start_time": "2025-0530-1400", "lr": 0.1 * n}
        tracker.log_run(f"run-{n}", config, {"accuracy": accuracy, "loss": 1 - accuracy})

    best = tracker.get_best_runs(metric="accuracy", n=2)

    assert ids(best) == ["run-1", "run-2"]
    assert best[0]["metrics"] == {"accuracy": 0.9, "loss": pytest.approx(0.1)}
    assert best[0]["experiment_name"] == "mnist"
    assert best[0]["start_time"] == dt.datetime(2025, 5, 30, 14)
    assert best[0]["status"] == "completed"
    row = tracker.db.select("runs", where={"run_id": "run-1"})[0]
    assert json.loads(row["metrics"])["accuracy"] == 0.9
    assert list(row) == list(DOCUMENTED)


def test_the_default_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Called experiments.db, in the current folder."""
    monkeypatch.chdir(tmp_path)
    with ExperimentTracker() as tracker:
        tracker.log_run("a", {}, {})

    assert sorted(path.name for path in tmp_path.iterdir()) == ["experiments.db"]


def test_a_table_that_the_page_filled_is_read(lab: Database) -> None:
    """With NaN in its JSON, and with text that is no JSON at all."""
    lab.create_table("runs", DOCUMENTED)
    texts = [
        '{"accuracy": 0.5}',
        '{"accuracy": NaN}',
        "{'accuracy': 0.9}",
        "{}",
        '{"accuracy": 0.7}',
    ]
    for n, text in enumerate(texts):
        lab.insert(
            "runs", {"run_id": f"r{n}", "status": "completed", "config": "{}", "metrics": text}
        )

    with ExperimentTracker(lab) as tracker:
        best = tracker.get_best_runs("accuracy", 9)
        assert ids(best)[:3] == ["r4", "r0", "r1"]
        assert len(best) == 5
        assert tracker.run("r2")["metrics"] == "{'accuracy': 0.9}"
        tracker.log_run("new", {}, {"accuracy": 0.6})
        assert ids(tracker.get_best_runs("accuracy", 2)) == ["r4", "new"]


def test_a_run_that_another_program_stores_is_ranked(
    tracker: ExperimentTracker, lab: Database
) -> None:
    """Also while the tracker is open."""
    tracker.log_run("ours", {}, {"accuracy": 0.5})
    lab.insert("runs", {"run_id": "theirs", "status": "completed", "metrics": '{"accuracy": 0.9}'})

    assert ids(tracker.get_best_runs()) == ["theirs", "ours"]


def test_runs_that_did_equally_well_come_once_each(tracker: ExperimentTracker) -> None:
    """However many there are."""
    for n in range(70):
        tracker.log_run(f"{n:02d}", {}, {"accuracy": 0.5})

    found = ids(tracker.get_best_runs(n=70))

    assert sorted(found) == [f"{n:02d}" for n in range(70)]


def test_another_table_of_that_name_is_refused(lab: Database) -> None:
    """Nothing is made beside it."""
    lab.create_table("runs", {"id": "INTEGER PRIMARY KEY", "name": "TEXT"})

    with pytest.raises(SchemaError, match="no table of an experiment's runs"):
        ExperimentTracker(lab)

    assert lab.storage.tables() == ["runs"]


def test_a_name_is_given_once(tracker: ExperimentTracker) -> None:
    """The run that has it stays as it is."""
    tracker.log_run("a", {}, {"x": 1})

    with pytest.raises(DuplicateKeyError, match="'a' already"):
        tracker.log_run("a", {}, {"x": 2})
    with pytest.raises(DuplicateKeyError, match="'a' already"):
        tracker.start_run(run_id="a")

    assert tracker.run("a")["metrics"] == {"x": 1}


# --------------------------------------------------------------------------------- the best


def test_the_least_is_best_where_that_is_asked(tracker: ExperimentTracker) -> None:
    """Runs that lack the metric come last, those with NaN before them."""
    for name, metrics in {
        "none": {},
        "nan": {"loss": math.nan},
        "high": {"loss": 2.0},
        "low": {"loss": -1},
        "inf": {"loss": math.inf},
        "words": {"loss": "diverged"},
    }.items():
        tracker.log_run(name, {}, metrics)

    assert ids(tracker.get_best_runs("loss", 4, mode="min")) == ["low", "high", "inf", "nan"]
    assert ids(tracker.get_best_runs("loss", 2)) == ["inf", "high"]
    assert set(ids(tracker.get_best_runs("loss", 9))[4:]) == {"none", "words"}
    assert tracker.get_best_runs("loss", 0) == []
    assert tracker.run("nan")["metrics"]["loss"] != 0


def test_the_best_of_some(tracker: ExperimentTracker) -> None:
    """By columns, and by what is inside the settings."""
    for n in range(60):
        config = {"name": "a" if n % 2 else "b", "model": {"depth": n % 3}}
        tracker.log_run(f"{n:02d}", config, {"accuracy": n / 60})

    some = tracker.get_best_runs(n=2, where={"experiment_name": "b"})
    inside = tracker.get_best_runs(n=2, where={"experiment_name": "b", "config.model.depth": 1})

    assert (ids(some), ids(inside)) == (["58", "56"], ["58", "52"])
    assert ids(tracker.get_best_runs(n=1, where=col("experiment_name") == "a")) == ["59"]


@pytest.mark.parametrize("given", [{"mode": "best"}, {"n": -1}, {"n": 1.5}])
def test_what_is_no_way_to_rank_is_refused(tracker: ExperimentTracker, given: Any) -> None:
    """It is told what is."""
    with pytest.raises(InterfaceError):
        tracker.get_best_runs("accuracy", **given)


# ------------------------------------------------------------------------------ runs going on


def test_a_run_is_logged_while_it_goes_on(tracker: ExperimentTracker, lab: Database) -> None:
    """It is running first, then completed; its points and last values are kept."""
    with tracker.start_run("mnist", config={"lr": 0.1}, tags={"gpu": "a100"}) as run:
        assert tracker.run(run.id)["status"] == "running"
        for step in range(10):
            run.log(loss=1 / (step + 1), step=step * 10)
        run.log({"top-5": np.float32(0.5)}, accuracy=np.int64(1))
        assert tracker.run(run.id)["metrics"]["loss"] == 0.1
        assert ids(tracker.get_best_runs("top-5", 1)) == [run.id]

    found = tracker.run(run.id)
    assert (found["status"], found["experiment_name"]) == ("completed", "mnist")
    assert found["metrics"] == {"loss": 0.1, "top-5": 0.5, "accuracy": 1.0}
    assert found["config"] == {"lr": 0.1}
    assert found["tags"] == {"gpu": "a100"}
    assert found["started"] <= found["ended"]
    history = tracker.history(run, "loss")
    assert [point["step"] for point in history] == list(range(0, 100, 10))
    assert history[1]["value"] == 0.5
    assert history[0]["time"].tzinfo is not None
    assert json.loads(lab.select("runs")[0]["metrics"])["loss"] == 0.1


def test_steps_are_counted_where_none_are_given(tracker: ExperimentTracker) -> None:
    """Each metric for itself; None is not logged."""
    with tracker.start_run() as run:
        for value in (1.0, None, 2.0):
            run.log(a=value, b=3)

    points = [(each["metric"], each["step"], each["value"]) for each in tracker.history(run)]
    assert points == [("a", 0, 1.0), ("a", 1, 2.0), ("b", 0, 3.0), ("b", 1, 3.0), ("b", 2, 3.0)]


def test_numbers_that_are_none_are_kept(tracker: ExperimentTracker) -> None:
    """NaN and both infinities come back as such."""
    with tracker.start_run() as run:
        for value in (math.nan, math.inf, -math.inf, 0.5):
            run.log(loss=value)

    found = [each["value"] for each in tracker.history(run, "loss")]
    assert math.isnan(found[0])
    assert found[1:] == [math.inf, -math.inf, 0.5]


@pytest.mark.parametrize("value", ["high", [1.0], object()])
def test_what_is_no_number_is_refused(tracker: ExperimentTracker, value: Any) -> None:
    """With the metric's name."""
    with tracker.start_run() as run:
        with pytest.raises(InterfaceError, match="'loss'"):
            run.log(loss=value)
        for bad in ({"": 1.0}, {"a\0b": 1.0}, {5: 1.0}):
            with pytest.raises(InterfaceError):
                run.log(bad)  # type: ignore[arg-type]
        for step in (1.5, 2**63, -(2**63) - 1, "first"):
            with pytest.raises(InterfaceError, match="step="):
                run.log(loss=1, step=step)  # type: ignore[arg-type]
        run.log(loss=1, step=np.int64(-3))
    assert [each["step"] for each in tracker.history(run)] == [-3]
    for given in ((5, {}), ({}, [1])):
        with pytest.raises(InterfaceError, match="of run 'x'"):
            tracker.log_run("x", *given)  # type: ignore[arg-type]


def _broken_off(run: Any, error: BaseException | type[BaseException]) -> None:
    with run:
        run.log(x=1)
        raise error


def test_an_error_fails_the_run(tracker: ExperimentTracker) -> None:
    """And is not swallowed; Ctrl-C and a bad exit kill it, a good exit completes it."""
    for error, status in (
        (ValueError, "failed"),
        (KeyboardInterrupt, "killed"),
        (SystemExit(3), "killed"),
        (SystemExit(0), "completed"),
    ):
        run = tracker.start_run()
        with pytest.raises(BaseException):  # noqa: B017, PT011 - each of them
            _broken_off(run, error)
        assert tracker.run(run.id)["status"] == status
        assert tracker.run(run.id)["metrics"] == {"x": 1.0}


def test_a_run_that_is_over_takes_nothing(tracker: ExperimentTracker) -> None:
    """Ending it again is harmless."""
    run = tracker.start_run()
    run.finish("failed")
    run.finish()

    with pytest.raises(InterfaceError, match="resume"):
        run.log(x=1)
    with pytest.raises(InterfaceError, match="completed, failed, killed"):
        tracker.start_run().finish("done")
    assert tracker.run(run.id)["status"] == "failed"


def test_a_run_is_taken_up_again(tracker: ExperimentTracker) -> None:
    """Its points go on; an unknown one is begun."""
    with tracker.start_run("a", run_id="x", config={"lr": 1}, resume=True) as run:
        run.log(loss=3.0, step=0)
    with tracker.start_run(run_id="x", resume=True, tags={"again": True}) as run:
        assert tracker.run("x")["status"] == "running"
        run.log(loss=2.0, step=1)

    found = tracker.run("x")
    assert (found["status"], found["config"]) == ("completed", {"lr": 1})
    assert found["tags"] == {"again": True}
    assert [each["value"] for each in tracker.history("x", "loss")] == [3.0, 2.0]


def test_runs_inside_runs(tracker: ExperimentTracker) -> None:
    """The inner ones know the outer one."""
    with tracker.start_run("sweep") as outer:
        for n in range(2):
            with outer.start_run("trial", config={"n": n}) as inner:
                inner.log(loss=n)

    found = tracker.runs(where={"experiment_name": "trial"})
    assert {run["parent"] for run in found} == {outer.id}


def test_arrays_and_files_are_kept(tracker: ExperimentTracker, tmp_path: Path) -> None:
    """They come back as they were; a name that is there is replaced."""
    place = tmp_path / "notes.txt"
    place.write_text("é")
    weights = np.arange(12.0).reshape(3, 4)
    with tracker.start_run() as run:
        run.log_array("weights", weights * 2)
        run.log_array("weights", weights)
        run.log_file(place)
        with pytest.raises(OSError, match="missing"):
            run.log_file(tmp_path / "missing")
        with pytest.raises(DataError):
            run.log_array("objects", np.array([object()]))

    assert (tracker.load_array(run, "weights") == weights).all()
    assert tracker.load_file(run, "notes.txt") == "é".encode()
    assert [each["kind"] for each in tracker.files(run)] == ["file", "array"]
    with pytest.raises(RecordNotFoundError, match="'other'"):
        tracker.load_file(run, "other")


def test_tags_are_set_and_taken_away(tracker: ExperimentTracker) -> None:
    """What is not named stays."""
    with tracker.start_run(tags={"a": 1, "b": 2}) as run:
        run.set_tags(a=None, c="x")

    assert tracker.run(run.id)["tags"] == {"b": 2, "c": "x"}
    assert ids(tracker.runs(where={"tags.c": ["x", "y"]})) == [run.id]


# -------------------------------------------------------------------------- giving them back


class Kind(enum.Enum):
    """A setting."""

    FAST = "fast"


@dataclasses.dataclass
class Optimizer:
    """Settings of settings."""

    name: str
    rate: float


def test_settings_of_every_sort_are_kept(tracker: ExperimentTracker) -> None:
    """As JSON has them, or as Python shows them."""
    config = {
        "clip": math.inf,
        "rates": np.array([0.5, 0.25]),
        "seed": np.int64(3),
        "kind": Kind.FAST,
        "opt": Optimizer("adam", 1e-3),
        "path": Path("a/b"),
        "day": dt.date(2025, 5, 30),
        "layers": ({"n": 1}, {"n": 2}),
        "names": {"b", "a"},
        "none": None,
    }
    tracker.log_run("a", config, {})

    found = tracker.run("a")["config"]

    assert found == {
        "clip": math.inf,
        "rates": [0.5, 0.25],
        "seed": 3,
        "kind": "fast",
        "opt": {"name": "adam", "rate": 1e-3},
        "path": "a/b",
        "day": "2025-05-30",
        "layers": [{"n": 1}, {"n": 2}],
        "names": ["a", "b"],
        "none": None,
    }


def test_runs_as_a_frame(tracker: ExperimentTracker) -> None:
    """One row a run, nested settings by their paths."""
    tracker.log_run("a", {"model": {"depth": 3}}, {"loss": 0.5})
    tracker.log_run("b", {"model": {"depth": 4}}, {"accuracy": math.nan})

    frame = tracker.to_dataframe(order_by="run_id").set_index("run_id")

    assert frame["config.model.depth"].to_list() == [3, 4]
    assert frame["metrics.loss"].to_list()[:1] == [0.5]
    assert frame["status"].to_list() == ["completed"] * 2


def test_runs_are_compared(tracker: ExperimentTracker) -> None:
    """Settings in which they differ, and all metrics."""
    tracker.log_run("a", {"lr": 1, "same": 5}, {"loss": 0.5})
    tracker.log_run("b", {"lr": 2, "same": 5, "more": 1}, {"loss": 0.25})

    found = tracker.compare(["a", "b"])

    assert found["config"] == {"lr": {"a": 1, "b": 2}, "more": {"a": None, "b": 1}}
    assert found["metrics"] == {"loss": {"a": 0.5, "b": 0.25}}
    with pytest.raises(RecordNotFoundError, match="'c'"):
        tracker.compare(["a", "c"])


def test_runs_are_listed_in_an_order(tracker: ExperimentTracker) -> None:
    """The latest first, or as asked; unknown columns are told."""
    for n, name in enumerate("bca"):
        tracker.log_run(name, {"start_time": dt.datetime(2025, 1, n + 1)}, {})

    assert ids(tracker.runs()) == ["a", "c", "b"]
    assert ids(tracker.runs(order_by="run_id", limit=2)) == ["a", "b"]
    assert ids(tracker.runs(where=col("run_id") > "a", order_by="run_id")) == ["b", "c"]
    with pytest.raises(ColumnNotFoundError):
        tracker.runs(where={"lr": 1})


def test_a_correction_keeps_what_was_before(tracker: ExperimentTracker) -> None:
    """Who, why, and both values."""
    tracker.log_run("a", {"lr": 1, "n": 2}, {})

    tracker.amend("a", why="typing error", config={"lr": 0.1}, experiment_name="mnist")

    assert tracker.run("a")["config"] == {"lr": 0.1, "n": 2}
    told = {each["field"]: each for each in tracker.amendments("a")}
    assert json.loads(told["config"]["before"]) == {"lr": 1, "n": 2}
    assert (told["experiment_name"]["before"], told["experiment_name"]["why"]) == (
        None,
        "typing error",
    )
    with pytest.raises(InterfaceError, match="loss"):
        tracker.amend("a", why="x", loss=1)
    with pytest.raises(RecordNotFoundError):
        tracker.amend("b", why="x", status="failed")


def test_where_a_run_came_from(tracker: ExperimentTracker, lab: Database) -> None:
    """It is kept once for all runs of a process; it can be left out."""
    tracker.log_run("a", {}, {})
    tracker.log_run("b", {}, {})

    facts = tracker.run("a")["provenance"]

    assert {"argv", "host", "python", "packages"} <= set(facts)
    assert lab.count("run_origins") == 1
    with ExperimentTracker(lab, provenance=False) as other:
        other.log_run("c", {}, {})
        assert other.run("c")["provenance"] == {}


# --------------------------------------------------------------------------------- elsewhere


def test_runs_move_to_another_database(tracker: ExperimentTracker, tmp_path: Path) -> None:
    """Several trackers push to one; what is there already is not sent again."""
    with ExperimentTracker(tmp_path / "other.db") as other:
        other.log_run("theirs", {}, {"accuracy": 0.99})
        with tracker.start_run("mine") as run:
            run.log(accuracy=0.5)
        hub = tmp_path / "hub.db"
        first = tracker.push(hub)
        report = tracker.push(hub)
        other.push(hub)

    assert any(table.remote for table in first.tables)
    assert not any(table.remote for table in report.tables)
    with ExperimentTracker(hub) as found:
        assert ids(found.get_best_runs(n=3)) == ["theirs", run.id]
        assert [each["value"] for each in found.history(run.id, "accuracy")] == [0.5]


@pytest.mark.engine("sqlite file")
def test_a_path_that_cannot_be_is_told(tmp_path: Path) -> None:
    """At once, and nothing is spooled."""
    with pytest.raises(OperationalError):
        ExperimentTracker(tmp_path / "no" / "such" / "folder" / "e.db")
    with pytest.raises(InterfaceError, match="flush_every"):
        ExperimentTracker(tmp_path / "e.db", flush_every=0)
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------- what is said is kept


def test_a_run_outlives_a_transaction_that_is_undone(tracker: ExperimentTracker) -> None:
    """What was logged in it is not undone: the experiment did run."""
    with contextlib.suppress(KeyError), tracker.db.transaction():
        run = tracker.start_run("x", run_id="tx", config={"lr": 0.1}, tags={"a": "b"})
        run.log(loss=1.0)
        assert run.flush()
        raise KeyError
    run.log(loss=2.0)
    assert run.flush()
    run.finish()
    with (
        contextlib.suppress(KeyError),
        tracker.db.transaction(),
        tracker.start_run(run_id="whole"),
    ):
        raise KeyError

    found = tracker.run("tx")
    assert (found["status"], found["config"]) == ("completed", {"lr": 0.1})
    assert found["tags"] == {"a": "b"}
    assert [point["value"] for point in tracker.history("tx")] == [1.0, 2.0]
    assert tracker.run("whole")["status"] == "failed"


def test_a_tracker_may_be_closed_in_a_transaction_that_is_undone(
    tracker: ExperimentTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it logged is stored by who opens the database when the process is gone."""
    with contextlib.suppress(KeyError), tracker.db.transaction():
        with ExperimentTracker(tracker.db) as inner:
            inner.start_run(run_id="late").log(loss=1.0)
        raise KeyError
    assert tracker.runs() == []

    monkeypatch.setattr(machine, "has_process", lambda _: False)
    with ExperimentTracker(tracker.db) as later:
        assert later.run("late")["metrics"] == {"loss": 1.0}
    assert list(Path().glob("*.jsonl")) == []


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({1: "a", "1": "b"}, "1 and '1' are one"),
        ({"a.b": 1, "a": {"b": 2}}, "'a.b' is there twice"),
    ],
)
def test_no_setting_hides_another(
    tracker: ExperimentTracker, config: dict[Any, Any], words: str
) -> None:
    """It is told which, and no run is half there."""
    for given in ((config, {"a": 1.0}), ({}, config)):
        with pytest.raises(InterfaceError, match=words):
            tracker.log_run("r", *given)
    inside: dict[str, Any] = {}
    inside["self"] = inside
    with pytest.raises(InterfaceError, match="inside themselves"):
        tracker.start_run(config=inside)

    assert tracker.runs() == []


def test_names_of_files_that_are_no_utf8_are_kept(
    tracker: ExperimentTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a setting, a tag, or on the command line."""
    monkeypatch.setattr("sys.argv", ["run.py", "caf\udce9.csv"])
    monkeypatch.setattr(machine, "origin", machine.origin.__wrapped__)
    monkeypatch.setattr(machine, "provenance", machine.provenance.__wrapped__)
    config = {"file": "caf\udce9.csv"}

    tracker.log_run("r", config, {"a": 1.0})

    found = tracker.run("r")
    assert found["config"] == config
    assert found["provenance"]["argv"] == ["run.py", "caf\udce9.csv"]
    assert tracker.report(title="caf\udce9").read_text(encoding="utf-8").count("caf\\udce9")


def test_what_is_asked_for_is_looked_at(tracker: ExperimentTracker) -> None:
    """A limit is a number of runs, and a status one of four."""
    for n in range(3):
        tracker.log_run(f"r{n}", {}, {"a": n})

    for limit in (-1, "x", 2.5):
        for where in (None, {"config.lr": 5}):
            with pytest.raises(InterfaceError, match="limit"):
                tracker.runs(where, limit=limit)  # type: ignore[arg-type]
    with pytest.raises(InterfaceError, match="status='zz'"):
        tracker.amend("r1", why="x", status="zz")
    tracker.amend("r1", why="x", status="failed")
    assert tracker.run("r1")["status"] == "failed"

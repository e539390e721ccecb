"""The documented workflows, and the package beside others: as on the page, on both engines."""

from __future__ import annotations

import datetime as dt
import importlib
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from scitex.db import Database, ExperimentTracker, TimeSeriesDB
from scitex.db.domain.errors import DatabaseWarning

RUNS = {
    "run_id": "TEXT PRIMARY KEY",
    "experiment_name": "TEXT",
    "start_time": "DATETIME",
    "end_time": "DATETIME",
    "status": "TEXT",
    "config": "TEXT",
    "metrics": "TEXT",
}
READINGS = {
    "id": "SERIAL PRIMARY KEY",
    "sensor_id": "VARCHAR(50)",
    "timestamp": "TIMESTAMP",
    "value": "REAL",
    "metadata": "JSONB",
}
STAMP = "2025-0530-1412"
NOON = dt.datetime(2025, 5, 30, 12)


def _log_by_hand(db: Database, run_id: str, config: dict[str, Any], metrics: Any) -> None:
    """Store a run with the plain calls of the page."""
    db.insert(
        "runs",
        {
            "run_id": run_id,
            "experiment_name": config.get("name"),
            "start_time": config.get("start_time"),
            "end_time": STAMP,
            "status": "completed",
            "config": json.dumps(config),
            "metrics": json.dumps(metrics),
        },
    )


def test_runs_by_the_plain_calls(lab: Database) -> None:
    """Workflow 1, as people write it themselves: JSON as text, sorted in Python."""
    lab.create_table("runs", RUNS)
    for number in range(7):
        config = {"name": "net", "start_time": STAMP, "lr": number / 10}
        _log_by_hand(lab, f"run {number}", config, {"accuracy": (number * 3) % 7})

    runs = lab.select("runs")
    for run in runs:
        run["metrics"] = json.loads(run["metrics"])
    best = sorted(runs, key=lambda run: run["metrics"].get("accuracy", 0), reverse=True)[:2]

    assert [run["run_id"] for run in best] == ["run 2", "run 4"]
    assert json.loads(best[0]["config"])["lr"] == 0.2
    assert best[0]["start_time"] == dt.datetime(2025, 5, 30, 14, 12)


def test_runs_by_the_tracker(lab: Database) -> None:
    """Workflow 1 by the class of that name, which takes over a table made by hand."""
    lab.create_table("runs", RUNS)
    _log_by_hand(lab, "old", {"name": "net"}, {"accuracy": 0.5})
    with ExperimentTracker(lab) as tracker:
        tracker.log_run("new", {"name": "net", "start_time": STAMP}, {"accuracy": 0.9})
        tracker.log_run("bad", {"name": "net"}, {"accuracy": float("nan")})

        best = tracker.get_best_runs(metric="accuracy", n=5)

    assert [run["run_id"] for run in best] == ["new", "old", "bad"]
    assert best[0]["metrics"]["accuracy"] == 0.9


def test_readings_by_the_plain_calls(lab: Database) -> None:
    """Workflow 2, as people write it themselves, with values that are bound."""
    lab.create_table("timeseries", READINGS)
    lab.create_index("timeseries", ["sensor_id", "timestamp"])
    given = [{"timestamp": NOON + dt.timedelta(minutes=n), "value": n / 2} for n in range(60)]
    lab.insert_many(
        "timeseries",
        [
            {
                "sensor_id": "a",
                "timestamp": each["timestamp"],
                "value": each["value"],
                "metadata": each.get("metadata", {}),
            }
            for each in given
        ],
    )

    found = lab.select(
        "timeseries",
        where="sensor_id = ? AND timestamp BETWEEN ? AND ?",
        params=["a", NOON, NOON + dt.timedelta(minutes=2)],
        order_by="timestamp",
    )

    assert [row["value"] for row in found] == [0.0, 0.5, 1.0]
    assert found[0]["metadata"] == {}


def test_readings_by_the_series(lab: Database) -> None:
    """Workflow 2 by the class of that name, on the same table."""
    lab.create_table("timeseries", READINGS)
    lab.create_index("timeseries", ["sensor_id", "timestamp"])
    series = TimeSeriesDB(lab)
    series.insert_readings("a", [{"timestamp": NOON, "value": 1.5}])

    assert series.get_time_range("a", NOON, "2025-05-31")[0]["value"] == 1.5
    assert series.get_time_range("' OR '1' = '1", NOON, "2025-05-31") == []


# ------------------------------------------------------------------ beside other packages


def _by_itself(name: str) -> Callable[..., Any]:
    """Return `save` or `load` with what everybody has: pickle and JSON."""

    def save(found: Any, path: str) -> None:
        if hasattr(found, "savefig"):
            found.savefig(path)
            return
        with Path(path).open("wb") as file:
            pickle.dump(found, file)

    def load(path: str) -> Any:
        return json.loads(Path(path).read_text(encoding="utf-8"))

    return {"save": save, "load": load}[name]


def _of_sibling(name: str) -> Callable[..., Any]:
    """Return its own, which puts names without a folder beside the script that calls it."""
    found: Callable[..., Any] = getattr(importlib.import_module("scitex_io"), name)
    return found


SAVING = [
    pytest.param(_by_itself, id="plain"),
    pytest.param(_of_sibling, id="scitex_io", marks=pytest.mark.siblings("scitex_io")),
]


@pytest.fixture
def experiments(lab: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Return a database with a few experiments, in an empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    lab.create_table(
        "experiments",
        {"name": "TEXT", "timestamp": "DATETIME", "accuracy": "REAL", "note": "TEXT"},
    )
    lab.insert_many(
        "experiments",
        [
            {"name": f"e{n}", "timestamp": NOON + dt.timedelta(hours=n), "accuracy": n / 10}
            for n in range(11)
        ],
    )
    return lab


@pytest.mark.parametrize("by", SAVING)
def test_results_are_saved_and_loaded(experiments: Database, by: Any) -> None:
    """Records are plain dicts, which any program keeps; what it loads is stored at once."""
    save, load = by("save"), by("load")
    results = experiments.select("experiments", where="accuracy > 0.9")
    save(results, str(Path.cwd() / "high_accuracy_experiments.pkl"))
    Path("new_experiments.json").write_text(
        '[{"name": "new", "accuracy": 0.25}]', encoding="utf-8"
    )

    experiments.insert_many("experiments", load(str(Path.cwd() / "new_experiments.json")))

    kept = pickle.loads(Path("high_accuracy_experiments.pkl").read_bytes())  # noqa: S301 - our own
    assert kept == results
    assert [type(row) for row in kept] == [dict]
    assert experiments.select("experiments", where={"name": "new"})[0]["accuracy"] == 0.25


@pytest.mark.parametrize(
    "forced",
    [
        pytest.param(lambda frame: frame, id="plain"),
        pytest.param(
            lambda frame: importlib.import_module("scitex_pd").force_df(frame),
            id="scitex_pd",
            marks=pytest.mark.siblings("scitex_pd"),
        ),
    ],
)
def test_frames_go_out_and_come_back(experiments: Database, forced: Any) -> None:
    """The sums that pandas makes of a table are stored as another."""
    frame = forced(experiments.to_dataframe("experiments"))
    summary = frame.describe()

    with pytest.warns(DatabaseWarning, match="'timestamp' holds"):  # moments, and their count
        experiments.from_dataframe(summary, "experiment_summary")

    found = experiments.to_dataframe("experiment_summary")
    assert len(found) == len(summary)
    assert set(summary.columns) <= set(found.columns)
    assert found["accuracy"].tolist() == summary["accuracy"].tolist()


@pytest.mark.parametrize("by", SAVING)
def test_metrics_are_drawn(experiments: Database, by: Any) -> None:
    """Records make a frame, a frame makes a picture."""
    from matplotlib.figure import Figure

    data = experiments.select("experiments", columns=["timestamp", "accuracy"])
    frame = pd.DataFrame(data)
    assert str(frame["timestamp"].dtype).startswith("datetime64")

    figure = Figure()
    ax = figure.subplots()
    ax.plot(frame["timestamp"], frame["accuracy"])
    ax.set_title("Model Accuracy Over Time")
    by("save")(figure, str(Path.cwd() / "accuracy_trend.png"))

    assert Path("accuracy_trend.png").read_bytes().startswith(b"\x89PNG")
    assert len(ax.lines[0].get_xdata()) == 11


@pytest.mark.siblings("scitex_plt")
@pytest.mark.filterwarnings("default")  # of fonts that are not there
def test_metrics_are_drawn_by_the_sibling(experiments: Database) -> None:
    """The same by ``scitex.plt``, which is packed as ``scitex_plt``."""
    plt = importlib.import_module("scitex_plt")
    frame = pd.DataFrame(experiments.select("experiments", columns=["timestamp", "accuracy"]))

    figure, ax = plt.subplots()
    ax.plot(frame["timestamp"], frame["accuracy"])
    figure.savefig("accuracy_trend.png")

    assert Path("accuracy_trend.png").read_bytes().startswith(b"\x89PNG")

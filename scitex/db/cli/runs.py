"""The commands on the runs of experiments."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import click

from scitex.db.cli.databases import command, database, opened
from scitex.db.cli.output import Form, forms, write, write_json

where = click.option("-w", "--where", help="A condition in SQL on the table runs.")
_SHOWN = ("run_id", "experiment_name", "status", "start_time", "config", "metrics")


@contextlib.contextmanager
def _tracker(address: str) -> Iterator[Any]:
    """Open the runs of a database; one that has none gets no tables for them."""
    from scitex.db import ExperimentTracker

    with opened(address) as db:
        if not db.table_exists("runs"):
            raise click.ClickException("there are no runs in it: no tracker has been here")
        with ExperimentTracker(db, provenance=False) as tracker:
            yield tracker


@click.group(
    "runs",
    epilog="""\b
Examples:
  scitex-db runs list experiments.db
  scitex-db runs best experiments.db --metric accuracy
  scitex-db runs report experiments.db report.html
""",
)
def runs() -> None:
    """Look at the runs that an ExperimentTracker keeps."""


@command(
    "List runs, the latest first.",
    """
    runs list experiments.db
    runs list experiments.db --where "status = 'failed'" --json
    """,
    name="list",
)
@database
@where
@click.option("--limit", type=click.IntRange(min=0), default=20, show_default=True)
@forms
def listed(*, address: str, where: str | None, limit: int, form: Form) -> None:
    """List the runs of DATABASE, the latest first."""
    with _tracker(address) as tracker:
        _show(tracker.runs(where, limit=limit), form)


@command(
    "List the runs that did best.",
    """
    runs best experiments.db --metric accuracy
    runs best experiments.db --metric loss --mode min -n 3 --csv
    """,
    name="best",
)
@database
@click.option("--metric", default="accuracy", show_default=True)
@click.option("--mode", type=click.Choice(["max", "min"]), default="max", show_default=True)
@click.option("-n", "number", type=click.IntRange(min=1), default=5, show_default=True)
@where
@forms
def best(
    *, address: str, metric: str, mode: Any, number: int, where: str | None, form: Form
) -> None:
    """List the runs of DATABASE whose last value of a metric is the best."""
    with _tracker(address) as tracker:
        _show(tracker.get_best_runs(metric, number, mode=mode, where=where), form)


def _show(found: list[dict[str, Any]], form: Form) -> None:
    shown = [{name: run[name] for name in _SHOWN} for run in found]
    write(shown if form == "table" else found, form, _SHOWN if form == "table" else None)


@command(
    "Show all that is kept of a run.",
    """
    runs show experiments.db 20250530-141500-a1b2c3d4
    runs show experiments.db baseline --metric loss --csv
    """,
    name="show",
)
@database
@click.argument("run_id", metavar="RUN")
@click.option("--metric", help="Show the values of this one, step by step, instead.")
@forms
def show(*, address: str, run_id: str, metric: str | None, form: Form) -> None:
    """Show a RUN of DATABASE: its settings, metrics, files, and where it came from."""
    with _tracker(address) as tracker:
        if metric is not None:
            write(tracker.history(run_id, metric), form)
            return
        run = {**tracker.run(run_id), "files": tracker.files(run_id)}
    if form == "json":
        write_json(run)
    else:
        write(({"what": key, "is": value} for key, value in run.items() if value), form)


@command(
    "Write a page that shows the runs.",
    """
    runs report experiments.db report.html
    runs report experiments.db report.html --where "experiment_name = 'baseline'"
    """,
    name="report",
)
@database
@click.argument("file", default="report.html", type=click.Path())
@where
@click.option("--title", default="Runs", show_default=True)
def report(*, address: str, file: str, where: str | None, title: str) -> None:
    """Write the runs of DATABASE to FILE, one page for a browser that needs no network."""
    with _tracker(address) as tracker:
        click.echo(tracker.report(file, where=where, title=title))


for each in (listed, best, show, report):
    runs.add_command(each)

"""One page of all runs, which needs nothing else: a table, curves, differences, and origins."""

from __future__ import annotations

import datetime as dt
import importlib.resources
import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from scitex.db.domain.queries import Query
from scitex.db.domain.rows import Record
from scitex.db.domain.tracking import spelling
from scitex.db.domain.tracking.tables import ORIGINS
from scitex.db.ports.storage import Storage
from scitex.db.services.tracking import finding

_POINTS = 240  # of a curve: more than can be told apart
_FACTS = ("run_id", "experiment_name", "status", "start_time")


def page(storage: Storage, runs: Sequence[Record], title: str) -> str:
    """Return the page."""
    columns, cells = _table(runs)
    curves = _curves(storage, runs)
    told = {
        "title": title,
        "about": f"{len(runs):,} runs · {storage.location} · {dt.datetime.now():%d %B %Y, %H:%M}",  # noqa: DTZ005
        "columns": columns,
        "runs": cells,
        "metrics": sorted(curves),
        "curves": curves,
        "origins": list(_origins(storage, runs)),
    }
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    home = importlib.resources.files("scitex.db.services.tracking")
    template = (home / "page.html").read_text(encoding="utf-8")
    return template.replace("__DATA__", text.replace("<", "\\u003c"))


def _table(runs: Sequence[Record]) -> tuple[list[str], list[list[Any]]]:
    """Return the columns, and a row for each run."""
    rows = []
    for run in runs:
        row = {name: _cell(run[name]) for name in _FACTS}
        if run["started"] is not None and run["ended"] is not None:
            row["seconds"] = round((run["ended"] - run["started"]).total_seconds(), 3)
        for part in ("metrics", "config", "tags"):
            flat = spelling.flat(run[part])
            row |= {f"{part}.{name}": _cell(each) for name, each in flat.items()}
        rows.append(row)
    columns = list(dict.fromkeys(name for row in rows for name in row)) or list(_FACTS)
    columns.sort(key=_rank)
    return columns, [[row.get(name) for name in columns] for row in rows]


def _rank(name: str) -> int:
    """Return where a column belongs: what it is, then how well it did, then how it was set."""
    part = name.partition(".")[0]
    return {"metrics": 1, "config": 2, "tags": 3}.get(part, 0)


def _cell(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": spelling.number(value)}
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds")
    return value if isinstance(value, str | int | float | None) else spelling.spelt(value)


def _curves(storage: Storage, runs: Sequence[Record]) -> dict[str, dict[int, list[list[Any]]]]:
    """Return the points of each metric, by the run's place: steps and values."""
    found: dict[str, dict[int, list[list[Any]]]] = {}
    for place, run in enumerate(runs):
        for name, points in _of_run(storage, run["run_id"]).items():
            if len(points) > 1:
                steps, values = zip(*_thinned(points), strict=True)
                found.setdefault(name, {})[place] = [list(steps), list(values)]
    return found


def _of_run(storage: Storage, run_id: str) -> dict[str, list[tuple[int, float | None]]]:
    found: dict[str, list[tuple[int, float | None]]] = {}
    for point in finding.history(storage, run_id, None):
        value = point["value"]
        there = value is not None and math.isfinite(value)
        short = float(f"{value:.5g}") if there else None
        found.setdefault(point["metric"], []).append((point["step"], short))
    return found


def _thinned(points: list[tuple[int, float | None]]) -> list[tuple[int, float | None]]:
    """Return fewer points that look the same: the least and the greatest of each stretch."""
    if len(points) <= _POINTS:
        return points
    width = math.ceil(2 * len(points) / _POINTS)
    found = []
    for start in range(0, len(points), width):
        some = points[start : start + width]
        there = [at for at, (_, value) in enumerate(some) if value is not None]
        if not there:
            found.append(some[0])
            continue
        ends = {min(there, key=lambda at: some[at][1]), max(there, key=lambda at: some[at][1])}  # type: ignore[arg-type, return-value]
        found += [some[at] for at in sorted(ends)]
    return found


def _origins(storage: Storage, runs: Sequence[Record]) -> Iterator[Record]:
    """Yield what runs were started by, with how many there are of each."""
    counts: dict[str, int] = {}
    for run in runs:
        if run["origin"] is not None:
            counts[run["origin"]] = counts.get(run["origin"], 0) + 1
    for row in storage.select(Query(ORIGINS.name)):
        if row["id"] in counts:
            yield {"runs": counts[row["id"]], "facts": spelling.read(row["facts"])}

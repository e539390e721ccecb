"""Curves of metrics, drawn by matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scitex.db.domain.errors import RecordNotFoundError, UnsupportedFeatureError
from scitex.db.ports.storage import Storage
from scitex.db.services.tracking import finding

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST = 10


def curves(storage: Storage, metric: str, names: Sequence[str] | None) -> Figure:
    """
    Draw a metric of some runs, or of the latest that have it.

    Raises
    ------
    UnsupportedFeatureError
        If matplotlib is missing.
    RecordNotFoundError
        If no run has points of this metric.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UnsupportedFeatureError(
            "plots are drawn by matplotlib, which is not installed",
            engine=storage.engine,
            hint="pip install 'scitex-db[plot]'",
        ) from error
    wanted = [run["run_id"] for run in finding.runs(storage)] if names is None else names
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    drawn = 0
    for name in wanted:
        points = finding.history(storage, name, metric)
        if points:
            axes.plot(
                [point["step"] for point in points],
                [point["value"] for point in points],
                label=name,
                linewidth=1.5,
            )
            drawn += 1
        if names is None and drawn == _MOST:
            break
    if not drawn:
        raise RecordNotFoundError(
            f"no run has logged {metric!r}", hint="run.log(...) keeps points that can be drawn"
        )
    axes.set_xlabel("step")
    axes.set_ylabel(metric)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, fontsize="small")
    return figure

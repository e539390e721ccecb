"""Runs that are kept, as they are asked for."""

from __future__ import annotations

import abc
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scitex.db.domain.predicates import OrderTerm
from scitex.db.domain.queries import OrderBy, Query, Where
from scitex.db.domain.rows import Record, Rows
from scitex.db.domain.tracking.tables import AMENDMENTS, FILES
from scitex.db.ports.files import Files
from scitex.db.ports.storage import Storage
from scitex.db.services.tracking import finding, keeping
from scitex.db.services.tracking.finding import Mode
from scitex.db.services.tracking.run import Run

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


class Shelf(abc.ABC):
    """The calls that give runs back."""

    @abc.abstractmethod
    def _reading(self) -> Storage:
        """Return the storage, once what was logged here is in it."""

    @property
    @abc.abstractmethod
    def _files(self) -> Files:
        """Where files are written."""

    @abc.abstractmethod
    def _adopted(self) -> Storage:
        """Return the same, once the metrics of runs are found that other programs stored."""

    @abc.abstractmethod
    def _reaped(self) -> Storage:
        """Return the same, once it is noted which runs were killed."""

    def get_best_runs(
        self, metric: str = "accuracy", n: int = 5, *, mode: Mode = "max", where: Where = None
    ) -> list[Record]:
        """
        Return the runs that did best.

        Parameters
        ----------
        metric : str, default "accuracy"
            A number among the metrics; its last value where it was logged several times.
        n : int, default 5
            How many.
        mode : {"max", "min"}, default "max"
            Whether the greatest is the best, or the least.
        where : mapping or predicate, optional
            As in `runs`.

        Returns
        -------
        list of dict
            As of `runs`.  Those that have NaN come after all numbers, those that lack the metric
            last.

        Raises
        ------
        InterfaceError
            If `mode` is neither, or `n` is no whole number.

        Notes
        -----
        Reads an index, so that it takes as long with a hundred thousand runs as with few.

        Examples
        --------
        >>> [run["run_id"] for run in tracker.get_best_runs(metric="accuracy", n=1)]
        ['run-1']
        """
        return Rows(finding.best(self._adopted(), metric, n, mode=mode, where=where))

    def runs(
        self, where: Where = None, *, order_by: OrderBy = None, limit: int | None = None
    ) -> list[Record]:
        """
        Return runs, the latest first.

        Parameters
        ----------
        where : mapping or predicate, optional
            Columns of ``runs``, such as ``{"status": "failed"}``; a mapping may also name
            ``config.<path>``, ``metrics.<name>`` and ``tags.<name>``, which are compared after
            reading.
        order_by : str or OrderTerm, optional
            A column of ``runs``.
        limit : int, optional
            How many at most.

        Returns
        -------
        list of dict
            ``run_id``, ``experiment_name``, ``start_time``, ``end_time`` (by the clock on the
            wall), ``status``, ``config``, ``metrics`` and ``tags`` as dicts, ``parent``,
            ``started``, ``ended`` and ``heartbeat`` (UTC), ``host``, ``origin``.

        Raises
        ------
        ColumnNotFoundError
            If a name is none of these.
        InterfaceError
            If `limit` is no whole number.

        Examples
        --------
        >>> [run["run_id"] for run in tracker.runs(where={"config.lr": 0.1})]
        ['run-1']
        """
        storage = self._reaped()
        return Rows(finding.runs(storage, where, order_by=order_by, limit=limit))

    def run(self, run_id: str) -> Record:
        """
        Return one run.

        Parameters
        ----------
        run_id : str

        Returns
        -------
        dict
            As of `runs`, and ``provenance``.

        Raises
        ------
        RecordNotFoundError
            If there is none.
        """
        return finding.run(self._reaped(), run_id)

    def to_dataframe(self, where: Where = None, *, order_by: OrderBy = None) -> pd.DataFrame:
        """
        Return runs as a DataFrame.

        Parameters
        ----------
        where, order_by
            As in `runs`.

        Returns
        -------
        pandas.DataFrame
            One row a run, with a column for each path of the settings (``config.model.depth``),
            each metric (``metrics.accuracy``) and each tag.

        Examples
        --------
        >>> tracker.to_dataframe()["metrics.accuracy"].to_list()
        [0.91]
        """
        found: pd.DataFrame = finding.frame(self.runs(where, order_by=order_by))
        return found

    def history(self, run: Run | str, metric: str | None = None) -> list[Record]:
        """
        Return what a run logged.

        Parameters
        ----------
        run : Run or str
        metric : str, optional
            One of them; all by default.

        Returns
        -------
        list of dict
            Each with ``metric``, ``step``, ``value`` and ``time`` (UTC), in the order of steps.

        Examples
        --------
        >>> tracker.history("run-1")
        []
        """
        return finding.history(self._reading(), _id(run), metric)

    def compare(self, runs: Iterable[Run | str]) -> dict[str, dict[str, dict[str, Any]]]:
        """
        Say in what runs differ.

        Parameters
        ----------
        runs : iterable of Run or str

        Returns
        -------
        dict
            ``config``: settings that are not the same in all, ``metrics``: all metrics; each with
            its value by run, None where a run has none.

        Raises
        ------
        RecordNotFoundError
            If there is no such run.

        Examples
        --------
        >>> tracker.log_run("run-2", {"name": "mnist", "lr": 0.2}, {"accuracy": 0.9})
        >>> tracker.compare(["run-1", "run-2"])["config"]
        {'lr': {'run-1': 0.1, 'run-2': 0.2}}
        """
        storage = self._reading()
        return finding.compared([finding.run(storage, _id(each)) for each in runs])

    def files(self, run: Run | str) -> list[Record]:
        """
        Return which files and arrays a run keeps.

        Parameters
        ----------
        run : Run or str

        Returns
        -------
        list of dict
            Each with ``name``, ``kind`` (``"file"`` or ``"array"``), ``size`` in bytes,
            ``sha256`` and ``moment``.
        """
        columns = ("name", "kind", "size", "sha256", "moment")
        query = Query(FILES.name, columns, keeping.OF_RUN, (OrderTerm("name"),))
        return self._reading().select(query, values=(_id(run),))

    def load_file(self, run: Run | str, name: str) -> bytes:
        """
        Return what a file had in it.

        Parameters
        ----------
        run : Run or str
        name : str

        Returns
        -------
        bytes

        Raises
        ------
        RecordNotFoundError
            If the run keeps none of this name.
        """
        return finding.data(self._reading(), _id(run), name)

    def load_array(self, run: Run | str, name: str) -> Any:
        """
        Return an array.

        Parameters
        ----------
        run : Run or str
        name : str

        Returns
        -------
        numpy.ndarray

        Raises
        ------
        RecordNotFoundError
            If the run keeps none of this name.
        DataError
            If it is no array.
        """
        from scitex.db.services.arrays.packing import array_from_bytes

        return array_from_bytes(self.load_file(run, name))

    def amendments(self, run_id: str) -> list[Record]:
        """
        Return what was corrected of a run.

        Parameters
        ----------
        run_id : str

        Returns
        -------
        list of dict
            Each with ``moment``, ``who``, ``why``, ``field``, ``before`` and ``after``.
        """
        query = Query(AMENDMENTS.name, None, keeping.OF_RUN, (OrderTerm("moment"),))
        return self._reading().select(query, values=(run_id,))

    # -- to be looked at ---------------------------------------------------------------------

    def plot(self, metric: str, runs: Iterable[Run | str] | None = None) -> Figure:
        """
        Draw the curves of a metric.

        Parameters
        ----------
        metric : str
        runs : iterable of Run or str, optional
            The latest ten that have it by default.

        Returns
        -------
        matplotlib.figure.Figure
            To be saved, or drawn on further; no window is opened.

        Raises
        ------
        UnsupportedFeatureError
            If matplotlib is not installed: ``pip install 'scitex-db[plot]'``.
        RecordNotFoundError
            If no run has logged it.

        Examples
        --------
        >>> with tracker.start_run("mnist") as run:
        ...     for step in range(10):
        ...         run.log(loss=1 / (step + 1))
        >>> tracker.plot("loss").savefig("loss.png")
        """
        from scitex.db.services.tracking import drawing

        names = None if runs is None else [_id(each) for each in runs]
        return drawing.curves(self._reading(), metric, names)

    def report(
        self,
        path: str | os.PathLike[str] = "report.html",
        *,
        where: Where = None,
        title: str = "Runs",
    ) -> Path:
        """
        Write a page that shows the runs, in one file that needs no network.

        Parameters
        ----------
        path : path-like, default "report.html"
            Replaced if it is there, when the page is whole.
        where : mapping or predicate, optional
            As in `runs`.
        title : str, default "Runs"

        Returns
        -------
        Path
            The file, for a browser: a table to sort and filter, curves, in what runs differ, and
            where they came from.

        Raises
        ------
        OSError
            If it cannot be written.

        Notes
        -----
        Curves are thinned out to what can be seen.  All of the page works by keyboard.

        Examples
        --------
        >>> tracker.report("report.html").name
        'report.html'
        """
        from scitex.db.services.tracking import report

        storage = self._reaped()
        text = report.page(storage, finding.runs(storage, where), title)
        with self._files.replacing(os.fspath(path)) as file:
            file.write(text.encode(errors="backslashreplace"))
        return Path(path)


def _id(run: Run | str) -> str:
    return run if isinstance(run, str) else run.id

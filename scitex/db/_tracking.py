"""Keeping the runs of experiments."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import attrs

from scitex.db._connect import file_of
from scitex.db._facade.database import Database
from scitex.db._opening import Given, opened
from scitex.db._sync import DatabaseSync
from scitex.db.adapters import machine
from scitex.db.domain.errors import (
    ConnectionLostError,
    DuplicateKeyError,
    InterfaceError,
    LockedError,
    OperationalError,
)
from scitex.db.domain.queries import Query
from scitex.db.domain.sync.merging import Policy
from scitex.db.domain.sync.reports import SyncReport
from scitex.db.domain.tracking.tables import RUNS, TABLES
from scitex.db.services.tracking import adopting, amending, keeping, leaving, storing
from scitex.db.services.tracking.recording import Recorder
from scitex.db.services.tracking.run import Run
from scitex.db.services.tracking.shelf import Shelf
from scitex.db.services.tracking.spool import spool_of

if TYPE_CHECKING:
    from scitex.db.ports.files import Files
    from scitex.db.ports.storage import Storage

_STALE = dt.timedelta(minutes=5)


class ExperimentTracker(Shelf):
    """
    The runs of experiments, with their settings, metrics, files, and where they came from.

    Parameters
    ----------
    db_path : Database, str or path-like, default "experiments.db"
        An open database of any engine, a path, or a URL.  What is opened here is closed by
        `close`.
    provenance : bool, default True
        Whether each run keeps what it was started by: the git commit and whether files differ
        from it, the arguments (secrets masked), host, user, Python, versions of loaded packages,
        and the numbers of a SLURM job.  It is looked up once a process.
    flush_every : float, default 1.0
        Seconds after which what was logged is written.
    spool : path-like, optional
        The folder of the file for what the database cannot take.  By default the one of the
        database's file, or the current one where that is on a server.

    Raises
    ------
    OperationalError
        If the file cannot be opened.  A server that cannot be reached, or a file that is locked,
        is no error: runs are kept in a file until it can be.
    SchemaError
        If there is a table ``runs`` that is another one than the documented.

    Notes
    -----
    Runs are in the table ``runs`` (``run_id, experiment_name, start_time, end_time, status,
    config, metrics``; the times by the clock on the wall, the last two as JSON), and what is
    beside it in ``run_info``, ``run_metrics``, ``run_scores``, ``run_files``, ``run_origins`` and
    ``run_amendments``, whose moments are in UTC.  Tables ``runs`` that other programs filled are
    read as they are.

    Any number of processes may use one database.  A killed one may lose its last second.  What the
    database refuses is told, and kept in a file beside it.

    Examples
    --------
    >>> tracker = ExperimentTracker("experiments.db")
    >>> tracker.log_run("run-1", {"name": "mnist", "lr": 0.1}, {"accuracy": 0.91})
    >>> with tracker.start_run("mnist", config={"lr": 0.01}) as run:
    ...     for step in range(100):
    ...         run.log(accuracy=0.5 + step / 200)
    >>> [run["metrics"]["accuracy"] for run in tracker.get_best_runs(metric="accuracy", n=2)]
    [0.995, 0.91]
    >>> tracker.close()
    """

    def __init__(
        self,
        db_path: Given = "experiments.db",
        *,
        provenance: bool = True,
        flush_every: float = 1.0,
        spool: str | os.PathLike[str] | None = None,
    ) -> None:
        if not flush_every > 0:
            raise InterfaceError(
                f"flush_every={flush_every!r} is no time", hint="pass seconds, such as 1.0"
            )
        self._stack = ExitStack()
        self._given = db_path
        self._provenance = bool(provenance)
        self._db: Database | None = None
        self._ready = False
        location = _location(db_path)
        self._spool = spool_of(location, file_of(location), spool, (machine.host(), os.getpid()))
        self._recorder = Recorder(self._storage, self._spool, flush_every)
        try:
            self._storage()
        except OperationalError as error:
            if not _may_pass(error):
                self._stack.close()
                raise
        self._runs: list[Run] = []
        leaving.keep_open(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.end("completed" if kind is None else "failed")

    def __repr__(self) -> str:
        return f"<ExperimentTracker of {self._spool.stem}>"

    @property
    def db(self) -> Database:
        """The database, with all its calls."""
        if self._db is None:
            self._db = self._stack.enter_context(opened(self._given, new=True))
        return self._db

    def _storage(self) -> Storage:
        """Return the storage, its tables made, with what others left behind."""
        storage = self.db.storage
        if not self._ready:
            keeping.prepare(storage)
            adopting.adopt(storage)
            self.reap_stale()
            self._spool.take_over(machine.has_process)
            self._ready = True
        return storage

    @property
    def _files(self) -> Files:
        return self.db.files

    def _reading(self) -> Storage:
        """Return the storage, once what was logged here is in it."""
        self._recorder.flush()
        return self._storage()

    def _adopted(self) -> Storage:
        storage = self._reading()
        adopting.adopt(storage)
        return storage

    def _reaped(self) -> Storage:
        storage = self._reading()
        self.reap_stale()
        return storage

    def flush(self) -> bool:
        """Write down at once what was logged; say whether the database has it."""
        return self._recorder.flush()

    def close(self) -> None:
        """
        End the runs that go on, and close the database if it was opened here.

        They are completed; what is not is ended by `Run.finish` before.  Twice is harmless.
        """
        self.end("completed")

    def end(self, status: str) -> None:
        """
        Close, with the runs that go on ended in some other way.

        Parameters
        ----------
        status : {"completed", "failed", "killed"}
        """
        leaving.let_go(self)
        for run in self._runs:
            run.leave(status)
        self._runs.clear()
        self._recorder.close()
        self._stack.close()

    # -- runs --------------------------------------------------------------------------------

    def log_run(self, run_id: str, config: Mapping[str, Any], metrics: Mapping[str, Any]) -> None:
        """
        Store a run that is over.

        Parameters
        ----------
        run_id : str
        config : mapping
            Its settings, nested or not; ``name`` is the experiment's, and ``start_time`` when it
            began, if they are there.
        metrics : mapping
            Its results; runs are ranked by those that are numbers.

        Raises
        ------
        DuplicateKeyError
            If there is a run of this name already.
        InterfaceError
            If `config` or `metrics` is no mapping.

        Notes
        -----
        While the database is away the run is kept in a file, as what is logged is.

        Examples
        --------
        >>> tracker.log_run("run-7", {"name": "mnist", "lr": 0.1}, {"accuracy": 0.93})
        """
        event = storing.over(run_id, config, metrics, self._here())
        try:
            keeping.store(self._storage(), event)
        except DuplicateKeyError as error:
            raise storing.taken(run_id) from error
        except OperationalError as error:
            if not _may_pass(error):
                raise
            self._recorder.say(event)
            self._recorder.flush()

    def start_run(
        self,
        name: str | None = None,
        *,
        config: Mapping[str, Any] | None = None,
        tags: Mapping[str, object] | None = None,
        run_id: str | None = None,
        parent: str | None = None,
        resume: bool = False,
    ) -> Run:
        """
        Start a run that is logged while it goes on.

        Parameters
        ----------
        name : str, optional
            The experiment's.
        config, tags : mapping, optional
            Settings, nested or not; words by which it is found.
        run_id : str, optional
            One that no other run has; made by default.
        parent : str, optional
            The run that this one is part of; see `Run.start_run`.
        resume : bool, default False
            Whether a run of that `run_id` is taken up again where there is one.

        Returns
        -------
        Run
            To be used in a ``with`` block, or ended by `Run.finish`.

        Raises
        ------
        DuplicateKeyError
            If there is a run of this name, and it is not to be taken up again.

        Examples
        --------
        >>> with tracker.start_run("mnist", config={"lr": 0.1}) as run:
        ...     run.log(loss=0.5, step=0)
        >>> tracker.run(run.id)["status"]
        'completed'
        """
        there = run_id is not None and self._has(run_id)
        found = run_id or storing.name()
        if there and not resume:
            raise storing.taken(found)
        event = storing.started((found, name, parent), (config, tags), self._here())
        event = attrs.evolve(event, resumed=there)
        self._recorder.say(event)
        started = Run(found, name, self._recorder, self.start_run)
        self._runs = [*(run for run in self._runs if run.status == "running"), started]
        self._recorder.flush()
        return started

    def _has(self, run_id: str) -> bool:
        try:
            query = Query(RUNS.name, ("run_id",), keeping.OF_RUN)
            return bool(self._reading().select(query, values=(run_id,)))
        except OperationalError:  # nobody knows while the database is away
            return False

    def _here(self) -> storing.Here:
        """Return where this process runs, and what it was started by."""
        facts = machine.origin(str(Path.cwd())) if self._provenance else (None, None)
        return machine.host(), machine.process(), *facts

    def amend(
        self, run_id: str, *, why: str, config: Mapping[str, Any] | None = None, **others: Any
    ) -> None:
        """
        Correct what is kept of a run; what it was before is kept too.

        Parameters
        ----------
        run_id : str
        why : str
            The reason, in words.
        config : mapping, optional
            Settings that are changed or added.
        **others
            ``experiment_name``, ``status``, ``start_time`` or ``end_time``.

        Raises
        ------
        RecordNotFoundError
            If there is no such run.
        InterfaceError
            If there is nothing to correct, or it is none of these.

        Examples
        --------
        >>> tracker.amend("run-1", why="the wrong unit", config={"lr": 0.01})
        >>> tracker.amendments("run-1")[0]["why"]
        'the wrong unit'
        """
        who = machine.provenance(str(Path.cwd())).get("user")
        amending.amend(self._reading(), run_id, who=who, why=why, config=config, others=others)

    def reap_stale(self, older_than: dt.timedelta = _STALE) -> list[str]:
        """
        Note which runs were killed; done also when a tracker is opened and runs are listed.

        Parameters
        ----------
        older_than : timedelta, default 5 minutes
            How long a run of another machine may have given no sign of life; it gives one every
            ten seconds.  Of a run of this machine it is known at once.

        Returns
        -------
        list of str
            The runs.
        """
        return adopting.reap(
            self.db.storage,
            host=machine.host(),
            is_alive=machine.is_alive,
            older_than=older_than,
        )

    # -- elsewhere ---------------------------------------------------------------------------

    def push(
        self, other: Given | ExperimentTracker, *, on_conflict: Policy = "error"
    ) -> SyncReport:
        """
        Take all runs to another database, such as the lab's; what is there already stays.

        Parameters
        ----------
        other : ExperimentTracker, Database, str or path-like
        on_conflict : {"error", "local", "remote", "skip"}, default "error"
            As in `DatabaseSync`, for a run that was changed on both sides.

        Returns
        -------
        SyncReport

        Raises
        ------
        Error
            As `DatabaseSync.sync_all`.

        Examples
        --------
        >>> tracker.push("lab.db").tables[0].remote
        Tally(inserted=1, updated=0, deleted=0)
        """
        self._adopted()
        target = other.db if isinstance(other, ExperimentTracker) else other
        names = [spec.name for spec in TABLES]
        with DatabaseSync(self.db, target, on_conflict=on_conflict, create=True) as sync:
            return sync.sync_all(names, direction="up")


def _location(given: Given) -> str:
    """Return where a database is: a path, or a URL."""
    return given.storage.location if isinstance(given, Database) else os.fspath(given)


def _may_pass(error: OperationalError) -> bool:
    """Say whether a database that cannot be opened now may be there later."""
    return isinstance(error, LockedError | ConnectionLostError)

"""One run of an experiment, as the program that is run sees it."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import itertools
import os
import signal
import threading
import time
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.names import identifier
from scitex.db.domain.tracking import spelling
from scitex.db.domain.tracking.events import Ended, Filed, Tagged
from scitex.db.domain.tracking.tables import STATUSES
from scitex.db.services.tracking.recording import Recorder


class Run:
    """
    One run, which is logged while it goes on.

    Made by `ExperimentTracker.start_run`.  As a context manager it is ``completed`` at the end of
    the block, ``failed`` where an exception leaves it, and ``killed`` where Ctrl-C, SIGTERM or
    ``sys.exit`` ends it.

    Attributes
    ----------
    id : str
        By which it is found again.
    name : str or None
        Of its experiment.
    """

    def __init__(
        self, run_id: str, name: str | None, recorder: Recorder, child: Callable[..., Run]
    ) -> None:
        self.id = run_id
        self.name = name
        self._recorder = recorder
        self._child = child
        self._counts: dict[str, itertools.count[int]] = {}
        self._handler: Any = None
        self._status = "running"
        self._pid = os.getpid()
        recorder.active.add(run_id)

    def __repr__(self) -> str:
        return f"<Run {self.id!r}, {self.status}>"

    @property
    def status(self) -> str:
        """``"running"``, ``"completed"``, ``"failed"`` or ``"killed"``."""
        return self._status

    # -- what it says ------------------------------------------------------------------------

    def log(
        self,
        metrics: Mapping[str, float | None] | None = None,
        /,
        *,
        step: int | None = None,
        **named: float | None,
    ) -> None:
        """
        Log metrics of a step.

        Parameters
        ----------
        metrics : mapping of str to float, optional
            For names that are no Python names; others are given as keywords.
        step : int, optional
            By default the number of times that this metric was logged before.
        **named : float
            Numbers of any library, kept as floats of 64 bits, so that a whole number beyond 2**53
            may be rounded; NaN and infinities are kept as such.  None is not logged.

        Raises
        ------
        InterfaceError
            If a value is no number, a name no text, the step no whole number, or the run is over.

        Notes
        -----
        A call takes a few microseconds: what is logged is written about a second later, and at
        the end of the run.

        Examples
        --------
        >>> with tracker.start_run("mnist") as run:
        ...     for epoch in range(3):
        ...         run.log(loss=1 / (epoch + 1), step=epoch)
        >>> [point["value"] for point in tracker.history(run, "loss")]
        [1.0, 0.5, 0.3333333333333333]
        """
        self._check()
        if step is not None and not (type(step) is int and 0 <= step < 2**63):
            step = _whole(step)
        recorder = self._recorder
        recorder.check()
        micros = time.time_ns() // 1000
        for name, value in {**(metrics or {}), **named}.items():
            if value is None:
                continue
            found = spelling.measured(name, value)
            counts = self._counts.get(name)
            if counts is None:
                identifier(name)
                counts = self._counts.setdefault(name, itertools.count())
            count = next(counts)
            place = count if step is None else step
            recorder.points.append((self.id, name, next(recorder.numbers), place, *found, micros))
        recorder.nudge()

    def set_tags(self, tags: Mapping[str, object] | None = None, /, **named: object) -> None:
        """
        Set words by which runs are found; None takes one away.

        Parameters
        ----------
        tags : mapping, optional
        **named : object
        """
        self._check()
        self._recorder.say(Tagged(self.id, spelling.spelt({**(tags or {}), **named})))

    def log_array(self, name: str, array: Any) -> None:
        """
        Keep an array with the run.

        Parameters
        ----------
        name : str
            Another one of this name is replaced.
        array : array_like
            Read again by `ExperimentTracker.load_array`.

        Raises
        ------
        DataError
            If its type cannot be kept, such as an array of objects.
        """
        import numpy as np

        from scitex.db.services.arrays.packing import array_to_bytes

        self._file(name, "array", array_to_bytes(np.asarray(array)))

    def log_file(self, path: str | os.PathLike[str], name: str | None = None) -> None:
        """
        Keep a file with the run.

        Parameters
        ----------
        path : path-like
            It is read now.
        name : str, optional
            By default the file's own; another one of this name is replaced.

        Raises
        ------
        OSError
            If it cannot be read.
        """
        found = Path(path)
        self._file(name or found.name, "file", found.read_bytes())

    def _file(self, name: str, what: str, data: bytes) -> None:
        self._check()
        digest = hashlib.sha256(data).hexdigest()
        self._recorder.say(Filed(self.id, name, what, digest, time.time_ns() // 1000, data))

    def start_run(self, name: str | None = None, **options: Any) -> Run:
        """
        Start a run inside this one.

        Parameters
        ----------
        name : str, optional
        **options
            As `ExperimentTracker.start_run` takes them.

        Returns
        -------
        Run
        """
        return self._child(name, parent=self.id, **options)

    def flush(self) -> bool:
        """Write down at once what was logged; say whether the database has it."""
        return self._recorder.flush()

    # -- how it ends -------------------------------------------------------------------------

    def finish(self, status: str = "completed") -> None:
        """
        End the run; a second time is harmless.

        Parameters
        ----------
        status : {"completed", "failed", "killed"}, default "completed"

        Raises
        ------
        InterfaceError
            If it is none of these.
        """
        if status not in STATUSES[1:]:
            raise InterfaceError(
                f"status={status!r} is none that a run ends with",
                hint=f"choose one of {', '.join(STATUSES[1:])}",
            )
        if self._status != "running":
            return
        self._status = status
        self._recorder.active.discard(self.id)
        now = dt.datetime.now().isoformat(" ", "microseconds")  # noqa: DTZ005 - the wall's clock
        self._recorder.say(Ended(self.id, status, now, time.time_ns() // 1000))
        self._recorder.flush()

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            with contextlib.suppress(ValueError):
                if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
                    self._handler = signal.signal(signal.SIGTERM, _terminated)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        if self._handler is not None:
            with contextlib.suppress(ValueError):  # ended in another thread than it began in
                signal.signal(signal.SIGTERM, self._handler)
            self._handler = None
        if kind is None:
            self.leave("completed")
        elif issubclass(kind, KeyboardInterrupt | SystemExit):
            self.leave("completed" if _is_fine(error) else "killed")
        else:
            self.leave("failed")

    def leave(self, status: str) -> None:
        """
        End the run, but for a forked child, whose parent ends it.

        Parameters
        ----------
        status : {"completed", "failed", "killed"}
        """
        if self._pid == os.getpid():
            self.finish(status)
        else:
            self._recorder.flush()

    def _check(self) -> None:
        if self._status != "running":
            raise InterfaceError(
                f"run {self.id!r} is {self._status}",
                hint="take it up again with start_run(run_id=..., resume=True)",
            )


def _is_fine(error: BaseException | None) -> bool:
    """Say whether ``sys.exit`` said that all is well."""
    return isinstance(error, SystemExit) and error.code in (None, 0)


def _terminated(number: int, _frame: types.FrameType | None) -> None:
    """End the program as a signal does, but not before its runs have said so."""
    raise SystemExit(128 + number)


def _whole(step: Any) -> int:
    """Return a step as a whole number."""
    try:
        found = int(step)
        fits = found == step and -(2**63) <= found < 2**63
    except (TypeError, ValueError, OverflowError):
        fits = False
    if not fits:
        raise InterfaceError(
            f"step={step!r:.60} is no whole number of 64 bits", hint="count steps as 0, 1, 2"
        )
    return found

"""Taking what runs say at once, and writing it down a little later, in another thread."""

from __future__ import annotations

import collections
import contextlib
import datetime as dt
import itertools
import os
import threading
import time
import uuid
import warnings
from collections.abc import Callable

from scitex.db.domain.errors import DatabaseWarning, DataError, Error, IntegrityError
from scitex.db.domain.moments import UTC
from scitex.db.domain.tracking.events import Ended, Event, Measured, Point
from scitex.db.ports.storage import Storage
from scitex.db.services.tracking import keeping
from scitex.db.services.tracking.spool import Spool

_BEAT = 10.0  # seconds between signs of life
_MANY = 100_000  # points that wait before a writer is woken early
_AT_ONCE = 50_000  # points of one transaction


class Recorder:
    """
    What runs of one process talk to.

    Parameters
    ----------
    opened : callable
        Returns the storage, with its tables made.
    spool : Spool
    every : float
        Seconds after which what is waiting is written.

    Attributes
    ----------
    points : deque of tuple
        Those that wait; anyone may append.
    writer : str
        Who logs them.
    numbers : iterator of int
        One for each point of this writer.
    active : set of str
        The runs that go on.
    """

    def __init__(self, opened: Callable[[], Storage], spool: Spool, every: float) -> None:
        self._opened = opened
        self._spool = spool
        self._every = every
        self._warned = False
        self._turn = threading.RLock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._begin()

    def _begin(self) -> None:
        self.points: collections.deque[Point] = collections.deque()
        self._events: collections.deque[Event] = collections.deque()
        self.active: set[str] = set()
        self.writer = uuid.uuid4().hex[:12]
        self.numbers = itertools.count()
        self._pid = os.getpid()
        self._beat = time.monotonic()
        self._unsure: list[Event] = []  # written in a transaction that may be undone
        self._unsure_of = threading.current_thread()

    def check(self) -> None:
        """Begin anew in a child made by fork, whose parent has the thread and what waits."""
        if self._pid != os.getpid():
            self._turn = threading.RLock()
            self._wake = threading.Event()
            self._thread = None
            self._spool = self._spool.of_child(os.getpid())
            self._begin()
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._run, name="scitex-db-runs", daemon=True)
            self._thread.start()

    def say(self, event: Event) -> None:
        """Take an event."""
        self.check()
        self._events.append(event)

    def nudge(self) -> None:
        """Have the other thread write soon, where much is waiting."""
        if len(self.points) > _MANY:
            self._wake.set()

    def _run(self) -> None:
        last = time.monotonic()
        while True:
            woken = self._wake.wait(min(self._every, _BEAT))
            self._wake.clear()
            if self._closed:
                return  # who closes has written the rest
            if woken or time.monotonic() - last >= self._every:
                self.flush()
                last = time.monotonic()
            else:
                self._write([])

    def flush(self) -> bool:
        """Write down what is waiting; say whether the database has all of it."""
        self.check()
        with self._turn:
            return self._write(self._taken())

    def _write(self, told: list[Event]) -> bool:
        """Write events down, and that the runs are alive; what cannot be goes to the file."""
        with self._turn:
            try:
                storage = self._opened()
                if storage.depth:
                    self._write_unsurely(storage, told)
                else:
                    self._deliver(storage, told)
                    self._live(storage)
            except Exception as error:  # noqa: BLE001 - whatever it is, the experiment goes on
                self._keep_aside(told, error)
                return False
            return True

    def _write_unsurely(self, storage: Storage, told: list[Event]) -> None:
        """Write events down in the caller's transaction; when it is over, they are said again."""
        keeping.keep(storage, told)
        self._unsure += told
        self._unsure_of = threading.current_thread()

    def _settled(self) -> list[Event]:
        """Return what was written in a transaction that is over."""
        whose = self._unsure_of
        if whose is not threading.current_thread() and whose.is_alive():
            return []
        settled, self._unsure = self._unsure, []
        return settled

    def _taken(self) -> list[Event]:
        """Take what is waiting: a run's end after all of its points."""
        told = [self._events.popleft() for _ in range(len(self._events))]
        ends = [event for event in told if isinstance(event, Ended)]
        points = [self.points.popleft() for _ in range(len(self.points))]
        measured = [
            Measured(self.writer, points[start : start + _AT_ONCE])
            for start in range(0, len(points), _AT_ONCE)
        ]
        return [*(event for event in told if not isinstance(event, Ended)), *measured, *ends]

    def _deliver(self, storage: Storage, told: list[Event]) -> None:
        """Write down what is in the file, then what was said since."""
        told[:0] = self._settled()
        before = self._spool.read()
        if before or told:
            try:
                keeping.keep(storage, [*before, *told])
            except (DataError, IntegrityError):
                self._keep_one_by_one(storage, [*before, *told])
        told.clear()
        if before:
            self._spool.clear()
            self._warned = False

    def _keep_one_by_one(self, storage: Storage, told: list[Event]) -> None:
        """Write down what the database takes; what it refuses must not hold up the rest."""
        refused: list[Event] = []
        said = ""
        for event in told:
            try:
                keeping.keep(storage, [event])
            except (DataError, IntegrityError) as error:
                refused.append(event)
                said = error.message
        if refused:
            place = self._spool.set_aside(refused)
            self._warn(f"{len(refused)} of what runs logged is refused ({said}); it is in {place}")

    def _live(self, storage: Storage) -> None:
        now = time.monotonic()
        if self.active and now - self._beat >= _BEAT:
            self._beat = now
            keeping.beat(storage, sorted(self.active), dt.datetime.now(UTC))

    def _keep_aside(self, told: list[Event], error: Exception) -> None:
        """Add to the file what could not be written down."""
        try:
            if told:
                self._spool.add(told)
        except OSError as full:
            self._events.extendleft(reversed(told))
            error = full
        if not self._warned:
            self._warned = True
            said = error.message if isinstance(error, Error) else error
            self._warn(
                f"the runs' database cannot be written now ({said}); what is logged goes to "
                f"{self._spool.path} and is stored when it can be"
            )

    @staticmethod
    def _warn(text: str) -> None:
        with contextlib.suppress(DatabaseWarning):  # made an error, it would end the thread
            warnings.warn(text, DatabaseWarning, stacklevel=3)

    def close(self) -> None:
        """Write the rest, and let go of the thread."""
        if self._closed:
            return
        self._unsure_of = threading.current_thread()
        self.flush()
        if self._unsure:  # closed inside the transaction: whoever comes next says it again
            self._spool.add(self._unsure)
        self._closed = True
        self._wake.set()
        if self._thread is not None and self._pid == os.getpid():
            self._thread.join(timeout=10)

"""A session for each thread: found fast, never shared with a forked child."""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.transactions import closed

_PATIENCE = 2.0  # seconds that closing waits for what another thread is doing
_LOOK = 0.02  # seconds, after which what it does is interrupted again


class Turn(Protocol):
    """A lock on a session."""

    def acquire(self, *, timeout: float) -> bool:
        """Say whether it could be had in time."""
        ...


class Session(Protocol):
    """What is kept for a thread."""

    pid: int

    def close(self) -> None:
        """Let go of the connection."""
        ...


S = TypeVar("S", bound=Session)


class Sessions(Generic[S]):
    """
    The sessions of one storage.

    Parameters
    ----------
    opener : callable
        Opens a new session.
    shared : bool, default False
        Whether all threads use one session, as a database in memory must.

    Notes
    -----
    A child made by ``fork`` opens sessions of its own.  The inherited ones are kept alive and
    never closed there: closing would drop the parent's file locks, or send its server a
    goodbye.
    """

    def __init__(self, opener: Callable[[], S], *, shared: bool = False) -> None:
        self._opener = opener
        self._shared = shared
        self._local = threading.local()
        self._all: weakref.WeakSet[S] = weakref.WeakSet()
        self._guard = threading.RLock()  # a collected iterator may let go in the midst of it
        self._sharing = threading.Lock()
        self._pid = os.getpid()
        self._one: S | None = None
        self._closed = False

    def current(self) -> S:
        """
        Return this thread's session, opened when it is first asked for.

        Raises
        ------
        InterfaceError
            If the storage is closed.
        """
        try:
            session: S = self._local.session
        except AttributeError:
            return self._begin()
        if session.pid == os.getpid():
            return session
        return self._begin(session)

    def current_or_none(self) -> S | None:
        """Return this thread's session, or None where the storage is closed."""
        return None if self._closed else self.current()

    def _begin(self, inherited: S | None = None) -> S:
        """Open this thread's session, or find the shared one."""
        if self._pid != os.getpid():
            self._leave_parents()
        if inherited is not None:
            keep_for_ever(inherited)
        session = self._shared_one() if self._shared else self._opened()
        self._local.session = session
        return session

    def _shared_one(self) -> S:
        with self._sharing:
            if self._one is None:
                self._one = self._opened()
            return self._one

    def _opened(self) -> S:
        """Open a session, and know of it so that it can be closed."""
        self._check_open()
        session = self._opener()
        with self._guard:
            self._all.add(session)
        if self._closed:  # closed by another thread while this one was connecting
            session.close()
        self._check_open()
        return session

    def _check_open(self) -> None:
        if self._closed:
            raise closed()

    def _leave_parents(self) -> None:
        """In a forked child: keep what is the parent's, close nothing of it."""
        for session in list(self._all):
            keep_for_ever(session)
        self._all = weakref.WeakSet()
        self._guard = threading.RLock()  # a collected iterator may let go in the midst of it
        self._sharing = threading.Lock()
        self._one = None
        self._pid = os.getpid()

    def close(self) -> None:
        """Close every session; twice is harmless, and a child leaves the parent's alone."""
        self._closed = True
        self._local = threading.local()
        if self._pid != os.getpid():
            self._leave_parents()
            return
        with self._guard:
            sessions, self._all, self._one = list(self._all), weakref.WeakSet(), None
        for session in sessions:
            session.close()

    def release(self, session: S) -> None:
        """Close a session that was opened beside the threads' own ones."""
        with self._guard:
            self._all.discard(session)
        if session.pid == os.getpid():
            session.close()

    @contextlib.contextmanager
    def extra(self) -> Iterator[S]:
        """Open one more session for the length of a block."""
        session = self._opened()
        try:
            yield session
        finally:
            self.release(session)


def had(turn: Turn, interrupt: Callable[[], object]) -> bool:
    """Wait for a session's turn, interrupting what is done in it; say if it came."""
    deadline = time.monotonic() + _PATIENCE
    while not turn.acquire(timeout=_LOOK):
        if time.monotonic() > deadline:
            return False
        interrupt()
    return True


def keep_for_ever(inherited: object) -> None:
    """Never let the child's garbage collection, or its exit, close what is the parent's."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(inherited))


def inherited() -> InterfaceError:
    """Make the error that rows are the parent process's to read."""
    return InterfaceError(
        "these rows are read by the process that this one was forked from",
        hint="ask for them again in the child: it has a connection of its own",
    )

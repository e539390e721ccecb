"""Faults and delays that a test asks for."""

from __future__ import annotations

import functools
import itertools
import threading
import time
import types
from collections.abc import Callable, Iterable
from typing import Any, Literal, Self

from scitex.db.domain.errors import Error, InterfaceError, OperationalError, nearest
from scitex.db.ports.storage import Storage

Raised = type[BaseException] | BaseException
DEFAULT: Raised = OperationalError
CALLS = frozenset(
    name
    for name in dir(Storage)
    if not name.startswith("_") and isinstance(getattr(Storage, name), types.FunctionType)
) - {"close"}
USUAL = CALLS - {"rollback"}  # a fault while another one is cleared up would hide that


class Fault:
    """
    A fault that was asked for; as a block it is over when the block ends.

    Attributes
    ----------
    calls : int
        How many calls were made since it was asked for.
    raised : int
        How many of them failed.
    """

    def __init__(self, calls: tuple[str, ...], mended: Callable[[Fault], None]) -> None:
        self.names = calls
        self.calls = 0
        self.raised = 0
        self._mended = mended

    def mend(self) -> None:
        """Let the fault be over; twice is harmless."""
        self._mended(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.mend()

    def __repr__(self) -> str:
        return f"<Fault of {', '.join(self.names)}: {self.calls} calls, {self.raised} failed>"


class Faults:
    """
    Makes calls of a storage fail, or take their time.

    Parameters
    ----------
    storage : Storage
        Its calls are replaced on the object itself, so that nothing is slower while there is no
        fault.
    """

    def __init__(self, storage: Any) -> None:
        self._storage = storage
        self._inside = _Inside()
        self._layers: list[tuple[object, tuple[str, ...], Callable[..., Any]]] = []

    def fail(
        self,
        names: Iterable[str],
        *,
        nth: int,
        times: int | None,
        error: Raised,
        when: Literal["before", "after"],
    ) -> Fault:
        """Let calls fail, from the n-th on, some times or for ever."""
        if nth < 1 or (times is not None and times < 1):
            raise InterfaceError(
                f"nth={nth}, times={times} are no calls", hint="count from 1; times=None: all"
            )
        if when not in ("before", "after"):
            raise InterfaceError(f"when={when!r}", hint="'before' or 'after' the work is done")
        fault = Fault(_known(names), self._mend)
        places = itertools.count(1)

        def around(call: Callable[[], Any], name: str) -> Any:
            place = next(places)
            fault.calls = place
            if place < nth or (times is not None and place >= nth + times):
                return call()
            if when == "after":
                call()
            fault.raised += 1
            raise _made(error, name, place)

        self._add(fault, fault.names, around)
        return fault

    def delay(self, seconds: float, names: Iterable[str]) -> Fault:
        """Let calls take longer."""
        if not seconds >= 0:
            raise InterfaceError(f"{seconds!r} is no delay", hint="pass seconds, 0 or more")
        fault = Fault(_known(names), self._mend)

        def around(call: Callable[[], Any], _: str) -> Any:
            fault.calls += 1
            time.sleep(seconds)
            return call()

        self._add(fault, fault.names, around)
        return fault

    def clear(self) -> None:
        """Let all faults and delays be over."""
        self._layers = []
        self._apply()

    def _mend(self, fault: Fault) -> None:
        self._layers = [layer for layer in self._layers if layer[0] is not fault]
        self._apply()

    def _add(self, fault: Fault, names: tuple[str, ...], around: Callable[..., Any]) -> None:
        self._layers.append((fault, names, around))
        self._apply()

    def _apply(self) -> None:
        """Put the layers around the storage's own calls, the latest outermost."""
        for name in CALLS:
            vars(self._storage).pop(name, None)
        for _, names, around in self._layers:
            for name in names:
                inner = getattr(self._storage, name)
                setattr(self._storage, name, self._wrapped(inner, around, name))

    def _wrapped(self, inner: Callable[..., Any], around: Callable[..., Any], name: str) -> Any:
        """Put a layer around a call; what a storage asks of itself is no call."""
        inside = self._inside

        @functools.wraps(inner)
        def call(*args: Any, **options: Any) -> Any:
            if around in inside.layers:
                return inner(*args, **options)
            inside.layers.append(around)
            try:
                return around(lambda: inner(*args, **options), name)
            finally:
                inside.layers.pop()

        return call


class _Inside(threading.local):
    """The layers that this thread is inside of."""

    def __init__(self) -> None:
        self.layers: list[object] = []


def _known(names: Iterable[str]) -> tuple[str, ...]:
    found = tuple(names)
    for name in found:
        if name not in CALLS:
            raise InterfaceError(
                f"there is no call {name!r} that could fail",
                hint=nearest(name, CALLS) or f"there are: {', '.join(sorted(CALLS))}",
            )
    return found


def _made(error: Raised, name: str, place: int) -> BaseException:
    if isinstance(error, BaseException):
        return error
    said = f"a fault that was asked for: call {place} of {name}()"
    return error(said, hint="mend() ends it") if issubclass(error, Error) else error(said)

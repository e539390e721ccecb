"""Lanes that work in a process of their own, at the word of the one that takes the time."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import resource
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bulk_samples import Samples, Seen, samples, seen
from bulk_sites import Site
from measuring import OtherWorkError

Work = Callable[[], Any]
Opened = Callable[[Site, Samples], AbstractContextManager[Work]]

_SPAWNING = multiprocessing.get_context("spawn")


class ChildError(Exception):
    """A child process failed; the message is what it told."""


@contextlib.contextmanager
def in_child(
    opened: Opened, site: Site, given: Samples, *, hidden: Sequence[str] = ()
) -> Iterator[tuple[Work, Callable[[Any], Seen]]]:
    """
    Have a lane's work done by a process of its own.

    Parameters
    ----------
    opened : callable
        Makes the context manager of the work, at the top of a module.
    site : Site
    given : Samples
        The child makes the same anew.
    hidden : sequence of str
        Modules that the child is not to find.

    Yields
    ------
    work : callable
        Sends a word to the child, which has everything ready, and returns at its answer.
    seen : callable
        Asks the child to look into what it got.

    Raises
    ------
    ChildError
        If the child fails.
    """
    here, there = _SPAWNING.Pipe()
    wanted = (opened, site, given.count, given.seed, tuple(hidden))
    process = _SPAWNING.Process(target=_serve, args=(there, *wanted), daemon=True)
    process.start()
    there.close()
    try:
        _heard(here)  # that it is ready

        def work() -> None:
            here.send("work")
            _heard(here)

        def look(_: Any) -> Seen:
            here.send("look")
            found: Seen = _heard(here)
            return found

        yield work, look
        here.send("end")
    finally:
        here.close()
        process.join()


def _heard(pipe: Connection) -> Any:
    """Wait for a child's answer."""
    try:
        error, answer = pipe.recv()
    except EOFError:
        raise ChildError("the process ended without a word") from None
    if error == "other work":
        raise OtherWorkError(answer)
    if error:
        raise ChildError(answer)
    return answer


def _serve(
    pipe: Connection,
    opened: Opened,
    site: Site,
    *given: Any,
) -> None:
    """Do as one is told, until the end."""
    *numbers, hidden = given
    sys.modules.update(dict.fromkeys(hidden))
    try:
        with opened(site, samples(*numbers)) as work:
            gc.collect()
            gc.disable()
            _obey(pipe, work)
    except OtherWorkError as error:
        pipe.send(("other work", str(error)))
    except (EOFError, BrokenPipeError):
        return  # nobody is there any more
    except Exception:  # noqa: BLE001 - it is raised again over there
        pipe.send(("failed", traceback.format_exc()))


def _obey(pipe: Connection, work: Work) -> None:
    pipe.send(("", "ready"))
    found = None
    while (word := pipe.recv()) != "end":
        if word == "work":
            found = work()
            pipe.send(("", "done"))
        else:
            pipe.send(("", seen(found)))


def peak(deed: Callable[..., None], *args: Any) -> float:
    """
    Do something in a process of its own.

    Parameters
    ----------
    deed : callable
        At the top of a module.
    *args
        What it takes.

    Returns
    -------
    float
        The most memory that the process ever had, in megabytes.

    Raises
    ------
    ChildError
        If the child fails.
    """
    here, there = _SPAWNING.Pipe()
    process = _SPAWNING.Process(target=_measured, args=(there, deed, args), daemon=True)
    process.start()
    there.close()
    try:
        return float(_heard(here)) / 1e6
    finally:
        here.close()
        process.join()


def _measured(pipe: Connection, deed: Callable[..., None], args: tuple[Any, ...]) -> None:
    try:
        deed(*args)
        pipe.send(("", _high_water()))
    except Exception:  # noqa: BLE001 - it is raised again over there
        pipe.send(("failed", traceback.format_exc()))


def _high_water() -> int:
    """
    Return the most memory that this process ever had, in bytes.

    What `getrusage` tells begins, on Linux, with what the parent had before the child's own
    program was loaded.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name == "VmHWM":
                return int(value.split()[0]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024

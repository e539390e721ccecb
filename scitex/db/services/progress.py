"""Telling how far long work has come."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from scitex.db.domain.errors import InterfaceError

T = TypeVar("T")
Progress = bool | Callable[[int, int | None], object] | None
_STEP = 1000  # records between two reports


@contextmanager
def reporting(
    progress: Progress, *, total: int | None, what: str, unit: str = "rows"
) -> Iterator[Callable[[int], object]]:
    """
    Give what is to be called with each number of things that were done.

    Parameters
    ----------
    progress : bool or callable
        True shows a bar (tqdm's); a callable is given what is done so far and the total.
    total : int or None
        How many there are, where that is known.
    what : str
        The bar's title.
    unit : str, default "rows"

    Raises
    ------
    InterfaceError
        If `progress` is neither.
    """
    if callable(progress):
        call, done = progress, 0

        def report(number: int) -> None:
            nonlocal done
            done += number
            call(done, total)

        yield report
    elif progress is True:
        from tqdm.auto import tqdm

        with tqdm(total=total, desc=what, unit=f" {unit}") as bar:
            yield bar.update
    elif not progress:
        yield lambda _number: None
    else:
        raise InterfaceError(
            f"progress={progress!r} is neither True nor a function",
            hint="pass True for a bar, or a function of what is done and the total",
        )


def counted(things: Iterable[T], report: Callable[[int], object]) -> Iterator[T]:
    """Yield the things, reporting them as they are asked for, some at a time."""
    source = iter(things)
    while some := list(itertools.islice(source, _STEP)):
        yield from some
        report(len(some))


def length(things: object) -> int | None:
    """Return how many things there are, if that can be known without taking them."""
    try:
        return len(things)  # type: ignore[arg-type]  # what has no length raises
    except TypeError:
        return None

"""A workload: the same bulk work in several ways, and what must come of it."""

from __future__ import annotations

import contextlib
import importlib.util
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Literal

import attrs
from bulk_children import Opened, Work, in_child
from bulk_samples import CHANGED, NAMES, Row, Samples, Seen, samples, seen
from bulk_sites import Ground, Site, ground
from measuring import Effort, Lane, Piece, Timing, Turn, take_turns
from reports import ratio_header, ratio_rows

Deed = Literal["insert", "upsert", "update", "read"]
ROUNDS = 3
WARM = 1_000  # rows of the round that is not counted
SLOW = 10  # a slow way gets one row of so many
SHELL = "the engine's own shell"

# By distribution, the module that shows whether it is installed.
MODULES = {
    "sqlite-utils": "sqlite_utils",
    "SQLAlchemy": "sqlalchemy",
    "dataset": "dataset",
    "psycopg": "psycopg",
    "pyarrow": "pyarrow",
    "polars": "polars",
    "connectorx": "connectorx",
    "adbc-driver-sqlite": "adbc_driver_sqlite",
    "adbc-driver-postgresql": "adbc_driver_postgresql",
}


@attrs.frozen
class Way:
    """
    One way to do the work.

    Attributes
    ----------
    name : str
    opened : callable
        Takes a `Site` and the `Samples`; makes the context manager of the work, for which
        everything is ready then.
    part : {"driver", "ours", "peer"}
        What it is in the comparison.
    needs : str
        The distribution, or `SHELL`, without which it is left out.
    slow : bool
        Whether it gets a tenth of the rows only, and its time is taken ten times.
    alone : bool
        Whether it is in a process of its own.
    hidden : tuple of str
        Modules that this process does not find.
    """

    name: str
    opened: Opened
    part: Literal["driver", "ours", "peer"] = "peer"
    needs: str = ""
    slow: bool = False
    alone: bool = False
    hidden: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name, with what is to be known about the lane."""
        return f"{self.name} (*)" if self.slow else self.name

    def is_there(self, at: Ground) -> bool:
        """Say whether what it needs is installed."""
        if self.needs == SHELL:
            return at.shell is not None
        return not self.needs or importlib.util.find_spec(MODULES[self.needs]) is not None

    def lost(self, at: Ground) -> str:
        """Say what is left out."""
        wanting = f"the shell of {at.told}" if self.needs == SHELL else self.needs
        return f"Left out: {self.name}, for {wanting} is not installed."


WITHOUT: dict[str, Any] = {"alone": True, "hidden": ("pyarrow",)}


@attrs.frozen
class Result:
    """
    What is to be told of a workload.

    Attributes
    ----------
    title : str
    lead : str
        What was measured, in a line.
    header : list of str
    rows : list of list of str
    remarks : list of str
        Sentences.
    """

    title: str
    lead: str
    header: list[str] = attrs.Factory(list)
    rows: list[list[str]] = attrs.Factory(list)
    remarks: list[str] = attrs.Factory(list)


def upserted(stored: Samples, given: Samples) -> list[Row]:
    """Return the rows that are there after an upsert."""
    return given.rows + stored.rows[given.count :]


def updated(stored: Samples, given: Samples) -> list[Row]:
    """Return the rows that are there after an update."""
    places = [NAMES.index(name) for name in CHANGED]
    keep = places[0]
    assert places == list(range(keep, len(NAMES)))
    pairs = zip(stored.rows, given.rows, strict=False)
    return [(*old[:keep], *new[keep:]) for old, new in pairs] + stored.rows[given.count :]


@attrs.frozen(kw_only=True)
class Workload:
    """
    The same work in several ways.

    Attributes
    ----------
    title : str
    engine : {"sqlite", "postgresql"}
    deed : {"insert", "upsert", "update", "read"}
        Insert into an empty table, change one that is full, or take its rows out of one.
    rows : int
        Usual number of rows.
    ways : tuple of Way
        The first is what the others are compared with.
    note : str
        What is to be known to read the table.
    """

    title: str
    engine: str
    deed: Deed
    rows: int
    ways: tuple[Way, ...]
    note: str

    def measured(self, effort: Effort, chance: random.Random) -> Result:
        """
        Measure all ways that are installed.

        Parameters
        ----------
        effort : Effort
        chance : random.Random
            Shuffles the lanes.

        Raises
        ------
        OtherWorkError
            If a lane stored or returned something else.
        """
        count, rounds = effort.calls(self.rows), effort.turns(ROUNDS)
        with ground(self.engine) as at:
            lead = f"{count:,} rows, {at.told}, rounds: {rounds}"
            ways = [way for way in self.ways if way.is_there(at)]
            lost = [way.lost(at) for way in self.ways if way not in ways]
            if self.ways[0] not in ways:
                return Result(self.title, lead, remarks=lost)
            warm = [way for way in ways if not way.alone]
            self._timings(at, warm, min(count, WARM), rounds=1, chance=chance)
            timings = self._timings(at, ways, count, rounds=rounds, chance=chance)
        remarks = [self.note, _compared(ways, timings), *_of_slow(ways), *lost]
        rows = ratio_rows(timings, unit="ms")
        return Result(self.title, lead, ratio_header("ms"), rows, remarks)

    def _timings(
        self,
        at: Ground,
        ways: Sequence[Way],
        count: int,
        *,
        rounds: int,
        chance: random.Random,
    ) -> list[Timing]:
        stored = None if self.deed == "insert" else samples(count)
        with contextlib.ExitStack() as stack:
            fresh = partial(at.fresh, stored)
            if self.deed == "read":  # nothing changes what all lanes read
                site = stack.enter_context(fresh())
                fresh = partial(contextlib.nullcontext, site)  # type: ignore[arg-type]
            lanes = [self._lane(way, at, fresh, count) for way in ways]
            timings = take_turns(lanes, rounds=rounds, chance=chance)
        return [_whole(timing, way, count) for timing, way in zip(timings, ways, strict=True)]

    def _lane(
        self,
        way: Way,
        at: Ground,
        fresh: Callable[[], AbstractContextManager[Site]],
        count: int,
    ) -> Lane:
        given = samples(_given(way, count), 1 if self.deed in {"insert", "read"} else 2)

        @contextlib.contextmanager
        def turn() -> Iterator[Turn]:
            with fresh() as site, _open(way, site, given) as (work, look):

                def check(answers: list[Any]) -> None:
                    found = look(answers[0]) if self.deed == "read" else at.seen(site)
                    found.check(self._wanted(samples(count), given))

                yield Turn([Piece(work)], check)

        return Lane(way.title, turn)

    def _wanted(self, stored: Samples, given: Samples) -> list[Row]:
        if self.deed == "upsert":
            return upserted(stored, given)
        return updated(stored, given) if self.deed == "update" else given.rows


def _given(way: Way, count: int) -> int:
    return max(1, count // SLOW) if way.slow else count


def _whole(timing: Timing, way: Way, count: int) -> Timing:
    """Take the time of a part of the rows as often as they fit into all."""
    times = count / _given(way, count)
    return Timing(timing.name, tuple(seconds * times for seconds in timing.seconds))


@contextlib.contextmanager
def _open(way: Way, site: Site, given: Samples) -> Iterator[tuple[Work, Callable[[Any], Seen]]]:
    if way.alone:
        with in_child(way.opened, site, given, hidden=way.hidden) as both:
            yield both
        return
    with way.opened(site, given) as work:
        yield work, seen


def _of_slow(ways: Sequence[Way]) -> list[str]:
    if not any(way.slow for way in ways):
        return []
    return ["(*) With a tenth of the rows; its time is taken ten times."]


def _compared(ways: Sequence[Way], timings: Sequence[Timing]) -> str:
    """Say in a sentence where scitex.db is, and the nearest of the others."""
    ratios = [float(row[2]) for row in ratio_rows(timings)]
    mine = [ratio for way, ratio in zip(ways, ratios, strict=True) if way.part == "ours"]
    low, high = min(mine), max(mine)
    span = f"{low:.2f}" if low == high else f"{low:.2f} to {high:.2f}"
    told = f"scitex.db takes {span} of what the first lane does"
    others = [
        (ratio, way.name) for way, ratio in zip(ways, ratios, strict=True) if way.part == "peer"
    ]
    if not others:
        return f"{told}."
    ratio, name = min(others)
    return f"{told}; the quickest of the others ({name}) takes {ratio:.2f}."

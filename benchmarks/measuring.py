"""Lanes that take turns, and the time that each took: what every benchmark here stands on."""

from __future__ import annotations

import contextlib
import gc
import os
import random
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import attrs


class OtherWorkError(Exception):
    """A lane did not do the work that it is compared by."""


def _nothing() -> None:
    """Do nothing."""


@attrs.frozen
class Piece:
    """
    A part of a turn's work.

    Attributes
    ----------
    work : callable
        What is timed; takes nothing and returns its answers.
    before : callable
        What is called right before and not timed, nothing by default.
    """

    work: Callable[[], Any]
    before: Callable[[], Any] = _nothing


@attrs.frozen
class Turn:
    """
    One lane's work in one round, ready to begin.

    Attributes
    ----------
    pieces : sequence of Piece
        What is done, one after the other.
    check : callable
        Takes the answers of all pieces; raises `OtherWorkError` where the lane did something
        else than it is compared by.
    """

    pieces: Sequence[Piece]
    check: Callable[[list[Any]], None]


@attrs.frozen
class Lane:
    """
    One way to do the work.

    Attributes
    ----------
    name : str
    turn : callable
        Makes the context manager of one turn: it sets everything up afresh, gives the `Turn`,
        and clears everything away.
    """

    name: str
    turn: Callable[[], AbstractContextManager[Turn]]


@attrs.frozen
class Timing:
    """
    What a lane took, round by round.

    Attributes
    ----------
    name : str
    seconds : tuple of float
    """

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median, in seconds."""
        return statistics.median(self.seconds)

    def ratios(self, to: Timing) -> list[float]:
        """Return what the lane took as a multiple of another one, each round by itself."""
        return [mine / its for mine, its in zip(self.seconds, to.seconds, strict=True)]


@attrs.frozen
class Effort:
    """
    How much is measured, as the environment says.

    Attributes
    ----------
    scale : float
        ``SCALE``: a factor on the number of calls in a turn.
    rounds : int or None
        ``ROUNDS``: how many rounds, where a benchmark's own number is not wanted.
    seed : int
        ``SEED``: what the order of the lanes is shuffled by; a new one each time by default.
    only : str
        ``ONLY``: measure only what has this in its title.
    """

    scale: float = attrs.field(default=1.0, validator=attrs.validators.gt(0))
    rounds: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.ge(1))
    )
    seed: int = 0
    only: str = ""

    @classmethod
    def asked_for(cls) -> Effort:
        """
        Read the environment.

        Raises
        ------
        ValueError
            If a variable holds no number, or one that is too small.
        """
        rounds = os.environ.get("ROUNDS")
        return cls(
            scale=float(os.environ.get("SCALE") or 1),
            rounds=int(rounds) if rounds else None,
            seed=int(os.environ.get("SEED") or random.randrange(1_000_000)),
            only=os.environ.get("ONLY", ""),
        )

    def calls(self, usual: int) -> int:
        """Return how many calls a turn has where it usually has so many."""
        return max(1, round(usual * self.scale))

    def turns(self, usual: int) -> int:
        """Return how many rounds there are where there usually are so many."""
        return self.rounds or usual

    def wants(self, title: str) -> bool:
        """Say whether something with this title is to be measured."""
        return self.only.casefold() in title.casefold()


def take_turns(lanes: Sequence[Lane], *, rounds: int, chance: random.Random) -> list[Timing]:
    """
    Let the lanes work one after the other, each round in another order.

    Parameters
    ----------
    lanes : sequence of Lane
        With distinct names.
    rounds : int
    chance : random.Random
        Shuffles the order.

    Returns
    -------
    list of Timing
        In the order of `lanes`.

    Raises
    ------
    OtherWorkError
        If a lane did something else than its turn's check wants.

    See Also
    --------
    go_in_step : For work in many small pieces.

    Notes
    -----
    What slows the machine down for a while slows neighbours down alike, so that a ratio
    within a round says more than a time.
    """
    seconds: dict[str, list[float]] = {lane.name: [] for lane in lanes}
    with _imports_uncollected():
        for _ in range(rounds):
            for lane in chance.sample(lanes, len(lanes)):
                with _named(lane) as turn, _uncollected():
                    seconds[lane.name].append(_timed(turn.pieces, answers := []))
                    turn.check(answers)
    return [Timing(name, tuple(taken)) for name, taken in seconds.items()]


def go_in_step(lanes: Sequence[Lane], *, rounds: int, chance: random.Random) -> list[Timing]:
    """
    Let all lanes work side by side, piece by piece, each time in another order.

    Parameters
    ----------
    lanes : sequence of Lane
        With distinct names, and turns of equally many pieces.
    rounds : int
    chance : random.Random
        Shuffles the order.

    Returns
    -------
    list of Timing
        In the order of `lanes`.

    Raises
    ------
    OtherWorkError
        If a lane did something else than its turn's check wants.

    Notes
    -----
    As `take_turns`, but what is compared lies milliseconds apart.  All lanes' turns are set up
    at once, and their answers kept until the round is over.
    """
    seconds: dict[str, list[float]] = {lane.name: [] for lane in lanes}
    with _imports_uncollected():
        for _ in range(rounds):
            for name, taken in _one_round(lanes, chance).items():
                seconds[name].append(taken)
    return [Timing(name, tuple(taken)) for name, taken in seconds.items()]


def _one_round(lanes: Sequence[Lane], chance: random.Random) -> dict[str, float]:
    """Return what each lane's pieces took together."""
    taken = {lane.name: 0.0 for lane in lanes}
    answers: dict[str, list[Any]] = {lane.name: [] for lane in lanes}
    with contextlib.ExitStack() as stack:
        turns = {
            lane.name: stack.enter_context(_named(lane))
            for lane in chance.sample(lanes, len(lanes))
        }
        with _uncollected():
            for place in range(len(turns[lanes[0].name].pieces)):
                for name in chance.sample(list(turns), len(turns)):
                    taken[name] += _timed([turns[name].pieces[place]], answers[name])
        for name, turn in turns.items():
            with _noted(name):
                turn.check(answers[name])
    return taken


def _timed(pieces: Iterable[Piece], answers: list[Any]) -> float:
    """Return the seconds that some pieces take, adding what they return to `answers`."""
    seconds = 0.0
    for piece in pieces:
        piece.before()
        began = time.perf_counter()
        answer = piece.work()
        seconds += time.perf_counter() - began
        answers.append(answer)
    return seconds


@contextlib.contextmanager
def _named(lane: Lane) -> Iterator[Turn]:
    """Give a lane's turn, whose errors tell the lane."""
    with _noted(lane.name), lane.turn() as turn:
        yield turn


@contextlib.contextmanager
def _noted(lane: str) -> Iterator[None]:
    try:
        yield
    except OtherWorkError as error:
        if not hasattr(error, "__notes__"):
            error.add_note(f"lane: {lane}")
        raise


@contextlib.contextmanager
def _imports_uncollected() -> Iterator[None]:
    """Let what some lanes have imported make no other lane's collection dearer."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Collect Python's cyclic garbage before the block and not inside it, on every lane."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

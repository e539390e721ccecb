"""How an engine means to carry a statement out, as a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs


@attrs.frozen
class PlanStep:
    """
    One step of a plan, with the steps that it takes its rows from.

    Attributes
    ----------
    operation : str
        What is done, in the engine's words: ``"SCAN"``, ``"Seq Scan"``, ``"Hash Join"``.
    text : str
        The step in a line, as the engine tells it.
    table : str or None
        The table that is read, by its own name.
    index : str or None
        The index that is used.
    by_key : bool
        Whether records are found by a primary key that is the table itself, as on SQLite, and has
        no index of its own.
    full_scan : bool
        Whether the table, or an index of it, is read from one end to the other.
    estimated_rows, cost : float or None
        How many rows the engine expects, and how much work in units of its own; SQLite tells
        neither.
    rows, seconds : float or None
        How many rows there were, and the seconds that they took, where the statement was run.
    steps : tuple of PlanStep
        Where the rows come from.
    """

    operation: str
    text: str
    table: str | None = None
    index: str | None = None
    by_key: bool = False
    full_scan: bool = False
    estimated_rows: float | None = None
    cost: float | None = None
    rows: float | None = None
    seconds: float | None = None
    steps: tuple[PlanStep, ...] = ()

    def __iter__(self) -> Iterator[PlanStep]:
        """Yield the step and all below it, as they stand in the text."""
        yield self
        for step in self.steps:
            yield from step


@attrs.frozen
class QueryPlan:
    """
    How the engine means to carry a statement out.

    Attributes
    ----------
    engine : str
    sql : str
        The statement.
    steps : tuple of PlanStep
        The outermost steps; iterating over a plan yields all of them.
    analyzed : bool
        Whether it was run, so that the steps tell real numbers and times.

    Examples
    --------
    >>> plan = db.explain("users", where={"name": "Alice"})
    >>> plan.full_scans
    ('users',)
    >>> print(plan)
    SCAN users
    reads whole: users
    uses no index
    """

    engine: str
    sql: str
    steps: tuple[PlanStep, ...]
    analyzed: bool = False

    def __iter__(self) -> Iterator[PlanStep]:
        """Yield every step, the outer ones first."""
        for step in self.steps:
            yield from step

    @property
    def full_scans(self) -> tuple[str, ...]:
        """The tables that are read from one end to the other, sorted; a LIMIT may stop it."""
        return tuple(sorted({step.table for step in self if step.full_scan and step.table}))

    @property
    def indexes(self) -> tuple[str, ...]:
        """The indexes that are used, sorted; SQLite's INTEGER PRIMARY KEY is none."""
        return tuple(sorted({step.index for step in self if step.index}))

    @property
    def text(self) -> str:
        """The steps, indented, as the engine tells them."""
        return "\n".join(_lines(self.steps, 0)) or "(the engine tells no steps)"

    def to_dicts(self) -> list[dict[str, Any]]:
        """
        Return the steps as dicts, for JSON or a DataFrame.

        Returns
        -------
        list of dict
            One for each step, outer ones first, with its ``depth``.

        Examples
        --------
        >>> db.explain("SELECT * FROM users").to_dicts()[0]["table"]
        'users'
        """
        return list(_rows(self.steps, 0))

    def __str__(self) -> str:
        lines = [self.text]
        if self.full_scans:
            lines.append(f"reads whole: {', '.join(self.full_scans)}")
        keys = sorted({f"the primary key of {step.table}" for step in self if step.by_key})
        used = ", ".join([*self.indexes, *keys])
        return "\n".join([*lines, f"uses: {used}" if used else "uses no index"])


def _lines(steps: tuple[PlanStep, ...], depth: int) -> Iterator[str]:
    for step in steps:
        numbers = "".join(f", {told}" for told in _numbers(step))
        yield "  " * depth + step.text + (f"  ({numbers[2:]})" if numbers else "")
        yield from _lines(step.steps, depth + 1)


def _numbers(step: PlanStep) -> Iterator[str]:
    if step.estimated_rows is not None:
        yield f"about {step.estimated_rows:,.0f} rows"
    if step.cost is not None:
        yield f"cost {step.cost:,.2f}"
    if step.rows is not None:
        yield f"in fact {step.rows:,.0f} rows"
    if step.seconds is not None:
        yield f"{step.seconds * 1000:,.3f} ms"


def _rows(steps: tuple[PlanStep, ...], depth: int) -> Iterator[dict[str, Any]]:
    for step in steps:
        facts: Mapping[str, Any] = attrs.asdict(step, recurse=False)
        yield {"depth": depth, **{name: facts[name] for name in facts if name != "steps"}}
        yield from _rows(step.steps, depth + 1)

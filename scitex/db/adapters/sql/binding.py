"""Turning records into the driver's values with functions written for just these columns."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from scitex.db.domain.errors import DataError
from scitex.db.domain.tables import ColumnSpec, TableSpec
from scitex.db.domain.values import Misfit, fit, refused

Record = Mapping[str, object]
Row = tuple[Any, ...]


@attrs.frozen
class Spelling:
    """
    How values of one column are spelt for the driver.

    Attributes
    ----------
    slow : callable
        Takes any value; raises `Misfit` for one that the column cannot keep.
    fast : str
        A condition on ``{v}`` in Python under which `quick` is already right.
    quick : str
        The Python expression of ``{v}`` that spells it then.
    known : mapping of str to object
        What the names in `fast` and `quick` stand for.
    """

    slow: Callable[[Any], Any]
    fast: str = ""
    quick: str = "{v}"
    known: Mapping[str, object] = attrs.field(factory=dict, hash=False)


class RecordBinder:
    """
    Binds records of certain columns.

    Attributes
    ----------
    one : callable
        Turns a record that names exactly the columns, in that order, into a tuple.
    many : callable
        Turns records that name exactly the columns, in whatever order, into a list of tuples.
    """

    __slots__ = ("_slow", "many", "one")

    def __init__(
        self,
        one: Callable[[Record], Row],
        many: Callable[[Iterable[Record]], list[Row]],
        slow: dict[str, Callable[[Any], Any]],
    ) -> None:
        self.one = one
        self.many = many
        self._slow = slow

    def explain(self, record: Record, error: Exception) -> DataError:
        """Make the error that names the value which only the driver refused."""
        for name, slow in self._slow.items():
            try:
                slow(record[name])
            except DataError as found:
                return found
        return DataError(f"a value does not fit: {error}")


@functools.lru_cache(maxsize=256)
def record_binder(
    spec: TableSpec, columns: tuple[str, ...], spelling: Callable[[ColumnSpec], Spelling]
) -> RecordBinder:
    """
    Write the functions that turn records of exactly `columns` into tuples.

    Parameters
    ----------
    spec : TableSpec
    columns : tuple of str
    spelling : callable
        Says how a column's values are spelt.

    Returns
    -------
    RecordBinder

    Raises
    ------
    ColumnNotFoundError
        If the table lacks one of the columns.

    Notes
    -----
    The common case, a value that has the column's own type already, is decided inline.
    """
    slow = {}
    known: dict[str, Any] = {}
    steps: list[str] = []
    for place, name in enumerate(columns):
        column = spec.column(name)
        spelt = spelling(column)
        slow[name] = known[f"s{place}"] = _naming(spelt.slow, spec.name, column)
        known.update(spelt.known)
        steps += _steps(f"v{place}", f"s{place}", spelt)
    values = "".join(f"v{place}, " for place in range(len(columns)))
    if len(columns) > 0:
        known["pick"] = operator.itemgetter(*columns)
    picked = values if len(columns) > 1 else "v0"
    source = [
        "def one(record):",
        *([f" {values}= record.values()"] if columns else []),
        *(f" {step}" for step in steps),
        f" return ({values})",
        "def many(records):",
        " rows = []",
        " append = rows.append",
        f" for {picked} in map(pick, records):" if columns else " for _ in records:",
        *(f"  {step}" for step in steps),
        f"  append(({values}))",
        " return rows",
    ]
    exec("\n".join(source), known)  # noqa: S102 - written from numbered names only
    return RecordBinder(known["one"], known["many"], slow)


def _steps(value: str, slow: str, spelt: Spelling) -> list[str]:
    """Write the lines that spell one value."""
    if not spelt.fast:
        return [f"{value} = {slow}({value})"]
    quick = spelt.quick.format(v=value)
    lines = [f"if not ({spelt.fast.format(v=value)}): {value} = {slow}({value})"]
    return lines if quick == value else [*lines, f"else: {value} = {quick}"]


def fitting(table: str, column: ColumnSpec) -> Callable[[Any], Any]:
    """Return what fits any value to a column; a refusal names the column."""
    type = column.type
    return _naming(lambda value: fit(value, type), table, column)


def _naming(slow: Callable[[Any], Any], table: str, column: ColumnSpec) -> Callable[[Any], Any]:
    """Make a refusal name its column."""

    def spell(value: Any) -> Any:
        if value is None:
            return None
        try:
            return slow(value)
        except Misfit as misfit:
            raise refused(
                misfit, value, table=table, column=column.name, type=column.type
            ) from None

    return spell

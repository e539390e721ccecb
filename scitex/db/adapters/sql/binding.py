"""Turning records into the driver's values with functions written for just these columns."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from scitex.db.adapters.sql.batches import ColumnRecords
from scitex.db.domain.errors import DataError
from scitex.db.domain.pieces import Packed
from scitex.db.domain.tables import ColumnSpec, TableSpec
from scitex.db.domain.values import Misfit, fit, refused

Record = Mapping[str, object]
Row = tuple[Any, ...]


Values = list[Any]
PackedSpeller = Callable[[Packed], Values | None]


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
    whole : callable, optional
        Spells a list of values at once; None where they must be looked at one by one.
    packed : callable, optional
        Spells values that come as an array at once; None where it cannot.
    """

    slow: Callable[[Any], Any]
    fast: str = ""
    quick: str = "{v}"
    known: Mapping[str, object] = attrs.field(factory=dict, hash=False)
    whole: Callable[[Values], Values | None] | None = None
    packed: PackedSpeller | None = None


class RecordBinder:
    """
    Binds records of certain columns.

    Attributes
    ----------
    one : callable
        Turns a record that names exactly the columns, in that order, into a tuple.
    width : int
        How many columns there are.
    """

    __slots__ = ("_columns", "_packed", "_pick", "_slow", "one", "width")

    def __init__(
        self,
        one: Callable[[Record], Row],
        columns: Sequence[Callable[[Values], Values]],
        slow: dict[str, Callable[[Any], Any]],
        packed: Sequence[PackedSpeller | None],
    ) -> None:
        self._packed = packed
        self.one = one
        self.width = len(columns)
        self._columns = columns
        self._slow = slow
        self._pick: Any = operator.itemgetter(*slow) if slow else None

    def flat(self, records: Sequence[Record]) -> Values:
        """
        Turn records that name exactly the columns into values, one record's after the other's.

        They are spelt a column at a time: that is several times faster than a record at a time,
        and no tuples live that the garbage collector would visit again and again.
        """
        width = self.width
        if width == 0:
            return []
        if isinstance(records, ColumnRecords):
            return self._woven(records)
        picked = map(self._pick, records)
        found = list(itertools.chain.from_iterable(picked) if width > 1 else picked)
        for place, spell in enumerate(self._columns):
            values = found[place::width]
            spelt = spell(values)
            if spelt is not values:
                found[place::width] = spelt
        return found

    def _woven(self, records: ColumnRecords) -> Values:
        """Spell the columns as they are, and put the values in the order of rows."""
        width = self.width
        found: Values = [None] * (len(records) * width)
        for place, (name, spell, pack) in enumerate(
            zip(self._slow, self._columns, self._packed, strict=True)
        ):
            values = records.columns[name]
            spelt = pack(values) if pack is not None and isinstance(values, Packed) else None
            found[place::width] = spell(list(records.list_of(name))) if spelt is None else spelt
        return found

    def many(self, records: Sequence[Record]) -> list[Row]:
        """Turn records that name exactly the columns, in whatever order, into tuples."""
        if self.width == 0:
            return [() for _ in records]
        values = iter(self.flat(records))
        return list(zip(*[values] * self.width, strict=True))

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
    Write the functions that turn records of exactly `columns` into the driver's values.

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
    spellings = []
    for place, name in enumerate(columns):
        column = spec.column(name)
        spelt = spelling(column)
        slow[name] = known[f"s{place}"] = _naming(spelt.slow, spec.name, column)
        known.update(spelt.known)
        steps += _steps(f"v{place}", f"s{place}", spelt)
        spellings.append(spelt)
    values = "".join(f"v{place}, " for place in range(len(columns)))
    source = [
        "def one(record):",
        *([f" {values}= record.values()"] if columns else []),
        *(f" {step}" for step in steps),
        f" return ({values})",
        *(_column(f"c{place}", f"s{place}", spelt) for place, spelt in enumerate(spellings)),
    ]
    exec("\n".join(source), known)  # noqa: S102 - written from numbered names only
    spell = [
        known[f"c{place}"]
        if spelt.whole is None
        else _whole_first(spelt.whole, known[f"c{place}"])
        for place, spelt in enumerate(spellings)
    ]
    packed = [spelt.packed for spelt in spellings]
    return RecordBinder(known["one"], spell, slow, packed)


def _column(name: str, slow: str, spelt: Spelling) -> str:
    """Write the function that spells a column's values one by one."""
    each = f"{slow}(v)"
    if spelt.fast:
        each = f"{spelt.quick.format(v='v')} if {spelt.fast.format(v='v')} else {each}"
    return f"def {name}(values): return [{each} for v in values]"


def _whole_first(
    whole: Callable[[Values], Values | None], singly: Callable[[Values], Values]
) -> Callable[[Values], Values]:
    """Spell a column at once where that can be, and else one by one."""

    def spell(values: Values) -> Values:
        found = whole(values)
        return singly(values) if found is None else found

    return spell


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

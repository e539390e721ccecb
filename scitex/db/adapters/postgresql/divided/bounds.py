"""Where the parts of a table begin and end, as the server tells it."""

from __future__ import annotations

import datetime as dt
import decimal
import re
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from scitex.db.adapters.postgresql.session import Session
from scitex.db.domain.moments import read_datetime
from scitex.db.domain.partitions import Partition
from scitex.db.domain.plain import plain
from scitex.db.domain.tables import TableSpec
from scitex.db.domain.types import Kind

_TYPE = """
SELECT format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attname = %s AND NOT attisdropped
"""
_BOUND = r"(E?'(?:[^']|'')*'|[^')]+)"
_BOUNDS = re.compile(rf"FOR VALUES FROM \({_BOUND}\) TO \({_BOUND}\)")
_SHARE = re.compile(r"FOR VALUES WITH \(modulus (\d+), remainder (\d+)\)")
_READ: dict[Kind, Callable[[str], Any]] = {
    Kind.INTEGER: int,
    Kind.REAL: float,
    Kind.NUMERIC: decimal.Decimal,
    Kind.TEXT: str,
    Kind.DATE: dt.date.fromisoformat,
    Kind.TIME: dt.time.fromisoformat,
    Kind.TIMESTAMP: read_datetime,
    Kind.TIMESTAMPTZ: read_datetime,
    Kind.UUID: uuid.UUID,
    Kind.BOOLEAN: lambda text: {"true": True, "false": False}[text],
    Kind.BLOB: lambda text: bytes.fromhex(text.removeprefix("\\x")),
}
_NO_BOUND = {"MINVALUE", "MAXVALUE"}
_INFINITE = {"infinity", "-infinity"}
_MOMENTS = {Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ}


def read(
    session: Session,
    spec: TableSpec,
    columns: tuple[str, ...],
    told: Sequence[tuple[str, str]],
) -> tuple[Partition, ...]:
    """
    Return parts in order, of their names and what the server says that they take.

    What Python has no type for the server reads and puts in order; the part for whatever no other
    takes comes last.
    """
    known = len(columns) == 1 and columns[0] in spec.names
    kind = spec.column(columns[0]).type.kind if known else None
    parts = [_part(name, sql, kind) for name, sql in told]
    if kind is not None and any(_is_foreign(part, kind) for part in parts):
        return _read_by_server(session, spec, columns[0], parts)
    return tuple(sorted(parts, key=_order))


def as_read(session: Session, spec: TableSpec, column: str, values: Sequence[Any]) -> list[Any]:
    """Return bounds as they are read of parts that have them, whatever form they were given in."""
    if spec.column(column).type.kind in _READ or all(value is None for value in values):
        return list(values)
    one = f"CAST(%s AS {_type(session, spec, column)})"
    return list(session.rows(f"SELECT {', '.join([one] * len(values))}", values)[0])


def lacking(wanted: Sequence[Partition], there: Sequence[Partition]) -> list[Partition]:
    """Return the parts that are not there, whatever their names are."""
    known = {_takes(part) for part in there}
    return [part for part in wanted if _takes(part) not in known]


def _takes(part: Partition) -> tuple[Any, ...]:
    ends = [repr(end) if isinstance(end, (list, dict)) else end for end in (part.low, part.high)]
    return *ends, part.modulus, part.remainder, part.is_default


def _part(name: str, told: str, kind: Kind | None) -> Partition:
    """Read what a part takes."""
    if share := _SHARE.fullmatch(told):
        return Partition(name, modulus=int(share[1]), remainder=int(share[2]), sql=told)
    bounds = _BOUNDS.fullmatch(told) if kind else None
    if bounds is None or kind is None:
        return Partition(name, sql=told)
    return Partition(name, _value(bounds[1], kind), _value(bounds[2], kind), sql=told)


def _order(part: Partition) -> tuple[Any, ...]:
    """Sort by what parts take; what is not known by its bounds stands by its name."""
    if part.remainder is not None:
        return (0, part.modulus, part.remainder)
    if part.low is None and part.high is None:
        return (2, part.is_default, part.name)
    return (0,) if part.low is None else (1, part.low)


def _value(text: str, kind: Kind) -> Any:
    """Read a bound; what is no value to Python, such as a year before 1 or NaN, stays text."""
    if text in _NO_BOUND:
        return None
    whole = text
    if text[-1] == "'":
        whole = text.removeprefix("E")[1:-1].replace("''", "'")
    if text[0] == "E":
        whole = whole.replace("\\\\", "\\")
    if kind in _MOMENTS and whole in _INFINITE:
        return None
    try:
        found = _READ.get(kind, str)(whole)
    except (ValueError, KeyError, ArithmeticError):
        return whole
    return whole if plain(found) is None else found


def _is_foreign(part: Partition, kind: Kind) -> bool:
    """Say whether a bound is none of Python's values, which alone Python can compare."""
    ends = [end for end in (part.low, part.high) if end is not None]
    return kind not in _READ or (kind is not Kind.TEXT and any(type(end) is str for end in ends))


def _read_by_server(
    session: Session, spec: TableSpec, column: str, parts: list[Partition]
) -> tuple[Partition, ...]:
    ranges: list[Partition] = []
    others: list[Partition] = []
    spelt: list[tuple[Any, ...]] = []
    for part in parts:
        ends = _BOUNDS.fullmatch(part.sql)
        if ends is None:
            others.append(part)
            continue
        literals = ["NULL" if end in _NO_BOUND else end for end in ends.groups()]
        ranges.append(part)
        spelt.append((len(spelt), *literals))
    if not spelt:
        return tuple(sorted(others, key=_order))
    kind, type = spec.column(column).type.kind, _type(session, spec, column)
    values = ", ".join(
        f"({place}, CAST({low} AS {type}), CAST({high} AS {type}))" for place, low, high in spelt
    )
    rows = f"(VALUES {values}) AS v (place, low, high)".replace("%", "%%")
    found = session.rows(f"SELECT * FROM {rows} ORDER BY low NULLS FIRST")  # noqa: S608 - the server's
    if kind not in _READ:
        ranges = [attrs.evolve(ranges[place], low=low, high=high) for place, low, high in found]
    else:
        ranges = [ranges[place] for place, *_ in found]
    return *ranges, *sorted(others, key=_order)


def _type(session: Session, spec: TableSpec, column: str) -> str:
    """Spell a column's type as the server does."""
    return str(session.rows(_TYPE, (session.regclass(spec.name), column))[0][0])

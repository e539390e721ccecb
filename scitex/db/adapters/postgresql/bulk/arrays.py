"""Columns that come as arrays, spelt for a COPY without a look at each value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from scitex.db.adapters.postgresql.bulk.packing import Ready
from scitex.db.adapters.sql.batches import ColumnRecords
from scitex.db.domain.pieces import Packed, listed
from scitex.db.domain.tables import TableSpec
from scitex.db.domain.types import INTEGER_BITS, ColumnType, Kind

Record = Mapping[str, object]

_DAY = 86_400_000_000  # microseconds
_FIRST_DAY = dt.date(2000, 1, 1).toordinal()
_OFFSET = (_FIRST_DAY - dt.date(1970, 1, 1).toordinal()) * _DAY
_EARLIEST = (dt.date.min.toordinal() - _FIRST_DAY) * _DAY
_TOO_LATE = (dt.date.max.toordinal() + 1 - _FIRST_DAY) * _DAY
_CODES = {Kind.INTEGER: "i", Kind.REAL: "f"}
_ZONED = {Kind.TIMESTAMP: False, Kind.TIMESTAMPTZ: True}


def spelt(spec: TableSpec, records: Sequence[Record]) -> tuple[Ready, dict[str, Sequence[Any]]]:
    """Return which columns are ready to be packed, and their values."""
    lists: dict[str, Sequence[Any]] = {}
    whole = []
    if isinstance(records, ColumnRecords):
        for name, values in records.columns.items():
            found = _spelt(values, spec.column(name).type) if isinstance(values, Packed) else None
            if found is not None and isinstance(values, Packed):
                lists[name] = found
                if values.valid is None:
                    whole.append(name)
    return Ready(tuple(lists), tuple(whole)), lists


def _spelt(packed: Packed, type: ColumnType) -> Sequence[Any] | None:
    """Spell an array for a column; None where it is not certain that each value fits."""
    kind = packed.values.dtype.kind
    if type.bits == INTEGER_BITS and kind == _CODES.get(type.kind):
        return listed(packed)
    moments = kind == "M" and type.precision is None and packed.utc is _ZONED.get(type.kind)
    return _micros(packed) if moments else None


def _micros(packed: Packed) -> Sequence[Any] | None:
    """Return moments as microseconds from 2000; None where a year is past what Python knows."""
    micros, valid = packed.values.view("i8") - _OFFSET, packed.valid
    known = micros if valid is None else micros * valid
    if not len(micros) or known.min() < _EARLIEST or known.max() >= _TOO_LATE:
        return None
    return listed(Packed(micros, valid))

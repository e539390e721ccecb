"""Comparing both sides once more, when a sync is done."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from scitex.db.domain.pieces import Column, Packed, Piece, listed
from scitex.db.domain.queries import Query
from scitex.db.domain.sync.reports import TableReport
from scitex.db.domain.types import Kind
from scitex.db.services.fingerprints import Hashing
from scitex.db.services.sync.planning import Pair
from scitex.db.services.sync.reading import Shape

_NONE_AS_TEXT = {Kind.NUMERIC: "NaN", Kind.JSON: "null"}


def verified(pair: Pair, report: TableReport, shape: Shape) -> TableReport:
    """Compare a table's fingerprints, to which NaN and JSON's null are no values."""
    found = []
    for storage in (pair.local, pair.remote):
        hashing = Hashing(dict(shape.kinds))
        condition, values = shape.where
        query = Query(shape.table, shape.columns, condition)
        storage.unload(
            query,
            values=values,
            take=lambda piece, hashing=hashing: hashing.take(_bare(piece, shape)),  # type: ignore[misc]
        )
        found.append(hashing.fingerprint(shape.table))
    return attrs.evolve(report, verified=found[0] == found[1])


def _bare(piece: Piece, shape: Shape) -> Piece:
    """Return a piece without the values that not every engine tells from none."""
    columns = tuple([_column(column, shape.kinds[column.name]) for column in piece.columns])
    return Piece(columns, piece.rows)


def _column(column: Column, kind: Kind) -> Column:
    values = column.values
    if kind is Kind.REAL and isinstance(values, Packed):
        valid: Any = ~np.isnan(values.values)
        if not valid.all():
            valid = valid if values.valid is None else valid & values.valid
            return attrs.evolve(column, values=attrs.evolve(values, valid=valid))
    elif kind in _NONE_AS_TEXT or kind is Kind.REAL:
        word, found = _NONE_AS_TEXT.get(kind), listed(values)
        if any(each is not None and _is_none(each, word) for each in found):
            bare = [None if each is None or _is_none(each, word) else each for each in found]
            return attrs.evolve(column, values=bare)
    return column


def _is_none(value: Any, word: str | None) -> bool:
    """Say whether a value is NaN, or is spelt so."""
    return bool(value == word or value != value)  # noqa: PLR0124 - only NaN differs from itself

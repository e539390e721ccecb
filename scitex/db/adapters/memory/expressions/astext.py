"""Times, days and UUIDs in SQL text for SQLite, which keeps them as text and compares that."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

from scitex.db.adapters.memory.expressions.comparing import anyhow
from scitex.db.adapters.memory.expressions.scope import Scope
from scitex.db.domain import moments
from scitex.db.domain.fitting import text_form
from scitex.db.domain.tables import ColumnSpec
from scitex.db.domain.types import Kind

_KEPT_AS_TEXT = frozenset({Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.DATE, Kind.TIME, Kind.UUID})
# Text that SQLite takes for a number beside such a column, whose affinity is numeric.
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")


def compares_text(column: ColumnSpec | None, scope: Scope) -> bool:
    """Say whether the engine compares a column's values as the text that it keeps."""
    engine = scope.engine if scope.from_text else ""
    return column is not None and column.type.kind in _KEPT_AS_TEXT and engine == "sqlite"


def spelt(value: Any) -> Any:
    """Spell a value as SQLite keeps it."""
    if isinstance(value, dt.datetime):
        return moments.datetime_text(value)
    return text_form(value) if isinstance(value, (dt.date, dt.time, uuid.UUID)) else value


def given(value: Any) -> Any:
    """Read a value that a column is compared with."""
    found = spelt(value)
    return float(found) if isinstance(found, str) and _NUMBER.fullmatch(found) else found


def relation(sign: str) -> Callable[[Any, Any], bool]:
    """Return what compares two sides of which one is such a column."""
    return lambda one, other: anyhow(spelt(one), sign, spelt(other))

"""Readings as DataFrames."""

from __future__ import annotations

from typing import Any

import pandas as pd

from scitex.db.domain.predicates import OrderTerm
from scitex.db.domain.queries import Query
from scitex.db.domain.types import Kind
from scitex.db.ports.storage import Storage
from scitex.db.services.asking import Chosen
from scitex.db.services.frames import reading
from scitex.db.services.series.table import SENSOR, TIME, VALUE, Readings, condition


def readings(
    storage: Storage, table: Readings, sensor: str | None, span: tuple[Any, Any]
) -> pd.DataFrame:
    """Return readings, in order; nanoseconds as moments."""
    where, values = condition(table, sensor, *span)
    query = Query(table.table, (SENSOR, TIME, VALUE), where, (OrderTerm(SENSOR), OrderTerm(TIME)))
    found = reading.read(storage, Chosen(query, values))
    if table.kind is Kind.INTEGER:
        found[TIME] = pd.to_datetime(found[TIME], unit="ns")
    return found

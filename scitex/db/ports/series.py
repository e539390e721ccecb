"""The promise to sum up readings by parts of time."""

from __future__ import annotations

from typing import Protocol

from scitex.db.domain.rows import Record
from scitex.db.domain.series import Buckets, Gaps


class Series(Protocol):
    """
    Somewhere that readings over time are summed up without being taken out.

    A time column is a TIMESTAMP, a TIMESTAMPTZ or an INTEGER; `DataError` is raised for another.
    """

    def buckets(self, asked: Buckets) -> list[Record]:
        """
        Return each part of time that has readings: its number, from 0, and what was wanted.

        Each record has ``bucket`` and the aggregates by their names; missing values count for
        nothing, and where there is none but them an aggregate is None.
        """
        ...

    def gaps(self, asked: Gaps) -> list[Record]:
        """Return where two neighbours are further apart: ``start`` and ``end``, in order."""
        ...

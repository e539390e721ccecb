"""Readings that are kept, as they are asked for."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scitex.db.domain.predicates import OrderTerm
from scitex.db.domain.queries import Query
from scitex.db.domain.rows import Record
from scitex.db.ports.storage import Storage
from scitex.db.services.series import chunks, keeping, resampling
from scitex.db.services.series.table import TIME, Readings, condition

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

Moment = Any  # a datetime, or what pandas and numpy have; nanoseconds as a whole number too


class Shelf(abc.ABC):
    """The calls that give readings back."""

    _readings: Readings

    @property
    @abc.abstractmethod
    def _storage(self) -> Storage:
        """Where they are kept."""

    def get_time_range(
        self, sensor_id: str, start: Moment = None, end: Moment = None
    ) -> list[Record]:
        """
        Return readings from one moment to another, both included, in order.

        Parameters
        ----------
        sensor_id : str
        start, end : datetime, optional
            Everything before, or after, where one is left out.

        Returns
        -------
        list of dict
            With the table's columns.

        Raises
        ------
        DataError
            If a moment is none, or has a zone where the table has none.

        Examples
        --------
        >>> series = TimeSeriesDB(db)
        >>> series.get_time_range("room-1", "2025-05-30", "2025-05-31")
        []
        """
        where, values = condition(self._readings, sensor_id, start, end)
        query = Query(self._readings.table, None, where, (OrderTerm(TIME),))
        return self._storage.select(query, values=values)

    def to_dataframe(
        self, sensor_id: str | None = None, start: Moment = None, end: Moment = None
    ) -> pd.DataFrame:
        """
        Return readings as a DataFrame.

        Parameters
        ----------
        sensor_id : str, optional
            All sensors by default, in order.
        start, end : datetime, optional
            As in `get_time_range`.

        Returns
        -------
        pandas.DataFrame
            ``sensor_id``, ``timestamp`` and ``value``, in order.
        """
        from scitex.db.services.series import frames

        return frames.readings(self._storage, self._readings, sensor_id, (start, end))

    def get_chunk(
        self, sensor_id: str, start: Moment = None, end: Moment = None
    ) -> tuple[NDArray[np.datetime64], NDArray[Any]]:
        """
        Return samples from one moment to another, both included.

        Parameters
        ----------
        sensor_id : str
        start, end : datetime, optional

        Returns
        -------
        times : ndarray of datetime64[ns] of shape (n_samples,)
            UTC, where moments have a zone.
        samples : ndarray of shape (n_samples, n_channels) or (n_samples,)

        Raises
        ------
        DataError
            If chunks of that time have different numbers of channels.
        """
        return chunks.read(self._storage, self._readings, sensor_id, start, end)

    def sensors(self) -> list[str]:
        """
        Return which sensors there are, in order.

        Returns
        -------
        list of str
        """
        return list(keeping.sensors(self._storage, self._readings))

    def latest(self, sensor_id: str | None = None) -> Record | list[Record] | None:
        """
        Return the last reading of a sensor, or of each.

        Parameters
        ----------
        sensor_id : str, optional

        Returns
        -------
        dict or None, or list of dict
            None where the sensor has none; a list where no sensor was named.
        """
        if sensor_id is not None:
            return self.last(sensor_id)
        return [row for name in self.sensors() if (row := self.last(name)) is not None]

    def first(self, sensor_id: str) -> Record | None:
        """
        Return the first reading of a sensor.

        Parameters
        ----------
        sensor_id : str

        Returns
        -------
        dict or None
            None where it has none.
        """
        return keeping.end(self._storage, self._readings, sensor_id, latest=False)

    def last(self, sensor_id: str) -> Record | None:
        """
        Return the last reading of a sensor.

        Parameters
        ----------
        sensor_id : str

        Returns
        -------
        dict or None
            None where it has none.
        """
        return keeping.end(self._storage, self._readings, sensor_id, latest=True)

    def resample(
        self,
        sensor_id: str,
        every: Any = "1min",
        agg: str | Sequence[str] = ("mean", "min", "max", "count"),
        *,
        start: Moment = None,
        end: Moment = None,
        fill: str = "none",
        origin: Moment = None,
        zone: Any = None,
    ) -> list[Record]:
        """
        Sum readings up by parts of time; the database does it.

        Parameters
        ----------
        sensor_id : str
        every : str or timedelta, default "1min"
            A number and one of ``us ms s min h D W M Q Y``.
        agg : str or sequence of str
            Of ``mean``, ``min``, ``max``, ``count``, ``sum``, ``first`` and ``last``; missing
            values count for nothing.
        start, end : datetime, optional
            Which readings, both included.
        fill : {"none", "null", "locf", "linear"}, default "none"
            What stands where there are no readings: no record, None, the last value before, or a
            line to the next one.  ``count`` is 0 there.
        origin : datetime, optional
            Where a part of days or less begins; by default midnight, Mondays for weeks, 1970 for
            what is shorter.
        zone : str or tzinfo, optional
            Whose days, weeks and months are meant, also when clocks are changed: a day then has
            23 or 25 hours.  For tables that keep moments in UTC.

        Returns
        -------
        list of dict
            ``timestamp``, where the part begins, and the aggregates, in order.

        Raises
        ------
        InterfaceError
            If a word is none of these, or a fill would make more than ten million records.

        Examples
        --------
        >>> series = TimeSeriesDB(db)
        >>> for minute, value in ((0, 1.0), (1, 3.0), (10, 7.0)):
        ...     reading = {"timestamp": f"2025-05-30 12:{minute:02d}", "value": value}
        ...     told = series.insert_readings("a", [reading])
        >>> [row["mean"] for row in series.resample("a", "5min", "mean", fill="linear")]
        [2.0, 4.5, 7.0]
        """
        how = resampling.parts(every, agg, fill, origin, zone)
        return resampling.resample(self._storage, self._readings, sensor_id, (start, end), how)

    def gaps(
        self, sensor_id: str, longer_than: Any, *, start: Moment = None, end: Moment = None
    ) -> list[Record]:
        """
        Return where readings are missing.

        Parameters
        ----------
        sensor_id : str
        longer_than : str or timedelta
            How far apart two neighbours may be.
        start, end : datetime, optional

        Returns
        -------
        list of dict
            ``start`` and ``end``: the readings before and behind.

        Raises
        ------
        InterfaceError
            If it is no length of time.

        Examples
        --------
        >>> TimeSeriesDB(db).gaps("a", longer_than="1h")
        []
        """
        return keeping.gaps(self._storage, self._readings, sensor_id, (start, end), longer_than)

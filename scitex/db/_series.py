"""Readings of sensors over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from scitex.db._opening import Given, opened
from scitex.db.domain.series import Ingested
from scitex.db.ports.storage import Storage
from scitex.db.services.progress import Progress, reporting
from scitex.db.services.series import chunks, ingesting, keeping, resampling
from scitex.db.services.series.preparing import prepare
from scitex.db.services.series.shelf import Moment, Shelf

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

    from scitex.db.services.series.table import Readings


class TimeSeriesDB(Shelf):
    """
    Readings of sensors, each kept once for its sensor and moment.

    Parameters
    ----------
    db : Database, str or path-like
        An open database of any engine, a path, or a URL; what is opened here is closed by
        `close`.
    table : str, default "timeseries"
        Made where it is missing: ``id``, ``sensor_id``, ``timestamp``, ``value``, ``metadata``,
        one reading for a sensor and a moment.  One that is there is used as it is.
    utc : bool, default False
        Whether a table that is made keeps moments in UTC, which are given with a zone.  Otherwise
        they have none, and are taken as they are.  A mix of both is refused.
    precision : {"us", "ns"}, default "us"
        ``"ns"`` keeps whole nanoseconds since 1970, UTC, which is also how they come back.
    partition_by : {"day", "month", "year"}, optional
        PostgreSQL keeps the table that is made in parts of this length, by moment, and adds those
        that readings need; `retain` then drops whole parts.  A table in parts is known for what it
        is when it is opened again.
    distributed : bool, default False
        Whether a Citus cluster spreads the table that is made over its nodes, by sensor.  Both
        go together: each part is spread.

    Raises
    ------
    SchemaError
        If the table is none of readings, has several of a sensor at one moment, or is not in
        parts of the length that is asked for.
    InterfaceError
        If there is no such precision, or no such length.
    UnsupportedFeatureError
        If the engine keeps no table in parts, or is no cluster.

    Examples
    --------
    >>> import datetime as dt
    >>> noon = dt.datetime(2025, 5, 30, 12)
    >>> series = TimeSeriesDB("lab.db")
    >>> readings = [{"timestamp": noon + dt.timedelta(seconds=n), "value": n} for n in range(600)]
    >>> print(series.insert_readings("room-1", readings))
    600 inserted, 0 updated, 0 unchanged
    >>> [row["mean"] for row in series.resample("room-1", every="5min")]
    [149.5, 449.5]
    >>> series.close()
    """

    def __init__(
        self,
        db: Given,
        table: str = "timeseries",
        *,
        utc: bool = False,
        precision: str = "us",
        partition_by: str | None = None,
        distributed: bool = False,
    ) -> None:
        self._stack = ExitStack()
        self.db = self._stack.enter_context(opened(db, new=True))
        self._utc = bool(utc)
        self._precision = precision
        self._readings: Readings = prepare(
            self.db.storage,
            table,
            utc=bool(utc),
            precision=precision,
            partition_by=partition_by,
            distributed=bool(distributed),
        )

    @property
    def _storage(self) -> Storage:
        return self.db.storage

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database, if it was opened here; twice is harmless."""
        self._stack.close()

    # -- in ----------------------------------------------------------------------------------

    def insert_readings(
        self,
        sensor_id: str,
        readings: Iterable[Mapping[str, Any]] | pd.Series[Any] | pd.DataFrame,
        *,
        progress: Progress = False,
    ) -> Ingested:
        """
        Store readings of a sensor, all or none, in any order.

        Parameters
        ----------
        sensor_id : str
        readings : iterable of mapping, Series or DataFrame
            Each with ``timestamp``, ``value`` (None or NaN where it is missing) and, if wanted,
            ``metadata``; a Series has moments for its index, a DataFrame has them there or in a
            column.
        progress : bool or callable, default False
            Whether it is shown how far the work is.

        Returns
        -------
        Ingested
            How many are new, were there with another value, and were there as they are.

        Raises
        ------
        DataError
            If a value is no number, or a moment is none that the table keeps.
        InterfaceError
            If a reading lacks a name, or has others.

        Notes
        -----
        What is given again changes nothing, so that a file may be loaded twice.  Of two readings
        of one moment the last counts.

        Examples
        --------
        >>> series = TimeSeriesDB(db)
        >>> print(series.insert_readings("a", [{"timestamp": "2025-05-30 12:00", "value": 1.5}]))
        1 inserted, 0 updated, 0 unchanged
        >>> print(series.insert_readings("a", [{"timestamp": "2025-05-30 12:00", "value": 2.5}]))
        0 inserted, 1 updated, 0 unchanged
        """
        coming = ingesting.batches(self._readings, sensor_id, readings)
        with reporting(progress, total=None, what="readings") as report:
            return ingesting.ingest(self.db.storage, self._readings, coming, report)

    def insert_chunk(self, sensor_id: str, start: Moment, rate: float, data: ArrayLike) -> None:
        """
        Store samples of many channels at a steady rate, such as an EEG, as one array.

        Parameters
        ----------
        sensor_id : str
        start : datetime
            Of the first sample; a chunk of this moment that is there is replaced.
        rate : float
            Samples in a second.
        data : array_like of shape (n_samples, n_channels) or (n_samples,)

        Raises
        ------
        InterfaceError
            If it has no samples, or the rate is no frequency.

        Examples
        --------
        >>> series = TimeSeriesDB(db)
        >>> series.insert_chunk("eeg", "2025-05-30 12:00", 1000, [[0.5] * 64] * 1000)
        >>> times, samples = series.get_chunk("eeg", "2025-05-30 12:00:00.5", None)
        >>> samples.shape
        (500, 64)
        """
        chunks.store(self.db.storage, self._readings, sensor_id, start, rate, data)

    # -- keeping -----------------------------------------------------------------------------

    def downsample(
        self,
        every: Any,
        older_than: Any,
        *,
        into: str | None = None,
        sensor_id: str | None = None,
        remove: bool = False,
    ) -> Ingested:
        """
        Sum old readings up into another table, which is one of readings too.

        Parameters
        ----------
        every : str
            As in `resample`.
        older_than : datetime, str or timedelta
            Before which moment, or how long before now, UTC.
        into : str, optional
            The table; by default this one's name with `every` behind it.
        sensor_id : str, optional
            One sensor; all by default.
        remove : bool, default False
            Whether the readings that were summed up are removed, together with that.

        Returns
        -------
        Ingested
            Of the other table: ``value`` is the mean, ``metadata`` has ``min``, ``max`` and
            ``count``, and in ``removed`` the four of those readings that are there no more.

        Raises
        ------
        InterfaceError
            If it is no length of time, or the other table is this one.
        OperationalError
            If readings that are to be removed came in meanwhile; nothing was changed.

        Notes
        -----
        Only parts of time that were over by then are summed up.  Readings that come in late, when
        others of their part were removed, are added to the sum of these.  Whoever removes readings
        by `retain` may cut a part in two, of which the next call sees what is left; `remove` does
        not.

        Examples
        --------
        >>> print(TimeSeriesDB(db).downsample("1h", older_than="30D"))
        0 inserted, 0 updated, 0 unchanged
        """
        how = resampling.parts(every, keeping.SUMS, "none", None, None)
        name = into or f"{self._readings.table}_{every}"
        target = prepare(self.db.storage, name, utc=self._utc, precision=self._precision)
        before = keeping.cutoff(self._readings, older_than)
        return keeping.downsample(
            self.db.storage, self._readings, target, (sensor_id, before), how, remove=remove
        )

    def retain(
        self, older_than: Any, *, sensor_id: str | None = None, dry_run: bool = False
    ) -> int:
        """
        Remove old readings.

        Parameters
        ----------
        older_than : datetime, str or timedelta
            Before which moment, or how long before now, UTC.
        sensor_id : str, optional
            One sensor; all by default.
        dry_run : bool, default False
            Whether they are only counted.

        Returns
        -------
        int
            How many.

        Raises
        ------
        InterfaceError
            If it is no length of time.

        Examples
        --------
        >>> TimeSeriesDB(db).retain("365D", dry_run=True)
        0
        """
        before = keeping.cutoff(self._readings, older_than)
        return keeping.retain(self.db.storage, self._readings, sensor_id, before, dry_run=dry_run)

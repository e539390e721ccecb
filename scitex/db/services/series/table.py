"""The table of readings, and how its moments are meant."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs

from scitex.db.domain.errors import DataError
from scitex.db.domain.moments import UTC, read_datetime
from scitex.db.domain.predicates import Always, And, Column, Compare, Parameter, Predicate
from scitex.db.domain.types import Kind

SENSOR, TIME, VALUE, METADATA = "sensor_id", "timestamp", "value", "metadata"
KEY = (SENSOR, TIME)
_MICRO = dt.timedelta(microseconds=1)
_NANOS = 1000  # in a microsecond


@attrs.frozen
class Readings:
    """
    A table of readings.

    Attributes
    ----------
    table : str
    kind : Kind
        Of its moments: TIMESTAMP, TIMESTAMPTZ, or INTEGER for nanoseconds since 1970.
    unit : {"day", "month", "year"}, optional
        Of what length the parts are in which the engine keeps them.
    """

    table: str
    kind: Kind
    unit: str | None = None

    @property
    def zone(self) -> dt.tzinfo | None:
        """UTC, where moments have a zone."""
        return UTC if self.kind is Kind.TIMESTAMPTZ else None

    def moment(self, given: Any) -> Any:
        """
        Return a moment as the table keeps it.

        Raises
        ------
        DataError
            If it is none, or with a zone where the table has none, or the other way round.
        """
        if self.kind is Kind.INTEGER:
            return _nanos(given)
        if type(given) is dt.datetime and given.tzinfo is self.zone:
            return given
        found = _datetime(given)
        if (found.tzinfo is None) != (self.zone is None):
            one, other = ("no zone", "one") if self.zone else ("a zone", "none")
            raise DataError(
                f"{given!r} has {one}, and the moments of table {self.table!r} have {other}",
                table=self.table,
                column=TIME,
                hint="give all of them in UTC, datetime(..., tzinfo=timezone.utc), or none",
            )
        return found if found.tzinfo is None else found.astimezone(UTC)

    def number(self, moment: Any) -> int:
        """Return a moment as microseconds since 1970, or as nanoseconds."""
        if self.kind is Kind.INTEGER:
            return int(moment)
        return int((moment - dt.datetime(1970, 1, 1, tzinfo=self.zone)) // _MICRO)

    def of_number(self, number: int) -> Any:
        """Return the moment of a number."""
        if self.kind is Kind.INTEGER:
            return number
        return dt.datetime(1970, 1, 1, tzinfo=self.zone) + dt.timedelta(microseconds=number)

    def length(self, micros: int) -> int:
        """Return a length of time in the unit of `number`."""
        return micros * _NANOS if self.kind is Kind.INTEGER else micros


def _datetime(given: Any) -> dt.datetime:
    if isinstance(given, str):
        try:
            return read_datetime(given)
        except ValueError as error:
            raise _no_moment(given) from error
    if hasattr(given, "to_pydatetime"):  # of pandas
        if getattr(given, "nanosecond", 0):
            raise DataError(
                f"{given} is finer than a microsecond",
                hint="TimeSeriesDB(db, precision='ns') keeps nanoseconds",
            )
        found = given.to_pydatetime()
        if isinstance(found, dt.datetime):
            return found
    if hasattr(given, "astype") and str(getattr(given, "dtype", "")).startswith("datetime64"):
        given = given.astype("datetime64[us]").item()
    if isinstance(given, dt.datetime) and given == given:  # noqa: PLR0124 - NaT is not
        return given
    raise _no_moment(given)


def _nanos(given: Any) -> int:
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    if hasattr(given, "astype"):  # of numpy
        if str(getattr(given, "dtype", "")).startswith("datetime64"):
            return int(given.astype("datetime64[ns]").astype("int64"))
        return int(given)
    if hasattr(given, "value") and hasattr(given, "nanosecond"):  # of pandas
        return int(given.value)
    found = _datetime(given)
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return int((found - dt.datetime(1970, 1, 1, tzinfo=UTC)) // _MICRO) * _NANOS


def _no_moment(given: Any) -> DataError:
    return DataError(f"{given!r} is no moment", hint="give a datetime, or text such as ISO 8601")


def condition(
    readings: Readings, sensor: str | None, start: Any, end: Any, *, closed: bool = True
) -> tuple[Predicate, tuple[Any, ...]]:
    """Return what asks for a sensor's readings from one moment to another."""
    parts: list[Predicate] = []
    values: list[Any] = []
    for name, sign, value in (
        (SENSOR, "=", sensor),
        (TIME, ">=", None if start is None else readings.moment(start)),
        (TIME, "<=" if closed else "<", None if end is None else readings.moment(end)),
    ):
        if value is not None:
            parts.append(Compare(Column(name), sign, Parameter(len(values))))  # type: ignore[arg-type]
            values.append(value)
    found: Predicate = parts[0] if parts else Always(truth=True)
    for part in parts[1:]:
        found = And(found, part)
    return found, tuple(values)

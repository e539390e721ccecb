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
    if hasattr(given, "to_pydatetime") and given == given:  # noqa: PLR0124 - of pandas, no NaT
        if getattr(given, "nanosecond", 0):
            raise _too_fine(given)
        found = given.to_pydatetime()
        if isinstance(found, dt.datetime):
            return found
    if _is_datetime64(given):
        given = _exactly(given, "us").item()
    if isinstance(given, dt.datetime) and given == given:  # noqa: PLR0124 - NaT is not
        return given
    raise _no_moment(given)


def _nanos(given: Any) -> int:
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    if _is_datetime64(given):
        return int(_exactly(given, "ns").astype("int64"))
    if hasattr(given, "__index__") and not isinstance(given, bool):  # of numpy
        return int(given)
    if hasattr(given, "nanosecond"):  # of pandas
        return _pandas_nanos(given)
    found = _datetime(given)
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return int((found - dt.datetime(1970, 1, 1, tzinfo=UTC)) // _MICRO) * _NANOS


def _is_datetime64(given: Any) -> bool:
    return hasattr(given, "astype") and str(getattr(given, "dtype", "")).startswith("datetime64")


def _exactly(given: Any, unit: str) -> Any:
    """Return a moment of numpy in another unit, if it is the same moment there."""
    if given != given:  # noqa: PLR0124 - only NaT differs from itself
        raise _no_moment(given)
    found = given.astype(f"datetime64[{unit}]")
    if found.astype(given.dtype) != given:
        raise _too_fine(given) if unit == "us" else _too_far(given)
    return found


def _pandas_nanos(given: Any) -> int:
    if given != given:  # noqa: PLR0124 - only NaT differs from itself
        raise _no_moment(given)
    try:
        return int(given.value)
    except (OverflowError, ValueError) as error:
        raise _too_far(given) from error


def _too_fine(given: Any) -> DataError:
    return DataError(
        f"{given} is no whole number of microseconds",
        hint="TimeSeriesDB(db, precision='ns') keeps nanoseconds; or round it",
    )


def _too_far(given: Any) -> DataError:
    return DataError(
        f"{given} is no moment in nanoseconds, which reach from 1677 to 2262",
        hint="TimeSeriesDB(db, precision='us') keeps the years 1 to 9999",
    )


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

"""Dates and times as text: one spelling that sorts by time, and the spellings that are read."""

from __future__ import annotations

import datetime as dt
import re

UTC = dt.UTC
# What scitex's gen_timestamp() makes: 2025-0530-1400, with seconds where they were asked for.
_STAMP = re.compile(r"(\d{4})-(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)?")
_FRACTION = re.compile(r"[.,]\d{6}(\d+)")
_DURATION = re.compile(r"(-?)P(\d+)DT(\d+)(?:\.(\d{6}))?S")


def datetime_text(moment: dt.datetime) -> str:
    """
    Spell `moment` so that text order is time order; an aware one in UTC.

    Examples
    --------
    >>> datetime_text(dt.datetime(2025, 5, 30, 14, 0))
    '2025-05-30 14:00:00'
    """
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(" ")


def read_datetime(text: str) -> dt.datetime:
    """
    Read ISO 8601, or a scitex stamp such as ``2025-0530-1400``.

    Raises
    ------
    ValueError
        If it is neither, or is finer than a microsecond.

    Examples
    --------
    >>> read_datetime("2025-0530-1400")
    datetime.datetime(2025, 5, 30, 14, 0)
    """
    stamp = _STAMP.fullmatch(text)
    if stamp:
        return dt.datetime(*(int(part or 0) for part in stamp.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 - a stamp has no zone
    finer = _FRACTION.search(text)
    if finer and finer.group(1).strip("0"):
        raise ValueError(f"finer than a microsecond: {text!r}")
    return dt.datetime.fromisoformat(text)


def timedelta_micros(span: dt.timedelta) -> int:
    """
    Return a duration as a number of microseconds, which sorts by length as its text does not.

    Examples
    --------
    >>> timedelta_micros(dt.timedelta(seconds=1))
    1000000
    """
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def timedelta_text(span: dt.timedelta) -> str:
    """
    Spell `span` in ISO 8601: days and seconds.

    Examples
    --------
    >>> timedelta_text(dt.timedelta(days=1, seconds=30, microseconds=5))
    'P1DT30.000005S'
    """
    sign, span = ("-", -span) if span < dt.timedelta(0) else ("", span)
    fraction = f".{span.microseconds:06d}" if span.microseconds else ""
    return f"{sign}P{span.days}DT{span.seconds}{fraction}S"


def interval_text(span: dt.timedelta) -> str:
    """
    Spell `span` in words of SQL, which servers read with any sign.

    Examples
    --------
    >>> interval_text(dt.timedelta(seconds=-1))
    '-1 days 86399.000000 seconds'
    """
    return f"{span.days} days {span.seconds}.{span.microseconds:06d} seconds"


def read_timedelta(text: str) -> dt.timedelta:
    """
    Read what `timedelta_text` wrote.

    Raises
    ------
    ValueError
        If it is spelt otherwise.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"not a duration: {text!r}")
    sign, days, seconds, micros = match.groups()
    span = dt.timedelta(int(days), int(seconds), int(micros or 0))
    return -span if sign else span

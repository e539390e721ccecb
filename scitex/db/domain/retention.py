"""
Which backups are kept, and why.

The words and what they mean are those of ``restic forget`` (https://restic.readthedocs.io):
of the newest N hours, days, ... that have a backup, the newest of each is kept; where there are
not yet so many, the oldest backup of all is kept too.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence

import attrs

from scitex.db.domain.errors import InterfaceError

_STAMP = re.compile(
    r"(?<!\d)(\d{4})[-_]?(\d{2})[-_]?(\d{2})"
    r"(?:[-_T ]?(\d{2})[-:h]?(\d{2})(?:[-:m]?(\d{2}))?)?(?:Z|_([0-9a-f]{6})(?![0-9a-z]))?(?!\d)"
)
_ENDING = re.compile(r"\.(?:sql(?:\.gz|\.zst)?|db|sqlite3?|dump)$", re.IGNORECASE)
_DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)m)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?")
_MONTHS = 12


@attrs.frozen
class Duration:
    """
    A length of time as a calendar has it.

    Attributes
    ----------
    months, days, hours : int
    text : str
        As it was given.
    """

    months: int
    days: int
    hours: int
    text: str

    def before(self, moment: dt.datetime) -> dt.datetime:
        """Return the moment that is this long before another one."""
        month = moment.year * _MONTHS + moment.month - 1 - self.months
        year, month = divmod(month, _MONTHS)
        if year < 1:
            return dt.datetime.min.replace(tzinfo=moment.tzinfo)
        day = min(moment.day, calendar.monthrange(year, month + 1)[1])
        there = moment.replace(year=year, month=month + 1, day=day)
        return there - dt.timedelta(days=self.days, hours=self.hours)


def duration(given: str | dt.timedelta) -> Duration:
    """
    Read a length of time.

    Parameters
    ----------
    given : str or timedelta
        Years, months, weeks, days and hours, in this order: ``"1y6m"``, ``"30d"``, ``"2w12h"``.

    Raises
    ------
    InterfaceError
        If it is neither.

    Examples
    --------
    >>> duration("1y6m").months, duration("2w").days
    (18, 14)
    """
    if isinstance(given, dt.timedelta) and given > dt.timedelta(0):
        hours = -(-given // dt.timedelta(hours=1))
        return Duration(0, 0, hours, str(given))
    found = _DURATION.fullmatch(given) if isinstance(given, str) and given else None
    if found is None or not isinstance(given, str):
        raise InterfaceError(
            f"{given!r} is no length of time", hint='write "30d", "1y6m", "2w12h": y, m, w, d, h'
        )
    years, months, weeks, days, hours = (int(part or 0) for part in found.groups())
    return Duration(years * _MONTHS + months, weeks * 7 + days, hours, given)


_RULES: dict[str, Callable[[dt.datetime, int], object]] = {
    "last": lambda _, place: place,
    "hourly": lambda at, _: (at.date(), at.hour),
    "daily": lambda at, _: at.date(),
    "weekly": lambda at, _: at.isocalendar()[:2],
    "monthly": lambda at, _: (at.year, at.month),
    "yearly": lambda at, _: at.year,
}


def _count(given: object) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    raise InterfaceError(
        f"{given!r} is no number of backups to keep", hint="give a whole number, 0 or more"
    )


@attrs.frozen
class Policy:
    """
    How many backups are kept.

    Attributes
    ----------
    last : int, default 0
        So many of the newest.
    hourly, daily, weekly, monthly, yearly : int, default 0
        The newest of each of so many hours, days, weeks (from Monday), months and years that
        have one.
    within : Duration or None
        All that are not older than this, counted from the newest.

    Raises
    ------
    InterfaceError
        If nothing says which are kept: that would let go of all.
    """

    last: int = attrs.field(default=0, converter=_count, kw_only=True)
    hourly: int = attrs.field(default=0, converter=_count, kw_only=True)
    daily: int = attrs.field(default=0, converter=_count, kw_only=True)
    weekly: int = attrs.field(default=0, converter=_count, kw_only=True)
    monthly: int = attrs.field(default=0, converter=_count, kw_only=True)
    yearly: int = attrs.field(default=0, converter=_count, kw_only=True)
    within: Duration | None = attrs.field(
        default=None, converter=attrs.converters.optional(duration), kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        if self.within is None and not any(getattr(self, rule) for rule in _RULES):
            raise InterfaceError(
                "nothing says which backups are kept",
                hint="pass keep_last=, keep_daily=, keep_within=: what none of them keeps goes",
            )


@attrs.frozen
class Candidate:
    """
    A backup that may be kept or let go.

    Attributes
    ----------
    name : str
    at : datetime
        When it was taken, by this machine's clock on the wall.
    source : str
        What it is a backup of, as its manifest tells; empty where nothing tells.
    proves : bool, default True
        Whether it is one that can prove itself.
    """

    name: str
    at: dt.datetime
    source: str = ""
    proves: bool = True

    @property
    def series(self) -> tuple[str, bool, str]:
        """
        What is the same of all that are judged together.

        That is the name without its ending and the last moment in it, of one source; those that
        cannot prove themselves are no match for those that do.
        """
        head = _ENDING.sub("", self.name)
        found = list(_STAMP.finditer(head))
        if found:
            head = f"{head[: found[-1].start()]}*{head[found[-1].end() :]}"
        return head, self.proves, self.source


@attrs.frozen
class Verdict:
    """
    What becomes of a backup.

    Attributes
    ----------
    name : str
    at : datetime
    reasons : tuple of str
        Why it is kept; empty if it goes.
    """

    name: str
    at: dt.datetime
    reasons: tuple[str, ...]

    @property
    def kept(self) -> bool:
        """Whether it is kept."""
        return bool(self.reasons)

    def __str__(self) -> str:
        what = f"keep    {self.name}  ({', '.join(self.reasons)})"
        return what if self.kept else f"remove  {self.name}"


def plan(
    found: Iterable[Candidate],
    policy: Policy,
    *,
    now: dt.datetime,
    is_good: Callable[[str], bool],
) -> list[Verdict]:
    """
    Say of each backup whether it is kept, and why.

    Parameters
    ----------
    found : iterable of Candidate
    policy : Policy
    now : datetime
    is_good : callable
        Says of a name whether that backup proves itself; asked of each that a rule would keep.
        What does not is left for a person to look at, and takes nobody's place.

    Returns
    -------
    list of Verdict
        By series, the newest first.
    """
    series: dict[tuple[str, bool, str], list[Candidate]] = {}
    for candidate in found:
        series.setdefault(candidate.series, []).append(candidate)
    verdicts: list[Verdict] = []
    for name in sorted(series):
        newest_first = sorted(series[name], key=lambda each: (each.at, each.name), reverse=True)
        verdicts += _judged(newest_first, policy, now, is_good)
    return verdicts


def _judged(
    found: list[Candidate],
    policy: Policy,
    now: dt.datetime,
    is_good: Callable[[str], bool],
) -> list[Verdict]:
    good, doubtful = list(found), set[str]()
    proven: set[str] = set()
    while True:
        reasons = _reasons(good, policy, now)
        if good and not reasons[0]:
            reasons[0].append("the last good one")
        kept = [each.name for each, why in zip(good, reasons, strict=True) if why]
        unproven = [name for name in kept if name not in proven]
        failed = {name for name in unproven if not is_good(name)}
        proven.update(unproven)
        if not failed:
            break
        doubtful |= failed
        good = [each for each in good if each.name not in failed]
    told = {each.name: tuple(why) for each, why in zip(good, reasons, strict=True)}
    told.update(dict.fromkeys(doubtful, ("not proven, look at it",)))
    return [Verdict(each.name, each.at, told[each.name]) for each in found]


def _reasons(found: Sequence[Candidate], policy: Policy, now: dt.datetime) -> list[list[str]]:
    """Return why each is kept; they come newest first."""
    reasons: list[list[str]] = [[] for _ in found]
    if policy.within is not None:
        newest = next((each.at for each in found if each.at <= now), now)
        since = policy.within.before(newest)
        for why, each in zip(reasons, found, strict=True):
            if each.at > since:
                why.append(f"within {policy.within.text}")
    for rule, bucket in _RULES.items():
        left, before = getattr(policy, rule), None
        for place, (why, each) in enumerate(zip(reasons, found, strict=True)):
            now_in = bucket(each.at, place)
            if left and (now_in != before or place == len(found) - 1):
                why.append(rule if now_in != before else f"oldest {rule}")
                before, left = now_in, left - 1
    return reasons


def moment_in(name: str) -> dt.datetime | None:
    """
    Read the moment that stands in a name; None where there is none.

    Examples
    --------
    >>> moment_in("backup_20250530.sql"), moment_in("lab_2025-0530-1400.db")
    (datetime.datetime(2025, 5, 30, 0, 0), datetime.datetime(2025, 5, 30, 14, 0))
    """
    stamps = list(_STAMP.finditer(name))
    if not stamps:
        return None
    found = stamps[-1]
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    rest = found[7] or ""
    micros = int(rest) if rest.isdigit() else 0
    try:
        return dt.datetime(year, month, day, hour, minute, second, micros)  # noqa: DTZ001 - a wall's clock
    except ValueError:
        return None


def stamped(prefix: str, at: dt.datetime, ending: str) -> str:
    """
    Make the name of a backup, which says when it was taken to the microsecond.

    Examples
    --------
    >>> stamped("lab", dt.datetime(2025, 5, 30, 14, 0, 5, 250), ".db")
    'lab_20250530_140005_000250.db'
    """
    return f"{prefix}_{at:%Y%m%d_%H%M%S_%f}{ending}"

"""Looking at many moments that are ISO 8601 text, at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

SECONDS = len("2025-05-30 14:00:00")
MICROSECONDS = len("2025-05-30 14:00:00.000001")

_MARKS = {4: "-", 7: "-", 10: " ", 13: ":", 16: ":", 19: "."}
_FIRST_OF_PAIRS = (0, 2, 5, 8, 11, 14, 17, 20, 22, 24)
_MOST = (99, 99, 12, 31, 23, 59, 59, 99, 99, 99)


def all_moments(values: Sequence[str]) -> bool:
    """
    Say whether each text is a moment just as `datetime.isoformat(" ")` would spell it.

    Examples
    --------
    >>> all_moments(["2025-05-30 14:00:00"]), all_moments(["2025-02-30 14:00:00"])
    (True, False)
    """
    widths = set(map(len, values))
    if not widths <= {SECONDS, MICROSECONDS}:
        return False
    if len(widths) < len({SECONDS, MICROSECONDS}):
        return all(_all_of(values, width) for width in widths)
    return all(_all_of([text for text in values if len(text) == width], width) for width in widths)


def _all_of(values: Sequence[str], width: int) -> bool:
    """Say so of texts of one length."""
    import numpy as np

    try:
        data = np.frombuffer("".join(values).encode("ascii"), "u1")
    except UnicodeEncodeError:
        return False
    letters = np.ascontiguousarray(data.reshape(-1, width).T)
    for place, mark in _MARKS.items():
        if place < width and (letters[place] != ord(mark)).any():
            return False
    digits = letters - ord("0")
    firsts = [place for place in _FIRST_OF_PAIRS if place < width]
    if any((digits[[place, place + 1]] > 9).any() for place in firsts):
        return False
    parts = [digits[place] * np.uint8(10) + digits[place + 1] for place in firsts]
    if any((part > most).any() for part, most in zip(parts, _MOST, strict=False)):
        return False
    if width > SECONDS and not np.logical_or.reduce(parts[7:]).all():  # spelt without ".000000"
        return False
    return _all_days(parts)


def _all_days(parts: Sequence[np.ndarray[Any, Any]]) -> bool:
    """Say whether the days are in the calendar."""
    import numpy as np

    century, of_century, month, day = parts[:4]
    if not (month.all() and day.all() and (century | of_century).all()):
        return False
    longest = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], "u1")[month]
    leap = np.where(of_century == 0, century % 4 == 0, of_century % 4 == 0)
    return not ((day > longest) | ((month == 2) & (day == 29) & ~leap)).any()

"""
Types told from the texts of a whole CSV file.

A column is of numbers only if every text is spelt as numbers are: ``007`` and zip codes with a
zero in front, ``1e5`` and other ids that look like numbers stay text.  So do whole numbers that
neither 64 bits nor a float hold exactly.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence

_WHOLE = r"(?:0|-?[1-9][0-9]*)"
_FLOAT = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?|[eE][+-][0-9]+)"
_ENDLESS = r"-?(?:inf|Infinity|Inf)|nan|NaN"
_YEAR_IN_UTC = "(?!0001|9999)"  # a moment there may be in another year in UTC
_DAY = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?"
_ZONE = r"(?:Z|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)"

_KINDS = {
    "BOOLEAN": r"[tT]rue|[fF]alse|TRUE|FALSE",
    "INTEGER": _WHOLE,
    "REAL": f"{_FLOAT}|{_WHOLE}|{_ENDLESS}",
    "DATE": _DAY,
    "TIMESTAMP": f"{_DAY}[ T]{_CLOCK}",
    "TIMESTAMPTZ": f"{_YEAR_IN_UTC}{_DAY}[ T]{_CLOCK}{_ZONE}",
}
# Over texts with line breaks between; one that has a line break in itself is none.
_PATTERNS = {
    word: re.compile(f"(?:{pattern})(?:\n(?:{pattern}))*+").fullmatch
    for word, pattern in _KINDS.items()
}
_LONG = 16  # digits from which a whole number may be none that a float holds exactly
_LONGEST = 22  # digits from which a whole number is surely past 64 bits
_EXACT = 2**53
_LIMIT = 2**63


_OF_DAYS = {"DATE", "TIMESTAMP", "TIMESTAMPTZ"}
_DAY_LENGTH = len("2025-05-30")


def _all_days(texts: set[str]) -> bool:
    """Say whether texts spelt as days are days of the calendar."""
    try:
        for text in texts:
            dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _all_floats(texts: Sequence[str]) -> bool:
    """Say whether numbers with exponents are in a float's range."""
    for text in texts:
        if "e" in text or "E" in text:
            value = float(text)
            digits = text.lower().partition("e")[0]
            if math.isinf(value) or (value == 0 and digits.strip("-0.")):
                return False
    return True


class Guess:
    """What the texts of one column may be, as far as the file has been read."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._long = False  # whole numbers that no float holds exactly
        self._too_long = False  # those past 64 bits

    def add(self, texts: Sequence[str]) -> None:
        """Look at more texts, missing ones left out."""
        if not texts or "TEXT" in self._seen:
            return
        joined = "\n".join(texts)
        word = next((word for word, fits in _PATTERNS.items() if fits(joined)), "TEXT")
        if joined.count("\n") != len(texts) - 1:
            word = "TEXT"
        if word in _OF_DAYS and not _all_days({text[:_DAY_LENGTH] for text in texts}):
            word = "TEXT"
        if word == "REAL" and not _all_floats(texts):
            word = "TEXT"
        self._seen.add(word)
        if word in {"INTEGER", "REAL"} and max(map(len, texts)) >= _LONG:
            digits = [text for text in texts if text.lstrip("-").isdigit()]
            whole = [abs(int(text)) if len(text) < _LONGEST else _LIMIT for text in digits]
            self._long |= any(number > _EXACT for number in whole)
            self._too_long |= any(number >= _LIMIT for number in whole)

    @property
    def type(self) -> str:
        """The word of the type that all texts so far are of."""
        seen = self._seen
        if seen == {"INTEGER"}:
            return "TEXT" if self._too_long else "INTEGER"
        if "REAL" in seen and seen <= {"INTEGER", "REAL"}:
            return "TEXT" if self._long else "REAL"
        return next(iter(seen)) if len(seen) == 1 else "TEXT"

"""What LIKE takes for alike."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from scitex.db.domain.errors import DataError

_SIGNS = {"%": ".*", "_": "."}


@functools.lru_cache(maxsize=256)
def pattern(like: str, *, folds_case: bool, escapes: bool = False) -> re.Pattern[str]:
    r"""
    Turn a LIKE pattern into a regular expression.

    Parameters
    ----------
    like : str
    folds_case : bool
        Whether small and capital letters of ASCII are the same.
    escapes : bool, default False
        Whether a backslash has the next character stand for itself.

    Raises
    ------
    DataError
        If it ends with a backslash that is one.

    Examples
    --------
    >>> bool(pattern("a%", folds_case=False).fullmatch("Ab"))
    False
    >>> bool(pattern(r"5\%", folds_case=False, escapes=True).fullmatch("50"))
    False
    """
    spelt, characters = "", iter(like)
    for character in characters:
        if escapes and character == "\\":
            spelt += re.escape(_next(characters, like))
        else:
            spelt += _SIGNS.get(character) or re.escape(character)
    folding = re.IGNORECASE | re.ASCII if folds_case else re.NOFLAG
    return re.compile(spelt, re.DOTALL | folding)


def _next(characters: Iterator[str], like: str) -> str:
    found = next(characters, None)
    if found is None:
        raise DataError(
            f"the LIKE pattern {like!r} ends with a backslash, which stands before a character",
            hint=r"write \\ for a backslash",
        )
    return found

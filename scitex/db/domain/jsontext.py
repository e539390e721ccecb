"""JSON as text: what may be inside, and where it is wrong when it may not."""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Sequence
from typing import Any

from scitex.db.domain.plain import plain


def json_text(value: Any) -> str:
    """
    Spell `value` as JSON that every engine takes.

    Parameters
    ----------
    value : dict, list, str, int, float, bool or None
        A str is taken as JSON text and must be valid.  numpy scalars and arrays inside are
        taken for the numbers they hold.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If something inside has no place in JSON: NaN, inf, a key that is not text, NUL, a
        lone surrogate, an object.  The message names its path.

    Examples
    --------
    >>> json_text({"lr": 0.001, "betas": (0.9, 0.999)})
    '{"lr": 0.001, "betas": [0.9, 0.999]}'
    """
    if isinstance(value, str):
        given, value = value, _parsed(value)
        if _is_plain(given, value):
            return given
    return value_text(value)


def value_text(value: Any, path: str = "$") -> str:
    """
    Spell a JSON value, where text is text and not JSON already.

    Parameters
    ----------
    value : dict, list, str, int, float, bool or None
    path : str, optional
        Where it is to go, for the message.

    Raises
    ------
    ValueError
        As `json_text`.

    Examples
    --------
    >>> value_text("adam"), value_text(None)
    ('"adam"', 'null')
    """
    large = _LargeFloats()
    try:
        text = _ENCODER.encode(_checked(value, path, large))
    except RecursionError:
        raise ValueError("nested too deeply, or holds itself") from None
    return large.spelt_in(text)


class _LargeFloats:
    """
    Floats so large that their shortest text, read as a decimal, is another number.

    PostgreSQL keeps JSON numbers as decimals and gives 3.602879701896397e+16 back as the whole
    number 36028797018963970, which is not that float.  All its digits and a ``.0`` are exact.
    """

    def __init__(self) -> None:
        self._mark = ""

    def marked(self, value: float) -> str:
        """Return a text that stands for the float until its digits are put there."""
        self._mark = self._mark or secrets.token_hex(8)
        return f"{self._mark}{int(value)}.0"

    def spelt_in(self, text: str) -> str:
        """Put the digits in the places of what stands for them."""
        if not self._mark:
            return text
        return re.sub(f'"{self._mark}(-?[0-9]+[.]0)"', r"\1", text)


def _parsed(text: str) -> Any:
    try:
        value, end = _DECODER.raw_decode(text)
        if end == len(text):
            return value
    except (ValueError, RecursionError):
        pass  # what is wrong, or only space around it, is found in the second look
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"not valid JSON text: {error}") from None


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} has no place in JSON")


_ENCODER = json.JSONEncoder(allow_nan=False, ensure_ascii=False)
_DECODER = json.JSONDecoder(parse_constant=_no_constant)

_FAR_NUMBER = re.compile("[0-9](?:[eE]|[0-9]{15})")  # maybe past a float's digits or range
_HALF = re.compile("[\ud800-\udfff]")


def _is_plain(text: str, value: Any) -> bool:
    """
    Say whether valid JSON text may stay as it is, for every engine reads the same in it.

    Where each colon follows a quotation mark and there are as many as members, no object names
    a key twice; an escape may be of NUL or of half a character.  What cannot be said so quickly
    is spelt anew.
    """
    if "\\" in text or _FAR_NUMBER.search(text):
        return False
    if not text.isascii() and _HALF.search(text):
        return False
    return text.count(":") == text.count('":') == _members(value)


def all_plain(texts: Sequence[str]) -> bool:
    """
    Say whether every one of the texts is valid JSON that may stay as it is.

    Where all have the shape of the first, as a column's mostly have, one pattern tells.  Else all
    are read at once, which is far faster than one by one; between them stands a number that
    nobody can know, so that what is no JSON by itself cannot become it beside its neighbours.

    Examples
    --------
    >>> all_plain(['{"a": 1}', "[]"]), all_plain(["[1", "2]"]), all_plain(["NaN"])
    (True, False, False)
    """
    if not texts or _all_shaped(texts):
        return True
    between = secrets.randbits(63)
    try:
        found = _DECODER.decode(f"[{f',{between},'.join(texts)}]")
    except (ValueError, RecursionError):
        return False
    alone = len(found) == 2 * len(texts) - 1 and found.count(between) == len(texts) - 1
    return alone and set(found[1::2]) <= {between} and _is_plain(",".join(texts), found)


def _scalar(fraction: str) -> str:
    number = rf"-?(?:0|[1-9][0-9]{{0,14}}+)(?:[.]{fraction})?+"
    return rf'(?:"[^"\\\x00-\x1f]*+"|{number}|true|false|null)'


# Numbers of so few digits that a float has them all; and floats of any length, to be looked at.
_SHORT, _LONG = _scalar("[0-9]{1,14}+"), _scalar("[0-9]++")
_LONG_FLOAT = re.compile(r"-?[0-9]+[.][0-9]{15,}")


def _all_shaped(texts: Sequence[str]) -> bool:
    """Say whether all texts are plain, and objects with the same keys in the same order."""
    try:
        first = _DECODER.decode(texts[0])
    except (ValueError, RecursionError):
        return False
    joined = "\n".join([*texts, ""])
    if type(first) is not dict or joined.count("\n") != len(texts):
        return False
    if not joined.isascii() and _HALF.search(joined):
        return False
    if _all_like(first, _SHORT, joined):
        return True
    if not _all_like(first, _LONG, joined):
        return False
    return all(repr(float(number)) == number for number in _LONG_FLOAT.findall(joined))


def _all_like(first: object, scalar: str, joined: str) -> bool:
    """Say whether each line has the shape of a value."""
    shape = _shape(first, scalar)
    return shape is not None and re.fullmatch(f"(?:{shape}\n)*+", joined) is not None


def _shape(value: object, scalar: str, depth: int = 0) -> str | None:
    """Return a pattern of texts with the same keys in the same places; None of what is rare."""
    if isinstance(value, list):
        nested = any(type(each) in _CONTAINERS for each in value)
        return None if nested else rf"\[(?:{scalar}(?:, ?{scalar})*+)?\]"
    if not isinstance(value, dict):
        return scalar
    members = []
    for key, item in value.items():
        spelt = _ENCODER.encode(key)
        inside = _shape(item, scalar, depth + 1)
        if inside is None or "\\" in spelt or depth == _DEEPEST:
            return None
        members.append(f"{re.escape(spelt)}: ?{inside}")
    return rf"\{{{', ?'.join(members)}\}}"


_DEEPEST = 5


def _members(value: Any) -> int:
    """Count the members of all objects in a value."""
    if type(value) is dict:
        inside = [each for each in value.values() if type(each) in _CONTAINERS]
        return len(value) + (sum(map(_members, inside)) if inside else 0)
    if type(value) is list:
        return sum([_members(each) for each in value if type(each) in _CONTAINERS])
    return 0


_CONTAINERS = frozenset({dict, list})


def _checked(value: Any, path: str, large: _LargeFloats) -> Any:
    """Return `value` with only what JSON has inside, or raise naming the path."""
    if isinstance(value, dict):
        return {
            _key(key, path): _checked(item, f"{path}.{key}", large) for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_checked(item, f"{path}[{place}]", large) for place, item in enumerate(value)]
    if isinstance(value, float):
        return _number(float(value), path, large)
    if type(value) is str:
        return _text(value, path)
    if value is None or type(value) in {int, bool}:
        return value
    if hasattr(value, "tolist"):
        return _checked(value.tolist(), path, large)
    simple = plain(value)
    if type(simple) is type(value):
        raise ValueError(f"{type(value).__name__} at {path} has no place in JSON")
    return _checked(simple, path, large)


def _number(value: float, path: str, large: _LargeFloats) -> float | str:
    if not math.isfinite(value):
        raise ValueError(f"{value} at {path} has no place in JSON; use None or text")
    return large.marked(value) if abs(value) >= _LARGE else value


_LARGE = 1e16  # from here on Python spells a float with an exponent


def _key(key: object, path: str) -> str:
    if not isinstance(key, str):
        raise ValueError(f"the key {key!r} at {path} is not text")  # noqa: TRY004 - a value's fault
    return _text(str(key), path)


def _text(text: str, path: str) -> str:
    if "\0" in text:
        raise ValueError(f"NUL in the text at {path}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"a lone surrogate in the text at {path}") from None
    return text

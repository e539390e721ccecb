"""
What is inside a JSON value, and how a value inside it is changed.

This is the specification that every engine keeps: the engine in memory runs it, SQLite runs it
for what its own functions cannot do, and PostgreSQL is held to it by the laws.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from scitex.db.domain.jsonpaths import Sort, Step

MISSING: Any = object()
"""What is found where nothing is; JSON's null is None."""

_KINDS: dict[type, str] = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "text",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


class PathBlockedError(ValueError):
    """A path leads through something that is not what its step asks for."""


def reached(document: Any, path: tuple[Step, ...]) -> Any:
    """
    Return the value at a path, `MISSING` where there is none.

    Examples
    --------
    >>> reached({"betas": [0.9, 0.999], "0": "zero"}, ("betas", -1))
    0.999
    >>> reached({"0": "zero"}, (0,)) is MISSING
    True
    """
    for step in path:
        if isinstance(step, str):
            document = document.get(step, MISSING) if isinstance(document, dict) else MISSING
        elif isinstance(document, list) and -len(document) <= step < len(document):
            document = document[step]
        else:
            return MISSING
    return document


_TYPES: dict[Sort, tuple[type, ...]] = {"text": (str,), "number": (int, float), "boolean": (bool,)}


def of_sort(value: Any, sort: Sort) -> Any:
    """Return a value that is of a sort, and None for any other."""
    return value if type(value) in _TYPES[sort] else None


def contains(document: Any, part: Any) -> bool:
    """
    Say whether a JSON value contains another, as PostgreSQL's ``@>`` has it.

    Examples
    --------
    >>> contains({"a": [1, 2, {"b": 3}], "c": 4}, {"a": [{"b": 3}, 1]})
    True
    >>> contains(["a", "b"], "b"), contains({"a": ["b"]}, {"a": "b"})
    (True, False)
    """
    if isinstance(document, list) and not isinstance(part, (list, dict)):
        return any(_equal(each, part) for each in document)
    return _holds(document, part)


def _holds(document: Any, part: Any) -> bool:
    asked = [(document, part)]  # objects may be nested more deeply than Python's stack is
    while asked:
        mine, other = asked.pop()
        if isinstance(other, dict):
            if not isinstance(mine, dict) or not other.keys() <= mine.keys():
                return False
            asked += [(mine[key], value) for key, value in other.items()]
        elif isinstance(other, list):
            if not isinstance(mine, list) or not _has_all(mine, other):
                return False
        elif not _equal(mine, other):
            return False
    return True


def _has_all(document: list[Any], part: list[Any]) -> bool:
    return all(any(_holds(mine, each) for mine in document) for each in part)


def _equal(one: Any, other: Any) -> bool:
    """Compare two values that are no containers; a number is never a boolean."""
    if isinstance(one, (list, dict)) or isinstance(one, bool) is not isinstance(other, bool):
        return False
    return bool(one == other)


def has_key(document: Any, key: str) -> bool:
    """Say whether a JSON value is an object that has a member of that name."""
    return isinstance(document, dict) and key in document


def replaced(text: str, path: tuple[Step, ...], value: str) -> str:
    """
    Put a value at a path of a JSON text, of which all else stays as it is written.

    Objects take new members, also those that are missing on the way; an index must be there.
    Null on the way counts as missing.

    Parameters
    ----------
    text : str
    path : tuple of str or int
    value : str
        JSON text.

    Raises
    ------
    PathBlockedError
        If the path leads through what is no object, or no array, or past an array's end.
    ValueError
        If the text is no JSON.

    Examples
    --------
    >>> replaced('{"lr":1e-3, "betas": [0.9,0.999]}', ("betas", 1), "0.99")
    '{"lr":1e-3, "betas": [0.9,0.99]}'
    >>> replaced("null", ("optimizer", "lr"), "0.1")
    '{"optimizer": {"lr": 0.1}}'
    """
    _READER.decode(text)  # or it is no JSON, and what is found in it means nothing
    place = _past_space(text, 0)
    for depth, step in enumerate(path):
        if text.startswith("null", place):
            end, before = place + len("null"), text[:place]
            return before + _made(path[depth:], value) + text[end:]
        if isinstance(step, int):
            place = _element(text, place, step)
            continue
        found, last, some = _member(text, place, step)
        if found is None:
            rest = _made(path[depth:], value)[1:-1]
            return text[:last] + (", " if some else "") + rest + text[last:]
        place = found
    _, end = _READER.raw_decode(text, place)
    return text[:place] + value + text[end:]


_READER = json.JSONDecoder()
_SPACE = " \t\n\r"


def _past_space(text: str, place: int) -> int:
    while text[place] in _SPACE:
        place += 1
    return place


def _made(path: tuple[Step, ...], value: str) -> str:
    """Spell objects, each the only member of the one before, with a value in the last."""
    for step in reversed(path):
        if isinstance(step, int):
            raise PathBlockedError(f"no array is there to have the index {step}")
        value = f"{{{json.dumps(step, ensure_ascii=False)}: {value}}}"
    return value


def _kind(text: str, place: int) -> str:
    return _KINDS[type(_READER.raw_decode(text, place)[0])]


def _member(text: str, place: int, key: str) -> tuple[int | None, int, bool]:
    """Return where a member's value begins, where the last one ends, and if there is any."""
    if text[place] != "{":
        raise PathBlockedError(f"{_kind(text, place)} is there, which has no member {key!r}")
    found, last, some = None, place + 1, False
    place = _past_space(text, place + 1)
    while text[place] == '"':
        name, place = _READER.raw_decode(text, place)
        place = _past_space(text, _past_space(text, place) + 1)
        if name == key:
            found = place  # of two members of a name the last one counts
        _, last = _READER.raw_decode(text, place)
        some, place = True, _next(text, last)
    return found, last, some


def _element(text: str, place: int, index: int) -> int:
    """Return where an element begins."""
    if text[place] != "[":
        raise PathBlockedError(f"{_kind(text, place)} is there, which has no index {index}")
    starts = list(_elements(text, place))
    if not -len(starts) <= index < len(starts):
        raise PathBlockedError(f"an array of {len(starts)} has no index {index}")
    return starts[index]


def _elements(text: str, place: int) -> Iterator[int]:
    place = _past_space(text, place + 1)
    while text[place] != "]":
        yield place
        _, end = _READER.raw_decode(text, place)
        place = _next(text, end)


def _next(text: str, place: int) -> int:
    """Return where the next entry begins, or the closing bracket is."""
    place = _past_space(text, place)
    return _past_space(text, place + 1) if text[place] == "," else place

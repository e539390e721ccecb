"""Settings and metrics as text, and as numbers that may be none."""

from __future__ import annotations

import datetime as dt
import enum
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.plain import plain

Score = tuple[float | None, str | None]  # a value, and what it is where it is no plain number
_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def score(value: Any) -> Score | None:
    """
    Return a metric's value with its marker; None for what is no number.

    Examples
    --------
    >>> score(0.5), score(float("nan")), score(float("-inf")), score("high")
    ((0.5, None), (None, 'nan'), (-inf, '-inf'), None)
    """
    kind = type(value)
    if kind is not float:
        if isinstance(value, str | bytes) or value is None:
            return None
        try:
            value = float(value)
        except (TypeError, ValueError, OverflowError):
            return None
    if math.isfinite(value):
        return value, None
    return (None, "nan") if math.isnan(value) else (value, "inf" if value > 0 else "-inf")


def scored(value: float | None, marker: str | None) -> float | None:
    """Return what `score` was given."""
    return math.nan if marker == "nan" else value


def measured(name: str, value: Any) -> Score:
    """
    Return a metric's value with its marker.

    Raises
    ------
    InterfaceError
        If it is no number.
    """
    found = score(value)
    if found is None:
        raise InterfaceError(
            f"metric {name!r} is {value!r:.60}, which is no number",
            hint="log numbers; log_array() takes arrays, set_tags() takes words",
        )
    return found


def spelt(value: object) -> str:
    """
    Spell settings, or metrics, as JSON, whatever they are made of.

    Numbers that JSON has no word for become text, which `read` reads as numbers again; what is no
    plain value is spelt as Python shows it, and half a character, such as of a file's name that
    is no UTF-8, as JSON escapes it.

    Raises
    ------
    InterfaceError
        If two keys become alike, or something is inside itself.

    Examples
    --------
    >>> spelt({"lr": 0.1, "clip": float("inf"), "sizes": (8, 8)})
    '{"lr": 0.1, "clip": "Infinity", "sizes": [8, 8]}'
    """
    try:
        found = _plain(value)
        _check_paths(found)
    except RecursionError as error:
        raise InterfaceError(
            "settings or metrics are inside themselves, or nested too deeply",
            hint="log what they say: numbers, texts, lists and dicts of them",
        ) from error
    text = json.dumps(found, ensure_ascii=False)
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in (str, int, bool) or value is None:
        return value
    if isinstance(value, float):
        return number(float(value))
    if isinstance(value, Mapping):
        return _named(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(each) for each in value), key=repr)
    return _other(value)


def _named(value: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a mapping whose keys are text, as JSON has it."""
    found = {str(key): _plain(each) for key, each in value.items()}
    if len(found) < len(value):
        alike = {str(key): key for key in value}
        one = next(key for key in value if alike[str(key)] is not key)
        raise InterfaceError(
            f"the names {one!r} and {alike[str(one)]!r} are one in JSON", hint="rename one of them"
        )
    return found


def number(value: float) -> float | str:
    """
    Return a number as JSON has it; a word for those that it has none for.

    Examples
    --------
    >>> number(0.5), number(float("inf"))
    (0.5, 'Infinity')
    """
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def _other(value: Any) -> Any:
    """Return what is none of the types that JSON has."""
    if isinstance(value, enum.Enum):
        return _plain(value.value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if hasattr(value, "__fspath__"):
        return value.__fspath__()
    if attrs.has(type(value)):
        return _plain(attrs.asdict(value, recurse=False))
    if hasattr(value, "tolist"):  # an array, or one value of one
        return _plain(value.tolist())
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    simple = plain(value)
    return _plain(simple) if simple is not value else repr(value)


def read(text: str | None) -> Any:
    """
    Read what `spelt` wrote, or any JSON; text that is none comes back as it is.

    Examples
    --------
    >>> read('{"lr": 0.1, "clip": "Infinity"}'), read("{'lr'")
    ({'lr': 0.1, 'clip': inf}, "{'lr'")
    """
    if text is None:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return _restored(found)


def _restored(value: Any) -> Any:
    if isinstance(value, str):
        return _FLOATS.get(value, value)
    if isinstance(value, dict):
        return {key: _restored(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_restored(each) for each in value]
    return value


def flat(value: object, prefix: str = "") -> dict[str, Any]:
    """
    Return nested settings by their paths.

    Examples
    --------
    >>> flat({"model": {"depth": 3, "sizes": [8, 8]}, "lr": 0.1})
    {'model.depth': 3, 'model.sizes': [8, 8], 'lr': 0.1}
    """
    return dict(_leaves(value, prefix))


def _leaves(value: object, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what is not nested any more, by its path."""
    if not isinstance(value, Mapping):
        if prefix:
            yield prefix, value
        return
    for key, each in value.items():
        path = f"{prefix}.{key}" if prefix else str(key)
        if isinstance(each, Mapping) and each:
            yield from _leaves(each, path)
        else:
            yield path, each


def _check_paths(value: object) -> None:
    """Refuse settings of which one would hide another, once they are told by their paths."""
    there: set[str] = set()
    for path, _ in _leaves(value):
        if path in there:
            raise InterfaceError(
                f"{path!r} is there twice: as a name with a dot, and as one inside another",
                hint="rename one of them",
            )
        there.add(path)

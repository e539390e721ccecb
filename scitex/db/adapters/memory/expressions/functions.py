"""The functions of SQL text that are known in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from scitex.db.adapters.memory.expressions.arrows import ANY, reckonable, text_of
from scitex.db.adapters.memory.expressions.scope import Engine
from scitex.db.domain.errors import DataError, UnsupportedFeatureError
from scitex.db.domain.fitting import INT64_MAX

Value = Callable[[Any], Any]
NAMES = ("lower", "upper", "length", "abs", "coalesce")
_TAKEN = {
    "lower": {"text"},
    "upper": {"text"},
    "length": {"text", "blob"},
    "abs": {"number"},
    "coalesce": {"text", "number", "blob"},
}
_ASCII = {
    "lower": {code: code + 32 for code in range(ord("A"), ord("Z") + 1)},
    "upper": {code: code - 32 for code in range(ord("a"), ord("z") + 1)},
}


@attrs.frozen(cache_hash=True)
class Call:
    """
    A function of some values.

    Attributes
    ----------
    name : str
        Of `NAMES`.
    operands : tuple
        Expressions.
    """

    name: str
    operands: tuple[Any, ...]


def result(name: str, sorts: Sequence[str | None], engine: Engine) -> str | None:
    """
    Return of which sort a function's values are.

    Raises
    ------
    UnsupportedFeatureError
        If it is not known what the engine makes of operands of these sorts.
    """
    known = {sort for sort in sorts if sort is not None}
    if ANY in known:  # what it is of is seen in each record
        return _of_any(name)
    if not known and engine == "postgresql":
        return "number" if name in ("length", "abs") else "text"  # as which it takes NULL alone
    if len(known) > 1 or not known <= _TAKEN[name]:
        raise UnsupportedFeatureError(
            f"the in-memory engine does not read {name}() of {', '.join(sorted(known))}",
            engine="memory",
            hint=f"give it {' or '.join(sorted(_TAKEN[name]))}, or use SQLite3(':memory:')",
        )
    if name in ("length", "abs"):
        return "number"
    return "text" if name in ("lower", "upper") else next(iter(known), None)


def _of_any(name: str) -> str:
    """Return of which sort a function's values are where the records tell that of its operands."""
    if name == "coalesce":
        return ANY
    return "text" if name in ("lower", "upper") else "number"


def no_sort(text: str) -> UnsupportedFeatureError:
    """Return the error that PostgreSQL cannot tell of which sort NULL alone is."""
    return UnsupportedFeatureError(
        f"PostgreSQL cannot tell of which sort {text} is", engine="memory", hint="leave it out"
    )


def value(name: str, operands: Sequence[Value], engine: Engine) -> Value:
    """Return what works a function out for a record."""
    if name == "coalesce":
        return lambda row: next(
            (found for get in operands if (found := get(row)) is not None), None
        )
    (get,) = operands
    works: dict[str, Callable[[Any], Any]] = {
        "lower": lambda text: _cased(text_of(text), "lower", engine),
        "upper": lambda text: _cased(text_of(text), "upper", engine),
        "length": lambda text: len(text_of(text)),
        "abs": _size,
    }
    work = works[name]

    def found(row: Any) -> Any:
        given = get(row)
        return None if given is None else work(given)

    return found


def _cased(text: str, name: str, engine: Engine) -> str:
    """Change the case of ASCII on SQLite, of each letter that has another one elsewhere."""
    if engine == "sqlite":
        return text.translate(_ASCII[name])
    changed = ((each, each.lower() if name == "lower" else each.upper()) for each in text)
    return "".join(other if len(other) == 1 else each for each, other in changed)


def _size(given: Any) -> Any:
    number = reckonable(given)
    if hasattr(number, "copy_abs"):  # a decimal, which abs() would round
        return number.copy_abs()
    if isinstance(number, int) and abs(number) > INT64_MAX:
        raise DataError(f"abs({number}) is outside the range of a 64-bit integer")
    return abs(number)

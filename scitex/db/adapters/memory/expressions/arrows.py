"""
Values inside JSON that SQL text reaches by ``->`` and ``->>``, as each engine gives them.

To SQLite ``->`` is JSON text and ``->>`` whatever sort the value is of; to PostgreSQL ``->`` is
a JSON value and ``->>`` text.
"""

from __future__ import annotations

import decimal
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, Self

import attrs

from scitex.db.adapters.memory.expressions.arrowtext import PLAIN_KEY, Path
from scitex.db.adapters.memory.expressions.comparing import RELATIONS, Relation, anyhow
from scitex.db.adapters.memory.expressions.scope import Engine, Scope
from scitex.db.domain.errors import DataError, UnsupportedFeatureError
from scitex.db.domain.fitting import INT64_MAX
from scitex.db.domain.jsonsides import json_column
from scitex.db.domain.jsonvalues import MISSING, reached
from scitex.db.domain.predicates import Column, Parameter

Row = Sequence[Any]
Getter = Callable[[Row], Any]
ANY, JSON = "any sort", "a JSON value"
"""Sorts beside the domain's: SQLite's that only a record tells, and PostgreSQL's jsonb."""


@attrs.frozen(cache_hash=True)
class Arrow:
    """
    A value inside a JSON column.

    Attributes
    ----------
    document : Column or Arrow
        What it is inside.
    path : tuple of str or int, or Parameter
        Where it is.
    plain : bool
        Whether it was reached by ``->>``.
    """

    document: Any
    path: Path | Parameter
    plain: bool


def sort(node: Arrow, engine: Engine) -> str:
    """Return of which sort the values are."""
    if engine == "postgresql":
        return "text" if node.plain else JSON
    return ANY if node.plain else "text"


def value(node: Arrow, scope: Scope) -> Getter:
    """
    Return what reads the value of a record.

    Raises
    ------
    ColumnNotFoundError, DataError
        If there is no such column, or it holds no JSON.
    ParameterError
        If a parameter is no key and no index.
    """
    read, engine = _inside(node, scope), scope.engine
    if engine == "sqlite":
        give = _plain_of_sqlite if node.plain else _json_of_sqlite
    else:
        give = _plain_of_postgresql if node.plain else comparable

    def given(row: Row) -> Any:
        found = read(row)
        return None if found is MISSING else give(found)

    return given


def _inside(node: Any, scope: Scope) -> Getter:
    """Return what reads a JSON value, `MISSING` where there is none."""
    if isinstance(node, Column):
        place = scope.position(json_column(scope.spec, node.name))
        number = _Written if scope.engine == "sqlite" else decimal.Decimal
        return lambda row: (
            MISSING if row[place] is None else json.loads(row[place], parse_float=number)
        )
    read, engine = _inside(node.document, scope), scope.engine
    path = _given(node.path, scope) if isinstance(node.path, Parameter) else node.path
    return lambda row: _reached(read(row), path, engine)


def _given(parameter: Parameter, scope: Scope) -> Path:
    found: Any = scope.values[parameter.place]
    free = scope.engine == "postgresql"
    if isinstance(found, str) and (free or PLAIN_KEY.fullmatch(found)):
        return (found,)
    if type(found) is int and (free or found >= 0):
        return (found,)
    hint = "give a key or an index, or say it with col(...)[...]"
    return _refuse(f"{found!r} right of an arrow", hint)


def _reached(document: Any, path: Path, engine: Engine) -> Any:
    """Go inside; PostgreSQL takes a value that holds none for an array of itself."""
    whole = document is not MISSING and not isinstance(document, (list, dict))
    if engine == "postgresql" and whole and path in ((0,), (-1,)):
        return document
    return reached(document, path)


# ------------------------------------------------------------------------ what is given


class _Written(float):
    """A fraction, as its digits are written: SQLite gives them back so."""

    def __new__(cls, text: str) -> Self:
        number = super().__new__(cls, text)
        number.text = text
        return number

    text: str


_NUMBERS = (int, _Written, decimal.Decimal)


def _plain_of_sqlite(found: Any) -> Any:
    if isinstance(found, (list, dict)):
        return _json_of_sqlite(found)
    if isinstance(found, bool):
        return int(found)
    if isinstance(found, int) and not -INT64_MAX - 1 <= found <= INT64_MAX:
        return float(found)
    return float(found) if isinstance(found, float) else found


def _json_of_sqlite(found: Any) -> str:
    return _spelt(found, ",", ":", lambda number: getattr(number, "text", str(number)))


def _plain_of_postgresql(found: Any) -> str | None:
    if found is None or isinstance(found, str):
        return found
    return _spelt(found, ", ", ": ", _digits, key=lambda name: (len(name.encode()), name.encode()))


def _digits(number: decimal.Decimal | int) -> str:
    """Spell a number as PostgreSQL's NUMERIC does."""
    text = format(number, "f") if isinstance(number, decimal.Decimal) else str(number)
    return text.removeprefix("-") if number == 0 else text


def _spelt(
    found: Any,
    comma: str,
    colon: str,
    number: Callable[[Any], str],
    key: Callable[[str], Any] | None = None,
) -> str:
    """Spell a JSON value; with `key`, the members of objects in its order."""
    if isinstance(found, list):
        inside = comma.join(_spelt(each, comma, colon, number, key) for each in found)
        return f"[{inside}]"
    if isinstance(found, dict):
        names = list(found) if key is None else sorted(found, key=key)
        members = (
            f"{_quoted(name)}{colon}{_spelt(found[name], comma, colon, number, key)}"
            for name in names
        )
        return f"{{{comma.join(members)}}}"
    if type(found) in _NUMBERS:
        return number(found)
    return _quoted(found)


def _quoted(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False)


def comparable(found: Any) -> Any:
    """Return what is equal for JSON values that are: true is no number, null is not NULL."""
    if isinstance(found, list):
        return ("array", *map(comparable, found))
    if isinstance(found, dict):
        return ("object", frozenset((name, comparable(each)) for name, each in found.items()))
    if type(found) in _NUMBERS:
        return ("number", found)
    return (type(found).__name__, found)


# -------------------------------------------------------------------------- what meets it


def relation(sign: str, sorts: Sequence[str | None], columns: Sequence[str | None]) -> Relation:
    """
    Return how two sides are compared of which one is a value inside JSON.

    Parameters
    ----------
    sign : str
    sorts : tuple of str or None
        Of which sort each side is; one is `ANY`, or both are `JSON`.
    columns : tuple of str or None
        The sort of each side that is a column: SQLite reads the other side as that.

    Raises
    ------
    UnsupportedFeatureError
        If that is not known in memory.
    """
    if JSON in sorts:
        if sign not in ("=", "<>"):
            _refuse(f"-> beside {sign}", "use ->>, or say it with col(...)[...]")
        return RELATIONS[sign]
    met = next((each for each in columns if each is not None), None)
    if met == "text":
        return lambda one, other: anyhow(text_of(one), sign, text_of(other))
    if met == "number":
        return lambda one, other: anyhow(number_of(one), sign, number_of(other))
    if met is not None:
        _refuse(f"->> beside a column of {met}", "compare it with text or a number")
    return lambda one, other: anyhow(one, sign, other)


def constant(given: Any) -> Any:
    """
    Read a text that a JSON value is compared with.

    Raises
    ------
    DataError
        If it is no JSON.
    UnsupportedFeatureError
        If it is no text.
    """
    if given is None:
        return None
    if not isinstance(given, str):
        _refuse(f"-> beside {given!r}", "compare with JSON text: '5'")
    try:
        return comparable(json.loads(given, parse_float=decimal.Decimal))
    except ValueError as error:
        raise DataError(
            f"{given!r} is no JSON: {error}", hint="text in JSON has its own quotes: '\"adam\"'"
        ) from None


_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*", re.ASCII)


def number_of(found: Any) -> Any:
    """
    Return a value that SQLite takes for a number.

    Raises
    ------
    UnsupportedFeatureError
        If it is text that spells one.
    """
    if isinstance(found, str) and _NUMBER.fullmatch(found):
        _refuse(f"the text {found!r} as a number", "compare it with text")
    return found


def reckonable(found: Any) -> Any:
    """
    Return a number that can be reckoned with.

    Raises
    ------
    UnsupportedFeatureError
        If it is text, of which SQLite takes what digits it begins with.
    """
    if isinstance(found, str):
        _refuse(f"arithmetic with the text {found!r}", "leave out the records where it is text")
    return found


def text_of(found: Any) -> Any:
    """
    Return a value as text.

    Raises
    ------
    UnsupportedFeatureError
        If it is a fraction, whose digits each version of SQLite chooses.
    """
    if isinstance(found, float):
        _refuse(f"the number {found!r} as text", "leave out the records where it is a number")
    return found if found is None or isinstance(found, (str, bytes)) else str(found)


def _refuse(what: str, hint: str) -> NoReturn:
    raise UnsupportedFeatureError(
        f"the in-memory engine does not read {what}", engine="memory", hint=hint
    )

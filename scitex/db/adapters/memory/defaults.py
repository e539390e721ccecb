"""What a record gets in a column that it does not name."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import attrs

from scitex.db.adapters.memory.expressions import texts
from scitex.db.adapters.memory.expressions.evaluate import getter
from scitex.db.adapters.memory.expressions.keeping import kept
from scitex.db.adapters.memory.expressions.scope import SYNTAX, Engine, Scope
from scitex.db.domain import moments
from scitex.db.domain.errors import UnsupportedFeatureError
from scitex.db.domain.misfit import Misfit
from scitex.db.domain.sql.sqltext import Token, declaration
from scitex.db.domain.tables import ColumnSpec, TableSpec
from scitex.db.domain.types import Kind
from scitex.db.domain.values import refused

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_TEXT = re.compile(r"'(?:[^']|'')*'")
_WORDS = {"NULL": None, "TRUE": True, "FALSE": False}
_NOW = re.compile(r"(CURRENT_TIMESTAMP|CURRENT_DATE|CURRENT_TIME)|NOW\s*\(\s*\)", re.IGNORECASE)


@attrs.frozen
class Default:
    """
    A column's default.

    Attributes
    ----------
    make : callable
        Returns the value, as it is kept.
    moves : bool
        Whether it is another one each time.
    """

    make: Callable[[], Any]
    moves: bool = False


def default(spec: TableSpec, column: ColumnSpec, engine: Engine) -> Default:
    """
    Read the default of a column; NULL where it has none.

    Raises
    ------
    UnsupportedFeatureError
        If it cannot be evaluated here.
    DataError
        If the column cannot keep it.
    """
    if column.default is None:
        return Default(lambda: None)
    bare = _bare(column.default, engine)
    if found := _NOW.fullmatch(bare):
        word = (found[1] or "CURRENT_TIMESTAMP").upper()
        kind = column.type.kind
        made = Default(lambda: _fitted(spec, column, _now(word, kind, engine)), moves=True)
        made.make()
        return made
    value = _fitted(spec, column, _value(column, bare, engine))
    return Default(lambda: value)


def _bare(text: str, engine: Engine) -> str:
    """Take the blanks and the brackets around a default away."""
    pieces = [token for token in declaration(text, SYNTAX[engine]) if token.kind != "space"]
    while len(pieces) > 1 and pieces[0].text == "(" and _closes_last(pieces):
        pieces = pieces[1:-1]
    return "".join(token.text for token in pieces)


def _closes_last(pieces: list[Token]) -> bool:
    """Say whether the bracket that comes first is closed by the last piece."""
    depth = 0
    for place, token in enumerate(pieces):
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
        if depth == 0:
            return place == len(pieces) - 1
    return False


def _value(column: ColumnSpec, bare: str, engine: Engine) -> Any:
    """Evaluate a default that is the same each time; plain ones without a parser."""
    if _NUMBER.fullmatch(bare):
        return float(bare) if set(bare) & set(".eE") else int(bare)
    if _TEXT.fullmatch(bare):
        return bare[1:-1].replace("''", "'")
    if bare.upper() in _WORDS:
        return _WORDS[bare.upper()]
    try:
        tree = texts.reader().expression(column.default or "", None, engine)
    except UnsupportedFeatureError as error:
        raise UnsupportedFeatureError(
            f"the default {column.default!r} of column {column.name!r} cannot be evaluated in "
            f"memory: {error.message}",
            engine="memory",
            hint=error.hint,
        ) from error
    return getter(tree, Scope(_NO_TABLE, engine))(())


_NO_TABLE = TableSpec("default", [ColumnSpec("default", "")])


def _now(word: str, kind: Kind, engine: Engine) -> Any:
    """Return the time that it is in UTC, to the second as SQLite tells it."""
    now = dt.datetime.now(moments.UTC)
    if engine == "sqlite":
        now = now.replace(microsecond=0)
    if word == "CURRENT_DATE" or kind is Kind.DATE:
        return now.date()
    if word == "CURRENT_TIME" or kind is Kind.TIME:
        return now.time()
    return now if kind is Kind.TIMESTAMPTZ else now.replace(tzinfo=None)


def _fitted(spec: TableSpec, column: ColumnSpec, value: Any) -> Any:
    try:
        return kept(value, column.type)
    except Misfit as misfit:
        raise refused(
            misfit, value, table=spec.name, column=column.name, type=column.type
        ) from None

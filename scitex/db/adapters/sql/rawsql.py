"""Checking a statement that is given as text, and binding its values."""

from __future__ import annotations

import re
from typing import Any

from scitex.db.adapters.sql.dialect import Dialect
from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.sql.sqltext import Parameters, Syntax, first_words, marks, statement

_CONTROL = {"BEGIN", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "START"}
_RETURNING = re.compile(r"\breturning\b", re.IGNORECASE)
_CHANGING = re.compile(r"\b(?:insert|update|delete|merge)\b", re.IGNORECASE)
_TELLING = {
    "INSERT": _RETURNING,
    "REPLACE": _RETURNING,
    "UPDATE": _RETURNING,
    "DELETE": _RETURNING,
    "MERGE": _RETURNING,
    "WITH": _CHANGING,
}


def prepared(dialect: Dialect, sql: str, params: Parameters) -> tuple[str, tuple[Any, ...]]:
    """
    Check a statement and bind its values.

    Parameters
    ----------
    dialect : Dialect
    sql : str
    params : sequence or mapping, optional

    Returns
    -------
    tuple of str and tuple
        The text and the values as the driver takes them.

    Raises
    ------
    InterfaceError
        If it would change the transaction behind our back, or is no text.
    """
    if not isinstance(sql, str):
        raise InterfaceError(f"a statement must be text, not {type(sql).__name__}")
    template = statement(sql, dialect.syntax, marks(params))
    words = first_words(sql, dialect.syntax, 2)
    if words and (words[0] in _CONTROL or words == ("PREPARE", "TRANSACTION")):
        raise InterfaceError(
            f"{words[0]} is not taken as a statement",
            hint="use transaction(), or begin_transaction(), commit() and rollback()",
        )
    text = dialect.placeholder.join(map(dialect.literal, template.parts))
    return text, tuple(map(dialect.parameter, template.values(params)))


def tells_its_change(sql: str, syntax: Syntax) -> bool:
    """
    Say whether a statement may change records and return rows as well.

    Such a one is done when its rows are read, since they may not be readable.  A word in a string
    may deceive: then a transaction is opened for nothing.
    """
    words = first_words(sql, syntax)
    mark = _TELLING.get(words[0]) if words else None
    return mark is not None and mark.search(sql) is not None

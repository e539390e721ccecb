"""Checking a statement that is given as text, and binding its values."""

from __future__ import annotations

from typing import Any

from scitex.db.adapters.sql.dialect import Dialect
from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.sqltext import Parameters, first_words, marks, statement

_CONTROL = {"BEGIN", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "START"}


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

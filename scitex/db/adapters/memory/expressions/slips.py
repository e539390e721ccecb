"""Slips in SQL text that the parser passes over and no engine does."""

from __future__ import annotations

import itertools

from scitex.db.adapters.memory.expressions.scope import SYNTAX, Engine
from scitex.db.domain.errors import ProgrammingError
from scitex.db.domain.sql.sqltext import tokens

_GAPS = {("(", ","), (",", ","), (",", ")")}


def refuse_gaps(text: str, engine: Engine) -> None:
    """
    Refuse a comma with nothing before or behind it, as in ``IN (1,)``.

    Raises
    ------
    ProgrammingError
        If there is one.
    """
    told = [token.text for token in tokens(text, SYNTAX[engine]) if token.kind != "space"]
    if any(pair in _GAPS for pair in itertools.pairwise(["(", *told, ")"])):
        raise ProgrammingError(
            f"{text!r} is no SQL expression",
            hint="there is a comma with nothing before it, or behind it",
        )

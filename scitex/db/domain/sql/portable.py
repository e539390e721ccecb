"""SQL text of rules and defaults that means the same on every engine."""

from __future__ import annotations

import itertools
import re

from scitex.db.domain.sql.sqltext import Syntax, Token, tokens
from scitex.db.domain.types import Kind

_WORDS = frozenset(
    "AND OR NOT NULL IS IN BETWEEN TRUE FALSE CURRENT_TIMESTAMP CURRENT_DATE CURRENT_TIME "
    "ABS COALESCE NULLIF LENGTH".split()
)
_SIGNS = frozenset("+-*<>=!,")
_NUMBER = re.compile(r"'([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)'")
_NUMERIC = frozenset({"integer", "bigint", "smallint", "numeric", "double", "real"})
_BYTES = re.compile(r"'\\x([0-9a-fA-F]*)'")


def portable(text: str, syntax: Syntax, known: tuple[str, ...] = ()) -> str | None:
    """
    Spell an expression without what only one engine reads; None where that cannot be done.

    Parameters
    ----------
    text : str
        As an engine tells it.
    syntax : Syntax
        Whose it is.
    known : tuple of str, optional
        The columns that it may speak of.

    Examples
    --------
    >>> portable("(score > (0)::double precision)", Syntax.POSTGRESQL, ("score",))
    '"score" > 0'
    >>> portable("strftime('%s')", Syntax.SQLITE) is None
    True
    """
    pieces = _without_casts([each for each in tokens(text, syntax) if each.kind != "comment"])
    if pieces is None:
        return None
    found = _members(_bare(pieces)) if syntax is Syntax.POSTGRESQL else pieces
    bare = _bare(found)
    twice = [False, *(a.text == b.text == "=" for a, b in itertools.pairwise(bare))]
    spelt = [_piece(each, known) for each, again in zip(bare, twice, strict=True) if not again]
    if None in spelt:
        return None
    return "".join(part for part in spelt if part).strip()


def portable_default(text: str, syntax: Syntax, kind: Kind) -> str | None:
    """
    Spell a default without what only one engine reads; None where that cannot be done.

    Examples
    --------
    >>> portable_default("1", Syntax.SQLITE, Kind.BOOLEAN)
    'TRUE'
    >>> portable_default("now()", Syntax.POSTGRESQL, Kind.TIMESTAMP)
    'CURRENT_TIMESTAMP'
    """
    bare = text.strip()
    if bare.lower() == "now()":
        return "CURRENT_TIMESTAMP"
    found = portable(bare, syntax)
    if found is not None and kind is Kind.BOOLEAN:
        return {"0": "FALSE", "1": "TRUE"}.get(found, found)
    return None if kind is Kind.BLOB else found


def _without_casts(pieces: list[Token]) -> list[Token] | None:
    """Leave out each ``::type``; numbers in quotes before one lose them."""
    found: list[Token] = []
    place = 0
    while place < len(pieces):
        token = pieces[place]
        place += 1
        if token.kind != "cast":
            found.append(token)
            continue
        start = place
        while place < len(pieces) and _of_type(pieces, place, start):
            place += 1
        number = _NUMBER.fullmatch(found[-1].text) if found else None
        if place == start:
            return None
        if number and pieces[start].text in _NUMERIC:
            found[-1] = Token("number", number[1])
        while place < len(pieces) and pieces[place].kind == "open":
            place = _closing(pieces, place) + 1  # (50), []
    return found


_TAILS = frozenset("precision varying without with time zone".split())


def _of_type(pieces: list[Token], place: int, start: int) -> bool:
    """Say whether a piece belongs to the type whose words begin at `start`."""
    token = pieces[place]
    if place == start:
        return token.kind == "word"
    if token.kind == "space":
        return place + 1 < len(pieces) and pieces[place + 1].text in _TAILS
    return token.text in _TAILS


def _closing(pieces: list[Token], place: int) -> int:
    """Return where the bracket that opens at `place` closes."""
    depth = 0
    for end in range(place, len(pieces)):
        depth += {"open": 1, "close": -1}.get(pieces[end].kind, 0)
        if depth == 0:
            return end
    return len(pieces) - 1


def _bare(pieces: list[Token]) -> list[Token]:
    """Take the brackets away that are around all, and around single values."""
    while pieces and pieces[0].kind == "space":
        pieces = pieces[1:]
    while len(pieces) > 1 and pieces[0].text == "(" and _closing(pieces, 0) == len(pieces) - 1:
        pieces = pieces[1:-1]
    found: list[Token] = []
    for token in pieces:
        lone = token.text == ")" and len(found) > 1 and found[-2].text == "("
        if lone and found[-1].kind in {"number", "string", "word", "name"}:
            called = len(found) > 2 and found[-3].kind in {"word", "name"}
            if not called:
                del found[-2]
                continue
        found.append(token)
    return found


def _members(pieces: list[Token]) -> list[Token]:
    """Spell ``= ANY (ARRAY[...])``, as PostgreSQL tells it, as IN."""
    if any(token.kind == "string" and "ARRAY[" in token.text for token in pieces):
        return pieces  # a text that looks like one
    text = "".join(token.text for token in pieces)
    text = re.sub(r"= ANY \(+ARRAY\[([^\[\]()]*)\]\)+", r"IN (\1)", text)
    text = re.sub(r"<> ALL \(+ARRAY\[([^\[\]()]*)\]\)+", r"NOT IN (\1)", text)
    return list(tokens(text, Syntax.POSTGRESQL))


def _piece(token: Token, known: tuple[str, ...]) -> str | None:
    """Spell one piece; None where engines may read it in different ways."""
    if token.kind in {"space", "number", "open", "close"}:
        return None if token.text in {"[", "]"} else token.text
    if token.kind == "string":
        return None if _BYTES.fullmatch(token.text) else token.text
    if token.kind == "word":
        return _word(token.text, known)
    if token.kind in {"name", "broken"}:
        name = token.text[1:-1].replace(token.text[-1] * 2, token.text[-1])
        return '"' + name.replace('"', '""') + '"' if name in known else None
    return token.text if token.text in _SIGNS else None


def _word(text: str, known: tuple[str, ...]) -> str | None:
    if text.upper() in _WORDS:
        return text.upper()
    folded = {name.casefold(): name for name in known}
    name = folded.get(text.casefold())
    return None if name is None else '"' + name.replace('"', '""') + '"'

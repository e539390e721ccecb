"""Reading what SQLite tells only in the text of CREATE TABLE."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import attrs

from scitex.db.domain.sql.sqltext import Syntax, Token, tokens

_TABLE_RULES = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"}


@attrs.define
class Written:
    """
    What the text of a CREATE TABLE tells.

    Attributes
    ----------
    autoincrement : bool
    deferred : bool
        Whether its foreign keys are checked at the end of a transaction.
    checks : list of str
    collations, generated : dict of str to str
        By column.
    """

    autoincrement: bool = False
    deferred: bool = False
    checks: list[str] = attrs.field(factory=list)
    collations: dict[str, str] = attrs.field(factory=dict)
    generated: dict[str, str] = attrs.field(factory=dict)


def read(sql: str) -> Written:
    """
    Read the text of a CREATE TABLE; rules that are not understood are passed over.

    Examples
    --------
    >>> read("CREATE TABLE t (name TEXT COLLATE NOCASE, CHECK (name <> ''))").checks
    ["name <> ''"]
    """
    pieces = [token for token in tokens(sql, Syntax.SQLITE) if token.kind != "comment"]
    words = [token.text.upper() for token in pieces if token.kind == "word"]
    found = Written(
        autoincrement="AUTOINCREMENT" in words,
        deferred="DEFERRED" in words,
    )
    for definition in _definitions(pieces):
        if definition and definition[0].text.upper() in _TABLE_RULES:
            _table_rule(definition, found)
        elif definition:
            _column(definition, found)
    return found


def definitions(sql: str) -> Iterator[list[Token]]:
    """Cut the body of a CREATE TABLE into its columns and rules, comments left out."""
    return _definitions([token for token in tokens(sql, Syntax.SQLITE) if token.kind != "comment"])


def _definitions(pieces: list[Token]) -> Iterator[list[Token]]:
    """Cut the body of the statement at its commas."""
    depth = 0
    current: list[Token] = []
    for token in pieces:
        if token.kind == "close":
            depth -= 1
            if depth == 0:
                yield _trimmed(current)
                return
        if depth == 1 and token.text == ",":
            yield _trimmed(current)
            current = []
        elif depth:
            current.append(token)
        if token.kind == "open":
            depth += 1


def _trimmed(definition: list[Token]) -> list[Token]:
    while definition and definition[0].kind == "space":
        definition = definition[1:]
    return definition


def _text(pieces: list[Token]) -> str:
    return "".join(token.text for token in pieces).strip()


def _table_rule(definition: list[Token], found: Written) -> None:
    """Note a CHECK of the table."""
    depth, start = 0, None
    for place, token in enumerate(definition):
        if token.kind == "word" and token.text.upper() == "CHECK" and depth == 0:
            start = place + 1
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
    if start is not None:
        found.checks.append(_text(definition[start:])[1:-1].strip())


def _column(definition: list[Token], found: Written) -> None:
    """Note a column's collation, checks and expression."""
    name = _unquoted(definition[0])
    places = [place for place, token in enumerate(definition) if token.kind != "space"]
    depth = 0
    for place, after in itertools.pairwise(places):
        token, following = definition[place], definition[after]
        if place and depth == 0 and token.kind == "word":
            word = token.text.upper()
            if word == "COLLATE":
                found.collations[name] = _unquoted(following)
            elif word == "CHECK":
                found.checks.append(_group(definition, after))
            elif word == "AS" and following.kind == "open":
                found.generated[name] = _group(definition, after)
        depth += {"open": 1, "close": -1}.get(token.kind, 0)


def _unquoted(token: Token) -> str:
    """Return a name without its quotes, whichever it has."""
    if token.kind == "word":
        return token.text
    return token.text[1:-1].replace(token.text[-1] * 2, token.text[-1])


def _group(pieces: list[Token], start: int) -> str:
    """Return the text between the bracket at a place and the one that closes it."""
    depth = 0
    for end in range(start, len(pieces)):
        depth += {"open": 1, "close": -1}.get(pieces[end].kind, 0)
        if depth == 0:
            return _text(pieces[start + 1 : end])
    return _text(pieces[start + 1 :])


def policies(sql: str) -> list[str]:
    """
    Return what the rules of a CREATE TABLE do with records that break them, ABORT left out.

    Examples
    --------
    >>> policies("CREATE TABLE t (a UNIQUE ON CONFLICT REPLACE, b DEFAULT 'ON CONFLICT FAIL')")
    ['REPLACE']
    """
    words = [
        token.text.upper()
        for token in tokens(sql, Syntax.SQLITE)
        if token.kind not in {"comment", "space"}
    ]
    found = {
        third
        for first, second, third in zip(words, words[1:], words[2:], strict=False)
        if (first, second) == ("ON", "CONFLICT")
    }
    return sorted(found - {"ABORT"})


def index_parts(sql: str) -> tuple[list[str], str | None]:
    """
    Return the terms of a CREATE INDEX, and the condition of a partial one.

    Examples
    --------
    >>> index_parts("CREATE INDEX i ON t (a, lower(b) DESC) WHERE a > 0")
    (['a', 'lower(b) DESC'], 'a > 0')
    """
    pieces = [token for token in tokens(sql, Syntax.SQLITE) if token.kind != "comment"]
    terms = [_text(definition) for definition in _definitions(pieces)]
    depth = 0
    for place, token in enumerate(pieces):
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
        if token.kind == "word" and token.text.upper() == "WHERE" and depth == 0:
            return terms, _text(pieces[place + 1 :])
    return terms, None

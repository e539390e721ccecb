"""Reading the rules of a table, with their names, out of the text of its CREATE TABLE."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from scitex.db.adapters.sqlite3.createsql import definitions
from scitex.db.domain.sql.sqltext import Token

_BEGINNINGS = {"PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "REFERENCES"}
_OTHERS = {"CONSTRAINT", "NOT", "NULL", "DEFAULT", "COLLATE", "GENERATED", "AS"}


@attrs.define
class WrittenRule:
    """
    A rule as it stands in the text.

    Attributes
    ----------
    word : str
        ``"PRIMARY"``, ``"UNIQUE"``, ``"CHECK"``, ``"FOREIGN"`` or ``"REFERENCES"``.
    columns : tuple of str
        Those in the first brackets, or the one that the rule stands at; none for a CHECK of the
        table.
    inside : str
        The text in the first brackets.
    name : str or None
    words : list of str
        What else is said, in upper case.
    """

    word: str
    columns: tuple[str, ...]
    inside: str = ""
    name: str | None = None
    words: list[str] = attrs.field(factory=list)

    @property
    def deferrable(self) -> bool:
        """Whether a transaction may put the rule off."""
        place = self.words.index("DEFERRABLE") if "DEFERRABLE" in self.words else 0
        return place > 0 and self.words[place - 1] != "NOT"

    @property
    def deferred(self) -> bool:
        """Whether the rule is looked at when a transaction ends."""
        return self.deferrable and "DEFERRED" in self.words


def rules(sql: str) -> list[WrittenRule]:
    """
    Read all rules of a CREATE TABLE, in the order of the text.

    Examples
    --------
    >>> [rule.name for rule in rules("CREATE TABLE t (a, CONSTRAINT few CHECK (a < 9))")]
    ['few']
    """
    return [rule for definition in definitions(sql) for rule in _rules(definition)]


def _rules(definition: list[Token]) -> list[WrittenRule]:
    """Read the rules of one column, or the one of the table."""
    if not definition:
        return []
    first = definition[0]
    of_table = first.kind == "word" and first.text.upper() in {"CONSTRAINT", *_BEGINNINGS}
    reader = _Reader(() if of_table else (bare(first),))
    depth = 0
    inside: list[Token] = []
    for token in definition if of_table else definition[1:]:
        if token.kind == "close":
            depth -= 1
            if depth == 0:
                reader.brackets(inside)
                inside = []
                continue
        if depth:
            inside.append(token)
        elif token.kind not in {"open", "space"}:
            reader.piece(token)
        depth += token.kind == "open"
    return reader.found


class _Reader:
    """Reads one definition, piece by piece."""

    def __init__(self, own: tuple[str, ...]) -> None:
        self.own = own
        self.found: list[WrittenRule] = []
        self.rule: WrittenRule | None = None
        self.name: str | None = None
        self.named = False

    def piece(self, token: Token) -> None:
        """Read what stands outside brackets."""
        word = token.text.upper() if token.kind == "word" else ""
        if self.named:
            self.name, self.named = bare(token), False
        elif word == "CONSTRAINT":
            self.rule, self.named = None, True
        elif word in _BEGINNINGS and not self._goes_on(word):
            self.rule = WrittenRule(word, self.own, name=self.name)
            self.found.append(self.rule)
            self.name = None
        elif word in _OTHERS and not self._goes_on(word):
            self.rule = self.name = None
        elif self.rule is not None:
            self.rule.words.append(word)

    def _goes_on(self, word: str) -> bool:
        """Say whether a word is part of the rule: FOREIGN KEY ... REFERENCES, SET NULL."""
        if self.rule is None:
            return False
        if word == "REFERENCES":
            return self.rule.word == "FOREIGN"
        before = self.rule.words[-1:]
        return before == ["SET"] or (word == "NOT" and self.rule.word in {"FOREIGN", "REFERENCES"})

    def brackets(self, inside: list[Token]) -> None:
        """Read what stands inside brackets: the first ones of a rule tell what it is on."""
        rule = self.rule
        if rule is None or rule.inside or rule.word == "REFERENCES" or "REFERENCES" in rule.words:
            return
        rule.inside = "".join(token.text for token in inside).strip()
        if rule.word != "CHECK":
            rule.columns = tuple(bare(token) for token in _firsts(inside))


def _firsts(pieces: list[Token]) -> Iterator[Token]:
    """Yield the first piece of each part between commas."""
    depth, fresh = 0, True
    for token in pieces:
        if fresh and token.kind != "space":
            yield token
            fresh = False
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
        if depth == 0 and token.text == ",":
            fresh = True


def bare(token: Token) -> str:
    """Take a name out of its quotes."""
    text = token.text
    if token.kind in {"name", "string"} and len(text) > 1:
        end = text[-1]
        return text[1:-1].replace(end * 2, end) if end != "]" else text[1:-1]
    return text

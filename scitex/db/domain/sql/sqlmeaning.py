"""
What an SQL expression says, however it is spelt.

PostgreSQL writes what it is given anew: ``score > 0`` comes back as
``(score > (0)::double precision)``, ``x IN ('a', 'b')`` as
``(x = ANY (ARRAY['a'::text, 'b'::text]))``.  Here both become the same value, so that expressions
of two engines can be compared.  What is not understood is compared by its words.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from scitex.db.domain.sql import meanings
from scitex.db.domain.sql.meanings import Meaning, UnknownError
from scitex.db.domain.sql.sqltext import Syntax, Token, tokens

_SIGNS = sorted(
    "<> != <= >= == || ~~ !~~ ~~* !~~* -> ->> #> #>> @> <@ << >> "
    "< > = + - * / % ~ & | , . ( ) [ ]".split(),
    key=len,
    reverse=True,
)
_BINDS = {
    "OR": 1,
    "AND": 2,
    **dict.fromkeys(
        "= <> != == < > <= >= IS IN NOT BETWEEN LIKE ILIKE GLOB REGEXP ~~ !~~ ~~* !~~* "
        "ISNULL NOTNULL".split(),
        4,
    ),
    **dict.fromkeys("-> ->> #> #>> @> <@ << >> ~ & |".split(), 8),
    **dict.fromkeys(("+", "-"), 6),
    **dict.fromkeys(("*", "/", "%"), 7),
    "||": 8,
    "COLLATE": 10,
    "::": 10,
}
_NOT = 3
_MINUS = 9
_POWER = re.compile(r"(?<![\w.])(\d+\.?\d*|\.\d+)[eE][+-]\d+")
_TYPE_WORDS = {"precision", "varying", "with", "without", "time", "zone"}
_BY_CODE_POINT = {"c", "binary", "posix", "ucs_basic"}


@functools.lru_cache(maxsize=2048)
def meaning(text: str, syntax: Syntax = Syntax.SQLITE) -> Meaning:
    """
    Return a value that is equal for expressions that say the same.

    Parameters
    ----------
    text : str
        A default, the condition of a CHECK or of an index, a computed column.
    syntax : Syntax
        Whose quoting rules it follows.

    Examples
    --------
    >>> there = "(score > (0)::double precision)"
    >>> meaning("score > 0") == meaning(there, Syntax.POSTGRESQL)
    True
    """
    pieces = _pieces(text, syntax)
    try:
        return _Parser(pieces).whole()
    except UnknownError:
        return ("words", *(piece.text.casefold() for piece in pieces))


def _pieces(text: str, syntax: Syntax) -> list[Token]:
    """Cut an expression, with signs of several characters in one piece."""
    found: list[Token] = []
    signs = ""
    whole = _POWER.sub(_without_power, text) if "'" not in text else text
    for token in [*tokens(whole, syntax), Token("space", "")]:
        if token.kind in {"other", "open", "close"}:
            signs += token.text
            continue
        while signs:
            sign = next((sign for sign in _SIGNS if signs.startswith(sign)), signs[0])
            found.append(Token("sign", sign))
            signs = signs[len(sign) :]
        if token.kind not in {"space", "comment"}:
            found.append(token)
    return found


def _without_power(found: re.Match[str]) -> str:
    """Spell 1e-3 as 0.001: the scanner takes the sign for an operator."""
    return f"{float(found.group()):.20g}"


class _Parser:
    """Reads an expression by the strength of its operators."""

    def __init__(self, pieces: list[Token]) -> None:
        self.pieces = pieces
        self.place = 0

    def word(self, ahead: int = 0) -> str:
        """Return the next sign or word in upper case; nothing at the end or for a value."""
        place = self.place + ahead
        if place >= len(self.pieces):
            return ""
        piece = self.pieces[place]
        return piece.text.upper() if piece.kind in {"word", "sign", "cast"} else ""

    def take(self, *words: str) -> bool:
        """Take these words where they come next."""
        if [self.word(ahead) for ahead in range(len(words))] != [*words]:
            return False
        self.place += len(words)
        return True

    def need(self, word: str) -> None:
        """Take a word that must come next."""
        if not self.take(word):
            raise UnknownError

    def whole(self) -> Meaning:
        """Read all there is."""
        found = self.expression(0)
        if self.place < len(self.pieces):
            raise UnknownError
        return found

    def expression(self, least: int) -> Meaning:
        """Read an expression whose operators bind at least so strongly."""
        left = self.prefixed()
        while (strength := _BINDS.get(self.word(), -1)) >= max(least, 1):
            sign = self.word()
            self.place += 1
            left = self.infix(left, sign, strength)
        return left

    def prefixed(self) -> Meaning:
        """Read what has an operator before it, or none."""
        if self.take("NOT"):
            return meanings.denied(self.expression(_NOT))
        if self.take("-"):
            operand = self.expression(_MINUS)
            return ("number", -operand[1]) if operand[0] == "number" else ("-", operand)
        if self.take("+"):
            return self.expression(_MINUS)
        if self.take("("):
            inside = self.expression(0)
            if self.word() == ",":
                inside = ("list", inside, *self.rest())
            else:
                self.need(")")
            return inside
        return self.value()

    def rest(self) -> list[Meaning]:
        """Read further expressions, to the bracket that closes."""
        found = []
        while self.take(","):
            found.append(self.expression(0))
        self.need(")")
        return found

    def value(self) -> Meaning:
        """Read a value, a name or a call."""
        if self.place >= len(self.pieces):
            raise UnknownError
        piece = self.pieces[self.place]
        self.place += 1
        read: Callable[[str], Meaning] | None = {
            "string": meanings.text,
            "number": meanings.number,
            "name": self.name,
            "word": self.unquoted,
        }.get(piece.kind)
        if read is None:
            raise UnknownError
        return read(piece.text)

    def name(self, text: str) -> Meaning:
        """Read a quoted name."""
        bare = text[1:-1].replace(text[-1] * 2, text[-1]).casefold()
        return self.dotted(("name", bare))

    def dotted(self, found: Meaning) -> Meaning:
        """Pass over what stands before a dot: the table is the same one anyway."""
        return self.value() if self.take(".") else found

    def unquoted(self, text: str) -> Meaning:
        """Read a word: a constant, a call, or a name."""
        word = text.upper()
        constants: dict[str, Meaning] = {
            "NULL": ("null",),
            "TRUE": ("number", 1.0),
            "FALSE": ("number", 0.0),
        }
        if word in constants:
            return constants[word]
        if word == "CASE":
            return self.case()
        if word == "CAST" and self.take("("):
            inside = self.expression(0)
            self.need("AS")
            inside = meanings.without_cast(inside, self.type())
            self.need(")")
            return inside
        if word == "ARRAY" and self.take("["):
            return ("list", *self.items("]"))
        if self.take("("):
            return self.trim() if word == "TRIM" else ("call", text.casefold(), *self.items(")"))
        return self.dotted(("name", text.casefold()))

    def items(self, end: str) -> list[Meaning]:
        """Read expressions with commas between, to what closes them."""
        found: list[Meaning] = []
        if self.take(end):
            return found
        if self.take("*"):
            found.append(("*",))
        else:
            found.append(self.expression(0))
        while self.take(","):
            found.append(self.expression(0))
        self.need(end)
        return found

    def trim(self) -> Meaning:
        """Read what TRIM is of, which PostgreSQL writes ``TRIM(BOTH 'x' FROM name)``."""
        side = self.word()
        if side not in {"BOTH", "LEADING", "TRAILING"}:
            return ("call", "trim", *self.items(")"))
        self.place += 1
        call = {"BOTH": "trim", "LEADING": "ltrim", "TRAILING": "rtrim"}[side]
        what = [] if self.word() == "FROM" else [self.expression(0)]
        self.need("FROM")
        of = self.expression(0)
        self.need(")")
        return ("call", call, of, *what)

    def case(self) -> Meaning:
        """Read a CASE."""
        found: list[Meaning] = [] if self.word() == "WHEN" else [self.expression(0)]
        while self.take("WHEN"):
            condition = self.expression(0)
            self.need("THEN")
            found.append(("when", condition, self.expression(0)))
        if self.take("ELSE"):
            found.append(self.expression(0))
        self.need("END")
        return ("case", *found)

    def type(self) -> str:
        """Pass over a type; return its first word."""
        piece = self.pieces[self.place] if self.place < len(self.pieces) else Token("", "")
        if piece.kind not in {"word", "name"}:
            raise UnknownError
        self.place += 1
        while self.word().casefold() in _TYPE_WORDS:
            self.place += 1
        if self.take("("):
            self.items(")")
        while self.word().casefold() in _TYPE_WORDS or self.take("[", "]"):
            self.place += self.word().casefold() in _TYPE_WORDS
        return piece.text.casefold()

    def infix(self, left: Meaning, sign: str, strength: int) -> Meaning:
        """Read what follows an operator."""
        special: Callable[[Meaning], Meaning] | None = {
            "::": self.cast,
            "COLLATE": self.collate,
            "IS": self.identity,
            "IN": self.membership,
            "BETWEEN": self.between,
            "NOT": self.denied,
        }.get(sign)
        if special is not None:
            return special(left)
        if sign in {"ISNULL", "NOTNULL"}:
            return ("null?", left) if sign == "ISNULL" else meanings.denied(("null?", left))
        if sign in {"=", "<>"} and self.word() in {"ANY", "ALL"}:
            return self.array(left, sign)
        return meanings.joined(sign, left, self.expression(strength + 1))

    def cast(self, left: Meaning) -> Meaning:
        """Read a type after ``::``."""
        return meanings.without_cast(left, self.type())

    def collate(self, left: Meaning) -> Meaning:
        """Read a collation; by code point is what all engines do where none is said."""
        found = self.value()
        return left if found[-1] in _BY_CODE_POINT else ("collate", left, found)

    def identity(self, left: Meaning) -> Meaning:
        """Read what follows IS."""
        denied = self.take("NOT")
        if self.take("DISTINCT", "FROM"):
            denied = not denied
        right = self.expression(_BINDS["IS"] + 1)
        found = ("null?", left) if right == ("null",) else ("is", left, right)
        return meanings.denied(found) if denied else found

    def membership(self, left: Meaning) -> Meaning:
        """Read what follows IN."""
        self.need("(")
        return meanings.member(left, self.items(")"))

    def array(self, left: Meaning, sign: str) -> Meaning:
        """Read ``= ANY (ARRAY[...])``, as PostgreSQL writes IN, and ``<> ALL``."""
        every = self.word() == "ALL"
        self.place += 1
        right = self.prefixed()
        if right[0] != "list" or every != (sign == "<>"):
            raise UnknownError
        found = meanings.member(left, right[1:])
        return meanings.denied(found) if every else found

    def between(self, left: Meaning) -> Meaning:
        """Read what follows BETWEEN."""
        low = self.expression(_BINDS["IN"] + 1)
        self.need("AND")
        high = self.expression(_BINDS["IN"] + 1)
        return meanings.joined(
            "AND", meanings.joined(">=", left, low), meanings.joined("<=", left, high)
        )

    def denied(self, left: Meaning) -> Meaning:
        """Read ``NOT IN``, ``NOT LIKE``, ``NOT BETWEEN``, ``NOT NULL``."""
        if self.take("NULL"):
            return meanings.denied(("null?", left))
        sign = self.word()
        if sign not in {"IN", "LIKE", "ILIKE", "GLOB", "BETWEEN"}:
            raise UnknownError
        self.place += 1
        return meanings.denied(self.infix(left, sign, _BINDS[sign]))

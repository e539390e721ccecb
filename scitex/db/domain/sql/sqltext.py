"""
Reading SQL text just far enough to know what is code and what is not.

Nothing here understands SQL.  It tells strings, quoted names, comments and placeholders from
the rest, so that text given for one clause cannot leave it, a ``?`` inside a string is not a
placeholder, and a call is one statement.  The text itself is never rewritten.
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import attrs

from scitex.db.domain.errors import ParameterError, UnsafeFragmentError

Parameters = Sequence[object] | Mapping[str, object] | None
Marks = Literal["none", "question", "named"]


class Syntax(enum.Enum):
    """Whose quoting rules the text follows."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@attrs.frozen
class Token:
    """A piece of SQL text and what it is."""

    kind: str
    text: str


_TAIL = r"""
  | (?P<string> '(?:[^']|'')*' )
  | (?P<word>   [^\W\d][\w$]* )
  | (?P<number> \d[\w.]* )
  | (?P<cast>   :: )
  | (?P<escaped> \?\? )
  | (?P<question> \?\d* )
  | (?P<named>  :[^\W\d]\w* )
  | (?P<open>   [(\[] )
  | (?P<close>  [)\]] )
  | (?P<semicolon> ; )
  | (?P<broken> ['"`] | \$[^\W\d]?\w*\$ )
  | (?P<other>  . )
"""
_SPACES = {
    Syntax.SQLITE: re.compile(
        r"""(?P<space> \s+ ) | (?P<comment> --[^\n]* | /\*.*?(?:\*/|\Z) )
          | (?P<name> "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\] )"""
        + _TAIL,
        re.VERBOSE | re.DOTALL,
    ),
    Syntax.POSTGRESQL: re.compile(
        r"""(?P<space> \s+ ) | (?P<comment> --[^\r\n]* | /\* )
          | (?P<name> "(?:[^"]|"")*" )
          | (?P<escapes> [eE]'(?:[^'\\]|\\.|'')*' ) | (?P<torn> [eE]' )
          | (?P<dollars> \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$ )"""
        + _TAIL,
        re.VERBOSE | re.DOTALL,
    ),
}
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_STRINGS = {"string", "escapes", "dollars"}


def _comment_end(text: str, start: int) -> int:
    """Find where a block comment that may hold others ends, or the end of the text."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)


def tokens(text: str, syntax: Syntax) -> Iterator[Token]:
    """
    Cut `text` into its pieces; joined again they are the text.

    Examples
    --------
    >>> [token.kind for token in tokens("a = '?' -- x", Syntax.SQLITE)]
    ['word', 'space', 'other', 'space', 'string', 'space', 'comment']
    """
    pattern = _SPACES[syntax]
    place = 0
    while place < len(text):
        match = pattern.match(text, place)
        if match is None:  # pragma: no cover - the pattern ends with one that takes everything
            return
        kind, end = match.lastgroup or "other", match.end()
        kind = {"tag": "dollars", "torn": "broken"}.get(kind, kind)
        if kind == "comment" and syntax is Syntax.POSTGRESQL and match.group() == "/*":
            end = _comment_end(text, place)
        yield Token(kind, text[place:end])
        place = end


@attrs.frozen
class Template:
    """
    SQL text cut at its placeholders.

    Attributes
    ----------
    parts : tuple of str
        The text between the placeholders; one more than there are placeholders.
    names : tuple of str
        What each placeholder is called; empty text for ``?``.
    """

    parts: tuple[str, ...]
    names: tuple[str, ...]

    def values(self, parameters: Parameters) -> tuple[object, ...]:
        """
        Pick from `parameters` what each placeholder stands for, in order.

        Raises
        ------
        ParameterError
            If there are more or fewer values than placeholders, or a name is missing.
        """
        if parameters is None:
            parameters = ()
        if type(parameters) is not tuple and isinstance(parameters, Mapping):
            return self._named(parameters)
        if len(parameters) != len(self.names):
            raise ParameterError(
                f"the text has {len(self.names)} placeholder(s), params has {len(parameters)}",
                hint="give one value for each ?; a literal ? outside quotes is written ??",
            )
        return parameters if type(parameters) is tuple else tuple(parameters)

    def _named(self, parameters: Mapping[str, object]) -> tuple[object, ...]:
        missing = [name for name in self.names if name not in parameters]
        if missing:
            raise ParameterError(
                f"params has no value for :{missing[0]}",
                hint=f"params has: {', '.join(map(str, parameters)) or 'nothing'}",
            )
        return tuple(parameters[name] for name in self.names)


_SEQUENCES = (list, tuple)


def marks(parameters: Parameters) -> Marks:
    """
    Say which placeholders count, from what was given to fill them.

    Raises
    ------
    ParameterError
        If `parameters` is neither a sequence nor a mapping; a lone string is neither.
    """
    if parameters is None:
        return "none"
    if type(parameters) in _SEQUENCES:
        return "question"
    if isinstance(parameters, Mapping):
        return "named"
    if isinstance(parameters, (str, bytes)) or not isinstance(parameters, Sequence):
        raise ParameterError(
            f"params must be a sequence or a mapping, not {type(parameters).__name__}",
            hint="a single value goes in a list: params=[value]",
        )
    return "question"


def _template(pieces: Iterable[Token], style: Marks) -> Template:
    """Cut at the placeholders that count; ``??`` becomes a literal question mark."""
    parts, names = [""], []
    for token in pieces:
        if (token.kind == "question" and style == "question") or (
            token.kind == "named" and style == "named"
        ):
            if token.text[1:].isdigit():
                raise ParameterError(
                    f"numbered placeholders such as {token.text} are not taken",
                    hint="write ? with a sequence, or :name with a mapping",
                )
            names.append(token.text[1:])
            parts.append("")
        else:
            parts[-1] += "?" if token.kind == "escaped" else token.text
    return Template(tuple(parts), tuple(names))


def _refuse(text: str, why: str, hint: str) -> UnsafeFragmentError:
    shown = text if len(text) <= 80 else text[:77] + "..."
    return UnsafeFragmentError(f"{why} in {shown!r}", hint=hint)


_ONE_EXPRESSION = "give one SQL expression and put values in params"
_FORBIDDEN = {
    "semicolon": ("a ';' outside quotes", _ONE_EXPRESSION),
    "comment": ("a comment", _ONE_EXPRESSION),
    "broken": ("a quote without its partner", "double a quote inside a string: 'it''s'"),
}
# Words that begin another clause; in brackets they belong to a sub-select and are fine.
_CLAUSES = frozenset(
    "limit offset fetch for union intersect except returning window group having order where "
    "into from select insert update delete drop".split()
)


def _checked(text: str, syntax: Syntax, *, clause_words: bool) -> list[Token]:
    """Cut a fragment, and refuse what could leave its clause."""
    _check_text(text)
    pieces = list(tokens(text, syntax))
    open_brackets: list[str] = []
    before = ""
    for token in pieces:
        if token.kind in _FORBIDDEN:
            raise _refuse(text, *_FORBIDDEN[token.kind])
        if not _balanced(token, open_brackets):
            raise _refuse(text, "an unbalanced bracket", _ONE_EXPRESSION)
        if clause_words and not open_brackets and _begins_clause(token, before):
            raise _refuse(text, f"the clause word {token.text!r}", _ONE_EXPRESSION)
        if token.kind == "word":
            before = token.text.lower()
    if open_brackets:
        raise _refuse(text, "an unbalanced bracket", _ONE_EXPRESSION)
    return pieces


def _check_text(text: str) -> None:
    if "\0" in text:
        raise _refuse(text, "a NUL", "take it out")
    if not text.strip():
        raise UnsafeFragmentError(
            "the condition is empty", hint="leave it out, or pass where=ALL_ROWS to mean every row"
        )


def _balanced(token: Token, open_brackets: list[str]) -> bool:
    """Keep count of brackets; say whether a closing one has its partner."""
    if token.kind == "open":
        open_brackets.append(")" if token.text == "(" else "]")
    elif token.kind == "close":
        return bool(open_brackets) and open_brackets.pop() == token.text
    return True


def _begins_clause(token: Token, before: str) -> bool:
    """Say whether a word begins another clause; in IS DISTINCT FROM it does not."""
    word = token.text.lower()
    return token.kind == "word" and word in _CLAUSES and (before, word) != ("distinct", "from")


@functools.lru_cache(maxsize=1024)
def fragment(text: str, syntax: Syntax, style: Marks = "none") -> Template:
    """
    Check text that is to stand inside a clause, and cut it at its placeholders.

    Parameters
    ----------
    text : str
        One SQL expression, or the terms of ORDER BY.
    syntax : Syntax
    style : {"none", "question", "named"}
        Which placeholders count.

    Returns
    -------
    Template

    Raises
    ------
    UnsafeFragmentError
        If the text is blank, or holds NUL, a comment, an unquoted ``;``, a quote or bracket
        without its partner, or a word that begins another clause.
    ParameterError
        If a placeholder is numbered (``?1``), or on SQLite nothing is given for it.

    Examples
    --------
    >>> fragment("name = ? AND note LIKE '100%?'", Syntax.SQLITE, "question").parts
    ('name = ', " AND note LIKE '100%?'")
    """
    pieces = _checked(text, syntax, clause_words=True)
    _refuse_unfilled(pieces, syntax, style)
    return _template(pieces, style)


def _refuse_unfilled(pieces: list[Token], syntax: Syntax, style: Marks) -> None:
    """Refuse placeholders that nothing is given for; to PostgreSQL they may be operators."""
    if syntax is not Syntax.SQLITE:
        return
    for token in pieces:
        if token.kind in ("question", "named") and token.kind != style:
            raise ParameterError(
                f"there is no value for the placeholder {token.text}",
                hint="give params: a sequence for ?, a mapping for :name",
            )


def declaration(text: str, syntax: Syntax = Syntax.POSTGRESQL) -> list[Token]:
    """
    Check text that is to stand inside CREATE TABLE, and cut it into its pieces.

    Raises
    ------
    UnsafeFragmentError
        As `fragment` does, clause words apart.
    """
    return _checked(text, syntax, clause_words=False)


def _has_body(text: str, syntax: Syntax) -> bool:
    """Say whether the statement may hold others between BEGIN and END."""
    words = [word for word in first_words(text, syntax, 4) if word not in _MODIFIERS]
    makes = {"TRIGGER"} if syntax is Syntax.SQLITE else {"FUNCTION", "PROCEDURE"}
    return words[:1] == ["CREATE"] and bool(makes & set(words[1:2]))


_MODIFIERS = {"OR", "REPLACE", "TEMP", "TEMPORARY"}
_DEEPER = {"BEGIN": 1, "CASE": 1, "END": -1}


def _one_statement(pieces: list[Token], text: str, *, has_body: bool) -> list[Token]:
    """Drop a final ``;`` with what follows; refuse one with code after it."""
    depth = 0
    for place, token in enumerate(pieces):
        if token.kind == "word" and has_body:
            depth += _DEEPER.get(token.text.upper(), 0)
        else:
            depth += {"open": 1, "close": -1}.get(token.kind, 0)
        if token.kind == "semicolon" and depth <= 0:
            rest = {later.kind for later in pieces[place + 1 :]}
            if rest <= {"space", "comment", "semicolon"}:
                return pieces[:place]
            raise _refuse(
                text, "more than one statement", "make one call of execute() for each statement"
            )
    return pieces


@functools.lru_cache(maxsize=512)
def statement(text: str, syntax: Syntax, style: Marks = "none") -> Template:
    """
    Check that `text` is one whole statement, and cut it at its placeholders.

    Raises
    ------
    UnsafeFragmentError
        If it is blank, holds NUL, an unpaired quote, or a second statement.  The bodies of
        triggers and SQL-standard functions may hold ``;``.
    ParameterError
        As `fragment`.
    """
    if "\0" in text:
        raise _refuse(text, "a NUL", "take it out")
    pieces = list(tokens(text, syntax))
    if all(token.kind in {"space", "comment", "semicolon"} for token in pieces):
        raise UnsafeFragmentError("the statement is empty", hint="give one SQL statement")
    for token in pieces:
        if token.kind == "broken":
            raise _refuse(text, *_FORBIDDEN["broken"])
    pieces = _one_statement(pieces, text, has_body=_has_body(text, syntax))
    _refuse_unfilled(pieces, syntax, style)
    return _template(pieces, style)


@functools.lru_cache(maxsize=512)
def first_words(text: str, syntax: Syntax, count: int = 1) -> tuple[str, ...]:
    """
    Return the first words of a statement in upper case, past comments and brackets.

    Examples
    --------
    >>> first_words("/* all */ select * from t", Syntax.SQLITE)
    ('SELECT',)
    """
    words: list[str] = []
    for token in tokens(text, syntax):
        if token.kind == "word":
            words.append(token.text.upper())
            if len(words) == count:
                break
        elif token.kind not in {"space", "comment", "open"}:
            break
    return tuple(words)

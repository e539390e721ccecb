"""The text of a dump, cut into statements and the records between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import attrs

from scitex.db.domain.errors import BackupError

_TOKEN = re.compile(
    rb"(?P<escaped>(?<![\w\x80-\xff$])[eE]')|(?P<text>')|(?P<name>\")|(?P<comment>--)|(?P<block>/\*)"
    rb"|(?P<dollar>(?<![\w\x80-\xff$])\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$)"
    rb"|(?P<open>[(\[])|(?P<close>[)\]])|(?P<end>;)|(?P<meta>\\)"
    rb"|(?P<word>[A-Za-z_\x80-\xff][\w\x80-\xff$]*)"
)
_CLOSING = {
    "text": re.compile(rb"'"),
    "name": re.compile(rb'"'),
    "escaped": re.compile(rb"\\.|'", re.DOTALL),
    "block": re.compile(rb"/\*|\*/"),
}
_RESTRICT = re.compile(rb"\\(un)?restrict [A-Za-z0-9]+\s*")
_COMMENT = b"-- PostgreSQL database dump"
_BEGUN = {_COMMENT: True, _COMMENT + b" complete": False}
_ROUTINE = [[b"create", b"function"], [b"create", b"procedure"]]
_COPY = re.compile(rb"\s*COPY\s.*\sFROM\s+stdin\s*;\s*", re.IGNORECASE | re.DOTALL)


@attrs.define
class Statement:
    """
    One statement, and where it begins.

    Attributes
    ----------
    text : bytes
        Without the comments before it.
    line : int
    """

    text: bytes
    line: int

    @property
    def is_copy(self) -> bool:
        """Whether records follow it in the text."""
        return _COPY.fullmatch(self.text) is not None


class Script:
    """
    A dump that is read once.

    Parameters
    ----------
    lines : iterable of bytes
    where : str
        What errors speak of.
    """

    def __init__(self, lines: Iterable[bytes], where: str) -> None:
        self._lines = iter(lines)
        self._where = where
        self.line = 0
        self.is_cut = False  # whether pg_dump has begun, and not told yet that it has ended

    def statements(self) -> Iterator[Statement]:
        """Give each statement; after a COPY, `records` is to be read to its end."""
        cutter = _Cutter()
        for line in self._lines:
            self.line += 1
            if not cutter.inside and line.startswith(_COMMENT):
                self.is_cut = _BEGUN.get(line.rstrip(), self.is_cut)
            if not cutter.inside and _RESTRICT.fullmatch(line):
                continue
            try:
                for text, began in cutter.cut(line, self.line):
                    yield Statement(text, began)
            except ValueError as error:
                raise self.refusal(str(error)) from None
        if cutter.inside:
            raise self.refusal("the text ends inside a statement")

    def records(self) -> Iterator[bytes]:
        """Give the lines of records up to the one that ends them."""
        for line in self._lines:
            self.line += 1
            if line in {b"\\.\n", b"\\.\r\n"}:
                return
            yield line
        raise self.refusal("the text ends inside the records of a table")

    def refusal(self, what: str) -> BackupError:
        """Make the error that the text cannot be restored."""
        return BackupError(
            f"{self._where}, line {self.line:,}: {what}", hint="nothing was changed"
        )


class _Cutter:
    """Finds where statements end, line by line."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._held: list[bytes] = []
        self._began = 0
        self._within: tuple[str, re.Pattern[bytes] | None] = ("", None)
        self._nesting = 0
        self._parentheses = 0
        self._begun = 0
        self._words: list[bytes] = []

    @property
    def inside(self) -> bool:
        """Whether a statement has begun."""
        return bool(self._held) or bool(self._within[0])

    def cut(self, line: bytes, number: int) -> Iterator[tuple[bytes, int]]:
        """Take a line; give the statements that end in it, and the line where each began."""
        place = start = 0
        while place < len(line):
            if self._within[0]:
                place = self._leave(line, place)
                continue
            found = _TOKEN.search(line, place)
            kind = "" if found is None else str(found.lastgroup)
            if found is None or kind == "comment":
                line = line if found is None else line[: found.start()] + b"\n"
                break
            if not self._began and kind != "block":
                self._began = number
            place = found.end()
            if kind == "end" and not self._parentheses and not self._begun:
                yield b"".join([*self._held, line[start:place]]).strip(), self._began
                self._reset()
                start = place
            else:
                self._meet(kind, found)
        rest = line[start:]
        if self._held or self._within[0] or rest.strip():
            self._held.append(rest)

    def _meet(self, kind: str, found: re.Match[bytes]) -> None:
        if kind == "meta":
            raise ValueError("a command of psql is no part of a backup")
        if kind in _CLOSING:
            self._within, self._nesting = (kind, _CLOSING[kind]), 1
        elif kind == "dollar":
            self._within = (kind, re.compile(re.escape(found[0])))
        elif kind in {"open", "close"}:
            self._parentheses += 1 if kind == "open" else -1
        elif kind == "word":
            self._read(found[0].lower())

    def _read(self, word: bytes) -> None:
        """Follow BEGIN ATOMIC ... END, in which statements end that are part of one."""
        if len(self._words) < 4 and word not in {b"or", b"replace"}:
            self._words.append(word)
        if self._words[:2] not in _ROUTINE or self._parentheses:
            return
        if word == b"begin" or (word == b"case" and self._begun):
            self._begun += 1
        elif word == b"end" and self._begun:
            self._begun -= 1

    def _leave(self, line: bytes, place: int) -> int:
        """Look for the end of what a token began; return where to go on."""
        kind, pattern = self._within
        assert pattern is not None  # noqa: S101 - always with a kind
        while found := pattern.search(line, place):
            place = found.end()
            if kind == "block":
                self._nesting += 1 if found[0] == b"/*" else -1
                if self._nesting:
                    continue
            elif kind == "escaped" and found[0] != b"'":
                continue
            self._within = ("", None)
            return place
        return len(line)

"""
Reading CSV as records of text, with what is missing told from what is empty.

Python's reader does nearly all of it.  It cannot tell an empty field from a quoted empty one, and
refuses fields past a limit that is the whole process's, so lines that may hold such are read by
`Exact`, which is slower and knows.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

import attrs

from scitex.db.domain.errors import DataError

Row = list[Any]  # of str, or None
LINES = 500  # read at a time: about what stays in the processor's cache


@attrs.frozen(eq=False)
class Block:
    """
    Some records of a file.

    Attributes
    ----------
    rows : list of list
        Their fields.
    exact : bool
        Whether None stands for a missing value; else a text of NULL does.
    text : str
        The lines that they were read from.
    line : int
        The number of the first line, counted from 1.
    whole : bool
        Whether every line belongs to a record.
    """

    rows: list[Row]
    exact: bool
    text: str
    line: int
    whole: bool = True


class Unreadable(Exception):  # noqa: N818 - never reaches a caller; it becomes a DataError
    """What is wrong with a record."""


def _quoted(null: str, delimiter: str) -> Callable[[str], re.Match[str] | None]:
    """Return what finds a text of NULL that may stand in quotes, where it is no NULL."""
    field, edge = re.escape(f'"{null}"'), re.escape(delimiter)
    before = f"(?<![^{edge}\r\n]{field})"  # looked at last: the search runs for the field
    return re.compile(f"{field}(?![^{edge}\r\n]){before}").search


class Reader:
    """
    The records of a CSV file, a block at a time.

    Parameters
    ----------
    file : binary file
    encoding : str
    delimiter : str
    nulls : tuple of str
        What stands for a missing value where it is not quoted.
    """

    def __init__(
        self, file: BinaryIO, encoding: str, *, delimiter: str, nulls: tuple[str, ...]
    ) -> None:
        self._file = io.TextIOWrapper(file, encoding, newline="")
        self._encoding = encoding
        self._delimiter = delimiter
        self._nulls = nulls
        self._line = 1
        self._quoted_nulls = [_quoted(null, delimiter) for null in nulls]

    def detach(self) -> None:
        """Leave the file open."""
        self._file.detach()

    def blocks(self, lines: int = LINES) -> Iterator[Block]:
        """
        Yield the records, those of some lines at a time.

        Raises
        ------
        DataError
            If a line is no CSV, or not in the encoding; its number is told.
        """
        while found := self._some(lines):
            text = "".join(found)
            doubtful = any(find(text) for find in self._quoted_nulls)
            rows = None if doubtful else self._quick(found)
            if rows is not None:
                block = Block(rows, exact=False, text=text, line=self._line)
            else:
                rows = self._exact(found)
                block = Block(rows, exact=True, text="".join(found), line=self._line)
            self._line += len(found)
            yield block

    def _some(self, lines: int) -> list[str]:
        """Read some lines, and those that the last record seems to go on in."""
        found: list[str] = []
        self._read(found, lines)
        marks = "".join(found).count('"')
        most = len(found) + LINES  # a mark inside a field without quotes would lead on and on
        while marks % 2 and len(found) < most and self._read(found, 1):
            marks += found[-1].count('"')
        return found

    def _read(self, into: list[str], lines: int) -> bool:
        """Read more lines; say whether there was one."""
        before = len(into)
        try:
            into.extend(itertools.islice(self._file, lines))
        except UnicodeError as error:
            raise self._undecoded(error, self._line + len(into)) from error
        return len(into) > before

    def _undecoded(self, error: UnicodeError, line: int) -> DataError:
        if isinstance(error, UnicodeDecodeError):  # of a run of bytes that begins there
            before = error.object[: error.start]
            line += len(re.findall(rb"\r\n|\r|\n", before))
        return DataError(
            f"line {line} is not {getattr(error, 'encoding', self._encoding)}: {error}",
            hint="name the file's encoding: encoding='cp1252', 'latin-1', 'utf-16', ...; "
            "a file that is open for text has its own",
        )

    def _quick(self, lines: list[str]) -> list[Row] | None:
        try:
            return list(csv.reader(lines, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return None

    def _exact(self, lines: list[str]) -> list[Row]:
        """Read the records of lines, to which those are added that the last one goes on in."""
        exact = Exact(self._following(lines), self._delimiter, self._nulls)
        found: list[Row] = []
        while exact.read < len(lines):
            before = exact.read
            try:
                found.append(exact.record())
            except Unreadable as error:
                raise self._unreadable(error, self._line + before) from None
        return found

    def _following(self, lines: list[str]) -> Iterator[str]:
        place = 0
        while place < len(lines) or self._read(lines, 1):
            yield lines[place]
            place += 1

    def _unreadable(self, why: Unreadable, line: int) -> DataError:
        return DataError(
            f"line {line} is no CSV: {why}",
            hint="a field that holds quotes, delimiters or line breaks is quoted, its quotes "
            f"doubled; is the delimiter {self._delimiter!r}?",
        )


class Exact:
    """
    Reads records, telling a quoted field from one that is not.

    Parameters
    ----------
    lines : iterable of str
    delimiter : str
    nulls : tuple of str

    Attributes
    ----------
    read : int
        How many lines were read.
    """

    def __init__(self, lines: Iterable[str], delimiter: str, nulls: tuple[str, ...]) -> None:
        self._lines = iter(lines)
        self._delimiter = delimiter
        self._nulls = nulls
        self._bare = re.compile(f"[^{re.escape(delimiter)}\r\n]*").match
        self.read = 0

    def record(self) -> Row:
        """
        Return the fields of the next record, none of a blank line.

        Raises
        ------
        Unreadable
            If a quoted field does not end, or goes on behind its quotes.
        """
        line, place = self._next(), 0
        fields: Row = []
        if not line.rstrip("\r\n"):
            return fields
        while True:
            if line.startswith('"', place):
                text, line, place = self._quoted(line, place + 1)
                fields.append(text)
            else:
                bare = self._bare(line, place)
                assert bare is not None  # noqa: S101 - it also meets nothing
                place = bare.end()
                fields.append(None if bare.group() in self._nulls else bare.group())
            if line.startswith(self._delimiter, place):
                place += 1
            elif line[place:].rstrip("\r\n"):
                raise Unreadable(f"{line[place : place + 20]!r} follows a quoted field")
            else:
                return fields

    def _next(self) -> str:
        line = next(self._lines, "")
        self.read += bool(line)
        return line

    def _quoted(self, line: str, place: int) -> tuple[str, str, int]:
        """Read a field to the quote that ends it; return it, its last line, and where that is."""
        parts: list[str] = []
        while True:
            end = line.find('"', place)
            if end < 0:
                parts.append(line[place:])
                line, place = self._next(), 0
                if not line:
                    raise Unreadable("a quoted field does not end")
            elif line.startswith('"', end + 1):
                parts.append(line[place : end + 1])
                place = end + 2
            else:
                parts.append(line[place:end])
                return "".join(parts), line, end + 1


def well_quoted(text: str, delimiter: str) -> bool:
    """Say whether each quote begins or ends a field, or is doubled inside one."""
    if '"' not in text:
        return True
    import numpy as np

    data = np.frombuffer(f"\n{text}\n".encode(), "u1")
    places = np.flatnonzero(data == ord('"'))
    edges = np.zeros(256, bool)
    edges[[ord(mark) for mark in (delimiter, "\n", "\r", '"')]] = True
    opening, closing = data[places[::2] - 1], data[places[1::2] + 1]
    return len(places) % 2 == 0 and bool(edges[opening].all() and edges[closing].all())


def line_of(block: Block, delimiter: str, row: int, *, blanks: bool) -> int:
    """
    Return the number of the line where a block's record begins.

    Parameters
    ----------
    block : Block
    delimiter : str
    row : int
        The record's place, from 0.
    blanks : bool
        Whether blank lines are records too.
    """
    exact, found, before = Exact(io.StringIO(block.text, newline=""), delimiter, ()), -1, 0
    while found < row:
        before = exact.read
        found += bool(exact.record()) or blanks
    return block.line + before

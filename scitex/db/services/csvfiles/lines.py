"""
Reading CSV as records of text, with what is missing told from what is empty.

Python's reader does nearly all of it.  It cannot tell an empty field from a quoted empty one, and
refuses fields past a limit that is the whole process's, so lines that may hold such are read by
`Exact`, which is slower and knows.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import attrs

from scitex.db.domain.errors import DataError
from scitex.db.domain.pieces import Values, length
from scitex.db.services.csvfiles.decoding import LONGEST, Text

Row = list[Any]  # of str, or None
_WIDEST = 32_767  # columns, which SQLite takes where it is made to; PostgreSQL takes 1,600
_LONG = 1 << 20  # characters
LINES = 500  # read at a time: about what stays in the processor's cache


@attrs.frozen(eq=False)
class Block:
    """
    Some records of a file.

    Attributes
    ----------
    rows : list of list
        Their fields; none where there are columns.
    exact : bool
        Whether None stands for a missing value; else a text of NULL does.
    text : str
        The lines that they were read from.
    line : int
        The number of the first line, counted from 1.
    whole : bool
        Whether every line belongs to a record.
    columns : sequence of Values, optional
        The values of the fields, by column.
    """

    rows: list[Row]
    exact: bool
    text: str
    line: int
    whole: bool = True
    columns: Sequence[Values] | None = None

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self.rows) if self.columns is None else length(self.columns[0])


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
        self._text = Text(file, encoding)
        self._delimiter = delimiter
        self._nulls = nulls
        self._quoted_nulls = [_quoted(null, delimiter) for null in nulls]

    @property
    def line(self) -> int:
        """The number of the next line, counted from 1."""
        return self._text.line

    def blocks(self, lines: int = LINES) -> Iterator[Block]:
        """
        Yield the records, those of some lines at a time.

        Raises
        ------
        DataError
            If a line is no CSV, or not in the encoding; its number is told.
        """
        while True:
            start = self.line
            found = self._text.lines(lines)
            if not found:
                return
            if "".join(found).count('"') % 2:
                found += self._to_even()
            text = "".join(found)
            doubtful = any(find(text) for find in self._quoted_nulls)
            if len(text) > _LONG:
                self._check_widths(found, start)
            rows = None if doubtful else self._quick(found)
            if rows is not None:
                yield Block(rows, exact=False, text=text, line=start)
            else:
                rows = self._exact(found, start)
                yield Block(rows, exact=True, text="".join(found), line=start)

    def piece(self, size: int) -> str:
        """Read lines of that many characters at least, unless the file ends."""
        text = self._text.piece(size)
        return "".join([text, *self._to_even()]) if has_odd_quotes(text) else text

    def put_back(self, text: str) -> None:
        """Give back what was read last."""
        self._text.put_back(text)

    def _to_even(self) -> list[str]:
        """Read the lines to the next with an odd number of quotes, in which the last may go on."""
        found: list[str] = []
        size = 0
        # A mark inside a field without quotes would lead on and on.
        while len(found) < LINES and size < LONGEST:
            line = self._text.lines(1)
            found += line
            size += sum(map(len, line))
            if not line or line[0].count('"') % 2:
                break
        return found

    def _check_widths(self, lines: list[str], start: int) -> None:
        """Refuse a line of more fields than a table of any engine has columns, before they are."""
        for place, line in enumerate(lines):
            if '"' not in line and line.count(self._delimiter) >= _WIDEST:
                why = Unreadable(f"it has {line.count(self._delimiter) + 1} fields")
                raise self._unreadable(why, start + place)

    def _quick(self, lines: list[str]) -> list[Row] | None:
        try:
            return list(csv.reader(lines, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return None

    def _exact(self, lines: list[str], start: int) -> list[Row]:
        """Read the records of lines, to which those are added that the last one goes on in."""
        exact = Exact(self._following(lines), self._delimiter, self._nulls)
        found: list[Row] = []
        while exact.read < len(lines):
            before = exact.read
            try:
                found.append(exact.record())
            except Unreadable as error:
                raise self._unreadable(error, start + before) from None
        return found

    def _following(self, lines: list[str]) -> Iterator[str]:
        place, size = 0, 0
        while place < len(lines) or self._more(lines):
            yield lines[place]
            size += len(lines[place])
            place += 1
            if size > 2 * LONGEST:
                raise Unreadable(f"a quoted field does not end within {LONGEST >> 20} MiB")

    def _more(self, lines: list[str]) -> bool:
        """Read one more line; say whether there was one."""
        found = self._text.lines(1)
        lines += found
        return bool(found)

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


def has_odd_quotes(text: str) -> bool:
    """Say whether there is a quote that has no other."""
    import numpy as np

    data = np.frombuffer(text.encode(errors="replace"), "u1")  # there may be many of them
    return bool(np.count_nonzero(data == ord('"')) % 2)


def well_quoted(data: bytes, delimiter: str) -> bool:
    """Say whether each quote begins or ends a field, or is doubled inside one."""
    if b'"' not in data:
        return True
    import numpy as np

    text = np.frombuffer(b"\n%b\n" % data, "u1")
    places = np.flatnonzero(text == ord('"'))
    edges = np.zeros(256, bool)
    edges[[ord(mark) for mark in (delimiter, "\n", "\r", '"')]] = True
    opening, closing = text[places[::2] - 1], text[places[1::2] + 1]
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

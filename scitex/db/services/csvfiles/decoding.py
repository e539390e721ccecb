"""The text of a file, a few lines or a large piece at a time."""

from __future__ import annotations

import codecs
import io
import itertools
import re
from collections.abc import Iterator
from typing import BinaryIO

from scitex.db.domain.errors import DataError

_SIZE = 1 << 20  # bytes that are read at a time


class Text:
    r"""
    The lines of a file, which end with ``\n``, ``\r\n`` or ``\r``, as they are.

    Parameters
    ----------
    file : binary file
        Is read from where it is, and stays open.
    encoding : str

    Attributes
    ----------
    line : int
        The number of the next line, counted from 1.
    """

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._read = getattr(file, "read1", file.read)  # what is there, without waiting for more
        self._encoding = encoding
        self._decode = codecs.getincrementaldecoder(encoding)().decode
        self._rest = ""  # of a line whose end has not been read
        self._lines: Iterator[str] = iter(())
        self.line = 1

    def lines(self, count: int) -> list[str]:
        """
        Return the next lines, fewer at the end.

        Raises
        ------
        DataError
            If one is not in the encoding.
        """
        found = list(itertools.islice(self._lines, count))
        self.line += len(found)
        while len(found) < count and (text := self._piece()):
            self._lines = io.StringIO(text, newline="")
            some = list(itertools.islice(self._lines, count - len(found)))
            self.line += len(some)
            found += some
        return found

    def piece(self, size: int) -> str:
        """Return lines of that many characters at least, fewer at the end; raise as `lines`."""
        parts = [*self._lines]
        self.line += len(parts)
        size -= sum(map(len, parts))
        while size > 0 and (text := self._piece()):
            parts.append(text)
            self.line += _count(text)
            size -= len(text)
        return "".join(parts)

    def put_back(self, text: str) -> None:
        """Give back whole lines, the last that were returned."""
        lines = list(io.StringIO(text, newline=""))
        self.line -= len(lines)
        self._lines = itertools.chain(lines, self._lines)

    def _piece(self) -> str:
        """Read whole lines; nothing at the end."""
        while True:
            try:
                raw = self._read(max(_SIZE, len(self._rest)))
                if raw is None:
                    raise BlockingIOError("the file has nothing more at the moment")
                text = self._rest + self._decode(raw, not raw)
            except UnicodeError as error:
                raise self._undecoded(error) from error
            # Behind a carriage return that comes last there may be a line feed.
            end = 1 + (text.rfind("\n") if "\n" in text else text.rfind("\r", 0, -1))
            if not raw:
                end = len(text)
            self._rest = text[end:]
            if end or not raw:
                return text[:end]

    def _undecoded(self, error: UnicodeError) -> DataError:
        line = self.line + len(re.findall("\r\n|\r|\n", self._rest))
        if isinstance(error, UnicodeDecodeError):
            line += len(re.findall(rb"\r\n|\r|\n", error.object[: error.start]))
        return DataError(
            f"line {line} is not {getattr(error, 'encoding', self._encoding)}: {error}",
            hint="name the file's encoding: encoding='cp1252', 'latin-1', 'utf-16', ...; "
            "a file that is open for text has its own",
        )


def _count(text: str) -> int:
    """Count lines; the last may have no end."""
    ends = text.count("\n")
    if "\r" in text:
        ends += text.count("\r") - text.count("\r\n")
    return ends + (not text.endswith(("\n", "\r")))

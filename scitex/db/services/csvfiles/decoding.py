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
# Characters; a few bytes of a compressed file may stand for a line that fills all memory.
LONGEST = 1 << 26


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
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._rest: list[str] = []  # of a line whose end has not been read
        self._waiting = 0  # characters of it
        self._lines: Iterator[str] = iter(())
        self.line = 1

    def lines(self, count: int) -> list[str]:
        """
        Return the next lines, fewer where they are very long, and none at the end.

        Raises
        ------
        DataError
            If one is not in the encoding, or has no end.
        """
        found = list(itertools.islice(self._lines, count))
        self.line += len(found)
        size = 0
        while len(found) < count and size < LONGEST and (text := self._piece()):
            size += len(text)
            self._lines = io.StringIO(text, newline="")
            some = list(itertools.islice(self._lines, count - len(found)))
            self.line += len(some)
            found += some
        return found

    def piece(self, size: int) -> str:
        """Return lines of that many characters at least, fewer at the end; raise as `lines`."""
        parts = [*self._lines]
        self._lines = iter(())  # else what is put back would hang on all that was before
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
            text, more = self._decoded()
            if text[:1] == "\n" or not more:  # a carriage return may have come last
                text, self._rest, self._waiting = "".join([*self._rest, text]), [], 0
            # Behind a carriage return that comes last there may be a line feed.
            end = 1 + (text.rfind("\n") if "\n" in text else text.rfind("\r", 0, -1))
            if not more:
                end = len(text)
            whole = "".join([*self._rest, text[:end]]) if end else ""
            if end:
                self._rest, self._waiting = [], 0
            self._rest.append(text[end:])
            self._waiting += len(text) - end
            if self._waiting > LONGEST:
                raise self._endless()
            if end or not more:
                return whole

    def _decoded(self) -> tuple[str, bool]:
        """Read what is there; say whether there may be more."""
        before, raw = self._decoder.getstate(), b""
        try:
            raw = self._read(max(_SIZE, self._waiting))
            if raw is None:
                raise BlockingIOError("the file has nothing more at the moment")
            return self._decoder.decode(raw, not raw), bool(raw)
        except UnicodeError as error:
            raise self._undecoded(error, before, raw) from error

    def _endless(self) -> DataError:
        return DataError(
            f"line {self.line} is longer than {LONGEST >> 20} MiB",
            hint="is it CSV, and its lines end with a line feed? a large value belongs into "
            "store_blob() or store_array()",
        )

    def _undecoded(self, error: UnicodeError, before: tuple[bytes, int], raw: bytes) -> DataError:
        """Make the error that names the line, from what can be decoded before the wrong byte."""
        good = ""
        if isinstance(error, UnicodeDecodeError) and raw:
            self._decoder.setstate(before)
            marks = len(before[0]) + len(raw) - len(error.object)  # those of the encoding itself
            good = self._decoder.decode(raw[: max(error.start - len(before[0]) + marks, 0)])
        line = self.line + len(re.findall("\r\n|\r|\n", "".join(self._rest) + good))
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

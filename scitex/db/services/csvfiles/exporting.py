"""Writing a table's records, or a query's rows, as CSV."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

import attrs

from scitex.db.domain.csvform import CsvForm
from scitex.db.domain.errors import DataError
from scitex.db.domain.pieces import Piece
from scitex.db.ports.files import Files
from scitex.db.ports.storage import Storage
from scitex.db.services.asking import Chosen
from scitex.db.services.csvfiles import places
from scitex.db.services.csvfiles.spelling import Speller
from scitex.db.services.progress import Progress, reporting


@attrs.frozen
class Manner:
    """
    How a file is written.

    Attributes
    ----------
    delimiter, null : str
    encoding : str
    header : bool
        Whether the first line has the columns' names.
    formulas : bool
        Whether texts that a spreadsheet would run get an apostrophe in front.
    form : CsvForm
        The delimiter, and what stands for a missing value.
    """

    delimiter: str = ","
    null: str = ""
    encoding: str = attrs.field(default="utf-8", converter=places.encoding_of)
    header: bool = True
    formulas: bool = False
    form: CsvForm = attrs.field(init=False)

    @form.default
    def _form(self) -> CsvForm:
        return CsvForm(self.delimiter, self.null)


@attrs.frozen
class Export:
    """
    What is written, and where.

    Attributes
    ----------
    chosen : Chosen
    place : path, "-" or file
    manner : Manner
    """

    chosen: Chosen
    place: places.Place
    manner: Manner

    def write(self, storage: Storage, files: Files, *, progress: Progress = False) -> int:
        """
        Write what is asked for; return how many rows there were.

        Raises
        ------
        DataError
            If a text has a character that the encoding has not.
        Error
            As `Storage.unload`; a file that was there is as it was then.
        """
        manner = self.manner
        asked, values = self.chosen
        with (
            reporting(progress, total=None, what="export") as report,
            places.writing(self.place, manner.encoding, storage, files) as file,
        ):
            try:
                if not manner.formulas:
                    done = storage.unload_csv(
                        asked,
                        values=values,
                        file=file,
                        form=manner.form,
                        header=manner.header,
                    )
                    if done is not None:
                        report(done)
                        return done
                lines = _Lines(file, manner, report)
                storage.unload(asked, values=values, take=lines.take)
            except UnicodeEncodeError as error:
                lacking = error.object[error.start : error.end]
                raise DataError(
                    f"{lacking!r} is not in {_codec(error, manner.encoding)}",
                    hint="UTF-8 has every character: leave encoding= out, or open the file in it",
                ) from error
        return lines.rows


class _Lines:
    """What takes the pieces of a result and writes their lines."""

    def __init__(self, file: BinaryIO, manner: Manner, report: Callable[[int], object]) -> None:
        self._file = file
        self._speller = Speller(manner.form, formulas=manner.formulas)
        self._header = manner.header
        self._report = report
        self.rows = 0

    def take(self, piece: Piece) -> None:
        """Write a piece, behind the header if it is the first."""
        if self._header:
            self._file.write(self._speller.header(piece.names))
            self._header = False
        self._file.write(self._speller.lines(piece))
        self.rows += piece.rows
        self._report(piece.rows)


def _codec(error: UnicodeEncodeError, asked: str) -> str:
    """Return the encoding that lacks a character: one that was asked for, or a file's own."""
    return asked if error.encoding == "charmap" else error.encoding

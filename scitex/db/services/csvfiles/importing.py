"""Reading CSV into a table, all of it or nothing."""

from __future__ import annotations

import contextlib
import shutil
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, BinaryIO

import attrs

from scitex.db.domain.capabilities import Capability
from scitex.db.domain.csvform import CsvForm
from scitex.db.domain.declarations import column_declared, table_declared
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    IntegrityError,
    NotNullError,
    SchemaError,
)
from scitex.db.domain.misfit import Misfit
from scitex.db.domain.pieces import CsvColumns, Values, length
from scitex.db.domain.tables import ColumnSpec, TableSpec
from scitex.db.domain.values import refused
from scitex.db.ports.files import Files
from scitex.db.ports.storage import Storage
from scitex.db.services.ahead import ahead
from scitex.db.services.csvfiles import places
from scitex.db.services.csvfiles.converting import Converter
from scitex.db.services.csvfiles.inferring import Guess
from scitex.db.services.csvfiles.lines import Block, line_of, well_quoted
from scitex.db.services.csvfiles.quick import Quick
from scitex.db.services.csvfiles.records import Manner, Records
from scitex.db.services.progress import Progress, reporting
from scitex.db.services.standing import standing
from scitex.db.services.transactions import Block as Transaction

_PIECE = 20_000  # records that are handed on at a time
_PIECE_TEXT = 4 << 20  # characters of those, however few they are
_TEXT_KEPT = 4 * _PIECE_TEXT  # more than three pieces: the one in use, and those that are made
_OTHER_DELIMITERS = (";", "\t", "|", ",")


def load(
    storage: Storage,
    files: Files,
    table: str,
    place: places.Place,
    *,
    manner: Manner,
    progress: Progress = False,
) -> int:
    """
    Store the records of a file; return how many were written.

    Where the table is not there it is made, with types that the whole file tells.

    Raises
    ------
    DataError
        If a line is no CSV, or a text no value of its column: its line is told.
    ColumnNotFoundError, SchemaError
        If the names in the file are none of the table's, or come twice.
    Error
        As `insert_columns`, with the line.  Nothing is stored then.
    """
    with contextlib.ExitStack() as stack:
        file, encoding = stack.enter_context(
            places.reading(place, manner.encoding, storage, files)
        )
        manner = manner.in_encoding(encoding)
        report = stack.enter_context(reporting(progress, total=None, what=f"import into {table}"))
        stack.enter_context(Transaction(storage))
        if standing(storage, table):
            spec = storage.describe(table)
            _check_same(spec, manner)
        else:
            file = _seekable(file, files, stack)
            spec = _inferred(file, table, manner)
            storage.create_table(spec)
            file.seek(0)
        return Import(spec, manner, report).store(storage, manner.records(file))


def _check_same(spec: TableSpec, manner: Manner) -> None:
    """Refuse types and a key that a table has not, which was there before."""
    for name, word in manner.types.items():
        if spec.column(name).type.meaning != column_declared(name, word).column.type.meaning:
            raise SchemaError(
                f"column {name!r} of table {spec.name!r} is {spec.column(name).type}, not {word}",
                hint="types= is for a new table; leave it out, and the table's own types count",
            )
    if manner.key and set(manner.key) != set(spec.primary_key):
        raise SchemaError(
            f"the primary key of table {spec.name!r} is {spec.primary_key}, not {manner.key}",
            hint="key= is for a new table; leave it out",
        )


def _seekable(file: BinaryIO, files: Files, stack: contextlib.ExitStack) -> BinaryIO:
    """Return a file that can be read twice: this one, or a copy of what it gives."""
    if file.seekable() and file.tell() == 0:
        return file
    copy = stack.enter_context(files.scratch())
    try:
        shutil.copyfileobj(file, copy, 1 << 20)
    except UnicodeError as error:
        raise DataError(
            f"the file is not in the encoding that it was opened with: {error}",
            hint="open it with encoding='cp1252', 'latin-1', 'utf-16', ..., or give its path",
        ) from error
    copy.seek(0)
    return copy


def _inferred(file: BinaryIO, table: str, manner: Manner) -> TableSpec:
    """Read a whole file to tell its columns' types."""
    records = manner.records(file)
    names = records.names
    strangers = set(manner.types) - set(names)
    if strangers:
        raise ColumnNotFoundError(min(strangers), names, table=table)
    said = {name: column_declared(name, text) for name, text in manner.types.items()}
    keys = {*manner.key, *(name for name, column in said.items() if column.primary_key)}
    guesses = [Guess() for _ in names]
    for block in records.blocks():
        gone = (None,) if block.exact else manner.nulls
        for name, guess, texts in zip(names, guesses, zip(*block.rows, strict=True), strict=True):
            present = [text for text in texts if text not in gone]
            if name in keys and len(present) < len(texts):
                raise _keyless(table, records, name, block)
            guess.add(present)
    declared = {
        name: manner.types.get(name, guess.type)
        for name, guess in zip(names, guesses, strict=True)
    }
    return table_declared(table, declared, primary_key=manner.key)


def _keyless(table: str, records: Records, name: str, block: Block) -> NotNullError:
    """Make the error that a record has no key."""
    manner, place = records.manner, records.names.index(name)
    gone = (None,) if block.exact else manner.nulls
    row = next(number for number, record in enumerate(block.rows) if record[place] in gone)
    line = line_of(block, manner.delimiter, row, blanks=len(block.rows[0]) == 1)
    return NotNullError(
        f"line {line}: the key column {name!r} has no value", table=table, columns=(name,)
    )


class Import:
    """
    A file on its way into a table.

    Parameters
    ----------
    spec : TableSpec
    manner : Manner
    report : callable
        Is told how many records were stored.
    """

    def __init__(self, spec: TableSpec, manner: Manner, report: Callable[[int], object]) -> None:
        self._spec = spec
        self._manner = manner
        self._report = report
        # The last blocks that were read, with the place of their first record among all.
        self._recent: deque[tuple[int, Block]] = deque()
        self._recent_text = 0
        self._width = 0

    def store(self, storage: Storage, records: Records) -> int:
        """Store the records; return how many were written."""
        columns = self._columns(records.names)
        self._width = len(columns)
        pieces = self._pieces(records, columns)
        if Capability.REMOTE in storage.capabilities:  # it may work while the file is read
            pieces = ahead(pieces)
        with contextlib.closing(pieces):
            try:
                return storage.insert_columns(
                    self._spec.name,
                    records.names,
                    self._reported(pieces),
                    on_conflict=self._manner.on_conflict,
                    conflict_columns=self._manner.conflict_columns,
                )
            except (DataError, IntegrityError) as error:
                pieces.close()
                self._tell_line(error)
                raise

    def _columns(self, names: Sequence[str]) -> list[ColumnSpec]:
        """Return the columns that a file names."""
        known = self._spec.names
        strangers = [name for name in names if name not in known]
        if not strangers:
            return [self._spec.column(name) for name in names]
        others = [mark for mark in _OTHER_DELIMITERS if len(names) == 1 and mark in names[0]]
        error = ColumnNotFoundError(strangers[0], known, table=self._spec.name)
        if others:
            error.hint = f"is the delimiter {others[0]!r}? pass delimiter={others[0]!r}"
        raise error

    def _pieces(self, records: Records, columns: list[ColumnSpec]) -> Generator[Sequence[Values]]:
        """Yield the values by column, some records at a time."""
        converters = [Converter(column, self._manner.nulls) for column in columns]
        form = self._manner.form
        quick = Quick.of(records.names, converters, form) if self._manner.has_form else None
        piece, done = _Piece(self._manner, converters), 0
        for block in records.quick_blocks(quick):
            self._remember(done, block)
            done += block.count
            usual = all(converter.usual for converter in converters)  # of what `quick` has read
            if piece.is_full or (piece.rows and block.columns is not None):
                yield piece.columns()
                piece = _Piece(self._manner, converters)
            if block.columns is None:
                piece.add(block, list(self._converted(converters, block)))
            elif usual:
                yield _with_lines(block.columns, block.text, converters, form)
            else:
                yield block.columns
        if piece.rows:
            yield piece.columns()

    def _remember(self, start: int, block: Block) -> None:
        """Keep the text of the last blocks, for errors that name a line."""
        self._recent.append((start, attrs.evolve(block, rows=[], columns=None)))
        self._recent_text += len(block.text)
        while self._recent_text > _TEXT_KEPT and len(self._recent) > 1:
            _, old = self._recent.popleft()
            self._recent_text -= len(old.text)

    def _converted(self, converters: list[Converter], block: Block) -> Iterator[Sequence[Any]]:
        """Yield each column's values."""
        for converter, texts in zip(converters, zip(*block.rows, strict=True), strict=True):
            try:
                yield converter.values(texts, exact=block.exact)
            except Misfit:
                raise self._refused(converter, texts, block) from None

    def _refused(self, converter: Converter, texts: Sequence[Any], block: Block) -> DataError:
        """Make the error that names the line, the column and the text."""
        found = converter.first_misfit(texts, exact=block.exact)
        assert found is not None  # noqa: S101 - one of them was a misfit
        place, misfit = found
        column = converter.column
        error = refused(
            misfit, texts[place], table=self._spec.name, column=column.name, type=column.type
        )
        error.message = f"line {self._line(block, place)}: {error.message}"
        return error

    def _line(self, block: Block, row: int) -> int:
        return line_of(block, self._manner.delimiter, row, blanks=self._width == 1)

    def _tell_line(self, error: DataError | IntegrityError) -> None:
        """Say in an error the line of the record that it speaks of."""
        row = error.row
        if row is None:
            return
        for start, block in reversed(self._recent):
            if start <= row:
                line = self._line(block, row - start)
                error.message = error.message.replace(f"record {row}", f"line {line}", 1)
                return

    def _reported(self, pieces: Iterator[Sequence[Values]]) -> Iterator[Sequence[Values]]:
        for piece in pieces:
            yield piece
            self._report(length(piece[0]))


class _Piece:
    """
    Some records by column, as they gather.

    Parameters
    ----------
    manner : Manner
    converters : list of Converter

    Attributes
    ----------
    rows : int
    size : int
        Characters of their lines.
    """

    def __init__(self, manner: Manner, converters: list[Converter]) -> None:
        self._converters = converters
        self._lists: list[list[Any]] = [[] for _ in converters]
        self._form = manner.form
        self._usual = manner.has_form
        self._texts: list[str] = []
        self.rows = self.size = 0

    def add(self, block: Block, converted: list[Sequence[Any]]) -> None:
        """Take the records of a block, as values by column."""
        self._usual &= block.whole and all(converter.usual for converter in self._converters)
        for into, values in zip(self._lists, converted, strict=True):
            into.extend(values)
        self._texts.append(block.text)
        self.rows += len(block.rows)
        self.size += len(block.text)

    @property
    def is_full(self) -> bool:
        """Whether there are as many as are handed on at a time."""
        return self.rows >= _PIECE or self.size >= _PIECE_TEXT

    def columns(self) -> Sequence[Values]:
        """Return all of them, with what gives their lines."""
        if not self._usual:
            return self._lists
        return _with_lines(self._lists, "".join(self._texts), self._converters, self._form)


def _with_lines(
    columns: Sequence[Values], text: str, converters: Sequence[Converter], form: CsvForm
) -> CsvColumns:
    """Return columns with what gives the lines, where every engine reads the same in them."""

    def lines() -> str | None:
        if not well_quoted(text.encode(errors="replace"), form.delimiter):
            return None
        pairs = zip(converters, columns, strict=True)
        return text if all(converter.alike(values) for converter, values in pairs) else None

    return CsvColumns(columns, lines, form)

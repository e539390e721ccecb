"""The records of a CSV file: what its header names, and rows of just as many fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import attrs

from scitex.db.domain.csvform import CsvForm
from scitex.db.domain.errors import DataError, InterfaceError, SchemaError
from scitex.db.domain.names import identifiers
from scitex.db.domain.queries import OnConflict
from scitex.db.services.csvfiles import places
from scitex.db.services.csvfiles.lines import Block, Reader, Row, line_of
from scitex.db.services.csvfiles.quick import SIZE, Quick


def _nulls(given: object) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,)
    found: tuple[Any, ...] = tuple(given) if isinstance(given, Iterable) else (given,)
    if not found:
        raise InterfaceError("null= is empty", hint="name a text for missing values: null='NA'")
    return found


def _types(given: object) -> Mapping[str, str]:
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(x, str) for x in given.values()):
        raise InterfaceError(
            f"types={given!r} names no types of columns", hint='pass {"zip": "TEXT"}'
        )
    return given


def _names(given: object) -> tuple[str, ...] | None:
    return None if given is None else identifiers(given)  # type: ignore[arg-type]  # it checks


@attrs.frozen
class Manner:
    """
    How a file is read.

    Attributes
    ----------
    delimiter : str
    nulls : tuple of str
        What stands for a missing value where it is not quoted.
    encoding : str
    header : bool
        Whether the first line has the columns' names.
    names : tuple of str or None
        The columns' names, instead of those in the header.
    types : mapping of str to str
        Declarations of columns of a new table.
    key : tuple of str
        A new table's primary key.
    on_conflict : {"error", "ignore", "update"}
    conflict_columns : tuple of str
    """

    delimiter: str = ","
    nulls: tuple[str, ...] = attrs.field(default="", converter=_nulls)
    encoding: str = attrs.field(default="utf-8-sig", converter=places.encoding_of)
    header: bool = True
    names: tuple[str, ...] | None = attrs.field(default=None, converter=_names)
    types: Mapping[str, str] = attrs.field(factory=dict, converter=_types)
    key: tuple[str, ...] = attrs.field(default=(), converter=identifiers)
    on_conflict: OnConflict = "error"
    conflict_columns: tuple[str, ...] = attrs.field(default=(), converter=identifiers)

    def __attrs_post_init__(self) -> None:
        for null in self.nulls:
            CsvForm(self.delimiter, null)
        if not self.header and self.names is None:
            raise InterfaceError(
                "the file has no header, and nothing names its columns",
                hint="name them in their order: names=[...]",
            )

    @property
    def form(self) -> CsvForm:
        """The same as an engine would be told; of several texts for NULL the first."""
        return CsvForm(self.delimiter, self.nulls[0])

    @property
    def has_form(self) -> bool:
        """Whether `form` tells all of it."""
        return len(self.nulls) == 1

    def in_encoding(self, encoding: str) -> Manner:
        """Return the same manner for a file in another encoding."""
        return attrs.evolve(self, encoding=encoding)

    def records(self, file: BinaryIO) -> Records:
        """Read a file from where it is; it stays open."""
        reader = Reader(file, self.encoding, delimiter=self.delimiter, nulls=self.nulls)
        return Records(reader, self)


class Records:
    """
    The records of a file behind its header, each of as many fields as there are names.

    Parameters
    ----------
    reader : Reader
    manner : Manner

    Attributes
    ----------
    manner : Manner
    names : tuple of str

    Raises
    ------
    DataError
        If there is no header.
    SchemaError
        If it names a column twice, or not at all.
    """

    def __init__(self, reader: Reader, manner: Manner) -> None:
        self._reader = reader
        self.manner = manner
        header = self._header() if manner.header else ()
        self.names = manner.names or header
        if manner.names and manner.header and len(header) != len(manner.names):
            raise SchemaError(
                f"the header has {len(header)} columns, and names= has {len(manner.names)}",
                hint="name every column of the file, or pass header=False if it has no header",
            )
        twice = sorted({name for name in self.names if self.names.count(name) > 1})
        if twice:
            raise SchemaError(
                f"the header names {twice[0]!r} twice",
                hint="rename one of the columns in the file, or name them all: names=[...]",
            )
        if "" in self.names:
            place = self.names.index("") + 1
            raise SchemaError(
                f"column {place} of the file has no name in the header",
                hint="name it in the file, or name all columns: names=[...]",
            )

    def _header(self) -> tuple[str, ...]:
        """Read the names; blank lines before them are none."""
        for block in self._reader.blocks(1):
            for row in block.rows:
                if row:
                    return tuple(self.manner.nulls[0] if name is None else name for name in row)
        raise DataError(
            "the file is empty: there is no header",
            hint="a file has one line with the columns' names at least",
        )

    def quick_blocks(self, quick: Quick | None) -> Iterator[Block]:
        """
        Yield the records, blank lines left out, by column where `quick` reads them.

        Raises
        ------
        DataError
            As `blocks`.
        """
        reader = self._reader
        start = reader.line
        while quick is not None and len(text := reader.piece(SIZE)) >= SIZE:
            columns = quick.columns(text)
            if columns is not None:
                yield Block([], exact=True, text=text, line=start, columns=columns)
            else:
                end = reader.line
                reader.put_back(text)
                yield from self._blocks_until(end)
            start = reader.line
        if quick is not None:
            reader.put_back(text)
        yield from self.blocks()

    def _blocks_until(self, line: int) -> Iterator[Block]:
        """Yield the records that begin before a line."""
        for block in self.blocks():
            yield block
            if self._reader.line >= line:
                break

    def blocks(self) -> Iterator[Block]:
        """
        Yield the records, blank lines left out.

        Raises
        ------
        DataError
            If a record has too few fields or too many.
        """
        width = len(self.names)
        for block in self._reader.blocks():
            if set(map(len, block.rows)) == {width}:
                yield block
                continue
            filled = self._filled(block, width)
            if filled:
                yield attrs.evolve(block, rows=filled, whole=False)

    def _filled(self, block: Block, width: int) -> list[Row]:
        """Leave blank lines out, which are a missing value where there is one column."""
        for place, row in enumerate(block.rows):
            if len(row) not in {0, width}:
                raise self._ragged(block, place, len(row))
        if width == 1:
            nothing = None if block.exact and "" in self.manner.nulls else ""
            return [row or [nothing] for row in block.rows]
        return [row for row in block.rows if row]

    def _ragged(self, block: Block, place: int, found: int) -> DataError:
        line = line_of(block, self.manner.delimiter, place, blanks=True)
        count = "1 field" if found == 1 else f"{found} fields"
        wanted = "1 column" if len(self.names) == 1 else f"{len(self.names)} columns"
        return DataError(
            f"line {line} has {count} for {wanted}: {_listed(self.names)}",
            hint="mend the line; a field that holds the delimiter is quoted",
        )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")

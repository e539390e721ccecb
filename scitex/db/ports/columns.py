"""The promise to take and give whole columns, for what is too much to go record by record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO, Protocol

from scitex.db.domain.csvform import CsvForm
from scitex.db.domain.pieces import Piece
from scitex.db.domain.pieces import Values as ColumnValues
from scitex.db.domain.queries import OnConflict, Query
from scitex.db.domain.sql.sqltext import Parameters

Asked = Query | str
Given = Parameters


class Columns(Protocol):
    """
    Somewhere that records go to, and come from, a column at a time.

    What is asked for is a `Query`, or SQL text that only reads.  Raises as `select` and `query`
    do.  Every result has at least one piece, which names its columns.
    """

    def insert_columns(
        self,
        table: str,
        columns: tuple[str, ...],
        pieces: Iterable[Sequence[ColumnValues]],
        *,
        on_conflict: OnConflict = "error",
        conflict_columns: tuple[str, ...] = (),
    ) -> int:
        """
        Store records, all or none; return how many were written.

        Each piece has the values of each of `columns`, all of one length; moments may come
        packed.  Otherwise as `insert_many`: an error's ``row`` is the record's place among all.
        """
        ...

    def unload(
        self, asked: Asked, *, values: Given = None, take: Callable[[Piece], object]
    ) -> None:
        """Give all rows, piece by piece, to `take`; memory does not grow with their number."""
        ...

    def pages(self, asked: Asked, *, values: Given = None, rows: int) -> Iterator[Piece]:
        """
        Yield all rows in pieces of `rows`, as they were when the first was asked for.

        Memory does not grow with their number, and the caller's loop may write.
        """
        ...

    def unload_csv(
        self, asked: Asked, *, values: Given = None, file: BinaryIO, form: CsvForm, header: bool
    ) -> int | None:
        """
        Write all rows as lines of CSV, if the engine can do so by itself; return how many.

        The lines are those that `scitex.db.services.csvfiles` makes of the same rows, with a
        header where asked for.  Where the engine cannot, nothing is written and None is returned.
        """
        ...

"""Reading one table by several workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Self, overload

import attrs

from scitex.db.domain.errors import InterfaceError, TransactionStateError, UnsupportedFeatureError
from scitex.db.domain.predicates import Predicate
from scitex.db.domain.queries import Query, Where, given, select_query, whole_number
from scitex.db.domain.rows import Record
from scitex.db.domain.shapes import filled
from scitex.db.domain.splitting import Range
from scitex.db.ports.elsewhere import Place
from scitex.db.ports.files import Files
from scitex.db.ports.storage import Storage

if TYPE_CHECKING:
    import pandas as pd

Opening = Callable[[Storage, Files], Any]


@attrs.frozen(kw_only=True)
class TablePart:
    """
    Part of a table, which a worker opens and reads by itself.

    It can be pickled; a password stays behind.  A worker of another machine finds it as libpq
    does, in `PGPASSWORD` or `~/.pgpass`, or is given it.

    Attributes
    ----------
    table : str
    columns : tuple of str or None
        Those that are read; all by default.
    range : Range
        Which values of which column are in it: `range.column`, `range.start`, `range.stop`.
    where : Predicate or None
        Which records: those of the range that were asked for.

    Examples
    --------
    >>> [part.count() for part in db.partitions("users", n=4)]
    [1]
    """

    table: str
    columns: tuple[str, ...] | None
    range: Range
    where: Predicate | None
    _place: Place[Storage] = attrs.field(repr=False)
    _files: Files = attrs.field(repr=False)
    _opening: Opening = attrs.field(repr=False)

    @contextmanager
    def open(self, *, password: str | None = None) -> Iterator[Any]:
        """
        Open the database for reading, at the state that is meant.

        Parameters
        ----------
        password : str, optional
            Where neither libpq nor the process that made this part knows it.

        Yields
        ------
        Database
            Read-only, for the thread that opened it, and closed at the end of the block; one
            in memory is given itself.

        Raises
        ------
        OperationalError
            If it cannot be reached, or the state that is meant was let go of.
        """
        with self._place.opened(password=password) as storage:
            yield self._opening(storage, self._files)

    def select(self, *, password: str | None = None) -> list[Record]:
        """Return its records, as `Database.select` does."""
        with self.open(password=password) as db:
            found: list[Record] = db.select(self.table, self.columns, self.where)
            return found

    def iter_select(self, *, password: str | None = None) -> Iterator[Record]:
        """Yield its records without holding them all, as `Database.iter_select` does."""
        with self.open(password=password) as db:
            yield from db.iter_select(self.table, self.columns, self.where)

    def to_dataframe(self, *, password: str | None = None) -> pd.DataFrame:
        """Return its records as a DataFrame, as `Database.to_dataframe` does."""
        with self.open(password=password) as db:
            frame: pd.DataFrame = db.to_dataframe(self.table, self.columns, self.where)
            return frame

    def to_arrow(self, *, password: str | None = None) -> Any:
        """Return its records as a `pyarrow.Table`, as `Database.to_arrow` does."""
        with self.open(password=password) as db:
            return db.to_arrow(self.table, self.columns, self.where)

    def count(self, *, password: str | None = None) -> int:
        """Return how many records it has."""
        with self.open(password=password) as db:
            found: int = db.count(self.table, self.where)
            return found


class TableParts(Sequence[TablePart]):
    """
    The parts of a table, in the order of the column; each record is in one of them.

    Parameters
    ----------
    parts : sequence of TablePart
    held : ExitStack
        What keeps the state that they show.

    Examples
    --------
    >>> db.partitions("users", n=4)
    <TableParts all of id>
    """

    def __init__(self, parts: Sequence[TablePart], held: ExitStack) -> None:
        self._parts = tuple(parts)
        self._held = held

    @overload
    def __getitem__(self, index: int) -> TablePart: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[TablePart]: ...
    def __getitem__(self, index: int | slice) -> TablePart | Sequence[TablePart]:
        return self._parts[index]

    def __len__(self) -> int:
        return len(self._parts)

    def __repr__(self) -> str:
        return f"<TableParts {', '.join(str(part.range) for part in self._parts)}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the state that the parts show; without ``snapshot=True`` there is none."""
        self._held.close()


class Parts:
    """The chapter on reading by several workers."""

    storage: Storage
    files: Files
    _opening: Opening  # of `Database`, which a pickled part finds by its name

    def partitions(
        self,
        table: str,
        on: str | None = None,
        n: int = 8,
        *,
        columns: str | Iterable[str] | None = None,
        where: Where = None,
        snapshot: bool = False,
    ) -> TableParts:
        """
        Cut a table into parts that workers of Dask, Ray, joblib or multiprocessing read.

        Parameters
        ----------
        table : str
        on : str, optional
            The column whose values cut it; the primary key by default.  An index on it pays.
        n : int, default 8
            How many parts are wanted; there are fewer where there are not as many values.
        columns : str or iterable of str, optional
            The columns that are read; all by default.
        where : mapping or predicate, optional
            Which records; all by default.
        snapshot : bool, default False
            Whether all parts show the state of this moment, whatever is written meanwhile
            (PostgreSQL).  It is kept until `close()`, or the end of a ``with`` block.

        Returns
        -------
        TableParts
            A sequence of `TablePart`.

        Raises
        ------
        TableNotFoundError, ColumnNotFoundError
        InterfaceError
            If `n` is no number from 1 up, `where` is text, or no column is named and the table
            has no primary key of one column.
        SchemaError
            If the column's values have no order, or the engine does not take them back.
        TransactionStateError
            Inside a transaction, of which workers see nothing.
        UnsupportedFeatureError
            If the engine shows no state of a moment to others; when a part is pickled, if it is
            of a database in memory.

        Notes
        -----
        Numbers and moments are cut into ranges of the same length, for which the least and the
        greatest are looked up; other values into parts of as many records, for which the column
        is read `n` times.  Without `snapshot`, what is written meanwhile may be seen by a part
        that is read later; no record is in two parts, unless its value of the column changes.
        While a snapshot is kept, the table is neither altered nor dropped, nor is a part of it
        (`drop_partition`): who asks for that waits, and gets a `LockedError` after ``timeout``.

        Examples
        --------
        >>> parts = db.partitions("users", on="id", n=2)
        >>> sum(len(part.to_dataframe()) for part in parts)
        1
        """
        from scitex.db.services import splitting

        condition = given(where)
        order: Any = {"order_by": None, "limit": None, "offset": None}
        asked = select_query(table, columns=columns, condition=condition.condition, **order)
        count = whole_number(n, "n")
        if not count:
            raise InterfaceError(f"n must be a whole number from 1 up, not {n!r}")
        if self.storage.depth:
            raise TransactionStateError(
                "partitions() was called inside a transaction, of which workers see nothing yet",
                hint="commit first",
            )
        with ExitStack() as stack:
            if snapshot and self.storage.distribution(table) is not None:
                raise UnsupportedFeatureError(
                    f"table {table!r} is kept by nodes of a cluster, of which there is no common "
                    "snapshot",
                    hint="leave snapshot=True out and let nobody write meanwhile, or copy the "
                    "table first",
                )
            place = stack.enter_context(self.storage.elsewhere(snapshot=snapshot))
            storage = stack.enter_context(place.opened()) if snapshot else self.storage
            column = splitting.column_of(storage, table, on, columns=asked.columns)
            ranges = splitting.split(storage, table, column, condition, count=count)
            parts = [self._part(asked, each, condition.values, place) for each in ranges]
            return TableParts(parts, stack.pop_all() if snapshot else ExitStack())

    def _part(self, asked: Query, values: Range, params: Any, place: Place[Storage]) -> TablePart:
        shape: Any = asked.where  # text was refused before
        where = None if shape is None else filled(shape, params)
        meant = [each for each in (where, values.condition) if each is not None]
        return TablePart(
            table=asked.table,
            columns=asked.columns,
            range=values,
            where=meant[0] & meant[1] if len(meant) == 2 else (meant[0] if meant else None),
            place=place,
            files=self.files,
            opening=self._opening,
        )

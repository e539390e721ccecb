"""Finding records: select, count, exists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from scitex.db.domain.queries import OrderBy, Query, Where, given, select_query
from scitex.db.domain.rows import Record, Rows
from scitex.db.domain.sql.sqltext import Parameters
from scitex.db.ports.storage import Storage

_REMEMBERED = 512  # selects whose checked arguments are kept


class Reading:
    """The chapter on finding records."""

    storage: Storage
    _queries: dict[tuple[object, ...], Query]

    def select(
        self,
        table: str,
        columns: str | Iterable[str] | None = None,
        where: Where = None,
        params: Parameters = None,
        order_by: OrderBy = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> list[Record]:
        """
        Return records as dicts.

        Parameters
        ----------
        table : str
        columns : str or iterable of str, optional
            The columns wanted, in that order; all by default.
        where : str, mapping or predicate, optional
            Which records: SQL text (``"score > ?"``), a mapping (``{"name": "Alice"}``:
            equality, IN for a list, IS NULL for None), or a predicate
            (``col("score") > 80``, ``col("config")["lr"] > 0.1``).  All by default.
        params : sequence or mapping, optional
            The values of ``?`` or ``:name`` in a text.
        order_by : str, list or term, optional
            ``"score DESC, name"``, a list of such, or ``col("score").desc()``; NULLs come last
            and text is sorted by code point.  Other text is the engine's own SQL.
        limit, offset : int, optional
            The most records wanted, and how many to pass over first.

        Returns
        -------
        list of dict
            In no order unless `order_by` is given; empty where nothing is found.

        Raises
        ------
        TableNotFoundError, ColumnNotFoundError
            If a name is not there.
        UnsafeFragmentError
            If a text could leave its clause.
        ParameterError
            If placeholders and `params` do not match.
        DataError
            If a value can never be in the column that it is compared with.
        InterfaceError
            If `limit` or `offset` is not a whole number from 0 up, of 64 bits.

        Examples
        --------
        >>> db.select("users", columns=["name"], where="score > ?", params=[80])
        [{'name': 'Alice'}]
        """
        query, values = self._query(table, (columns, order_by, limit, offset), where, params)
        return Rows(self.storage.select(query, values=values))

    def iter_select(
        self,
        table: str,
        columns: str | Iterable[str] | None = None,
        where: Where = None,
        params: Parameters = None,
        order_by: OrderBy = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> Iterator[Record]:
        """
        Yield records as dicts, without holding them all.

        The parameters are those of `select`.

        Yields
        ------
        dict

        Raises
        ------
        Error
            As `select`, when the first record is asked for.

        Notes
        -----
        The records are those that were there when the first was asked for, and any thread may ask
        for the next.  Memory stays flat, and the loop may write to the same table.  Outside a
        transaction the records come over a connection of their own, which a loop that is left
        early gives back when the iterator is closed or forgotten; on PostgreSQL that one has no
        temporary tables, and where the name means another table there, it is refused
        (`ProgrammingError`).  Inside a transaction the records are read to the end when it ends,
        and come from memory then.

        Examples
        --------
        >>> [user["name"] for user in db.iter_select("users", order_by="name")]
        ['Alice']
        """
        query, values = self._query(table, (columns, order_by, limit, offset), where, params)
        return self.storage.stream(query, values=values)

    def _query(
        self,
        table: str,
        shape: tuple[Any, Any, Any, Any],
        where: Where,
        params: Parameters,
    ) -> tuple[Query, Any]:
        """Read a select's arguments; the checked query is kept for the next such call."""
        found = given(where, params)
        columns, order_by, limit, offset = shape
        if type(columns) is list:
            columns = tuple(columns)
        if order_by.__class__ is list:
            order_by = tuple(order_by)
        kinds = (limit.__class__, offset.__class__)  # True is equal to 1, and no limit
        asked_for = (table, columns, found.condition, order_by, limit, offset, kinds)
        try:
            return self._queries[asked_for], found.values
        except (KeyError, TypeError):  # TypeError: an argument that cannot be hashed
            query = select_query(
                table,
                columns=columns,
                condition=found.condition,
                order_by=order_by,
                limit=limit,
                offset=offset,
            )
        self._remember(asked_for, query)
        return query, found.values

    def _remember(self, asked_for: tuple[object, ...], query: Query) -> None:
        try:
            if len(self._queries) >= _REMEMBERED:
                self._queries.clear()
            self._queries[asked_for] = query
        except TypeError:
            return

    def count(self, table: str, where: Where = None, params: Parameters = None) -> int:
        """
        Count the records that meet a condition.

        Parameters
        ----------
        table : str
        where : str, mapping or predicate, optional
            As in `select`.
        params : sequence or mapping, optional
            The values of ``?`` or ``:name`` in a text.

        Returns
        -------
        int

        Raises
        ------
        Error
            As `select`.

        Examples
        --------
        >>> db.count("users", where={"name": "Alice"})
        1
        """
        found = given(where, params)
        return self.storage.count(table, where=found.condition, values=found.values)

    def exists(self, table: str, where: Where = None, params: Parameters = None) -> bool:
        """
        Say whether a record meets a condition.

        Parameters
        ----------
        table : str
        where : str, mapping or predicate, optional
            As in `select`; without it, whether the table has any record.
        params : sequence or mapping, optional
            The values of ``?`` or ``:name`` in a text.

        Returns
        -------
        bool

        Raises
        ------
        Error
            As `select`.

        Examples
        --------
        >>> db.exists("users", where="score > ?", params=[99])
        False
        """
        query, values = self._query(table, (None, None, 1, None), where, params)
        return bool(self.storage.select(query, values=values))

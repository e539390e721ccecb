"""Asking how a statement would be carried out."""

from __future__ import annotations

from collections.abc import Iterable

from scitex.db.domain.inspection.queryplans import QueryPlan
from scitex.db.domain.queries import OrderBy, Where
from scitex.db.domain.sql.sqltext import Parameters
from scitex.db.ports.storage import Storage
from scitex.db.services.asking import Narrowed
from scitex.db.services.inspection import explaining


class Inspect:
    """The chapter on looking into what the engine does."""

    storage: Storage

    def explain(
        self,
        query: str,
        params: Parameters = None,
        *,
        columns: str | Iterable[str] | None = None,
        where: Where = None,
        order_by: OrderBy = None,
        limit: int | None = None,
        analyze: bool = False,
    ) -> QueryPlan:
        """
        Return how the engine would carry a statement out, without running it.

        Parameters
        ----------
        query : str
            A SELECT, INSERT, UPDATE or DELETE, or a table's name: then what `select` would do
            with the arguments that follow.
        params : sequence or mapping, optional
            The values of ``?`` or ``:name``.
        columns, where, order_by, limit : optional
            As in `select`, where `query` is a table's name.
        analyze : bool, default False
            Whether the statement is run after all, and undone, so that the steps tell how many
            rows there were and how long they took.  PostgreSQL only.  What a statement does
            outside the database, and numbers that sequences gave out, is not undone.

        Returns
        -------
        QueryPlan
            It prints as the steps, the tables that are read whole, and the indexes that are used;
            ``full_scans``, ``indexes`` and ``to_dicts()`` give these as data, and iterating over
            it yields each step.

        Raises
        ------
        TableNotFoundError, ColumnNotFoundError
            If a name is not there.
        ProgrammingError
            If the statement has no plan (CREATE TABLE, PRAGMA), or is not understood.
        InterfaceError
            If a statement comes with `columns`, `where`, `order_by` or `limit`.
        UnsupportedFeatureError
            On the in-memory engine, and for `analyze` on SQLite.

        Notes
        -----
        Costs a look at the catalogue.  That a table is read whole is no fault where it is small,
        or most of it is wanted: PostgreSQL then leaves its indexes alone.

        Examples
        --------
        >>> print(db.explain("SELECT * FROM users WHERE id = ?", [1]))
        SEARCH users USING INTEGER PRIMARY KEY (rowid=?)
        uses: the primary key of users
        >>> db.explain("users", where={"name": "Alice"}).full_scans
        ('users',)
        """
        narrowed = Narrowed(columns, where, order_by, limit)
        return explaining.explain(self.storage, query, narrowed, params, analyze=analyze)

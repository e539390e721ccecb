"""DataFrames and Arrow tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, overload

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.queries import OrderBy, Where, whole_number
from scitex.db.domain.sql.sqltext import Parameters
from scitex.db.ports.storage import Storage
from scitex.db.services.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

    from scitex.db.services.asking import Chosen
    from scitex.db.services.frames.storing import IfExists


class Frames:
    """The chapter on DataFrames."""

    storage: Storage

    @overload
    def to_dataframe(
        self,
        table: str,
        columns: str | Iterable[str] | None = None,
        where: Where = None,
        params: Parameters = None,
        order_by: OrderBy = None,
        limit: int | None = None,
        chunksize: None = None,
    ) -> pd.DataFrame: ...
    @overload
    def to_dataframe(
        self,
        table: str,
        columns: str | Iterable[str] | None = None,
        where: Where = None,
        params: Parameters = None,
        order_by: OrderBy = None,
        limit: int | None = None,
        chunksize: int = ...,
    ) -> Iterator[pd.DataFrame]: ...
    def to_dataframe(
        self,
        table: str,
        columns: str | Iterable[str] | None = None,
        where: Where = None,
        params: Parameters = None,
        order_by: OrderBy = None,
        limit: int | None = None,
        chunksize: int | None = None,
    ) -> pd.DataFrame | Iterator[pd.DataFrame]:
        """
        Return records, or a query's rows, as a pandas DataFrame.

        Parameters
        ----------
        table : str
            A table's name, or a query: ``"SELECT ..."``, ``"WITH ..."``.
        columns, where, params, order_by, limit
            As in `select`; a query takes `params` only.
        chunksize : int, optional
            Rows of a frame; an iterator over frames is returned then, and memory stays flat.

        Returns
        -------
        DataFrame, or iterator of DataFrame
            The dtypes follow the declared types: INTEGER is ``int64``, and ``Int64`` where a
            value is missing; REAL ``float64``; BOOLEAN ``bool`` or ``boolean``; TEXT pandas'
            string type; TIMESTAMP ``datetime64[us]``, TIMESTAMPTZ the same in UTC; INTERVAL
            ``timedelta64[us]``; others are Python objects (dates, decimals, JSON as dicts and
            lists).  A query on SQLite has no declared types: its values tell.

        Raises
        ------
        Error
            As `select`, or as `query`.
        InterfaceError
            If `chunksize` is no number of rows, or a query comes with columns or a condition.

        Notes
        -----
        Reads whole columns: a third of the time of ``pandas.read_sql`` on PostgreSQL.

        Examples
        --------
        >>> db.to_dataframe("users", columns=["id", "name"], where="score > ?", params=[80])
           id   name
        0   1  Alice
        >>> db.to_dataframe("SELECT max(score) AS best FROM users")["best"].item()
        85.5
        """
        from scitex.db.services.frames import reading

        chosen = self._chosen(table, columns, where, params, order_by, limit)
        if chunksize is None:
            return reading.read(self.storage, chosen)
        if whole_number(chunksize, "chunksize") == 0:
            raise InterfaceError("chunksize=0 is no number of rows", hint="1 or more")
        return reading.read_pages(self.storage, chosen, chunksize)

    def _chosen(
        self,
        table: str,
        columns: str | Iterable[str] | None,
        where: Where,
        params: Parameters,
        order_by: OrderBy,
        limit: int | None,
    ) -> Chosen:
        from scitex.db.services.asking import Narrowed, chosen

        narrowed = Narrowed(columns, where, order_by, limit)
        return chosen(self.storage, table, narrowed, params)

    def to_arrow(
        self,
        table: str,
        columns: str | Iterable[str] | None = None,
        where: Where = None,
        params: Parameters = None,
        order_by: OrderBy = None,
        limit: int | None = None,
    ) -> Any:
        """
        Return records, or a query's rows, as a `pyarrow.Table`.

        The parameters are those of `to_dataframe`.

        Returns
        -------
        pyarrow.Table
            TIMESTAMP is ``timestamp[us]``, DATE ``date32``, NUMERIC ``decimal128``, BLOB
            ``binary``; JSON and UUID are text.

        Raises
        ------
        UnsupportedFeatureError
            If pyarrow is not installed (the extra ``arrow``).
        Error
            As `to_dataframe`.

        Examples
        --------
        >>> db.to_arrow("users", columns=["id", "score"]).schema.names
        ['id', 'score']
        """
        from scitex.db.services.frames import arrow

        chosen = self._chosen(table, columns, where, params, order_by, limit)
        return arrow.read(self.storage, chosen)

    def to_polars(
        self,
        table: str,
        columns: str | Iterable[str] | None = None,
        where: Where = None,
        params: Parameters = None,
        order_by: OrderBy = None,
        limit: int | None = None,
    ) -> Any:
        """
        Return records, or a query's rows, as a `polars.DataFrame`.

        The parameters are those of `to_dataframe`.

        Returns
        -------
        polars.DataFrame

        Raises
        ------
        UnsupportedFeatureError
            If polars or pyarrow is not installed (the extra ``arrow``).
        Error
            As `to_dataframe`.

        Examples
        --------
        >>> db.to_polars("users", columns=["id", "score"]).shape
        (1, 2)
        """
        from scitex.db.services.frames import arrow

        chosen = self._chosen(table, columns, where, params, order_by, limit)
        return arrow.read_polars(self.storage, chosen)

    def from_dataframe(
        self,
        df: pd.DataFrame,
        table: str,
        if_exists: IfExists = "fail",
        index: bool | None = None,
        *,
        key: str | Iterable[str] = (),
        types: Mapping[str, str] | None = None,
        progress: Progress = False,
    ) -> int:
        """
        Store a pandas DataFrame, all of it or nothing.

        Parameters
        ----------
        df : DataFrame
        table : str
            Made where it is not there, with portable types that follow the dtypes.
        if_exists : {"fail", "append", "replace", "upsert"}, default "fail"
            What happens where the table is there: refuse, add the records, put a new table in
            its place, or change the records with the same key and add the others.
        index : bool, optional
            Whether the index becomes columns; by default it does where it has a name, or is no
            plain range of numbers, so that ``df.describe()`` keeps the names of its rows.
        key : str or iterable of str, optional
            The columns that tell two records apart: the primary key of a new table, and what an
            upsert goes by (the table's primary key by default).
        types : mapping of str to str, optional
            Types of columns of a new table, with rules where there are some, as in
            `create_table`: ``{"zip": "TEXT", "sex": "TEXT DEFAULT 'f'"}``.
        progress : bool or callable, default False
            As in `insert_many`.

        Returns
        -------
        int
            Number of records written.

        Raises
        ------
        SchemaError
            If the table is there already and `if_exists` is ``"fail"``, or the name is that of a
            view, which is only ever added to, where the engine can; or what `types` says of a
            column cannot be understood.
        DuplicateKeyError
            If a key is there already; ``if_exists="upsert"`` changes its record instead.
        DataError
            If a column cannot keep a value, or has a dtype that no database keeps.
        InterfaceError
            If two columns have one name, a label is no name, or an argument is none of those.
        Error
            As `insert_many`; nothing is stored then, and a table to be replaced is as it was.

        Warns
        -----
        DatabaseWarning
            If a column of a new table holds values of several types: their text is kept.

        Examples
        --------
        >>> import pandas as pd
        >>> db.from_dataframe(pd.DataFrame({"x": [1.5, None], "n": [1, 2]}), "points")
        2
        >>> db.select("points")
        [{'x': 1.5, 'n': 1}, {'x': None, 'n': 2}]
        """
        from scitex.db.services.frames import storing

        wanted = storing.Wanted(table, if_exists, index, key, types or {})
        return storing.store(self.storage, df, wanted, progress=progress)

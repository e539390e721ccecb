"""Bytes and arrays in a column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from scitex.db.domain.names import identifier
from scitex.db.domain.queries import OrderBy, Query, Where, given, select_query
from scitex.db.domain.records import record_of
from scitex.db.domain.rows import Record
from scitex.db.domain.sql.sqltext import Parameters
from scitex.db.ports.storage import Storage

if TYPE_CHECKING:
    import numpy as np

    from scitex.db.services.arrays.reading import ArrayInfo

    Array = np.ndarray[Any, Any]


def _one(
    table: str, column: str, where: Where, params: Parameters
) -> tuple[Query, tuple[object, ...] | Mapping[str, object]]:
    """Ask for one column of the records that meet a condition."""
    found = given(where, params)
    return Query(table, (identifier(column),), found.condition), found.values


class Arrays:
    """The chapter on bytes and arrays."""

    storage: Storage

    def store_blob(self, table: str, data: Mapping[str, object]) -> Any:
        """
        Store one record with bytes in it.

        Parameters
        ----------
        table : str
        data : mapping of str to object
            Values by column; those of BLOB columns are bytes, of any length that the engine
            keeps: 1 GB.

        Returns
        -------
        object
            The record's primary key, as `insert` gives it.

        Raises
        ------
        TableNotFoundError, ColumnNotFoundError
            If a name is not there.
        DataError
            If a value is none of its column; bytes are asked for, or an array.
        Error
            As `insert`.

        Notes
        -----
        It does what `insert` does, and takes less time and memory where the bytes are many.

        Examples
        --------
        >>> db.create_table("images", {"id": "INTEGER PRIMARY KEY", "png": "BLOB"})
        >>> db.store_blob("images", {"png": b"PNG"})
        1
        """
        from scitex.db.services.arrays.storing import store_bytes

        return store_bytes(self.storage, table, record_of(data))

    def get_blob(
        self, table: str, column: str, where: Where = None, params: Parameters = None
    ) -> bytes | None:
        """
        Return the very bytes that were stored; nothing in them is ever unpickled.

        Parameters
        ----------
        table, column : str
        where, params
            As in `select`; one record must meet it.

        Returns
        -------
        bytes or None
            None where the value is NULL.

        Raises
        ------
        RecordNotFoundError
            If no record meets the condition.
        ProgrammingError
            If several do.
        DataError
            If the value is none of bytes.
        Error
            As `select`.

        Examples
        --------
        >>> db.create_table("images", {"id": "INTEGER PRIMARY KEY", "png": "BLOB"})
        >>> db.store_blob("images", {"png": b"PNG"})
        1
        >>> db.get_blob("images", "png", where={"id": 1})
        b'PNG'
        """
        from scitex.db.services.arrays.storing import read_bytes

        return read_bytes(self.storage, *_one(table, column, where, params))

    def store_array(
        self,
        table: str,
        data: Mapping[str, object],
        *,
        compress: Literal["zstd", "zlib"] | None = None,
    ) -> Any:
        """
        Store one record with arrays in it.

        Parameters
        ----------
        table : str
        data : mapping of str to object
            Values by column, at least one of them a numpy array: of any shape and type but
            Python objects, a memory map too.
        compress : {None, "zstd", "zlib"}
            Noise, such as most measured floats, gets hardly smaller.

        Returns
        -------
        object
            The record's primary key, as `insert` gives it.

        Raises
        ------
        InterfaceError
            If there is no array in it, or `compress` is not known.
        DataError
            If an array's elements are Python objects, some of them are masked, or it has more
            bytes than the engine keeps in one value.
        UnsupportedFeatureError
            If there is no Zstandard (the extra ``zstd`` before Python 3.14).
        Error
            As `insert`.

        Notes
        -----
        Kept are the bytes of a ``.npy`` file and a checksum of each block of 128 KiB.  Shape,
        type, byte order and memory order come back as they were; metadata of the type does not.
        An array that is large and not compressed is written a block at a time: memory does not
        grow with it, unless a trigger, a rule or a generated column of the table looks at it.
        Arrays are values everywhere else too: `insert`, `insert_many` and `update` take them.

        Examples
        --------
        >>> import numpy as np
        >>> db.create_table("signals", {"id": "INTEGER PRIMARY KEY", "data": "BLOB"})
        >>> db.store_array("signals", {"data": np.zeros((2, 3))})
        1
        """
        from scitex.db.services.arrays.storing import store

        return store(self.storage, table, record_of(data), compress=compress)

    def get_array(
        self,
        table: str,
        column: str,
        where: Where = None,
        params: Parameters = None,
        *,
        rows: slice | None = None,
        out: Array | None = None,
    ) -> Array | None:
        """
        Return the array of one record.

        Parameters
        ----------
        table, column : str
        where, params
            As in `select`; one record must meet it.
        rows : slice, optional
            Which rows, along the first axis; only their blocks are read.  Of an array in
            Fortran order all is read.
        out : ndarray, optional
            What it is read into and returned, a memory map for one that is larger than memory.

        Returns
        -------
        ndarray or None
            None where the value is NULL.

        Raises
        ------
        RecordNotFoundError
            If no record meets the condition.
        ProgrammingError
            If several do.
        DataError
            If the value is no array, such as a pickle, or not the bytes that were written.
        InterfaceError
            If `rows` or `out` do not go with the array.
        Error
            As `select`.

        Examples
        --------
        >>> import numpy as np
        >>> db.create_table("signals", {"id": "INTEGER PRIMARY KEY", "data": "BLOB"})
        >>> key = db.store_array("signals", {"data": np.arange(10.0)})
        >>> db.get_array("signals", "data", where={"id": key}, rows=slice(2, 4))
        array([2., 3.])
        """
        from scitex.db.services.arrays.storing import check_out, reading

        check_out(rows, out)
        with reading(self.storage, *_one(table, column, where, params)) as array:
            if array is None:
                return None
            return array.whole(out) if rows is None else array.rows(rows)

    def array_info(
        self, table: str, column: str, where: Where = None, params: Parameters = None
    ) -> ArrayInfo | None:
        """
        Say what the array of one record is, without reading its data.

        Parameters
        ----------
        table, column : str
        where, params
            As in `select`; one record must meet it.

        Returns
        -------
        ArrayInfo or None
            With ``shape``, ``dtype``, ``nbytes``, ``stored`` bytes, ``compress`` and
            ``checksum``; None where the value is NULL.

        Raises
        ------
        Error
            As `get_array`.

        Examples
        --------
        >>> import numpy as np
        >>> db.create_table("signals", {"id": "INTEGER PRIMARY KEY", "data": "BLOB"})
        >>> key = db.store_array("signals", {"data": np.zeros((2, 3))})
        >>> info = db.array_info("signals", "data", where={"id": key})
        >>> info.shape, info.dtype, info.nbytes, info.checksum
        ((2, 3), dtype('float64'), 48, '...')
        """
        from scitex.db.services.arrays.storing import reading

        with reading(self.storage, *_one(table, column, where, params)) as array:
            return None if array is None else array.info

    def iter_arrays(
        self,
        table: str,
        column: str,
        columns: str | Iterable[str] | None = None,
        where: Where = None,
        params: Parameters = None,
        order_by: OrderBy = None,
        limit: int | None = None,
    ) -> Iterator[tuple[Record, Array | None]]:
        """
        Yield the arrays of many records, one at a time in memory.

        Parameters
        ----------
        table, column : str
        columns : str or iterable of str, optional
            The columns wanted beside it; all by default.
        where, params, order_by, limit
            As in `select`.

        Yields
        ------
        record : dict
            The other columns.
        array : ndarray or None
            None where the value is NULL.

        Raises
        ------
        DataError
            If a value is no array, when its turn comes.
        Error
            As `select`.

        Examples
        --------
        >>> import numpy as np
        >>> db.create_table("signals", {"id": "INTEGER PRIMARY KEY", "data": "BLOB"})
        >>> db.insert_many("signals", [{"data": np.arange(3)}, {"data": np.arange(5)}])
        2
        >>> [(record["id"], len(data)) for record, data in db.iter_arrays("signals", "data")]
        [(1, 3), (2, 5)]
        """
        from scitex.db.services.arrays.storing import beside, records

        found = given(where, params)
        query = select_query(
            table,
            columns=beside(self.storage, table, columns, identifier(column)),
            condition=found.condition,
            order_by=order_by,
            limit=limit,
            offset=None,
        )
        return records(self.storage, query, found.values, column)

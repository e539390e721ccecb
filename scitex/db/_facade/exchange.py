"""CSV files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import IO, Any

from scitex.db.domain.queries import OnConflict, OrderBy, Where
from scitex.db.domain.sql.sqltext import Parameters
from scitex.db.ports.files import Files
from scitex.db.ports.storage import Storage
from scitex.db.services.progress import Progress


class Exchange:
    """The chapter on files that other programs read and write."""

    storage: Storage
    files: Files

    def export_to_csv(
        self,
        table: str,
        path: str | os.PathLike[str] | IO[Any],
        columns: str | Iterable[str] | None = None,
        where: Where = None,
        params: Parameters = None,
        order_by: OrderBy = None,
        limit: int | None = None,
        *,
        delimiter: str = ",",
        null: str = "",
        header: bool = True,
        encoding: str = "utf-8",
        escape_formulas: bool = False,
        progress: Progress = False,
    ) -> int:
        r"""
        Write a table's records to a CSV file.

        Parameters
        ----------
        table : str
        path : str, path-like or file
            Its ending says whether it is compressed: ``.gz``, or ``.zst`` (the extra ``zstd``
            before Python 3.14).  ``"-"`` is standard output.  A file that is open is written to
            from where it is, and stays open.
        columns, where, params, order_by, limit
            As in `select`.
        delimiter : str, default ","
            One ASCII character between values.
        null : str, default ""
            What stands for a missing value; a text that is the same is quoted.
        header : bool, default True
            Whether the first line has the columns' names.
        encoding : str, default "utf-8"
            ``"utf-8-sig"`` for spreadsheets that would take UTF-8 for something else.
        escape_formulas : bool, default False
            Whether a text that a spreadsheet would run (one that begins with ``=``, ``+``,
            ``-``, ``@``, a tab or a carriage return) gets an apostrophe in front.  It is
            another text then.
        progress : bool or callable, default False
            As in `insert_many`.

        Returns
        -------
        int
            Number of records written.

        Raises
        ------
        InterfaceError
            If an argument is none of those, or `path` is the database itself.
        DataError
            If a text has a character that the encoding has not.
        OSError
            If the file cannot be written.
        UnsupportedFeatureError
            If the ending is ``.zst`` and there is no Zstandard.
        Error
            As `select`.  A file that was there is as it was then: it is replaced whole, or not.

        Notes
        -----
        Every engine writes the same: lines end with ``\n``; a float has the fewest digits that
        make it the same float again (of several such texts PostgreSQL may write another one),
        and one that is whole its ``.0``; moments are
        ``2025-05-30 14:00:00``, those with a zone in UTC with ``+00`` behind; bytes are ``\x``
        and hexadecimal digits; JSON is its text.  A missing value is nothing between two
        delimiters, an empty text is ``""``.  PostgreSQL writes the file itself, at the speed of
        ``psql``'s ``\copy``.

        Examples
        --------
        >>> db.export_to_csv("users", "users.csv", order_by="id")
        1
        >>> import pathlib
        >>> print(pathlib.Path("users.csv").read_text())
        id,name,score
        1,Alice,85.5
        <BLANKLINE>
        """
        from scitex.db.services.asking import Narrowed, of_table
        from scitex.db.services.csvfiles.exporting import Export, Manner

        manner = Manner(delimiter, null, encoding, header=header, formulas=escape_formulas)
        narrowed = Narrowed(columns, where, order_by, limit)
        chosen = of_table(table, narrowed, params)
        return Export(chosen, path, manner).write(self.storage, self.files, progress=progress)

    def export_query_to_csv(
        self,
        query: str,
        path: str | os.PathLike[str] | IO[Any],
        params: Parameters = None,
        *,
        delimiter: str = ",",
        null: str = "",
        header: bool = True,
        encoding: str = "utf-8",
        escape_formulas: bool = False,
        progress: Progress = False,
    ) -> int:
        """
        Write a query's rows to a CSV file.

        Parameters
        ----------
        query : str
            SQL that reads.
        params : sequence or mapping, optional
            The values that fill it, as in `query`.
        path, delimiter, null, header, encoding, escape_formulas, progress
            As in `export_to_csv`.

        Returns
        -------
        int
            Number of rows written.

        Raises
        ------
        Error
            As `query`, and as `export_to_csv`.

        Notes
        -----
        SQLite does not tell the types of a query's columns: its values are written as it keeps
        them, a truth as 1 or 0, a duration in microseconds.  `export_to_csv` knows the types.

        Examples
        --------
        >>> db.export_query_to_csv("SELECT name FROM users WHERE score > ?", "best.csv", [80])
        1
        """
        from scitex.db.services.asking import Chosen
        from scitex.db.services.csvfiles.exporting import Export, Manner

        manner = Manner(delimiter, null, encoding, header=header, formulas=escape_formulas)
        chosen = Chosen(query, params)
        return Export(chosen, path, manner).write(self.storage, self.files, progress=progress)

    def import_from_csv(
        self,
        table: str,
        path: str | os.PathLike[str] | IO[Any],
        *,
        delimiter: str = ",",
        null: str | Iterable[str] = "",
        header: bool = True,
        names: Iterable[str] | None = None,
        encoding: str = "utf-8-sig",
        types: Mapping[str, str] | None = None,
        key: str | Iterable[str] = (),
        on_conflict: OnConflict = "error",
        conflict_columns: str | Iterable[str] = (),
        progress: Progress = False,
    ) -> int:
        r"""
        Store the records of a CSV file, all of them or none.

        Parameters
        ----------
        table : str
            Made where it is not there.  The types of its columns are told by the whole file
            then: a column is of numbers, days, moments or truths only if every text in it is
            spelt so.  ``007``, ``1e5`` and whole numbers past 64 bits stay text.  A number with
            a point becomes the nearest float, ``nan`` a missing value.
        path : str, path-like or file
            As in `export_to_csv`; ``"-"`` is standard input.
        delimiter : str, default ","
        null : str or iterable of str, default ""
            What stands for a missing value where it is not quoted: ``["", "NA"]``.
        header : bool, default True
            Whether the first line has the columns' names.
        names : iterable of str, optional
            The columns' names, instead of those in the header.
        encoding : str, default "utf-8-sig"
            UTF-8, whether or not it is marked as such by its first bytes.
        types : mapping of str to str, optional
            Types of columns of a new table, with rules where there are some, as in
            `create_table`: ``{"zip": "TEXT", "sex": "TEXT DEFAULT 'f'"}``.
        key : str or iterable of str, optional
            The primary key of a new table.
        on_conflict, conflict_columns
            As in `insert_many`.
        progress : bool or callable, default False
            As in `insert_many`.

        Returns
        -------
        int
            Number of records written.

        Raises
        ------
        DataError
            If a line is no CSV, has too few fields or too many, is longer than 64 Mi characters,
            is not in the encoding, or has a text that is no value of its column.  The line's
            number is told.
        ColumnNotFoundError
            If the header names a column that the table does not have.
        SchemaError
            If the header names a column twice or not at all, the table that is there has another
            type or key, or what `types` says of a column cannot be understood.
        InterfaceError
            If an argument is none of those.
        OSError
            If the file cannot be read.
        Error
            As `insert_many`, with the line.  Nothing is stored then, and no table is made.

        Notes
        -----
        Columns may come in any order, and those left out get their default.  A file that tells
        types is read twice; memory does not grow with it.

        Examples
        --------
        >>> import io
        >>> db.import_from_csv("samples", io.StringIO("id,zip,mass\n1,00123,2.5\n2,,\n"))
        2
        >>> db.select("samples")
        [{'id': 1, 'zip': '00123', 'mass': 2.5}, {'id': 2, 'zip': None, 'mass': None}]
        """
        from scitex.db.services.csvfiles.importing import load
        from scitex.db.services.csvfiles.records import Manner

        manner = Manner(
            delimiter=delimiter,
            nulls=null,
            encoding=encoding,
            header=header,
            names=names,
            types=types,
            key=key,
            on_conflict=on_conflict,
            conflict_columns=conflict_columns,
        )
        return load(self.storage, self.files, table, path, manner=manner, progress=progress)

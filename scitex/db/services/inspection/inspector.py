"""What a database tells of itself, asked table by table."""

from __future__ import annotations

import os
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, Self

from scitex.db.domain.htmltables import table
from scitex.db.domain.inspection.profiles import TableProfile, parts
from scitex.db.domain.names import identifier, identifiers
from scitex.db.ports.files import Files
from scitex.db.ports.rendering import Renderer
from scitex.db.ports.storage import Storage
from scitex.db.services.inspection import diagrams
from scitex.db.services.inspection.statements import Statements
from scitex.db.services.inspection.structure import Structure

QUANTILES = (0.25, 0.5, 0.75)


class Inspector(Structure, Statements):
    """
    What a database tells of itself.

    `scitex.db.inspect` makes one.  Answers are lists of plain dicts, which go into JSON or a
    DataFrame as they are; where SQLAlchemy's inspector has a name for a fact, it is called so.
    What is the engine's own, or serves a search, is left out.  Each call asks the database anew.

    Parameters
    ----------
    storage : Storage
        The database.
    files : Files
        Where diagrams are written.
    renderer : Renderer
        What draws them.
    close : callable, optional
        Lets go of the database, where nobody else uses it.

    Examples
    --------
    >>> inspector = inspect(db)
    >>> inspector.get_tables()
    ['users']
    >>> inspector.get_primary_keys("users")
    ['id']
    """

    def __init__(
        self,
        storage: Storage,
        files: Files,
        renderer: Renderer,
        close: Callable[[], None] | None = None,
    ) -> None:
        self.storage = storage
        self._files = files
        self._renderer = renderer
        self._close = close

    def _repr_html_(self) -> str:
        tables = [
            {
                "table": name,
                "columns": ", ".join(
                    f"{each['name']} {each['type']}" + ("*" if each["primary_key"] else "")
                    for each in self.get_columns(name)
                ),
            }
            for name in self.get_tables()
        ]
        return table(tables, ("table", "columns"), caption="* primary key")

    def column_profile(
        self,
        table: str,
        columns: str | Iterable[str] | None = None,
        *,
        quantiles: Sequence[float] = QUANTILES,
    ) -> TableProfile:
        """
        Measure what the columns of a table or view hold.

        Parameters
        ----------
        table : str
        columns : str or iterable of str, optional
            All by default.
        quantiles : sequence of float, default (0.25, 0.5, 0.75)
            Which of them are wanted, from 0 to 1.

        Returns
        -------
        TableProfile
            How many records there are, and for each column how many have a value, how many
            different ones, the least, the greatest, the mean and the quantiles, as far as its
            type has them.  It prints as a table; ``profile["score"].mean`` is a fact, and
            ``to_dicts()`` goes into a DataFrame.

        Raises
        ------
        TableNotFoundError, ColumnNotFoundError
            If a name is not there.
        InterfaceError
            If a quantile is not from 0 to 1, or there are more than 101.

        Notes
        -----
        The engine does the work: it reads the table once for all columns, and once more for each
        column that is not bytes, whose values it groups; where there are many different ones
        that takes the time of sorting them.  NULL and NaN are no values.  Bytes and arrays are
        measured in length and never compared.  JSON documents are told apart as they are kept:
        on SQLite and in memory, the order of their keys counts.

        Examples
        --------
        >>> print(inspect(db).column_profile("users"))
        users: 1 record
          column  type     nulls  distinct  min    median  max    mean
          id      INTEGER  0      1         1      1       1      1
          name    TEXT     0      1         Alice  -       Alice  -
          score   REAL     0      1         85.5   85.5    85.5   85.5
        """
        names = self.storage.describe(identifier(table)).names
        chosen = names if columns is None else identifiers(columns)
        return self.storage.profile(table, columns=chosen, quantiles=parts(quantiles))

    def generate_schema_diagram(
        self,
        path: str | os.PathLike[str],
        tables: str | Iterable[str] | None = None,
        *,
        neighbours: bool = False,
        columns: Literal["all", "keys", "none"] | None = None,
        title: str | None = None,
    ) -> str:
        """
        Draw the tables and what refers to what.

        Parameters
        ----------
        path : str or path-like
            The file, which is replaced whole.  ``.mmd`` is Mermaid, which GitHub and many
            editors show, and ``.dot`` is graphviz's text: these need nothing.  ``.svg``,
            ``.png`` and ``.pdf`` are drawn by graphviz.
        tables : str or iterable of str, optional
            Those to be drawn; all by default.  A table that one of them refers to is drawn as
            its name alone.
        neighbours : bool, default False
            Whether the tables next to `tables`, in either direction, are drawn too.
        columns : {"all", "keys", "none"}, optional
            Which columns are drawn: all, those of keys, or names of tables only.  By default all
            where there are at most 40 tables, and keys where there are more.
        title : str, optional
            What stands above.

        Returns
        -------
        str
            The path of the file.

        Raises
        ------
        TableNotFoundError
            If there is no such table.
        InterfaceError
            If the path ends in none of these, or `columns` is none of the three.
        OperationalError
            If graphviz is not installed, or cannot draw it.  Its text is written beside then,
            as ``.dot``, and the error says where.
        OSError
            If the file cannot be written.

        Notes
        -----
        The same schema gives the same text, so a drawing kept in git shows what has changed.

        Examples
        --------
        >>> inspect(db).generate_schema_diagram("schema.mmd")
        'schema.mmd'
        """
        chosen = None if tables is None else identifiers(tables)
        drawing = diagrams.drawing(
            self.storage, chosen, neighbours=neighbours, columns=columns, title=title
        )
        return diagrams.write(drawing, os.fspath(path), self._files, self._renderer)

    def close(self) -> None:
        """
        Let go of the database, where `inspect` opened it; a given one stays open.

        Examples
        --------
        >>> inspect(db).close()
        """
        if self._close is not None:
            self._close()

    def __enter__(self) -> Self:
        """Return the inspector itself; leaving the block closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def __repr__(self) -> str:
        return f"<Inspector of {self.storage.engine} {self.storage.location}>"

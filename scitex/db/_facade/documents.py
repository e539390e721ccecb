"""Changing a value inside a JSON column."""

from __future__ import annotations

from collections.abc import Sequence

from scitex.db.domain.documents import change_asked
from scitex.db.domain.names import identifier
from scitex.db.domain.queries import Where, asked
from scitex.db.domain.sql.sqltext import Parameters
from scitex.db.ports.storage import Storage


class Documents:
    """The chapter on JSON columns."""

    storage: Storage

    def update_json(
        self,
        table: str,
        column: str,
        path: str | int | Sequence[str | int],
        value: object,
        where: Where = None,
        params: Parameters = None,
    ) -> int:
        """
        Put a value at a path of a JSON column, and leave all else in it as it is.

        Parameters
        ----------
        table, column : str
        path : str, int or sequence of such
            Keys of objects (text) and indexes of arrays (whole numbers, negative ones from the
            end): ``["optimizer", "betas", 0]``.  A lone text is one key, whatever is in it.
        value : dict, list, str, int, float, bool or None
            What JSON has; text is text here, None is JSON's null.
        where : str, mapping or predicate
            As in `select`, but it must be given: ``where=ALL_ROWS`` means every record.
        params : sequence or mapping, optional
            The values of ``?`` or ``:name`` in a text.

        Returns
        -------
        int
            Number of records that met the condition.

        Raises
        ------
        UnsafeFragmentError
            If `where` is missing, blank, or could leave its clause.
        InterfaceError
            If the path is empty, or a step of it is neither text nor a whole number.
        DataError
            If the column holds no JSON, JSON cannot hold the value (NaN, for one), or a record
            has no place for it: the path leads through what is no object or array, or to an
            index that is not there.  Nothing is changed then.
        TableNotFoundError, ColumnNotFoundError
            If a name is not there.

        Notes
        -----
        Objects take new members, also those that are missing on the way: a key that leads to
        nothing, to null, or into a column without a value, makes an object.  One statement does
        it on every engine, so that two programs may change different members at a time.

        Examples
        --------
        >>> db.create_table("runs", {"id": "INTEGER PRIMARY KEY", "config": "JSON"})
        >>> db.insert("runs", {"config": {"model": "vit"}})
        1
        >>> db.update_json("runs", "config", ["optimizer", "lr"], 1e-4, where={"id": 1})
        1
        >>> db.select("runs", ["config"])
        [{'config': {'model': 'vit', 'optimizer': {'lr': 0.0001}}}]
        """
        place, text = change_asked(identifier(table), identifier(column), path, value)
        found = asked(where, params, deed="update_json")
        assert found.condition is not None  # noqa: S101 - `asked` sees to it
        return self.storage.update_json(
            table, column, place, text, where=found.condition, values=found.values
        )

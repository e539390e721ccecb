"""What a database tells of itself in SQL: triggers, views, and what makes a table."""

from __future__ import annotations

from typing import Any

from scitex.db.domain.names import identifier
from scitex.db.ports.storage import Storage


class Statements:
    """The part of an `Inspector` that tells what was written down in SQL."""

    storage: Storage

    def get_triggers(self, table: str | None = None) -> list[dict[str, Any]]:
        """
        Return the triggers of a table or view, or all there are.

        Parameters
        ----------
        table : str, optional

        Returns
        -------
        list of dict
            Each with ``name``, ``table``, ``timing`` (``"BEFORE"``, ``"AFTER"``,
            ``"INSTEAD OF"``), ``events`` (of ``"INSERT"``, ``"UPDATE"``, ``"DELETE"``,
            ``"TRUNCATE"``) and ``sql``.  Sorted by table and name.

        Raises
        ------
        TableNotFoundError
            If there is no such table.

        Examples
        --------
        >>> inspect(db).get_triggers()
        []
        """
        found = self.storage.triggers(None if table is None else identifier(table))
        return [
            {
                "name": each.name,
                "table": each.table,
                "timing": each.timing,
                "events": list(each.events),
                "sql": each.sql,
            }
            for each in found
        ]

    def get_views(self) -> list[dict[str, Any]]:
        """
        Return the views, sorted by name.

        Returns
        -------
        list of dict
            Each with ``name``, ``sql`` and ``materialized``, whether its rows are kept.
            `get_columns` and `get_create_table_sql` take a view's name too.

        Examples
        --------
        >>> made = db.execute("CREATE VIEW good AS SELECT * FROM users WHERE score > 80")
        >>> inspect(db).get_views()[0]["name"]
        'good'
        """
        return [
            {"name": each.name, "sql": each.sql, "materialized": each.materialized}
            for each in self.storage.views()
        ]

    def get_create_table_sql(self, table: str) -> str:
        """
        Return SQL text that makes a table or view anew.

        Parameters
        ----------
        table : str

        Returns
        -------
        str
            In the engine's own SQL; on SQLite the very text that made it.  On PostgreSQL it is
            written from the catalogue: types, defaults, identities and sequences, computed
            columns, collations, all rules with their names, partitions, INHERITS, storage,
            comments.  Tables of the same schema are named without it, so the text runs in
            another one; some tables take more than one statement, which stand behind one
            another, with ``;`` between.

        Raises
        ------
        TableNotFoundError
            If there is no such table or view.

        Notes
        -----
        Indexes and triggers are told by `get_indexes` and `get_triggers`.  Owners, rights,
        policies and tablespaces are left out.

        Examples
        --------
        >>> print(inspect(db).get_create_table_sql("users"))
        CREATE TABLE `users` (
            `id` INTEGER PRIMARY KEY,
            `name` TEXT NOT NULL,
            `score` REAL
        )
        """
        return self.storage.create_sql(identifier(table))

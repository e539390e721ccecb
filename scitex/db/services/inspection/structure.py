"""What a database tells of its structure: tables, columns, keys, rules, and their SQL."""

from __future__ import annotations

from typing import Any

from scitex.db.domain.inspection.catalogued import Constraint, term_text
from scitex.db.domain.names import identifier
from scitex.db.domain.tables import ColumnSpec
from scitex.db.ports.storage import Storage
from scitex.db.services.inspection import relations


class Structure:
    """The part of an `Inspector` that tells what tables are."""

    storage: Storage

    def get_tables(self) -> list[str]:
        """
        Return the names of the tables, sorted.

        Returns
        -------
        list of str
            Partitions are part of their table.

        Examples
        --------
        >>> inspect(db).get_tables()
        ['users']
        """
        return self.storage.tables()

    def get_columns(self, table: str) -> list[dict[str, Any]]:
        """
        Return the columns of a table or view, in order.

        Parameters
        ----------
        table : str

        Returns
        -------
        list of dict
            Each with ``name``, ``type`` (in the words that mean the same on every engine),
            ``nullable``, ``default`` and ``computed`` (SQL text or None), ``autoincrement``,
            ``collation``, and ``primary_key`` (its place in the key from 1, or 0).

        Raises
        ------
        TableNotFoundError
            If there is no such table.

        Examples
        --------
        >>> inspect(db).get_columns("users")[1]["type"]
        'TEXT'
        """
        spec = self.storage.describe(identifier(table))
        places = {name: place for place, name in enumerate(spec.primary_key, 1)}
        return [_column(column, places.get(column.name, 0)) for column in spec.columns]

    def get_primary_keys(self, table: str) -> list[str]:
        """
        Return the names of the columns of a table's primary key, in the key's order.

        Parameters
        ----------
        table : str

        Returns
        -------
        list of str
            Empty where there is no key.

        Raises
        ------
        TableNotFoundError
            If there is no such table.

        Examples
        --------
        >>> inspect(db).get_primary_keys("users")
        ['id']
        """
        return list(self.storage.describe(identifier(table)).primary_key)

    def get_foreign_keys(self, table: str) -> list[dict[str, Any]]:
        """
        Return the foreign keys of a table: what it refers to.

        Parameters
        ----------
        table : str

        Returns
        -------
        list of dict
            Each with ``name`` (None where it has none), ``constrained_columns``,
            ``referred_schema`` (None for the table's own), ``referred_table``,
            ``referred_columns`` in the order of the first, and ``options``: ``ondelete``,
            ``onupdate``, ``deferrable``, ``initially``, where they are not the usual ones.

        Raises
        ------
        TableNotFoundError
            If there is no such table.

        Examples
        --------
        >>> db.create_table("notes", {"user_id": "INTEGER REFERENCES users(id) ON DELETE CASCADE"})
        >>> key = inspect(db).get_foreign_keys("notes")[0]
        >>> key["referred_table"], key["options"]
        ('users', {'ondelete': 'CASCADE'})
        """
        return [_foreign_key(each) for each in relations.keys(self.storage, identifier(table))]

    def get_referring_keys(self, table: str) -> list[dict[str, Any]]:
        """
        Return the foreign keys of all tables that refer to this one, itself included.

        Parameters
        ----------
        table : str

        Returns
        -------
        list of dict
            As `get_foreign_keys`, with the ``table`` that refers.

        Raises
        ------
        TableNotFoundError
            If there is no such table.

        Examples
        --------
        >>> db.create_table("notes", {"user_id": "INTEGER REFERENCES users(id)"})
        >>> [key["table"] for key in inspect(db).get_referring_keys("users")]
        ['notes']
        """
        self.storage.describe(identifier(table))
        return [
            {"table": other, **_foreign_key(each)}
            for other in self.storage.tables()
            for each in relations.keys(self.storage, other)
            if each.referred_table == table and each.referred_schema is None
        ]

    def get_sorted_tables(self) -> list[str]:
        """
        Return the tables, each after those that it refers to.

        Returns
        -------
        list of str
            The order in which they can be filled.  Where tables refer to one another in a
            circle, none of them can come first: these stand at the end, by name.

        Examples
        --------
        >>> db.create_table("notes", {"user_id": "INTEGER REFERENCES users(id)"})
        >>> inspect(db).get_sorted_tables()
        ['users', 'notes']
        """
        return relations.in_order(self.storage)

    def get_constraints(self, table: str) -> list[dict[str, Any]]:
        """
        Return all rules of a table: keys, UNIQUE, CHECK, foreign keys, EXCLUDE.

        Parameters
        ----------
        table : str

        Returns
        -------
        list of dict
            Each with ``kind`` (``"primary key"``, ``"unique"``, ``"check"``, ``"foreign key"``,
            ``"exclude"``), ``name`` (None where it has none), ``column_names`` and ``sql``, the
            rule as it stands in CREATE TABLE.  NOT NULL is told by `get_columns`.

        Raises
        ------
        TableNotFoundError
            If there is no such table.

        Examples
        --------
        >>> [rule["sql"] for rule in inspect(db).get_constraints("users")]
        ['PRIMARY KEY (id)']
        """
        return [
            {
                "kind": each.kind,
                "name": each.name,
                "column_names": list(each.columns),
                "sql": each.sql,
            }
            for each in self.storage.constraints(identifier(table))
        ]

    def get_indexes(self, table: str) -> list[dict[str, Any]]:
        """
        Return the indexes of a table, sorted by name; those that carry a key are left out.

        Parameters
        ----------
        table : str

        Returns
        -------
        list of dict
            Each with ``name``, ``column_names`` (in order; the SQL text of an expression stands
            where one is), ``unique``, ``where`` (SQL text, or None), and ``sql``, the engine's
            CREATE INDEX.

        Raises
        ------
        TableNotFoundError
            If there is no such table.

        Examples
        --------
        >>> name = db.create_index("users", "name")
        >>> inspect(db).get_indexes("users")[0]["column_names"]
        ['name']
        """
        texts = self.storage.index_sql(identifier(table))
        return [
            {
                "name": index.name,
                "column_names": [
                    term if isinstance(term, str) else term_text(term) for term in index.columns
                ],
                "unique": index.unique,
                "where": index.where,
                "sql": texts.get(index.name),
            }
            for index in self.storage.indexes(table)
        ]

    def get_partitions(self, table: str) -> list[dict[str, Any]]:
        """
        Return the parts of a table that is kept in several.

        Parameters
        ----------
        table : str

        Returns
        -------
        list of dict
            Each with ``name``, ``how`` (``"range"``, ``"hash"``, ``"list"``), ``column_names`` (by
            whose values), ``low`` and ``high`` (None where there is no bound), ``modulus`` and
            ``remainder``, and ``sql``, what it takes in the engine's words.  Empty where the
            table is one whole.

        Raises
        ------
        TableNotFoundError
            If there is no such table.

        Examples
        --------
        >>> inspect(db).get_partitions("users")
        []
        """
        found = self.storage.partitioned(identifier(table))
        return [
            {
                "name": part.name,
                "how": found.how,
                "column_names": list(found.columns),
                "low": part.low,
                "high": part.high,
                "modulus": part.modulus,
                "remainder": part.remainder,
                "sql": part.sql,
            }
            for part in (found.parts if found else ())
            if found
        ]


def _column(column: ColumnSpec, place: int) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type.portable,
        "nullable": column.nullable,
        "default": column.default,
        "autoincrement": column.autoincrement,
        "computed": column.generated,
        "collation": column.collation,
        "primary_key": place,
    }


def _foreign_key(each: Constraint) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if each.on_delete != "NO ACTION":
        options["ondelete"] = each.on_delete
    if each.on_update != "NO ACTION":
        options["onupdate"] = each.on_update
    if each.deferrable:
        options |= {"deferrable": True, "initially": "DEFERRED" if each.deferred else "IMMEDIATE"}
    return {
        "name": each.name,
        "constrained_columns": list(each.columns),
        "referred_schema": each.referred_schema,
        "referred_table": each.referred_table,
        "referred_columns": list(each.referred_columns),
        "options": options,
    }

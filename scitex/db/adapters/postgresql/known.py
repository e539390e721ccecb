"""Asking the server, after an error, which names and rules it has."""

from __future__ import annotations

from contextlib import suppress

import psycopg2.extensions as driver

from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.errors import DriverError
from scitex.db.adapters.postgresql.facts import Meant, facts

TABLES = (
    "SELECT c.relname FROM pg_class AS c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') "
    "AND pg_table_is_visible(c.oid) AND c.relnamespace <> 'pg_catalog'::regnamespace "
    "AND c.relnamespace <> 'information_schema'::regnamespace"
)
_COLUMNS = (
    "SELECT DISTINCT a.attname FROM pg_attribute AS a WHERE a.attnum > 0 AND NOT a.attisdropped "
    "AND a.attrelid IN (SELECT c.oid FROM pg_class AS c WHERE c.relkind IN ('r', 'p', 'v', 'f') "
    "AND pg_table_is_visible(c.oid) AND c.relnamespace <> 'pg_catalog'::regnamespace "
    "AND c.relnamespace <> 'information_schema'::regnamespace)"
)


_RULE = (
    "SELECT pg_get_expr(c.conbin, c.conrelid) FROM pg_constraint AS c "
    "JOIN pg_class AS t ON t.oid = c.conrelid JOIN pg_namespace AS n ON n.oid = t.relnamespace "
    "WHERE c.conname = %s AND t.relname = %s "
    "AND (n.nspname = %s OR (%s IS NULL AND t.oid = to_regclass(%s)))"
)
_QUESTIONS = {"42P01": TABLES, "42703": _COLUMNS, "23514": _RULE}
_WHOLES = (
    "SELECT p.relname FROM pg_class AS t JOIN pg_namespace AS n ON n.oid = t.relnamespace "
    "CROSS JOIN LATERAL pg_partition_ancestors(t.oid) WITH ORDINALITY AS a(relid, place) "
    "JOIN pg_class AS p ON p.oid = a.relid WHERE t.relispartition AND p.oid <> t.oid "
    "AND ((%(told)s IS NULL AND t.oid = to_regclass(%(asked)s)) OR (t.relname = %(told)s AND "
    "(n.nspname = %(schema)s OR (%(schema)s IS NULL AND "
    "t.oid IN (SELECT relid FROM pg_partition_tree(to_regclass(%(asked)s))))))) "
    "ORDER BY a.place"
)
# Rules that are broken, and what is not done to a part by itself.
_OF_PARTS = {"23001", "23502", "23503", "23505", "23514", "42809", "42P16"}


def meant(
    connection: driver.connection, error: DriverError, table: str | None, each: str = ""
) -> Meant:
    """
    Ask what an error is about.

    Parameters
    ----------
    connection : connection
    error : DriverError
    table : str or None
        The quoted name of the table that was worked on.
    each : str
        What is said before every transaction; a schema to look names up in may be in it.
    """
    names = _names_meant(connection, error, table, each)
    wholes = _wholes(connection, error, table, each)
    return Meant(tuple(names), tuple(wholes), _is_cluster(connection, error))


def _wholes(
    connection: driver.connection, error: DriverError, table: str | None, each: str
) -> list[str]:
    """Return the tables of which the one that an error is about is a part, the nearest first."""
    told = facts(error)
    named = table is not None and told.table is not None and (told.rule or told.column)
    as_asked = named and str(table).endswith(POSTGRESQL.quoted(str(told.table)))
    if told.code not in _OF_PARTS or as_asked:
        return []
    with suppress(DriverError), connection.cursor() as cursor:
        said = {"told": told.table, "schema": told.schema, "asked": table}
        cursor.execute(each + _WHOLES, said)
        return [row[0] for row in cursor.fetchall()]
    return []


def _names_meant(
    connection: driver.connection, error: DriverError, table: str | None, each: str
) -> list[str]:
    """Return the names that may have been meant where one is not there, or a CHECK's text."""
    told = facts(error)
    question = _QUESTIONS.get(told.code)
    if question is None:
        return []
    bound: tuple[object, ...] = ()
    if table is not None and told.code == "42703":
        question += " AND a.attrelid = to_regclass(%s)"
        bound = (table,)
    if told.code == "23514":
        bound = (told.rule, told.table, told.schema, told.schema, table)
    with suppress(DriverError), connection.cursor() as cursor:
        cursor.execute(each + question, bound)
        return sorted(row[0] for row in cursor.fetchall())
    return []


def _is_cluster(connection: driver.connection, error: DriverError) -> bool:
    """Say whether Citus may have made an error, which it does by codes that others use, too."""
    if error.pgcode not in {"0A000", "XX000"}:
        return False
    with suppress(DriverError), connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_extension WHERE extname = 'citus'")
        return bool(cursor.fetchall())
    return False

"""Asking the server, after an error, which names and rules it has."""

from __future__ import annotations

from contextlib import suppress

import psycopg2.extensions as driver

from scitex.db.adapters.postgresql.errors import DriverError
from scitex.db.adapters.postgresql.facts import facts

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


def names_meant(
    connection: driver.connection, error: DriverError, table: str | None, each: str = ""
) -> list[str]:
    """
    Return the names that may have been meant where one is not there, or a CHECK's text.

    Parameters
    ----------
    connection : connection
    error : DriverError
    table : str or None
        The quoted name of the table that was worked on.
    each : str
        What is said before every transaction; a schema to look names up in may be in it.

    Returns
    -------
    list of str
        Empty where the error is another, or the server does not answer.
    """
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


def is_cluster(connection: driver.connection, error: DriverError) -> bool:
    """Say whether Citus may have made an error, which it does by codes that others use, too."""
    if error.pgcode not in {"0A000", "XX000"}:
        return False
    with suppress(DriverError), connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_extension WHERE extname = 'citus'")
        return bool(cursor.fetchall())
    return False

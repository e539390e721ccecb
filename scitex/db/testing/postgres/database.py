"""A database on a test server, and the schemas that its tests play in."""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import psycopg2
from psycopg2 import sql

from scitex.db.servers.address import Address, Parameters
from scitex.db.servers.errors import ServerUnavailableError
from scitex.db.servers.server import Server

_LOCK_SECONDS = 2

_HOLDERS = """
SELECT count(pg_terminate_backend(pid)) FROM (
    SELECT DISTINCT l.pid FROM pg_locks l
    JOIN pg_class c ON c.oid = l.relation
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND l.pid <> pg_backend_pid()
) AS holders
"""

# The C library's locales for UTF-8 that sort as a dictionary does.
_DICTIONARIES = """
SELECT collcollate FROM pg_collation
WHERE collprovider = 'c' AND collencoding IN (-1, 6)
  AND collcollate ~* 'utf-?8' AND collcollate !~* '^(c|posix)'
GROUP BY collcollate ORDER BY collcollate !~ '^en_US', collcollate LIMIT 1
"""


@attrs.frozen
class ScratchSchema:
    """
    A schema that one test has to itself.

    Attributes
    ----------
    database : Database
    name : str
    """

    database: Database
    name: str

    @property
    def server(self) -> Server:
        """The server that it is on."""
        return self.database.server

    @property
    def params(self) -> Parameters:
        """Keywords for ``psycopg2.connect`` to its database."""
        return dict(self.database.address.params)

    @property
    def dsn(self) -> str:
        """Its database's address as libpq's ``keyword=value`` text."""
        return self.database.address.dsn

    @property
    def url(self) -> str:
        """Its database's address as a ``postgresql://`` URL."""
        return self.database.address.url

    @property
    def inside(self) -> Address:
        """The address that also makes the schema the place where bare names are looked up."""
        options = f"{self.params.get('options', '')} -c search_path={self.name}"
        return self.database.address.having(options=options.strip())


class Database:
    """
    A database, and one connection to look after it.

    Parameters
    ----------
    server : Server
    address : Address, optional
        Of the database; the server's default one if not given.

    Attributes
    ----------
    collation : str
        Its default collation, for example ``"libc C"`` or ``"icu en-US"``.
    is_linguistic : bool
        Whether ``'a' < 'B'`` there, as in a dictionary and not as in code points.
    """

    def __init__(self, server: Server, address: Address | None = None) -> None:
        self.server = server
        self.address = address or server.address
        self._connection: psycopg2.extensions.connection | None = None
        self.collation = self._collation()
        self.is_linguistic = bool(self.run("SELECT 'a'::text < 'B'::text")[0][0])

    def __str__(self) -> str:
        """Say what a report of a test run should say."""
        kind = "linguistic" if self.is_linguistic else "by code point"
        server = f"PostgreSQL {self.server.version} ({self.server.source})"
        return f"{server}, collation {self.collation}, {kind}"

    def run(self, statement: str | sql.Composable, params: tuple[object, ...] = ()) -> list[Any]:
        """
        Run one statement and commit it.

        A test may have restarted the server since the last one: a lost connection is made
        again, once.
        """
        try:
            return self._rows(statement, params)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            if self._connection is None or not self._connection.closed:
                raise
        return self._rows(statement, params)

    @contextmanager
    def schema(self) -> Iterator[ScratchSchema]:
        """Give a fresh schema with a random name, and drop it with all that is in it."""
        name = f"t_{secrets.token_hex(6)}"
        self.run(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        try:
            yield ScratchSchema(self, name)
        finally:
            self.drop(name)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    def _rows(self, statement: str | sql.Composable, params: tuple[object, ...]) -> list[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg2.connect(**self.address.params)
            self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            cursor.execute(statement, params or None)
            return cursor.fetchall() if cursor.description else []

    def drop(self, name: str) -> None:
        """Drop the schema, also where a test left a transaction open that holds its tables."""
        self.run(f"SET lock_timeout = '{_LOCK_SECONDS}s'")
        drop = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(name))
        try:
            self.run(drop)
        except psycopg2.errors.LockNotAvailable:
            ended = self.run(_HOLDERS, (name,))[0][0]
            self.run(drop)
            warnings.warn(
                f"the test left {ended} connection(s) inside a transaction; they were ended",
                ResourceWarning,
                stacklevel=2,
            )

    def _collation(self) -> str:
        query = "SELECT to_jsonb(d) FROM pg_database d WHERE datname = current_database()"
        facts = self.run(query)[0][0]
        provider = {"c": "libc", "i": "icu", "b": "builtin"}[facts.get("datlocprovider", "c")]
        # The column's name by version: 17 and later, 15 and 16, and what libc goes by.
        locale = facts.get("datlocale") or facts.get("daticulocale") or facts["datcollate"]
        return f"{provider} {locale}"


@contextmanager
def collated(server: Server) -> Iterator[Database]:
    """
    Give a second database on `server`, which sorts text otherwise than the usual ``C``.

    The first of these that the server can do: a dictionary's order by ICU, by the C library,
    and, where there is neither, code points with case rules for all of Unicode.

    Raises
    ------
    ServerUnavailableError
        If the server can do none of them.
    """
    default = Database(server)
    name = f"collated_{secrets.token_hex(6)}"
    try:
        _create(default, name)
        database = Database(server, server.address.having(dbname=name))
        try:
            yield database
        finally:
            database.close()
            default.run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    finally:
        default.close()


def _create(default: Database, name: str) -> None:
    failures = []
    for options in _locale_options(default):
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' ").format(
            sql.Identifier(name)
        )
        try:
            default.run(statement + options)
        except psycopg2.DatabaseError as error:
            failures.append(str(error).strip())
        else:
            return
    raise ServerUnavailableError("no second collation on this server: " + "; ".join(failures))


def _locale_options(default: Database) -> Iterator[sql.SQL | sql.Composed]:
    """Yield what CREATE DATABASE may be told, the most telling first."""
    major = default.server.major
    if major >= 15:
        yield sql.SQL("LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'")
    libc = "LOCALE_PROVIDER libc LOCALE {}" if major >= 15 else "LOCALE {}"
    for (locale,) in default.run(_DICTIONARIES):
        yield sql.SQL(libc).format(sql.Literal(locale))
    if major >= 18:
        yield sql.SQL("LOCALE_PROVIDER builtin BUILTIN_LOCALE 'PG_UNICODE_FAST' LOCALE 'C'")
    yield sql.SQL(libc).format(sql.Literal("C.UTF-8"))

"""A server that somebody else runs, named by ``SCITEX_DB_TEST_DSN``."""

from __future__ import annotations

import psycopg2
from psycopg2.extensions import parse_dsn

from scitex.db.servers.address import Address
from scitex.db.servers.errors import ServerBrokenError
from scitex.db.servers.server import Server

VARIABLE = "SCITEX_DB_TEST_DSN"


def reached(dsn: str) -> Server:
    """
    Return the server behind `dsn`.

    Parameters
    ----------
    dsn : str
        ``keyword=value`` text or a URL, as libpq takes them.

    Raises
    ------
    ServerBrokenError
        If `dsn` cannot be read, or nobody answers there.
    """
    try:
        address = Address(parse_dsn(dsn))
    except psycopg2.ProgrammingError:
        # The driver may repeat a part of the text, and any part may be the password.
        raise ServerBrokenError(
            f"{VARIABLE} is not a connection string: write 'host=... user=... dbname=...' "
            "or 'postgresql://user@host/database'"
        ) from None
    try:
        version = version_at(address)
    except psycopg2.OperationalError as error:
        raise ServerBrokenError(
            f"{VARIABLE} is set, but no server answers at [{address}]: {str(error).strip()}; "
            "start that server, or unset the variable to have one started"
        ) from error
    return Server(address, version, "dsn", None)


def version_at(address: Address) -> str:
    """
    Ask the server at `address` for its version.

    Raises
    ------
    psycopg2.OperationalError
        If it does not answer.
    """
    connection = psycopg2.connect(**{"connect_timeout": 10, **address.params})
    try:
        number = connection.server_version
    finally:
        connection.close()
    return f"{number // 10000}.{number % 10000}"

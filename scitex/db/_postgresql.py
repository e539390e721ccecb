"""The front door to PostgreSQL."""

from __future__ import annotations

import os
from typing import Any

import attrs

from scitex.db._facade.database import Database
from scitex.db.adapters.disk import Disk
from scitex.db.adapters.postgresql.opening import target_of
from scitex.db.adapters.postgresql.storage import PostgresqlStorage


class PostgreSQL(Database):
    """
    A database on a PostgreSQL server.

    Parameters
    ----------
    dbname : str, optional
        Its name, or a whole URL: ``postgresql://user:password@host:5432/dbname``.
    user, password, host : str, optional
    port : int, optional
        What is left out is taken from ``DATABASE_URL`` where nothing is given at all, else by
        libpq: ``PGHOST``, ``PGUSER``, ``~/.pgpass`` and so on.
    schema : str, optional
        The schema whose tables are meant; the search path's first by default.
    timeout : float, default 30.0
        Seconds to wait for a lock that another connection holds.
    read_only : bool, default False
        Whether writing is refused.
    pg_bin : path-like, optional
        The folder of ``pg_dump`` and ``pg_restore``, for backups; else they are looked for on
        the PATH, in the usual places, and in the ``server`` extra.
    **libpq : str
        Any other keyword of libpq: ``sslmode="require"``, ``connect_timeout=5``,
        ``application_name="my script"``.

    Raises
    ------
    OperationalError
        If the server cannot be reached, or refuses.  The password is in no message.
    InterfaceError
        If the URL cannot be read.

    Notes
    -----
    Sessions run in UTC.  One object may be used by many threads: each has its own connection.
    After a lost connection the next call outside a transaction connects again.

    Examples
    --------
    >>> db = PostgreSQL("postgresql://researcher@localhost/research_db")  # doctest: +SKIP
    """

    def __init__(
        self,
        dbname: str | None = None,
        user: str | None = None,
        password: str | None = None,
        host: str | None = None,
        port: int | str | None = None,
        *,
        schema: str | None = None,
        timeout: float = 30.0,
        read_only: bool = False,
        pg_bin: str | os.PathLike[str] | None = None,
        **libpq: Any,
    ) -> None:
        keywords = {
            "dbname": dbname,
            "user": user,
            "password": password,
            "host": host,
            "port": port,
            **libpq,
        }
        del dbname, password, libpq  # a refusal must not show them in its frames
        target = target_of(keywords, schema=schema, timeout=timeout, read_only=read_only)
        if pg_bin is not None:
            target = attrs.evolve(target, pg_bin=os.fspath(pg_bin))
        super().__init__(PostgresqlStorage(target), Disk())

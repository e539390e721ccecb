"""Connections that are open before the time is taken, set alike on every lane."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any

import psycopg2
from bulk_sites import Site
from peers import postgresql_engine, sqlite_engine

import scitex.db
from scitex.db.servers.address import Address


@contextlib.contextmanager
def sqlite_driver(site: Site) -> Iterator[sqlite3.Connection]:
    """Open the file by the standard library's driver, in autocommit."""
    assert site.path is not None
    with contextlib.closing(sqlite3.connect(site.path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = NORMAL")
        yield connection


@contextlib.contextmanager
def postgresql_driver(site: Site) -> Iterator[Any]:
    """Connect by psycopg2, which begins a transaction at the first statement."""
    with contextlib.closing(psycopg2.connect(**site.params)) as connection:
        yield connection


@contextlib.contextmanager
def ours(site: Site) -> Iterator[scitex.db.Database]:
    """Open the database by scitex.db, and make it connect."""
    db: scitex.db.Database
    if site.engine == "sqlite":
        assert site.path is not None
        db = scitex.db.SQLite3(site.path, synchronous="NORMAL")
    else:
        db = scitex.db.PostgreSQL(**site.params)
    with db:
        db.exists("runs")
        yield db


@contextlib.contextmanager
def sqlalchemy_connection(site: Site, **options: Any) -> Iterator[Any]:
    """Connect by SQLAlchemy, which begins a transaction at the first statement."""
    if site.engine == "sqlite":
        assert site.path is not None
        engine = sqlite_engine(site.path)
    else:
        engine = postgresql_engine(site.params, **options)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def sqlalchemy_table() -> Any:
    """Describe the table to SQLAlchemy."""
    import sqlalchemy as sa

    return sa.Table(
        "runs",
        sa.MetaData(),
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text),
        sa.Column("timestamp", sa.DateTime),
        sa.Column("accuracy", sa.Float),
        sa.Column("n", sa.BigInteger),
        sa.Column("parameters", sa.Text),
    )


@contextlib.contextmanager
def sqlite_utils_table(site: Site) -> Iterator[Any]:
    """Open the file by sqlite-utils."""
    import sqlite_utils

    assert site.path is not None
    db = sqlite_utils.Database(site.path)
    db.execute("PRAGMA synchronous = NORMAL")
    yield db.table("runs")
    db.close()


@contextlib.contextmanager
def dataset_table(site: Site) -> Iterator[Any]:
    """Connect by dataset."""
    import dataset

    if site.engine == "sqlite":
        set_up = ["PRAGMA synchronous = NORMAL"]
        db = dataset.connect(f"sqlite:///{site.path}", on_connect_statements=set_up)
    else:
        keywords = {"connect_args": site.params}
        db = dataset.connect("postgresql+psycopg2://", engine_kwargs=keywords)
    table = db["runs"]
    table.has_column("id")  # it asks what the table is
    yield table
    db.close()


@contextlib.contextmanager
def psycopg_connection(site: Site, **options: Any) -> Iterator[Any]:
    """Connect by psycopg 3, which begins a transaction at the first statement."""
    import psycopg

    with contextlib.closing(psycopg.connect(**site.params, **options)) as connection:
        yield connection


@contextlib.contextmanager
def adbc_connection(site: Site) -> Iterator[Any]:
    """Connect by ADBC; its SQLite must not be in a process with the standard library's."""
    if site.engine == "sqlite":
        from adbc_driver_sqlite import dbapi

        address = str(site.path)
    else:
        from adbc_driver_postgresql import dbapi

        address = dsn(site)
    with dbapi.connect(address) as connection:
        if site.engine == "sqlite":  # it refuses the setting inside a transaction
            connection.adbc_connection.set_autocommit(True)
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA synchronous = NORMAL")
            connection.adbc_connection.set_autocommit(False)
        yield connection


def dsn(site: Site) -> str:
    """Spell the server's address as libpq's text."""
    return Address(site.params).dsn

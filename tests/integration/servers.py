"""What tests need of a PostgreSQL server beside the database under test."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from scitex.db import PostgreSQL
from scitex.db.testing import ServerUnavailableError, plugin, temporary_postgres
from scitex.db.testing.postgres.database import Database, ScratchSchema


@contextmanager
def own_database(**options: Any) -> Iterator[Database]:
    """Start a server that a test may do anything to; leave the test out where there is none."""
    try:
        with (
            temporary_postgres(source="binaries", **options) as server,
            contextlib.closing(Database(server)) as database,
        ):
            yield database
    except ServerUnavailableError as error:
        if plugin.in_ci():
            raise
        pytest.skip(f"left out: {error}")


def opened(place: ScratchSchema, **options: Any) -> PostgreSQL:
    """Open a scratch schema; options win over its own address."""
    return PostgreSQL(**{**place.params, "schema": place.name, **options})


def asked(schema: ScratchSchema, sql: str, *values: object) -> list[Any]:
    """Run a statement of the driver itself, on a connection of its own, in the scratch schema."""
    connection = psycopg2.connect(**schema.inside.params)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@contextmanager
def holding(schema: ScratchSchema, sql: str) -> Iterator[None]:
    """Hold the locks of a statement on another connection while the body runs."""
    connection = psycopg2.connect(**schema.inside.params)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            yield
            connection.rollback()
    finally:
        connection.close()


def end(schema: ScratchSchema, db: PostgreSQL) -> None:
    """Let the server end the connection that this thread has."""
    pid = db.query("SELECT pg_backend_pid() AS pid")[0]["pid"]
    asked(schema, "SELECT pg_terminate_backend(%s, 5000)", pid)


def spelt(schema: ScratchSchema) -> str:
    """Spell the address for a program in another process."""
    return json.dumps({**schema.params, "schema": schema.name})


class Wire:
    """
    A wire to the server that can be cut, and that counts what goes over it.

    Parameters
    ----------
    schema : ScratchSchema
        On whose server it ends.
    """

    def __init__(self, schema: ScratchSchema) -> None:
        host, port = str(schema.params["host"]), int(schema.params["port"])
        self._target: Any = (host, port)
        self._family = socket.AF_INET
        if host.startswith("/"):
            self._target = str(Path(host) / f".s.PGSQL.{port}")
            self._family = socket.AF_UNIX
        self._door = socket.create_server(("127.0.0.1", 0))
        self.cut_after = b""  # text at whose sight the wire is cut, the server's answer unheard
        self.messages: list[bytes] = []
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def params(self) -> dict[str, Any]:
        """Keywords that lead over the wire."""
        port = self._door.getsockname()[1]
        return {"host": "127.0.0.1", "port": port, "sslmode": "disable", "gssencmode": "disable"}

    def close(self) -> None:
        """Cut everything."""
        self._door.close()
        self.cut()

    def cut(self) -> None:
        """Cut every connection."""
        for one in self._ends:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._ends.clear()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client = self._door.accept()[0]
                server = socket.socket(self._family, socket.SOCK_STREAM)
                server.connect(self._target)
                self._ends += [client, server]
                threading.Thread(target=self._there, args=(client, server), daemon=True).start()
                threading.Thread(target=self._back, args=(server, client), daemon=True).start()

    def _there(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                self.messages.append(data)
                if self.cut_after and self.cut_after in data:
                    client.shutdown(socket.SHUT_RDWR)
                    server.sendall(data)
                    server.shutdown(socket.SHUT_WR)
                    return
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)


@contextmanager
def wire(schema: ScratchSchema) -> Iterator[Wire]:
    """Lay a wire to the schema's server, and take it up again."""
    laid = Wire(schema)
    try:
        yield laid
    finally:
        laid.close()

"""
A server in a Docker container, where one is asked for.

The engine has to be on this machine: the port is published on 127.0.0.1.
"""

from __future__ import annotations

import os
import secrets
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import docker
import psycopg2

from scitex.db.servers.account import Account
from scitex.db.servers.address import Address
from scitex.db.servers.choices import Choices
from scitex.db.servers.errors import ServerBrokenError
from scitex.db.servers.guard import Guard
from scitex.db.servers.server import Server
from scitex.db.testing.postgres.existing import version_at

_IMAGE = "postgres:18"
_START_SECONDS = 120.0
_REMOVER = """
import sys, docker
sys.stdin.read()
docker.from_env().containers.get(sys.argv[1]).remove(force=True, v=True)
"""


@contextmanager
def running(choices: Choices) -> Iterator[Server]:
    """
    Run a container for as long as the block lasts; ``SCITEX_DB_TEST_PG_IMAGE`` names its image.

    Parameters
    ----------
    choices : Choices
        The server always listens on TCP, with a random password.

    Yields
    ------
    Server

    Raises
    ------
    ServerBrokenError
        If the engine does not answer, has no such image, or the server does not start.
    """
    name = f"scitex-db-{secrets.token_hex(6)}"
    password = secrets.token_urlsafe(24)
    guard = Guard([sys.executable, "-c", _REMOVER, name], Account())
    try:
        try:
            port = _started(name, password, choices)
        except docker.errors.DockerException as error:
            raise ServerBrokenError(f"Docker gave no PostgreSQL: {error}") from error
        address = Address(
            {
                "host": "127.0.0.1",
                "port": port,
                "user": "postgres",
                "password": password,
                "dbname": "postgres",
            }
        )
        yield Server(address, _awaited_version(address), "docker", None)
    finally:
        guard.release()


def _started(name: str, password: str, choices: Choices) -> int:
    """Start the container; return the port on this machine."""
    settings = [f"--{setting}={value}" for setting, value in choices.configuration().items()]
    container = docker.from_env().containers.run(
        os.environ.get("SCITEX_DB_TEST_PG_IMAGE", _IMAGE),
        command=["postgres", *settings],
        name=name,
        detach=True,
        ports={"5432/tcp": ("127.0.0.1", None)},
        environment={
            "POSTGRES_PASSWORD": password,
            "POSTGRES_INITDB_ARGS": shlex.join(choices.locale_arguments()),
        },
    )
    container.reload()
    return int(container.ports["5432/tcp"][0]["HostPort"])


def _awaited_version(address: Address) -> str:
    """Wait until the server answers on TCP, which it does only once it is set up."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            return version_at(address)
        except psycopg2.OperationalError as error:
            if time.monotonic() > deadline:
                raise ServerBrokenError(f"the container does not answer: {error}") from error
            time.sleep(0.1)

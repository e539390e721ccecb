"""A pooler in front of a server: each transaction may be on another session."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SETTINGS = """
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
logfile = {folder}/log
"""


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextlib.contextmanager
def pooled(params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Run pgbouncer before the server of `params`; give the params that go through it."""
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    port = _free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        settings = folder / "settings.ini"
        spelt = _SETTINGS.format(**{"port": 5432, **params}, own_port=port, folder=folder)
        settings.write_text(spelt)
        words = [program, str(settings)]
        if os.getuid() == 0:  # it will not run as root; the server's own account sees its socket
            words += ["-u", Path(params["host"]).owner()]
        process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield {**params, "host": "127.0.0.1", "port": port}
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)
    raise RuntimeError("pgbouncer did not start")

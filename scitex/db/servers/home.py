"""The one folder that a throw-away server lives in, and that goes when it goes."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from typing import Self

from scitex.db.servers.account import Account, lent_account
from scitex.db.servers.errors import ServerBrokenError
from scitex.db.servers.guard import Guard

# Bytes: a socket's whole path on macOS, the shortest limit in use (Linux: 107).
_SOCKET_LIMIT = 103
_SHORT_PLACES = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - parents of a private folder
_PREFIX = "scitex-pg-"
_LONGEST_NAME = f"/{_PREFIX}12345678/.s.PGSQL.65535"

# Reads until the owner is gone, then ends the server and removes the folder, again and again
# while there is one: a program that was just being started may still be writing there, or be
# about to make the folder.
_CLEANER = """
read -r _
[ -e "$1" ] || sleep 1
turns=0
while [ -e "$1" ] && [ "$turns" -lt 100 ]; do
    pid=
    [ -r "$1/data/postmaster.pid" ] && read -r pid < "$1/data/postmaster.pid"
    case $pid in
        '' | *[!0-9]*) ;;
        *)
            kill -CONT "$pid"
            kill -QUIT "$pid"
            waits=0
            while [ -e "$1/data/postmaster.pid" ] && [ "$waits" -lt 200 ] && kill -0 "$pid"; do
                sleep 0.05
                waits=$((waits + 1))
            done
            [ "$waits" -lt 200 ] || kill -KILL "$pid"
            ;;
    esac
    rm -rf "$1"
    turns=$((turns + 1))
    [ -e "$1" ] && sleep 0.1
done
"""


class Home:
    """
    A private folder with a short path, watched by a `Guard`.

    Attributes
    ----------
    folder : Path
        Mode 0700 and the account's own, so that only it (and root) reaches the socket.
    account : Account
        Who the server runs as.

    Raises
    ------
    ServerBrokenError
        If there is nowhere to put it, or nobody to own it.
    """

    def __init__(self) -> None:
        self.account = lent_account()
        self.folder = _short_place(self.account) / f"{_PREFIX}{secrets.token_hex(4)}"
        folder = str(self.folder)
        # The guard is there before the folder, and the account makes it: at no moment is there
        # anything that would stay behind if this process were killed.
        cleaner = ["/bin/sh", "-c", _CLEANER, "scitex-db-guard", folder]
        self._guard = Guard(cleaner, self.account)
        try:
            self.account.run(["mkdir", "-m", "700", folder], environment=os.environ)
        except BaseException:
            self._guard.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._guard.release()

    @property
    def environment(self) -> dict[str, str]:
        """What the server's programs see: our environment, less what would lead them astray."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_"))}
        # TZ, so that a server's default zone is the same on every machine.
        return {**kept, "LC_ALL": "C", "HOME": str(self.folder), "TZ": "UTC"}


def _named_places() -> list[str]:
    """
    Return the folders for temporary files that the process or its environment names.

    `tempfile.gettempdir` would say the same, but it tries a folder by writing a file there,
    which stays behind if the process is killed at that moment.
    """
    named = (tempfile.tempdir, *map(os.environ.get, ("TMPDIR", "TEMP", "TMP")))
    return [str(Path(os.fsdecode(place)).absolute()) for place in named if place]


def _short_place(account: Account) -> Path:
    """Return the temporary folder, or another one where its path is too long or out of reach."""
    places = [*_named_places(), *_SHORT_PLACES]
    for place in places:
        is_short = len(os.fsencode(place + _LONGEST_NAME)) <= _SOCKET_LIMIT
        if is_short and account.may_write_in(Path(place)):
            return Path(place)
    raise ServerBrokenError(
        f"no folder to put a server in: none of {', '.join(places)} can be written, is open "
        "to the server's account and has a path short enough for a socket; set TMPDIR"
    )

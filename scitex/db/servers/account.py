"""
The account that PostgreSQL runs as.

Its programs refuse to run as root, so that root lends them an account that can do less.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import attrs

from scitex.db.servers.errors import ServerBrokenError

# Seconds: initdb takes one on a laptop and has been seen to take twenty on a busy machine.
_PATIENCE = 120


@attrs.frozen
class Account:
    """
    Who runs the server's programs.

    Attributes
    ----------
    user, group : int or None
        Ids to change to; None to stay who we are.
    """

    user: int | None = None
    group: int | None = None

    @property
    def is_lent(self) -> bool:
        """Whether the programs run as somebody else than this process."""
        return self.user is not None

    def own(self, path: Path) -> None:
        """Hand `path` to the account."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)

    def may_write_in(self, folder: Path) -> bool:
        """Say whether the account can get to `folder` and make something there."""
        if not folder.is_dir():
            return False
        if not self.is_lent:
            return os.access(folder, os.W_OK | os.X_OK)
        ways = (folder.resolve(), *folder.resolve().parents)
        return bool(ways[0].stat().st_mode & 0o002) and all(
            way.stat().st_mode & 0o001 for way in ways
        )

    def spawn(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        stdin: int = subprocess.DEVNULL,
        output: int | IO[bytes] = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        """
        Start a program and return at once.

        It gets a session of its own, so that neither Ctrl-C nor a closed terminal reaches it,
        and no Python runs between fork and exec, so that threads do no harm.

        Raises
        ------
        ServerBrokenError
            If the program is missing, or the account may not run it.
        """
        try:
            return subprocess.Popen(
                command,
                stdin=stdin,
                stdout=output,
                stderr=output,
                cwd="/",
                env=environment,
                start_new_session=True,
                user=self.user,
                group=self.group,
                extra_groups=() if self.is_lent else None,
                umask=0o077,
            )
        except OSError as error:
            raise ServerBrokenError(f"cannot run {command[0]}: {error.strerror}") from error

    def run(self, command: Sequence[str], *, environment: Mapping[str, str]) -> str:
        """
        Run a program to its end and return what it printed.

        Raises
        ------
        ServerBrokenError
            If it cannot be started or fails; the message ends with what it printed.
        """
        with self.spawn(command, environment=environment, output=subprocess.PIPE) as process:
            try:
                printed = process.communicate(timeout=_PATIENCE)[0]
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise ServerBrokenError(f"{command[0]} took over {_PATIENCE} s") from error
        text = printed.decode(errors="replace").strip()
        if process.returncode:
            raise ServerBrokenError(f"{command[0]} failed ({process.returncode}): {text[-2000:]}")
        return text


def lent_account() -> Account:
    """
    Return the account to run PostgreSQL as: our own, or one lent by root.

    Raises
    ------
    ServerBrokenError
        If we are root and there is neither a ``postgres`` nor a ``nobody``.
    """
    if os.geteuid() != 0:
        return Account()
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ServerBrokenError(
        "PostgreSQL refuses to run as root, and there is no 'postgres' or 'nobody' account "
        "to run it as; run the tests as an ordinary user"
    )

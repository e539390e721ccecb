"""The programs that back a database up: which there are, and which a server accepts."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import attrs

from scitex.db.servers.binaries import folders
from scitex.db.servers.errors import ServerUnavailableError

_PATIENCE = 20  # seconds that a program may take to tell its version


@attrs.frozen
class Client:
    """
    A program, such as ``pg_dump``.

    Attributes
    ----------
    path : Path
    major : int
        Its major version.
    """

    path: Path
    major: int


def client(program: str, *, at_least: int, folder: str | None = None) -> Client:
    """
    Find a program that a server accepts: one of its version, or a later one.

    Parameters
    ----------
    program : str
        ``"pg_dump"`` or ``"pg_restore"``.
    at_least : int
        The server's major version.
    folder : str, optional
        Where to look first, and only there; else on the PATH, in the usual places, in the wheel.

    Raises
    ------
    ServerUnavailableError
        If there is none; it lists those that are too old.
    """
    seen = []
    for path in _places(program, folder):
        found = _asked(path)
        if found is not None and found.major >= at_least:
            return found
        seen.append(f"{path} ({'does not run' if found is None else found.major})")
    where = f" in {folder}" if folder is not None else ""
    there = f"; there are {', '.join(seen)}" if seen else ""
    raise ServerUnavailableError(
        f"no {program} of version {at_least} or later{where}{there}",
    )


def _places(program: str, folder: str | None) -> Iterator[Path]:
    if folder is not None:
        found = [Path(folder, program)]
    else:
        which = shutil.which(program)
        found = [] if which is None else [Path(which)]
        found += [each / program for each in folders()]
    seen = set()
    for path in found:
        if path.is_file() and path.resolve() not in seen:
            seen.add(path.resolve())
            yield path


def _asked(path: Path) -> Client | None:
    """Ask a program for its version; None if it does not tell."""
    try:
        said = subprocess.run(
            [str(path), "--version"], capture_output=True, timeout=_PATIENCE, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(rb"\) (\d+)", said)
    return Client(path, int(found[1])) if found else None

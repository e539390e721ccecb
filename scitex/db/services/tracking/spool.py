"""A file for what the database cannot take now: one line an event, only ever added to."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from scitex.db.domain.tracking import events
from scitex.db.domain.tracking.events import Event

_OLD = 24 * 3600  # seconds after which another host's file is taken to be nobody's


class Spool:
    """
    The file of one process, and those that others left.

    Parameters
    ----------
    folder : Path
    stem : str
        What the files of this database begin with.
    host : str
    pid : int
    """

    def __init__(self, folder: Path, stem: str, host: str, pid: int) -> None:
        self._folder = folder
        self.stem = stem
        self._host = host
        self.path = folder / f"{stem}-spool-{host}-{pid}.jsonl"

    def add(self, told: Iterable[Event]) -> None:
        """Add events at the end."""
        text = "".join(f"{events.line(event)}\n" for event in told)
        self._folder.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text)

    def read(self) -> list[Event]:
        """Return what is in this process's file."""
        return _events(self.path) if self.path.exists() else []

    def clear(self) -> None:
        """Remove this process's file, once all of it is kept."""
        self.path.unlink(missing_ok=True)

    def left(self, alive: Callable[[int], bool]) -> Iterator[tuple[Path, list[Event]]]:
        """
        Yield the files of processes that are gone, each taken away from others first.

        Parameters
        ----------
        alive : callable
            Says whether a process of this host is still there.
        """
        for path in sorted(self._folder.glob(f"{self.stem}-spool-*.jsonl")):
            if path != self.path and self._is_left(path, alive):
                mine = path.with_suffix(f".{os.getpid()}")
                try:
                    path.rename(mine)
                except FileNotFoundError:
                    continue  # another process was first
                yield mine, _events(mine)

    def _is_left(self, path: Path, alive: Callable[[int], bool]) -> bool:
        host, _, pid = path.stem.removeprefix(f"{self.stem}-spool-").rpartition("-")
        if host == self._host and pid.isdigit():
            return not alive(int(pid))
        return time.time() - path.stat().st_mtime > _OLD


def spool_of(
    location: str,
    file: str | None,
    folder: str | os.PathLike[str] | None,
    process: tuple[str, int],
) -> Spool:
    """Return the spool of a database: beside its file, or else in the current folder."""
    if file is None or file == ":memory:":
        stem = f"experiments-{hashlib.sha256(location.encode()).hexdigest()[:8]}"
        place = Path.cwd()
    else:
        path = Path(file).expanduser().absolute()
        place, stem = path.parent, path.name
    return Spool(Path(folder) if folder else place, stem, *process)


def _events(path: Path) -> list[Event]:
    """Read a file as far as it was written."""
    found = []
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(events.read(text))
        except ValueError:
            continue  # the last line of a process that was killed
    return found

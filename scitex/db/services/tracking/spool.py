"""Files for what the database cannot take now: one line an event, only ever added to."""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

from scitex.db.domain.tracking import events
from scitex.db.domain.tracking.events import Event

_OLD = 24 * 3600  # seconds after which another host's file is taken to be nobody's


class Spool:
    """
    The files of one recorder: its own, and those that it took over.

    Parameters
    ----------
    folder : Path
    stem : str
        What the files of this database begin with.
    host : str
    pid : int
        The process whose files they are while it is there.

    Notes
    -----
    A file that is taken over gets a name of the process that takes it, so that whatever becomes
    of that one, somebody finds the file again.
    """

    def __init__(self, folder: Path, stem: str, host: str, pid: int) -> None:
        self._folder = folder
        self.stem = stem
        self._host = host
        self._pid = pid
        self.path = self._new()
        self._files = [self.path]

    def _new(self) -> Path:
        name = f"{self.stem}-spool-{self._host}-{self._pid}-{uuid.uuid4().hex[:8]}.jsonl"
        return self._folder / name

    def of_child(self, pid: int) -> Spool:
        """Return what a forked child has instead."""
        return Spool(self._folder, self.stem, self._host, pid)

    def add(self, told: Iterable[Event]) -> None:
        """Add events at the end."""
        self._append(self.path, told)

    def set_aside(self, told: Iterable[Event]) -> Path:
        """Keep events that the database refuses, for people to look at; return where."""
        place = self._folder / f"{self.stem}-refused.jsonl"
        self._append(place, told)
        return place

    def _append(self, place: Path, told: Iterable[Event]) -> None:
        text = "".join(f"{events.line(event)}\n" for event in told)
        self._folder.mkdir(parents=True, exist_ok=True)
        with place.open("a", encoding="utf-8") as file:
            file.write(text)

    def read(self) -> list[Event]:
        """Return what is in the files."""
        there = [path for path in self._files if path.exists()]
        return [event for path in there for event in _events(path)]

    def clear(self) -> None:
        """Remove the files, once all of them is kept."""
        for path in self._files:
            path.unlink(missing_ok=True)
        self._files = [self.path]

    def take_over(self, alive: Callable[[int], bool]) -> None:
        """
        Make the files of processes that are gone files of this one.

        Parameters
        ----------
        alive : callable
            Says whether a process of this host is still there.
        """
        for path in sorted(self._folder.glob(f"{glob_of(self.stem)}-spool-*.jsonl")):
            if self._is_left(path, alive):
                mine = self._new()
                try:
                    path.rename(mine)
                except FileNotFoundError:
                    continue  # another process was first
                self._files.insert(-1, mine)

    def _is_left(self, path: Path, alive: Callable[[int], bool]) -> bool:
        whose, _, _ = path.stem.removeprefix(f"{self.stem}-spool-").rpartition("-")
        host, _, pid = whose.rpartition("-")
        if host == self._host and pid.isdigit():
            return not alive(int(pid))
        return time.time() - path.stat().st_mtime > _OLD


def glob_of(name: str) -> str:
    """
    Return a pattern that means a name as it is.

    Examples
    --------
    >>> glob_of("runs[1].db")
    'runs[[]1].db'
    """
    return "".join(f"[{each}]" if each in "*?[" else each for each in name)


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
    """Read a file as far as it was written: the last line of a process that was killed is cut."""
    found = []
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(events.read(text))
        except ValueError:
            continue
    return found

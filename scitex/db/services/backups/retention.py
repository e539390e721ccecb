"""Letting old backups go."""

from __future__ import annotations

import contextlib
import datetime as dt
import fnmatch
import os
from collections.abc import Iterator

import attrs

from scitex.db.domain.backups import Kind, beside, endings, kind_of, told_in
from scitex.db.domain.errors import Error
from scitex.db.domain.retention import Candidate, Policy, Verdict, moment_in, plan
from scitex.db.ports.files import Files
from scitex.db.services.backups import manifests
from scitex.db.services.backups.places import Found

_KINDS: tuple[Kind, ...] = ("sql", "db", "dump")
_ENDINGS = tuple(endings(_KINDS))
_AT_ONCE = 1 << 20
_LINE = 200  # bytes; the line that a text begins with is shorter


@attrs.frozen
class Pruned:
    """
    What became of the backups in a folder.

    Attributes
    ----------
    folder : str
    verdicts : tuple of Verdict
        Of each backup, by series and from the newest on: its ``name``, ``at``, whether it was
        ``kept``, and the ``reasons``.
    dry_run : bool
        Whether nothing was removed, and this only says what would be.
    """

    folder: str
    verdicts: tuple[Verdict, ...]
    dry_run: bool

    @property
    def kept(self) -> tuple[str, ...]:
        """The names of those that are kept."""
        return tuple(each.name for each in self.verdicts if each.kept)

    @property
    def removed(self) -> tuple[str, ...]:
        """The names of those that are removed, or would be."""
        return tuple(each.name for each in self.verdicts if not each.kept)

    def __str__(self) -> str:
        verb = "would be removed" if self.dry_run else "removed"
        total = f"{len(self.kept)} kept, {len(self.removed)} {verb} in {self.folder}"
        return "\n".join([*map(str, self.verdicts), total])


@attrs.frozen
class Folder:
    """
    A folder that backups are in.

    Attributes
    ----------
    path : str
    files : Files
    pattern : str or None
        Which names are backups, also those that no manifest proves: ``"backup_*.sql"``.  None
        takes those only that this package made.
    """

    path: str
    files: Files
    pattern: str | None = None

    def prune(
        self, policy: Policy, *, now: dt.datetime, dry_run: bool, coming: Candidate | None = None
    ) -> Pruned:
        """
        Remove the backups that no rule keeps; `coming` is counted as if it were there.

        Raises
        ------
        OSError
            If the folder is not there, or a file cannot be removed.
        """
        new = () if coming is None else (coming,)

        def is_good(name: str) -> bool:
            return any(name == each.name for each in new) or self._is_good(name)

        found = [*self._candidates(), *new]
        verdicts = plan(found, policy, now=now, is_good=is_good)
        if not dry_run:
            for verdict in verdicts:
                if not verdict.kept:
                    place = self._place(verdict.name)
                    self.files.remove(place)
                    self.files.remove(beside(place))
        return Pruned(self.path, tuple(verdicts), dry_run)

    def _place(self, name: str) -> str:
        return os.path.join(self.path, name)  # noqa: PTH118 - text, as it was given

    def _candidates(self) -> Iterator[Candidate]:
        for name in self.files.names(self.path):
            if not name.lower().endswith(_ENDINGS):
                continue
            if self.pattern is not None and not fnmatch.fnmatchcase(name, self.pattern):
                continue
            told = self._told(name)
            if told is not None:
                created, source = told
                yield Candidate(name, moment_in(name) or created, source)
            elif self.pattern is not None:
                yield Candidate(name, moment_in(name) or self._written(name), proves=False)

    def _written(self, name: str) -> dt.datetime:
        """Return when a file was last written."""
        return dt.datetime.fromtimestamp(self.files.modified(self._place(name)))  # noqa: DTZ006 - a wall's clock

    def _told(self, name: str) -> tuple[dt.datetime, str] | None:
        """Return when this package made a backup, and of what; None for what others made."""
        place, told = self._place(name), None
        with contextlib.suppress(Error, OSError, ValueError):
            if _kind(name) == "sql":
                with Found(place, self.files).reading() as file:
                    told = told_in(file.readline(_LINE))
            elif known := manifests.beside_file(self.files, place):
                told = known[0].created, known[0].source
        if told is None:
            return None
        created, source = told
        return dt.datetime.fromisoformat(created).astimezone().replace(tzinfo=None), source

    def _is_good(self, name: str) -> bool:
        """Say whether a backup proves itself, or at least looks whole where it has no manifest."""
        place = self._place(name)
        try:
            if self._told(name) is not None:
                return manifests.proven(self.files, place, _kind(name)) is not None
            return self._looks_whole(name)
        except (Error, OSError):
            return False

    def _looks_whole(self, name: str) -> bool:
        """Say whether what another tool made begins and ends as such things do."""
        first, last = b"", b""
        with Found(self._place(name), self.files).reading() as file:
            while block := file.read(_AT_ONCE):
                first = first or block[:_LINE]
                last = (last + block)[-_LINE:]
        if _kind(name) == "db":
            return first.startswith(b"SQLite format 3\0")
        if _kind(name) == "dump":
            return first.startswith(b"PGDMP")
        if b"PostgreSQL database dump" in first:
            return b"PostgreSQL database dump complete" in last
        return last.rstrip().endswith(b";")


def _kind(name: str) -> Kind:
    return kind_of(name, _KINDS, engine="")

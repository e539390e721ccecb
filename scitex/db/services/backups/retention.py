"""Letting old backups go."""

from __future__ import annotations

import contextlib
import datetime as dt
import fnmatch
import os
from collections.abc import Iterator

import attrs

from scitex.db.domain.backups import Kind, beside, created_in, endings, kind_of
from scitex.db.domain.errors import Error
from scitex.db.domain.retention import Candidate, Policy, Verdict, moment_in, plan
from scitex.db.ports.files import Files
from scitex.db.services.backups import manifests
from scitex.db.services.backups.places import Found

_KINDS: tuple[Kind, ...] = ("sql", "db", "dump")
_ENDINGS = tuple(endings(_KINDS))
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

    def prune(self, policy: Policy, *, now: dt.datetime, dry_run: bool) -> Pruned:
        """
        Remove the backups that no rule keeps.

        Raises
        ------
        OSError
            If the folder is not there, or a file cannot be removed.
        """
        verdicts = plan(self._candidates(), policy, now=now, is_good=self._is_good)
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
            created = self._created(name)
            if created is not None or self.pattern is not None:
                yield Candidate(name, moment_in(name) or created or self._written(name))

    def _written(self, name: str) -> dt.datetime:
        """Return when a file was last written."""
        return dt.datetime.fromtimestamp(self.files.modified(self._place(name)))  # noqa: DTZ006 - a wall's clock

    def _created(self, name: str) -> dt.datetime | None:
        """Return when this package made a backup; None for what others made."""
        place, created = self._place(name), None
        with contextlib.suppress(Error, OSError, ValueError):
            if _kind(name) == "sql":
                with Found(place, self.files).reading() as file:
                    created = created_in(file.readline(_LINE))
            else:
                known = manifests.beside_file(self.files, place)
                created = known[0].created if known else None
        if created is None:
            return None
        return dt.datetime.fromisoformat(created).astimezone().replace(tzinfo=None)

    def _is_good(self, name: str) -> bool:
        """Say whether a backup proves itself; where it has no manifest, the pattern vouches."""
        try:
            found = manifests.proven(self.files, self._place(name), _kind(name))
        except (Error, OSError):
            return False
        return found is not None or (self.pattern is not None and self._created(name) is None)


def _kind(name: str) -> Kind:
    return kind_of(name, _KINDS, engine="")

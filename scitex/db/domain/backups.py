"""What backups are, and what they say of themselves."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any, Literal, cast

import attrs

from scitex.db.domain.clusters import Distribution
from scitex.db.domain.errors import BackupError, InterfaceError, UnsupportedFeatureError

Kind = Literal["sql", "db", "dump"]
FORMAT = 1  # of the manifest

_KINDS: dict[str, tuple[Kind, str]] = {
    ".sql": ("sql", ""),
    ".sql.gz": ("sql", ".gz"),
    ".sql.zst": ("sql", ".zst"),
    ".db": ("db", ""),
    ".sqlite": ("db", ""),
    ".sqlite3": ("db", ""),
    ".dump": ("dump", ""),
}


def endings(kinds: Iterable[Kind]) -> list[str]:
    """
    List the endings of the names of such backups.

    Examples
    --------
    >>> endings(["dump"])
    ['.dump']
    """
    wanted = set(kinds)
    return [ending for ending, (kind, _) in _KINDS.items() if kind in wanted]


def kind_of(path: str, kinds: tuple[Kind, ...], *, engine: str) -> Kind:
    """
    Tell by the ending of its name what a backup is.

    Parameters
    ----------
    path : str
    kinds : tuple of str
        Those that the engine has.
    engine : str

    Raises
    ------
    InterfaceError
        If the ending is none that is known.
    UnsupportedFeatureError
        If the engine has no such backups.

    Examples
    --------
    >>> kind_of("lab.sql.gz", ("db", "sql"), engine="sqlite")
    'sql'
    """
    name = path.lower()
    offered = ", ".join(endings(kinds))
    for ending, (kind, _) in _KINDS.items():
        if name.endswith(ending):
            if kind in kinds:
                return kind
            raise UnsupportedFeatureError(
                f"{path}: {engine} has no backups that end in {ending}",
                engine=engine,
                hint=f"choose one of {offered}",
            )
    raise InterfaceError(
        f"{path}: its ending does not say what kind of backup it is",
        hint=f"choose one of {offered}",
    )


@attrs.frozen
class Table:
    """
    One table in a backup.

    Attributes
    ----------
    schema : str
        Empty where the engine has none.
    name : str
    rows : int
    digest : str or None
        Its fingerprint; None where none was taken.
    distribution : Distribution or None
        How a cluster kept it; None where it was kept by one server alone.
    """

    schema: str
    name: str
    rows: int
    digest: str | None = None
    distribution: Distribution | None = None

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


@attrs.frozen
class Manifest:
    """
    What a backup says of itself.

    Attributes
    ----------
    engine, engine_version : str
        What the database was kept by.
    version : str
        That of this package.
    created : str
        When, in UTC: ``2025-05-30T14:00:00+00:00``.
    kind : {"sql", "db", "dump"}
    table : str or None
        The table that it is of; None for a whole database.
    tables : tuple of Table
    schema : str
        SHA-256 of the schema as the engine tells it; empty where that was not asked.
    dangling : int or None
        References that point at no record; None where nobody looked.
    sha256 : str
        Of the bytes that the manifest speaks of.
    bytes : int
        How many these are.
    source : str
        What tells the database, or the table of it, from others; empty in older backups.
    scope : str or None
        The one schema that it is of; None for all, empty where that was not told.
    """

    engine: str
    engine_version: str
    version: str
    created: str
    kind: Kind
    table: str | None
    tables: tuple[Table, ...]
    schema: str
    dangling: int | None
    sha256: str
    bytes: int
    source: str = ""
    scope: str | None = ""

    @property
    def rows(self) -> int:
        """Number of records in all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def checked(self) -> bool:
        """Whether the content of every table is in it, not only the number of its records."""
        return all(table.digest is not None for table in self.tables)

    def __str__(self) -> str:
        tables = f"{len(self.tables):,} table{'s' * (len(self.tables) != 1)}"
        rows = f"{self.rows:,} record{'s' * (self.rows != 1)}"
        return f"{tables}, {rows}, {self.bytes:,} bytes, {self.engine}, {self.created}"


def as_json(manifest: Manifest) -> str:
    """Spell a manifest in one line of ASCII."""
    return _line({"format": FORMAT, **attrs.asdict(manifest)})


def _line(found: dict[str, Any]) -> str:
    return json.dumps(found, separators=(",", ":"))


def from_json(text: str, *, where: str) -> Manifest:
    """
    Read what `as_json` wrote.

    Raises
    ------
    BackupError
        If it is none, or one of a later version of this package.
    """
    try:
        found = json.loads(text)
        number = found.pop("format")
        if number == FORMAT:
            return _structured(found)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _damaged(where) from error
    raise BackupError(
        f"{where}: its manifest has the format {number!r}, this version reads {FORMAT}",
        hint="restore it with the version of scitex.db that made it, or a later one",
    )


def _structured(found: dict[str, Any]) -> Manifest:
    tables = tuple(_table(**table) for table in found.pop("tables"))
    manifest = Manifest(tables=tables, **found)
    texts = [manifest.engine, manifest.kind, manifest.sha256, manifest.schema, manifest.created]
    numbers = [manifest.bytes, *(table.rows for table in tables)]
    if {str} != set(map(type, texts)) or {int} != set(map(type, numbers)):
        raise TypeError("a manifest holds texts and numbers")
    return manifest


def _table(distribution: dict[str, Any] | None = None, **facts: Any) -> Table:
    spread = None if distribution is None else Distribution(**distribution)
    return Table(**facts, distribution=spread)


# ---------------------------------------------------------------- at the end of a text

_HEAD = "-- A backup by scitex.db, taken at {}{}; the manifest at its end proves it.\n"
_HEADED = re.compile(
    re.escape(_HEAD).replace(r"\{\}\{\}", r"([0-9T:+-]+)(?: from ([0-9a-f]{16}))?")
)
MARK = b"\n-- scitex.db manifest: what is above, and its SHA-256\n"
_TRAILER = re.compile(
    re.escape(MARK) + rb"-- (\{[^\n]*\})\n-- SHA-256 of the manifest: ([0-9a-f]{64})\n"
)


def source_of(engine: str, location: str, table: str | None) -> str:
    """
    Return what tells a database, or a table of it, from others, without saying where it is.

    Examples
    --------
    >>> source_of("sqlite", "/data/lab.db", None)
    '3f1214b646862821'
    """
    return hashlib.sha256(repr((engine, location, table)).encode()).hexdigest()[:16]


def head(created: str, source: str) -> bytes:
    """Spell the line that a text of SQL begins with."""
    return _HEAD.format(created, f" from {source}" if source else "").encode("ascii")


def told_in(line: bytes) -> tuple[str, str] | None:
    """Read when a backup was taken, and of what, off its first line; None if it is another."""
    found = _HEADED.fullmatch(line.decode("ascii", "replace"))
    return None if found is None else (found[1], found[2] or "")


def trailer(manifest: Manifest) -> bytes:
    """Spell a manifest as the comments that a text of SQL ends with."""
    line = as_json(manifest)
    text = f"-- {line}\n-- SHA-256 of the manifest: {_proof(line)}\n"
    return MARK + text.encode("ascii")


def _proof(line: str) -> str:
    return hashlib.sha256(line.encode("ascii", "replace")).hexdigest()


def from_trailer(text: bytes, *, where: str) -> Manifest:
    """
    Read what `trailer` wrote.

    Raises
    ------
    BackupError
        If it is not just that.
    """
    found = _TRAILER.fullmatch(text)
    line = found[1].decode("ascii", "replace") if found else ""
    if found is None or _proof(line).encode("ascii") != found[2]:
        raise BackupError(
            f"{where} is damaged, or was changed: its manifest does not fit",
            hint="take another backup; nothing was changed",
        )
    return from_json(line, where=where)


# ----------------------------------------------------------------------- beside a file


def beside(path: str) -> str:
    """
    Return where the manifest of a backup is that is not text.

    Examples
    --------
    >>> beside("lab.db")
    'lab.db.manifest.json'
    """
    return f"{path}.manifest.json"


def as_sidecar(manifests: Iterable[Manifest]) -> bytes:
    """Spell what lies beside a backup: its manifest, while it is replaced also the old one."""
    lines = [as_json(manifest) for manifest in manifests]
    entries = [{"manifest": json.loads(line), "sha256": _proof(line)} for line in lines]
    return json.dumps({"backups": entries}, indent=1).encode("ascii") + b"\n"


def from_sidecar(text: bytes, *, where: str) -> tuple[Manifest, ...]:
    """
    Read what `as_sidecar` wrote.

    Raises
    ------
    BackupError
        If it is not that.
    """
    try:
        entries = cast("list[Any]", json.loads(text)["backups"])
        pairs = [(_line(entry["manifest"]), entry["sha256"]) for entry in entries]
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged(where) from error
    if any(_proof(line) != proof for line, proof in pairs):
        raise _damaged(where)
    return tuple(from_json(line, where=where) for line, _ in pairs)


def _damaged(where: str) -> BackupError:
    return BackupError(
        f"{where}: its manifest is damaged", hint="take another backup; nothing was changed"
    )


# ---------------------------------------------------------------------- what was done


@attrs.frozen
class Backup:
    """
    A backup that was made, or that was verified.

    Attributes
    ----------
    path : str
    manifest : Manifest
    """

    path: str
    manifest: Manifest

    def __str__(self) -> str:
        return f"{self.path}: {self.manifest}"


@attrs.frozen
class Restored:
    """
    What was restored.

    Attributes
    ----------
    path : str
        The backup that it came from.
    tables : tuple of Table
    safety_copy : str or None
        The backup of what was replaced; None where there was nothing.
    """

    path: str
    tables: tuple[Table, ...]
    safety_copy: str | None

    @property
    def rows(self) -> int:
        """Number of records in all tables."""
        return sum(table.rows for table in self.tables)

    def __str__(self) -> str:
        tables = f"{len(self.tables):,} table{'s' * (len(self.tables) != 1)}"
        kept = f"; what was there is in {self.safety_copy}" if self.safety_copy else ""
        return f"restored {tables}, {self.rows:,} records, from {self.path}{kept}"

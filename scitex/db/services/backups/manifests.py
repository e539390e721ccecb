"""What a backup says of itself: written with it, and held against what is found."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import BinaryIO

import attrs

from scitex.db.domain.backups import (
    MARK,
    Kind,
    Manifest,
    Table,
    as_sidecar,
    beside,
    from_sidecar,
    from_trailer,
    source_of,
)
from scitex.db.domain.errors import (
    BackupError,
    DatabaseError,
    Error,
    LockedError,
    TableNotFoundError,
)
from scitex.db.ports.files import Files
from scitex.db.ports.snapshots import State
from scitex.db.ports.storage import Storage
from scitex.db.services import fingerprints
from scitex.db.services.backups.places import Found

_AT_ONCE = 1 << 20
_LONGEST = 1 << 26  # bytes; what is longer than this is no manifest
_AGAIN = "take another backup; nothing was changed"


def contents(state: State[Storage], *, table: str | None, check: bool) -> tuple[Table, ...]:
    """Count the records of each table, and take its fingerprint."""
    found = []
    parts = state.parts()
    for schema, storage in parts if table is None else parts[:1]:
        names = storage.tables() if table is None else [table]
        for name in names:
            try:
                taken = _fingerprint(storage, name) if check else (storage.count(name), None)
            except TableNotFoundError:
                if table is not None:
                    raise
                continue  # one without columns: there is nothing in it to be told
            found.append(Table(schema, name, *taken, storage.distribution(name)))
    return tuple(found)


def _fingerprint(storage: Storage, table: str) -> tuple[int, str | None]:
    """Count the records and take their fingerprint, if they can be read as what they are."""
    try:
        found = fingerprints.of(storage, table)
    except LockedError:
        raise
    except DatabaseError:  # text that is none, a table that shows only what others keep
        return storage.count(table), None
    return found.rows, found.digest


@attrs.frozen
class Described:
    """
    What a manifest says of the database, whatever the file.

    Attributes
    ----------
    tables : tuple of Table
    schema : str
    dangling : int or None
    created : str
        When, in UTC.
    """

    tables: tuple[Table, ...]
    schema: str
    dangling: int | None
    created: str


def described(
    state: State[Storage], *, table: str | None, check: bool, dangling: int | None
) -> Described:
    """Say what there is in a database."""
    schema = "" if table is not None else digest(state.schema())
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return Described(contents(state, table=table, check=check), schema, dangling, created)


def digest(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def manifest(
    storage: Storage, kind: Kind, table: str | None, found: Described, proof: tuple[str, int]
) -> Manifest:
    """Make the manifest of a backup that was just taken."""
    return Manifest(
        engine=storage.engine,
        engine_version=storage.version,
        version=importlib.import_module("scitex.db").__version__,
        created=found.created,
        kind=kind,
        table=table,
        tables=found.tables,
        schema=found.schema,
        dangling=found.dangling,
        sha256=proof[0],
        bytes=proof[1],
        source=source(storage, table),
        scope=storage.backup_scope,
    )


def source(storage: Storage, table: str | None) -> str:
    """Return what tells a database, or a table of it, from others."""
    return source_of(storage.engine, storage.location, table)


def check_state(state: State[Storage], manifest: Manifest, *, table: str | None) -> None:
    """
    Hold what was restored against what the manifest says.

    Parameters
    ----------
    state : State
    manifest : Manifest
    table : str or None
        The one that is looked at; all by default.

    Raises
    ------
    BackupError
        If anything differs.
    """
    wanted, parts = wanted_of(state, manifest, table), dict(state.parts())
    for expected in wanted:
        storage = parts.get(expected.schema)
        found = None if storage is None else _like(storage, expected)
        if found != expected:
            raise BackupError(
                f"table {expected} was not restored as it was: {_difference(expected, found)}",
                hint=_AGAIN,
            )
    if table is not None or manifest.table is not None:
        return
    if manifest.dangling is not None and state.examine() != manifest.dangling:
        raise BackupError("references point at records that are not there", hint=_AGAIN)
    if manifest.schema and digest(state.schema()) != manifest.schema:
        raise BackupError("the schema was not restored as it was", hint=_AGAIN)


def wanted_of(state: State[Storage], manifest: Manifest, table: str | None) -> tuple[Table, ...]:
    """Return what a manifest says of all tables, or of one: that in the schema that is meant."""
    if table is None:
        return manifest.tables
    named = [each for each in manifest.tables if each.name == table]
    meant = state.parts()[0][0]
    return tuple(each for each in named if each.schema == meant)


def _like(storage: Storage, expected: Table) -> Table | None:
    """Describe a restored table as the manifest does; None where it cannot be read."""
    try:
        if expected.digest is None:
            return attrs.evolve(expected, rows=storage.count(expected.name))
        rows, taken = _fingerprint(storage, expected.name)
    except Error:
        return None
    return attrs.evolve(expected, rows=rows, digest=taken)


def _difference(expected: Table, found: Table | None) -> str:
    if found is None:
        return "it is not there, or cannot be read"
    if found.rows != expected.rows:
        return f"{found.rows:,} records, where {expected.rows:,} were backed up"
    return "its records are not those that were backed up"


# ------------------------------------------------------------------------- in a text


def in_text(source: Found) -> tuple[Manifest | None, str]:
    """
    Read a text to its end; return the manifest there, and the SHA-256 of what is before it.

    Raises
    ------
    BackupError
        If it is damaged.
    """
    with source.reading() as file:
        before, rest = _cut(file)
    if rest is None:
        return None, before
    return from_trailer(rest, where=source.path), before


def _cut(file: BinaryIO) -> tuple[str, bytes | None]:
    """Hash a text up to the last mark in it; return also what begins there."""
    running = hashlib.sha256()
    held, rest, proof = b"", None, ""
    while True:
        block = file.read(_AT_ONCE)
        text = held + block
        while (place := text.find(MARK)) >= 0:
            running.update(text[:place])
            proof, rest = running.hexdigest(), b""
            running.update(MARK)
            text = text[place + len(MARK) :]
            rest = MARK
        keep = 0 if not block else len(MARK) - 1
        done = text[: len(text) - keep] if keep else text
        held = text[len(done) :]
        running.update(done)
        if rest is not None:
            rest = rest + done if len(rest) < _LONGEST else None
        if not block:
            break
    return (proof, rest) if rest is not None else (running.hexdigest(), None)


# ---------------------------------------------------------------------- beside a file


def beside_file(files: Files, path: str) -> tuple[Manifest, ...]:
    """Read the manifests beside a backup; several while it is replaced."""
    place = beside(path)
    if files.length(place) is None:
        return ()
    with files.reading(place) as file:
        return from_sidecar(file.read(_LONGEST), where=path)


def put_beside(files: Files, path: str, manifests: Iterable[Manifest]) -> None:
    """Write the manifests beside a backup."""
    with files.replacing(beside(path)) as file:
        file.write(as_sidecar(manifests))


def told(files: Files, path: str, kind: Kind) -> Manifest | None:
    """Return what a backup says of itself, believed or not; None where it says nothing."""
    if files.length(path) is None:
        return None
    if kind == "sql":
        return in_text(Found(path, files))[0]
    return next(iter(beside_file(files, path)), None)


def proven(files: Files, path: str, kind: Kind) -> Manifest | None:
    """
    Return the manifest that fits a backup; None where there is none at all.

    Raises
    ------
    BackupError
        If there is one, and the backup is not what it speaks of.
    """
    if kind == "sql":
        found, proof = in_text(Found(path, files))
        fitting = [found] if found is not None and found.sha256 == proof else []
        there = found is not None
    else:
        known = beside_file(files, path)
        there = bool(known)
        proof = files.digest(path) if known else ""
        fitting = [each for each in known if each.sha256 == proof]
    if there and not fitting:
        raise BackupError(
            f"{path} is damaged, or was changed: it is not what its manifest tells",
            hint="restore another backup; nothing was changed",
        )
    return fitting[0] if fitting else None

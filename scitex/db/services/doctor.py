"""Examining a database: what any engine can be asked, and mending what is safe."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import attrs

from scitex.db.domain.errors import InterfaceError, InternalError
from scitex.db.domain.inspection.findings import FIXABLE, Finding, Report
from scitex.db.domain.names import identifiers, index_name
from scitex.db.domain.tables import IndexSpec, TableSpec
from scitex.db.ports.storage import Storage
from scitex.db.services.transactions import Block

Targets = Mapping[str, str | Iterable[str]]


@attrs.frozen
class Wishes:
    """
    What is asked of an examination.

    Attributes
    ----------
    fix : tuple of str
        The checks whose findings are to be mended.
    quick : bool
    sample : int or None
    on_conflict : mapping of str to tuple of str
    """

    fix: tuple[str, ...] = ()
    quick: bool = False
    sample: int | None = 10_000
    on_conflict: Mapping[str, tuple[str, ...]] = {}


def wishes(
    fix: str | Iterable[str], on_conflict: Targets | None, *, quick: bool, sample: int | None
) -> Wishes:
    """
    Check what is asked of an examination.

    Raises
    ------
    InterfaceError
        If something is to be fixed that is not safe to fix, or is not known; or `sample` is no
        number of records.
    """
    names = (fix,) if isinstance(fix, str) else tuple(fix)
    for name in names:
        if name not in FIXABLE:
            raise InterfaceError(
                f"{name!r} is not mended automatically: only what changes no record is",
                hint=f"fix= takes {', '.join(map(repr, FIXABLE))}; the report tells what to do "
                "about everything else",
            )
    if sample is not None and (type(sample) is not int or sample < 1):
        raise InterfaceError(
            f"sample={sample!r} is no number of records", hint="None looks at all of them"
        )
    if on_conflict is not None and not isinstance(on_conflict, Mapping):
        raise InterfaceError(
            f"on_conflict={on_conflict!r} does not tell tables and their columns",
            hint="write on_conflict={'runs': ('name',)}",
        )
    targets = {table: identifiers(columns) for table, columns in (on_conflict or {}).items()}
    return Wishes(names, quick, sample, targets)


def examined(storage: Storage, asked: Wishes) -> Report:
    """
    Examine a database and mend what is asked for.

    Parameters
    ----------
    storage : Storage
    asked : Wishes

    Returns
    -------
    Report
    """
    found = _found(storage, asked)
    fixed = [each for each in found if each.check in asked.fix and _mended(storage, each)]
    if fixed:
        found = _found(storage, asked)
    title = f"{storage.engine} {storage.version}, {storage.location}"
    return Report(title, found, tuple(fixed))


def _found(storage: Storage, asked: Wishes) -> list[Finding]:
    found = list(storage.examine(quick=asked.quick, sample=asked.sample))
    try:
        for table in storage.tables():
            found += _of_table(storage, table)
    except InternalError as error:  # a damaged file
        if not any(finding.severity == "error" for finding in found):
            found.append(
                Finding("integrity", "error", storage.location, error.message, error.hint or "")
            )
        return found
    for table, columns in asked.on_conflict.items():
        found += _of_target(storage, table, columns)
    found += imported()
    return found


def _mended(storage: Storage, finding: Finding) -> bool:
    """Mend a finding in a transaction of its own; say whether there was a way."""
    with Block(storage):
        if finding.index is not None:
            storage.create_index(finding.index)
        elif finding.sql is not None:
            storage.execute(finding.sql)
        else:
            return False
    return True


def _of_table(storage: Storage, table: str) -> Iterator[Finding]:
    spec, indexes = storage.describe(table), storage.indexes(table)
    if not spec.primary_key:
        yield Finding(
            "no-primary-key",
            "note",
            f"table {table!r}",
            "it has no primary key, so no record of it can be named for good",
            "make it anew with one, or add a unique index on what tells records apart",
        )
    yield from _unindexed(spec, indexes)
    yield from _redundant(spec, indexes)


def _ways(spec: TableSpec, indexes: list[IndexSpec]) -> list[tuple[object, ...]]:
    """Return the columns of each whole index and key, in order."""
    whole = [index.columns for index in indexes if index.where is None]
    return [spec.primary_key, *spec.unique, *whole]


def _unindexed(spec: TableSpec, indexes: list[IndexSpec]) -> Iterator[Finding]:
    ways = _ways(spec, indexes)
    for key in spec.foreign_keys:
        wide = len(key.columns)
        if not any(set(way[:wide]) == set(key.columns) for way in ways):
            name = index_name(spec.name, key.columns)
            yield Finding(
                "foreign-key-index",
                "note",
                f"table {spec.name!r}",
                f"its foreign key ({', '.join(key.columns)}) has no index: each record removed "
                f"from {key.table!r} reads the whole table",
                f"create_index({spec.name!r}, {list(key.columns)!r})",
                index=IndexSpec(name, spec.name, key.columns),
            )


def _redundant(spec: TableSpec, indexes: list[IndexSpec]) -> Iterator[Finding]:
    for place, index in enumerate(indexes):
        if index.where is not None or index.unique:
            continue
        wide = len(index.columns)
        others = [each.columns for each in indexes[:place] if each.where is None]
        longer = [
            each.columns
            for each in indexes[place + 1 :]
            if each.where is None and (len(each.columns) > wide or each.unique)
        ]
        if any(
            way[:wide] == index.columns
            for way in (spec.primary_key, *spec.unique, *others, *longer)
        ):
            yield Finding(
                "redundant-index",
                "note",
                f"index {index.name!r} of table {spec.name!r}",
                "another index or key begins with the same columns and serves as well",
                f"drop_index({spec.name!r}, {index.name!r})",
            )


def _of_target(storage: Storage, table: str, columns: tuple[str, ...]) -> Iterator[Finding]:
    spec = storage.describe(table)
    for name in columns:
        spec.column(name)
    unique = [
        index.columns for index in storage.indexes(table) if index.unique and not index.where
    ]
    keys = (spec.primary_key, *spec.unique, *unique)
    if not any(set(columns) == set(key) for key in keys):
        yield Finding(
            "conflict-target",
            "warning",
            f"table {table!r}",
            f"on_conflict with {list(columns)!r} will be refused: no unique index is on them",
            f"create_index({table!r}, {list(columns)!r}, unique=True)",
        )


def imported() -> list[Finding]:
    """Tell where several distributions bring a package of the name ``scitex.db``."""
    folders = [Path(folder) / "db" for folder in importlib.import_module("scitex").__path__]
    there = sorted({str(each.resolve()) for each in folders if (each / "__init__.py").exists()})
    if len(there) < 2:
        return []
    used = importlib.import_module("scitex.db").__file__
    return [
        Finding(
            "import",
            "warning",
            str(used),
            f"scitex.db is installed {len(there)} times: {', '.join(there)}",
            "uninstall the distribution that is not meant: pip uninstall",
        )
    ]

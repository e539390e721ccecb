"""Seeing that two databases have tables that can be synced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from scitex.db.domain.errors import InterfaceError, SchemaError, TableNotFoundError
from scitex.db.domain.names import identifiers
from scitex.db.domain.queries import Given, Text
from scitex.db.domain.sync.plans import Direction, SideName
from scitex.db.domain.tables import ColumnSpec, TableSpec
from scitex.db.domain.types import Kind
from scitex.db.ports.storage import Storage
from scitex.db.services.copying import planning as copying
from scitex.db.services.copying.trying import tried
from scitex.db.services.sync.reading import EVERYTHING, Shape


@attrs.frozen
class Wanted:
    """
    What is to be synced.

    Attributes
    ----------
    tables : tuple of str or None
        None for all that both sides have; with `create` also those that only one has.
    direction : {"both", "up", "down"}
    columns : tuple of str or None
    where : Given
    create : bool
        Whether a table that one side lacks is made there.
    """

    tables: tuple[str, ...] | None = attrs.field(
        default=None, converter=attrs.converters.optional(identifiers)
    )
    direction: Direction = "both"
    columns: tuple[str, ...] | None = attrs.field(
        default=None, converter=attrs.converters.optional(identifiers)
    )
    where: Given = EVERYTHING
    create: bool = False


@attrs.frozen
class Shaped:
    """
    A table that can be synced.

    Attributes
    ----------
    shape : Shape
    specs : dict of str to TableSpec
        By side; where it is to be made, as it will be.
    lacking : {"local", "remote"} or None
        Where it is not there yet.
    """

    shape: Shape
    specs: dict[SideName, TableSpec]
    lacking: SideName | None = None


def shaped(local: Storage, remote: Storage, wanted: Wanted) -> Iterator[Shaped]:
    """
    Yield the tables that are to be synced.

    Raises
    ------
    TableNotFoundError
        If a table is on neither side, or one side lacks it and none is to be made.
    SchemaError
        If a table has no primary key, or is not the same on both sides; all that differs is told.
    """
    here, there = set(local.tables()), set(remote.tables())
    asked = wanted.tables
    if asked is None:
        asked = tuple(sorted(here | there if wanted.create else here & there))
    for name in dict.fromkeys(asked):
        yield _shaped(local, remote, name, wanted, lacking=_lacking(name, here, there, wanted))


def _lacking(name: str, here: set[str], there: set[str], wanted: Wanted) -> SideName | None:
    """Say which side lacks a table."""
    if name in here and name in there:
        return None
    if name not in here and name not in there:
        raise TableNotFoundError(name, sorted(here | there))
    side: SideName = "remote" if name in here else "local"
    possible: Direction = "up" if side == "remote" else "down"
    if not wanted.create or wanted.direction not in ("both", possible):
        raise TableNotFoundError(
            name,
            sorted(there if side == "remote" else here),
            hint=f"the {side} side has no table {name!r}; pass create=True to make it there",
        )
    return side


def _shaped(
    local: Storage, remote: Storage, name: str, wanted: Wanted, *, lacking: SideName | None
) -> Shaped:
    if lacking is None:
        specs: dict[SideName, TableSpec] = {
            "local": local.describe(name),
            "remote": remote.describe(name),
        }
    else:
        storage, other = (local, remote) if lacking == "remote" else (remote, local)
        spec = storage.describe(name)
        specs = {"local": spec, "remote": spec, lacking: made(storage, other, name).tables[0]}
    _check_key(name, specs)
    kinds = _kinds(name, specs, wanted)
    key = specs["local"].primary_key
    return Shaped(Shape(name, key, kinds, wanted.where), specs, lacking)


def made(source: Storage, target: Storage, table: str) -> copying.Plan:
    """Return what is to be made of a table on a side that lacks it."""
    todo = copying.plan(source, target, table)
    return todo if source.engine == target.engine else tried(target, todo)


def make(source: Storage, target: Storage, table: str) -> None:
    """Make a table on the side that lacks it, inside the transaction that is open there."""
    todo = made(source, target, table)
    with target.building(todo.tables):
        pass
    for index in todo.indexes:
        target.create_index(index)


def _check_key(name: str, specs: dict[SideName, TableSpec]) -> None:
    here, there = specs["local"].primary_key, specs["remote"].primary_key
    if not here or not there:
        raise SchemaError(
            f"table {name!r} has no primary key, by which records could be told apart",
            hint="make it with one: create_table(name, {'id': 'INTEGER PRIMARY KEY', ...}); "
            "where records come from several machines, a UUID",
        )
    if here != there:
        raise SchemaError(
            f"table {name!r} has the primary key {here} on the local side, {there} on the remote",
            hint="declare the same key on both sides",
        )


def _kinds(name: str, specs: dict[SideName, TableSpec], wanted: Wanted) -> dict[str, Kind]:
    """Return the columns to be synced with their kinds, sorted by name."""
    here = {column.name: column for column in specs["local"].columns}
    there = {column.name: column for column in specs["remote"].columns}
    if wanted.columns is None:
        names: Iterable[str] = here.keys() | there.keys()
    else:
        for column in wanted.columns:
            specs["local"].column(column)
            specs["remote"].column(column)
        names = {*wanted.columns, *specs["local"].primary_key}
    problems = [
        told
        for column in sorted(names)
        if (told := _differs(column, here.get(column), there.get(column))) is not None
    ]
    if problems:
        raise SchemaError(
            f"table {name!r} is not the same on both sides: {'; '.join(problems)}",
            hint="alter one of them, or pass columns=[...] to sync what both have",
        )
    return {
        column: here[column].type.kind
        for column in sorted(names)
        if here[column].generated is None
    }


def _differs(name: str, here: ColumnSpec | None, there: ColumnSpec | None) -> str | None:
    """Say how a column differs, where values might not be kept alike."""
    if here is None or there is None:
        return f"column {name!r} is only on the {'remote' if here is None else 'local'} side"
    if (here.generated is None) != (there.generated is None):
        side = "local" if there.generated is None else "remote"
        return f"column {name!r} is computed on the {side} side"
    if _kept_as(here) != _kept_as(there):
        return f"column {name!r} is {here.type} on the local side, {there.type} on the remote"
    return None


def _kept_as(column: ColumnSpec) -> tuple[object, ...]:
    """Return the facts of a type on which it depends how a value is kept."""
    given = column.type
    if given.kind is Kind.ANY:
        return given.kind, given.word
    if given.kind is Kind.REAL:
        return given.kind, given.bits
    if given.kind in (Kind.INTEGER, Kind.TEXT):
        return (given.kind,)
    return given.kind, given.precision, given.scale


def no_text(where: Given) -> Given:
    """
    Return a filter that means the same on both sides.

    Raises
    ------
    InterfaceError
        If it is text.
    """
    if isinstance(where.condition, Text):
        raise InterfaceError(
            "a sync takes no filter given as text, which each engine reads in its own way",
            hint="write where={'run': 3} or where=col('run') > 3",
        )
    return where

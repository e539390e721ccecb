"""Seeing which rules and defaults an engine really takes: the table is made, and undone."""

from __future__ import annotations

import attrs

from scitex.db.domain.copying import Uncarried
from scitex.db.domain.errors import DataError, NotSupportedError, ProgrammingError
from scitex.db.domain.tables import TableSpec
from scitex.db.ports.storage import Storage
from scitex.db.services.copying.planning import Plan

_REFUSALS = (ProgrammingError, DataError, NotSupportedError)


def tried(target: Storage, todo: Plan) -> Plan:
    """Return a plan without the rules and defaults that the target refuses, which it notes."""
    found = [_tried_table(target, spec) for spec in todo.tables]
    left = [each for _, lost in found for each in lost]
    tables = tuple(spec for spec, _ in found)
    return attrs.evolve(todo, tables=tables, uncarried=(*todo.uncarried, *left))


def _tried_table(target: Storage, spec: TableSpec) -> tuple[TableSpec, list[Uncarried]]:
    """Try a table whole; where it is refused, each rule and default by itself."""
    defaults = [column for column in spec.columns if column.default is not None]
    alone = attrs.evolve(spec, foreign_keys=())
    if not (spec.checks or defaults) or _can_be(target, alone):
        return spec, []
    without = [attrs.evolve(column, default=None) for column in spec.columns]
    bare = attrs.evolve(alone, checks=(), columns=without)
    checks = [
        check for check in spec.checks if _can_be(target, attrs.evolve(bare, checks=(check,)))
    ]
    refused = set()
    for column in defaults:
        columns = [column if each.name == column.name else each for each in without]
        if not _can_be(target, attrs.evolve(bare, columns=columns)):
            refused.add(column.name)
    left = [Uncarried("check", check, spec.name) for check in spec.checks if check not in checks]
    left += [
        Uncarried("default", f"{column.name}: {column.default}", spec.name)
        for column in defaults
        if column.name in refused
    ]
    kept = [
        attrs.evolve(each, default=None) if each.name in refused else each for each in spec.columns
    ]
    return attrs.evolve(spec, columns=kept, checks=checks), left


def _can_be(target: Storage, spec: TableSpec) -> bool:
    """Say whether the engine makes such a table."""
    block = object()
    target.begin(block)
    try:
        target.create_table(spec)
    except _REFUSALS:
        return False
    finally:
        target.rollback(block)
    return True

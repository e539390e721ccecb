"""Which table refers to which."""

from __future__ import annotations

import contextlib
import graphlib

from scitex.db.domain.inspection.catalogued import Constraint
from scitex.db.ports.storage import Storage


def referred(storage: Storage) -> dict[str, set[str]]:
    """Return the tables that each table refers to, itself left out."""
    names = storage.tables()
    return {
        name: {
            key.referred_table
            for key in keys(storage, name)
            if key.referred_table is not None and key.referred_schema is None
        }
        & set(names) - {name}
        for name in names
    }


def keys(storage: Storage, table: str) -> list[Constraint]:
    """Return the foreign keys of a table."""
    return [rule for rule in storage.constraints(table) if rule.kind == "foreign key"]


def in_order(storage: Storage) -> list[str]:
    """Return the tables, each after those that it refers to; those in circles at the end."""
    graph = referred(storage)
    sorter = graphlib.TopologicalSorter({name: sorted(graph[name]) for name in sorted(graph)})
    done: list[str] = []
    with contextlib.suppress(graphlib.CycleError):  # the others can still be put in order
        sorter.prepare()
    while ready := sorted(sorter.get_ready()):
        done += ready
        sorter.done(*ready)
    return done + sorted(set(graph) - set(done))


def neighbours(storage: Storage, tables: tuple[str, ...]) -> tuple[str, ...]:
    """Return these tables with those next to them, in either direction."""
    graph = referred(storage)
    found = set(tables)
    for name, others in graph.items():
        if name in tables:
            found |= others
        elif others & set(tables):
            found.add(name)
    return tuple(sorted(found))

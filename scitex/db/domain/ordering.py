"""In which order tables are written, so that references hold on the way."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Mapping

from scitex.db.domain.tables import TableSpec


def parents_first(specs: Mapping[str, TableSpec]) -> list[str]:
    """
    Return tables so that each comes after those it refers to, as far as there is such an order.

    Examples
    --------
    >>> from scitex.db.domain.tables import ColumnSpec, ForeignKey
    >>> runs = TableSpec("runs", [ColumnSpec("id", "INTEGER")], primary_key="id")
    >>> steps = TableSpec(
    ...     "a", [ColumnSpec("run", "INTEGER")], foreign_keys=[ForeignKey("run", "runs")]
    ... )
    >>> parents_first({"a": steps, "runs": runs})
    ['runs', 'a']
    """
    graph = {
        name: {key.table for key in spec.foreign_keys if key.table in specs} - {name}
        for name, spec in specs.items()
    }
    while True:
        try:
            return list(graphlib.TopologicalSorter(graph).static_order())
        except graphlib.CycleError as error:
            one, other = error.args[1][:2]  # `one` comes before `other`, which refers to it
            graph[other].discard(one)


def late_columns(spec: TableSpec, done: Iterable[str]) -> tuple[str, ...]:
    """
    Return the columns that refer to records which may not be there yet.

    Parameters
    ----------
    spec : TableSpec
    done : iterable of str
        The tables that are written before this one.

    Returns
    -------
    tuple of str
        Of foreign keys, all of whose columns may be without a value for a while.
    """
    before = set(done)
    keys = [
        key.columns
        for key in spec.foreign_keys
        if key.table not in before
        and all(spec.column(name).nullable for name in key.columns)
        and not set(key.columns) & set(spec.primary_key)
    ]
    return tuple(dict.fromkeys(name for columns in keys for name in columns))

"""Making, changing and removing tables and indexes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs

from scitex.db.adapters.memory import references, refusals, searching
from scitex.db.adapters.memory.expressions import texts
from scitex.db.adapters.memory.expressions.truths import Test
from scitex.db.adapters.memory.keys import Key
from scitex.db.adapters.memory.renaming import column_renamed, table_renamed
from scitex.db.adapters.memory.rules import Rules
from scitex.db.adapters.memory.store import Store
from scitex.db.adapters.memory.table import Shelf, Table
from scitex.db.domain.errors import (
    ForeignKeyError,
    IndexNotFoundError,
    SchemaError,
    UnsupportedFeatureError,
)
from scitex.db.domain.jsonsides import check_indexed
from scitex.db.domain.references import referred
from scitex.db.domain.search.searching import refuse_to_drop
from scitex.db.domain.tables import (
    ColumnSpec,
    IndexSpec,
    TableSpec,
    differences,
    index_taken,
    name_taken,
    needed_by,
    table_differs,
)


def create_table(store: Store, spec: TableSpec) -> None:
    """Make a table; leave one that is the same alone."""
    spec = _keyed(spec)
    found = store.tables.get(spec.name)
    if found is not None:
        differing = differences(spec, found.spec)
        if differing:
            raise table_differs(spec.name, differing)
        return
    _refuse_taken(store, spec.name)
    references.check_declared(store, spec)
    made = table_of(Rules(spec, store.engine), Shelf.empty(), ())
    store.replace({**store.tables, spec.name: made})


def table_of(rules: Rules, shelf: Shelf, indexes: Iterable[IndexSpec]) -> Table:
    """
    Make a table of its rules, its records and its indexes.

    Raises
    ------
    DuplicateKeyError
        If two records have the same values of a key.
    """
    spec = rules.spec
    names = dict.fromkeys(key for key in (spec.primary_key, *spec.unique) if key)
    made = Table(rules, shelf, (), {index.name: index for index in indexes})
    keys = [_filled(made, _key(rules, name)) for name in names]
    keys += [
        _filled(made, _of_index(rules, each)) for each in made.indexes.values() if each.unique
    ]
    return Table(rules, shelf, tuple(keys), made.indexes)


def _keyed(spec: TableSpec) -> TableSpec:
    """Say of the primary key's columns that they must have a value, as they must."""
    columns = [
        attrs.evolve(column, nullable=column.nullable and column.name not in spec.primary_key)
        for column in spec.columns
    ]
    return attrs.evolve(spec, columns=columns)


def _key(
    rules: Rules, columns: tuple[str, ...], *, index: str = "", where: str | None = None
) -> Key:
    positions = tuple(rules.positions[name] for name in columns)
    test = None if where is None else _test(rules, where)
    return Key(columns, positions, index=index, test=test)


def _test(rules: Rules, where: str) -> Test:
    return texts.ruled(where, rules.spec, rules.engine).test


def _refuse_taken(store: Store, name: str) -> None:
    """Refuse a name that a table or an index has."""
    if name in store.tables:
        raise name_taken("table", name)
    for table in store.tables.values():
        if name in table.indexes:
            raise name_taken("index", name, table.spec.name)


def let_refer(store: Store, spec: TableSpec) -> None:
    """Give a table that is there its foreign keys."""
    references.check_declared(store, spec)
    made = _remade(store.table(spec.name), _keyed(spec))
    store.replace({**store.tables, spec.name: made})


def drop_table(store: Store, name: str) -> None:
    """Remove a table that no other one refers to."""
    store.table(name)
    for other, key in store.referrers(name):
        if other.spec.name != name:
            raise ForeignKeyError(
                f"table {name!r} cannot be dropped: a foreign key of table "
                f"{other.spec.name!r} refers to it",
                table=other.spec.name,
                columns=key.columns,
                hint=f"drop table {other.spec.name!r} first",
            )
    store.replace({key: table for key, table in store.tables.items() if key != name})
    searching.forget(store, name)


def _remade(
    table: Table,
    spec: TableSpec,
    *,
    shelf: Shelf | None = None,
    indexes: dict[str, IndexSpec] | None = None,
    renamed: Callable[[str], str] = str,
) -> Table:
    """Return the table as `spec` has it; its keys know of the same records."""
    rules = Rules(spec, table.rules.engine)
    indexes = dict(table.indexes) if indexes is None else indexes
    keys = []
    for key in table.keys:
        columns = tuple(map(renamed, key.columns))
        positions = tuple(rules.positions[name] for name in columns)
        where = indexes[key.index].where if key.index else None
        test = None if where is None else _test(rules, where)
        keys.append(key.shared(columns, positions, test=test))
    return Table(rules, shelf or table.shelf, tuple(keys), indexes)


def rename_table(store: Store, name: str, to: str) -> None:
    """Give a table another name; what refers to it follows."""
    renamed = store.table(name)
    _refuse_taken(store, to)
    tables: dict[str, Table] = {}
    for key, table in store.tables.items():
        spec = table_renamed(table.spec, name, to)
        if table is renamed:
            indexes = {
                each: attrs.evolve(index, table=to) for each, index in table.indexes.items()
            }
            tables[to] = _remade(table, spec, indexes=indexes)
        else:
            tables[key] = table if spec == table.spec else _remade(table, spec)
    store.replace(tables)
    searching.renamed(store, name, to)


def add_column(store: Store, name: str, column: ColumnSpec) -> None:
    """Add a column at the end; records that are there take its default."""
    table = store.table(name)
    if column.name in table.spec.names:
        raise name_taken("column", column.name, name)
    if column.autoincrement:
        raise UnsupportedFeatureError(
            f"column {column.name!r} of table {name!r}: a column that numbers records cannot be "
            "added to a table that is there",
            engine="memory",
            hint="declare it in create_table",
        )
    spec = table.spec.with_column(column)
    rules = Rules(spec, store.engine)
    place = len(table.spec.columns)
    value = rules.default(place)
    if value is None and not column.nullable and column.generated is None:
        raise SchemaError(
            f"column {column.name!r} cannot be added to table {name!r}: it must have a value, "
            "and has no default",
            hint="declare a DEFAULT, or leave out NOT NULL",
        )
    old = table.shelf
    records = {number: rules.completed([*record, value]) for number, record in old.items()}
    shelf = Shelf(records, old.numbers, dict(old.counters))
    store.replace({**store.tables, name: _remade(table, spec, shelf=shelf)})


def drop_column(store: Store, name: str, column: str) -> None:
    """Remove a column that nothing needs."""
    table = store.table(name)
    dropped = table.spec.column(column).name
    place = table.rules.positions[dropped]
    refuse_to_drop(name, dropped, store.searches.get(name))
    needed_by(table.spec, table.indexes.values(), dropped)
    kept = [each for each in table.spec.columns if each.name != dropped]
    spec = attrs.evolve(table.spec, columns=kept)
    old = table.shelf
    records = {number: (*record[:place], *record[place + 1 :]) for number, record in old.items()}
    counters = {at - (at > place): last for at, last in old.counters.items() if at != place}
    shelf = Shelf(records, old.numbers, counters)
    store.replace({**store.tables, name: _remade(table, spec, shelf=shelf)})


def rename_column(store: Store, name: str, column: str, to: str) -> None:
    """Give a column another name; what refers to it follows."""
    table = store.table(name)
    old = table.spec.column(column).name
    if to in table.spec.names:
        raise name_taken("column", to, name)
    tables: dict[str, Table] = {}
    for key, each in store.tables.items():
        spec, indexes = column_renamed(each, name, (old, to))
        if each is table:
            tables[key] = _remade(
                each, spec, indexes=indexes, renamed=lambda known: to if known == old else known
            )
        else:
            tables[key] = each if spec == each.spec else _remade(each, spec)
    store.replace(tables)
    searching.column_renamed(store, name, old, to)


def create_index(store: Store, index: IndexSpec) -> None:
    """Make an index; leave one that is the same alone."""
    table = store.table(index.table)
    check_indexed(table.spec, index)
    for each in store.tables.values():
        if index.name in each.indexes:
            index_taken(index, each.indexes[index.name])
            return
    _refuse_taken(store, index.name)
    if index.where is not None:
        _test(table.rules, index.where)
    own = (_filled(table, _of_index(table.rules, index)),) if index.unique else ()
    keys = (*table.keys, *own)
    made = Table(table.rules, table.shelf, keys, {**table.indexes, index.name: index})
    store.replace({**store.tables, index.table: made})


def _of_index(rules: Rules, index: IndexSpec) -> Key:
    return _key(rules, index.names, index=index.name, where=index.where)


def _filled(table: Table, key: Key) -> Key:
    """Let a key know of a table's records."""
    twice = key.fill(table.shelf.items())
    if twice is not None:
        values = [twice[place] for place in key.positions]
        raise refusals.duplicate(table.spec.name, key.columns, values)
    return key


def drop_index(store: Store, name: str, index: str) -> None:
    """Remove an index that no foreign key needs."""
    table = store.table(name)
    if index not in table.indexes:
        raise IndexNotFoundError(index, sorted(table.indexes), table=name)
    keys = tuple(key for key in table.keys if key.index != index)
    indexes = {key: each for key, each in table.indexes.items() if key != index}
    made = Table(table.rules, table.shelf, keys, indexes)
    for other, key in store.referrers(name):
        if made.lookup(referred(key, table.spec)) is None:
            raise SchemaError(
                f"index {index!r} of table {name!r} cannot be dropped: a foreign key of table "
                f"{other.spec.name!r} needs it"
            )
    store.replace({**store.tables, name: made})

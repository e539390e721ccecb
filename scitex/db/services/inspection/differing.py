"""Comparing what two databases are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from scitex.db.domain.errors import TableNotFoundError
from scitex.db.domain.inspection import catalogued
from scitex.db.domain.inspection.catalogued import Constraint, term_text
from scitex.db.domain.inspection.schemadiffs import Difference, SchemaDiff
from scitex.db.domain.jsonpaths import JsonPath
from scitex.db.domain.names import identifiers
from scitex.db.domain.sql.sqlmeaning import meaning
from scitex.db.domain.sql.sqltext import Syntax
from scitex.db.domain.tables import ColumnSpec, ForeignKey, IndexSpec, TableSpec, columns_of
from scitex.db.ports.storage import Storage

Side = Storage | TableSpec


@attrs.frozen
class Facts:
    """
    What is known of one table.

    Attributes
    ----------
    spec : TableSpec
    constraints : list of Constraint
    syntax : Syntax
        How its SQL text is quoted.
    indexes, triggers : mapping or None
        By name; None where only a spec is known.
    search : str or None
    rules : mapping of str to str, optional
        What only the engine knows of: STRICT, partitioning, inheritance, exclusions, ...
    """

    spec: TableSpec
    constraints: list[Constraint]
    syntax: Syntax
    indexes: Mapping[str, IndexSpec] | None = None
    triggers: Mapping[str, str] | None = None
    search: str | None = None
    rules: Mapping[str, str] | None = None

    def says(self, text: str | None) -> object:
        """Return what SQL text of this table means."""
        return None if text is None else meaning(text, self.syntax)


@attrs.frozen
class Whole:
    """Everything that is compared of one side."""

    engine: str | None
    tables: Mapping[str, Facts]
    views: Mapping[str, str]


def compare(a: Side, b: Side, *, tables: str | Iterable[str] | None = None) -> SchemaDiff:
    """
    Compare two databases, a database with a table, or two tables.

    Raises
    ------
    TableNotFoundError
        If one of `tables` is in neither.
    """
    chosen = None if tables is None else set(identifiers(tables))
    labels = [_label(side) for side in (a, b)]
    if isinstance(a, TableSpec) and isinstance(b, TableSpec):
        b = attrs.evolve(b, name=a.name, foreign_keys=_renamed(b, a.name))
    a, b = _completed(a, b), _completed(b, a)
    for side in (a, b):
        if isinstance(side, TableSpec):
            chosen = {side.name}
    wholes = [_whole(side, chosen) for side in (a, b)]
    known = {name for whole in wholes for name in (*whole.tables, *whole.views)}
    for name in sorted((chosen or set()) - known):
        raise TableNotFoundError(name, _known(a) | _known(b))
    found = sorted(_differences(*wholes), key=_place)
    return SchemaDiff(labels[0], labels[1], tuple(found))


def _label(side: Side) -> str:
    if isinstance(side, TableSpec):
        return f"the table {side.name!r}"
    return f"{side.engine} {side.location}"


def _renamed(spec: TableSpec, name: str) -> list[Any]:
    """Let keys that refer to the table itself follow its other name."""
    return [
        attrs.evolve(key, table=name) if key.table == spec.name else key
        for key in spec.foreign_keys
    ]


def _completed(side: Side, other: Side) -> Side:
    """Say in a table's foreign keys which columns they mean where they leave that out."""
    if not isinstance(side, TableSpec):
        return side
    keys = [
        key if key.references else attrs.evolve(key, references=_meant(key, side, other))
        for key in side.foreign_keys
    ]
    return attrs.evolve(side, foreign_keys=keys)


def _meant(key: ForeignKey, spec: TableSpec, other: Side) -> tuple[str, ...]:
    """Return the primary key that is referred to, as far as the sides know it."""
    found: tuple[str, ...] = ()
    if key.table == spec.name:
        found = spec.primary_key
    elif isinstance(other, TableSpec):
        same = [each for each in other.foreign_keys if each.table == key.table]
        found = next((each.references for each in same if each.columns == key.columns), ())
    elif key.table in other.tables():
        found = other.describe(key.table).primary_key
    return found if len(found) == len(key.columns) else ()


def _known(side: Side) -> set[str]:
    return {side.name} if isinstance(side, TableSpec) else set(side.tables())


_OF_COLUMNS = {"column", "type", "nullable", "default", "computed", "collation"}
# Facts that belong to a table, and that no description of tables in general has.
_RULES = frozenset({"rule", "partitioning", "inheritance", "policy", "foreign table"})
_ORDER = (
    "table view numbering columns primary_key unique check foreign_key rule index trigger search"
).split()


def _place(each: Difference) -> tuple[bool, str, int]:
    """Sort: tables that are missing first, then table by table, each as it was found."""
    what = "columns" if each.what in _OF_COLUMNS else each.what.replace(" ", "_")
    return each.what not in {"table", "view"}, each.table, _ORDER.index(what)


def _whole(side: Side, chosen: set[str] | None) -> Whole:
    """Collect what is compared of one side."""
    if isinstance(side, TableSpec):
        return Whole(None, {side.name: _of_spec(side)}, {})
    syntax = Syntax.POSTGRESQL if side.engine == "postgresql" else Syntax.SQLITE
    triggers: dict[str, dict[str, str]] = {}
    for trigger in side.triggers():
        triggers.setdefault(trigger.table, {})[trigger.name] = _even(trigger.sql)
    rules: dict[str, dict[str, str]] = {}
    for each in side.belongings():
        if each.table is not None and each.what in _RULES:
            rules.setdefault(each.table, {})[each.name] = each.what
    tables = {
        name: _of_table(side, name, syntax, triggers.get(name, {}), rules.get(name, {}))
        for name in side.tables()
        if chosen is None or name in chosen
    }
    views = {
        view.name: _even(view.sql)
        for view in side.views()
        if chosen is None or view.name in chosen
    }
    return Whole(side.engine, tables, views)


def _even(sql: str) -> str:
    """Spell text with single blanks."""
    return " ".join(sql.split())


def _of_spec(spec: TableSpec) -> Facts:
    keys = [catalogued.key(spec.primary_key, primary=True)] if spec.primary_key else []
    rules = [
        *(catalogued.key(columns) for columns in spec.unique),
        *(catalogued.check(text, columns_of(spec, text)) for text in spec.checks),
        *(catalogued.reference(key, key.references) for key in spec.foreign_keys),
    ]
    return Facts(spec, keys + rules, Syntax.POSTGRESQL)


def _of_table(
    storage: Storage,
    name: str,
    syntax: Syntax,
    triggers: Mapping[str, str],
    rules: Mapping[str, str],
) -> Facts:
    search = storage.search_of(name)
    return Facts(
        storage.describe(name),
        storage.constraints(name),
        syntax,
        {index.name: index for index in storage.indexes(name)},
        triggers,
        None if search is None else f"{', '.join(search.columns)} in {search.language}",
        rules,
    )


def _differences(a: Whole, b: Whole) -> Iterator[Difference]:
    one_engine = a.engine == b.engine
    for name in sorted({*a.tables, *b.tables}):
        if name in a.tables and name in b.tables:
            yield from _of_tables(a.tables[name], b.tables[name], one_engine=one_engine)
        else:
            yield _only("table", name, None, "", in_a=name in a.tables)
    for name in sorted({*a.views, *b.views}):
        one, other = a.views.get(name), b.views.get(name)
        if one is None or other is None:
            yield _only("view", name, None, "", in_a=other is None)
        elif one_engine and one != other:
            yield Difference("view", name, None, one, other)


def _only(what: str, table: str, name: str | None, text: str, *, in_a: bool) -> Difference:
    return Difference(what, table, name, text if in_a else None, None if in_a else text)


def _of_tables(a: Facts, b: Facts, *, one_engine: bool) -> Iterator[Difference]:
    table = a.spec.name
    yield from _of_columns(a, b, one_engine=one_engine)
    if a.spec.numbered != b.spec.numbered:
        yield Difference("numbering", table, None, a.spec.numbered, b.spec.numbered)
    elif one_engine and _growing(a) != _growing(b):
        yield Difference("numbering", table, None, _growing(a), _growing(b))
    if a.spec.primary_key != b.spec.primary_key:
        keys = (each.spec.primary_key for each in (a, b))
        sides = (f"({catalogued.listed(key)})" if key else None for key in keys)
        yield Difference("primary key", table, None, *sides)
    for kind, meant in (("unique", _unique), ("check", _check), ("foreign key", _reference)):
        yield from _of_rules(a, b, kind, meant)
    if a.indexes is None or b.indexes is None:
        return  # of one, only a spec is known
    yield from _of_indexes(a, b)
    if a.search != b.search:
        yield Difference("search", table, None, a.search, b.search)
    if one_engine:
        yield from _of_engine(table, a.rules or {}, b.rules or {})
    yield from _of_triggers(a, b, one_engine=one_engine)


def _of_engine(
    table: str, ours: Mapping[str, str], theirs: Mapping[str, str]
) -> Iterator[Difference]:
    """Compare what only one engine knows of."""
    for name in sorted({*ours} ^ {*theirs}):
        kind = ours.get(name) or theirs[name]
        yield _only("rule", table, name, kind, in_a=name in ours)


def _growing(facts: Facts) -> str | None:
    """Say by which column records are numbered, and whether a number never comes again."""
    name = facts.spec.numbered
    if name is None:
        return None
    return f"{name} AUTOINCREMENT" if facts.spec.column(name).autoincrement else name


def _of_columns(a: Facts, b: Facts, *, one_engine: bool) -> Iterator[Difference]:
    table = a.spec.name
    ours = {column.name: column for column in a.spec.columns}
    theirs = {column.name: column for column in b.spec.columns}
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        one, other = ours.get(name), theirs.get(name)
        if one is not None and other is not None:
            for what, left, right in _of_column(a, b, one, other):
                if what != "collation" or one_engine:
                    yield Difference(what, table, name, left, right)
        elif (column := one or other) is not None:
            yield _only("column", table, name, column.type.portable, in_a=other is None)


def _of_column(
    a: Facts, b: Facts, one: ColumnSpec, other: ColumnSpec
) -> Iterator[tuple[str, str | None, str | None]]:
    """Say what differs in a column."""
    if one.type.meaning != other.type.meaning:
        yield "type", one.type.portable, other.type.portable
    words = ("NOT NULL", "may be NULL")
    if one.nullable != other.nullable:
        yield "nullable", words[one.nullable], words[other.nullable]
    if _default(a, one) != _default(b, other):
        yield "default", one.default, other.default
    if a.says(one.generated) != b.says(other.generated):
        yield "computed", one.generated, other.generated
    if one.collation != other.collation:
        yield "collation", one.collation, other.collation


def _default(facts: Facts, column: ColumnSpec) -> object:
    """Return what a default says; NULL is none."""
    said = facts.says(column.default)
    return None if said == ("null",) else said


def _unique(_facts: Facts, rule: Constraint) -> object:
    return frozenset(rule.columns)


def _check(facts: Facts, rule: Constraint) -> object:
    return facts.says(rule.sql.removeprefix("CHECK"))


def _reference(_facts: Facts, rule: Constraint) -> object:
    pairs = rule.referred_columns or ("",) * len(rule.columns)
    return (
        frozenset(zip(rule.columns, pairs, strict=False)),
        rule.referred_table,
        rule.on_delete,
        rule.on_update,
        rule.deferred,
    )


def _of_rules(
    a: Facts, b: Facts, kind: str, meant: Callable[[Facts, Constraint], object]
) -> Iterator[Difference]:
    """Compare rules of one kind, whatever they are called."""
    sides = [
        {meant(facts, rule): rule for rule in facts.constraints if rule.kind == kind}
        for facts in (a, b)
    ]
    for own, others, in_a in ((sides[0], sides[1], True), (sides[1], sides[0], False)):
        for said, rule in own.items():
            if said not in others:
                yield _only(kind, a.spec.name, rule.name, rule.sql, in_a=in_a)


def _of_indexes(a: Facts, b: Facts) -> Iterator[Difference]:
    ours, theirs = a.indexes or {}, b.indexes or {}
    for name in sorted({*ours, *theirs}):
        one, other = ours.get(name), theirs.get(name)
        if one is None or other is None:
            index = one or other
            text = "" if index is None else _index_text(index)
            yield _only("index", a.spec.name, name, text, in_a=other is None)
        elif _index(a, one) != _index(b, other):
            yield Difference("index", a.spec.name, name, _index_text(one), _index_text(other))


def _index(facts: Facts, index: IndexSpec) -> object:
    """Return what an index is on, however it is spelt."""
    terms = [
        term if isinstance(term, JsonPath) or term in facts.spec.names else facts.says(term)
        for term in index.columns
    ]
    return terms, index.unique, facts.says(index.where)


def _index_text(index: IndexSpec) -> str:
    unique = "unique " if index.unique else ""
    where = f" where {index.where}" if index.where else ""
    terms = ", ".join(term if isinstance(term, str) else term_text(term) for term in index.columns)
    return f"{unique}on ({terms}){where}"


def _of_triggers(a: Facts, b: Facts, *, one_engine: bool) -> Iterator[Difference]:
    ours, theirs = a.triggers or {}, b.triggers or {}
    for name in sorted({*ours, *theirs}):
        one, other = ours.get(name), theirs.get(name)
        if one is None or other is None:
            yield _only("trigger", a.spec.name, name, "", in_a=other is None)
        elif one_engine and one != other:
            yield Difference("trigger", a.spec.name, name, one, other)

"""What a database's catalogue tells beside tables and indexes: constraints, triggers, views."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import attrs

from scitex.db.domain.jsonpaths import JsonPath
from scitex.db.domain.tables import Action, ForeignKey, IndexSpec, TableSpec

ConstraintKind = Literal["primary key", "unique", "check", "foreign key", "exclude"]


@attrs.frozen
class Constraint:
    """
    A rule that every record of a table meets.

    Attributes
    ----------
    kind : {"primary key", "unique", "check", "foreign key", "exclude"}
    columns : tuple of str
        In the rule's own order; empty where a CHECK does not tell its columns.
    sql : str
        The rule as it would stand in CREATE TABLE, without its name.
    name : str or None
        None where it was given none, as is usual on SQLite and in memory.
    referred_table : str or None
        The table that a foreign key refers to.
    referred_columns : tuple of str
        Its columns, in the order of `columns`.
    referred_schema : str or None
        Its schema, where that is not the table's own.
    on_delete, on_update : str
        What a foreign key does when the record referred to goes or changes.
    deferrable, deferred : bool
        Whether a transaction may put the rule off to its end, and whether that is so by itself.
    """

    kind: ConstraintKind
    columns: tuple[str, ...]
    sql: str
    name: str | None = None
    referred_table: str | None = None
    referred_columns: tuple[str, ...] = ()
    referred_schema: str | None = None
    on_delete: Action = "NO ACTION"
    on_update: Action = "NO ACTION"
    deferrable: bool = False
    deferred: bool = False


@attrs.frozen
class Trigger:
    """
    What is done when records of a table change.

    Attributes
    ----------
    name : str
    table : str
    timing : {"BEFORE", "AFTER", "INSTEAD OF"}
    events : tuple of str
        Of ``"INSERT"``, ``"UPDATE"``, ``"DELETE"``, ``"TRUNCATE"``.
    sql : str
        The CREATE TRIGGER.
    """

    name: str
    table: str
    timing: str
    events: tuple[str, ...]
    sql: str


@attrs.frozen
class View:
    """
    A query that has a name.

    Attributes
    ----------
    name : str
    sql : str
        The CREATE VIEW.
    materialized : bool, default False
        Whether its rows are kept, and are as old as its last refresh.
    """

    name: str
    sql: str
    materialized: bool = False


# Words that PostgreSQL or SQLite take for something else where a name stands.
_RESERVED = frozenset(
    "all analyse analyze and any array as asc between both by case cast check collate column "
    "constraint create cross current_date current_time current_timestamp current_user default "
    "deferrable delete desc distinct do drop else end escape except exists false fetch for "
    "foreign freeze from full grant group having if in index initially inner insert intersect "
    "into is isnull join lateral leading left like limit natural not notnull null of offset on "
    "only or order outer primary references returning right select session_user set some table "
    "then to trailing transaction trigger true union unique update user using values view when "
    "where window with".split()
)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def quoted(name: str) -> str:
    """
    Spell a name in standard SQL, in quotes where it needs them.

    Examples
    --------
    >>> quoted("users"), quoted("order"), quoted("Team")
    ('users', '"order"', '"Team"')
    """
    if _PLAIN.fullmatch(name) and name not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def listed(names: Iterable[str]) -> str:
    """
    Spell names with commas between.

    Examples
    --------
    >>> listed(["id", "My Team"])
    'id, "My Team"'
    """
    return ", ".join(map(quoted, names))


def key(names: tuple[str, ...], *, name: str | None = None, primary: bool = False) -> Constraint:
    """Make a primary key, or a UNIQUE."""
    kind: ConstraintKind = "primary key" if primary else "unique"
    return Constraint(kind, names, f"{kind.upper()} ({listed(names)})", name)


def check(text: str, columns: tuple[str, ...] = (), *, name: str | None = None) -> Constraint:
    """Make a CHECK."""
    return Constraint("check", columns, f"CHECK ({text})", name)


def reference(
    foreign: ForeignKey,
    referred: tuple[str, ...],
    *,
    name: str | None = None,
    deferrable: bool | None = None,
) -> Constraint:
    """
    Make a foreign key.

    Parameters
    ----------
    foreign : ForeignKey
    referred : tuple of str
        The columns referred to, also where `foreign` leaves them out.
    name : str, optional
    deferrable : bool, optional
        Where it is not said, what is deferred is deferrable and nothing else.
    """
    may_wait = foreign.deferred if deferrable is None else deferrable
    to = f"({listed(referred)})" if referred else ""
    sql = f"FOREIGN KEY ({listed(foreign.columns)}) REFERENCES {quoted(foreign.table)}{to}"
    for event, action in (("UPDATE", foreign.on_update), ("DELETE", foreign.on_delete)):
        sql += f" ON {event} {action}" if action != "NO ACTION" else ""
    if may_wait:
        sql += " DEFERRABLE" + (" INITIALLY DEFERRED" if foreign.deferred else "")
    return Constraint(
        "foreign key",
        foreign.columns,
        sql,
        name,
        referred_table=foreign.table,
        referred_columns=referred,
        on_delete=foreign.on_delete,
        on_update=foreign.on_update,
        deferrable=may_wait,
        deferred=foreign.deferred,
    )


def with_deferral(foreign: ForeignKey, *, deferred: bool) -> ForeignKey:
    """Return a foreign key that is, or is not, looked at when a transaction ends."""
    return attrs.evolve(foreign, deferred=deferred)


_ORDER = ("primary key", "unique", "check", "foreign key", "exclude")


def in_order(constraints: Iterable[Constraint]) -> list[Constraint]:
    """Sort constraints: keys first, foreign keys late, otherwise as they came."""
    return sorted(constraints, key=lambda each: _ORDER.index(each.kind))


def create_table_text(spec: TableSpec, constraints: Iterable[Constraint]) -> str:
    """
    Spell the CREATE TABLE of a spec in the portable words.

    Examples
    --------
    >>> from scitex.db.domain.tables import ColumnSpec
    >>> runs = TableSpec("runs", [ColumnSpec("id", "INTEGER")], primary_key="id")
    >>> print(create_table_text(runs, [key(("id",), primary=True)]))
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY
    )
    """
    lines = []
    for column in spec.columns:
        line = f"{quoted(column.name)} {column.type.portable}".rstrip()
        if spec.primary_key == (column.name,):
            line += " PRIMARY KEY" + (" AUTOINCREMENT" if column.autoincrement else "")
        if not column.nullable and column.name != spec.numbered:
            line += " NOT NULL"
        line += f" DEFAULT {column.default}" if column.default is not None else ""
        line += f" COLLATE {quoted(column.collation)}" if column.collation else ""
        line += f" GENERATED ALWAYS AS ({column.generated}) STORED" if column.generated else ""
        lines.append(line)
    alone = len(spec.primary_key) == 1
    lines += [
        each.sql if each.name is None else f"CONSTRAINT {quoted(each.name)} {each.sql}"
        for each in in_order(constraints)
        if not (alone and each.kind == "primary key")
    ]
    return f"CREATE TABLE {quoted(spec.name)} (\n    " + ",\n    ".join(lines) + "\n)"


def create_index_text(index: IndexSpec) -> str:
    """
    Spell the CREATE INDEX of a spec.

    Examples
    --------
    >>> create_index_text(IndexSpec("i", "users", ("name", "Team"), unique=True))
    'CREATE UNIQUE INDEX i ON users (name, "Team")'
    """
    kind = "UNIQUE INDEX" if index.unique else "INDEX"
    terms = ", ".join(map(term_text, index.columns))
    where = f" WHERE {index.where}" if index.where else ""
    return f"CREATE {kind} {quoted(index.name)} ON {quoted(index.table)} ({terms}){where}"


def term_text(term: str | JsonPath) -> str:
    """
    Spell what an index is on: a column, or a path inside a JSON column.

    Examples
    --------
    >>> term_text(JsonPath("config", ("lr", 0)))
    "(config -> 'lr' -> 0)"
    """
    if isinstance(term, str):
        return quoted(term)
    steps = [
        str(step) if isinstance(step, int) else "'" + step.replace("'", "''") + "'"
        for step in term.path
    ]
    return f"({' -> '.join([quoted(term.column), *steps])})"

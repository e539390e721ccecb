"""What a SQLite file tells of its constraints, triggers and views, and how it reads."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import attrs

from scitex.db.adapters.sql.asking import Described
from scitex.db.adapters.sql.profiling import Measures, mean_terms
from scitex.db.adapters.sqlite3 import catalog, explaining
from scitex.db.adapters.sqlite3.constraints import WrittenRule, rules
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.errors import TableNotFoundError
from scitex.db.domain.inspection import catalogued
from scitex.db.domain.inspection.catalogued import Constraint, Trigger, View
from scitex.db.domain.search.searching import PREFIX
from scitex.db.domain.sql.sqltext import Syntax, tokens
from scitex.db.domain.tables import ColumnSpec, ForeignKey, columns_of
from scitex.db.domain.types import Kind

_OURS = PREFIX.replace("_", r"\_")


def constraints(session: Session, table: str) -> list[Constraint]:
    """Return a table's rules, with the names that its text gives them."""
    described = session.described(table)
    spec = described.spec
    text = catalog.create_sql(session, table)
    written = rules(text) if text.upper().startswith("CREATE TABLE") else []
    found = [_primary_key(described, written)] if spec.primary_key else []
    names = {rule.columns: rule.name for rule in written if rule.word == "UNIQUE"}
    found += [catalogued.key(columns, name=names.get(columns)) for columns in spec.unique]
    found += [
        catalogued.check(rule.inside, columns_of(spec, rule.inside), name=rule.name)
        for rule in written
        if rule.word == "CHECK"
    ]
    return found + _foreign_keys(session, described, written)


def _primary_key(described: Described, written: list[WrittenRule]) -> Constraint:
    names = [rule.name for rule in written if rule.word == "PRIMARY"]
    name = names[0] if names else None
    return catalogued.key(described.spec.primary_key, name=name, primary=True)


def _foreign_keys(
    session: Session, described: Described, written: list[WrittenRule]
) -> list[Constraint]:
    """Match the foreign keys that the engine tells with those in the text, both in its order."""
    keys = [_as_named(session, key) for key in described.spec.foreign_keys]
    texts = [rule for rule in written if rule.word in {"FOREIGN", "REFERENCES"}]
    known: list[WrittenRule | None] = [*texts] if len(texts) == len(keys) else [None] * len(keys)
    found = []
    for key, rule in zip(keys, known, strict=True):
        exact = key
        if rule is not None:
            exact = catalogued.with_deferral(key, deferred=rule.deferred)
        found.append(
            catalogued.reference(
                exact,
                key.references or _referred(session, key.table),
                name=rule.name if rule else None,
                deferrable=rule.deferrable if rule else None,
            )
        )
    return found


def _as_named(session: Session, key: ForeignKey) -> ForeignKey:
    """Spell what a key refers to as it was named: capitals do not count in REFERENCES."""
    found = session.rows(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE",
        (key.table,),
    )
    if not found:
        return key
    table = found[0][0]
    names = {name.casefold(): name for name in session.described(table).spec.names}
    columns = tuple(names.get(name.casefold(), name) for name in key.references)
    return attrs.evolve(key, table=table, references=columns)


def _referred(session: Session, table: str) -> tuple[str, ...]:
    """Return the primary key of a table that may not be there."""
    try:
        return session.described(table).spec.primary_key
    except TableNotFoundError:
        return ()


def triggers(session: Session, table: str | None) -> list[Trigger]:
    """Return the triggers; those that serve a search are left out."""
    if table is not None:
        session.described(table)
    rows = session.rows(
        "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'trigger' "
        "AND name NOT LIKE ?2 ESCAPE '\\' "
        "AND (?1 IS NULL OR tbl_name = ?1 COLLATE NOCASE) ORDER BY tbl_name, name",
        (table, f"{_OURS}%"),
    )
    return [Trigger(name, owner, *_moment(sql), sql) for name, owner, sql in rows]


def _moment(sql: str) -> tuple[str, tuple[str, ...]]:
    """Read when a trigger fires, and on what."""
    words = [token.text.upper() for token in tokens(sql, Syntax.SQLITE) if token.kind == "word"]
    timing = "BEFORE"  # SQLite's own choice where the text says nothing
    for word in words[1:]:
        if word in {"BEFORE", "AFTER"}:
            timing = word
        elif word == "INSTEAD":
            timing = "INSTEAD OF"
        elif word in {"INSERT", "UPDATE", "DELETE"}:
            return timing, (word,)
    return timing, ()


def views(session: Session) -> list[View]:
    """Return the views."""
    rows = session.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'view' ORDER BY name")
    return [View(name, sql) for name, sql in rows]


def create_sql(session: Session, table: str) -> str:
    """Return the text as it was given."""
    return catalog.create_sql(session, table)


def index_sql(session: Session, table: str) -> dict[str, str]:
    """Return the texts of the indexes that CREATE INDEX made."""
    session.described(table)
    rows: list[tuple[Any, ...]] = session.rows(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL "
        "AND tbl_name = ? COLLATE NOCASE ORDER BY name",
        (table,),
    )
    return dict(rows)


def moment(session: Session) -> AbstractContextManager[None]:
    """See one state of the file for the length of a block."""
    return session.snapshot(writes=False)


_NUMBERS = frozenset({Kind.INTEGER, Kind.REAL, Kind.BOOLEAN})


def _value(column: ColumnSpec, name: str) -> str:
    """Leave out what another program stored as text or bytes in a column of numbers."""
    if column.type.kind not in _NUMBERS:
        return name  # SQLite keeps no NaN
    return f"CASE WHEN typeof({name}) IN ('integer', 'real') THEN {name} END"


def _misfits(column: ColumnSpec, name: str) -> str | None:
    if column.type.kind not in _NUMBERS:
        return None
    return f"count(*) FILTER (WHERE typeof({name}) IN ('text', 'blob'))"


def _ordered(column: ColumnSpec, name: str) -> str:
    """Have text in order of its code points, whatever collation was declared."""
    return f"{name} COLLATE BINARY" if column.type.kind in {Kind.TEXT, Kind.ANY} else name


def _mean(column: ColumnSpec, name: str) -> list[str]:
    """Take moments apart: an average of whole seconds would not be exact to the microsecond."""
    if column.type.kind in {Kind.TIMESTAMP, Kind.TIMESTAMPTZ}:
        second = f"strftime('%s', substr({name}, 1, 19))"
        fraction = f"CAST('0' || substr({name}, 20, 7) AS REAL)"
        return [
            f"sum(CAST({second} AS INTEGER))",
            f"round(sum({fraction}) FILTER (WHERE {second} IS NOT NULL), 6)",
            f"count({second})",
        ]
    return mean_terms(name) if column.type.kind is Kind.REAL else [f"avg({name})"]


def _size(_column: ColumnSpec, name: str) -> str:
    return f"length({name})"


measures = Measures(_value, _ordered, _ordered, _mean, _size, frozenset({Kind.ANY}), _misfits)
explain = explaining.explain

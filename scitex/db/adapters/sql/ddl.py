"""Spelling tables and indexes."""

from __future__ import annotations

import re
from collections.abc import Callable

from scitex.db.adapters.sql.dialect import Dialect
from scitex.db.domain.jsonpaths import JsonPath
from scitex.db.domain.tables import ColumnSpec, ForeignKey, IndexSpec, TableSpec

ColumnSpeller = Callable[[TableSpec, ColumnSpec], str]


def create_table(
    dialect: Dialect,
    spec: TableSpec,
    column: ColumnSpeller,
    *,
    target: str,
    keyword: str = "",
    prefix: str = "",
) -> str:
    """
    Spell CREATE TABLE.

    Parameters
    ----------
    dialect : Dialect
    spec : TableSpec
    column : callable
        Spells one column: its type and its own rules.  Where it says PRIMARY KEY the table's
        rule is left out.
    target : str
        The table's quoted name.
    keyword : str, optional
        ``"TEMPORARY "``.
    prefix : str, optional
        What stands before the name of a table that is referred to: its schema and a dot.
    """
    lines = [column(spec, each) for each in spec.columns]
    inline = any(" PRIMARY KEY" in line for line in lines)
    if spec.primary_key and not inline:
        lines.append(f"PRIMARY KEY ({dialect.names(spec.primary_key)})")
    lines += [f"UNIQUE ({dialect.names(key)})" for key in spec.unique]
    lines += [f"CHECK ({dialect.literal(check)})" for check in spec.checks]
    lines += [foreign_key(dialect, key, prefix=prefix) for key in spec.foreign_keys]
    body = ",\n    ".join(lines)
    return f"CREATE {keyword}TABLE {target} (\n    {body}\n)"


def foreign_key(dialect: Dialect, key: ForeignKey, *, prefix: str = "") -> str:
    """Spell a foreign key as a rule of its table."""
    references = f" ({dialect.names(key.references)})" if key.references else ""
    spelt = (
        f"FOREIGN KEY ({dialect.names(key.columns)}) "
        f"REFERENCES {prefix}{dialect.name(key.table)}{references}"
    )
    if key.on_delete != "NO ACTION":
        spelt += f" ON DELETE {key.on_delete}"
    if key.on_update != "NO ACTION":
        spelt += f" ON UPDATE {key.on_update}"
    return spelt + (" DEFERRABLE INITIALLY DEFERRED" if key.deferred else "")


def column_rules(dialect: Dialect, column: ColumnSpec) -> str:
    """Spell what follows a column's type: NOT NULL, DEFAULT."""
    spelt = "" if column.nullable else " NOT NULL"
    if column.default is not None:
        spelt += f" DEFAULT {dialect.literal(default_text(column.default))}"
    return spelt


_SIMPLE_DEFAULT = re.compile(r"[xX]?'(?:[^']|'')*'|[+-]?[\w.]+")


def default_text(text: str) -> str:
    """Put a default that is an expression into brackets, which SQLite asks for."""
    bare = text.strip()
    return bare if _SIMPLE_DEFAULT.fullmatch(bare) else f"({bare})"


def create_index(dialect: Dialect, index: IndexSpec, *, name: str, target: str) -> str:
    """Spell CREATE INDEX."""
    kind = "UNIQUE INDEX" if index.unique else "INDEX"
    terms = ", ".join(_indexed(dialect, each) for each in index.columns)
    return f"CREATE {kind} {name} ON {target} ({terms})"


def _indexed(dialect: Dialect, term: str | JsonPath) -> str:
    if isinstance(term, str):
        return dialect.name(term)
    return dialect.literal(dialect.json.indexed(dialect.quoted(term.column), term.path))

"""How SQLite spells SQL."""

from __future__ import annotations

import attrs

from scitex.db.adapters.sql.ddl import column_rules
from scitex.db.adapters.sql.dialect import Dialect
from scitex.db.adapters.sqlite3.jsonsql import SQLITE_JSON
from scitex.db.adapters.sqlite3.values import comparer, has_text_affinity, parameter
from scitex.db.domain.errors import ColumnNotFoundError, UnsupportedFeatureError
from scitex.db.domain.sql.sqltext import Syntax, tokens
from scitex.db.domain.tables import ColumnSpec, TableSpec
from scitex.db.domain.types import ColumnType, Kind

_GLOB = str.maketrans({"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"})


def _glob(pattern: str) -> str:
    """Spell a LIKE pattern for GLOB, which tells capitals from small letters."""
    return pattern.translate(_GLOB)


# A backtick around a name: with double quotes a misspelt name would be taken for a string.
SQLITE = Dialect(
    engine="sqlite",
    syntax=Syntax.SQLITE,
    quote="`",
    placeholder="?",
    code_point=" COLLATE BINARY",
    like="{} GLOB {}",
    sums={sign: f"({{}} {sign} {{}})" for sign in "+-*/%"},
    whole="{}",
    real_sum="{}",  # SQLite has no NaN: it makes NULL of it by itself
    pattern=_glob,
    nulls_last={False: " NULLS LAST", True: ""},
    comparer=comparer,
    parameter=parameter,
    json=SQLITE_JSON,
)


def check_text(spec: TableSpec, text: str) -> None:
    """
    Refuse a double-quoted name that is no column: SQLite would take it for a string.

    Raises
    ------
    ColumnNotFoundError
    """
    pieces = list(tokens(text, Syntax.SQLITE))
    if any(token.kind == "word" and token.text.upper() == "SELECT" for token in pieces):
        return  # a sub-select may speak of other tables
    known = {name.casefold() for name in spec.names} | {"rowid", spec.name.casefold()}
    for token in pieces:
        if token.kind == "name" and token.text.startswith('"'):
            name = token.text[1:-1].replace('""', '"')
            if name.casefold() not in known:
                raise ColumnNotFoundError(
                    name,
                    spec.names,
                    table=spec.name,
                    hint=f"write text in single quotes: '{name}'; double quotes are for names",
                )


# SQLite reads an affinity out of a type's word; these words have the one that the kind needs.
_WORDS = {
    Kind.JSON: "JSON TEXT",
    Kind.BLOB: "BLOB",
    Kind.UUID: "UUID",
}


def _word(type: ColumnType) -> str:
    """Spell a type so that SQLite keeps its values as they are."""
    if type.kind is Kind.TEXT and not has_text_affinity(type.word):
        return "TEXT" if type.length is None else f"VARCHAR({type.length})"
    if type.kind is Kind.INTEGER and "INT" not in type.word:
        return "INTEGER"
    return _WORDS.get(type.kind, type.word)


# NOW() is PostgreSQL's; SQLite would make the table, and take no record that needs the default.
_NOW = {
    Kind.TIMESTAMP: "CURRENT_TIMESTAMP",
    Kind.TIMESTAMPTZ: "CURRENT_TIMESTAMP",
    Kind.DATE: "CURRENT_DATE",
    Kind.TIME: "CURRENT_TIME",
}


def in_own_words(column: ColumnSpec) -> ColumnSpec:
    """Return a column whose default is said in words that SQLite knows."""
    bare = "".join((column.default or "").split()).lower()
    if column.type.kind in _NOW and bare in {"now()", "(now())"}:
        return attrs.evolve(column, default=_NOW[column.type.kind])
    return column


def column_sql(spec: TableSpec, column: ColumnSpec) -> str:
    """Spell one column of CREATE TABLE."""
    numbered = spec.numbered == column.name
    if column.autoincrement and spec.primary_key != (column.name,):
        raise UnsupportedFeatureError(
            f"column {column.name!r} of table {spec.name!r}: SQLite numbers a table's only "
            "primary key column and no other",
            engine="sqlite",
            hint="make it the PRIMARY KEY, or a plain INTEGER",
        )
    name = SQLITE.name(column.name)
    if numbered:
        return f"{name} INTEGER PRIMARY KEY" + (" AUTOINCREMENT" if column.autoincrement else "")
    spelt = f"{name} {_word(column.type)}".rstrip()
    spelt += column_rules(SQLITE, in_own_words(column))
    if column.collation is not None:
        spelt += f" COLLATE {SQLITE.name(column.collation)}"
    if column.generated is not None:
        spelt += f" GENERATED ALWAYS AS ({column.generated}) STORED"
    return spelt

"""Specs in which a table or a column has another name, with all that speaks of it."""

from __future__ import annotations

import attrs

from scitex.db.adapters.memory.expressions.scope import SYNTAX, Engine
from scitex.db.adapters.memory.table import Table
from scitex.db.domain.jsonpaths import JsonPath
from scitex.db.domain.sql.sqltext import Token, tokens
from scitex.db.domain.tables import ForeignKey, IndexSpec, TableSpec

# Words that a bare column name in a condition cannot be.
_KEYWORDS = frozenset(
    "AND OR NOT IN IS NULL LIKE BETWEEN TRUE FALSE ISNULL NOTNULL CURRENT_DATE CURRENT_TIME "
    "CURRENT_TIMESTAMP".split()
)

Pair = tuple[str, str]


def table_renamed(spec: TableSpec, name: str, to: str) -> TableSpec:
    """Return a table's spec after the table called `name`, itself or another, is called `to`."""
    keys = [attrs.evolve(key, table=to) if key.table == name else key for key in spec.foreign_keys]
    return attrs.evolve(spec, name=to if spec.name == name else spec.name, foreign_keys=keys)


def column_renamed(table: Table, name: str, names: Pair) -> tuple[TableSpec, dict[str, IndexSpec]]:
    """Return spec and indexes of a table after a column of the table `name` was renamed."""
    spec, engine = table.spec, table.rules.engine
    own = spec.name == name
    keys = [_key_renamed(key, name, names, own=own) for key in spec.foreign_keys]
    if not own:
        return attrs.evolve(spec, foreign_keys=keys), dict(table.indexes)
    columns = [
        attrs.evolve(
            column,
            name=_renamed((column.name,), names)[0],
            generated=_text_renamed(column.generated, spec, engine, names),
        )
        for column in spec.columns
    ]
    renamed = attrs.evolve(
        spec,
        columns=columns,
        primary_key=_renamed(spec.primary_key, names),
        unique=[_renamed(key, names) for key in spec.unique],
        checks=[_text_renamed(check, spec, engine, names) or "" for check in spec.checks],
        foreign_keys=keys,
    )
    indexes = {
        key: attrs.evolve(
            index,
            columns=tuple(_term_renamed(each, names) for each in index.columns),
            where=_text_renamed(index.where, spec, engine, names),
        )
        for key, index in table.indexes.items()
    }
    return renamed, indexes


def _term_renamed(term: str | JsonPath, names: Pair) -> str | JsonPath:
    if isinstance(term, str):
        return _renamed((term,), names)[0]
    return attrs.evolve(term, column=_renamed((term.column,), names)[0])


def _renamed(columns: tuple[str, ...], names: Pair) -> tuple[str, ...]:
    old, new = names
    return tuple(new if column == old else column for column in columns)


def _key_renamed(key: ForeignKey, name: str, names: Pair, *, own: bool) -> ForeignKey:
    columns = _renamed(key.columns, names) if own else key.columns
    references = _renamed(key.references, names) if key.table == name else key.references
    return attrs.evolve(key, columns=columns, references=references)


def _text_renamed(text: str | None, spec: TableSpec, engine: Engine, names: Pair) -> str | None:
    """Return SQL text that speaks of a column by its new name, which is quoted."""
    if text is None:
        return None
    old, new = names
    quoted = '"' + new.replace('"', '""') + '"'
    return "".join(
        quoted if _means(token, old, spec, engine) else token.text
        for token in tokens(text, SYNTAX[engine])
    )


def _means(token: Token, column: str, spec: TableSpec, engine: Engine) -> bool:
    """Say whether a piece of text is the column's name."""
    if token.kind == "name":
        closing = token.text[-1]
        return token.text[1:-1].replace(closing * 2, closing) == column
    if token.kind != "word" or token.text.upper() in _KEYWORDS:
        return False
    if engine == "postgresql":
        return token.text.lower() == column
    if token.text in spec.names:
        return token.text == column
    return token.text.lower() == column.lower()

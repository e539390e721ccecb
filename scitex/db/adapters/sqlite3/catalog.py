"""What the file says of its tables, asked anew each time."""

from __future__ import annotations

from typing import Any

from scitex.db.adapters.sql.asking import Asked, Described
from scitex.db.adapters.sql.ddl import default_text
from scitex.db.adapters.sqlite3 import createsql
from scitex.db.adapters.sqlite3.dialect import SQLITE
from scitex.db.adapters.sqlite3.jsonsql import indexed_path
from scitex.db.domain.errors import SchemaError, UnsupportedFeatureError
from scitex.db.domain.names import is_own
from scitex.db.domain.search.searching import PREFIX
from scitex.db.domain.tables import ColumnSpec, ForeignKey, IndexSpec, TableSpec, name_taken
from scitex.db.domain.types import Kind, column_type


def tables(session: Asked) -> list[str]:
    """Return the names of the tables, sorted; virtual ones too, their shadows not."""
    sql = (
        "SELECT name, type FROM pragma_table_list WHERE schema = 'main' "
        "AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    )
    rows = session.rows(sql)
    return [name for name, type in rows if not (_serves_search(name, type) or is_own(name))]


def _serves_search(name: str, type: str) -> bool:
    """Say whether a table is what search keeps beside another one."""
    return name.startswith(PREFIX) and (type == "virtual" or name.endswith("_keys"))


def create_sql(session: Asked, table: str) -> str:
    """
    Return the text that made a table or view.

    Raises
    ------
    TableNotFoundError
    """
    sql = (
        "SELECT sql FROM sqlite_schema WHERE name = ?1 AND type IN ('table', 'view') "
        "UNION ALL "
        "SELECT sql FROM sqlite_temp_schema WHERE name = ?1 AND type IN ('table', 'view')"
    )
    found = session.rows(sql, (table,))
    if not found:
        raise session.missing(table)
    return found[0][0] or ""


def describe(session: Asked, table: str) -> Described:
    """
    Return what a table is.

    Raises
    ------
    TableNotFoundError
    """
    text = create_sql(session, table)
    written = createsql.read(text)
    rows = session.rows(
        'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)',
        (table,),
    )
    keyed = sorted((row[4], row[0]) for row in rows if row[4])
    key = tuple(name for _, name in keyed)
    without_rowid = "WITHOUT" in text[text.rfind(")") :].upper()
    types = {row[0]: row[1] for row in rows}
    alias = len(key) == 1 and types[key[0]].upper() == "INTEGER" and not without_rowid
    rowid = key[0] if alias else None
    strict_key = set(key) if without_rowid else {rowid}
    columns = [_column(row, written, strict_key) for row in rows if row[5] != 1]
    unique, covered = _unique(session, table)
    spec = TableSpec(
        table,
        columns,
        primary_key=key,
        unique=unique,
        foreign_keys=_foreign_keys(session, table, deferred=written.deferred),
        checks=written.checks,
    )
    keys = [frozenset(part) for part in (key, *covered) if part]
    return Described(spec, tuple(keys), rowid=rowid)


def _column(
    row: tuple[Any, ...], written: createsql.Written, keyed: set[str | None]
) -> ColumnSpec:
    name, declared, notnull, default, key, hidden = row
    type = column_type(declared)
    # GENERATED columns are told with the words "GENERATED ALWAYS" in their type.
    if hidden:
        type = column_type(declared.upper().replace("GENERATED ALWAYS", ""))
    return ColumnSpec(
        name,
        type,
        nullable=not (notnull or name in keyed),
        default=default,
        autoincrement=bool(key) and written.autoincrement,
        collation=_collation(written.collations.get(name), type.kind),
        generated=written.generated.get(name) if hidden else None,
    )


def _collation(name: str | None, kind: Kind) -> str | None:
    if name is None or name.upper() == "BINARY" or kind is not Kind.TEXT:
        return None
    return name


def _unique(session: Asked, table: str) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Return the declared UNIQUE rules, and all that a whole unique index covers."""
    declared, covered = [], []
    listed = session.rows(
        'SELECT name, origin, partial FROM pragma_index_list(?) WHERE "unique" ORDER BY seq DESC',
        (table,),
    )
    for name, origin, partial in listed:
        columns = _index_columns(session, name)
        if partial or None in columns:
            continue
        names = tuple(str(column) for column in columns)
        covered.append(names)
        if origin == "u":
            declared.append(names)
    return declared, covered


def _index_columns(session: Asked, index: str) -> list[str | None]:
    sql = "SELECT name FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno"
    return [row[0] for row in session.rows(sql, (index,))]


def _foreign_keys(session: Asked, table: str, *, deferred: bool) -> list[ForeignKey]:
    rows = session.rows(
        'SELECT id, "table", "from", "to", on_update, on_delete '
        "FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq",
        (table,),
    )
    grouped: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        grouped.setdefault(row[0], []).append(row)
    return [
        ForeignKey(
            tuple(row[2] for row in group),
            group[0][1],
            tuple(row[3] for row in group if row[3] is not None),
            on_update=group[0][4],
            on_delete=group[0][5],
            deferred=deferred,
        )
        for group in grouped.values()
    ]


def indexes(session: Asked, table: str) -> list[IndexSpec]:
    """Return the indexes that were made by CREATE INDEX, sorted by name."""
    rows = session.rows(
        'SELECT l.name, l."unique", s.sql FROM pragma_index_list(?) AS l '
        "JOIN sqlite_schema AS s ON s.type = 'index' AND s.name = l.name "
        "WHERE l.origin = 'c' ORDER BY l.name",
        (table,),
    )
    found = []
    for name, unique, sql in rows:
        columns, where = createsql.index_parts(sql)
        plain = _index_columns(session, name)
        names = [
            (indexed_path(spelt) or spelt) if column is None else column
            for column, spelt in zip(plain, columns, strict=True)
        ]
        found.append(IndexSpec(name, table, tuple(names), bool(unique), where))
    return found


def index_owner(session: Asked, name: str) -> str | None:
    """Return the table that an index of this name belongs to, if there is one."""
    sql = "SELECT tbl_name FROM sqlite_schema WHERE type = 'index' AND name = ? COLLATE NOCASE"
    rows = session.rows(sql, (name,))
    return rows[0][0] if rows else None


def referring(session: Asked, table: str) -> list[str]:
    """Return the other tables that refer to this one."""
    sql = (
        "SELECT DISTINCT s.name FROM sqlite_schema AS s, pragma_foreign_key_list(s.name) AS f "
        "WHERE s.type = 'table' AND s.name <> ?1 AND f.\"table\" = ?1 COLLATE NOCASE "
        "ORDER BY s.name"
    )
    return [row[0] for row in session.rows(sql, (table,))]


def has_table(session: Asked, table: str) -> bool:
    """
    Say whether a table or view has this name.

    Raises
    ------
    SchemaError
        If one has it in other capitals, which SQLite does not tell apart.
    """
    sql = (
        "SELECT name FROM sqlite_schema WHERE name = ? COLLATE NOCASE "
        "AND type IN ('table', 'view')"
    )
    found = session.rows(sql, (table,))
    if found and found[0][0] != table:
        raise SchemaError(
            f"there is a table {found[0][0]!r}, and SQLite does not tell it from {table!r}",
            hint="choose a name that differs by more than capitals",
        )
    return bool(found)


def check_new(spec: TableSpec) -> None:
    """
    Refuse a table that SQLite cannot have.

    Raises
    ------
    SchemaError
        If two columns differ by the capitals of A to Z only.
    """
    seen: dict[bytes, str] = {}
    for name in spec.names:
        other = seen.setdefault(name.encode().lower(), name)
        if other != name:
            raise SchemaError(
                f"the columns {other!r} and {name!r} of table {spec.name!r} differ by capitals "
                "only, and SQLite does not tell them apart",
                hint="give one of them another name",
            )


_CHANGING = {"CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP"}


def check_addition(session: Asked, spec: TableSpec, column: ColumnSpec) -> None:
    """
    Refuse a column that SQLite cannot add.

    Raises
    ------
    SchemaError
        If its name differs from another's by capitals only.
    UnsupportedFeatureError
        If it numbers records, is computed and stored, or its default changes and there are
        records.
    """
    if column.name.casefold() in {name.casefold() for name in spec.names}:
        raise name_taken("column", column.name, spec.name)
    if column.autoincrement:
        raise UnsupportedFeatureError(
            f"column {column.name!r} cannot be added to table {spec.name!r} as one that numbers",
            engine="sqlite",
            hint="declare it when the table is made",
        )
    if column.generated is not None:
        raise UnsupportedFeatureError(
            f"column {column.name!r} cannot be added to table {spec.name!r}: SQLite adds no "
            "column that is computed and stored",
            engine="sqlite",
            hint="declare it when the table is made",
        )
    spelt = default_text(column.default or "0")
    changing = spelt.upper() in _CHANGING or spelt.startswith("(")
    target = session.target(spec.name)
    if changing and session.rows(f"SELECT 1 FROM {target} LIMIT 1"):  # noqa: S608 - quoted
        raise UnsupportedFeatureError(
            f"column {column.name!r}: SQLite adds no column with the default {column.default} "
            "to a table that has records",
            engine="sqlite",
            hint="add it without the default, then update() the records",
        )


def users_of(session: Asked, spec: TableSpec, column: str) -> list[str]:
    """
    Return the views and triggers that name a column.

    SQLite tells by renaming it, to and fro: what it rewrites with the column names it.  When a
    column is dropped, it does not look into triggers, and takes a view's ``"name"`` for the text
    ``'name'`` from then on.
    """
    other = "scitex_dropped"
    while other in spec.names:
        other += "_"
    before = set(session.rows(_VIEWS_AND_TRIGGERS))
    _rename(session, spec.name, column, other)
    renamed = set(session.rows(_VIEWS_AND_TRIGGERS)) - before
    _rename(session, spec.name, other, column)
    return [f"{kind} {name!r}" for kind, name, _ in sorted(renamed)]


_VIEWS_AND_TRIGGERS = (
    "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('view', 'trigger') UNION ALL "
    "SELECT type, name, sql FROM sqlite_temp_schema WHERE type IN ('view', 'trigger')"
)


def _rename(session: Asked, table: str, column: str, to: str) -> None:
    names = [SQLITE.name(each) for each in (table, column, to)]
    session.rows("ALTER TABLE {} RENAME COLUMN {} TO {}".format(*names))

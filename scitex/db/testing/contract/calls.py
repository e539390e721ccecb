"""Every call that names a table or a column, for laws that hold for each of them."""

from __future__ import annotations

import io
from collections.abc import Callable

from scitex.db import ALL_ROWS, Database, col

OnTable = Callable[[Database, str], object]
OnColumn = Callable[[Database, str], object]

# Reading or writing a table's records.
ON_RECORDS: dict[str, OnTable] = {
    "insert": lambda db, t: db.insert(t, {"id": 9, "name": "x"}),
    "insert or ignore": lambda db, t: db.insert(t, {"id": 9, "name": "x"}, on_conflict="ignore"),
    "insert or update": lambda db, t: db.insert(t, {"id": 9, "name": "x"}, on_conflict="update"),
    "insert_many": lambda db, t: db.insert_many(t, [{"id": 9, "name": "x"}]),
    "upsert_many": lambda db, t: db.insert_many(t, [{"id": 9}], on_conflict="update"),
    "select": lambda db, t: db.select(t),
    "select by text": lambda db, t: db.select(t, where="id = ?", params=[1]),
    "select by mapping": lambda db, t: db.select(t, where={"id": 1}),
    "select by predicate": lambda db, t: db.select(t, where=col("id") > 0, order_by="id"),
    "iter_select": lambda db, t: list(db.iter_select(t)),
    "update": lambda db, t: db.update(t, {"name": "x"}, where="id = 1"),
    "update all": lambda db, t: db.update(t, {"name": "x"}, where=ALL_ROWS),
    "update_many": lambda db, t: db.update_many(t, [{"id": 1, "name": "x"}]),
    "delete": lambda db, t: db.delete(t, where={"id": 1}),
    "delete all": lambda db, t: db.delete(t, where=ALL_ROWS),
    "count": lambda db, t: db.count(t),
    "count by text": lambda db, t: db.count(t, where="id = 1"),
    "exists": lambda db, t: db.exists(t),
    "export_to_csv": lambda db, t: db.export_to_csv(t, io.BytesIO()),
}
# Changing or describing a table.
ON_SCHEMA: dict[str, OnTable] = {
    "drop_table": lambda db, t: db.drop_table(t),
    "rename_table": lambda db, t: db.rename_table(t, "renamed"),
    "get_columns": lambda db, t: db.get_columns(t),
    "get_table": lambda db, t: db.get_table(t),
    "add_column": lambda db, t: db.add_column(t, "added", "TEXT"),
    "drop_column": lambda db, t: db.drop_column(t, "team"),
    "rename_column": lambda db, t: db.rename_column(t, "team", "group"),
    "create_index": lambda db, t: db.create_index(t, ["name"]),
    "drop_index": lambda db, t: db.drop_index(t, "idx_users_name"),
    "list_indexes": lambda db, t: db.list_indexes(t),
}
ON_SEARCH: dict[str, OnTable] = {
    "enable_search": lambda db, t: db.enable_search(t, ["name"]),
    "disable_search": lambda db, t: db.disable_search(t),
    "get_search": lambda db, t: db.get_search(t),
    "search": lambda db, t: db.search(t, "Alice"),
}
ON_TABLE = {**ON_RECORDS, **ON_SCHEMA, **ON_SEARCH}

# Making a table or giving it a name.
NAMING: dict[str, OnTable] = {
    "create_table": lambda db, t: db.create_table(t, {"id": "INTEGER"}),
    "import_from_csv": lambda db, t: db.import_from_csv(t, io.BytesIO(b"id\n")),
    "rename_table": lambda db, t: db.rename_table("users", t),
    "add_column": lambda db, t: db.add_column("users", t, "TEXT"),
    "rename_column": lambda db, t: db.rename_column("users", "team", t),
}

# Naming a column of the table ``users``.
READING_COLUMN: dict[str, OnColumn] = {
    "columns": lambda db, c: db.select("users", columns=[c]),
    "one column": lambda db, c: db.select("users", columns=c),
    "iter_select": lambda db, c: list(db.iter_select("users", columns=[c])),
    "order_by": lambda db, c: db.select("users", order_by=[c]),
    "order_by term": lambda db, c: db.select("users", order_by=col(c).desc()),
    "where mapping": lambda db, c: db.select("users", where={c: "x"}),
    "where list": lambda db, c: db.select("users", where={c: ["x", "y"]}),
    "where None": lambda db, c: db.select("users", where={c: None}),
    "where predicate": lambda db, c: db.select("users", where=col(c) == "x"),
    "where null": lambda db, c: db.select("users", where=~col(c).is_null()),
    "where like": lambda db, c: db.select("users", where=col(c).like("x%")),
    "count": lambda db, c: db.count("users", where={c: "x"}),
    "exists": lambda db, c: db.exists("users", where={c: "x"}),
    "to_dataframe": lambda db, c: db.to_dataframe("users", columns=[c]),
    "export_to_csv": lambda db, c: db.export_to_csv("users", io.BytesIO(), columns=[c]),
}
WRITING_COLUMN: dict[str, OnColumn] = {
    "insert": lambda db, c: db.insert("users", {"name": "x", c: "x"}),
    "insert or ignore": lambda db, c: db.insert(
        "users", {"name": "x", c: "x"}, on_conflict="ignore"
    ),
    "insert_many": lambda db, c: db.insert_many("users", [{"name": "x"}, {"name": "y", c: "x"}]),
    "update": lambda db, c: db.update("users", {c: "x"}, where=ALL_ROWS),
    "update where": lambda db, c: db.update("users", {"name": "x"}, where={c: "x"}),
    "update_many": lambda db, c: db.update_many("users", [{"id": 1, c: "x"}]),
    "update_many key": lambda db, c: db.update_many("users", [{c: "x", "name": "x"}], key=c),
    "delete": lambda db, c: db.delete("users", where={c: "x"}),
    "conflict_columns": lambda db, c: db.insert(
        "users", {"name": "x"}, on_conflict="update", conflict_columns=[c]
    ),
    "create_index": lambda db, c: db.create_index("users", [c]),
    "enable_search": lambda db, c: db.enable_search("users", [c]),
    "drop_column": lambda db, c: db.drop_column("users", c),
    "rename_column": lambda db, c: db.rename_column("users", c, "renamed"),
}
ON_COLUMN = {**READING_COLUMN, **WRITING_COLUMN}

# The same in SQL text, where it is the engine that looks the name up.
IN_TEXT: dict[str, OnColumn] = {
    "select": lambda db, c: db.select("users", where=f"{c} = 'x'"),
    "order_by": lambda db, c: db.select("users", order_by=f"{c} DESC"),
    "order_by own": lambda db, c: db.select("users", order_by=f"-{c}"),
    "update": lambda db, c: db.update("users", {"name": "x"}, where=f"{c} = 'x'"),
    "delete": lambda db, c: db.delete("users", where=f"{c} = 'x'"),
    "count": lambda db, c: db.count("users", where=f"{c} IS NULL"),
}

# Every call at all, for a database that is closed or broken.
WITHOUT_TABLE: dict[str, Callable[[Database], object]] = {
    "list_tables": lambda db: db.list_tables(),
    "table_exists": lambda db: db.table_exists("users"),
    "create_table": lambda db: db.create_table("t", {"id": "INTEGER"}),
    "transaction": lambda db: db.transaction().__enter__(),
    "begin_transaction": lambda db: db.begin_transaction(),
    "summary": lambda db: db.summary,
    "call": lambda db: db(),
    "execute": lambda db: db.execute("SELECT 1"),
    "query": lambda db: db.query("SELECT 1"),
}
EVERY_CALL: dict[str, Callable[[Database], object]] = {
    **WITHOUT_TABLE,
    **{name: lambda db, call=call: call(db, "users") for name, call in ON_TABLE.items()},  # type: ignore[misc]
}

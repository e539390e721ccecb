"""The commands that look at a database and change nothing, an index apart."""

from __future__ import annotations

import sys
from typing import Any

import click

from scitex.db.cli.databases import DIFFERENT, command, database, names, opened, parameters
from scitex.db.cli.output import Form, forms, write, write_json

as_json = click.option("--json", "in_json", is_flag=True, help="Write JSON.")


@command(
    "List the tables.",
    """
    tables my_data.db
    tables my_data.db --counts --json
    """,
)
@database
@click.option("--counts", is_flag=True, help="Count the records of each, and tell its size.")
@forms
def tables(*, address: str, counts: bool, form: Form) -> None:
    """List the tables of DATABASE."""
    with opened(address, read_only=True) as db:
        if not counts:
            write([{"table": name} for name in db.list_tables()], form, ["table"])
            return
        found = db.get_stats()["tables"]
        records = (
            {"table": name, "records": each["rows"], "bytes": each["bytes"]}
            for name, each in found.items()
        )
        write(records, form, ["table", "records", "bytes"])


@command(
    "Show the SQL that makes the tables.",
    """
    schema my_data.db
    schema my_data.db users
    schema my_data.db --json
    """,
)
@database
@click.argument("table", nargs=-1)
@as_json
def schema(*, address: str, table: tuple[str, ...], in_json: bool) -> None:
    """Show what makes TABLE anew, or all tables in an order in which they can be made."""
    from scitex.db import inspect

    with inspect(address) as inspector:
        wanted = list(table) or inspector.get_sorted_tables()
        if in_json:
            write_json(
                [{"table": name, "columns": inspector.get_columns(name)} for name in wanted]
            )
            return
        for name in wanted:
            sql = inspector.get_create_table_sql(name).rstrip()
            click.echo(sql if sql.endswith(";") else f"{sql};")


@command(
    "List the indexes.",
    """
    indexes my_data.db
    indexes my_data.db users --json
    """,
)
@database
@click.argument("table", required=False)
@forms
def indexes(*, address: str, table: str | None, form: Form) -> None:
    """List the indexes of TABLE, or of all."""
    with opened(address, read_only=True) as db:
        found = [
            {
                "table": index.table,
                "index": index.name,
                "columns": ", ".join(map(str, index.columns)),
                "unique": index.unique,
                "where": index.where,
            }
            for name in ([table] if table else db.list_tables())
            for index in db.list_indexes(name)
        ]
        write(found, form, ["table", "index", "columns", "unique", "where"])


@command(
    "Make an index.",
    """
    create-index my_data.db users team
    create-index my_data.db users team score --unique --name by_team
    """,
)
@database
@click.argument("table")
@click.argument("columns", nargs=-1, required=True)
@click.option("--unique", is_flag=True, help="Let no two records have the same values.")
@click.option("--name", help="What it is called; made of the columns by default.")
def create_index(
    *, address: str, table: str, columns: tuple[str, ...], unique: bool, name: str | None
) -> None:
    """Make an index on COLUMNS of TABLE, or leave one that is the same alone."""
    with opened(address) as db:
        made = db.create_index(table, list(columns), unique, name)
    click.echo(f"index {made} on {table} ({', '.join(columns)})", err=True)


@command(
    "Tell how large everything is.",
    """
    stats my_data.db
    stats postgresql://me@lab/results --json --fast
    """,
)
@database
@click.option("--fast", is_flag=True, help="Let records be estimated where the engine can.")
@as_json
def stats(*, address: str, fast: bool, in_json: bool) -> None:
    """Tell how many records each table of DATABASE has, and how many bytes it takes."""
    with opened(address, read_only=True) as db:
        found = db.get_stats(exact=not fast)
    write_json(dict(found)) if in_json else click.echo(found)


@command(
    "Show a database on one screen.",
    """
    summary my_data.db
    """,
)
@database
def summary(*, address: str) -> None:
    """Show the tables of DATABASE, their records and columns."""
    with opened(address, read_only=True) as db:
        click.echo(db.summary)


@command(
    "Describe a table: columns, rules, indexes, triggers.",
    """
    inspect my_data.db users
    inspect my_data.db users --json
    """,
)
@database
@click.argument("table")
@as_json
def inspect(*, address: str, table: str, in_json: bool) -> None:
    """Describe TABLE: its columns, rules, what refers to it, indexes and triggers."""
    import scitex.db

    with scitex.db.inspect(address) as inspector:
        parts = {
            "columns": inspector.get_columns(table),
            "rules": inspector.get_constraints(table),
            "referred to by": inspector.get_referring_keys(table),
            "indexes": inspector.get_indexes(table),
            "triggers": inspector.get_triggers(table),
        }
    if in_json:
        write_json({"table": table, **parts})
        return
    for place, (title, found) in enumerate(parts.items()):
        if found or title == "columns":
            click.echo(("\n" if place else "") + f"{title}:")
            write([_without_nothing(each, found) for each in found], "table")


def _without_nothing(record: dict[str, Any], all_of_them: list[dict[str, Any]]) -> dict[str, Any]:
    """Leave out what no record of a list has anything to say about."""
    return {
        key: value
        for key, value in record.items()
        if any(each[key] not in (None, [], {}) for each in all_of_them)
    }


@command(
    "Draw the tables and what refers to what.",
    """
    diagram my_data.db schema.svg
    diagram my_data.db - --tables users,runs > schema.mmd
    """,
)
@database
@click.argument("file", type=click.Path(allow_dash=True))
@click.option("--tables", help="Which ones, with commas between; all by default.")
@click.option("--neighbours", is_flag=True, help="Also what refers to these, or is referred to.")
@click.option("--columns", type=click.Choice(["all", "keys", "none"]), help="Which are shown.")
@click.option("--title", help="What stands above.")
def diagram(
    *,
    address: str,
    file: str,
    tables: str | None,
    neighbours: bool,
    columns: Any,
    title: str | None,
) -> None:
    """
    Draw the schema to FILE: .mmd and .dot are text; .svg, .png and .pdf need graphviz.

    A FILE of - writes Mermaid to the standard output.
    """
    import tempfile
    from pathlib import Path

    from scitex.db import inspect as look

    given: dict[str, Any] = {"neighbours": neighbours, "columns": columns, "title": title}
    with look(address) as inspector:
        if file != "-":
            click.echo(inspector.generate_schema_diagram(file, names(tables), **given), err=True)
            return
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "schema.mmd")
            inspector.generate_schema_diagram(path, names(tables), **given)
            click.echo(path.read_text("utf-8"), nl=False)


@command(
    "Measure what the columns of a table hold.",
    """
    profile my_data.db users
    profile my_data.db users --columns score --json
    """,
)
@database
@click.argument("table")
@click.option("--columns", help="Which ones, with commas between; all by default.")
@forms
def profile(*, address: str, table: str, columns: str | None, form: Form) -> None:
    """Measure each column of TABLE: missing and distinct values, the least, the most, the mean."""
    from scitex.db import inspect as look

    with look(address) as inspector:
        found = inspector.column_profile(table, names(columns))
    click.echo(found) if form == "table" else write(found.to_dicts(), form)


@command(
    "Tell how a statement would be carried out.",
    """
    explain my_data.db "SELECT * FROM users WHERE team = ?" -p a
    explain postgresql://me@lab/results "SELECT count(*) FROM runs" --analyze
    """,
)
@database
@click.argument("sql")
@click.option("-p", "--param", "params", multiple=True, help="A value for a ?, or name=value.")
@click.option("--analyze", is_flag=True, help="Run it, undo it, and tell what it took.")
@as_json
def explain(
    *, address: str, sql: str, params: tuple[str, ...], analyze: bool, in_json: bool
) -> None:
    """Tell which tables SQL would read whole and which indexes it would use."""
    with opened(address, read_only=not analyze) as db:
        plan = db.explain(sql, parameters(params), analyze=analyze)
    write_json(plan.to_dicts()) if in_json else click.echo(plan)


@command(
    "Compare the schemas of two databases.",
    """
    diff old.db new.db
    diff my_data.db postgresql://me@lab/results --tables users,runs
    """,
    on_database=False,
)
@click.argument("first", metavar="A", type=click.Path())
@click.argument("second", metavar="B", type=click.Path())
@click.option("--tables", help="Which ones, with commas between; all by default.")
@as_json
def diff(*, first: str, second: str, tables: str | None, in_json: bool) -> None:
    """Tell in what the schemas of A and B differ; the exit code is 3 if they do."""
    from scitex.db import schema_diff

    found = schema_diff(first, second, tables=names(tables))
    write_json(found.to_dicts()) if in_json else click.echo(found)
    if found:
        sys.exit(DIFFERENT)


@command(
    "Hash what is stored; the same on every engine.",
    """
    fingerprint my_data.db
    fingerprint my_data.db users
    """,
)
@database
@click.argument("table", required=False)
@as_json
def fingerprint(*, address: str, table: str | None, in_json: bool) -> None:
    """Hash the records of TABLE, or of all: equal hashes are equal records, on any engine."""
    with opened(address, read_only=True) as db:
        found = db.fingerprint(table)
    if not in_json:
        click.echo(found)
        return
    parts = {each.table: {"rows": each.rows, "digest": each.digest} for each in found.tables}
    whole = {"table": found.table, "rows": found.rows, "digest": found.digest}
    write_json({**whole, "tables": parts} if parts else whole)

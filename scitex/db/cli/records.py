"""The commands on records."""

from __future__ import annotations

import sys
from typing import Any

import click

from scitex.db.cli.databases import (
    command,
    database,
    names,
    opened,
    opened_or_made,
    parameters,
    watched,
)
from scitex.db.cli.jsonrecords import records
from scitex.db.cli.output import Form, forms, write

table_name = click.argument("table")
values = click.option(
    "-p",
    "--param",
    "params",
    multiple=True,
    help="A value for a ?, in order; or name=value for each :name.",
)
conflict = click.option(
    "--on-conflict",
    type=click.Choice(["error", "ignore", "replace", "update"]),
    default="error",
    show_default=True,
    help="What is done with a record whose key is there.",
)
conflict_columns = click.option("--key", help="Columns that tell a record is there, with commas.")


@command(
    "Show records of a table.",
    """
    rows my_data.db users --limit 10
    rows my_data.db users --where "score > ?" -p 80 --order-by "score DESC"
    rows my_data.db users --columns id,name --csv | head
    """,
)
@database
@table_name
@click.option("--columns", help="Which ones, with commas between; all by default.")
@click.option("-w", "--where", help="A condition in SQL.")
@values
@click.option("--order-by", help='Columns in SQL: "score DESC, id".')
@click.option("--limit", type=click.IntRange(min=0), help="How many at most.")
@click.option("--offset", type=click.IntRange(min=0), help="How many to pass over.")
@forms
def rows(  # noqa: PLR0913 - each is an option
    *,
    address: str,
    table: str,
    columns: str | None,
    where: str | None,
    params: tuple[str, ...],
    order_by: str | None,
    limit: int | None,
    offset: int | None,
    form: Form,
) -> None:
    """Show records of TABLE in DATABASE."""
    with opened(address, read_only=True) as db:
        chosen = names(columns) or [column.name for column in db.get_columns(table)]
        found = db.iter_select(
            table, chosen, where, parameters(params), order_by, limit=limit, offset=offset
        )
        write(found, form, chosen)


@command(
    "Run a statement of SQL.",
    """
    query my_data.db "SELECT team, avg(score) AS mean FROM users GROUP BY team"
    query my_data.db "SELECT * FROM users WHERE id = ?" -p 1 --json
    query my_data.db - < report.sql
    query my_data.db "UPDATE users SET score = 0 WHERE score IS NULL" --write
    """,
)
@database
@click.argument("sql")
@values
@click.option("--write", "writes", is_flag=True, help="Let it change the database.")
@forms
def query(*, address: str, sql: str, params: tuple[str, ...], writes: bool, form: Form) -> None:
    """
    Run SQL, one statement in the engine's own words; - reads it from the standard input.

    Without --write the database is opened for reading only.
    """
    text = sys.stdin.buffer.read().decode("utf-8-sig") if sql == "-" else sql
    with opened(address, read_only=not writes) as db:
        given = parameters(params)
        found = db.execute(text, given) if writes else _only_read(db, text, given)
        if found.columns:
            write(found, form, found.columns)
        else:
            click.echo(f"{_counted(max(found.rowcount, 0), 'record')} changed", err=True)


def _only_read(db: Any, text: str, given: Any) -> Any:
    """Run a query; a statement that writes is refused in the words of the command line."""
    from scitex.db.domain.errors import ReadOnlyError

    try:
        return db.query(text, given)
    except ReadOnlyError as error:
        if "execute()" not in (error.hint or ""):
            raise
        what = error.message.removeprefix("query() only reads, and ")
        raise ReadOnlyError(what, hint="pass --write to let it change things") from error


@command(
    "Store records given as JSON.",
    """
    insert my_data.db users records.json
    echo '{"name": "Alice", "score": 85.5}' | scitex-db insert my_data.db users -
    insert my_data.db users more.jsonl --on-conflict update --key id
    """,
)
@database
@table_name
@click.argument("file", type=click.File("r", encoding="utf-8"))
@conflict
@conflict_columns
def insert(*, address: str, table: str, file: Any, on_conflict: str, key: str | None) -> None:
    """
    Store the records of FILE in TABLE, all of them or none; - is the standard input.

    FILE holds one JSON object, an array of them, or one a line (JSON Lines).
    """
    agreeing = _agreeing(key, on_conflict)
    with opened(address) as db:
        stored = db.insert_many(
            table,
            records(file),
            on_conflict=on_conflict,
            conflict_columns=agreeing,
            progress=watched(),
        )
    click.echo(f"{_counted(stored, 'record')} stored in {table}", err=True)


def _agreeing(key: str | None, on_conflict: str, *, instead: str = "") -> tuple[str, ...]:
    """Return the columns in which records agree; nothing asks for them where none may."""
    if key is not None and on_conflict == "error":
        raise click.UsageError(
            "--key goes with --on-conflict, which says what happens to records that agree in it"
            + instead
        )
    return tuple(names(key) or ())


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


@command(
    "Store the records of a CSV file.",
    """
    import my_data.db penguins palmerpenguins.csv --null NA
    import my_data.db readings - --type at=TIMESTAMP < readings.csv
    import my_data.db users users.csv --primary-key id
    import my_data.db users users.csv --key id --on-conflict update
    """,
)
@database
@table_name
@click.argument("file", type=click.Path(allow_dash=True))
@click.option("--delimiter", default=",", show_default=True, help="What stands between values.")
@click.option("--null", multiple=True, help="What stands for a missing value, beside nothing.")
@click.option("--no-header", is_flag=True, help="The first line is a record, not names.")
@click.option("--names", "titles", help="Names of the columns, with commas between.")
@click.option("--encoding", default="utf-8-sig", show_default=True)
@click.option("--type", "types", multiple=True, help="column=TYPE, for a table that is made.")
@click.option("--primary-key", help="Of a table that is made, with commas between.")
@conflict
@conflict_columns
def import_(
    *, address: str, table: str, file: str, no_header: bool, key: str | None, **options: Any
) -> None:
    """
    Store the CSV of FILE in TABLE, all of it or nothing; - is the standard input.

    A table that is not there is made, with types that its values need; a database file too.
    """
    from scitex.db.cli.databases import pairs

    given: dict[str, Any] = {
        "delimiter": options["delimiter"].replace("\\t", "\t"),
        "null": ("", *options["null"]),
        "header": not no_header,
        "names": names(options["titles"]),
        "encoding": options["encoding"],
        "types": pairs(options["types"], "a type") or None,
        "key": names(options["primary_key"]) or (),
        "on_conflict": options["on_conflict"],
        "conflict_columns": _agreeing(
            key,
            options["on_conflict"],
            instead="; the key of a table that is made is --primary-key",
        ),
        "progress": watched(),
    }
    source = sys.stdin.buffer if file == "-" else file
    with opened_or_made(address) as db:
        stored = db.import_from_csv(table, source, **given)
    click.echo(f"{_counted(stored, 'record')} stored in {table}", err=True)


@command(
    "Write a table or a query as CSV.",
    """
    export my_data.db users users.csv
    export my_data.db users - --where "score > 80" | sort
    export my_data.db --query "SELECT name FROM users" names.csv.gz
    """,
)
@database
@click.argument("words", nargs=-1, required=True, metavar="[TABLE] FILE")
@click.option("-q", "--query", "sql", help="SQL whose rows are written, instead of a table.")
@click.option("--columns", help="Which ones, with commas between; all by default.")
@click.option("-w", "--where", help="A condition in SQL.")
@values
@click.option("--order-by", help='Columns in SQL: "score DESC, id".')
@click.option("--delimiter", default=",", show_default=True, help="What stands between values.")
@click.option("--null", default="", help="What stands for a missing value.")
@click.option("--no-header", is_flag=True, help="Leave the line of names out.")
@click.option("--escape-formulas", is_flag=True, help="Let no spreadsheet run a text.")
def export(  # noqa: PLR0913 - each is an option
    *,
    address: str,
    words: tuple[str, ...],
    sql: str | None,
    columns: str | None,
    where: str | None,
    params: tuple[str, ...],
    order_by: str | None,
    delimiter: str,
    null: str,
    no_header: bool,
    escape_formulas: bool,
) -> None:
    """
    Write records of DATABASE to FILE as CSV; - is the standard output.

    FILE may end in .gz or .zst. It is replaced when all is written, or stays as it was.
    """
    if len(words) != (1 if sql else 2):
        raise click.UsageError("give TABLE and FILE, or --query and FILE")
    if sql and (columns or where or order_by):
        raise click.UsageError(
            "--columns, --where and --order-by choose from a TABLE; with --query the SQL says it"
        )
    *table, file = words
    target = sys.stdout.buffer if file == "-" else file
    manner: dict[str, Any] = {
        "delimiter": delimiter.replace("\\t", "\t"),
        "null": null,
        "header": not no_header,
        "escape_formulas": escape_formulas,
        "progress": watched() and file != "-",
    }
    given = parameters(params)
    with opened(address, read_only=True) as db:
        if sql:
            written = db.export_query_to_csv(sql, target, given, **manner)
        else:
            wanted = (names(columns), where, given, order_by)
            written = db.export_to_csv(table[0], target, *wanted, **manner)
    if file != "-":
        click.echo(f"{_counted(written, 'record')} written to {file}", err=True)


@command(
    "Find records by the words in them.",
    """
    search papers.db papers "hippo* -rat"
    search papers.db papers '"place cells"' --limit 5 --json
    search papers.db papers theta --enable title,abstract
    """,
)
@database
@table_name
@click.argument("text")
@click.option("--columns", help="Look in these only, with commas between.")
@click.option("--limit", type=click.IntRange(min=0), default=20, show_default=True)
@click.option("--enable", help="First let these columns be searched, with commas between.")
@click.option("--language", default="english", show_default=True, help="For --enable.")
@forms
def search(  # noqa: PLR0913 - each is an option
    *,
    address: str,
    table: str,
    text: str,
    columns: str | None,
    limit: int,
    enable: str | None,
    language: str,
    form: Form,
) -> None:
    """Find the records of TABLE that have the words of TEXT in them, the best first."""
    with opened(address, read_only=enable is None) as db:
        if enable is not None:
            db.enable_search(table, names(enable), language)
        found = db.search(table, text, columns=names(columns), limit=limit)
        write(found, form)


@command(
    "Tell, or remove, records that say the same.",
    """
    dedupe my_data.db users --on email --dry-run
    dedupe my_data.db users --on email --keep last --yes
    """,
)
@database
@table_name
@click.option("--on", help="Columns that must be the same, with commas; all but the key.")
@click.option(
    "--keep",
    default="first",
    show_default=True,
    help="Which one stays: first, last, newest:COLUMN or oldest:COLUMN.",
)
@click.option("--add-unique", is_flag=True, help="Let no further ones come, by a unique index.")
@click.option("--dry-run", is_flag=True, help="Only tell them.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@forms
def dedupe(  # noqa: PLR0913 - each is an option
    *,
    address: str,
    table: str,
    on: str | None,
    keep: str,
    add_unique: bool,
    dry_run: bool,
    yes: bool,
    form: Form,
) -> None:
    """Remove the records of TABLE that say the same as another one, all of them or none."""
    from scitex.db.cli.databases import agreed

    word, _, column = keep.partition(":")
    kept = (word, column) if column else keep
    with opened(address, read_only=dry_run) as db:
        found = db.delete_duplicates(table, names(on), kept, dry_run=True)
        if dry_run:
            click.echo(found, err=True)
            write(found.records, form)
            return
        if found.count:
            agreed(f"Remove {_counted(found.count, 'record')} of {table}?", yes=yes)
        removed = db.delete_duplicates(table, names(on), kept, add_unique=add_unique)
    click.echo(f"{_counted(removed, 'record')} removed from {table}", err=True)

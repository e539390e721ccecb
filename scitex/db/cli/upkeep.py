"""The commands that keep a database well, and that carry it elsewhere."""

from __future__ import annotations

import sys

import click

from scitex.db.cli.databases import (
    DIFFERENT,
    agreed,
    command,
    database,
    names,
    opened,
    opened_or_made,
    watched,
)
from scitex.db.cli.looking import as_json
from scitex.db.cli.output import write_json


@command(
    "Examine a database, and mend what can be mended.",
    """
    doctor my_data.db
    doctor my_data.db --fix
    doctor my_data.db --quick --json
    """,
)
@database
@click.option("--fix", is_flag=True, help="Mend what changes no record: indexes, sequences.")
@click.option("--quick", is_flag=True, help="Leave out what reads every page.")
@as_json
def doctor(*, address: str, fix: bool, quick: bool, in_json: bool) -> None:
    """
    Tell what is wrong with DATABASE and what helps; the exit code is 3 for errors in it.

    Other packages called scitex that could be imported in the place of this one are told too.
    """
    import attrs

    import scitex.db
    from scitex.db._doctor import installation
    from scitex.db.domain.inspection.findings import FIXABLE

    report = scitex.db.doctor(address, FIXABLE if fix else (), quick=quick)
    report = attrs.evolve(report, findings=(*report.findings, *installation()))
    if in_json:
        found = [
            {
                "check": each.check,
                "severity": each.severity,
                "where": each.where,
                "message": each.message,
                "remedy": each.remedy,
            }
            for each in report.findings
        ]
        write_json({"database": report.database, "findings": found})
    else:
        click.echo(report)
    if any(each.severity == "error" for each in report.findings):
        sys.exit(DIFFERENT)


@command(
    "Copy tables from one database to another, of any engine.",
    """
    copy my_data.db postgresql://me@lab/results
    copy postgresql://me@lab/results laptop.db --tables users,runs
    """,
    on_database=False,
)
@click.argument("source", metavar="SOURCE", type=click.Path())
@click.argument("target", metavar="TARGET", type=click.Path())
@click.option("--tables", help="Which ones, with commas between; all by default.")
@click.option("--overwrite", is_flag=True, help="Replace tables that TARGET has.")
@click.option("--lenient", is_flag=True, help="Leave behind what the other engine cannot have.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before replacing.")
def copy(
    *, source: str, target: str, tables: str | None, overwrite: bool, lenient: bool, yes: bool
) -> None:
    """Copy the tables of SOURCE to TARGET, all or nothing, and compare what came."""
    from scitex.db import copy_database

    if overwrite:
        which = f"the tables {tables}" if tables else "the tables"
        agreed(f"Replace {which} of {_place(target)}?", yes=yes)
    with opened(source, read_only=True) as here, opened_or_made(target) as there:
        made = copy_database(
            here,
            there,
            tables=names(tables),
            overwrite=overwrite,
            strict=not lenient,
            progress=watched(),
        )
    click.echo(made)


def _place(address: str) -> str:
    """Return an address without what is secret in it."""
    return address.partition("://")[0] + "://..." if "@" in address else address

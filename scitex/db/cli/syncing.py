"""The command that makes two databases agree."""

from __future__ import annotations

import sys

import click

from scitex.db.cli.databases import DIFFERENT, command, names, opened


@command(
    "Make two databases agree: a laptop's file and the lab's server.",
    """
    sync local.db postgresql://me@lab/results --dry-run
    sync local.db postgresql://me@lab/results --tables runs,steps --verify
    sync local.db postgresql://me@lab/results --on-conflict newest --timestamp updated_at
    """,
    on_database=False,
)
@click.argument("local", metavar="LOCAL", type=click.Path())
@click.argument("remote", metavar="REMOTE", type=click.Path())
@click.option("--tables", help="Which ones, with commas between; all that both have by default.")
@click.option(
    "--direction",
    type=click.Choice(["both", "up", "down"]),
    default="both",
    show_default=True,
    help="up changes REMOTE only, down LOCAL.",
)
@click.option(
    "--on-conflict",
    type=click.Choice(["error", "newest", "local", "remote", "skip"]),
    default="error",
    show_default=True,
    help="What is done where both sides changed the same.",
)
@click.option("--timestamp", help="The column that tells what is newest.")
@click.option("--track", is_flag=True, help="Let triggers note what changes: quicker next time.")
@click.option("--create", is_flag=True, help="Make tables that one side lacks.")
@click.option("--verify", is_flag=True, help="Compare both sides at the end.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def sync(  # noqa: PLR0913 - each is an option
    *,
    local: str,
    remote: str,
    tables: str | None,
    direction: str,
    on_conflict: str,
    timestamp: str | None,
    track: bool,
    create: bool,
    verify: bool,
    dry_run: bool,
) -> None:
    """
    Make the tables of LOCAL and REMOTE the same, each a path or a URL.

    Inserts, changes and deletions travel both ways. What both sides changed is a conflict: by
    default nothing is written then, and all conflicts are told.
    """
    from scitex.db import DatabaseSync

    with (
        opened(local) as here,
        opened(remote) as there,
        DatabaseSync(
            here,
            there,
            on_conflict=on_conflict,  # type: ignore[arg-type]  # click has checked it
            timestamp=timestamp,
            track=track,
            create=create,
        ) as made,
    ):
        report = made.sync_all(
            names(tables),
            direction,  # type: ignore[arg-type]  # click has checked it
            dry_run=dry_run,
            verify=verify,
        )
    click.echo(report)
    if report.verified is False:
        sys.exit(DIFFERENT)

"""The commands on backups."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

import click

from scitex.db.cli.databases import agreed, command, database, opened, opened_or_made, watched

_RULES = ("last", "hourly", "daily", "weekly", "monthly", "yearly")


def _keeping(command: Any) -> Any:
    """Add the options that say which backups are kept."""
    for rule in reversed(_RULES):
        what = "of the newest" if rule == "last" else f"{rule} ones"
        command = click.option(
            f"--keep-{rule}", type=click.IntRange(min=0), default=0, help=f"Keep so many {what}."
        )(command)
    return click.option("--keep-within", help="Keep what is not older: 30d, 1y6m.")(command)


@command(
    "Write a backup, and let old ones go.",
    """
    backup my_data.db lab.sql.gz
    backup my_data.db backups/ --verify --keep-daily 7 --keep-monthly 12
    backup my_data.db users.sql --table users
    """,
)
@database
@click.argument("target", type=click.Path())
@click.option("--table", help="Back up this table only.")
@click.option("--ending", help="What is written into a folder: .db, .sql.gz, .dump, ...")
@click.option("--verify", is_flag=True, help="Restore it elsewhere, to prove it.")
@click.option("--dry-run", is_flag=True, help="Only say which old ones would go.")
@_keeping
def backup(
    address: str,
    target: str,
    table: str | None,
    ending: str | None,
    *,
    verify: bool,
    dry_run: bool,
    **keep: Any,
) -> None:
    r"""
    Back up DATABASE to TARGET: a file, whose ending says its kind, or a folder.

    In a folder each backup has its moment in its name, and those that no --keep option keeps are
    removed when the new one is there.

    \b
    In a crontab, every night at two:
      0 2 * * *  scitex-db backup /data/lab.db /backups --verify --keep-daily 7
    """
    import scitex.db
    from scitex.db.services.backups import manifests

    rules = {f"keep_{name[5:]}": value for name, value in keep.items() if value}
    in_folder = os.path.isdir(target) or target.endswith(os.sep)  # noqa: PTH112 - text, as given
    if rules and not in_folder:
        raise click.UsageError(f"the --keep options are for a folder, and {target} is none")
    if table and in_folder:
        raise click.UsageError("--table is for a file, whose ending says its kind")
    if rules:
        _check(rules)
    with opened(address) as db:
        path = _place(db, target, ending) if in_folder else target
        source = manifests.source(db.storage, None)
        if not dry_run:
            seen = watched()
            whole = table is None
            made = (
                db.backup_database(path, progress=seen)
                if whole
                else db.backup_table(table, path, progress=seen)
            )
            click.echo(made)
    if verify and not dry_run:
        scitex.db.verify_backup(path)
        click.echo("verified: what was restored from it is what was backed up")
    if rules and dry_run:
        click.echo(_foreseen(target, path, source, rules))
    elif rules:
        click.echo(scitex.db.prune_backups(target, **rules))


@command(
    "Put a backup in the place of what is there.",
    """
    restore my_data.db lab.sql.gz
    restore my_data.db lab.sql.gz --table users --yes
    restore new.db lab.sql.gz --dry-run
    """,
)
@database
@click.argument("path", metavar="BACKUP", type=click.Path())
@click.option("--table", help="Restore this table only; all others stay.")
@click.option("--no-safety-copy", is_flag=True, help="Keep no copy of what is replaced.")
@click.option("--unproven", is_flag=True, help="Take what has no manifest, if you trust it.")
@click.option("--dry-run", is_flag=True, help="Only prove the backup, and tell what is in it.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def restore(  # noqa: PLR0913 - each is an option
    *,
    address: str,
    path: str,
    table: str | None,
    no_safety_copy: bool,
    unproven: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """
    Put BACKUP in the place of DATABASE, of all or of one table.

    What is replaced is backed up first, beside BACKUP. A file that is not there is made.
    """
    import scitex.db

    if dry_run:
        click.echo(scitex.db.verify_backup(path))
        return
    with opened_or_made(address) as db:
        there = db.table_exists(table) if table else bool(db.list_tables())
        if there:
            agreed(f"Replace {f'table {table}' if table else 'all tables'}?", yes=yes)
        given: dict[str, Any] = {
            "verify": not unproven,
            "safety_copy": not no_safety_copy,
            "progress": watched(),
        }
        if table is None:
            click.echo(db.restore_database(path, **given))
        else:
            click.echo(db.restore_table(table, path, **given))


@command(
    "Prove a backup by restoring it elsewhere.",
    """
    verify lab.sql.gz
    """,
    on_database=False,
)
@click.argument("path", metavar="BACKUP", type=click.Path())
def verify(*, path: str) -> None:
    """Restore BACKUP into a database of its own, and compare all that comes with what it says."""
    import scitex.db

    click.echo(scitex.db.verify_backup(path))
    click.echo("verified: what was restored from it is what was backed up")


@command(
    "Let old backups go.",
    """
    prune backups/ --keep-last 3 --keep-daily 7 --dry-run
    prune backups/ --keep-within 30d --yes
    """,
    on_database=False,
)
@click.argument("folder", type=click.Path())
@_keeping
@click.option("--dry-run", is_flag=True, help="Only say which would go.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def prune(*, folder: str, dry_run: bool, yes: bool, **keep: Any) -> None:
    """Remove the backups in FOLDER that no --keep option keeps; the last good one stays."""
    import scitex.db

    rules = {f"keep_{name[5:]}": value for name, value in keep.items() if value}
    foreseen = scitex.db.prune_backups(folder, dry_run=True, **rules)
    if dry_run or not foreseen.removed:
        click.echo(foreseen)
        return
    agreed(f"Remove {len(foreseen.removed)} backups from {folder}?", yes=yes)
    click.echo(scitex.db.prune_backups(folder, **rules))


def _foreseen(folder: str, path: str, source: str, rules: dict[str, Any]) -> Any:
    """Say what would go if the new backup were there."""
    from scitex.db.adapters.disk import Disk
    from scitex.db.domain.retention import Candidate, Policy
    from scitex.db.services.backups.retention import Folder

    policy = Policy(**{name.removeprefix("keep_"): value for name, value in rules.items()})
    now = datetime.now()  # noqa: DTZ005 - a wall's clock
    coming = Candidate(os.path.basename(path), now, source)  # noqa: PTH119 - text
    return Folder(folder, Disk()).prune(policy, now=now, dry_run=True, coming=coming)


def _check(rules: dict[str, Any]) -> None:
    """Read the rules, so that a slip is told before anything is done."""
    from scitex.db.domain.retention import Policy

    Policy(**{name.removeprefix("keep_"): value for name, value in rules.items()})


def _place(db: Any, folder: str, ending: str | None) -> str:
    """Return where in a folder a backup of this moment goes."""
    from scitex.db.domain.retention import stamped

    chosen = ending or f".{db.storage.backup_kinds[0]}"
    now = datetime.now()  # noqa: DTZ005 - a wall's clock
    return os.path.join(folder, stamped(_name(db), now, chosen))  # noqa: PTH118 - text, as given


def _name(db: Any) -> str:
    """Return what the database is called, for a file's name."""
    last = db.storage.location.rpartition("/")[2].partition("?")[0]
    return os.path.splitext(last)[0] or "backup"  # noqa: PTH122 - text

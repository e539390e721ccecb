"""The commands on backups."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

import click

from scitex.db.cli.databases import database, opened

_RULES = ("last", "hourly", "daily", "weekly", "monthly", "yearly")


def _keeping(command: Any) -> Any:
    """Add the options that say which backups are kept."""
    for rule in reversed(_RULES):
        what = "of the newest" if rule == "last" else f"{rule} ones"
        command = click.option(
            f"--keep-{rule}", type=click.IntRange(min=0), default=0, help=f"Keep so many {what}."
        )(command)
    return click.option("--keep-within", help="Keep what is not older: 30d, 1y6m.")(command)


@click.command(
    short_help="Write a backup, and let old ones go.",
    epilog="""\b
Examples:
  scitex-db backup my_data.db lab.sql.gz
  scitex-db backup my_data.db backups/ --keep-daily 7 --keep-monthly 12
  0 2 * * *  scitex-db backup /data/lab.db /backups --verify --keep-daily 7   (in a crontab)
""",
)
@database
@click.argument("target", type=click.Path())
@click.option("--ending", help="What is written into a folder: .db, .sql.gz, .dump, ...")
@click.option("--verify", is_flag=True, help="Restore it elsewhere, to prove it.")
@click.option("--dry-run", is_flag=True, help="Only say which old ones would go.")
@_keeping
def backup(
    address: str, target: str, ending: str | None, *, verify: bool, dry_run: bool, **keep: Any
) -> None:
    """
    Back up DATABASE to TARGET: a file, whose ending says its kind, or a folder.

    In a folder each backup has its moment in its name, and those that no --keep option keeps are
    removed when the new one is there.
    """
    import scitex.db
    from scitex.db.services.backups import manifests

    rules = {f"keep_{name[5:]}": value for name, value in keep.items() if value}
    in_folder = os.path.isdir(target) or target.endswith(os.sep)  # noqa: PTH112 - text, as given
    if rules and not in_folder:
        raise click.UsageError(f"the --keep options are for a folder, and {target} is none")
    if rules:
        _check(rules)
    with opened(address) as db:
        path = _place(db, target, ending) if in_folder else target
        source = manifests.source(db.storage, None)
        if not dry_run:
            made = db.backup_database(path)
            click.echo(made)
    if verify and not dry_run:
        scitex.db.verify_backup(path)
        click.echo("verified: what was restored from it is what was backed up")
    if rules and dry_run:
        click.echo(_foreseen(target, path, source, rules))
    elif rules:
        click.echo(scitex.db.prune_backups(target, **rules))


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

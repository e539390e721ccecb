"""``scitex-db backup`` as people and cron run it: a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import scitex.db
from scitex.db.testing.postgres.database import ScratchSchema

ROOT = Path(__file__).parents[2]


def run(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program; return what it said and how it ended."""
    return subprocess.run(
        [sys.executable, "-m", "scitex.db.cli.program", *map(str, words)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """Return a database whose name has a space in it."""
    path = tmp_path / "my lab.db"
    with scitex.db.SQLite3(path) as db:
        db.create_table("runs", {"id": "INTEGER PRIMARY KEY", "loss": "REAL"})
        db.insert_many("runs", [{"loss": n / 7} for n in range(10)])
    return path


@pytest.mark.parametrize("ending", [".sql", ".sql.gz", ".db"])
def test_a_backup_is_written_to_a_file(lab: Path, tmp_path: Path, ending: str) -> None:
    """The file's ending says its kind, and what was written is told."""
    target = tmp_path / f"copy{ending}"

    done = run("backup", lab, target, "--verify")

    assert (done.returncode, done.stderr) == (0, "")
    assert "1 table, 10 records" in done.stdout
    assert "verified" in done.stdout
    assert scitex.db.verify_backup(target).manifest.rows == 10


def test_cron_keeps_a_folder_in_order(lab: Path, tmp_path: Path) -> None:
    """Each run makes one more backup of its own name, and what no rule keeps goes."""
    folder = tmp_path / "backups"
    folder.mkdir()

    said = [run("backup", lab, folder, "--keep-last", 2) for _ in range(3)]

    assert [each.returncode for each in said] == [0, 0, 0]
    assert "2 kept, 1 removed" in said[-1].stdout
    names = sorted(each.name for each in folder.glob("*.db"))
    assert len(names) == 2
    assert all(re.fullmatch(r"my lab_\d{8}_\d{6}_\d{6}\.db", name) for name in names)
    assert len(list(folder.iterdir())) == 4


def test_a_dry_run_writes_nothing(lab: Path, tmp_path: Path) -> None:
    """Neither is a backup made nor one removed; what would go is told."""
    for _ in range(2):
        run("backup", lab, f"{tmp_path}/")
    before = sorted(tmp_path.iterdir())

    done = run("backup", lab, tmp_path, "--keep-last", 1, "--dry-run")

    assert "1 kept, 2 would be removed" in done.stdout
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{lab}", "copy.txt"], "choose one of .sql"),
        (["{lab}", "{tmp}/nowhere/copy.sql"], "nowhere"),
        (["{tmp}/none.db", "copy.sql"], "there is no file"),
        (["{lab}", "copy.sql", "--keep-daily", "7"], "for a folder"),
        (["{lab}", "{tmp}", "--keep-within", "soon"], "no length of time"),
        (["{lab}", "{lab}"], "is the database itself"),
    ],
    ids=str,
)
def test_what_goes_wrong_is_told_in_words(
    lab: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    """One message with the way out, no trace, an exit code that is not zero, nothing written."""
    before = sorted(tmp_path.iterdir())

    done = run("backup", *(word.format(lab=lab, tmp=tmp_path) for word in words))

    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_debug_shows_the_trace(tmp_path: Path) -> None:
    """``--debug`` is for who looks for the place in the code."""
    done = run("--debug", "backup", tmp_path / "none.db", "copy.sql")

    assert "Traceback" in done.stderr
    assert "OperationalError" in done.stderr


def test_help_lists_the_commands_and_gives_examples() -> None:
    """``--help`` has a line for each command, and a command's has examples for cron."""
    done = run("--help")

    assert re.search(r"backup +Write a backup, and let old ones go\.", done.stdout)
    assert "crontab" in run("backup", "--help").stdout


def test_a_server_is_backed_up_too(postgresql_schema: ScratchSchema, tmp_path: Path) -> None:
    """A URL names a database of PostgreSQL; its password is not shown."""
    with scitex.db.PostgreSQL(**postgresql_schema.params, schema=postgresql_schema.name) as db:
        db.create_table("runs", {"id": "INTEGER PRIMARY KEY"})
        db.insert("runs", {"id": 1})
    url = postgresql_schema.url

    done = run("backup", url, f"{tmp_path}/")

    assert (done.returncode, done.stderr) == (0, "")
    (made,) = tmp_path.glob("*.dump")
    assert "1 record" in done.stdout
    assert made.with_name(f"{made.name}.manifest.json").exists()

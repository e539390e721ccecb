"""``scitex-db`` as people run it: pipes, exit codes, processes of their own, both engines."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import scitex.db
from scitex.db import Database, ExperimentTracker
from scitex.db.cli.program import COMMANDS, program
from scitex.db.testing.postgres.database import ScratchSchema

ENGINES = ["sqlite", "postgresql"]
# Where each engine says the same and many processes are started.
MOSTLY_SQLITE = pytest.mark.parametrize(
    "lab", ["sqlite", pytest.param("postgresql", marks=pytest.mark.thorough)], indirect=True
)
Done = subprocess.CompletedProcess[str]
SCITEX_DB = [str(Path(sys.executable).with_name("scitex-db"))]
USERS = {"id": "INTEGER PRIMARY KEY", "name": "TEXT NOT NULL", "score": "REAL", "team": "TEXT"}
VISITS = {"id": "INTEGER PRIMARY KEY", "user": "INTEGER REFERENCES users"}
PEOPLE: list[dict[str, Any]] = [
    {"id": 1, "name": "Alice", "score": 85.5, "team": "a"},
    {"id": 2, "name": "Bob", "score": 72.0, "team": "b"},
    {"id": 3, "name": "Carol Ünal", "score": None, "team": "a"},
]


def process(*words: object, given: str = "", cwd: Path | None = None, **environment: str) -> Done:
    """Run the program as a shell does; return what it said and how it ended."""
    return subprocess.run(
        [*SCITEX_DB, *map(str, words)],
        env={**os.environ, "PYTHONUTF8": "1", **environment},
        cwd=cwd,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )


def run(*words: object, given: str = "", cwd: Path | None = None, **environment: str) -> Done:
    """Run the program within this process, which starts faster; return the same."""
    with contextlib.chdir(cwd or Path.cwd()):
        done = CliRunner().invoke(
            program, list(map(str, words)), given, environment, prog_name="scitex-db"
        )
    trace = done.exception and not isinstance(done.exception, SystemExit)
    stderr = done.stderr + ("".join(traceback.format_exception(done.exception)) if trace else "")
    return Done([], done.exit_code, done.stdout, stderr)


def said(*words: object, **given: Any) -> str:
    """Run the program; return what it wrote, having seen that nothing was wrong."""
    done = run(*words, **given)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    return done.stdout


@pytest.fixture(params=ENGINES)
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Database]]:
    """Return the address of a database with a few people, and the database."""
    if request.param == "sqlite":
        address, db = str(tmp_path / "my lab.db"), scitex.db.connect(tmp_path / "my lab.db")
    else:
        schema: ScratchSchema = request.getfixturevalue("postgresql_schema")
        address = f"{schema.url}&schema={schema.name}"
        db = scitex.db.PostgreSQL(**schema.params, schema=schema.name)
    with db:
        db.create_table("users", USERS)
        db.insert_many("users", PEOPLE)
        yield address, db


def test_records_are_shown_in_three_forms(lab: tuple[str, Database]) -> None:
    """As a table to look at, as JSON that reads back, and as CSV."""
    address, _ = lab
    table = said("rows", address, "users", "--order-by", "id")
    found = json.loads(said("rows", address, "users", "--order-by", "id", "--json"))
    rows = list(csv.DictReader(io.StringIO(said("rows", address, "users", "--csv"))))

    assert table.splitlines() == [
        "id  name        score  team",
        "--  ----------  -----  ----",
        " 1  Alice        85.5  a",
        " 2  Bob          72.0  b",
        " 3  Carol Ünal         a",
    ]
    assert found == PEOPLE
    assert sorted(row["name"] for row in rows) == ["Alice", "Bob", "Carol Ünal"]


def test_records_are_asked_for(lab: tuple[str, Database]) -> None:
    """Conditions take their values apart from the text; hostile ones stay values."""
    address, db = lab
    ask = ("rows", address, "users", "--json", "--columns", "id", "--where")

    assert json.loads(said(*ask, "score > ?", "-p", 80)) == [{"id": 1}]
    assert json.loads(said(*ask, "name = :who", "-p", "who=Bob")) == [{"id": 2}]
    assert json.loads(said(*ask, "name = ?", "-p", "x'; DROP TABLE users; --")) == []
    assert json.loads(said(*ask, "team = 'a'", "--order-by", "id DESC", "--limit", 1)) == [
        {"id": 3}
    ]
    assert db.count("users") == 3


def test_empty_answers_are_whole(lab: tuple[str, Database]) -> None:
    """Nothing found is an empty array, or the names of the columns."""
    ask = ("rows", lab[0], "users", "--where", "id = 99")

    assert json.loads(said(*ask, "--json")) == []
    assert said(*ask, "--csv") == "id,name,score,team\n"
    assert said(*ask) == "id  name  score  team\n--  ----  -----  ----\n"


def test_a_query_only_reads_unless_it_may_write(lab: tuple[str, Database]) -> None:
    """Without ``--write`` nothing is changed, and the way to is told."""
    address, db = lab
    sql = "UPDATE users SET score = 0 WHERE id = ?"
    refused = run("query", address, sql, "-p", 1)
    before = db.select("users", order_by="id")
    done = run("query", address, sql, "-p", 1, "--write")

    assert (refused.returncode, "--write" in refused.stderr) == (1, True)
    assert before == PEOPLE
    assert (done.returncode, done.stderr) == (0, "1 record changed\n")
    assert db.select("users", ["score"], where={"id": 1}) == [{"score": 0.0}]
    assert json.loads(said("query", address, "-", "--json", given="SELECT 1 AS one")) == [
        {"one": 1}
    ]


@MOSTLY_SQLITE
def test_json_goes_in(lab: tuple[str, Database]) -> None:
    """One object, an array, or one object a line; all of them or none."""
    address, db = lab
    for given in (
        '{"name": "Dan"}',
        '[{"name": "Eve"},\n {"name": "Fay"}]',
        '{"name": "Gus"}\n\n{"name": "Hal"}\n',
        '{\n "name": "Ida"\n}\n',
        "",
    ):
        assert said("insert", address, "users", "-", given=given) == ""
    assert db.count("users") == 9
    wrong = ('{"name": "x"}\n{"name": null}', '{"name": "x"}\n[1]', '[{"name": "x"}, 2]', "{,}")
    for given in wrong:
        done = run("insert", address, "users", "-", given=given)
        assert (done.returncode, "Traceback" in done.stderr) == (1, False)
        assert len(done.stderr.splitlines()) == 1
    assert db.count("users") == 9


def test_a_long_text_makes_no_other_record_long(lab: tuple[str, Database]) -> None:
    """In a pipe a long text stands there whole, and others are not padded to its width."""
    address, db = lab
    db.insert("users", {"id": 0, "name": "x" * 100_000, "team": "z"})
    lines = said("rows", address, "users", "--order-by", "id").splitlines()

    assert "x" * 100_000 in lines[2]
    assert {len(line) < 300 for line in lines[:2] + lines[3:]} == {True}


@pytest.mark.parametrize("lab", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("words", "given", "told"),
    [
        (("insert", "users", "-"), b'{"name": "\xff"}', "the input is not UTF-8"),
        (("query", "-"), b"SELECT '\xff' AS a", "the input is not UTF-8"),
        (("insert", "users", "-"), b"[" * 100_000, "nested too deeply"),
        (("query", "SELECT 'Δ' AS a"), b"", "latin-1, which has no '\\u0394'"),
        (("export", "--query", "SELECT 1 AS a", "-", "--where", "a > 1"), b"", "--where"),
    ],
    ids=["no UTF-8", "no UTF-8 in SQL", "deep", "no such letter", "two choices"],
)
def test_what_cannot_be_read_or_written_is_told(
    lab: tuple[str, Database], words: tuple[str, ...], given: bytes, told: str
) -> None:
    """Input that is no text, letters that the output lacks, and words for nothing are told."""
    done = subprocess.run(
        [*SCITEX_DB, words[0], lab[0], *words[1:]],
        env={**os.environ, "PYTHONUTF8": "1", "PYTHONIOENCODING": "latin-1"},
        input=given,
        capture_output=True,
        check=False,
    )
    error = done.stderr.decode("latin-1").splitlines()[-1]

    assert (done.returncode in {1, 2}, error[:7]) == (True, "Error: ")
    assert told in error, error


def test_csv_goes_in_and_out(lab: tuple[str, Database], tmp_path: Path) -> None:
    """A table is made of a CSV file, and written as one again, through pipes."""
    address, db = lab
    text = "id,what,when\n1,a,2025-05-30\n2,NA,\n"
    assert said("import", address, "notes", "-", "--null", "NA", given=text) == ""
    assert [row["what"] for row in db.select("notes", order_by="id")] == ["a", None]
    out = said("export", address, "notes", "-", "--columns", "id,what", "--order-by", "id")
    said("export", address, "--query", "SELECT what FROM notes WHERE id = 1", tmp_path / "o.csv")

    assert out == "id,what\n1,a\n2,\n"
    assert (tmp_path / "o.csv").read_text() == "what\na\n"


@pytest.mark.parametrize("lab", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "words",
    [
        ("tables", "--counts"),
        ("rows", "users", "--where", "name = ?", "-p", "Carol Ünal", "--csv"),
        ("rows", "user"),
        ("doctor", "--json"),
        ("insert", "users", "-"),
        ("dedupe", "users", "--on", "team"),
        ("rows", "users", "--wher", "id = 1"),
        ("--debug", "tables"),
        ("--version",),
    ],
    ids=" ".join,
)
def test_a_process_says_the_same(lab: tuple[str, Database], words: tuple[str, ...]) -> None:
    """What the tests run within this process is what a shell gets, to the letter and code."""
    words = (*words[:1], *([] if words[0].startswith("-") else [lab[0]]), *words[1:])
    here, there = run(*words, given="[2]"), process(*words, given="[2]")

    assert here.returncode == there.returncode
    assert (here.stdout, here.stderr) == (there.stdout, there.stderr)


def test_the_reader_of_a_pipe_may_have_enough(lab: tuple[str, Database]) -> None:
    """`head` ends the program quietly, as it does others."""
    address, db = lab
    db.insert_many("users", ({"name": f"n{place}" * 20} for place in range(20_000)))
    words = shlex.join([*SCITEX_DB, "rows", address, "users", "--csv"])
    done = subprocess.run(
        ["bash", "-c", f"{words} | head -n 2; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines() == ["id,name,score,team", "1,Alice,85.5,a", "141"]
    assert done.stderr == ""


def test_a_database_from_the_environment(lab: tuple[str, Database], tmp_path: Path) -> None:
    """``DATABASE_URL`` stands for a database that is left out, and a given one goes before it."""
    address, _ = lab

    assert "users" in said("tables", DATABASE_URL=address)
    assert "Alice" in said("rows", "users", "--limit", 1, DATABASE_URL=address)
    assert "Alice" in said("rows", address, "users", DATABASE_URL="postgresql://nowhere/x")
    (tmp_path / "users").mkdir()  # what is called as a table is no database for that
    assert "Alice" in said("rows", "users", cwd=tmp_path, DATABASE_URL=address)
    lost = run("rows", "lost.db", "users", DATABASE_URL=address)
    assert (lost.returncode, "lost.db" in lost.stderr) == (1, True)


@MOSTLY_SQLITE
def test_the_schema_is_shown(lab: tuple[str, Database]) -> None:
    """Tables, SQL, columns, indexes, plans, profiles, sizes: each as text and as JSON."""
    address, db = lab
    db.create_table("visits", VISITS)
    said("create-index", address, "visits", "user", "--name", "by_user")

    assert json.loads(said("tables", address, "--json")) == [
        {"table": "users"},
        {"table": "visits"},
    ]
    counted = json.loads(said("tables", address, "--counts", "--json"))
    assert [each["records"] for each in counted] == [3, 0]
    sql = said("schema", address)
    assert sql.index("users") < sql.index("visits")
    assert sql.count(";") == sql.upper().count("CREATE TABLE") == 2
    assert said("schema", address, "users").count("CREATE TABLE") == 1
    assert json.loads(said("indexes", address, "--json"))[0]["index"] == "by_user"
    told = said("inspect", address, "visits")
    assert re.search(r"columns:(.|\n)*rules:(.|\n)*users(.|\n)*indexes:(.|\n)*by_user", told)
    assert "referred to by" in json.loads(said("inspect", address, "users", "--json"))
    assert json.loads(said("profile", address, "users", "--json", "--columns", "score"))
    assert "users: 3 records" in said("profile", address, "users")
    assert "users" in said("explain", address, "SELECT * FROM users")
    assert json.loads(said("explain", address, "SELECT * FROM users", "--json"))
    assert "3" in said("stats", address)
    assert json.loads(said("stats", address, "--json"))["tables"]["users"]["rows"] == 3
    assert "3 records" in said("summary", address)
    assert said("diagram", address, "-").startswith("erDiagram")
    assert db.fingerprint("users").digest in said("fingerprint", address, "users")
    assert json.loads(said("fingerprint", address, "--json"))["rows"] == 3


def test_words_are_searched(lab: tuple[str, Database]) -> None:
    """The first time columns are named that are searched from then on."""
    address, _ = lab
    first = said("search", address, "users", "carol", "--enable", "name", "--json")
    refused = run("search", address, "visits", "carol")

    assert [row["id"] for row in json.loads(first)] == [3]
    assert "Alice" in said("search", address, "users", "alice")
    assert (refused.returncode, "visits" in refused.stderr) == (1, True)


def test_what_destroys_asks_first(lab: tuple[str, Database], tmp_path: Path) -> None:
    """Without a terminal it needs ``--yes``; ``--dry-run`` changes nothing."""
    address, db = lab
    backup = tmp_path / "b.sql"
    said("backup", address, backup, "--verify")
    looked = said("dedupe", address, "users", "--on", "team", "--dry-run", "--json")
    asked = [
        run("dedupe", address, "users", "--on", "team"),
        run("restore", address, backup),
        run("copy", address, address, "--overwrite"),
    ]

    assert [row["id"] for row in json.loads(looked)] == [3]
    assert {(each.returncode, "--yes" in each.stderr) for each in asked} == {(2, True)}
    assert db.select("users", order_by="id") == PEOPLE
    done = run("dedupe", address, "users", "--on", "team", "--keep", "newest:id", "--yes")
    assert (done.returncode, db.count("users")) == (0, 2)
    said("restore", address, backup, "--table", "users", "--yes")
    assert db.select("users", order_by="id") == PEOPLE
    assert "3 records" in said("restore", address, backup, "--dry-run")
    assert "verified" in said("verify", backup)


def test_databases_are_copied_and_compared(lab: tuple[str, Database], tmp_path: Path) -> None:
    """A copy has the same records on the other engine; differences have a code of their own."""
    address, db = lab
    target = tmp_path / "copy.db"
    said("copy", address, target)

    with scitex.db.SQLite3(target) as copy:
        assert copy.fingerprint() == db.fingerprint()
    assert run("diff", address, target).returncode == 0
    db.add_column("users", "extra", "TEXT")
    differs = run("diff", address, target)
    assert (differs.returncode, "extra" in differs.stdout) == (3, True)
    assert json.loads(run("diff", address, target, "--json").stdout)


def test_a_key_goes_with_what_it_is_for(lab: tuple[str, Database]) -> None:
    """A key that nothing would ask for is refused, and the word that was meant is told."""
    address, db = lab
    text = "id,name\n1,x\n"
    imported = run("import", address, "new", "-", "--key", "id", given=text)
    inserted = run("insert", address, "users", "-", "--key", "id", given='{"name": "x"}')

    assert (imported.returncode, "--primary-key" in imported.stderr) == (2, True)
    assert (inserted.returncode, "--on-conflict" in inserted.stderr) == (2, True)
    assert (db.list_tables(), db.count("users")) == (["users"], len(PEOPLE))
    said("import", address, "new", "-", "--primary-key", "id", given=text)
    said("import", address, "new", "-", *"--key id --on-conflict update".split(), given=text)
    assert db.select("new") == [{"id": 1, "name": "x"}]


def test_an_empty_file_is_an_empty_database(tmp_path: Path) -> None:
    """A file without a byte is looked at as the empty database that it is, and stays as it was."""
    empty = tmp_path / "empty.db"
    empty.touch()
    for words in (("tables",), ("summary",), ("doctor",), ("stats",), ("schema",)):
        assert "Traceback" not in said(*words, empty)
    assert empty.stat().st_size == 0


def test_the_package_runs_as_the_program() -> None:
    """``python -m scitex.db`` is the program."""
    done = subprocess.run(
        [sys.executable, "-m", "scitex.db", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == said("--version")


def test_no_file_is_left_of_what_failed(tmp_path: Path) -> None:
    """A database that was to be made, and was not filled, is not there afterwards."""
    new, old = tmp_path / "new.db", tmp_path / "old.db"
    scitex.db.SQLite3(old).close()
    for words in (
        ("import", new, "t", tmp_path / "lost.csv"),
        ("import", new, "t", "-"),
        ("restore", new, tmp_path / "lost.sql"),
        ("copy", old, new, "--tables", "lost"),
        ("copy", tmp_path / "lost.db", new),
    ):
        done = run(*words, given="a,a\n1,2\n")
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
    assert list(tmp_path.glob("new*")) == []


def test_a_file_that_is_there_stays_whatever_fails(tmp_path: Path) -> None:
    """What is no database, or an empty one, is as it was after a command that fails."""
    notes, empty = tmp_path / "notes.txt", tmp_path / "empty.db"
    notes.write_text("years of work, and no database\n" * 100)
    empty.touch()
    before = notes.read_bytes()
    for there in (notes, empty):
        for words in (
            ("import", there, "t", tmp_path / "lost.csv"),
            ("restore", there, tmp_path / "lost.sql", "--yes"),
            ("copy", tmp_path / "lost.db", there),
        ):
            assert run(*words).returncode == 1
            assert there.exists()
    assert notes.read_bytes() == before


def test_numbers_that_json_lacks_are_text(tmp_path: Path) -> None:
    """What is written as JSON reads back in every language."""
    with ExperimentTracker(tmp_path / "e.db", provenance=False) as tracker:
        tracker.log_run("r", {"lr": 1}, {"loss": float("nan")})
    shown = said("runs", "show", tmp_path / "e.db", "r", "--json")

    assert json.loads(shown, parse_constant=pytest.fail)["metrics"]["loss"] == "nan"


def test_the_doctor_is_called(lab: tuple[str, Database]) -> None:
    """What was found is told as text and as JSON, and what can be mended is mended."""
    address, db = lab
    db.create_table("visits", VISITS)

    assert "foreign-key-index" in said("doctor", address)
    found = json.loads(said("doctor", address, "--json"))["findings"]
    assert found[0]["check"] == "foreign-key-index"
    said("doctor", address, "--fix")
    assert [index.columns for index in db.list_indexes("visits")] == [("user",)]


def test_damage_has_a_code_of_its_own(tmp_path: Path) -> None:
    """The doctor ends with 3 where data is wrong."""
    with scitex.db.SQLite3(tmp_path / "x.db", foreign_keys=False) as db:
        db.create_table("users", USERS)
        db.create_table(
            "visits", {"id": "INTEGER PRIMARY KEY", "user": "INTEGER REFERENCES users"}
        )
        db.insert("visits", {"user": 99})
    done = run("doctor", tmp_path / "x.db")

    assert (done.returncode, "error: " in done.stdout) == (3, True)


def test_old_backups_go(tmp_path: Path) -> None:
    """`prune` says what would go, asks, and removes."""
    with scitex.db.SQLite3(tmp_path / "x.db") as db:
        db.create_table("users", USERS)
    for _ in range(3):
        said("backup", tmp_path / "x.db", f"{tmp_path}/")
    rules = ("prune", tmp_path, "--keep-last", 1)

    assert "2 would be removed" in said(*rules, "--dry-run")
    assert run(*rules).returncode == 2
    assert "2 removed" in said(*rules, "--yes")


@MOSTLY_SQLITE
def test_runs_are_shown(lab: tuple[str, Database], tmp_path: Path) -> None:
    """The runs of a tracker, the best of them, one of them, and a page of all."""
    address, db = lab
    empty = run("runs", "list", address)
    with ExperimentTracker(db, provenance=False) as tracker:
        for place in range(3):
            tracker.log_run(f"r{place}", {"lr": place}, {"accuracy": place / 4})
    listed = json.loads(said("runs", "list", address, "--json"))
    best = said("runs", "best", address, "-n", 1)
    shown = json.loads(said("runs", "show", address, "r1", "--json"))
    said("runs", "report", address, tmp_path / "page.html", cwd=tmp_path)

    assert (empty.returncode, "no runs" in empty.stderr) == (1, True)
    assert {run["run_id"] for run in listed} == {"r0", "r1", "r2"}
    assert "r2" in best
    assert (shown["config"], shown["metrics"]) == ({"lr": 1}, {"accuracy": 0.25})
    assert "r0" in (tmp_path / "page.html").read_text()


@MOSTLY_SQLITE
def test_errors_are_one_line_with_the_way_out(lab: tuple[str, Database]) -> None:
    """What is wrong is named, with the nearest right thing; no trace, no password."""
    address, _ = lab
    for words, wanted in (
        (("rows", address, "user"), "did you mean 'users'?"),
        (("rows", address, "users", "--columns", "nam"), "did you mean 'name'?"),
        (("rows", address, "users", "--where", "nam = 1"), "nam"),
        (("rows", address, "users", "--where", "1 = 1; DROP TABLE users"), "';'"),
        (("query", address, "SELEC 1"), "SELEC"),
        (("rows", address, "users", "--where", "id = ?", "-p", 1, "-p", 2), "placeholder"),
    ):
        done = run(*words)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
        assert wanted in done.stderr
        assert "Traceback" not in done.stderr


def test_a_password_is_never_shown() -> None:
    """Whatever goes wrong, the password of a URL is in no message."""
    url = "postgresql://me:hunter2secret@127.0.0.1:1/results"
    for words in (
        ("tables", url),
        ("copy", url, url, "--overwrite"),
        ("copy", url, url, "--overwrite", "--yes"),
        ("diff", url, "x.db"),
        ("--debug", "rows", url, "users"),
        ("runs", "list", url),
        (url, "tables"),
        ("verify", url),
        ("backup", "x.sql", url),
        ("insert", "x.db", "users", url),
        ("export", url, url, url, url),
        ("import", "x.db", "users", "x.csv", url),
        ("rows", "x.db", "users", "--limit", url),
        ("prune", url),
        ("tables", "host=lab password=hunter2secret"),
        ("verify", "host=lab password=hunter2secret"),
    ):
        done = run(*words)
        assert done.returncode in (1, 2)
        assert "hunter2secret" not in done.stdout + done.stderr
    assert "hunter2secret" not in run("tables", DATABASE_URL=url).stderr
    assert "hunter2secret" not in run("rows", DATABASE_URL=url).stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete(shell: str) -> None:
    """What is printed is for that shell."""
    assert "_SCITEX_DB_COMPLETE" in said("completion", shell)


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield each command with its name."""
    context = click.Context(program)
    for name in COMMANDS:
        command = program.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            for inner, each in command.commands.items():
                yield f"{name} {inner}", each


def _words(example: str) -> list[str]:
    """Return the words of an example before what the shell does with its output."""
    pieces = shlex.shlex(example, posix=True, punctuation_chars="|<>")
    pieces.whitespace_split = True
    return list(itertools.takewhile(lambda each: each not in ("|", "<", ">"), pieces))


@pytest.mark.parametrize(("name", "command"), [*commands()], ids=str)
def test_each_command_has_an_example(name: str, command: click.Command) -> None:
    """Each has a line in the list, the same as its own, and an example that its words allow."""
    examples = re.findall(rf"scitex-db ({re.escape(name)}\b.*)", command.epilog or "")

    assert examples
    if not isinstance(command, click.Group):
        assert command.short_help == COMMANDS.get(name, ("", command.short_help))[1]
        for example in examples:
            words = _words(example)[len(name.split()) :]
            assert command.make_context(name, words, resilient_parsing=True)
            given, _, _ = command.make_parser(click.Context(command)).parse_args(words)
            required = [each for each in command.params if each.required]
            assert all(given.get(str(each.name)) for each in required), example


def test_the_list_of_commands_loads_none_of_them() -> None:
    """``--help`` is quick: neither numpy, pandas nor a driver comes with it."""
    script = (
        "import sys\n"
        "from scitex.db.cli.program import program\n"
        "program(['--help'], standalone_mode=False)\n"
        "print([name for name in ('numpy', 'pandas', 'psycopg2', 'sqlite3', 'sqlglot', 'cattrs',"
        " 'scitex.db.cli.records') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"

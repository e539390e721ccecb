"""What the documentation shows is what happens."""

import ast
import contextlib
import doctest
import importlib
import importlib.util
import io
import itertools
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import attrs
import pytest

import scitex.db

ROOT = Path(__file__).parents[2]
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def _modules() -> list[str]:
    """Name every module that can be imported without a tool of the tests."""
    found = pkgutil.walk_packages(scitex.db.__path__, prefix="scitex.db.")
    kept = [module.name for module in found if ".testing" not in module.name]
    return ["scitex.db", "scitex.db.testing.asserts", *kept]


def _examples() -> Iterator[doctest.DocTest]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    for name in _modules():
        for found in finder.find(importlib.import_module(name), name):
            if found.examples:
                yield found


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[scitex.db.Database]:
    """The database that the examples speak of: one table, one record."""
    monkeypatch.chdir(tmp_path)
    with scitex.db.SQLite3("my_data.db") as db:
        db.create_table(
            "users", {"id": "INTEGER PRIMARY KEY", "name": "TEXT NOT NULL", "score": "REAL"}
        )
        db.insert("users", {"name": "Alice", "score": 85.5})
        yield db


@pytest.mark.parametrize("example", list(_examples()), ids=lambda example: example.name)
def test_a_docstring_shows_what_happens(
    example: doctest.DocTest, db: scitex.db.Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each example in a docstring gives what it says."""
    names = {name: getattr(scitex.db, name) for name in scitex.db.__all__}
    example.globs = {**names, **example.globs, "db": db}
    if any("tracker" in each.source for each in example.examples):
        example.globs["tracker"] = _tracker(db)
    if any("trials" in each.source for each in example.examples):
        example.globs |= {"Trial": Trial, "trials": _trials(db)}
    report: list[str] = []

    result = doctest.DocTestRunner(optionflags=FLAGS).run(example, out=report.append)

    assert result.failed == 0, "".join(report)


def _tracker(db: scitex.db.Database) -> scitex.db.ExperimentTracker:
    """Return the tracker that the examples speak of: one run."""
    tracker = scitex.db.ExperimentTracker(db)
    tracker.log_run("run-1", {"name": "mnist", "lr": 0.1}, {"accuracy": 0.91})
    return tracker


@attrs.define
class Trial:
    """The class that the examples on repositories speak of."""

    subject: str
    score: float
    id: int | None = None


def _trials(db: scitex.db.Database) -> scitex.db.Repository[Trial]:
    """Return the repository that the examples speak of, with nothing in it."""
    trials = db.repository(Trial, table="trials")
    trials.create_table()
    return trials


def _blocks(path: str) -> list[str]:
    """Cut the Python out of a page, in order."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


PAGES = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/**/*.md"))]
RUNNING = [page for page in PAGES if _blocks(page)]


@pytest.mark.parametrize("path", RUNNING)
def test_a_page_runs_from_top_to_bottom(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Python of a page runs as it stands, in a folder with the penguins, and tells so."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "examples" / "palmerpenguins.csv", tmp_path)
    names: dict[str, object] = {}

    for block in _blocks(path):
        _run(block, names)


def _run(block: str, names: dict[str, object]) -> None:
    """
    Run a block, and hold it to what its comments tell.

    After an expression ``# -> value`` is its repr, on as many lines of comment as it takes; after
    anything that prints, ``# text`` is what is printed, with ``...`` for what may differ.
    """
    lines = block.splitlines()
    for statement in ast.parse(block).body:
        begin = min(
            [statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", ()))]
        )
        source = "\n".join(lines[begin - 1 : statement.end_lineno])
        after = itertools.takewhile(
            lambda line: line.startswith("#"), lines[statement.end_lineno :]
        )
        told = "\n".join(line.removeprefix("#").removeprefix(" ") for line in after)
        printed = io.StringIO()
        if isinstance(statement, ast.Expr) and told.startswith("-> "):
            value = eval(compile(source.strip(), "<page>", "eval"), names)  # noqa: S307 - ours
            assert repr(value) == told.removeprefix("-> ")
            continue
        with contextlib.redirect_stdout(printed):
            exec(compile(source, "<page>", "exec"), names)  # noqa: S102 - our own page
        said = printed.getvalue()
        assert not said or CHECKER.check_output(f"{told}\n", said, FLAGS), f"{told}\n!=\n{said}"


CHECKER = doctest.OutputChecker()


def _members() -> list[str]:
    """Name each public class and function, and what is public and ours in it."""
    found = []
    for name in scitex.db.__all__:
        value = getattr(scitex.db, name)
        kinds = value.__mro__ if isinstance(value, type) else ()
        found += [
            f"{name}.{member}"
            for kind in kinds
            if kind.__module__.startswith("scitex.db")
            for member, defined in vars(kind).items()
            if not member.startswith("_") and isinstance(defined, FunctionType | property)
        ]
        if callable(value):
            found.append(name)
    return sorted(set(found))


@pytest.mark.parametrize("path", _members())
def test_every_public_name_is_explained(path: str) -> None:
    """Each class and function of the package's face has a docstring, and so has each method."""
    name, _, member = path.partition(".")
    value = getattr(scitex.db, name)

    explained = getattr(value, member) if member else value

    assert explained.__doc__


def _console(text: str) -> list[tuple[str, str]]:
    """Return the commands of a terminal session, each with what it said."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, said = part.partition("\n")
            found.append((command, said))
    return found


@pytest.mark.parametrize("path", [page for page in PAGES if _console((ROOT / page).read_text())])
def test_a_session_in_a_terminal_is_as_shown(path: str, tmp_path: Path) -> None:
    """Each command of a page says what is shown under it, in a folder with the penguins."""
    shutil.copy(ROOT / "examples" / "palmerpenguins.csv", tmp_path)
    programs = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("DATABASE_URL", None)
    for command, told in _console((ROOT / path).read_text(encoding="utf-8")):
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert CHECKER.check_output(told, done.stdout, doctest.ELLIPSIS), done.stdout


def test_the_page_on_types_is_what_the_laws_say() -> None:
    """The page is written by ``python docs/typematrix.py``."""
    spec = importlib.util.spec_from_file_location("typematrix", ROOT / "docs" / "typematrix.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert (ROOT / "docs" / "types.md").read_text(encoding="utf-8") == module.page()


def test_each_error_has_a_place_on_its_page() -> None:
    """Each code of an error is an anchor, under which its name, its code and a way out stand."""
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    known = [getattr(scitex.db, name) for name in scitex.db.__all__]
    for kind in known:
        if isinstance(kind, type) and issubclass(kind, scitex.db.Error):
            assert f"({kind.code})=\n## {kind.__name__}\n\n`{kind.code}`" in text


def test_each_public_name_has_a_place_in_the_reference() -> None:
    """Each public name, and each call of a database, is shown in the reference once."""
    text = "".join(path.read_text() for path in sorted(ROOT.glob("docs/reference/*.rst")))
    shown = re.findall(r"^\.\. auto\w+:: ([\w.]+)$", text, re.MULTILINE)
    names = {name for name in scitex.db.__all__ if name not in ("__version__", "errors")}
    calls = {f"Database.{n}" for n in dir(scitex.db.Database) if not n.startswith("_")}

    assert len(shown) == len(set(shown))
    assert (names | calls) - set(shown) == set()


@pytest.mark.parametrize("page", ["coverage.md", "faults.md"])
def test_each_test_that_a_page_names_is_there(page: str) -> None:
    """The pages on what is covered and on faults name tests as they are."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    named = re.findall(r"`((?:tests|scitex)/\S+?)::(\w+)`", text)

    assert len(named) > 40
    for path, name in named:
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path}::{name}"


def test_links_between_pages_lead_somewhere() -> None:
    """Each link to a file of this repository is to one that is there; headings too, by Sphinx."""
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", (ROOT / page).read_text()):
            assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"

"""What the documentation shows is what happens."""

import ast
import doctest
import importlib
import pkgutil
import re
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


@pytest.mark.parametrize("path", ["README.md"])
def test_a_page_runs_from_top_to_bottom(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Python of a page runs as it stands, in an empty folder, and gives what it tells."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}

    for block in _blocks(path):
        _run(block, names)


def _run(block: str, names: dict[str, object]) -> None:
    """Run a block; where a comment ``# -> value`` follows an expression, hold it to it."""
    lines = block.splitlines()
    for statement in ast.parse(block).body:
        source = "\n".join(lines[statement.lineno - 1 : statement.end_lineno])
        told = lines[(statement.end_lineno or 0) :][:1]
        if isinstance(statement, ast.Expr) and told and told[0].startswith("# -> "):
            value = eval(compile(source.strip(), "<page>", "eval"), names)  # noqa: S307 - ours

            assert repr(value) == told[0].removeprefix("# -> ")
        else:
            exec(compile(source, "<page>", "exec"), names)  # noqa: S102 - our own page


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

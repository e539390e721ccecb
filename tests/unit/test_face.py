"""The rules of the house that no other machine holds."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "scitex" / "db"
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

LONGEST_MODULE = 400
LONGEST_FUNCTION = 40
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "misc", "manager", "mixin"}
HEAVY = ["numpy", "pandas", "psycopg2", "sqlglot", "click", "tqdm", "cattrs", "sqlite3"]

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(module: Path) -> Iterator[Function]:
    """Yield every function and method of a module, inner ones too."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    """Count a function's lines from its ``def``, without its docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or 0) - docstring.lineno + 1)


def names(module: Path) -> Iterator[str]:
    """Yield the names of a module's file and folder, classes and functions."""
    yield from module.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, Function | ast.ClassDef):
            yield node.name


def words(name: str) -> set[str]:
    """Cut ``some_name`` or ``SomeName`` into its words."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_no_module_is_too_long() -> None:
    """A module has at most 400 lines."""
    long = {
        str(module.relative_to(ROOT)): lines
        for module in MODULES
        if (lines := len(module.read_text().splitlines())) > LONGEST_MODULE
    }

    assert long == {}


def test_no_function_is_too_long() -> None:
    """A function has at most 40 lines, its docstring not counted."""
    long = {
        f"{module.relative_to(ROOT)}:{function.name}": length(function)
        for module in MODULES
        for function in functions(module)
        if length(function) > LONGEST_FUNCTION
    }

    assert long == {}


def test_names_say_something() -> None:
    """No file, class or function has a name that would fit any other."""
    empty = {
        (str(module.relative_to(ROOT)), name)
        for module in [*MODULES, *TESTS]
        for name in names(module)
        if words(name) & EMPTY_NAMES
    }

    assert empty == set()


@pytest.mark.parametrize("driver", ["sqlite3", "psycopg2"])
def test_driver_errors_stay_in_their_room(driver: str) -> None:
    """A driver's errors are named in its adapter's ``errors.py`` only (test servers aside)."""
    error = re.compile(rf"(?<![.\w]){driver}(\.\w*(Error|Warning)\b|\.errors\b| import .*Error)")
    allowed = PACKAGE.glob("adapters/*/errors.py"), PACKAGE.rglob("testing/**/*.py")
    strangers = [
        f"{module.relative_to(ROOT)}:{number}"
        for module in sorted(set(MODULES).difference(*allowed))
        for number, line in enumerate(module.read_text().splitlines(), 1)
        if error.search(line)
    ]

    assert strangers == []


def test_setup_cfg_is_about_architecture_only() -> None:
    """``setup.cfg`` has sections of import-linter and no others."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")

    assert [name for name in config.sections() if name.split(":")[0] != "importlinter"] == []


def test_scitex_is_a_namespace() -> None:
    """``scitex`` has no ``__init__.py``, so that other distributions may share it."""
    assert not (ROOT / "scitex" / "__init__.py").exists()


def test_the_package_says_that_it_is_typed() -> None:
    """The marker that makes type checkers read our annotations is in the package."""
    assert (PACKAGE / "py.typed").exists()


@pytest.mark.parametrize("module", ["scitex.db", "scitex.db.testing", "scitex.db.testing.plugin"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    """Importing the package, or its pytest plugin, loads no driver, array or frame."""
    code = f"import sys, {module}; print(*sorted(set({HEAVY}) & set(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )

    assert loaded.stdout.split() == []

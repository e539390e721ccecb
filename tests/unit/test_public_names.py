"""What the package gives to its users: names, their docstrings, and nothing by the way."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import scitex.db
from scitex.db import Database

NAMES = [name for name in scitex.db.__all__ if name != "__version__"]
CALLS = sorted(name for name in dir(Database) if not name.startswith("_"))
METHODS = [name for name in CALLS if inspect.isfunction(getattr(Database, name))]
# Of numpydoc's sections, those that a call with that has to have.
DOCUMENTED = """create_table insert select update delete insert_many update_many transaction
begin_transaction commit rollback list_tables get_columns table_exists drop_table add_column
drop_column rename_table create_index drop_index list_indexes execute summary close query count
exists iter_select rename_column""".split()


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_there(name: str) -> None:
    """Every name that the package announces can be had from it."""
    assert getattr(scitex.db, name) is not None


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_explained(name: str) -> None:
    """Every public name has a docstring."""
    assert inspect.getdoc(getattr(scitex.db, name))


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_listed(name: str) -> None:
    """Every public name is in ``dir(scitex.db)``, loaded or not."""
    assert name in dir(scitex.db)


def test_an_unknown_name_is_told() -> None:
    """A name that is not there raises as in every module."""
    with pytest.raises(AttributeError, match=r"'scitex.db' has no attribute 'SQLite4'"):
        scitex.db.SQLite4  # noqa: B018 - asking is the point


def test_every_error_is_public() -> None:
    """Every error class that can be raised is a name of the package itself."""
    errors = scitex.db.errors
    classes = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, Exception) and not name.startswith("_")
    }

    assert classes - set(scitex.db.__all__) == set()


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_documented_call_is_there(name: str) -> None:
    """Every call of the user's documentation is one of the facade's."""
    assert name in CALLS


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_explained(name: str) -> None:
    """Every public call and attribute of a database has a docstring."""
    assert inspect.getdoc(getattr(Database, name))


@pytest.mark.parametrize("name", METHODS)
def test_a_call_has_an_example(name: str) -> None:
    """Every call's docstring has an example."""
    assert "Examples\n--------\n>>> " in (inspect.getdoc(getattr(Database, name)) or "")


@pytest.mark.parametrize("name", METHODS)
def test_a_call_explains_its_parameters(name: str) -> None:
    """Every parameter of a call is explained, or is said to be another call's."""
    method = getattr(Database, name)
    text = inspect.getdoc(method) or ""
    given = [each for each in inspect.signature(method).parameters if each != "self"]

    assert "parameters are those of" in text or [each for each in given if each not in text] == []


def test_the_logger_is_silent_by_itself() -> None:
    """Using a database prints and logs nothing where nobody asked for it."""
    program = (
        "from scitex.db import InMemory\n"
        "with InMemory() as db:\n"
        "    db.create_table('t', {'x': 'TEXT'}); db.insert('t', {'x': 'a'}); db.select('t')\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert (run.stdout, run.stderr) == ("", "")

"""Adapters keep the ports' promises, parameter by parameter."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest

from scitex.db.adapters.disk import Disk
from scitex.db.adapters.graphviz import Graphviz
from scitex.db.adapters.memory.storage import MemoryStorage
from scitex.db.adapters.postgresql.storage import PostgresqlStorage
from scitex.db.adapters.sqlite3.storage import Sqlite3Storage
from scitex.db.ports.files import Files
from scitex.db.ports.rendering import Renderer
from scitex.db.ports.storage import Storage

ADAPTERS = [Sqlite3Storage, PostgresqlStorage, MemoryStorage]


def promised() -> Iterator[str]:
    """Name what the port promises: methods and attributes."""
    return (name for name in dir(Storage) if not name.startswith("_"))


def parameters(owner: type, name: str) -> list[tuple[str, object, object]]:
    """Tell a method's parameters: name, how it is given, and its default."""
    signature = inspect.signature(getattr(owner, name))
    return [(each.name, each.kind, each.default) for each in signature.parameters.values()]


PROMISES = sorted(promised())
METHODS = [name for name in PROMISES if inspect.isfunction(getattr(Storage, name))]


@pytest.mark.parametrize("name", PROMISES)
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_an_adapter_has_all_that_is_promised(adapter: type, name: str) -> None:
    """Every adapter has every method and attribute of the port."""
    assert hasattr(adapter, name)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_an_adapter_takes_the_ports_parameters(adapter: type, name: str) -> None:
    """A method takes the port's parameters: names, order, kinds and defaults."""
    assert parameters(adapter, name) == parameters(Storage, name)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_an_adapter_promises_nothing_else(adapter: type) -> None:
    """An adapter has no public name that the port does not know."""
    assert [name for name in dir(adapter) if not name.startswith("_")] == PROMISES


@pytest.mark.parametrize("name", METHODS)
def test_a_promise_is_written_down(name: str) -> None:
    """Every method of the port says what it promises."""
    assert inspect.getdoc(getattr(Storage, name))


def test_graphviz_has_just_what_is_promised_of_what_draws() -> None:
    """What draws has the port's method, with its parameters, and no other."""
    names = [name for name in dir(Graphviz) if not name.startswith("_")]

    assert names == [name for name in dir(Renderer) if not name.startswith("_")]
    assert parameters(Graphviz, "render") == parameters(Renderer, "render")


FILES = [
    "digest",
    "length",
    "modified",
    "names",
    "placing",
    "reading",
    "remove",
    "replacing",
    "same",
    "scratch",
    "settle",
]


def test_the_disk_has_just_what_is_promised_of_files() -> None:
    """The file system has the port's methods and no others."""
    both = [[name for name in dir(owner) if not name.startswith("_")] for owner in (Disk, Files)]

    assert both == [FILES, FILES]


@pytest.mark.parametrize("name", FILES)
def test_the_disk_takes_the_ports_parameters(name: str) -> None:
    """A method takes the port's parameters: names, order, kinds and defaults."""
    assert parameters(Disk, name) == parameters(Files, name)

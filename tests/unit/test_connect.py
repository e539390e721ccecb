"""One door for every engine: a URL or a path says which."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scitex.db import InMemory, PostgreSQL, SQLite3, connect
from scitex.db.domain.errors import InterfaceError, OperationalError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, and without an address in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("test.db", "test.db"),
        ("sqlite:///test.db", "test.db"),
        ("sqlite:///my%20data.db", "my data.db"),
        ("sqlite:///a%23b%3Fc.db", "a#b?c.db"),
        ("a#b?c%41.db", "a#b?c%41.db"),
        (Path("test.db"), "test.db"),
    ],
)
def test_a_path_or_url_is_a_file(folder: Path, address: Any, file: str) -> None:
    """A path is that very file; a URL's is percent-decoded."""
    with connect(address) as db:
        db.create_table("t", {"x": "TEXT"})

    assert (type(db), (folder / file).exists()) == (SQLite3, True)


def test_four_slashes_are_absolute(folder: Path) -> None:
    """A URL with four slashes names an absolute path."""
    connect(f"sqlite:///{folder}/test.db").close()

    assert (folder / "test.db").exists()


@pytest.mark.parametrize("address", [":memory:", "sqlite://", "sqlite:///:memory:"])
def test_memory_may_be_meant(folder: Path, address: str) -> None:
    """A database in memory leaves no file."""
    with connect(address) as db:
        db.create_table("t", {"x": "TEXT"})

    assert (db.engine, list(folder.iterdir())) == ("sqlite", [])


def test_the_fake_may_be_meant() -> None:
    """``memory://`` opens the engine in memory."""
    with connect("memory://") as db:
        assert type(db) is InMemory


def test_options_are_passed_on(folder: Path) -> None:
    """What the engine's class takes is passed on to it."""
    connect("test.db").close()
    with connect("test.db", read_only=True, timeout=1) as db, pytest.raises(PermissionError):
        db.create_table("t", {"x": "TEXT"})


def test_the_environment_may_say_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an address ``DATABASE_URL`` says which database."""
    monkeypatch.setitem(os.environ, "DATABASE_URL", "sqlite:///test.db")
    connect().close()

    assert (folder / "test.db").exists()


def test_no_address_is_told() -> None:
    """Without an address anywhere it is said what to pass."""
    with pytest.raises(InterfaceError, match="DATABASE_URL is not set\nhint: pass a path"):
        connect()


@pytest.mark.parametrize(
    "address", ["mysql://localhost/db", "mongodb://x", "http://example.com/x.db", "sqlite://x.db"]
)
def test_an_unknown_engine_is_told(folder: Path, address: str) -> None:
    """A URL of no engine that is known, or of no file, is refused and makes no file."""
    with pytest.raises(InterfaceError, match="hint: "):
        connect(address)

    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "address",
    [
        "mysql://user:s3cr3t@localhost/db",
        "jdbc:mysql://user:s3cr3t@localhost/db",
        "sqlite://user:s3cr3t@localhost/db",
        "sqlite:///x.db?password=s3cr3t",
        "password=s3cr3t url=http://localhost",
        "user:s3cr3t@http://localhost",
    ],
)
def test_an_address_that_is_refused_shows_no_password(folder: Path, address: str) -> None:
    """The error of an address that is not known does not show a password in it."""
    with pytest.raises(InterfaceError) as caught:
        connect(address)

    assert ("s3cr3t" in str(caught.value), list(folder.iterdir())) == (False, [])


@pytest.mark.parametrize(
    "address",
    [
        "mysql://user:s3cr3t@localhost/db",
        "jdbc:postgresql://user:s3cr3t@localhost/db",
        " MySQL+driver://user:s3cr3t@localhost/db",
    ],
)
@pytest.mark.parametrize("door", [SQLite3, PostgreSQL])
def test_another_engines_url_is_refused(
    folder: Path, door: Callable[[str], object], address: str
) -> None:
    """An engine's class refuses the URL of another, and shows no password."""
    with pytest.raises(InterfaceError, match="URL") as caught:
        door(address)

    assert ("s3cr3t" in str(caught.value), list(folder.iterdir())) == (False, [])


@pytest.mark.parametrize(
    "address",
    [
        "POSTGRESQL://user:s3cr3t@127.0.0.1:1/db",
        " postgresql://user:s3cr3t@127.0.0.1:1/db ",
        "Postgres+psycopg2://user:s3cr3t@127.0.0.1:1/db",
        "user=user password=s3cr3t host=127.0.0.1 port=1 dbname=db",
        "connect_timeout=2 password=s3cr3t user=user host=127.0.0.1 port=1 dbname=db",
    ],
)
@pytest.mark.parametrize("door", [connect, PostgreSQL])
def test_a_server_is_meant(folder: Path, door: Callable[[str], object], address: str) -> None:
    """Capitals, blanks around a URL, and libpq's keywords name a server, without a password."""
    with pytest.raises(OperationalError, match=r"postgresql://user@127\.0\.0\.1:1/db") as caught:
        door(address)

    assert ("s3cr3t" in str(caught.value), list(folder.iterdir())) == (False, [])


def test_a_url_may_ask_for_reading_only(folder: Path) -> None:
    """``?mode=ro`` opens a file for reading only."""
    connect("sqlite:///test.db").close()
    with connect("sqlite:///test.db?mode=ro") as db, pytest.raises(PermissionError):
        db.create_table("t", {"x": "TEXT"})


@pytest.mark.parametrize("query", ["mode=rw", "cache=shared", "mode=ro&immutable=1", "x"])
def test_what_a_url_asks_for_is_known_or_refused(folder: Path, query: str) -> None:
    """What a URL asks for is never passed over."""
    with pytest.raises(InterfaceError, match=r"only \?mode=ro is known"):
        connect(f"sqlite:///test.db?{query}")

    assert list(folder.iterdir()) == []

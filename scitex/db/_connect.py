"""One door for every engine: a URL or a path says which."""

from __future__ import annotations

import os
import urllib.parse
from pathlib import Path
from typing import Any

from scitex.db._facade.database import Database
from scitex.db.domain import addresses
from scitex.db.domain.errors import InterfaceError

_POSTGRESQL = ("postgresql", "postgres")


def connect(address: str | os.PathLike[str] | None = None, **options: Any) -> Database:
    """
    Open a database by its address.

    Parameters
    ----------
    address : str or path-like, optional
        A path (``"my_data.db"``, ``":memory:"``), or a URL: ``sqlite:///relative.db``,
        ``sqlite:////absolute.db`` (with ``?mode=ro`` for reading only),
        ``postgresql://user@host/dbname`` (with ``?schema=name`` for the tables of one schema),
        ``memory://``; or libpq's keywords, ``"host=lab dbname=results"``.  Left out,
        ``DATABASE_URL`` says it.
    **options
        What the engine's own class takes: ``timeout=``, ``read_only=``, ``schema=``.

    Returns
    -------
    Database
        A `SQLite3`, `PostgreSQL` or `InMemory`.

    Raises
    ------
    InterfaceError
        If nothing says which database, or the URL names no engine that is known, or asks for
        what is not.
    OperationalError
        If it cannot be opened.

    Examples
    --------
    >>> with connect(":memory:") as db:
    ...     db.list_tables()
    []
    """
    if address is None:
        address = os.environ.get("DATABASE_URL")
        if not address:
            raise InterfaceError(
                "no address was given, and DATABASE_URL is not set",
                hint='pass a path or a URL: connect("my_data.db")',
            )
    text = os.fspath(address)
    engine = addresses.scheme(text).partition("+")[0]
    if engine in _POSTGRESQL or (not addresses.is_url(text) and addresses.has_keywords(text)):
        from scitex.db._postgresql import PostgreSQL

        given = [_with_schema(text, options)]
        del address, text, options  # a refusal must not show a password in its frames
        return PostgreSQL(**given.pop())
    if engine == "memory":
        from scitex.db._memory import InMemory

        return InMemory(**options)
    found = _file(text)
    if isinstance(found, InterfaceError):
        del address, text, options
        raise found
    from scitex.db._sqlite3 import SQLite3

    return SQLite3(found[0], **{**found[1], **options})


def _with_schema(url: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return what `PostgreSQL` takes; the driver knows no ``schema`` in an address."""
    bare, mark, query = url.partition("?")
    words = query.split("&") if mark else []
    named = [word for word in words if word.startswith("schema=")]
    if not named:
        return {"dbname": url, **options}
    others = "&".join(word for word in words if word not in named)
    schema = urllib.parse.unquote(named[-1].removeprefix("schema="))
    return {"dbname": f"{bare}?{others}" if others else bare, "schema": schema, **options}


def file_of(address: str) -> str | None:
    """Return the file that an address names; None where it names none."""
    if not addresses.is_url(address) and addresses.has_keywords(address):
        return None
    found = _file(address)
    if isinstance(found, InterfaceError):
        if addresses.scheme(address).partition("+")[0] != "sqlite":
            return None
        raise found
    return None if found[0] == ":memory:" else os.path.expanduser(found[0])  # noqa: PTH111 - text


def is_there(file: str) -> bool:
    """Say whether a file is there; where that cannot be told, opening it tells why."""
    try:
        return Path(file).exists()
    except OSError:
        return True


_MODES: dict[str, dict[str, Any]] = {"ro": {"read_only": True}, "rwc": {}}


def _file(address: str) -> tuple[str, dict[str, Any]] | InterfaceError:
    """
    Return the file that an address names, with what its URL asks for, or the error.

    After ``sqlite://`` three slashes are relative, four absolute.
    """
    if "://" not in address:
        return address, {}
    name = addresses.scheme(address)
    if name.partition("+")[0] != "sqlite":
        return InterfaceError(
            f"no engine is known by the name {name!r}" if name else "the address is no URL",
            hint="use sqlite:///file.db, postgresql://user@host/dbname, memory:// or a plain path",
        )
    path, _, query = address.strip().partition("://")[2].partition("?")
    asked = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    if query and (set(asked) != {"mode"} or asked["mode"] not in _MODES):
        return InterfaceError(
            "of what may follow a file in a URL only ?mode=ro is known",
            hint="percent-encode a question mark in a name: %3F; pass other options by name: "
            "connect(url, timeout=60)",
        )
    if path not in {"", "/"} and not path.startswith("/"):
        return InterfaceError(
            "the URL names no file",
            hint="three slashes for a relative path, sqlite:///file.db; four for an absolute one",
        )
    found = urllib.parse.unquote(path[1:]) or ":memory:"
    return found, _MODES[asked["mode"]] if query else {}

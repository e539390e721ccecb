"""One door for every engine: a URL or a path says which."""

from __future__ import annotations

import os
import urllib.parse
from typing import Any

from scitex.db._facade.database import Database
from scitex.db.domain.errors import InterfaceError

_POSTGRESQL = ("postgresql", "postgres")


def connect(address: str | os.PathLike[str] | None = None, **options: Any) -> Database:
    """
    Open a database by its address.

    Parameters
    ----------
    address : str or path-like, optional
        A path (``"my_data.db"``, ``":memory:"``), or a URL: ``sqlite:///relative.db``,
        ``sqlite:////absolute.db``, ``postgresql://user@host/dbname`` (with ``?schema=name`` for
        the tables of one schema), ``memory://``.  Left out, ``DATABASE_URL`` says it.
    **options
        What the engine's own class takes: ``timeout=``, ``read_only=``, ``schema=``.

    Returns
    -------
    Database
        A `SQLite3`, `PostgreSQL` or `InMemory`.

    Raises
    ------
    InterfaceError
        If nothing says which database, or the URL names no engine that is known.
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
    scheme, mark, rest = text.partition("://")
    if not mark:
        from scitex.db._sqlite3 import SQLite3

        return SQLite3(text, **options)
    engine = scheme.partition("+")[0].lower()
    if engine in _POSTGRESQL:
        from scitex.db._postgresql import PostgreSQL

        given = [_with_schema(text, options)]
        del address, text, rest, options  # a refusal must not show a password in its frames
        return PostgreSQL(**given.pop())
    if engine == "sqlite":
        from scitex.db._sqlite3 import SQLite3

        return SQLite3(_sqlite_path(text, rest), **options)
    if engine == "memory":
        from scitex.db._memory import InMemory

        return InMemory(**options)
    raise InterfaceError(
        f"no engine is known by the name {scheme!r}",
        hint="use sqlite:///file.db, postgresql://user@host/dbname, memory:// or a plain path",
    )


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
    scheme, mark, rest = address.partition("://")
    if mark and scheme.partition("+")[0].lower() != "sqlite":
        return None
    path = _sqlite_path(address, rest) if mark else address
    return None if path == ":memory:" else path


def _sqlite_path(url: str, rest: str) -> str:
    """Read what follows ``sqlite://``: three slashes are relative, four absolute."""
    if rest in {"", "/", "/:memory:"}:
        return ":memory:"
    if not rest.startswith("/"):
        raise InterfaceError(
            f"{url!r} names no file",
            hint="three slashes for a relative path, sqlite:///file.db; four for an absolute one",
        )
    return urllib.parse.unquote(rest[1:].partition("?")[0])

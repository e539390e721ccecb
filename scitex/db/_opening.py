"""What the functions of the package take: a database that is open, or its address."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from scitex.db._connect import connect
from scitex.db._facade.database import Database
from scitex.db.domain.errors import InterfaceError, OperationalError

Given = Database | str | os.PathLike[str]


@contextmanager
def opened(given: Given, *, new: bool = False) -> Iterator[Database]:
    """
    Give a database; one that is opened here is closed when the block ends.

    Parameters
    ----------
    given : Database, str or path-like
        An open one, a path, or a URL.
    new : bool, default False
        Whether a file that is not there is made.

    Raises
    ------
    InterfaceError
        If it is none of these.
    OperationalError
        If there is no such file.
    """
    if isinstance(given, Database):
        yield given
        return
    if not isinstance(given, str | os.PathLike):
        raise InterfaceError(
            f"{given!r} is no database", hint="pass an open one, a path, or a URL"
        )
    text = os.fspath(given)
    if not new and "://" not in text and text != ":memory:" and not os.path.exists(text):  # noqa: PTH110 - a path as the caller spelt it
        raise OperationalError(f"there is no file {text!r}", hint="look at the path")
    with connect(text) as db:
        yield db

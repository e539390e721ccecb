"""What the functions of the package take: a database that is open, or its address."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scitex.db._connect import connect, file_of, is_there
from scitex.db._facade.database import Database
from scitex.db.domain.errors import InterfaceError, OperationalError

Given = Database | str | os.PathLike[str]


@contextmanager
def opened(given: Given, *, new: bool = False, **options: Any) -> Iterator[Database]:
    """
    Give a database; one that is opened here is closed when the block ends.

    Parameters
    ----------
    given : Database, str or path-like
        An open one, a path, or a URL.
    new : bool, default False
        Whether a file that is not there is made.
    **options
        As `connect` takes them.

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
    file = None if new else file_of(text)
    if file is not None and not is_there(file):
        raise OperationalError(f"there is no file {file!r}", hint="look at the path")
    with connect(text, **options) as db:
        yield db

"""The database that a command works on."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from typing import Any

import click

database = click.argument("address", metavar="DATABASE")


def opened(address: str, **options: Any) -> AbstractContextManager[Any]:
    """
    Open a database that is there; none is made by a slip of the pen.

    Raises
    ------
    OperationalError
        If there is none.
    """
    from scitex.db import connect
    from scitex.db.domain.errors import OperationalError

    if "://" not in address and not os.path.isfile(address):  # noqa: PTH113 - text, as given
        raise OperationalError(f"there is no database {address}", hint="check the path")
    return connect(address, **options)

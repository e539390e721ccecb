"""The database that a command works on."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import click

database = click.argument("address", metavar="DATABASE")


def opened(address: str, **options: Any) -> AbstractContextManager[Any]:
    """Open a database that is there; none is made by a slip of the pen."""
    from scitex.db._opening import opened as door

    return door(address, **options)

"""
What a test suite needs of a database: a real PostgreSQL for a while, and fixtures.

Everything here is loaded on first use, so that the pytest plugin costs a run nothing
until a test asks for a server.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scitex.db.testing.postgres import (
        ServerBrokenError,
        ServerUnavailableError,
        temporary_postgres,
    )

__all__ = ["ServerBrokenError", "ServerUnavailableError", "temporary_postgres"]


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(importlib.import_module("scitex.db.testing.postgres"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""
What a test suite needs of a database: fixtures, asserts, the contract, a real PostgreSQL.

The fixtures come by themselves, as a plugin of pytest.  Everything here is loaded on first use,
so that the plugin costs a run nothing until a test asks for a server.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scitex.db.testing.asserts import assert_same_rows as assert_same_rows
    from scitex.db.testing.asserts import assert_same_tables as assert_same_tables
    from scitex.db.testing.contract import OpenDb as OpenDb
    from scitex.db.testing.contract import StorageContract as StorageContract
    from scitex.db.testing.postgres import ServerBrokenError as ServerBrokenError
    from scitex.db.testing.postgres import ServerUnavailableError as ServerUnavailableError
    from scitex.db.testing.postgres import temporary_postgres as temporary_postgres

_HOMES = {
    "OpenDb": "contract",
    "ServerBrokenError": "postgres",
    "ServerUnavailableError": "postgres",
    "StorageContract": "contract",
    "assert_same_rows": "asserts",
    "assert_same_tables": "asserts",
    "temporary_postgres": "postgres",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the names are data above


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(importlib.import_module(f"scitex.db.testing.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""Asking the server how it would describe a table, without making it for others to see."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

import attrs

from scitex.db.adapters.postgresql import catalog
from scitex.db.adapters.postgresql.dialect import POSTGRESQL, column_sql
from scitex.db.adapters.sql import ddl
from scitex.db.domain.errors import Error
from scitex.db.domain.tables import TableSpec

_SCRATCH = "scitex_as_described"


class Trying(catalog.Server, Protocol):
    """A session in which something can be tried and undone."""

    def run(self, sql: str, bound: Any = ..., *, table: str | None = None) -> Any:
        """Run a statement."""
        ...

    def begin(self, owner: object) -> None:
        """Open a level."""
        ...

    def rollback(self, owner: object) -> None:
        """Undo the owner's level."""
        ...

    def atomic(self) -> AbstractContextManager[None]:
        """Do all of a block or nothing."""
        ...


def as_described(session: Trying, spec: TableSpec) -> TableSpec:
    """
    Return a table as the server would describe it once it is made.

    The server spells defaults and checks its own way (``score > 0`` becomes
    ``(score > (0)::double precision)``), so a temporary twin is made, described and undone.
    Where none may be made the table comes back as it was given.
    """
    twin = attrs.evolve(spec, name=_SCRATCH, foreign_keys=())
    sql = ddl.create_table(
        POSTGRESQL, twin, column_sql, target=POSTGRESQL.name(_SCRATCH), keyword="TEMPORARY "
    )
    owner = object()
    try:
        session.begin(owner)
        session.run(sql, ()).close()
        found = catalog.describe(session, _SCRATCH, target=f'pg_temp."{_SCRATCH}"').spec
    except Error:
        return spec  # no right to temporary tables, or a server that only reads
    finally:
        session.rollback(owner)
    return attrs.evolve(found, name=spec.name, foreign_keys=spec.foreign_keys)

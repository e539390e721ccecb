"""What tells one row from another in SQLite: its own number."""

from __future__ import annotations

from scitex.db.adapters.sql import duplicates
from scitex.db.adapters.sql.duplicates import Place
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.duplicates import Repeats
from scitex.db.domain.errors import SchemaError
from scitex.db.domain.rows import Record
from scitex.db.domain.tables import TableSpec

_NAMES = ("rowid", "_rowid_", "oid")


def delete(session: Session, asked: Repeats) -> int:
    """Remove the records that repeat another one."""
    with session.atomic():
        described = session.described(asked.table)
        return duplicates.delete(session, asked, described, _place(session, described.spec))


def found(session: Session, asked: Repeats, limit: int) -> tuple[int, list[Record]]:
    """Tell how many records repeat another one, and return some of them."""
    with session.snapshot(writes=False):
        described = session.described(asked.table)
        place = _place(session, described.spec)
        return duplicates.found(session, asked, described, place, limit)


def _place(session: Session, spec: TableSpec) -> Place:
    """Return the row's number under a name that no column has, or the key."""
    sql = "SELECT type, wr FROM pragma_table_list(?) WHERE schema IN ('main', 'temp')"
    type, without_rowid = session.rows(sql, (spec.name,))[0]
    if type == "view":
        raise SchemaError(
            f"{spec.name!r} is a view, which has no records of its own",
            hint="name the table that they are in",
        )
    taken = {name.casefold() for name in spec.names}
    free = [name for name in _NAMES if name not in taken]
    if free and not without_rowid:
        return Place((free[0],), ordered=True)
    if not spec.primary_key:
        raise SchemaError(
            f"nothing tells the records of table {spec.name!r} apart: it has no primary key, and "
            "columns with all the names of a row's own number",
            hint="rename the column 'oid'",
        )
    return duplicates.by_key(session, spec)

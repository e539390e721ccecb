"""What tells one row from another in PostgreSQL: where it is, or its key."""

from __future__ import annotations

from scitex.db.adapters.postgresql import citus
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql import duplicates
from scitex.db.adapters.sql.duplicates import Place
from scitex.db.domain.duplicates import Repeats
from scitex.db.domain.errors import SchemaError
from scitex.db.domain.rows import Record
from scitex.db.domain.tables import TableSpec

# Whether all that keeps records of the table is a heap of this server.
_FACTS = """
SELECT c.relkind::text, EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid),
       NOT EXISTS (SELECT FROM pg_partition_tree(c.oid) AS t JOIN pg_class AS p ON p.oid = t.relid
                   WHERE p.relkind NOT IN ('r', 'p'))
FROM pg_class AS c WHERE c.oid = to_regclass(%s)
"""


def delete(session: Session, asked: Repeats) -> int:
    """Remove the records that repeat another one, while nobody else writes."""
    with session.atomic():
        described = session.described(asked.table)
        place, lockable = _place(session, described.spec)
        if lockable:
            target = session.target(asked.table)
            session.run(f"LOCK TABLE {target} IN SHARE ROW EXCLUSIVE MODE", table=asked.table)
        return duplicates.delete(session, asked, described, place)


def found(session: Session, asked: Repeats, limit: int) -> tuple[int, list[Record]]:
    """Tell how many records repeat another one, and return some of them."""
    described = session.described(asked.table)
    place, _ = _place(session, described.spec)
    return duplicates.found(session, asked, described, place, limit)


def _place(session: Session, spec: TableSpec) -> tuple[Place, bool]:
    """Return what tells rows apart, and whether the table can be locked."""
    kind, has_parts, is_here = session.rows(_FACTS, (session.regclass(spec.name),))[0]
    if kind in {"v", "m"}:
        raise SchemaError(
            f"{spec.name!r} is a view, which has no records of its own",
            hint="name the table that they are in",
        )
    found = citus.distribution(session, spec.name)
    if kind in {"r", "p"} and is_here and (found is None or not found.is_spread):
        # Places repeat between parts, and between what inherits from one another.
        divided = kind == "p" or has_parts
        return Place(("tableoid", "ctid") if divided else ("ctid",), ordered=True), True
    if not spec.primary_key:
        raise SchemaError(
            f"nothing tells the records of table {spec.name!r} apart: it has no primary key, and "
            "its parts are kept in several places",
            hint="give it a primary key first",
        )
    return duplicates.by_key(session, spec), kind in {"r", "p"}

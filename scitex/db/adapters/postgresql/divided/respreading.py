"""A Citus cluster's tables while a backup takes their place: brought here, and spread again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import attrs

from scitex.db.adapters.postgresql import citus
from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.session import Session
from scitex.db.domain.backups import Table
from scitex.db.domain.clusters import Distribution
from scitex.db.domain.errors import BackupError, DatabaseError, UnsupportedFeatureError

_SCHEMAS = """
SELECT n.nspname::text FROM pg_dist_schema AS s JOIN pg_namespace AS n ON n.oid = s.schemaid
WHERE n.oid = ANY(%s) ORDER BY n.nspname
"""
_IN_SCHEMA = """
SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_dist_partition AS p ON p.logicalrelid = c.oid WHERE n.nspname = %s AND c.relkind = 'r'
"""
_SPREAD = """
SELECT n.nspname || '.' || quote_ident(c.relname) FROM pg_dist_partition AS p
JOIN pg_class AS c ON c.oid = p.logicalrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.oid = ANY(%s) AND NOT c.relispartition ORDER BY 1
"""


_NEIGHBOURS = """
SELECT colocationid, min(logicalrelid::text) FROM pg_dist_partition
WHERE partmethod = 'h' GROUP BY colocationid
"""
_REFERENCES = """
SELECT quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conparentid = 0 AND conrelid = to_regclass(%s)
"""


@attrs.define
class Home:
    """
    What was brought to the coordinator, so that any table can be made there.

    Attributes
    ----------
    schemas : list of str
        Those that were kept by a node each.
    neighbours : dict of int to str
        Tables that stay: the name of one for each number of a place that tables share.
    """

    schemas: list[str] = attrs.field(factory=list)
    neighbours: dict[int, str] = attrs.field(factory=dict)


def one_after_another(session: Session) -> None:
    """Have a cluster's nodes do one thing at a time in this transaction, as references ask for."""
    if citus.version(session):
        citus.one_after_another(session)


def kept(session: Session, numbers: list[int]) -> tuple[Table, ...]:
    """Return the tables that are spread as they are now."""
    if not citus.version(session):
        return ()
    found = session.rows(citus.ALL, (numbers,))
    return tuple(
        Table(schema, name, 0, distribution=spread)
        for schema, name, *facts in found
        if (spread := citus.read(facts)) is not None
    )


def bring_home(session: Session, numbers: list[int], were: Iterable[Table]) -> Home:
    """
    Have the coordinator keep schemas that a node each keeps, for the rest of a transaction.

    Parameters
    ----------
    session : Session
    numbers : list of int
        Of the schemas.
    were : iterable of Table
        Those that were spread before anything was dropped; beside whose neighbours they are to
        be again.
    """
    if not citus.version(session):
        return Home()
    shared = {each.distribution.colocation for each in were if each.distribution is not None}
    neighbours = {number: name for number, name in session.rows(_NEIGHBOURS) if number in shared}
    schemas = [str(row[0]) for row in session.rows(_SCHEMAS, (numbers,))]
    for schema in schemas:
        name = POSTGRESQL.quoted(schema)
        try:
            session.run("SELECT citus_schema_undistribute(%s)", (name,)).close()
        except UnsupportedFeatureError as error:  # a table that stays has an identity column
            raise UnsupportedFeatureError(
                f"one table of the distributed schema {schema!r} cannot be restored alone: "
                f"{error.message}",
                hint="restore the whole schema; or restore it on a server that is no "
                "cluster, from where copy_database() carries it over; nothing was changed",
            ) from error.__cause__
    return Home(schemas, neighbours)


def spread_again(session: Session, home: Home, told: Iterable[Table]) -> None:
    """
    Spread tables as a backup tells, and schemas that were brought home.

    Raises
    ------
    BackupError
        If a table cannot be spread as it was.
    """
    if not citus.version(session):
        return
    tables = [each for each in told if each.distribution is not None]
    schemas = {each.schema for each in tables if _how(each) == "schema"} | set(home.schemas)
    for schema in sorted(schemas):
        name = POSTGRESQL.quoted(schema)
        session.run("SELECT citus_schema_distribute(%s)", (name,)).close()
        for (table,) in session.rows(_IN_SCHEMA, (schema,)):
            citus.let_go(session, table)
    spread = [each for each in tables if _how(each) in {"reference", "hash"}]
    references = _without_references(session, spread)
    for each in spread:
        if _how(each) == "reference":
            name = _name(each)
            session.run("SELECT create_reference_table(%s)", (name,)).close()
            citus.let_go(session, name)
    _spread(session, [each for each in spread if _how(each) == "hash"], home.neighbours)
    for sql in references:
        session.run(sql.replace("%", "%%")).close()


def _how(table: Table) -> str:
    return table.distribution.how if table.distribution is not None else ""


def _name(table: Table) -> str:
    return f"{POSTGRESQL.quoted(table.schema)}.{POSTGRESQL.quoted(table.name)}"


def _without_references(session: Session, tables: list[Table]) -> list[str]:
    """
    Let tables refer to no others; return the statements that have them do so again.

    One that refers to a table on all nodes would become the cluster's, and could not be spread.
    """
    again = []
    for each in tables:
        for name, rule in session.rows(_REFERENCES, (_name(each),)):
            altered = f"ALTER TABLE {_name(each)}"
            session.run(f"{altered} DROP CONSTRAINT {name}".replace("%", "%%")).close()
            again.append(f"{altered} ADD CONSTRAINT {name} {rule}")
    return again


def _spread(session: Session, tables: list[Table], there: dict[int, str]) -> None:
    """Spread tables by hash; one that refers to another comes after it."""
    first = dict(there)
    refused: DatabaseError | None = None
    while tables:
        left = []
        for each in tables:
            found = each.distribution or Distribution("hash")
            near = first.get(found.colocation)
            try:
                citus.spread(session, _name(each), found.column, near=near, shards=found.shards)
            except DatabaseError as error:
                refused = error
                left.append(each)
                continue
            first.setdefault(found.colocation, _name(each))
            citus.let_go(session, _name(each))
        if len(left) == len(tables):
            raise BackupError(
                f"table {left[0]} cannot be distributed as it was: {refused}",
                hint="restore it into a database that is no cluster; nothing was changed",
            )
        tables = left


@contextmanager
def held(session: Session, numbers: list[int]) -> Iterator[None]:
    """
    Keep writers away from tables that are spread, for the length of a block.

    A snapshot is one server's: what the nodes have is of one moment only while nobody writes.
    """
    if not citus.version(session):
        yield
        return
    spread = [str(row[0]) for row in session.rows(_SPREAD, (numbers,))]
    owner = object()
    session.begin(owner)
    try:
        if spread:
            names = ", ".join(spread).replace("%", "%%")
            session.run(f"LOCK TABLE {names} IN SHARE MODE").close()
        yield
    finally:
        session.rollback(owner)

"""Servers that the extension Citus makes one: tables that are spread over them."""

from __future__ import annotations

from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.undivided import no_cluster
from scitex.db.domain.clusters import Distribution, Node, Shard, Spread
from scitex.db.domain.errors import ColumnNotFoundError, DatabaseError, SchemaError

_VERSION = "SELECT extversion FROM pg_extension WHERE extname = 'citus'"
_NODES = """
SELECT nodename, nodeport, groupid = 0, isactive, shouldhaveshards
FROM pg_dist_node WHERE noderole = 'primary' ORDER BY groupid
"""
_SHARDS = """
SELECT s.shardid, c.relname::text, s.nodename, s.nodeport, COALESCE(s.shard_size, 0)
FROM citus_shards AS s JOIN pg_class AS c ON c.oid = s.table_name
WHERE c.oid = to_regclass(%s) OR c.oid IN (SELECT relid FROM pg_partition_tree(to_regclass(%s)))
ORDER BY c.relname COLLATE "C", s.shardid, s.nodename, s.nodeport
"""
# A table alone on a node goes with its schema where that is one of those that are spread.
_DISTRIBUTION = """
SELECT p.partmethod::text, p.repmodel::text, p.colocationid,
       column_to_column_name(p.logicalrelid, p.partkey),
       c.relnamespace IN (SELECT schemaid FROM pg_dist_schema)
FROM pg_dist_partition AS p JOIN pg_class AS c ON c.oid = p.logicalrelid
WHERE c.oid = to_regclass(%s)
"""
_MOVES = "SELECT count(*) FROM get_rebalance_table_shards_plan()"
_IS_SPREAD_SCHEMA = """
SELECT n.oid IN (SELECT schemaid FROM pg_dist_schema) FROM pg_namespace AS n WHERE n.nspname = %s
"""
_SIZES = "SELECT citus_total_relation_size(%s, fail_on_error := false)"


def version(session: Session) -> str | None:
    """Return the version of Citus, where it is there."""
    found = session.rows(_VERSION)
    return str(found[0][0]) if found else None


def nodes(session: Session) -> list[Node]:
    """Return the servers."""
    return [Node(*row) for row in session.rows(_NODES)] if version(session) else []


def shards(session: Session, table: str) -> list[Shard]:
    """Return the pieces of a table and of its partitions."""
    session.described(table)
    name = session.regclass(table)
    return [Shard(*row) for row in session.rows(_SHARDS, (name, name))] if version(session) else []


def rebalance(session: Session, *, block_writes: bool) -> int:
    """Move pieces until the nodes have about as much each."""
    _require(session, "nothing is moved between nodes")
    moves = int(session.rows(_MOVES)[0][0])
    how = "block_writes" if block_writes else "auto"
    session.run("SELECT rebalance_table_shards(shard_transfer_mode := %s)", (how,)).close()
    return moves


def distribution(session: Session, table: str) -> Distribution | None:
    """Return how a table is spread."""
    if not version(session):
        return None
    found = session.rows(_DISTRIBUTION, (session.regclass(table),))
    if not found:
        return None
    method, model, colocation, column, in_spread_schema = found[0]
    how: Spread = "other"
    if method == "h":
        how = "hash"
    elif method == "n" and model == "t":
        how = "reference"
    elif method == "n" and in_spread_schema:
        how = "schema"
    elif method == "n" and not colocation:
        return None  # the coordinator's own, which the others know of
    return Distribution(how, column, colocation)


def distribute(session: Session, table: str, column: str, colocate_with: str | None) -> None:
    """Spread a table by the hash of a column."""
    _require(session, f"table {table!r} is not distributed")
    with session.atomic():
        spec = session.described(table).spec
        if column not in spec.names:
            raise ColumnNotFoundError(column, spec.names, table=table)
        found = distribution(session, table)
        if found is not None:
            if (found.how, found.column) != ("hash", column):
                raise _otherwise(table, found, f"distributed by {column!r}")
            return
        near = "default"
        if colocate_with is not None:
            session.described(colocate_with)
            near = session.regclass(colocate_with)
        session.run(
            "SELECT create_distributed_table(%s, %s, colocate_with := %s)",
            (session.regclass(table), column, near),
            table=table,
        ).close()
    _let_go(session, table)


def _let_go(session: Session, table: str) -> None:
    """Free the room of what was moved; where others refer to the table it stays taken."""
    try:
        with session.atomic():
            sql = "SELECT truncate_local_data_after_distributing_table(%s)"
            session.run(sql, (session.regclass(table),), table=table).close()
    except DatabaseError:
        return


def undistribute(session: Session, table: str) -> None:
    """Bring a table back to the coordinator."""
    _require(session, f"table {table!r} is not distributed")
    with session.atomic():
        session.described(table)
        found = distribution(session, table)
        if found is None:
            return
        if found.how == "schema":
            raise _otherwise(table, found, "kept by the coordinator alone")
        name = session.regclass(table)
        session.run("SELECT undistribute_table(%s)", (name,), table=table).close()


def reference_table(session: Session, table: str) -> None:
    """Keep a table whole on every node."""
    _require(session, f"table {table!r} is not kept on every node")
    with session.atomic():
        session.described(table)
        found = distribution(session, table)
        if found is not None:
            if found.how != "reference":
                raise _otherwise(table, found, "kept on every node")
            return
        name = session.regclass(table)
        session.run("SELECT create_reference_table(%s)", (name,), table=table).close()
    _let_go(session, table)


def create_schema(session: Session, name: str, *, distributed: bool) -> None:
    """Make a schema."""
    if distributed:
        _require(session, f"schema {name!r} is not distributed")
    with session.atomic():
        found = session.rows("SELECT FROM pg_namespace WHERE nspname = %s", (name,))
        if found:
            if distributed and not session.rows(_IS_SPREAD_SCHEMA, (name,))[0][0]:
                raise SchemaError(
                    f"schema {name!r} exists, and is not distributed",
                    hint=f"db.execute(\"SELECT citus_schema_distribute('{name}')\") moves it",
                )
            return
        if distributed:
            session.run("SET LOCAL citus.enable_schema_based_sharding = on").close()
        session.run(f"CREATE SCHEMA {POSTGRESQL.name(name)}").close()
        if distributed:
            session.run("SET LOCAL citus.enable_schema_based_sharding TO DEFAULT").close()


def size(session: Session, table: str) -> int | None:
    """Return how many bytes a table has on all nodes; None where this server has all of it."""
    if distribution(session, table) is None:
        return None
    found = session.rows(_SIZES, (session.regclass(table),))[0][0]
    return None if found is None else int(found)


def _require(session: Session, what: str) -> None:
    if not version(session):
        raise no_cluster(what)


_KEPT = {
    "hash": "distributed by {!r}",
    "reference": "kept on every node",
    "schema": "kept where its schema is",
    "other": "spread in another way",
}


def _otherwise(table: str, found: Distribution, asked: str) -> SchemaError:
    kept = _KEPT[found.how].format(found.column)
    return SchemaError(
        f"table {table!r} is {kept}, not {asked}",
        hint=f"db.undistribute({table!r}) first, or name another table"
        if found.how != "schema"
        else "name a table of a schema that is not distributed",
    )

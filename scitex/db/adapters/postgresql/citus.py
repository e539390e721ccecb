"""Servers that the extension Citus makes one: tables that are spread over them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Protocol

from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.normal import Trying
from scitex.db.adapters.sql.asking import Described
from scitex.db.adapters.undivided import no_cluster
from scitex.db.domain.clusters import Distribution, Node, Shard, Spread
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DatabaseError,
    InternalError,
    LockedError,
    SchemaError,
    UnsupportedFeatureError,
)

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
_KEPT = """
       p.partmethod::text, p.repmodel::text, p.colocationid,
       column_to_column_name(p.logicalrelid, p.partkey),
       c.relnamespace IN (SELECT schemaid FROM pg_dist_schema),
       COALESCE((SELECT k.shardcount FROM pg_dist_colocation AS k
                 WHERE k.colocationid = p.colocationid), 0)
FROM pg_dist_partition AS p JOIN pg_class AS c ON c.oid = p.logicalrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
"""
_DISTRIBUTION = f"SELECT {_KEPT} WHERE c.oid = to_regclass(%s)"
ALL = (
    f"SELECT n.nspname::text, c.relname::text, {_KEPT} "
    "WHERE c.relnamespace = ANY(%s) AND NOT c.relispartition ORDER BY c.relname"
)
_MOVES = "SELECT count(*) FROM get_rebalance_table_shards_plan()"
_IS_SPREAD_SCHEMA = """
SELECT n.oid IN (SELECT schemaid FROM pg_dist_schema) FROM pg_namespace AS n WHERE n.nspname = %s
"""
# Partitions are tables of their own here, and keep the records.
_SIZES = """
SELECT citus_total_relation_size(relid, fail_on_error := false)
FROM (SELECT to_regclass(%s)::oid AS relid
      UNION SELECT relid::oid FROM pg_partition_tree(to_regclass(%s))) AS t
"""
_LEAVES = """
SELECT relid::regclass::text FROM pg_partition_tree(to_regclass(%s)) WHERE isleaf
UNION SELECT oid::regclass::text FROM pg_class WHERE oid = to_regclass(%s) AND relkind <> 'p'
"""
_WHOLE_INDEXES = """
SELECT i.relname::text, w.relname::text FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS w ON w.oid = pg_partition_root(i.oid)
WHERE x.indrelid IN (SELECT relid FROM pg_partition_tree(to_regclass(%s)))
AND x.indrelid <> to_regclass(%s)
"""
_INDEX_SIZES = "SELECT result FROM run_command_on_shards(%s, %s) WHERE success"
_ON_SHARD = """
SELECT json_object_agg(i.relname, pg_relation_size(i.oid)) FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid WHERE x.indrelid = $scitex$%s$scitex$::regclass
AND NOT EXISTS (SELECT FROM pg_constraint AS c
                WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u', 'x'))
"""
_DATABASE = """
SELECT result FROM run_command_on_all_nodes('SELECT pg_database_size(current_database())')
WHERE success
"""
_SHARD = re.compile(r"_\d{6,}$")  # what stands behind the names of a table's pieces


class Spreading(Trying, Protocol):
    """A session through which tables are spread."""

    def described(self, table: str) -> Described:
        """Describe a table as it is now."""
        ...


def version(session: Spreading) -> str | None:
    """Return the version of Citus, where it is there."""
    found = session.rows(_VERSION)
    return str(found[0][0]) if found else None


def nodes(session: Spreading) -> list[Node]:
    """Return the servers."""
    return [Node(*row) for row in session.rows(_NODES)] if version(session) else []


def shards(session: Spreading, table: str) -> list[Shard]:
    """Return the pieces of a table and of its partitions."""
    session.described(table)
    name = session.regclass(table)
    return [Shard(*row) for row in session.rows(_SHARDS, (name, name))] if version(session) else []


def rebalance(session: Spreading, *, block_writes: bool) -> int:
    """Move pieces until the nodes have about as much each."""
    require(session, "nothing is moved between nodes")
    moves = int(session.rows(_MOVES)[0][0])
    how = "block_writes" if block_writes else "auto"
    try:
        session.run("SELECT rebalance_table_shards(shard_transfer_mode := %s)", (how,)).close()
    except InternalError as error:
        if "the lock" not in error.message:
            raise
        raise LockedError(error.message, hint="let the other move finish") from error.__cause__
    return moves


def distribution(session: Spreading, table: str) -> Distribution | None:
    """Return how a table is spread."""
    if not version(session):
        return None
    found = session.rows(_DISTRIBUTION, (session.regclass(table),))
    return read(found[0]) if found else None


def read(facts: Sequence[Any]) -> Distribution | None:
    """Read how a table is spread; None where it is the coordinator's own."""
    method, model, colocation, column, in_spread_schema, shards = facts
    how: Spread = "other"
    if method == "h":
        how = "hash"
    elif method == "n" and model == "t":
        how = "reference"
    elif method == "n" and in_spread_schema:
        how = "schema"
    elif method == "n" and not colocation:
        return None
    return Distribution(how, column, colocation, shards)


def one_after_another(session: Spreading) -> None:
    """Have the nodes do, in this transaction, one thing at a time, as references ask for."""
    session.run("SET LOCAL citus.multi_shard_modify_mode TO 'sequential'").close()


def distribute(session: Spreading, table: str, column: str, colocate_with: str | None) -> None:
    """Spread a table by the hash of a column."""
    require(session, f"table {table!r} is not distributed")
    with session.atomic():
        spec = session.described(table).spec
        if column not in spec.names:
            raise ColumnNotFoundError(column, spec.names, table=table)
        found = distribution(session, table)
        if found is not None:
            if (found.how, found.column) != ("hash", column):
                raise _otherwise(table, found, f"distributed by {column!r}")
            return
        near = None
        if colocate_with is not None:
            session.described(colocate_with)
            near = session.regclass(colocate_with)
        spread(session, session.regclass(table), column, near=near)
    let_go(session, session.regclass(table))


def spread(
    session: Spreading, name: str, column: str | None, *, near: str | None, shards: int = 0
) -> None:
    """
    Spread a table, beside another one, or beside those of the same type of column.

    Where these have another collation it gets a place of its own.
    """
    ways = [near] if near is not None else ["default", "none"]
    count = f", shard_count := {int(shards)}" if shards and near is None else ""
    sql = f"SELECT create_distributed_table(%s, %s, colocate_with := %s{count})"
    for place, way in enumerate(ways, 1):
        try:
            with session.atomic():
                session.run(sql, (name, column, way), table=name).close()
        except UnsupportedFeatureError as error:
            if place == len(ways) or "cannot colocate" not in error.message:
                raise
        else:
            return


def let_go(session: Spreading, name: str) -> None:
    """Free the room of what was moved; where others refer to the table it stays taken."""
    try:
        with session.atomic():
            sql = "SELECT truncate_local_data_after_distributing_table(%s)"
            session.run(sql, (name,)).close()
    except DatabaseError:
        return


def undistribute(session: Spreading, table: str) -> bool:
    """Bring a table back to the coordinator; say whether that is left to do by copying it."""
    require(session, f"table {table!r} is not distributed")
    session.described(table)
    found = distribution(session, table)
    if found is None:
        return False
    if found.how == "schema":
        raise _otherwise(table, found, "kept by the coordinator alone")
    name = session.regclass(table)
    try:
        with session.atomic():
            session.run("SELECT undistribute_table(%s)", (name,), table=table).close()
    except UnsupportedFeatureError as error:
        if "foreign key" in error.message:
            raise UnsupportedFeatureError(
                error.message, hint="drop the foreign keys first, and make them again after"
            ) from error.__cause__
        if "identity column" not in error.message:
            raise
        return True
    return False


def reference_table(session: Spreading, table: str) -> None:
    """Keep a table whole on every node."""
    require(session, f"table {table!r} is not kept on every node")
    with session.atomic():
        session.described(table)
        found = distribution(session, table)
        if found is not None:
            if found.how != "reference":
                raise _otherwise(table, found, "kept on every node")
            return
        name = session.regclass(table)
        session.run("SELECT create_reference_table(%s)", (name,), table=table).close()
    let_go(session, session.regclass(table))


def create_schema(session: Spreading, name: str, *, distributed: bool) -> None:
    """Make a schema."""
    if distributed:
        require(session, f"schema {name!r} is not distributed")
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


def sizes(session: Spreading, table: str) -> tuple[int, dict[str, int]] | None:
    """
    Return how many bytes a table has on all nodes, and each index that is no key.

    None where this server has all of it, so that it can be asked itself.
    """
    if distribution(session, table) is None:
        return None
    name = session.regclass(table)
    found = sum(int(row[0] or 0) for row in session.rows(_SIZES, (name, name)))
    whole = dict(session.rows(_WHOLE_INDEXES, (name, name)))  # of each part's, its table's
    indexes: dict[str, int] = {}
    for part, *_ in session.rows(_LEAVES, (name, name)):
        for (told,) in session.rows(_INDEX_SIZES, (part, _ON_SHARD)):
            for index, size in json.loads(told or "{}").items():
                plain = _SHARD.sub("", index)
                plain = whole.get(plain, plain)
                indexes[plain] = indexes.get(plain, 0) + size
    return found, indexes


def database_size(session: Spreading) -> int:
    """Return how many bytes the database has, on all nodes of a cluster."""
    if not version(session):
        return int(session.rows("SELECT pg_database_size(current_database())")[0][0])
    return sum(int(row[0]) for row in session.rows(_DATABASE))


def require(session: Spreading, what: str) -> None:
    """Refuse what only a cluster can do."""
    if not version(session):
        raise no_cluster(what)


_WORDS = {
    "hash": "distributed by {!r}",
    "reference": "kept on every node",
    "schema": "kept where its schema is",
    "other": "spread in another way",
}


def _otherwise(table: str, found: Distribution, asked: str) -> SchemaError:
    kept = _WORDS[found.how].format(found.column)
    return SchemaError(
        f"table {table!r} is {kept}, not {asked}",
        hint=f"db.undistribute({table!r}) first, or name another table"
        if found.how != "schema"
        else "name a table of a schema that is not distributed",
    )

"""The calls on tables that PostgreSQL keeps in parts, and that Citus spreads over servers."""

from __future__ import annotations

import attrs

from scitex.db.adapters.postgresql import citus
from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.divided import homecoming, partitions, waiting
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql import ddl, tables
from scitex.db.adapters.sql.sessions import Sessions
from scitex.db.domain.clusters import Distribution, Node, Shard
from scitex.db.domain.partitions import Partition, PartitionBy, Partitioned
from scitex.db.domain.tables import TableSpec

# Those who make the same table take turns: it is made without its references first.
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('scitex.create ' || %s, 0))"


class Divided:
    """The calls on parts of tables, and on a cluster's nodes."""

    _sessions: Sessions[Session]

    def create_partitioned(self, spec: TableSpec, asked: PartitionBy) -> None:
        partitions.create(self._sessions.current(), spec, asked)

    def partitioned(self, table: str) -> Partitioned | None:
        return partitions.partitioned(self._sessions.current(), table)

    def add_partition(self, table: str, part: Partition) -> str:
        return partitions.add(self._sessions.current(), table, part)

    def drop_partition(self, table: str, name: str) -> None:
        session = self._sessions.current()
        waiting.in_turns(
            session, lambda: partitions.drop(session, table, name), table=table, part=name
        )

    def cluster_version(self) -> str | None:
        return citus.version(self._sessions.current())

    def nodes(self) -> list[Node]:
        return citus.nodes(self._sessions.current())

    def shards(self, table: str) -> list[Shard]:
        return citus.shards(self._sessions.current(), table)

    def rebalance(self, *, block_writes: bool) -> int:
        return citus.rebalance(self._sessions.current(), block_writes=block_writes)

    def distribution(self, table: str) -> Distribution | None:
        return citus.distribution(self._sessions.current(), table)

    def distribute(self, table: str, column: str, *, colocate_with: str | None = None) -> None:
        citus.distribute(self._sessions.current(), table, column, colocate_with)

    def create_distributed(
        self,
        spec: TableSpec,
        column: str,
        *,
        parts: PartitionBy | None = None,
        colocate_with: str | None = None,
    ) -> None:
        session = self._sessions.current()
        citus.require(session, f"table {spec.name!r} is not distributed")
        with session.atomic():
            session.rows(_TURN, (spec.name,))
            if session.has_table(spec.name):
                _make(session, spec, parts)  # which tells how it differs
                citus.distribute(session, spec.name, column, colocate_with)
                return
            # References come last: a table that refers to one on all nodes is theirs already.
            tables.check_references(session, spec)
            if spec.foreign_keys:
                citus.one_after_another(session)
            _make(session, attrs.evolve(spec, foreign_keys=()), parts)
            citus.distribute(session, spec.name, column, colocate_with)
            for key in spec.foreign_keys:
                rule = ddl.foreign_key(POSTGRESQL, key, prefix=session.prefix)
                target = session.target(spec.name)
                session.run(f"ALTER TABLE {target} ADD {rule}", table=spec.name).close()

    def undistribute(self, table: str) -> None:
        session = self._sessions.current()
        with session.atomic():
            others = session.referring(table)
            if others and citus.distribution(session, table) is not None:
                raise tables.referred_to(table, others)
            if citus.undistribute(session, table):
                homecoming.copy_home(session, table)

    def reference_table(self, table: str) -> None:
        citus.reference_table(self._sessions.current(), table)

    def create_schema(self, name: str, *, distributed: bool) -> None:
        citus.create_schema(self._sessions.current(), name, distributed=distributed)


def _make(session: Session, spec: TableSpec, parts: PartitionBy | None) -> None:
    if parts is None:
        tables.create_table(session, spec)
    else:
        partitions.create(session, spec, parts)

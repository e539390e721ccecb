"""Who a database is to those it syncs with, and what it has taken from each."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import attrs

from scitex.db.domain import spelling
from scitex.db.domain.errors import ConnectionLostError, OperationalError, TableNotFoundError
from scitex.db.domain.moments import UTC
from scitex.db.domain.predicates import Column, Compare, OrderTerm, Parameter
from scitex.db.domain.queries import Query
from scitex.db.domain.sync.bookkeeping import MARKS, SELF
from scitex.db.domain.tables import TableSpec
from scitex.db.ports.storage import Storage
from scitex.db.services.sync.notes import understood
from scitex.db.services.transactions import Block

_MARKS_KEPT = 1000
Skipped = dict[str, list[Any]]


def has(storage: Storage, table: str) -> bool:
    """Say whether there is such a table, be it one that is not listed."""
    try:
        storage.describe(table)
    except TableNotFoundError:
        return False
    return True


def ensure(storage: Storage, *specs: TableSpec) -> None:
    """Make tables that are not there."""
    for spec in specs:
        if not has(storage, spec.name):
            storage.create_table(spec)


def equals(column: str) -> Compare:
    """Return the condition that a column has the first of the values given."""
    return Compare(Column(column), "=", Parameter(0))


@attrs.frozen
class Identity:
    """
    Who a database is.

    Attributes
    ----------
    database : str or None
        Stays the same in copies and backups; None where it never took part in a sync.
    peer : str or None
        Another one for each copy.
    """

    database: str | None = None
    peer: str | None = None


def known(storage: Storage) -> Identity:
    """Return who a database is."""
    facts = _facts(storage)
    peer = facts.get("peer")
    if peer is not None and not _same_place(facts.get("place"), storage.place()):
        peer = None
    return Identity(facts.get("database"), peer)


def establish(storage: Storage) -> Identity:
    """Return who a database is, and write it down where that is new; a copy is another peer."""
    ensure(storage, SELF)
    found = known(storage)
    if found.database is not None and found.peer is not None:
        return found
    given = Identity(found.database or str(uuid.uuid4()), str(uuid.uuid4()))
    facts = {**attrs.asdict(given), "place": storage.place()}
    storage.insert_many(
        SELF.name,
        [{"name": name, "value": value} for name, value in facts.items()],
        on_conflict="update",
        conflict_columns=("name",),
    )
    return given


def _facts(storage: Storage) -> dict[str, Any]:
    try:
        rows = storage.select(Query(SELF.name))
    except TableNotFoundError:
        return {}
    return {row["name"]: row["value"] for row in rows}


def _same_place(one: str | None, other: str) -> bool:
    """Say whether two descriptions of a place share a line: a path, or the file's own number."""
    return bool(set((one or "").splitlines()) & set(other.splitlines()))


@attrs.frozen
class Mark:
    """
    That a batch of changes was taken.

    Attributes
    ----------
    serial : int
        Later batches have greater ones.
    batch : str
    skipped : dict
        By table, the keys of records that were left out as they had changed meanwhile.
    """

    serial: int
    batch: str
    skipped: Skipped


def set_mark(storage: Storage, batch: str, *, peer: str | None, skipped: Skipped) -> int:
    """Note, in the transaction that takes a batch of changes, that it is taken."""
    serial = storage.insert(
        MARKS.name,
        {
            "batch": batch,
            "peer": peer,
            "moment": dt.datetime.now(UTC),
            "skipped": json.dumps(
                {name: list(map(spelling.spelt_key, keys)) for name, keys in skipped.items()}
            ),
        },
    )
    old = Compare(Column("serial"), "<=", Parameter(0))
    storage.delete(MARKS.name, where=old, values=(serial - _MARKS_KEPT,))
    return int(serial)


def read_by(storage: Storage, batch: str, *, peer: str | None) -> dict[str, object]:
    """
    Note that a batch was made of what a database holds; return the last number and batch there.

    Nothing is noted where no notes are kept yet, or none may be written: what is returned is
    somebody else's then, and nothing where there is none.
    """
    if not has(storage, MARKS.name):
        return {}
    try:
        with Block(storage):
            return {"serial": set_mark(storage, batch, peer=peer, skipped={}), "batch": batch}
    except ConnectionLostError:
        raise
    except OperationalError:  # it can only be read, or others write all the time
        return _newest(storage) or {}


def _newest(storage: Storage) -> dict[str, Any] | None:
    """Return the number and the batch of the last mark, whoever's it is."""
    latest = (OrderTerm("serial", descending=True),)
    rows = _marks(storage, Query(MARKS.name, ("serial", "batch"), None, latest, 1), ())
    return rows[0] if rows else None


def mark_of(storage: Storage, batch: str) -> Mark | None:
    """Return the mark of a batch; None where it was not taken."""
    rows = _marks(storage, Query(MARKS.name, None, equals("batch")), (batch,))
    if not rows:
        return None
    with understood(f"the mark of batch {batch}"):
        keys = dict(json.loads(rows[0]["skipped"] or "{}"))
        skipped = {name: list(map(spelling.read_key, some)) for name, some in keys.items()}
    return Mark(rows[0]["serial"], batch, skipped)


def is_behind(storage: Storage, *, serial: int, batch: str) -> bool:
    """Say whether a database is older than a batch that it took: it was put back from a backup."""
    rows = _marks(storage, Query(MARKS.name, None, equals("serial")), (serial,))
    if rows:
        return bool(rows[0]["batch"] != batch)
    last = _newest(storage)
    return last is None or last["serial"] < serial


def _marks(storage: Storage, query: Query, values: tuple[object, ...]) -> list[dict[str, Any]]:
    try:
        return storage.select(query, values=values)
    except TableNotFoundError:
        return []

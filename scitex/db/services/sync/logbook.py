"""Conflicts that were resolved, as they are written down and read again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any

from scitex.db.domain import spelling
from scitex.db.domain.moments import UTC
from scitex.db.domain.rows import Record
from scitex.db.domain.sync.bookkeeping import CONFLICTS
from scitex.db.domain.sync.plans import Resolution
from scitex.db.ports.storage import Storage
from scitex.db.services.sync.notes import understood


def write(storage: Storage, resolutions: Iterable[Resolution], *, batch: str) -> None:
    """Write down conflicts, and what became of them."""
    now = dt.datetime.now(UTC)
    rows = [
        {
            "moment": now,
            "batch": batch,
            "name": each.conflict.table,
            "key": spelling.spelt(each.conflict.key),
            "kind": each.conflict.kind,
            "columns": json.dumps(each.conflict.columns, ensure_ascii=False),
            "base": spelling.spelt(each.conflict.base),
            "local": spelling.spelt(each.conflict.local),
            "remote": spelling.spelt(each.conflict.remote),
            "outcome": each.outcome,
            "record": spelling.spelt(each.record),
        }
        for each in resolutions
    ]
    if rows:
        storage.insert_many(CONFLICTS.name, rows)


def told(row: Mapping[str, Any]) -> Record:
    """Return a conflict as people want it."""
    with understood(f"a conflict of table {row['name']!r}"):
        read = {
            name: spelling.read(row[name]) for name in ("key", "base", "local", "remote", "record")
        }
        columns = tuple(json.loads(row["columns"]))
    return {
        "moment": row["moment"],
        "table": row["name"],
        "key": read["key"],
        "kind": row["kind"],
        "columns": columns,
        "base": read["base"],
        "local": read["local"],
        "remote": read["remote"],
        "outcome": row["outcome"],
        "record": read["record"],
    }

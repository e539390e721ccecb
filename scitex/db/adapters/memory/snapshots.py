"""Whole databases: not offered by this engine."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NoReturn

from scitex.db.domain.backups import Kind
from scitex.db.domain.errors import UnsupportedFeatureError
from scitex.db.ports.snapshots import Moment, Source, State
from scitex.db.ports.storage import Storage


class SnapshotStorage:
    """The calls on whole databases."""

    @property
    def backup_kinds(self) -> tuple[Kind, ...]:
        return ()

    def moment(self) -> AbstractContextManager[Moment[Storage]]:
        _refuse()

    @property
    def backup_scope(self) -> str | None:
        return None

    def restore(
        self,
        kind: Kind,
        source: Source,
        *,
        tables: tuple[str, ...] | None,
        save: Callable[[], object],
        check: Callable[[State[Storage]], object],
    ) -> None:
        _refuse()

    def scratch(self) -> AbstractContextManager[Storage]:
        _refuse()


def _refuse() -> NoReturn:
    raise UnsupportedFeatureError(
        "a database in memory has no backups: it is gone with its process",
        engine="memory",
        hint="use SQLite3(':memory:'), which has them, or export_to_csv() for a table",
    )

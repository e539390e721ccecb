"""A database in memory as it is at one moment, and another one put in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from scitex.db.adapters.memory import dumping, states
from scitex.db.adapters.memory.expressions.scope import Engine
from scitex.db.adapters.memory.references import check_all, check_declared
from scitex.db.adapters.memory.session import Session
from scitex.db.adapters.memory.states import State as Kept
from scitex.db.adapters.memory.store import Store
from scitex.db.domain.backups import Kind
from scitex.db.domain.errors import (
    BackupError,
    DatabaseError,
    TableNotFoundError,
    TransactionStateError,
)
from scitex.db.ports.snapshots import Moment, Source, State
from scitex.db.ports.storage import Storage

_KINDS: dict[Engine, tuple[Kind, ...]] = {
    "sqlite": ("db", "sql"),
    "postgresql": ("dump", "sql"),
}


class MemoryMoment:
    """
    Tables that nobody changes.

    Parameters
    ----------
    kept : State
    storage : Storage
        What reads them.
    """

    def __init__(self, kept: Kept, storage: Storage) -> None:
        self._kept = kept
        self._storage = storage

    def parts(self) -> list[tuple[str, Storage]]:
        return [("", self._storage)]

    def schema(self) -> str:
        return dumping.schema(self._kept)

    def is_empty(self) -> bool:
        return not self._kept.tables

    def examine(self) -> int:
        return 0  # every value is held to its type, and every reference to its record

    def write(
        self, kind: Kind, *, tables: tuple[str, ...] | None, take: Callable[[bytes], object]
    ) -> None:
        for name in tables or ():
            if name not in self._kept.tables:
                raise TableNotFoundError(name, sorted(self._kept.tables))
        for line in dumping.lines(self._kept, tables):
            take(line.encode())

    def copy(self, path: str, *, check: bool, report: Callable[[int], object]) -> int | None:
        with open(path, "xb") as file:  # noqa: PTH123 - a name that the port gave
            self.write("db", tables=None, take=lambda line: report(file.write(line)))
        return 0 if check else None


class SnapshotStorage:
    """The calls on whole databases."""

    _session: Session
    _emulate: Engine
    _replacing = False

    @property
    def backup_kinds(self) -> tuple[Kind, ...]:
        return _KINDS[self._emulate]

    @property
    def backup_scope(self) -> str | None:
        return None

    @contextmanager
    def moment(self) -> Iterator[Moment[Storage]]:
        if not self._replacing:
            self._outside("backed up")
        kept = states.taken(self._session)
        with self._holding(kept) as storage:
            yield MemoryMoment(kept, storage)

    def restore(
        self,
        kind: Kind,
        source: Source,
        *,
        tables: tuple[str, ...] | None,
        save: Callable[[], object],
        check: Callable[[State[Storage]], object],
    ) -> None:
        self._outside("restored")
        with source.reading() as file:
            found = dumping.read(file, source.path, self._emulate)
        with self._holding(found) as storage:
            check(MemoryMoment(found, storage))
        block = object()
        try:
            self._session.begin(block)  # from here on nobody else writes
            self._replacing = True
            save()
            with self._session as store:
                _replace(store, found, tables, source.path)
            self._session.commit(block)
        finally:
            self._replacing = False
            self._session.abandon(block)

    @contextmanager
    def scratch(self) -> Iterator[Storage]:
        with self._holding(Kept(self._emulate, {}, {})) as storage:
            yield storage

    # ------------------------------------------------------------------------- parts

    def _outside(self, done: str) -> None:
        """Refuse inside a transaction of this object's."""
        if self._session.depth:
            raise TransactionStateError(
                f"the database in memory cannot be {done} inside a transaction of its own",
                hint="commit or roll back first",
            )

    @contextmanager
    def _holding(self, kept: Kept) -> Iterator[Storage]:
        """Give a database that holds what was kept, and is gone after the block."""
        storage: Any = type(self)(emulate=self._emulate)  # type: ignore[call-arg]  # the storage's own
        states.put_back(storage._session, kept)
        try:
            yield storage
        finally:
            storage.close()


def _replace(store: Store, found: Kept, names: tuple[str, ...] | None, path: str) -> None:
    """
    Put what was kept in the place of what is there, of all or of some tables.

    Raises
    ------
    BackupError
        If a reference would point at no record.
    """
    copied = states.copied(found)
    if names is None:
        store.replace(copied.tables)
        store.search_by(copied.searches)
    else:
        kept = {name: each for name, each in store.searches.items() if name not in names}
        store.replace({**store.tables, **{name: copied.tables[name] for name in names}})
        store.search_by({**kept, **{n: s for n, s in copied.searches.items() if n in names}})
    try:
        for table in store.tables.values():
            check_declared(store, table.spec)
            for key in table.spec.foreign_keys:
                check_all(store, table, key)
    except DatabaseError as error:
        raise BackupError(
            f"{path} does not go with the tables that stay: {error.message}",
            hint="restore the tables that belong together, or the whole database",
        ) from error

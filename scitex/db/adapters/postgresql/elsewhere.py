"""A server's database, as it is told to other processes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from scitex.db.adapters.postgresql.errors import DriverError, translated
from scitex.db.adapters.postgresql.opening import Secret, Target
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql.sessions import Sessions
from scitex.db.domain.errors import DataError, OperationalError, SchemaError

Make = Callable[[Target], tuple[Any, Sessions[Session]]]
_SECRET = frozenset({"sslpassword", "scram_client_key", "scram_server_key"})
_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
# By where a server is and what it calls a session: the thread that shows a state by it.
_READERS: dict[tuple[str, int], int] = {}


@attrs.frozen
class Place:
    """
    Where a database is, and the state of it that is meant; without its password once pickled.

    Attributes
    ----------
    target : Target
    make : callable
        Makes a storage of a target, and tells its sessions.
    snapshot : str or None
        What the server calls that state.
    """

    target: Target
    make: Make
    snapshot: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        known = {k: v for k, v in self.target.parameters.items() if k not in _SECRET}
        target = attrs.evolve(self.target, parameters=known, password=None)
        return Place, (target, self.make, self.snapshot)

    @contextmanager
    def opened(self, *, password: str | None = None) -> Iterator[Any]:
        """Open it for reading."""
        target = self.target
        if password is not None:
            target = attrs.evolve(target, password=Secret(password))
        storage, sessions = self.make(target)
        try:
            if self.snapshot is None:
                yield storage
                return
            name, owner = self.snapshot.replace("'", "''"), object()
            how = f"{_BEGIN}SET TRANSACTION SNAPSHOT '{name}'"
            try:
                sessions.current().begin(owner, how=how)
            except (DataError, SchemaError) as error:  # as the versions of servers call it
                raise OperationalError(
                    f"the snapshot that is to be shown is gone: {error.message}",
                    hint="read while it is kept: with db.partitions(..., snapshot=True) as parts",
                ) from error
            key = target.location, sessions.current().connection.info.backend_pid
            _READERS[key] = threading.get_ident()
            try:
                yield storage
            finally:
                _READERS.pop(key, None)
                storage.rollback(owner)
        finally:
            storage.close()


@contextmanager
def told(
    target: Target,
    sessions: Sessions[Session],
    make: Make,
    *,
    snapshot: bool,
) -> Iterator[Place]:
    """Tell where a database is; its state of now is kept by a session until the block ends."""
    target = attrs.evolve(target, read_only=True)
    if not snapshot:
        yield Place(target, make)
        return
    owner = object()
    with sessions.extra() as session:
        session.begin(owner, how=_BEGIN)
        try:
            yield Place(target, make, exported(session))
        finally:  # and waited for: of a connection that is closed the server hears later
            session.rollback(owner)


def is_shown(target: Target, sessions: Collection[int] | None = None) -> bool:
    """Say whether this thread shows a state of a server, by one of the sessions that are named."""
    here, mine = target.location, threading.get_ident()
    return any(
        place == here and thread == mine and (sessions is None or session in sessions)
        for (place, session), thread in list(_READERS.items())
    )


def exported(session: Session) -> str:
    """Give what the transaction sees a name; no savepoint may stand before it."""
    try:
        with session.connection.cursor() as cursor:
            cursor.execute("SELECT pg_export_snapshot()")
            return str(cursor.fetchall()[0][0])
    except DriverError as error:
        raise translated(error) from error

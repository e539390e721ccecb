"""Waiting for a table to oneself without standing in everybody's way."""

from __future__ import annotations

import time
from collections.abc import Callable

from scitex.db.adapters.postgresql import elsewhere
from scitex.db.adapters.postgresql.session import Session
from scitex.db.domain.errors import LockedError

_TRY = 1.0  # seconds for which all others wait behind who waits for the whole table
_PAUSE = 0.5  # seconds between two tries, in which they get on
_DEADLOCK = "40P01"
_HOLDERS = """
SELECT DISTINCT l.pid FROM pg_locks AS l
WHERE l.granted AND l.pid <> pg_backend_pid() AND l.relation IN (
    SELECT to_regclass(%s)::oid UNION ALL SELECT i.inhrelid
    FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = to_regclass(%s) AND c.relname = %s)
"""


def in_turns(session: Session, deed: Callable[[], None], *, table: str, part: str) -> None:
    """
    Do what needs a table to itself, in short tries until the session's timeout is over.

    Whoever waits for a whole table has all others wait behind, readers too: so none waits long,
    and between two tries nothing is held.

    Raises
    ------
    LockedError
        If others hold it for longer, or this thread itself does, which then waits for nothing.
    """
    until = time.monotonic() + session.server.timeout
    while True:
        _check_own(session, table, part)
        try:
            _try(session, deed, min(_TRY, max(until - time.monotonic(), 0.001)))
        except LockedError as error:
            if error.sqlstate == _DEADLOCK or time.monotonic() + _PAUSE >= until:
                raise
        else:
            return
        time.sleep(_PAUSE)


def _try(session: Session, deed: Callable[[], None], seconds: float) -> None:
    with session.atomic():
        before = "SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, true)"
        kept = session.rows(before, (str(max(round(seconds * 1000), 1)),))[0][0]
        deed()
        session.rows("SELECT set_config('lock_timeout', %s, true)", (kept,))


def _check_own(session: Session, table: str, part: str) -> None:
    """Refuse to wait for what this thread shows to others."""
    if not elsewhere.is_shown(session.server):
        return
    place = session.regclass(table)
    held = [row[0] for row in session.rows(_HOLDERS, (place, place, part))]
    if elsewhere.is_shown(session.server, held):
        raise LockedError(
            f"part {part!r} of table {table!r} is shown to others by a block of this thread",
            hint="end the block first: with db.partitions(..., snapshot=True) as parts",
        )

"""Taking part in a sync: turns, and a log of changes that triggers write."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.opening import Target
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql.changes import keys_of
from scitex.db.adapters.sql.series import SeriesStorage
from scitex.db.domain.errors import (
    ConnectionLostError,
    LockedError,
    TableNotFoundError,
    UnsupportedFeatureError,
)
from scitex.db.domain.names import OWN
from scitex.db.domain.queries import Query, Text
from scitex.db.domain.sync.bookkeeping import LOG_ROWS, own_name

_TURN = "SELECT {}(hashtextextended('scitex.sync ' || coalesce(%s, current_schema()), 0))"
_NUMBERING = "SELECT pg_try_advisory_xact_lock(%s::regclass::oid::bigint)"
_SETTING = "scitex.sync"
_PLACE = (
    "SELECT (SELECT system_identifier FROM pg_control_system())::text, oid::text "
    "FROM pg_database WHERE datname = current_database()"
)
_TRIGGERS = (
    "SELECT t.tgname::text FROM pg_trigger AS t WHERE t.tgrelid = to_regclass(%s) "
    "AND NOT t.tgisinternal AND t.tgname LIKE %s AND t.tgenabled = 'A'"
)
# The transaction that noted an entry was not yet done when the snapshot was taken.
_SINCE = Text(
    "xid >= pg_snapshot_xmin(?::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, ?::pg_snapshot) "
    "AND (origin IS NULL OR origin <> ?)",
    "question",
)
# A table with its parts: their numbers, and those of the files they are in, which is another one
# where a table is emptied at once, or written anew.
_PARTS = """
WITH RECURSIVE parts AS (
    SELECT to_regclass(%s)::oid AS oid
    UNION ALL SELECT i.inhrelid FROM pg_inherits AS i JOIN parts AS p ON i.inhparent = p.oid
)
SELECT c.oid::bigint, c.relfilenode::bigint FROM parts JOIN pg_class AS c USING (oid) ORDER BY 1
"""
_MOST_NEW = 10_000  # records of parts that are new; where there are more, all are compared
_OTHERS = """
SELECT EXISTS (
    SELECT FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgname NOT LIKE %s
    AND c.relnamespace <> 'pg_catalog'::regnamespace
) OR EXISTS (SELECT FROM pg_rewrite WHERE ev_type <> '1' AND ev_class >= 16384)
"""
_EVENTS = {
    "insert": "REFERENCING NEW TABLE AS changed FOR EACH STATEMENT",
    "update": "REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT",
    "delete": "REFERENCING OLD TABLE AS changed FOR EACH STATEMENT",
}


_PAUSE = 0.005


def _whole_name(session: Session, table: str) -> str:
    """Return a table's name with its schema: a function that notes changes has no search path."""
    sql = (
        "SELECT n.nspname::text, c.relname::text FROM pg_class AS c "
        "JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s)"
    )
    return ".".join(map(POSTGRESQL.name, session.rows(sql, (session.regclass(table),))[0]))


class _BusyError(Exception):
    """Somebody numbers records, and waits for the table."""


def _hold(session: Session, tables: list[str]) -> None:
    """
    Lock tables, and then the numbering of their records, for which nobody is waited.

    Who stores a record with its number locks the numbering first, and who stores many the table:
    to wait for one with the other held could be to wait for ever.
    """
    for table in tables:
        sql = f"LOCK TABLE {session.target(table)} IN SHARE ROW EXCLUSIVE MODE"
        session.run(sql, table=table).close()
    for table in tables:
        sequence = session.described(table).sequence
        if sequence is not None and not session.rows(_NUMBERING, (sequence,))[0][0]:
            raise _BusyError


class Changing(SeriesStorage[Session]):
    """The calls of those who sync."""

    _target: Target

    @contextmanager
    def sync_turn(self) -> Iterator[None]:
        session = self._sessions.current()
        if session.each:
            raise UnsupportedFeatureError(
                f"a sync needs a session of its own at {self._target.location}, and a pooler "
                "gives another one for each transaction",
                engine="postgresql",
                hint="connect to the server itself: its own host and port, not the pooler's",
            )
        session.rows(_TURN.format("pg_advisory_lock"), (self._target.schema,))
        try:
            yield
        finally:
            with contextlib.suppress(ConnectionLostError):  # and the lock with it
                session.rows(_TURN.format("pg_advisory_unlock"), (self._target.schema,))

    def hold_tables(self, tables: Sequence[str]) -> None:
        session = self._sessions.current()
        deadline = time.monotonic() + self._target.timeout
        while time.monotonic() < deadline:
            with contextlib.suppress(_BusyError), session.atomic():
                _hold(session, sorted(tables))
                return
            time.sleep(_PAUSE)  # all is let go of again
        raise LockedError(
            f"others number records of {', '.join(map(repr, sorted(tables)))} all the time",
            hint="sync again when they have finished",
        )

    def defer_references(self) -> None:
        self._sessions.current().run("SET CONSTRAINTS ALL DEFERRED").close()

    def place(self) -> str:
        return " ".join(self._sessions.current().rows(_PLACE)[0])

    # ------------------------------------------------------------------------- the log

    def log_changes(self, table: str, *, key: tuple[str, ...]) -> None:
        if self.log_position(table) is not None:
            return
        session = self._sessions.current()
        with session.atomic():
            self.hold_tables([table])  # before the log: who writes holds the table first
            self.end_log(table)
            name = self._make_log(table, key)
            log, target = (_whole_name(session, each) for each in (name, table))
            origin = f"nullif(current_setting('{_SETTING}', true), '')"
            for sql in (
                f"ALTER TABLE {log} ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()",
                f"ALTER TABLE {log} ALTER COLUMN origin SET DEFAULT {origin}",
                f"CREATE INDEX ON {log} (xid)",
                *self._trigger_texts(session, table, key, log, target),
            ):
                session.run(sql).close()
            session.changed()

    def _trigger_texts(
        self, session: Session, table: str, key: tuple[str, ...], log: str, target: str
    ) -> Iterator[str]:
        """Spell the functions and triggers; parts of a table are noted row by row."""
        names = [POSTGRESQL.name(name) for name in key]
        into = f"INSERT INTO {log} ({', '.join(f'k{n}' for n in range(len(key)))}) "
        parted = session.rows(
            "SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(%s)", (target,)
        )[0][0]
        bodies = _by_row(into, names) if parted else _by_statement(into, names)
        for event, body in {
            **bodies,
            "truncate": f"INSERT INTO {log} (whole) VALUES (true);",  # noqa: S608 - quoted
        }.items():
            schema = log.removesuffix(POSTGRESQL.name(own_name("log", table)))
            function = schema + POSTGRESQL.name(own_name(f"note_{event}", table))
            yield (
                f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql "
                f"SECURITY DEFINER SET search_path = pg_catalog, pg_temp "
                f"AS $scitex$BEGIN {body} RETURN NULL; END$scitex$"
            )
            trigger = POSTGRESQL.name(own_name(event, table))
            each = "FOR EACH ROW" if parted else _EVENTS.get(event, "FOR EACH STATEMENT")
            each = "FOR EACH STATEMENT" if event == "truncate" else each
            yield (
                f"CREATE TRIGGER {trigger} AFTER {event.upper()} ON {target} {each} "
                f"EXECUTE FUNCTION {function}()"
            )
            yield f"ALTER TABLE {target} ENABLE ALWAYS TRIGGER {trigger}"

    def end_log(self, table: str) -> None:
        session = self._sessions.current()
        with session.atomic():
            self.hold_tables([table])
            for name in self._trigger_names(table):
                quoted = POSTGRESQL.name(name)
                session.run(f"DROP TRIGGER {quoted} ON {session.target(table)}").close()
            for event in (*_EVENTS, "truncate"):  # also of a table that is called otherwise now
                function = session.target(own_name(f"note_{event}", table))
                session.run(f"DROP FUNCTION IF EXISTS {function}() CASCADE").close()
            self._drop_log(table)

    def _trigger_names(self, table: str) -> list[str]:
        session = self._sessions.current()
        pattern = OWN.replace("_", r"\_") + "%"
        return [name for (name,) in session.rows(_TRIGGERS, (session.regclass(table), pattern))]

    def log_position(self, table: str) -> str | None:
        known = self._log(table)
        if known is None or len(self._trigger_names(table)) < len(_EVENTS) + 1:
            return None
        parts = self._parts(table)
        if not parts:  # it was made after the moment that is read
            return None
        snapshot = self._sessions.current().rows("SELECT pg_current_snapshot()::text")[0][0]
        listed = ",".join(f"{number}.{file}" for number, file in parts.items())
        return f"{known['id']}|{self.place()}|{listed}|{snapshot}"

    def _parts(self, table: str) -> dict[int, int]:
        """Return what tells a table, and each of its parts, from one that was put in its place."""
        session = self._sessions.current()
        return dict(session.rows(_PARTS, (session.regclass(table),)))

    def logged(self, table: str, *, since: str, but: str | None) -> list[Any] | None:
        known = self._log(table)
        name, place, parts, snapshot = ["", *since.split("|")][-4:]
        if known is None or (known["id"], self.place()) != (name, place):
            return None
        new = self._new(table, dict(map(_numbers, parts.split(","))))
        if new is None or int(snapshot.partition(":")[0]) < known["cut"]:
            return None
        log = own_name("log", table)
        columns = tuple(each.name for each in self.describe(log).columns if each.name[0] == "k")
        query = Query(log, ("whole", *columns), _SINCE)
        rows = self.select(query, values=(snapshot, snapshot, but or ""))
        return keys_of([*new, *rows])

    def _new(self, table: str, before: dict[int, int]) -> list[dict[Any, Any]] | None:
        """Return the keys in parts that are new, as entries; None where one went, or many came."""
        now = self._parts(table)
        if not before.items() <= now.items():
            return None
        new = [str(number) for number in now if number not in before]
        if not new:
            return []
        among = Text(f"tableoid IN ({', '.join('?' * len(new))})", "question")
        key = self.describe(table).primary_key
        query = Query(table, key, among, limit=_MOST_NEW + 1)
        rows = self.select(query, values=tuple(new))
        if len(rows) > _MOST_NEW:
            return None
        return [{"whole": None, **dict(enumerate(row.values()))} for row in rows]

    @contextmanager
    def writing_as(self, name: str) -> Iterator[None]:
        session = self._sessions.current()
        # What triggers of others make of what is written is to be seen: it is anybody's change.
        others = session.rows(_OTHERS, (OWN.replace("_", r"\_") + "%",))[0][0]
        session.rows("SELECT set_config(%s, %s, true)", (_SETTING, "" if others else name))
        yield
        session.rows("SELECT set_config(%s, '', true)", (_SETTING,))
        self._trim()

    def _trim(self) -> None:
        """Let the older half go of logs that have grown long; transactions count, not numbers."""
        session = self._sessions.current()
        try:
            known = self.select(Query(f"{OWN}logs"))
        except TableNotFoundError:
            return
        for row in known:
            log = session.target(own_name("log", row["name"]))
            first, last = session.rows(f"SELECT min(seq), max(seq) FROM {log}")[0]  # noqa: S608 - quoted
            if last is None or last - first <= LOG_ROWS:
                continue
            upto = session.rows(
                "SELECT least(max(xid::text::bigint), "  # noqa: S608 - quoted
                "pg_snapshot_xmin(pg_current_snapshot())::text::bigint) "
                f"FROM {log} WHERE seq <= %s",
                (last - LOG_ROWS // 2,),
            )[0][0]
            session.run(f"DELETE FROM {log} WHERE xid < %s::text::xid8", (upto,)).close()  # noqa: S608 - quoted
            session.run(
                f"UPDATE {session.target(f'{OWN}logs')} SET cut = %s WHERE name = %s",  # noqa: S608 - quoted
                (upto, row["name"]),
            ).close()


def _numbers(part: str) -> tuple[int, int]:
    """Read a part's number, and its file's."""
    number, _, file = part.partition(".")
    return int(number), int(file)


def _by_statement(into: str, names: list[str]) -> dict[str, str]:
    """Spell what notes all records that a statement changed."""
    listed = ", ".join(names)
    changed = f"{into} SELECT {listed} FROM"
    return {
        "insert": f"{changed} changed;",
        "update": f"{changed} before UNION SELECT {listed} FROM changed;",  # noqa: S608 - quoted
        "delete": f"{changed} changed;",
    }


def _by_row(into: str, names: list[str]) -> dict[str, str]:
    """Spell what notes one record that changed."""
    new, old = (
        f"{into} VALUES ({', '.join(f'{of}.{n}' for n in names)});" for of in ("NEW", "OLD")
    )
    return {"insert": new, "update": f"{old} {new}", "delete": old}

"""Many records of a full table changed, each found by its key."""

from __future__ import annotations

import contextlib
import functools
import io
from collections.abc import Callable, Iterator
from typing import Any

from bulk_children import Opened, Work
from bulk_clients import (
    dataset_table,
    ours,
    postgresql_driver,
    sqlalchemy_connection,
    sqlalchemy_table,
    sqlite_driver,
    sqlite_utils_table,
)
from bulk_loading import INSERTING, LISTED, PAGE, executed, in_one_transaction
from bulk_samples import CHANGED, NAMES, Samples
from bulk_sites import Site
from bulk_work import Way, Workload

_OTHERS = NAMES[1:]
_TAKEN_OVER = ", ".join(f"{name} = excluded.{name}" for name in _OTHERS)
_ON_CONFLICT = f"ON CONFLICT (id) DO UPDATE SET {_TAKEN_OVER}"
_UPSERTING = f"INSERT INTO runs ({LISTED}) SELECT {LISTED} FROM ready {_ON_CONFLICT}"
_ASSIGNED = ", ".join(f"{name} = ready.{name}" for name in CHANGED)
_UPDATING = f"UPDATE runs SET {_ASSIGNED} FROM ready WHERE runs.id = ready.id"


@contextlib.contextmanager
def driver_upserts(site: Site, given: Samples) -> Iterator[Work]:
    """Upsert ready tuples into SQLite."""
    sql = f"{INSERTING} {_ON_CONFLICT}"
    with sqlite_driver(site) as connection:
        yield functools.partial(in_one_transaction, connection, sql, given.texts)


@contextlib.contextmanager
def driver_updates(site: Site, given: Samples) -> Iterator[Work]:
    """Update SQLite by ready tuples."""
    sql = f"UPDATE runs SET {', '.join(f'{name} = ?' for name in CHANGED)} WHERE id = ?"
    rows = [(*row[3:], row[0]) for row in given.rows]
    with sqlite_driver(site) as connection:
        yield functools.partial(in_one_transaction, connection, sql, rows)


@contextlib.contextmanager
def server_joins(site: Site, given: Samples, *, sql: str) -> Iterator[Work]:
    """Let the server do it alone, from a table where the records lie ready."""
    with postgresql_driver(site) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE ready (LIKE runs)")
        cursor.copy_expert(f"COPY ready ({LISTED}) FROM STDIN", io.BytesIO(given.copy_text))
        cursor.execute("ANALYZE ready")
        connection.commit()

        def work() -> None:
            cursor.execute(sql)
            connection.commit()

        yield work


@contextlib.contextmanager
def by_hand(site: Site, given: Samples, *, sql: str) -> Iterator[Work]:
    """Copy ready text into a temporary table, and let the server do the rest."""
    data = given.copy_text
    with postgresql_driver(site) as connection, connection.cursor() as cursor:

        def work() -> None:
            cursor.execute("CREATE TEMP TABLE ready (LIKE runs) ON COMMIT DROP")
            cursor.copy_expert(f"COPY ready ({LISTED}) FROM STDIN", io.BytesIO(data))
            cursor.execute(sql)
            connection.commit()

        yield work


@contextlib.contextmanager
def we_upsert(site: Site, given: Samples) -> Iterator[Work]:
    """Give dicts to `insert_many`."""
    with ours(site) as db:
        yield lambda: db.insert_many("runs", given.records, on_conflict="update")


@contextlib.contextmanager
def we_upsert_text(site: Site, given: Samples) -> Iterator[Work]:
    """Give dicts to `insert_many` whose moments are text."""
    with ours(site) as db:
        yield lambda: db.insert_many("runs", given.text_records, on_conflict="update")


@contextlib.contextmanager
def we_update(site: Site, given: Samples) -> Iterator[Work]:
    """Give dicts to `update_many`."""
    with ours(site) as db:
        yield functools.partial(db.update_many, "runs", given.changes, key="id")


@contextlib.contextmanager
def sqlite_utils_upserts(site: Site, given: Samples) -> Iterator[Work]:
    """Give dicts to `upsert_all`."""
    with sqlite_utils_table(site) as table:
        yield functools.partial(table.upsert_all, given.records, pk="id")


@contextlib.contextmanager
def sqlite_utils_updates(site: Site, given: Samples) -> Iterator[Work]:
    """Update record by record, in one transaction."""
    changes = [(row[0], dict(zip(CHANGED, row[3:], strict=True))) for row in given.rows]
    with sqlite_utils_table(site) as table:

        def work() -> None:
            with table.db.atomic():
                for key, change in changes:
                    table.update(key, change)

        yield work


@contextlib.contextmanager
def sqlalchemy_upserts(site: Site, given: Samples) -> Iterator[Work]:
    """Give dicts to the INSERT of the engine's own dialect."""
    if site.engine == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    inserting = insert(sqlalchemy_table())
    taken_over = {name: inserting.excluded[name] for name in _OTHERS}
    statement = inserting.on_conflict_do_update(index_elements=["id"], set_=taken_over)
    with sqlalchemy_connection(site, **_mode(site)) as connection:
        yield executed(connection, statement, given.records)


def _mode(site: Site) -> dict[str, str]:
    """Return what SQLAlchemy's documentation advises for many statements by psycopg2."""
    return {} if site.engine == "sqlite" else {"executemany_mode": "values_plus_batch"}


@contextlib.contextmanager
def sqlalchemy_updates(site: Site, given: Samples) -> Iterator[Work]:
    """Give dicts to an UPDATE."""
    import sqlalchemy

    table = sqlalchemy_table()
    bound = {name: sqlalchemy.bindparam(name) for name in CHANGED}
    statement = table.update().where(table.c.id == sqlalchemy.bindparam("key")).values(bound)
    records = [{"key": row[0], **dict(zip(CHANGED, row[3:], strict=True))} for row in given.rows]
    with sqlalchemy_connection(site, **_mode(site)) as connection:
        yield executed(connection, statement, records)


@contextlib.contextmanager
def dataset_updates(site: Site, given: Samples) -> Iterator[Work]:
    """Give dicts to `update_many`."""
    with dataset_table(site) as table:
        yield functools.partial(table.update_many, given.changes, ["id"])


@contextlib.contextmanager
def values_upsert(site: Site, given: Samples) -> Iterator[Work]:
    """Give dicts to psycopg2's own way for many rows."""
    sql = f"INSERT INTO runs ({LISTED}) VALUES %s {_ON_CONFLICT}"
    template = "(" + ", ".join(f"%({name})s" for name in NAMES) + ")"
    with _execute_values(site, sql, template, given.records) as work:
        yield work


@contextlib.contextmanager
def values_update(site: Site, given: Samples) -> Iterator[Work]:
    """Give dicts to psycopg2's own way, as its documentation has it for an UPDATE."""
    names = ", ".join(("id", *CHANGED))
    assigned = ", ".join(f"{name} = ready.{name}" for name in CHANGED)
    sql = f"UPDATE runs SET {assigned} FROM (VALUES %s) ready ({names}) WHERE runs.id = ready.id"
    template = "(" + ", ".join(f"%({name})s" for name in ("id", *CHANGED)) + ")"
    with _execute_values(site, sql, template, given.changes) as work:
        yield work


@contextlib.contextmanager
def _execute_values(site: Site, sql: str, template: str, records: Any) -> Iterator[Work]:
    from psycopg2 import extras

    with postgresql_driver(site) as connection, connection.cursor() as cursor:

        def work() -> None:
            extras.execute_values(cursor, sql, records, template, page_size=PAGE)
            connection.commit()

        yield work


@contextlib.contextmanager
def executemany(site: Site, given: Samples) -> Iterator[Work]:
    """Give dicts to psycopg2's executemany, which goes there and back for each."""
    assigned = ", ".join(f"{name} = %({name})s" for name in CHANGED)
    sql, changes = f"UPDATE runs SET {assigned} WHERE id = %(id)s", given.changes
    with postgresql_driver(site) as connection, connection.cursor() as cursor:

        def work() -> None:
            cursor.executemany(sql, changes)
            connection.commit()

        yield work


def _server(opened: Callable[..., Any], sql: str) -> Opened:
    return functools.partial(opened, sql=sql)


WE_UPSERT = (
    Way("scitex.db, dicts with datetimes", we_upsert, "ours"),
    Way("scitex.db, dicts with ISO text", we_upsert_text, "ours"),
)
WE_UPDATE = Way("scitex.db, update_many", we_update, "ours")
WORKLOADS = (
    Workload(
        title="SQLite: upsert of records that are all there",
        engine="sqlite",
        deed="upsert",
        rows=100_000,
        ways=(
            Way("sqlite3 executemany, ready tuples", driver_upserts, "driver"),
            Way("the same once more", driver_upserts, "driver"),
            *WE_UPSERT,
            Way("sqlite-utils upsert_all", sqlite_utils_upserts, needs="sqlite-utils"),
            Way("SQLAlchemy on_conflict_do_update", sqlalchemy_upserts, needs="SQLAlchemy"),
        ),
        note="Every record is there already and gets new values in all columns but its key.",
    ),
    Workload(
        title="PostgreSQL: upsert of records that are all there",
        engine="postgresql",
        deed="upsert",
        rows=100_000,
        ways=(
            Way("INSERT SELECT from a ready table", _server(server_joins, _UPSERTING), "driver"),
            Way("the same once more", _server(server_joins, _UPSERTING), "driver"),
            Way("COPY of ready text, then that", _server(by_hand, _UPSERTING), "driver"),
            *WE_UPSERT,
            Way("psycopg2 execute_values", values_upsert),
            Way("SQLAlchemy on_conflict_do_update", sqlalchemy_upserts, needs="SQLAlchemy"),
        ),
        note="In the first lane the records lie in a temporary table of the server already, so "
        "it is the server's work alone; the third has to bring them there, as ready text.",
    ),
    Workload(
        title="SQLite: update_many by key",
        engine="sqlite",
        deed="update",
        rows=100_000,
        ways=(
            Way("sqlite3 executemany, ready tuples", driver_updates, "driver"),
            Way("the same once more", driver_updates, "driver"),
            WE_UPDATE,
            Way("SQLAlchemy update()", sqlalchemy_updates, needs="SQLAlchemy"),
            Way("dataset update_many", dataset_updates, needs="dataset", slow=True),
            Way("sqlite-utils update", sqlite_utils_updates, needs="sqlite-utils", slow=True),
        ),
        note="Three of the six columns get new values.  sqlite-utils has no call for many "
        "updates: its lane makes one for each, in one transaction.",
    ),
    Workload(
        title="PostgreSQL: update_many by key",
        engine="postgresql",
        deed="update",
        rows=100_000,
        ways=(
            Way("UPDATE FROM a ready table", _server(server_joins, _UPDATING), "driver"),
            Way("the same once more", _server(server_joins, _UPDATING), "driver"),
            Way("COPY of ready text, then that", _server(by_hand, _UPDATING), "driver"),
            WE_UPDATE,
            Way("psycopg2 execute_values", values_update),
            Way("SQLAlchemy update()", sqlalchemy_updates, needs="SQLAlchemy"),
            Way("psycopg2 executemany", executemany, slow=True),
            Way("dataset update_many", dataset_updates, needs="dataset", slow=True),
        ),
        note="As with the upsert, the first lane is the server's work alone.",
    ),
)

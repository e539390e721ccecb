"""Backups of PostgreSQL: of every kind of object, among others who write, from hostile text."""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import connection

from scitex.db import ALL_ROWS, PostgreSQL, verify_backup
from scitex.db.domain.errors import BackupError, LockedError, OperationalError, ReadOnlyError
from scitex.db.servers import clients
from scitex.db.servers.errors import ServerUnavailableError
from scitex.db.testing import temporary_postgres
from scitex.db.testing.postgres import Server
from scitex.db.testing.postgres.database import ScratchSchema
from tests.integration.children import started
from tests.integration.nasty_postgresql import NASTY, QUESTIONS
from tests.integration.servers import asked, holding, opened

KILLS = int(os.environ.get("SCITEX_DB_KILLS", "3"))  # in each test; `make kills` takes fifty
ENDINGS = [
    ".sql",
    pytest.param(".sql.gz", marks=pytest.mark.thorough),
    pytest.param(".sql.zst", marks=pytest.mark.thorough),
    ".dump",
]


@pytest.fixture(
    params=[
        pytest.param("postgresql_server", marks=pytest.mark.engine("postgresql")),
        pytest.param(
            "postgresql_local_server",
            marks=[pytest.mark.engine("postgresql, local"), pytest.mark.thorough],
        ),
    ]
)
def lab(request: pytest.FixtureRequest) -> Iterator[tuple[PostgreSQL, connection]]:
    """Return a database of its own with something of every kind, and a bare connection to it."""
    server: Server = request.getfixturevalue(request.param)
    name = f"scitex_backup_{secrets.token_hex(4)}"
    with contextlib.closing(psycopg2.connect(**server.params)) as outer:
        outer.autocommit = True
        outer.cursor().execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            inner = psycopg2.connect(**{**server.params, "dbname": name})
            inner.autocommit = True
            inner.cursor().execute(NASTY)
            with (
                contextlib.closing(inner),
                PostgreSQL(**{**server.params, "dbname": name}, timeout=2) as db,
            ):
                yield db, inner
        finally:
            outer.cursor().execute(f"DROP DATABASE {name}")


def answers(inner: connection) -> list[object]:
    """Ask everything about the database, as text."""
    found: list[object] = []
    with inner.cursor() as cursor:
        for question in QUESTIONS:
            cursor.execute(f"SELECT t::text FROM ({question}) t")
            found.append(cursor.fetchall())
    return found


def spoil(inner: connection) -> None:
    """Change, drop and add things of many kinds."""
    inner.cursor().execute(
        'DROP VIEW seen CASCADE; DELETE FROM "Lab b.c"."select"; DROP FUNCTION atomic;'
        "CREATE SCHEMA extra; CREATE TABLE extra.t (a mood); SELECT lo_unlink(4711);"
        "ALTER TYPE mood ADD VALUE 'new'; CREATE TABLE later (a integer); DROP TABLE parts;"
        "SELECT nextval('counter')"
    )


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_kind_of_object_comes_back(
    lab: tuple[PostgreSQL, connection], tmp_path: Path, ending: str
) -> None:
    """Every format brings all of a whole database back, in all its schemas, and is proven."""
    db, inner = lab
    before = answers(inner)
    made = db.backup_database(tmp_path / f"lab{ending}")
    spoil(inner)
    db.restore_database(made.path)

    assert answers(inner) == before
    assert asked_schemas(inner) == ["Lab b.c", "public"]
    assert verify_backup(made.path) == made
    assert {table.digest is not None for table in made.manifest.tables} == {True}


def asked_schemas(inner: connection) -> list[str]:
    """Return the names of people's schemas."""
    with inner.cursor() as cursor:
        cursor.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'"
            " AND nspname <> 'information_schema' ORDER BY 1"
        )
        return [row[0] for row in cursor.fetchall()]


def test_the_text_is_read_by_psql(lab: tuple[PostgreSQL, connection], tmp_path: Path) -> None:
    """The text restores everything with PostgreSQL's own shell, its manifest included."""
    db, inner = lab
    psql = clients.client("psql", at_least=18).path
    before = answers(inner)
    db.backup_database(tmp_path / "lab.sql")
    with temporary_postgres(source="binaries") as server:
        subprocess.run(
            [psql, "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", tmp_path / "lab.sql"],
            env={**os.environ, "PGHOST": server.params["host"], "PGUSER": "postgres"},
            check=True,
            capture_output=True,
        )
        with contextlib.closing(psycopg2.connect(**server.params)) as other:
            found = answers(other)

    assert [len(str(each)) for each in found] == [len(str(each)) for each in before]
    assert found[:10] == before[:10]


def test_one_schema_is_backed_up_and_replaced_alone(
    lab: tuple[PostgreSQL, connection], tmp_path: Path
) -> None:
    """With ``schema=`` the others stay as they are, and what would change them is refused."""
    _, inner = lab
    inner.cursor().execute("CREATE SCHEMA alone; CREATE TABLE alone.t AS SELECT 1 AS a")
    parameters = inner.get_dsn_parameters()
    with PostgreSQL(
        dbname=parameters["dbname"],
        user="postgres",
        host=inner.info.host,
        port=inner.info.port,
        schema="alone",
        timeout=2,
    ) as alone:
        made = alone.backup_database(tmp_path / "alone.sql")
        inner.cursor().execute("UPDATE alone.t SET a = 2; UPDATE parts SET id = id + 5")
        before = answers(inner)
        alone.restore_database(made.path)
        found = alone.select("t")
        inner.cursor().execute("CREATE VIEW public.outside AS SELECT * FROM alone.t")
        with pytest.raises(BackupError, match="another schema"):
            alone.restore_database(made.path)
        alone.update("t", {"a": 3}, where="a = 1")

        assert [table.schema for table in made.manifest.tables] == ["alone"]
        assert found == [{"a": 1}]
        inner.cursor().execute("DROP VIEW outside")
        assert answers(inner) == before


def test_a_table_keeps_what_the_planner_knows_of_it(
    postgresql_schema: ScratchSchema, tmp_path: Path
) -> None:
    """Statistics of several columns are in no backup of a table, and stay all the same."""
    asked = "SELECT pg_get_statisticsobjdef(oid) AS s FROM pg_statistic_ext ORDER BY stxname"
    with opened(postgresql_schema) as db:
        db.create_table("a", {"id": "INTEGER PRIMARY KEY", "x": "REAL", "y": "REAL"})
        db.execute("CREATE STATISTICS of_both ON x, y FROM a")
        before = db.query(asked)
        made = db.backup_table("a", tmp_path / "a.sql")
        db.restore_table("a", made.path)
        assert db.query(asked) == before
        db.execute("ALTER STATISTICS of_both SET STATISTICS 500")
        db.add_column("a", "z", "REAL")
        db.execute("CREATE STATISTICS of_a_new_one ON x, z FROM a")
        db.restore_table("a", made.path)
        assert db.query(asked) == before
        target = "SELECT stxstattarget AS n FROM pg_statistic_ext WHERE stxname = 'of_both'"
        assert db.query(target) == [{"n": 500}]
        db.drop_column("a", "y")
        db.restore_table("a", made.path)
        assert db.get_table("a").names == ("id", "x", "y")


def test_what_others_make_elsewhere_meanwhile_is_theirs(
    postgresql_schema: ScratchSchema, tmp_path: Path
) -> None:
    """Tables that come and go in another schema while one is restored hold nothing up."""
    with opened(postgresql_schema) as db, postgresql_schema.database.schema() as other:
        db.create_table("a", {"id": "INTEGER PRIMARY KEY"})
        db.insert_many("a", [{"id": n} for n in range(1000)])
        made = db.backup_database(tmp_path / "a.sql")
        stop = threading.Event()

        def work() -> None:
            with opened(other) as theirs:
                number = 0
                while not stop.is_set():
                    theirs.create_table(f"t{number}", {"id": "INTEGER PRIMARY KEY"})
                    if number > 3:
                        theirs.drop_table(f"t{number - 3}")
                    number += 1

        thread = threading.Thread(target=work)
        thread.start()
        try:
            for _ in range(10):
                db.restore_database(made.path)
        finally:
            stop.set()
            thread.join()

        assert db.count("a") == 1000


@pytest.mark.parametrize("ending", [".sql", ".dump"])
def test_a_backup_among_writers_is_of_one_moment(
    postgresql_schema: ScratchSchema, tmp_path: Path, ending: str
) -> None:
    """While others go on writing, a backup holds one state, and restores as its manifest says."""
    with opened(postgresql_schema) as db:
        for name in ("a", "b"):
            db.create_table(name, {"id": "INTEGER PRIMARY KEY", "n": "INTEGER"})
        stop = threading.Event()

        def write() -> None:
            with opened(postgresql_schema) as mine:
                number = 0
                while not stop.is_set():
                    number += 1
                    with mine.transaction():
                        mine.insert("a", {"n": number})
                        mine.insert("b", {"n": number})

        writer = threading.Thread(target=write)
        writer.start()
        try:
            backups = [db.backup_database(tmp_path / f"{n}{ending}") for n in range(5)]
        finally:
            stop.set()
            writer.join()
        counts = [[table.rows for table in each.manifest.tables] for each in backups]
        for each in backups:
            db.restore_database(each.path, safety_copy=False)

        assert all(a == b for a, b in counts)
        assert counts[-1][0] > counts[0][0]
        assert db.count("a") == db.count("b") == counts[-1][0]


HOSTILE = [
    "\\! touch {file}\n",
    "\\o {file}\n",
    "SELECT 1 \\g {file}\n",
    "COPY (SELECT 1) TO PROGRAM 'touch {file}';\n",
    "COPY t FROM PROGRAM 'touch {file}; echo 1';\n",
    "COPY t TO '{file}';\n",
    "DO $$ BEGIN COPY (SELECT 1) TO PROGRAM 'touch {file}'; END $$;\n",
    "/* ' */ CO/**/PY (SELECT 1) TO '{file}';\n",
    "SELECT pg_catalog.lo_export(1, '{file}');\n",
    "SELECT pg_catalog.setval('s', (SELECT lo_export(1, '{file}')));\n",
    "ALTER SYSTEM SET archive_command = 'touch {file}';\n",
    "CREATE EXTENSION IF NOT EXISTS file_fdw;\n",
    "CREATE FUNCTION f() RETURNS integer LANGUAGE c AS 'libc', 'system';\n",
    "CREATE FUNCTION f() RETURNS text LANGUAGE 'internal' AS 'pg_read_file_all';\n",
    "SET ROLE postgres;\n",
    "SET session_preload_libraries = 'x';\n",
    "CREATE ROLE eve SUPERUSER;\n",
    "CREATE SERVER s FOREIGN DATA WRAPPER file_fdw;\n",
    "CREATE TABLE x (a integer); COMMIT; DROP TABLE t; SELECT 1;\n",
    "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION y;\n",
    "LOAD '{file}';\n",
    "CREATE TABLE x (a text",
    "CREATE TABLE x (a text); COPY x (a) FROM stdin;\none\n",
    "SET standard_conforming_strings = off;\n",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_reaches_outside_is_not_run(
    postgresql_schema: ScratchSchema, tmp_path: Path, text: str
) -> None:
    """Text that reaches outside the database, or is cut short, is refused; nothing is changed."""
    mark = tmp_path / "mark"
    tmp_path.chmod(0o777)
    (tmp_path / "x.sql").write_text(text.replace("{file}", str(mark)))
    with opened(postgresql_schema) as db:
        db.create_table("t", {"a": "INTEGER"})
        db.insert("t", {"a": 1})
        with pytest.raises(BackupError, match=r"x\.sql, line 1|x\.sql, line 2"):
            db.restore_database(tmp_path / "x.sql", verify=False)

        assert db.select("t") == [{"a": 1}]
        assert db.list_tables() == ["t"]
        assert not mark.exists()


def test_settings_of_other_versions_are_left_out(
    postgresql_schema: ScratchSchema, tmp_path: Path
) -> None:
    """A timeout that only a later server knows does not matter, nor do owners and rights."""
    where = f'"{postgresql_schema.name}"'
    (tmp_path / "x.sql").write_text(
        f"\\restrict abc\nSET unheard_of_timeout = 0;\nCREATE TABLE {where}.x (a text);\n"
        f"ALTER TABLE {where}.x OWNER TO nobody_here;\nGRANT ALL ON TABLE {where}.x TO eve;\n"
        f"COPY {where}.x (a) FROM stdin;\n\\\\.\n\\.\n\\unrestrict abc\n"
    )
    with opened(postgresql_schema) as db:
        db.restore_database(tmp_path / "x.sql", verify=False)

        assert db.select("x") == [{"a": "\\."}]


def test_a_lock_is_waited_for_no_longer_than_the_timeout(
    postgresql_schema: ScratchSchema, tmp_path: Path
) -> None:
    """Where others hold a table, a backup and a restore give up, and nothing is changed."""
    with opened(postgresql_schema, timeout=0.5) as db:
        db.create_table("t", {"a": "INTEGER"})
        db.backup_database(tmp_path / "x.sql", check=False)
        with (
            holding(postgresql_schema, "LOCK TABLE t IN ACCESS SHARE MODE"),
            pytest.raises(LockedError),
        ):
            db.restore_database(tmp_path / "x.sql", safety_copy=False)
        with holding(postgresql_schema, "LOCK TABLE t"), pytest.raises(LockedError):
            db.backup_database(tmp_path / "y.dump", check=False)

        assert db.list_tables() == ["t"]
        assert not (tmp_path / "y.dump").exists()


def test_readers_of_the_old_tables_read_the_new_ones(
    postgresql_schema: ScratchSchema, tmp_path: Path
) -> None:
    """Objects that are open go on with what was restored: their plans are made anew."""
    with opened(postgresql_schema) as db, opened(postgresql_schema) as other:
        db.create_table("t", {"a": "INTEGER", "b": "TEXT"})
        db.insert("t", {"a": 1, "b": "x"})
        db.backup_database(tmp_path / "x.dump")
        db.drop_column("t", "b")
        assert (db.select("t"), other.select("t")) == ([{"a": 1}], [{"a": 1}])
        db.restore_database(tmp_path / "x.dump")

        assert db.select("t") == other.select("t") == [{"a": 1, "b": "x"}]
        assert other.insert("t", {"a": 2, "b": "y"}) is None
        assert db.count("t") == 2


def program(folder: Path, text: str) -> Path:
    """Make a program of the name ``pg_dump``."""
    folder.mkdir()
    (folder / "pg_dump").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "pg_dump").chmod(0o755)
    return folder


VERSION = '[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99.1" && exit 0'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("echo half; echo 'no room: s3cret' >&2; exit 1", r"failed \(1\): no room"),
        ("echo half; kill -9 $$", "signal 9"),
    ],
)
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_dump_that_breaks_off_leaves_no_file(
    postgresql_schema: ScratchSchema, tmp_path: Path, ending: str, text: str, told: str
) -> None:
    """Where ``pg_dump`` fails midway or is killed, an older backup stays and no half is there."""
    path = tmp_path / f"x{ending}"
    with opened(postgresql_schema) as db:
        db.create_table("t", {"a": "INTEGER"})
        db.backup_database(path)
        folder = program(tmp_path / "bin", f"{VERSION}\n{text}")
        there = sorted(each.name for each in tmp_path.iterdir())
        broken = opened(postgresql_schema, pg_bin=folder)
        with broken, pytest.raises(BackupError, match=told):
            broken.backup_database(path)

        assert sorted(each.name for each in tmp_path.iterdir()) == there
        assert verify_backup(path).manifest.tables[0].name == "t"


def test_programs_that_are_too_old_are_listed(
    postgresql_schema: ScratchSchema, tmp_path: Path
) -> None:
    """A ``pg_dump`` that the server would refuse is told, with what to install."""
    old = program(tmp_path / "bin", 'echo "pg_dump (PostgreSQL) 9.6.1"')
    told = r"pg_dump \(9\)(.|\n)*scitex-db\[server\]"
    with opened(postgresql_schema, pg_bin=old) as db, pytest.raises(BackupError, match=told):
        db.backup_database(tmp_path / "x.sql")
    with pytest.raises(ServerUnavailableError, match="no pg_dump of version 99"):
        clients.client("pg_dump", at_least=99)


def test_the_password_is_on_no_command_line(tmp_path: Path) -> None:
    """A password reaches ``pg_dump`` by a variable, and no error shows it."""
    with temporary_postgres(source="binaries", tcp=True) as server:
        password = server.params["password"]
        real = clients.client("pg_dump", at_least=server.major).path
        seen = tmp_path / "seen"
        folder = program(
            tmp_path / "bin",
            f'{VERSION}\ntr "\\0" " " < /proc/$$/cmdline > {seen}\nexec {real} "$@"',
        )
        with PostgreSQL(**server.params, pg_bin=folder) as db:
            db.create_table("t", {"a": "INTEGER"})
            db.backup_database(tmp_path / "x.dump")
        shutil.rmtree(folder)
        program(tmp_path / "bin", f'{VERSION}\necho "wrong: $PGPASSWORD" >&2; exit 3')
        again = PostgreSQL(**server.params, pg_bin=folder)
        with again as db, pytest.raises(BackupError) as caught:
            db.backup_database(tmp_path / "x.dump")

        assert "--no-password" in seen.read_text()
        assert password not in seen.read_text()
        assert "wrong: ***" in str(caught.value)


def test_a_dump_that_is_damaged_restores_nothing(
    postgresql_schema: ScratchSchema, tmp_path: Path
) -> None:
    """Of a hundred dumps cut short or with a bit turned over, none is restored."""
    path = tmp_path / "x.dump"
    with opened(postgresql_schema) as db:
        db.create_table("t", {"a": "INTEGER"})
        db.insert("t", {"a": 1})
        db.backup_database(path)
        good = path.read_bytes()
        db.insert("t", {"a": 2})
        for turn in range(100):
            place = secrets.randbelow(len(good))
            turned = bytes([good[place] ^ (1 << turn % 8)])
            path.write_bytes(good[:place] + (turned + good[place + 1 :] if turn % 2 else b""))
            with pytest.raises(BackupError):
                db.restore_database(path)

        assert db.count("t") == 2


def test_a_table_that_others_look_through_is_told(
    postgresql_schema: ScratchSchema, tmp_path: Path
) -> None:
    """A view that would go with its table keeps it from being replaced, and is named."""
    with opened(postgresql_schema) as db:
        db.create_table("t", {"a": "INTEGER"})
        db.backup_table("t", tmp_path / "t.sql")
        asked(postgresql_schema, "CREATE VIEW looks AS SELECT * FROM t")
        with pytest.raises(BackupError, match=r"view .*looks"):
            db.restore_table("t", tmp_path / "t.sql")

        assert asked(postgresql_schema, "SELECT count(*) FROM looks") == [(0,)]


def test_references_from_other_tables_are_kept(
    postgresql_schema: ScratchSchema, tmp_path: Path
) -> None:
    """A table that others refer to is replaced; if they refer to what is gone, it is not."""
    with opened(postgresql_schema) as db:
        db.create_table("a", {"id": "INTEGER PRIMARY KEY"})
        db.create_table("b", {"a": "INTEGER REFERENCES a"})
        db.insert("a", {"id": 1})
        db.insert("b", {"a": 1})
        db.backup_table("a", tmp_path / "a.sql")
        rules = asked(postgresql_schema, "SELECT conname FROM pg_constraint WHERE contype = 'f'")
        db.restore_table("a", tmp_path / "a.sql")
        again = asked(postgresql_schema, "SELECT conname FROM pg_constraint WHERE contype = 'f'")
        db.insert("a", {"id": 2})
        db.insert("b", {"a": 2})
        with pytest.raises(BackupError, match="refer to what is not in the backup"):
            db.restore_table("a", tmp_path / "a.sql")

        assert again == rules
        assert (db.count("a"), db.count("b")) == (2, 2)


def test_a_database_for_reading_only_is_not_replaced(
    postgresql_schema: ScratchSchema, tmp_path: Path
) -> None:
    """A backup is taken of a database that is opened for reading, and none restored into it."""
    with opened(postgresql_schema) as db:
        db.create_table("t", {"a": "INTEGER"})
    with opened(postgresql_schema, read_only=True) as db:
        db.backup_database(tmp_path / "x.dump")
        with pytest.raises(ReadOnlyError):
            db.restore_database(tmp_path / "x.dump", safety_copy=False)


OPENED = """
    import sys
    from scitex.db import PostgreSQL
    with PostgreSQL(sys.argv[1], schema=sys.argv[2]) as db:
        print("ready", flush=True)
        {}
"""


def killed(deed: str, longest: float, schema: ScratchSchema, path: Path) -> None:
    """Do something to a schema in another process, and kill that at some moment."""
    child = started(OPENED.format(deed), schema.url, schema.name, path)
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(random.uniform(0, longest))
    child.kill()
    child.communicate()


def test_a_kill_during_a_restore_leaves_all_as_it_was(
    postgresql_schema: ScratchSchema, tmp_path: Path
) -> None:
    """Killed at any moment, a restore has changed nothing, or everything."""
    with opened(postgresql_schema) as db:
        db.create_table("t", {"a": "INTEGER"})
        db.insert_many("t", [{"a": n} for n in range(20_000)])
        paths = [db.backup_database(tmp_path / name).path for name in ("x.sql", "x.dump")]
        for turn in range(KILLS):
            db.insert("t", {"a": -1})
            before = db.count("t")
            restore = "db.restore_database(sys.argv[3], safety_copy=False)"
            killed(restore, 0.4, postgresql_schema, Path(paths[turn % 2]))

            assert db.count("t") in {20_000, before}


@pytest.mark.parametrize("ending", [pytest.param(".sql.gz", marks=pytest.mark.thorough), ".dump"])
def test_a_kill_during_a_backup_leaves_the_old_one_or_the_new(
    postgresql_schema: ScratchSchema, tmp_path: Path, ending: str
) -> None:
    """Killed at any moment, a backup that replaces another one leaves one that proves itself."""
    path = tmp_path / f"x{ending}"
    with opened(postgresql_schema) as db:
        db.create_table("t", {"a": "INTEGER PRIMARY KEY"})
        db.insert_many("t", [{"a": n} for n in range(20_000)])
        db.backup_database(path)
        for turn in range(KILLS):
            db.insert("t", {"a": 20_000 + turn})
            killed("db.backup_database(sys.argv[3])", 0.5, postgresql_schema, path)

            rows = db.restore_database(path, safety_copy=False).rows
            assert 20_000 <= rows <= 20_001 + turn
            db.delete("t", where=ALL_ROWS)
            db.insert_many("t", [{"a": n} for n in range(20_000 + turn + 1)])


def test_owners_and_rights_of_tables_stay(
    lab: tuple[PostgreSQL, connection], tmp_path: Path
) -> None:
    """Who could use a table before a restore can use it afterwards, and it is still theirs."""
    db, inner = lab
    name = f"scitex_reader_{secrets.token_hex(4)}"
    cursor = inner.cursor()
    cursor.execute(f"CREATE ROLE {name}")
    try:
        cursor.execute(
            f'GRANT SELECT, INSERT ON "select" TO {name} WITH GRANT OPTION;'
            f"ALTER TABLE quick OWNER TO {name}; GRANT SELECT ON parts TO PUBLIC;"
            f"GRANT USAGE ON SEQUENCE counter TO {name}"
        )
        rights = "SELECT relname, relowner, relacl::text FROM pg_class WHERE relacl IS NOT NULL"
        rights += " AND relnamespace = 'public'::regnamespace OR relname = 'quick' ORDER BY 1"
        cursor.execute(rights)
        before = cursor.fetchall()
        db.restore_database(db.backup_database(tmp_path / "lab.dump").path)
        cursor.execute(rights)

        assert cursor.fetchall() == before
        assert len(before) == 4
    finally:
        cursor.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_what_is_in_any_schema_is_kept_before_it_is_replaced(
    lab: tuple[PostgreSQL, connection], tmp_path: Path
) -> None:
    """A whole database is not empty if another schema has a table, or there is only a view."""
    db, inner = lab
    inner.cursor().execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    db.backup_database(tmp_path / "lab.dump")
    with pytest.raises(OperationalError, match="overwrite=False"):
        db.restore_database(tmp_path / "lab.dump", overwrite=False)
    first = db.restore_database(tmp_path / "lab.dump")
    inner.cursor().execute('DROP SCHEMA "Lab b.c" CASCADE; CREATE VIEW only_one AS SELECT 1')
    second = db.restore_database(tmp_path / "lab.dump")

    assert first.safety_copy is not None
    assert second.safety_copy is not None


@pytest.mark.parametrize("ending", [".sql", ".dump"])
def test_a_table_is_backed_up_alone_in_every_form(
    postgresql_schema: ScratchSchema, tmp_path: Path, ending: str
) -> None:
    """It is proved without its schema, restored, and an archive is one to others too."""
    path = tmp_path / f"t{ending}"
    with opened(postgresql_schema) as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
        db.insert("t", {"id": 1, "x": "kept"})
        db.backup_table("t", path)

        assert verify_backup(path).manifest.rows == 1
        for verify in (True, False):
            db.update("t", {"x": "changed"}, where={"id": 1})
            db.restore_table("t", path, verify=verify)
            assert db.select("t") == [{"id": 1, "x": "kept"}]
        db.drop_table("t")
        db.restore_table("t", path)
        assert db.count("t") == 1
    assert (path.read_bytes()[:5] == b"PGDMP") == (ending == ".dump")

"""PostgreSQL: how one connects, and what is never shown."""

from __future__ import annotations

import datetime as dt
import gc
import logging
import re
import secrets
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from psycopg2 import sql

import scitex.db
from scitex.db import PostgreSQL, connect
from scitex.db.domain.errors import Error, InterfaceError, OperationalError, SchemaError
from scitex.db.testing.contract.ground import PEOPLE, USERS
from scitex.db.testing.postgres.database import Database, ScratchSchema
from tests.integration.children import said
from tests.integration.servers import asked, holding, opened, own_database, spelt

pytestmark = pytest.mark.engine("postgresql")

PACKAGE = str(Path(scitex.db.__file__).parent)
VARIABLES = "PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGPASSFILE PGSERVICE DATABASE_URL".split()
PASSWORDS = [
    "@:/?#% \\'\"",
    "hunter2%zz",
    "a@b@c",
    "p/q?host=elsewhere",
    "#fragment",
    "%41",
    "with space ",
    "'quoted'",
    'double"quoted',
    "back\\slash",
    "Ünï😀",
    "a=b user=postgres",
    "{curly}",
    ":",
    "%",
]


BROKEN = [
    "postgresql://u:s3cr3t@host:port/db",
    "postgresql://u:s3cr3t@[::1/db",
    "postgresql://u:s3cr3t%zz@/db?nonsense=1",
    "postgres://u:s3cr3t@/db?sslmode=sometimes",
    "host=localhost password=s3cr3t nonsense",
]
See = Callable[[BaseException], list[str]]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what would choose a server for the test."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def schema(postgresql_schema: ScratchSchema) -> ScratchSchema:
    """Return a schema of the test's own."""
    return postgresql_schema


@pytest.fixture
def db(schema: ScratchSchema) -> Iterator[PostgreSQL]:
    """Return a database with a few people."""
    with opened(schema) as db:
        db.create_table("users", USERS)
        db.insert_many("users", PEOPLE)
        yield db


@pytest.fixture(scope="module")
def guarded() -> Iterator[Database]:
    """Return a database on a server that asks everybody for a password."""
    with own_database(tcp=True) as database:
        yield database


@pytest.fixture
def role(request: pytest.FixtureRequest, guarded: Database) -> Iterator[dict[str, Any]]:
    """Return the keywords of a role with the password that the test asks for."""
    name = f"r_{secrets.token_hex(4)}"
    password = getattr(request, "param", "its own secret")
    create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
    guarded.run(create.format(sql.Identifier(name), sql.Literal(password)))
    yield {**guarded.address.params, "user": name, "password": password}
    guarded.run(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def url(params: dict[str, Any], password: str) -> str:
    """Spell an address as a URL, the password as it is given."""
    rest = f"?host={quote(str(params['host']), safe='')}&port={params['port']}"
    return f"postgresql://{params['user']}:{password}@/{params['dbname']}{rest}"


def spelt_out(value: object) -> str:
    """Return a value's repr, also where the value is half made only."""
    try:
        return repr(value)
    except AttributeError:
        return ""


def frames(error: BaseException | None) -> list[str]:
    """Spell what the package's frames held when an error of the chain was raised."""
    found: list[str] = []
    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if re.search(rf"{re.escape(PACKAGE)}|psycopg2", frame.f_code.co_filename):
                found += map(spelt_out, frame.f_locals.values())
        error = error.__cause__ or error.__context__
    return found


def insert_and_change(db: PostgreSQL) -> None:
    """Make plans that bind records."""
    db.insert("t", {"v": "x"})
    db.insert_many("t", [{"v": "y"}, {"v": "z"}])
    db.update("t", {"v": "w"}, where={"id": 1})
    db.update_many("t", [{"id": 1, "v": "u"}])


def in_a_block(db: PostgreSQL, sql: str) -> None:
    """Run a statement in a transaction that is kept."""
    with db.transaction():
        db.execute(sql)


def connections(schema: ScratchSchema, name: str, state: str = "%") -> int:
    """Count the connections of that name."""
    sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND state LIKE %s"
    return int(asked(schema, sql, name, state)[0][0])


def settled(look: Callable[[], int], expected: int) -> int:
    """Look again until it is as expected, or for ten seconds: a server is told of an end."""
    deadline = time.monotonic() + 10
    while (found := look()) != expected and time.monotonic() < deadline:
        time.sleep(0.01)
    return found


def moment(text: str) -> dt.datetime:
    """Read a moment."""
    return dt.datetime.fromisoformat(text)


class TestPasswords:
    """Passwords of any signs connect, and are never seen."""

    @pytest.mark.parametrize("role", PASSWORDS, indirect=True)
    def test_a_password_connects_as_a_keyword(self, role: dict[str, Any]) -> None:
        """A password of any signs is given as a keyword."""
        with PostgreSQL(**role) as db:
            assert db.query("SELECT current_user AS role") == [{"role": role["user"]}]

    @pytest.mark.parametrize("role", PASSWORDS, indirect=True)
    def test_a_password_connects_in_a_url(self, role: dict[str, Any]) -> None:
        """A password of any signs is given in a URL, percent-encoded."""
        with PostgreSQL(url(role, quote(role["password"], safe=""))) as db:
            assert db.query("SELECT current_user AS role") == [{"role": role["user"]}]

    @pytest.mark.parametrize("role", ["@:/#", "a@b@c", "p:q", "x/y", "#f", "a b"], indirect=True)
    def test_a_password_may_stand_as_it_is_in_a_url(self, role: dict[str, Any]) -> None:
        """Signs that are not percent-encoded are taken for the password's where they can be."""
        with PostgreSQL(url(role, role["password"])) as db:
            assert db.query("SELECT current_user AS role") == [{"role": role["user"]}]

    def test_the_password_is_asked_for(self, role: dict[str, Any]) -> None:
        """Without the right password there is no connection, so the laws above say something."""
        with pytest.raises(OperationalError):
            PostgreSQL(**{**role, "password": "another"})

    @pytest.mark.parametrize("role", ["s3cr3t-of-mine", "s3cr3t%@/?#\"'"], indirect=True)
    def test_a_password_is_never_seen(
        self, role: dict[str, Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        """A password is in no repr, text, summary or log."""
        caplog.set_level(logging.DEBUG)
        with PostgreSQL(**role) as db:
            db.query("SELECT 1 AS n")
            with pytest.raises(Error):
                db.query("SELECT nonsense")
            seen = [repr(db), str(db), db.summary, repr(db.storage), repr(vars(db)), caplog.text]
            seen += [repr(vars(db.storage)), db.storage.location]

        assert [text for text in seen if "s3cr3t" in text] == []

    @pytest.mark.parametrize("see", [traceback.format_exception, frames], ids=["text", "frames"])
    @pytest.mark.parametrize("password", ["s3cr3t-of-mine", "s3cr3t%zz@/?#\"'"])
    @pytest.mark.parametrize("form", ["keyword", "url", "encoded"])
    @pytest.mark.parametrize("fault", [{}, {"host": "/nowhere"}, {"dbname": "nowhere"}], ids=str)
    def test_a_refusal_shows_no_password(
        self, guarded: Database, password: str, form: str, fault: dict[str, Any], see: See
    ) -> None:
        """A connection that fails shows no password: no error of its chain, and no frame."""
        params = {**guarded.address.params, "user": "nobody_here", **fault}
        attempts: dict[str, dict[str, Any]] = {
            "keyword": {**params, "password": password},
            "url": {"dbname": url(params, password)},
            "encoded": {"dbname": url(params, quote(password, safe=""))},
        }
        with pytest.raises((OperationalError, InterfaceError)) as caught:
            PostgreSQL(**attempts[form])

        assert [line for line in see(caught.value) if "s3cr3t" in line] == []

    @pytest.mark.parametrize("see", [traceback.format_exception, frames], ids=["text", "frames"])
    @pytest.mark.parametrize(
        ("door", "address"),
        [
            *[(PostgreSQL, address) for address in BROKEN],
            *[(connect, address) for address in BROKEN if "://" in address],
        ],
    )
    def test_a_broken_address_shows_no_password(
        self, door: Callable[[str], object], address: str, see: See
    ) -> None:
        """An address that cannot be read shows no password, in no error and no frame."""
        with pytest.raises((OperationalError, InterfaceError)) as caught:
            door(address)

        assert [line for line in see(caught.value) if "s3cr3t" in line] == []

    def test_a_password_that_is_set_is_not_logged(
        self, db: PostgreSQL, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A statement that sets a password is logged without it, and values are not logged."""
        caplog.set_level(logging.DEBUG, logger="scitex.db")
        db.execute("ALTER ROLE CURRENT_USER PASSWORD 's3cr3t'")
        db.insert("users", {"name": "s3cr3t"})
        db.select("users", where="name = ?", params=["s3cr3t"])

        assert ("ALTER ROLE" in caplog.text, "s3cr3t" in caplog.text) == (True, False)


class TestAddresses:
    """Where the address comes from."""

    def test_nothing_given_means_libpqs_variables(
        self, schema: ScratchSchema, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without arguments libpq's own variables say which database."""
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}
        for name, variable in {**names, "password": "PGPASSWORD"}.items():
            monkeypatch.setenv(variable, str(schema.params.get(name, "")))
        with PostgreSQL() as db:
            found = db.query("SELECT current_database() AS dbname")

        assert found == [{"dbname": schema.params["dbname"]}]

    def test_nothing_given_means_database_url(
        self, schema: ScratchSchema, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without arguments ``DATABASE_URL`` says which database, where it is set."""
        monkeypatch.setenv("DATABASE_URL", schema.url)
        with PostgreSQL() as db, scitex.db.connect() as other:
            assert (type(other), db.list_tables()) == (PostgreSQL, other.list_tables())

    def test_something_given_wins_over_database_url(
        self, schema: ScratchSchema, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """``DATABASE_URL`` is left aside where an address is given."""
        monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@/nowhere?host=/nowhere")
        with PostgreSQL(**schema.params) as db:
            assert isinstance(db.list_tables(), list)

    def test_a_password_file_is_read(
        self, role: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A password that is not given is looked up in libpq's password file."""
        file = tmp_path / "pgpass"
        file.write_text(f"*:*:*:{role['user']}:{role['password']}\n")
        file.chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(file))
        given = {name: value for name, value in role.items() if name != "password"}
        with PostgreSQL(**given) as db:
            assert db.query("SELECT 1 AS n") == [{"n": 1}]

    def test_the_whole_address_may_be_a_url(self, schema: ScratchSchema) -> None:
        """A URL may be given in the place of the database's name."""
        with PostgreSQL(schema.url) as db:
            assert isinstance(db.list_tables(), list)

    def test_connect_takes_a_url(self, schema: ScratchSchema) -> None:
        """`connect` opens a URL, and passes on what else is given."""
        with scitex.db.connect(schema.url, schema=schema.name, timeout=5) as db:
            db.create_table("t", {"x": "TEXT"})

            assert (type(db), db.list_tables()) == (PostgreSQL, ["t"])

    @pytest.mark.parametrize(
        "name", ["a=b", "with space", "it's", 'say "so"', "back\\slash", "Ünï"]
    )
    def test_a_database_may_have_any_name(self, schema: ScratchSchema, name: str) -> None:
        """A database whose name looks like something else is opened under that name."""
        quoted = '"' + name.replace('"', '""') + '"'
        asked(schema, f"CREATE DATABASE {quoted} TEMPLATE template0")
        try:
            with PostgreSQL(**{**schema.params, "dbname": name}) as db:
                found = db.query("SELECT current_database() AS name")
        finally:
            asked(schema, f"DROP DATABASE {quoted} WITH (FORCE)")

        assert found == [{"name": name}]

    @pytest.mark.parametrize(
        ("given", "expected"), [({}, "scitex.db"), ({"application_name": "mine"}, "mine")], ids=str
    )
    def test_the_server_is_told_who_asks(
        self, schema: ScratchSchema, given: dict[str, str], expected: str
    ) -> None:
        """The connection has a name that the server's administrator sees."""
        with opened(schema, **given) as db:
            assert db.query("SHOW application_name") == [{"application_name": expected}]

    def test_libpqs_keywords_pass_through(self, schema: ScratchSchema) -> None:
        """Other keywords of libpq reach it."""
        with opened(schema, options="-c statement_timeout=12345") as db:
            assert db.query("SHOW statement_timeout") == [{"statement_timeout": "12345ms"}]

    def test_encryption_can_be_insisted_on(self, schema: ScratchSchema) -> None:
        """``sslmode`` reaches libpq, so a server without TLS is refused where it is required."""
        address = {"host": "127.0.0.1", "port": 1, "sslmode": "require", "connect_timeout": "2"}
        with pytest.raises(OperationalError):
            opened(schema, **address)

    @pytest.mark.parametrize(
        "fault",
        [
            {"host": "127.0.0.1", "port": 1},
            {"host": "/nowhere"},
            {"dbname": "nowhere"},
            {"user": "nobody_here"},
            {"sslmode": "sometimes"},
            {"nonsense": "1"},
            {"port": "many"},
        ],
        ids=str,
    )
    def test_a_server_that_cannot_be_reached_is_told(
        self, schema: ScratchSchema, fault: dict[str, Any]
    ) -> None:
        """What cannot be connected to is told with what to check."""
        with pytest.raises((OperationalError, InterfaceError), match="hint: "):
            opened(schema, **fault)

    def test_a_database_shows_where_it_is(self, schema: ScratchSchema) -> None:
        """The repr of a database is its address, without the password."""
        with opened(schema) as db:
            assert repr(db).startswith(f"<PostgreSQL postgresql://{schema.params['user']}@")


class TestSessions:
    """What a session is set to, and how it is left."""

    @pytest.mark.parametrize(
        "options", ["-c timezone=Asia/Tokyo", "-c datestyle=German", "-c intervalstyle=iso_8601"]
    )
    def test_the_servers_settings_do_not_change_values(
        self, schema: ScratchSchema, options: str
    ) -> None:
        """Times come back as they were given, whatever the server or the role prefers."""
        types = {"a": "TIMESTAMP", "b": "TIMESTAMPTZ", "c": "DATE", "d": "INTERVAL"}
        record = {
            "a": moment("2025-05-30 12:00:00"),
            "b": moment("2025-05-30 12:00:00+00:00"),
            "c": moment("2025-05-30").date(),
            "d": moment("2025-05-30") - moment("2025-05-28"),
        }
        with opened(schema, options=options) as db:
            db.create_table("t", types)
            db.insert("t", record)

            assert db.select("t") == [record]

    def test_a_default_time_stamp_is_in_utc(self, schema: ScratchSchema) -> None:
        """CURRENT_TIMESTAMP is UTC for this package, whatever the role's time zone."""
        with opened(schema, options="-c timezone=Asia/Tokyo") as db:
            db.create_table("t", {"at": "TIMESTAMP DEFAULT CURRENT_TIMESTAMP"})
            db.insert("t", {})
            made = db.select("t")[0]["at"]

        assert abs(made - dt.datetime.now(dt.UTC).replace(tzinfo=None)) < dt.timedelta(minutes=1)

    @pytest.mark.parametrize(
        "read",
        [
            lambda db: db.select("users"),
            lambda db: db.select("users", where="id > ?", params=[0]),
            lambda db: db.count("users"),
            lambda db: db.exists("users"),
            lambda db: db.execute("SELECT * FROM users"),
            lambda db: db.query("SELECT * FROM users"),
            lambda db: list(db.iter_select("users")),
            lambda db: next(db.iter_select("users")),
            lambda db: db.get_table("users"),
            lambda db: db.list_indexes("users"),
            lambda db: db.summary,
        ],
        ids="select params count exists execute query iter left get_table indexes summary".split(),
    )
    def test_a_session_is_idle_after_a_read(
        self, schema: ScratchSchema, db: PostgreSQL, read: Any
    ) -> None:
        """What was read holds no lock: the table can be altered at once from elsewhere."""
        read(db)
        asked(schema, "SET lock_timeout = '1s'; ALTER TABLE users ADD COLUMN extra TEXT")
        state = asked(
            schema,
            "SELECT DISTINCT state FROM pg_stat_activity WHERE application_name = 'scitex.db' "
            "AND pid IN (SELECT pid FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s)",
            schema.name,
        )

        assert state == []

    def test_read_only_means_read_only(self, schema: ScratchSchema, db: PostgreSQL) -> None:
        """A database opened for reading is read, and refuses every write."""
        with opened(schema, read_only=True) as reader:
            found = reader.count("users")
            with pytest.raises(scitex.db.ReadOnlyError, match=r"hint: .*read_only=False"):
                reader.insert("users", {"name": "Eve"})
            with pytest.raises(scitex.db.ReadOnlyError):
                reader.execute("DELETE FROM users")

        assert (found, db.count("users")) == (4, 4)

    @pytest.mark.parametrize("call", ["execute", "query", "select", "transaction"])
    def test_read_only_stays_read_only(
        self, schema: ScratchSchema, db: PostgreSQL, call: str
    ) -> None:
        """No function that a statement calls makes a database writable that is for reading."""
        function = "set_config('default_transaction_read_only', 'off', false)"
        calls: dict[str, Callable[[PostgreSQL], object]] = {
            "execute": lambda reader: reader.execute(f"SELECT {function}"),
            "query": lambda reader: reader.query(f"SELECT {function}"),
            "select": lambda reader: reader.select("users", where=f"{function} = 'off'"),
            "transaction": lambda reader: in_a_block(reader, f"SELECT {function}"),
        }
        with opened(schema, read_only=True) as reader:
            calls[call](reader)
            with pytest.raises(scitex.db.ReadOnlyError):
                reader.insert("users", {"name": "Eve"})
            with pytest.raises(scitex.db.ReadOnlyError), reader.transaction():
                reader.insert_many("users", [{"name": "Eve"}, {"name": "Mallory"}])
            with pytest.raises(scitex.db.ReadOnlyError):
                reader.execute("CREATE INDEX CONCURRENTLY i ON users (name)")

        assert (db.count("users"), db.list_indexes("users")) == (4, [])

    def test_threads_that_ended_leave_no_connection(self, schema: ScratchSchema) -> None:
        """A thread's connection is given back when the thread ends, whatever it did."""
        name = f"law {secrets.token_hex(4)}"
        with opened(schema, application_name=name) as db:
            db.create_table("t", {"id": "SERIAL PRIMARY KEY", "v": "TEXT"})
            gc.disable()  # which would do it too, some time
            try:
                for call in (insert_and_change, lambda db: db.select("t")) * 3:
                    worker = threading.Thread(target=call, args=(db,))
                    worker.start()
                    worker.join()
                found = settled(lambda: connections(schema, name), 1)
            finally:
                gc.enable()

        assert found == 1

    def test_a_connection_that_is_closed_ends_what_runs(self, schema: ScratchSchema) -> None:
        """A statement that runs for long is ended by a close, and says why."""
        name = f"law {secrets.token_hex(4)}"
        db = opened(schema, application_name=name)
        with ThreadPoolExecutor(1) as pool:
            late = pool.submit(db.query, "SELECT pg_sleep(50)")
            settled(lambda: connections(schema, name, "active"), 1)
            db.close()
            with pytest.raises(InterfaceError, match="the database is closed"):
                late.result()

        assert settled(lambda: connections(schema, name), 0) == 0

    def test_nothing_global_is_touched(self, schema: ScratchSchema) -> None:
        """Using a database registers no adapter or caster for the whole process."""
        program = """
            import json, sys, datetime, decimal
            import psycopg2, psycopg2.extensions as e
            def state():
                return (dict(e.adapters), dict(e.string_types), dict(e.binary_types))
            before = state()
            from scitex.db import PostgreSQL, connect
            with PostgreSQL(**json.loads(sys.argv[1])) as db:
                db.create_table("t", {"a": "TIMESTAMP", "b": "NUMERIC", "c": "JSON", "d": "UUID"})
                db.insert("t", {"a": datetime.datetime(2025, 5, 30), "c": {}})
                db.select("t")
                db.query("SELECT * FROM t")
            print(before == state())
        """

        assert said(program, spelt(schema)) == "True"


class TestSchemas:
    """Tables of another schema."""

    def test_schemas_do_not_see_each_other(self, schema: ScratchSchema) -> None:
        """A table of one schema is not there in another."""
        with (
            schema.database.schema() as second,
            opened(schema) as one,
            opened(second) as other,
        ):
            one.create_table("t", {"x": "TEXT"})
            other.create_table("t", {"x": "INTEGER"})
            one.insert("t", {"x": "a"})
            one.create_index("t", ["x"])

            assert (other.select("t"), other.list_indexes("t"), one.count("t")) == ([], [], 1)

    def test_without_a_schema_the_search_path_counts(self, schema: ScratchSchema) -> None:
        """Without ``schema=`` a table is made where the search path says."""
        with PostgreSQL(**schema.inside.params) as db:
            db.create_table("t", {"x": "TEXT"})
            tables = db.list_tables()

        assert (tables, asked(schema, "SELECT count(*) FROM t")) == (["t"], [(0,)])

    @pytest.mark.parametrize("name", ["Mixed Case", 'quo"te', "semi;colon", "per%cent", "Ünï"])
    def test_a_schema_may_have_any_name(self, schema: ScratchSchema, name: str) -> None:
        """A schema of any name is reached."""
        unique = f"{name} {secrets.token_hex(4)}"
        quoted = '"' + unique.replace('"', '""') + '"'
        asked(schema, f"CREATE SCHEMA {quoted}")
        try:
            with opened(schema, schema=unique) as db:
                db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
                db.insert_many("t", [{"x": "a"}, {"x": "b"}])
                db.create_index("t", ["x"], unique=True)
                db.rename_table("t", "u")
                found = (
                    db.list_tables(),
                    db.insert("u", {"x": "c"}),
                    db.list_indexes("u")[0].unique,
                )
        finally:
            asked(schema, f"DROP SCHEMA {quoted} CASCADE")

        assert found == (["u"], 3, True)

    def test_a_missing_schema_is_told(self, schema: ScratchSchema) -> None:
        """A schema that is not there is told, with how to make it."""
        told = r"nowhere(.|\n)*hint: .*CREATE SCHEMA"
        with opened(schema, schema="nowhere") as db, pytest.raises(SchemaError, match=told):
            db.create_table("t", {"x": "TEXT"})

    def test_a_lock_in_another_schema_is_no_matter(self, schema: ScratchSchema) -> None:
        """A table of the same name that is locked in another schema does not hold this one up."""
        with schema.database.schema() as second, opened(schema, timeout=0.2) as one:
            with opened(second) as other:
                other.create_table("t", {"x": "TEXT"})
            one.create_table("t", {"x": "TEXT"})
            with holding(second, "LOCK TABLE t IN ACCESS EXCLUSIVE MODE"):
                assert one.insert_many("t", [{"x": "a"}]) == 1

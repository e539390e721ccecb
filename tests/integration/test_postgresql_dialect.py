"""PostgreSQL's own: capitals, long names, its operators, types and privileges."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scitex.db import Database, PostgreSQL, col
from scitex.db.adapters.postgresql import session
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    Error,
    InvalidNameError,
    OperationalError,
    SchemaError,
    TableNotFoundError,
    UnsafeFragmentError,
)
from scitex.db.testing.contract.calls import ON_TABLE, OnTable
from scitex.db.testing.contract.ground import PEOPLE, USERS, ids, outcome
from scitex.db.testing.postgres.database import ScratchSchema
from tests.integration.servers import asked, opened

pytestmark = pytest.mark.engine("postgresql")

FULL = "x" * 63
LONG = ["x" * 64, "é" * 32, FULL + "zzz", "a" + "😀" * 16]
CONFIGS: list[dict[str, Any]] = [
    {"id": 1, "config": {"model": "resnet50", "lr": 0.1, "tags": ["a", "b"]}},
    {"id": 2, "config": {"model": "vit", "notes": "100%"}},
]


@pytest.fixture
def schema(postgresql_schema: ScratchSchema) -> ScratchSchema:
    """Return a schema of the test's own."""
    return postgresql_schema


@pytest.fixture
def db(schema: ScratchSchema) -> Iterator[PostgreSQL]:
    """Return a database with a few people, and some configurations."""
    with opened(schema) as db:
        db.create_table("users", USERS)
        db.insert_many("users", PEOPLE)
        db.create_table("runs", {"id": "INTEGER PRIMARY KEY", "config": "JSONB"})
        db.insert_many("runs", CONFIGS)
        yield db


class TestCapitals:
    """Names with capitals, which PostgreSQL folds where they are not quoted."""

    @pytest.fixture
    def trials(self, db: PostgreSQL) -> PostgreSQL:
        """Return a database with a table and columns of mixed case."""
        db.create_table("Trials", {"Id": "INTEGER PRIMARY KEY", "Date": "DATE"})
        db.insert("Trials", {"Date": "2025-05-30"})
        return db

    @pytest.mark.parametrize(
        "call",
        [
            lambda db: db.select("Trials", where="Date > '2025-01-01'"),
            lambda db: db.select("Trials", where="Date > ?", params=["2025-01-01"]),
            lambda db: db.select("Trials", order_by="Date NULLS FIRST"),
            lambda db: db.update("Trials", {"Date": None}, where="Date IS NULL"),
            lambda db: db.delete("Trials", where="Date IS NULL"),
            lambda db: db.count("Trials", where="Date IS NULL"),
            lambda db: list(db.iter_select("Trials", where="Date IS NULL")),
            lambda db: db.query('SELECT Date FROM "Trials"'),
        ],
        ids="select params order update delete count iter query".split(),
    )
    def test_a_bare_column_in_text_gets_the_hint(
        self, trials: PostgreSQL, call: Callable[[Database], object]
    ) -> None:
        """A mixed-case column that stands bare in SQL text is told with how to quote it."""
        with pytest.raises(ColumnNotFoundError, match=r'hint: .*"Date"'):
            call(trials)

    def test_a_bare_table_in_text_gets_the_hint(self, trials: PostgreSQL) -> None:
        """A mixed-case table that stands bare in SQL text is told with how to quote it."""
        with pytest.raises(TableNotFoundError, match=r'hint: .*"Trials"'):
            trials.query("SELECT * FROM Trials")

    @pytest.mark.parametrize(
        "question",
        [
            {"where": "\"Date\" > '2025-01-01'"},
            {"where": {"Date": dt.date(2025, 5, 30)}},
            {"where": col("Date") >= dt.date(2025, 5, 30)},
            {"order_by": "Date DESC"},
            {"columns": ["Id", "Date"]},
        ],
        ids=str,
    )
    def test_quoted_text_and_values_find_it(
        self, trials: PostgreSQL, question: dict[str, Any]
    ) -> None:
        """A mixed-case column is found in quotes, and by its name wherever names are values."""
        assert trials.select("Trials", **question) == [{"Id": 1, "Date": dt.date(2025, 5, 30)}]


class TestLongNames:
    """Names that PostgreSQL would cut without a word."""

    @pytest.mark.parametrize("name", LONG)
    @pytest.mark.parametrize(
        "call",
        [
            lambda db, name: db.create_table(name, {"id": "INTEGER"}),
            lambda db, name: db.create_table("t", {name: "INTEGER"}),
            lambda db, name: db.rename_table("users", name),
            lambda db, name: db.add_column("users", name, "TEXT"),
            lambda db, name: db.rename_column("users", "team", name),
            lambda db, name: db.create_index("users", ["team"], name=name),
        ],
        ids="table column rename add_column rename_column index".split(),
    )
    def test_a_64_byte_name_is_refused(
        self, db: PostgreSQL, call: Callable[[Database, str], object], name: str
    ) -> None:
        """A name past 63 bytes is refused with its length, and nothing is made."""
        with pytest.raises(InvalidNameError, match="63"):
            call(db, name)

        assert (db.list_tables(), db.list_indexes("users"), db.get_table("users").names) == (
            ["runs", "users"],
            [],
            tuple(USERS),
        )

    @pytest.mark.parametrize("call", ON_TABLE.values(), ids=ON_TABLE)
    def test_a_long_name_is_no_alias_of_its_beginning(self, db: PostgreSQL, call: OnTable) -> None:
        """A name that begins as a table of 63 bytes does is not that table, in any call."""
        db.rename_table("users", FULL)
        found = outcome(lambda: call(db, FULL + "zzz"))

        assert (found in {InvalidNameError, TableNotFoundError}, db.count(FULL)) == (True, 4)

    def test_a_long_name_does_not_exist(self, db: PostgreSQL) -> None:
        """A name that is too long is not found to exist by its beginning."""
        db.rename_table("users", FULL)

        assert outcome(lambda: db.table_exists(FULL + "zzz")) in (False, InvalidNameError)

    @pytest.mark.parametrize("name", ["ctid", "xmin", "tableoid", "cmax"])
    def test_the_systems_own_columns_are_refused(self, db: PostgreSQL, name: str) -> None:
        """A column that would be called as one of the system's own is refused."""
        with pytest.raises((InvalidNameError, SchemaError), match=name):
            db.create_table("t", {name: "TEXT"})

        assert db.list_tables() == ["runs", "users"]


class TestText:
    """PostgreSQL's own SQL in conditions and statements."""

    @pytest.mark.parametrize(
        ("where", "params", "found"),
        [
            ("config ?? 'lr'", [], [1]),
            ("config ?? 'lr' AND id = ?", [1], [1]),
            ("config ? 'lr'", None, [1]),
            ("config ? :key", {"key": "lr"}, [1]),
            ("config ??| ARRAY['lr', 'notes']", [], [1, 2]),
            ("config ??& ARRAY['lr', 'tags'] AND id > ?", [0], [1]),
            ("config->'tags' ?? ?", ["a"], [1]),
            ("config->>'model' = 'resnet50'", None, [1]),
            ("config->>'model' = ?", ["vit"], [2]),
            ("config->>'model' LIKE 'res%' AND id = ?", [1], [1]),
            ("config->>'notes' = '100%'", None, [2]),
            ("config->>'notes' LIKE '100\\%' AND id > ?", [0], [2]),
            ("config @> '{\"lr\": 0.1}'", None, [1]),
            ("config @> ?::jsonb", ['{"lr": 0.1}'], [1]),
            ("id % 2 = ?", [0], [2]),
            ("config->>'model' = $$vit$$", None, [2]),
            ("config->>'model' = $q$vit$q$ AND id = ?", [2], [2]),
            ("config->>'model' <> $$?$$ AND id = ?", [1], [1]),
            ("config->>'model' = E'v\\x69t'", None, [2]),
            ("config->>'model' <> E'it\\'s ?' AND id = ?", [2], [2]),
            ("id::text = :id", {"id": "2"}, [2]),
            ("(ARRAY[1,2,3])[1:2] = ARRAY[1,2] AND id = :id", {"id": 1}, [1]),
            ("id = ANY(?)", [[1, 2]], [1, 2]),
            ("id = ANY(ARRAY[?, ?])", [1, 2], [1, 2]),
            ("config->>'model' ~ '^r.*[0-9]$'", None, [1]),
        ],
    )
    def test_its_operators_work(
        self, db: PostgreSQL, where: str, params: Any, found: list[int]
    ) -> None:
        """jsonb's ``?``, percent signs, dollar quotes, casts and slices mean what they mean."""
        assert ids(db.select("runs", where=where, params=params, order_by="id")) == found

    def test_the_documented_json_update_works(self, db: PostgreSQL) -> None:
        """A statement with jsonb_set runs as documented."""
        db.execute(
            """
            UPDATE runs
            SET config = jsonb_set(config, '{optimizer}', '{"lr": 0.0001}')
            WHERE config->>'model' = 'vit'
            """
        )

        assert db.select("runs", where={"id": 2})[0]["config"]["optimizer"] == {"lr": 0.0001}

    @pytest.mark.parametrize(
        "sql",
        [
            "DO $body$ BEGIN PERFORM 1; PERFORM 2; END $body$",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; SELECT 2; $$",
            "CREATE RULE r AS ON UPDATE TO users DO ALSO (SELECT 1; SELECT 2)",
            "/* ; /* nested ; */ */ SELECT 1 AS n",
        ],
    )
    def test_one_statement_may_hold_semicolons(self, db: PostgreSQL, sql: str) -> None:
        """A body in dollar quotes, a rule's list and a comment are part of one statement."""
        assert isinstance(db.execute(sql), list)

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT 1; DROP TABLE users",
            "SELECT E'\\''; DROP TABLE users; --'",
            "SELECT $a$ $b$; DROP TABLE users; $a$; SELECT 2",
            'SELECT "x". begin atomic FROM (SELECT 1 AS begin) x; DROP TABLE users',
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END; DROP TABLE users",
            "COPY users TO STDOUT; DROP TABLE users",
        ],
    )
    def test_a_second_statement_is_refused(self, db: PostgreSQL, sql: str) -> None:
        """A second statement is refused, however it is hidden, and not run."""
        with pytest.raises(UnsafeFragmentError):
            db.execute(sql)

        assert db.list_tables() == ["runs", "users"]

    @pytest.mark.parametrize(
        ("where", "order_by"),
        [
            ("name = E'a\\'", "'; DROP TABLE users; --'"),
            ("name = E'\\'", "' OR 1=1; DROP TABLE users; --'"),
            ("name = e'\\\\\\'", "'; DROP TABLE users; --'"),
            ("name = $a", "$a; DROP TABLE users; --"),
        ],
    )
    def test_two_texts_do_not_conspire(self, db: PostgreSQL, where: str, order_by: str) -> None:
        """A quote that one text leaves open is refused, so that another cannot close it."""
        with pytest.raises(Error):
            db.select("users", where=where, order_by=order_by)

        assert db.count("users") == 4

    @pytest.mark.parametrize(
        "sql", ["COPY users TO PROGRAM 'true'", "COPY users FROM STDIN", "COPY users TO STDOUT"]
    )
    def test_a_query_does_not_copy(self, db: PostgreSQL, sql: str) -> None:
        """COPY, which may run programs and write files, is refused as a query."""
        with pytest.raises(Error):
            db.query(sql)

        assert db.count("users") == 4

    def test_set_in_a_session_does_not_stay(self, schema: ScratchSchema, db: PostgreSQL) -> None:
        """Text cannot make a database that is opened for reading one that writes."""
        with opened(schema, read_only=True) as reader:
            outcome(lambda: reader.execute("SET default_transaction_read_only = off"))
            outcome(
                lambda: reader.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")
            )
            found = outcome(lambda: reader.insert("users", {"name": "Eve"}))

        assert (isinstance(found, type), db.count("users")) == (True, 4)


class TestSequences:
    """Numbers that the server gives, beside numbers that are given to it."""

    @pytest.mark.parametrize(
        "type", ["SERIAL PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT", "INTEGER PRIMARY KEY"]
    )
    @pytest.mark.parametrize(
        "store",
        [
            lambda db: db.insert("t", {"id": 5}),
            lambda db: db.insert_many("t", [{"id": 5}, {"id": 3}]),
            lambda db: db.insert("t", {"id": 5}, on_conflict="ignore"),
            lambda db: db.insert_many("t", [{"id": 5}], on_conflict="update"),
        ],
        ids=["insert", "insert_many", "ignore", "update"],
    )
    def test_explicit_ids_do_not_break_the_next_insert(
        self, db: PostgreSQL, type: str, store: Callable[[Database], object]
    ) -> None:
        """After explicit ids the next number is beyond them."""
        db.create_table("t", {"id": type, "x": "TEXT"})
        store(db)

        assert db.insert("t", {"x": "next"}) == 6

    def test_a_smaller_id_does_not_turn_the_count_back(self, db: PostgreSQL) -> None:
        """An explicit id below the others leaves the count where it is."""
        db.create_table("t", {"id": "SERIAL PRIMARY KEY", "x": "TEXT"})
        db.insert_many("t", [{"x": "a"}] * 10)
        db.delete("t", where="id > 5")
        db.insert("t", {"id": 7})

        assert db.insert("t", {"x": "b"}) == 11

    @pytest.mark.parametrize(
        "declared",
        [
            "id serial PRIMARY KEY",
            "id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
            "id bigserial PRIMARY KEY",
            "id int PRIMARY KEY DEFAULT nextval('\"my seq\"')",
        ],
    )
    def test_tables_of_others_are_numbered_on(
        self, schema: ScratchSchema, db: PostgreSQL, declared: str
    ) -> None:
        """Explicit ids advance the sequence of a table that was made elsewhere."""
        asked(schema, 'CREATE SEQUENCE "my seq"')
        asked(schema, f"CREATE TABLE t ({declared}, x text)")
        db.insert_many("t", [{"id": 20, "x": "a"}])

        assert db.insert("t", {"x": "b"}) == 21

    def test_an_undone_id_does_no_harm(self, db: PostgreSQL) -> None:
        """Explicit ids in a transaction that is undone do not break the next insert."""
        db.create_table("t", {"id": "SERIAL PRIMARY KEY", "x": "TEXT"})
        db.begin_transaction()
        db.insert("t", {"id": 5})
        db.rollback()

        assert isinstance(db.insert("t", {"x": "a"}), int)

    @pytest.mark.parametrize("how", ["made", "added"])
    def test_a_second_serial_numbers_too(self, db: PostgreSQL, how: str) -> None:
        """It is no plain column that must be given, whether the table is made with it or not."""
        columns = {"id": "SERIAL PRIMARY KEY", "x": "TEXT"}
        if how == "made":
            db.create_table("t", {**columns, "place": "SERIAL"})
        else:
            db.create_table("t", columns)
            db.add_column("t", "place", "BIGSERIAL")
        db.insert("t", {"x": "a"})
        db.insert_many("t", [{"x": "b"}] * 6)

        assert [row["place"] for row in db.select("t", order_by="id")] == [1, 2, 3, 4, 5, 6, 7]


class TestTypes:
    """Types that only PostgreSQL has, and values that Python has no room for."""

    @pytest.mark.parametrize(
        ("type", "value"),
        [
            ("INTEGER[]", [1, 2, 3]),
            ("TEXT[]", ["a", 'b"c', "d,e", "NULL", ""]),
            ("INET", "192.168.0.1"),
            ("mood", "happy"),
            ('"Odd Mood"', "happy"),
            ("TSVECTOR", "'a' 'b'"),
            ("MONEY", "$1.00"),
        ],
    )
    def test_a_type_of_its_own_takes_its_values(
        self, schema: ScratchSchema, db: PostgreSQL, type: str, value: Any
    ) -> None:
        """A column of a type that only PostgreSQL knows takes what the type takes."""
        asked(schema, "CREATE TYPE mood AS ENUM ('happy', 'sad')")
        asked(schema, "CREATE TYPE \"Odd Mood\" AS ENUM ('happy')")
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": type})
        db.insert("t", {"x": value})
        db.insert_many("t", [{"x": value}, {"x": None}])

        assert [row["x"] for row in db.select("t", order_by="id")] == [value, value, None]

    @pytest.mark.parametrize(
        ("type", "text"),
        [
            ("timestamp", "infinity"),
            ("timestamp", "-infinity"),
            ("timestamptz", "infinity"),
            ("date", "infinity"),
            ("timestamp", "0044-03-15 12:00:00 BC"),
            ("timestamp", "12025-01-01"),
            ("date", "12025-01-01"),
            ("interval", "1 month"),
            ("interval", "1 year 2 days"),
            ("time", "24:00"),
        ],
    )
    def test_what_python_has_no_room_for_is_not_bent(
        self, schema: ScratchSchema, db: PostgreSQL, type: str, text: str
    ) -> None:
        """A value that Python cannot hold comes back as text, or is told; never as another."""
        asked(schema, f"CREATE TABLE t (x {type})")
        asked(schema, "INSERT INTO t VALUES (%s)", text)
        found = outcome(lambda: db.select("t")[0]["x"])

        assert isinstance(found, str) or found is DataError

    def test_a_role_without_privileges_may_ask_for_the_same_table(
        self, schema: ScratchSchema, db: PostgreSQL
    ) -> None:
        """A table that is there needs no right to make tables; one that is not does."""
        role = f"r_{secrets.token_hex(4)}"
        asked(schema, f"CREATE ROLE {role} LOGIN")
        asked(schema, f"GRANT USAGE ON SCHEMA {schema.name} TO {role}")
        asked(schema, f"GRANT SELECT, INSERT ON users TO {role}")
        try:
            with opened(schema, user=role) as guest:
                found = [
                    outcome(lambda: guest.create_table("users", USERS)),
                    outcome(lambda: guest.create_table("users", {"x": "TEXT"})),
                    outcome(lambda: guest.create_table("t", USERS)),
                    outcome(lambda: guest.count("users")),
                ]
        finally:
            asked(schema, f"DROP OWNED BY {role}")
            asked(schema, f"DROP ROLE {role}")

        assert found == [None, SchemaError, OperationalError, 4]

    @pytest.mark.parametrize(
        ("before", "after", "value"),
        [
            ("TIMESTAMP", "DATE", dt.datetime(2024, 1, 1, 12, 30)),
            ("BIGINT", "DOUBLE PRECISION", 2**53 + 1),
        ],
    )
    def test_another_type_is_seen_when_a_plan_is_old(
        self,
        schema: ScratchSchema,
        db: PostgreSQL,
        monkeypatch: pytest.MonkeyPatch,
        before: str,
        after: str,
        value: object,
    ) -> None:
        """A value that a column's new type would change is refused once plans are looked at."""
        db.create_table("t", {"x": before})
        db.insert("t", {"x": value})
        asked(schema, f"DELETE FROM t; ALTER TABLE t ALTER x TYPE {after}")
        monkeypatch.setattr(session, "_BELIEVED", -1.0)
        with pytest.raises(DataError):
            db.insert("t", {"x": value})

        assert db.count("t") == 0

    def test_a_view_can_be_read(self, schema: ScratchSchema, db: PostgreSQL) -> None:
        """A view is read as a table is."""
        asked(schema, "CREATE VIEW best AS SELECT name, score FROM users WHERE score > 80")

        assert (db.count("best"), db.select("best", order_by="score DESC")[0]["name"]) == (
            2,
            "dave",
        )


@pytest.mark.parametrize(
    "place", ["postgresql_collated_schema", "postgresql_local_collated_schema"]
)
class TestCollations:
    """Text in databases that sort otherwise, as a dictionary does."""

    @pytest.fixture
    def collated(self, request: pytest.FixtureRequest, place: str) -> ScratchSchema:
        """Return a schema in such a database."""
        schema: ScratchSchema = request.getfixturevalue(place)
        return schema

    def test_foreign_text_is_sorted_by_code_point(self, collated: ScratchSchema) -> None:
        """Text of a column with a linguistic order is sorted and compared by code point."""
        asked(collated, "CREATE TABLE t (x text, y varchar(9))")
        asked(collated, "INSERT INTO t SELECT w, w FROM unnest(ARRAY['b','a','B','_','é','Z']) w")
        with opened(collated) as db:
            found = (
                "".join(row["x"] for row in db.select("t", order_by="x")),
                "".join(row["y"] for row in db.select("t", order_by="y DESC")),
                sorted(row["x"] for row in db.select("t", where=col("x") < "a")),
                db.count("t", where=col("x").between("A", "_")),
            )

        assert found == ("BZ_abé", "éba_ZB", ["B", "Z", "_"], 3)

    def test_own_text_needs_no_clause(self, collated: ScratchSchema) -> None:
        """Text columns that `create_table` makes are sorted by code point by themselves."""
        with opened(collated) as db:
            db.create_table("t", {"x": "TEXT", "y": "VARCHAR(9)"})
        found = asked(
            collated,
            "SELECT attname::text, collname::text FROM pg_attribute a JOIN pg_collation c "
            "ON c.oid = a.attcollation WHERE attrelid = 't'::regclass ORDER BY attname",
        )

        assert found == [("x", "C"), ("y", "C")]

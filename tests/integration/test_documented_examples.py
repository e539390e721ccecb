"""Every example of the user's documentation works as it is written there, on both engines."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psycopg2
import pytest
from psycopg2 import sql

import scitex.db
from scitex.db import Database, PostgreSQL, SQLite3
from scitex.db.testing.postgres.database import ScratchSchema

EXPERIMENTS = {
    "id": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "name": "TEXT NOT NULL",
    "timestamp": "DATETIME DEFAULT CURRENT_TIMESTAMP",
    "accuracy": "REAL",
    "parameters": "TEXT",
}
RECORDINGS = {
    "id": "SERIAL PRIMARY KEY",
    "subject_id": "VARCHAR(50) NOT NULL",
    "session_date": "DATE",
    "recording_data": "BYTEA",
    "metadata": "JSONB",
    "created_at": "TIMESTAMP DEFAULT CURRENT_TIMESTAMP",
}
USERS = {
    "id": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "name": "TEXT NOT NULL",
    "email": "TEXT",
    "username": "TEXT",
    "score": "REAL",
}
ENGINES = [
    pytest.param("sqlite", marks=pytest.mark.engine("sqlite file")),
    pytest.param("postgresql", marks=pytest.mark.engine("postgresql")),
]
OpenDatabase = Callable[[], Database]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, since the examples name files without one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(params=ENGINES)
def opened(request: pytest.FixtureRequest) -> OpenDatabase:
    """Return what opens the database of an example."""
    if request.param == "sqlite":
        return lambda: scitex.db.SQLite3("my_data.db")
    schema: ScratchSchema = request.getfixturevalue("postgresql_schema")
    return lambda: scitex.db.PostgreSQL(**schema.params, schema=schema.name)


@pytest.fixture
def db(opened: OpenDatabase) -> Iterator[Database]:
    """Return an empty database."""
    with opened() as database:
        yield database


@pytest.fixture
def users(db: Database) -> Database:
    """Return a database with the table that the examples write users to."""
    db.create_table("users", USERS)
    return db


@pytest.fixture
def accounts(db: Database) -> Database:
    """Return a database with the table that the examples keep balances in."""
    columns = {
        "id": "SERIAL PRIMARY KEY",
        "name": "TEXT",
        "balance": "INTEGER CHECK (balance >= 0)",
    }
    db.create_table("accounts", columns)
    return db


@pytest.fixture
def research_db(postgresql_schema: ScratchSchema) -> Iterator[dict[str, Any]]:
    """Return the documented keywords for a database with the documented role and password."""
    address = postgresql_schema.params
    names = (sql.Identifier("researcher"), sql.Identifier("research_db"))
    admin = psycopg2.connect(**address)
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'secure_password'").format(names[0]))
        cursor.execute(sql.SQL("CREATE DATABASE {1} OWNER {0}").format(*names))
        yield {
            "dbname": "research_db",
            "user": "researcher",
            "password": "secure_password",
            "host": address["host"],
            "port": address["port"],
        }
        cursor.execute(sql.SQL("DROP DATABASE {1} WITH (FORCE)").format(*names))
        cursor.execute(sql.SQL("DROP ROLE {0}").format(*names))
    admin.close()


class TestDatabaseImplementations:
    """The section 'Database Implementations'."""

    def test_the_sqlite_example(self, opened: OpenDatabase) -> None:
        """A table of experiments is made, filled and asked for the good ones."""
        db = opened()
        db.create_table("experiments", EXPERIMENTS)
        db.insert(
            "experiments",
            {
                "name": "exp_001",
                "accuracy": 0.95,
                "parameters": '{"lr": 0.001, "batch_size": 32}',
            },
        )
        results = db.select("experiments", where="accuracy > 0.9")
        db.close()

        assert [
            (run["id"], run["name"], run["accuracy"], run["parameters"]) for run in results
        ] == [(1, "exp_001", 0.95, '{"lr": 0.001, "batch_size": 32}')]

    @pytest.mark.engine("sqlite file")
    def test_the_file_is_where_it_was_named(self, folder: Path) -> None:
        """``SQLite3("my_data.db")`` makes that file in the working folder."""
        scitex.db.SQLite3("my_data.db").close()

        assert (folder / "my_data.db").exists()

    def test_the_postgresql_example(self, db: Database) -> None:
        """A table of recordings and an index on two of its columns are made."""
        db.create_table("neural_recordings", RECORDINGS)
        db.create_index("neural_recordings", ["subject_id", "session_date"])

        assert [index.columns for index in db.list_indexes("neural_recordings")] == [
            ("subject_id", "session_date")
        ]

    @pytest.mark.engine("postgresql")
    def test_the_documented_keywords_connect(self, research_db: dict[str, Any]) -> None:
        """dbname, user, password, host and port connect to that database as that role."""
        with scitex.db.PostgreSQL(**research_db) as db:
            found = db.query("SELECT current_database() AS database, current_user AS role")

        assert found == [{"database": "research_db", "role": "researcher"}]


class TestBasicCrud:
    """The section 'Basic CRUD Operations'."""

    def test_create(self, users: Database) -> None:
        """One record is stored."""
        users.insert("users", {"name": "Alice Smith", "email": "alice@example.com", "score": 85.5})

        assert users.count("users") == 1

    def test_read(self, users: Database) -> None:
        """The best records are read, with some of their columns, in order and at most ten."""
        users.insert_many(
            "users",
            [{"name": f"User {n}", "email": f"{n}@x.org", "score": 75 + n} for n in range(20)],
        )
        found = users.select(
            "users", columns=["name", "email"], where="score > 80", order_by="score DESC", limit=10
        )

        assert found == [{"name": f"User {n}", "email": f"{n}@x.org"} for n in range(19, 9, -1)]

    def test_update(self, users: Database) -> None:
        """The records that a text finds are changed."""
        users.insert("users", {"name": "Alice Smith", "score": 85.5})
        users.update("users", data={"score": 90.0}, where="name = 'Alice Smith'")

        assert users.select("users", columns=["score"]) == [{"score": 90.0}]

    def test_delete(self, users: Database) -> None:
        """The records that a text finds are removed."""
        users.insert_many("users", [{"name": "low", "score": 49}, {"name": "high", "score": 50}])
        users.delete("users", where="score < 50")

        assert users.select("users", columns=["name"]) == [{"name": "high"}]


class TestBatchOperations:
    """The section 'Batch Operations'."""

    def test_batch_insert(self, users: Database) -> None:
        """A list of records is stored at once."""
        records = [
            {"name": "User1", "score": 75},
            {"name": "User2", "score": 82},
            {"name": "User3", "score": 91},
        ]
        users.insert_many("users", records)

        assert users.select("users", columns=["name", "score"], order_by="id") == records

    def test_batch_update(self, users: Database) -> None:
        """A list of changes is made at once, each to the record with its key."""
        users.insert_many("users", [{"name": "User1"}, {"name": "User2"}, {"name": "User3"}])
        updates = [
            {"id": 1, "score": 80},
            {"id": 2, "score": 85},
            {"id": 3, "score": 90},
        ]
        users.update_many("users", updates, key="id")

        assert users.select("users", columns=["id", "score"], order_by="id") == updates


class TestTransactionManagement:
    """The section 'Transaction Management'."""

    def test_the_block_commits(self, accounts: Database) -> None:
        """Two accounts and a transfer between them are stored together."""
        with accounts.transaction():
            accounts.insert("accounts", {"name": "Alice", "balance": 1000})
            accounts.insert("accounts", {"name": "Bob", "balance": 1000})
            accounts.update("accounts", {"balance": 900}, where="name = 'Alice'")
            accounts.update("accounts", {"balance": 1100}, where="name = 'Bob'")

        assert accounts.select("accounts", columns=["name", "balance"], order_by="name") == [
            {"name": "Alice", "balance": 900},
            {"name": "Bob", "balance": 1100},
        ]

    def test_the_block_rolls_back(self, accounts: Database) -> None:
        """If any operation fails, all changes are undone."""
        with pytest.raises(scitex.db.IntegrityError), accounts.transaction():  # noqa: PT012
            accounts.insert("accounts", {"name": "Alice", "balance": 1000})
            accounts.update("accounts", {"balance": -100}, where="name = 'Alice'")

        assert accounts.select("accounts") == []

    def transfer(self, db: Database, balance: int) -> None:
        """Do as the example does where transactions are controlled by hand."""
        db.begin_transaction()
        try:
            db.insert("accounts", {"name": "Alice", "balance": 1000})
            db.update("accounts", {"balance": balance}, where="name = 'Alice'")
            db.commit()
        except Exception:
            db.rollback()
            raise

    def test_by_hand_commits(self, accounts: Database) -> None:
        """What was begun by hand is stored by commit."""
        self.transfer(accounts, 900)

        assert accounts.select("accounts", columns=["balance"]) == [{"balance": 900}]

    def test_by_hand_rolls_back(self, accounts: Database) -> None:
        """What was begun by hand is undone by rollback, and the error comes through."""
        with pytest.raises(scitex.db.CheckError):
            self.transfer(accounts, -1)

        assert accounts.select("accounts") == []


class TestSchemaManagement:
    """The section 'Schema Management'."""

    def test_tables_are_listed(self, users: Database, capsys: pytest.CaptureFixture[str]) -> None:
        """The tables can be listed and shown."""
        tables = users.list_tables()
        print(f"Tables: {tables}")  # noqa: T201 - as documented

        assert capsys.readouterr().out == "Tables: ['users']\n"

    def test_columns_are_described(self, db: Database, capsys: pytest.CaptureFixture[str]) -> None:
        """The columns of a table can be listed and shown."""
        db.create_table("experiments", EXPERIMENTS)
        columns = db.get_columns("experiments")
        print(f"Columns: {columns}")  # noqa: T201 - as documented
        shown = capsys.readouterr().out

        assert [name for name in EXPERIMENTS if f"name='{name}'" not in shown] == []

    @pytest.mark.parametrize("tables", [[], ["old_data"]])
    def test_a_table_is_dropped_where_it_exists(self, db: Database, tables: list[str]) -> None:
        """A table is dropped if there is one."""
        for table in tables:
            db.create_table(table, {"id": "INTEGER"})
        if db.table_exists("old_data"):
            db.drop_table("old_data")

        assert db.list_tables() == []

    def test_a_column_is_added(self, db: Database) -> None:
        """A column is added with its type."""
        db.create_table("experiments", EXPERIMENTS)
        db.add_column("experiments", "notes", "TEXT")

        assert [column.name for column in db.get_columns("experiments")] == [*EXPERIMENTS, "notes"]

    def test_a_column_is_dropped(self, db: Database) -> None:
        """A column is dropped."""
        db.create_table("experiments", {**EXPERIMENTS, "deprecated_field": "TEXT"})
        db.drop_column("experiments", "deprecated_field")

        assert [column.name for column in db.get_columns("experiments")] == list(EXPERIMENTS)

    def test_a_table_is_renamed(self, db: Database) -> None:
        """A table gets a new name."""
        db.create_table("old_name", {"id": "INTEGER"})
        db.rename_table("old_name", "new_name")

        assert db.list_tables() == ["new_name"]


class TestIndexManagement:
    """The section 'Index Management'."""

    def test_a_single_column(self, users: Database) -> None:
        """An index on one column is made."""
        users.create_index("users", ["email"])

        assert [index.name for index in users.list_indexes("users")] == ["idx_users_email"]

    def test_a_composite_index(self, db: Database) -> None:
        """An index on two columns is made."""
        db.create_table("logs", {"user_id": "INTEGER", "timestamp": "TIMESTAMP"})
        db.create_index("logs", ["user_id", "timestamp"])

        assert db.list_indexes("logs")[0].columns == ("user_id", "timestamp")

    def test_a_unique_index(self, users: Database) -> None:
        """A unique index is made, and holds."""
        users.create_index("users", ["username"], unique=True)
        users.insert("users", {"name": "Alice", "username": "alice"})

        with pytest.raises(scitex.db.DuplicateKeyError):
            users.insert("users", {"name": "Alison", "username": "alice"})

    def test_an_index_is_dropped(self, users: Database) -> None:
        """An index is dropped by the name that it got by itself."""
        users.create_index("users", ["email"])
        users.drop_index("users", "idx_users_email")

        assert users.list_indexes("users") == []

    def test_indexes_are_listed(self, users: Database) -> None:
        """The indexes of a table are listed, and can be counted."""
        users.create_index("users", ["email"])
        users.create_index("users", ["username"], unique=True)
        indexes = users.list_indexes("users")

        assert len(indexes) == 2


class TestImportExport:
    """The section 'Import/Export Operations'."""

    @pytest.fixture
    def experiments(self, db: Database) -> Database:
        """Return a database with a few experiments."""
        db.create_table("experiments", EXPERIMENTS)
        records = [
            {"name": f"exp_{n}", "accuracy": n / 4, "parameters": f'{{"lr": {n}}}'}
            for n in range(5)
        ]
        db.insert_many("experiments", records)
        return db

    def test_a_table_is_exported(self, experiments: Database, folder: Path) -> None:
        """``export_to_csv`` writes a header and the records."""
        experiments.export_to_csv("experiments", "experiments_backup.csv")
        lines = (folder / "experiments_backup.csv").read_text().splitlines()

        assert (lines[0], len(lines)) == ("id,name,timestamp,accuracy,parameters", 6)

    def test_a_file_is_imported(self, experiments: Database, folder: Path) -> None:
        """``import_from_csv`` adds the records of a file to a table."""
        text = 'name,accuracy,parameters\nnew,0.5,"{""lr"": 9}"\n'
        (folder / "experiments_data.csv").write_text(text)
        experiments.import_from_csv("experiments", "experiments_data.csv")

        assert experiments.select(
            "experiments", ["id", "accuracy", "parameters"], where={"name": "new"}
        ) == [{"id": 6, "accuracy": 0.5, "parameters": '{"lr": 9}'}]

    def test_what_was_exported_is_imported(self, experiments: Database) -> None:
        """A file that was exported makes the same table again."""
        before = experiments.select("experiments", order_by="id")
        experiments.export_to_csv("experiments", "experiments_backup.csv")
        experiments.delete("experiments", where=scitex.db.ALL_ROWS)
        experiments.import_from_csv("experiments", "experiments_backup.csv")

        assert experiments.select("experiments", order_by="id") == before

    def test_a_frame_comes_and_goes(self, experiments: Database) -> None:
        """``to_dataframe`` gives a frame that ``from_dataframe`` can append."""
        df = experiments.to_dataframe("experiments")
        df["id"] += len(df)
        experiments.from_dataframe(df, "experiments", if_exists="append")
        names = [run["name"] for run in experiments.select("experiments", order_by="id")]

        assert names == [f"exp_{n}" for n in range(5)] * 2

    def test_a_frame_with_keys_that_are_there(self, experiments: Database) -> None:
        """The example as it stands, with the same keys, is refused and says what to do."""
        df = experiments.to_dataframe("experiments")
        with pytest.raises(scitex.db.DuplicateKeyError, match="upsert"):
            experiments.from_dataframe(df, "experiments", if_exists="append")

        assert experiments.count("experiments") == 5

    def test_a_query_is_exported(self, experiments: Database, folder: Path) -> None:
        """``export_query_to_csv`` writes the rows of a query."""
        query = "SELECT * FROM experiments WHERE accuracy > 0.9"
        experiments.export_query_to_csv(query, "high_accuracy_experiments.csv")
        lines = (folder / "high_accuracy_experiments.csv").read_text().splitlines()

        assert [line.split(",")[1] for line in lines] == ["name", "exp_4"]


class TestBlobStorage:
    """Section Advanced 2."""

    def test_bytes_are_stored_and_retrieved(self, db: Database) -> None:
        """As written there; what is unpickled is what this test pickled itself."""
        db.create_table("arrays", {"id": "INTEGER PRIMARY KEY", "name": "TEXT", "data": "BLOB"})
        data = np.random.rand(100, 100)
        blob_data = pickle.dumps(data)
        db.store_blob("arrays", {"name": "random_matrix", "data": blob_data})
        result = db.get_blob("arrays", "data", where="name = 'random_matrix'")
        assert result is not None
        retrieved_data = pickle.loads(result)  # noqa: S301 - its own

        assert (retrieved_data == data).all()

    def test_an_array_needs_no_pickle(self, db: Database) -> None:
        """The same, as it is meant to be done."""
        db.create_table("arrays", {"id": "INTEGER PRIMARY KEY", "name": "TEXT", "data": "BLOB"})
        data = np.random.rand(100, 100)
        db.store_array("arrays", {"name": "random_matrix", "data": data})
        found = db.get_array("arrays", "data", where="name = ?", params=["random_matrix"])

        assert found is not None
        assert (found == data).all()

    def test_an_unknown_table_is_an_error(self, db: Database) -> None:
        """Nothing makes a table behind the caller's back."""
        with pytest.raises(scitex.db.TableNotFoundError):
            db.store_blob("arrays", {"name": "x", "data": b"x"})


ARTICLES = {"id": "SERIAL PRIMARY KEY", "title": "TEXT", "content": "TEXT"}
WRITTEN = [
    {"title": "Machine learning", "content": "Machines that learn."},
    {"title": "Gardening", "content": "Plants that grow."},
    {"title": "Learning", "content": "A machine learns from examples."},
]


class TestFullTextSearch:
    """The section 'Full-Text Search'."""

    @pytest.fixture
    def articles(self, db: Database) -> Database:
        """Return a database with a few articles."""
        db.create_table("articles", ARTICLES)
        db.insert_many("articles", WRITTEN)
        return db

    @pytest.fixture
    def indexed(self, postgresql_schema: ScratchSchema) -> Iterator[Database]:
        """Return the articles on PostgreSQL, with the documented index."""
        address = {**postgresql_schema.params, "schema": postgresql_schema.name}
        with scitex.db.PostgreSQL(**address) as db:
            db.create_table("articles", ARTICLES)
            db.insert_many("articles", WRITTEN)
            db.execute("""
                CREATE INDEX idx_fts ON articles
                USING gin(to_tsvector('english', title || ' ' || content))
            """)
            yield db

    @pytest.mark.engine("postgresql")
    def test_the_engines_own_search(self, indexed: Database) -> None:
        """The documented statements make an index and find with it."""
        results = indexed.execute("""
            SELECT * FROM articles
            WHERE to_tsvector('english', title || ' ' || content)
            @@ plainto_tsquery('english', 'machine learning')
        """)

        assert sorted(row["id"] for row in results) == [1, 3]

    @pytest.mark.engine("postgresql")
    def test_the_index_is_in_nobodys_way(self, indexed: Database) -> None:
        """A table with the documented index is described, changed and searched as others are."""
        indexed.create_table("articles", ARTICLES)
        listed = indexed.list_indexes("articles")
        indexed.enable_search("articles", ["title", "content"])

        assert [column.name for column in indexed.get_columns("articles")] == list(ARTICLES)
        assert [index.name for index in listed] == ["idx_fts"]
        assert indexed.list_indexes("articles") == listed
        assert len(indexed.search("articles", "machine learning")) == 2
        indexed.disable_search("articles")

        assert indexed.get_search("articles") is None
        assert indexed.list_indexes("articles") == listed

    def test_the_portable_search(self, articles: Database) -> None:
        """The same is asked of any engine with `enable_search` and `search`."""
        articles.enable_search("articles", ["title", "content"])
        results = articles.search("articles", "machine learning")

        assert sorted(row["id"] for row in results) == [1, 3]


class TestBestPractices:
    """The section 'Best Practices', 1 and 2."""

    def test_a_with_block_closes(self, opened: OpenDatabase) -> None:
        """A database is closed at the end of its block, and what it stored stays."""
        with opened() as db:
            db.create_table("users", USERS)
            db.insert("users", {"name": "Alice"})
        with opened() as again:
            found = again.count("users")

        assert found == 1

    def test_closing_by_hand(self, opened: OpenDatabase) -> None:
        """A database is closed in a finally clause."""
        db = opened()
        try:
            db.create_table("users", USERS)
        finally:
            db.close()

        with pytest.raises(scitex.db.InterfaceError):
            db.count("users")

    def test_a_parameter_is_only_a_value(self, users: Database) -> None:
        """A value that comes from outside goes into params."""
        users.insert("users", {"name": "Alice"})
        user_id = 1
        results = users.select("users", where="id = ?", params=[user_id])

        assert [user["name"] for user in results] == ["Alice"]

    def test_a_hostile_parameter_is_only_a_value(self, users: Database) -> None:
        """A hostile value in params finds nothing and does nothing."""
        users.insert("users", {"name": "Alice"})
        results = users.select("users", where="name = ?", params=["' OR '1'='1"])

        assert (results, users.count("users")) == ([], 1)


@pytest.mark.engine("sqlite file")
class TestTroubleshooting:
    """The section 'Troubleshooting': a locked SQLite database."""

    def test_a_timeout_may_be_given(self) -> None:
        """``SQLite3("data.db", timeout=30)`` opens the database."""
        with scitex.db.SQLite3("data.db", timeout=30) as db:
            assert db.list_tables() == []

    def test_wal_may_be_asked_for(self) -> None:
        """``PRAGMA journal_mode=WAL`` runs, and says the mode."""
        with scitex.db.SQLite3("data.db", timeout=30) as db:
            rows = db.execute("PRAGMA journal_mode=WAL")

        assert rows == [{"journal_mode": "wal"}]

    def test_the_front_doors_are_public(self) -> None:
        """The classes of the examples are those that the package gives."""
        assert (scitex.db.SQLite3, scitex.db.PostgreSQL) == (SQLite3, PostgreSQL)

"""Laws about opening, closing and describing a database."""

from __future__ import annotations

import gc
import pickle
import sys
from collections.abc import Callable, Iterator

import pytest

import scitex.db
from scitex.db import Capability, Database
from scitex.db.domain.errors import ColumnNotFoundError, DuplicateKeyError, InterfaceError
from scitex.db.testing.contract.calls import EVERY_CALL
from scitex.db.testing.contract.ground import PEOPLE, Laws, OpenDb, needs

SQL_CALLS = {"execute", "query"}
CALLS = {name: call for name, call in EVERY_CALL.items() if name not in SQL_CALLS}


class LifecycleLaws(Laws):
    """What must hold from opening to closing."""

    def test_closing_twice_is_harmless(self, users: Database) -> None:
        """A database may be closed again and again."""
        assert [users.close() for _ in range(3)] == [None, None, None]  # type: ignore[func-returns-value]

    @pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
    def test_a_closed_database_says_so(
        self, users: Database, call: Callable[[Database], object]
    ) -> None:
        """Every call on a closed database says that it is closed."""
        users.close()

        with pytest.raises(InterfaceError, match="closed"):
            call(users)

    @pytest.mark.parametrize("call", ["execute", "query"])
    def test_a_closed_database_runs_no_sql(self, users: Database, call: str) -> None:
        """SQL on a closed database is refused, as everything else is."""
        with needs(users, Capability.SQL):
            getattr(users, call)("SELECT 1")
            users.close()

            with pytest.raises(InterfaceError, match="closed"):
                getattr(users, call)("SELECT 1")

    @pytest.mark.parametrize("stream", ["records", "frames"])
    def test_a_stream_that_is_left_behind_ends_quietly(
        self, db: Database, stream: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever stops in the middle of a table and closes hears of no error, then or later."""
        heard: list[object] = []
        monkeypatch.setattr(sys, "unraisablehook", heard.append)
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "REAL"})
        db.insert_many("t", [{"x": place / 2} for place in range(5_000)])
        chunks = db.to_dataframe("t", chunksize=10)
        some: Iterator[object] = db.iter_select("t") if stream == "records" else iter(chunks)
        next(some)
        db.close()
        del some, chunks
        gc.collect()

        assert heard == []

    def test_a_batch_that_closes_its_database_stores_nothing(
        self, users: Database, open_db: OpenDb
    ) -> None:
        """A batch in whose midst the database is closed says so, and nothing of it is stored."""

        def records() -> Iterator[dict[str, object]]:
            for number in range(5_000):
                if number == 3_000:
                    users.close()
                yield {"name": "x"}

        with needs(users, Capability.CONCURRENT):
            other = open_db()
            with pytest.raises(InterfaceError, match="the database is closed"):
                users.insert_many("users", records(), batch_size=1_000)

            assert other.select("users", order_by="id") == PEOPLE

    def test_with_gives_the_database_itself(self, db: Database) -> None:
        """A with block gives the database that it was given."""
        with db as given:
            pass

        assert given is db

    def test_with_closes(self, users: Database) -> None:
        """A database is closed at the end of its with block."""
        with users:
            pass

        with pytest.raises(InterfaceError):
            users.count("users")

    def test_with_is_no_transaction(self, users: Database, open_db: OpenDb) -> None:
        """What was stored in a with block stays, whatever leaves the block."""
        with needs(users, Capability.CONCURRENT):
            other = open_db()
            with pytest.raises(ZeroDivisionError), users:  # noqa: PT012
                users.insert("users", {"id": 5, "name": "Eve"})
                raise ZeroDivisionError

            assert other.count("users") == 5

    def test_records_outlive_their_connection(self, users: Database, open_db: OpenDb) -> None:
        """What was stored is there when the database is opened again."""
        with needs(users, Capability.DURABLE):
            users.close()

            assert open_db().select("users", order_by="id") == PEOPLE

    def test_another_connection_sees_a_new_table_at_once(
        self, users: Database, open_db: OpenDb
    ) -> None:
        """A table that another connection makes, changes or drops is seen so at once."""
        with needs(users, Capability.CONCURRENT):
            other = open_db()
            seen = [other.select("users", columns=["id"], where={"id": 1})]
            users.add_column("users", "n", "INTEGER DEFAULT 7")
            seen.append(other.select("users", columns=["n"], where={"id": 1}))
            users.drop_column("users", "n")
            users.add_column("users", "n", "TEXT DEFAULT 'x'")
            seen.append(other.select("users", columns=["n"], where={"n": "x"}, limit=1))
            users.drop_table("users")

            assert (seen, other.list_tables()) == ([[{"id": 1}], [{"n": 7}], [{"n": "x"}]], [])

    def test_another_connections_columns_are_seen_at_once(
        self, users: Database, open_db: OpenDb
    ) -> None:
        """A question that was asked before is answered with the columns that there are now."""
        with needs(users, Capability.CONCURRENT):
            other = open_db()
            seen = [list(other.select("users", limit=1)[0])]
            users.add_column("users", "n", "INTEGER DEFAULT 7")
            seen.append(list(other.select("users", limit=1)[0]))
            users.drop_column("users", "team")
            seen.append(list(other.select("users", limit=1)[0]))
            users.rename_column("users", "score", "points")
            seen.append([column.name for column in other.get_columns("users")])
            seen.append(list(next(iter(other.iter_select("users", limit=1)))))

            assert seen == [
                ["id", "name", "score", "team"],
                ["id", "name", "score", "team", "n"],
                ["id", "name", "score", "n"],
                ["id", "name", "points", "n"],
                ["id", "name", "points", "n"],
            ]

    def test_a_retyped_column_is_seen_at_once(self, db: Database, open_db: OpenDb) -> None:
        """A column that another connection makes with another type is written as that type."""
        with needs(db, Capability.CONCURRENT):
            other = open_db()
            db.create_table("t", {"x": "INTEGER"})
            other.insert("t", {"x": 1})
            db.drop_table("t")
            db.create_table("t", {"x": "TEXT"})
            other.insert("t", {"x": "text"})
            other.insert_many("t", [{"x": "more"}])

            assert other.select("t", order_by="x") == [{"x": "more"}, {"x": "text"}]

    def test_an_engine_says_its_name(self, db: Database) -> None:
        """A database says which engine keeps it."""
        assert db.engine in {"sqlite", "postgresql", "memory"}

    def test_capabilities_are_of_the_known_ones(self, db: Database) -> None:
        """What an engine can do is told in the words that are known."""
        assert db.capabilities <= set(Capability)

    def test_the_summary_tells_tables_records_and_columns(self, users: Database) -> None:
        """The summary names each table with the number of its records and its columns."""
        words = ["users", "4 records", "id INTEGER*", "name TEXT", "1 table", users.engine]

        assert [word for word in words if word not in users.summary] == []

    def test_the_summary_of_nothing_is_short(self, db: Database) -> None:
        """An empty database has a summary that says so."""
        assert "0 tables" in db.summary

    def test_calling_prints_and_returns_the_summary(
        self, users: Database, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Calling a database prints its summary and returns it."""
        returned = users()

        assert (capsys.readouterr().out, returned) == (returned + "\n", users.summary)

    def test_a_database_shows_itself(self, db: Database) -> None:
        """The repr of a database names its class."""
        assert repr(db).startswith(f"<{type(db).__name__} ")

    def test_errors_cross_processes(self, users: Database) -> None:
        """An error that an engine raised can be pickled and says the same again."""
        with pytest.raises(DuplicateKeyError) as caught:
            users.insert("users", {"id": 1, "name": "x"})
        again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes

        assert (type(again), str(again)) == (DuplicateKeyError, str(caught.value))

    def test_errors_are_the_packages_own(self, users: Database) -> None:
        """Whatever an engine raises is caught by the one base class."""
        with pytest.raises(scitex.db.Error):
            users.insert("users", {"id": 1, "name": "x"})

    def test_the_drivers_error_is_the_cause(self, users: Database) -> None:
        """Where a driver raised, its exception is the cause; the error stands for itself."""
        with needs(users, Capability.SQL):
            with pytest.raises(ColumnNotFoundError) as caught:
                users.execute("SELECT nonsense FROM users")

            assert isinstance(caught.value.__cause__, Exception)

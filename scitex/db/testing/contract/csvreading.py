"""Laws about reading CSV: its types, its keys, its odd lines."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest

from scitex.db import Database
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DuplicateKeyError,
    InterfaceError,
    SchemaError,
)
from scitex.db.testing.contract.csvfiles import read, record, written
from scitex.db.testing.contract.ground import PEOPLE, Laws, unsaid
from scitex.db.testing.contract.names import ODD


class CsvReadingLaws(Laws):
    """What must hold for reading CSV."""

    # ------------------------------------------------------------ reading a file in

    def test_an_import_gives_the_number_of_records(self, users: Database) -> None:
        """It returns how many were stored; columns come in any order, and some are left out."""
        assert read(users, "team,id,name\na,9,x\n,10,y\n") == 2
        assert record(users, 10) == {"id": 10, "name": "y", "score": None, "team": None}

    def test_numbers_are_given_where_the_file_has_none(self, db: Database) -> None:
        """A key that the file leaves out, or leaves empty, is given by the engine."""
        db.create_table("users", {"id": "INTEGER PRIMARY KEY", "name": "TEXT"})
        read(db, "name\na\nb\n")
        read(db, "id,name\n,c\n9,d\n")
        db.insert("users", {"name": "e"})

        assert [r["id"] for r in db.select("users", order_by="id")] == [1, 2, 3, 9, 10]

    def test_an_existing_tables_types_win(self, db: Database) -> None:
        """Text that looks like a number stays text where the column is text."""
        db.create_table("samples", {"zip": "TEXT", "x": "REAL", "n": "INTEGER"})
        read(db, "zip,x,n\n00123,1,5.0\n1e5,2e3,+7\n", "samples")

        assert db.select("samples") == [
            {"zip": "00123", "x": 1.0, "n": 5},
            {"zip": "1e5", "x": 2000.0, "n": 7},
        ]

    @pytest.mark.parametrize(
        ("texts", "word", "values"),
        [
            (["1", "-2", ""], "INTEGER", [1, -2, None]),
            (["9223372036854775807"], "INTEGER", [2**63 - 1]),
            (["9223372036854775808"], "TEXT", ["9223372036854775808"]),
            (["007", "1"], "TEXT", ["007", "1"]),
            (["1e5", "2e6"], "TEXT", ["1e5", "2e6"]),
            (["0123-4", "5"], "TEXT", ["0123-4", "5"]),
            (["1.5", "2", ""], "REAL", [1.5, 2.0, None]),
            (["1.5", "9007199254740993"], "TEXT", ["1.5", "9007199254740993"]),
            (["1.5e-07", "inf"], "REAL", [1.5e-7, float("inf")]),
            (["1_000"], "TEXT", ["1_000"]),
            (["true", "false"], "BOOLEAN", [True, False]),
            (["yes", "no"], "TEXT", ["yes", "no"]),
            (["0", "1"], "INTEGER", [0, 1]),
            (["2025-05-30"], "DATE", [dt.date(2025, 5, 30)]),
            (["2025-02-30"], "TEXT", ["2025-02-30"]),
            (["2025-05-30 14:00:00"], "TIMESTAMP", [dt.datetime(2025, 5, 30, 14)]),
            (["2025-05-30T14:00"], "TIMESTAMP", [dt.datetime(2025, 5, 30, 14)]),
            (
                ["2025-05-30T14:00:00Z"],
                "TIMESTAMPTZ",
                [dt.datetime(2025, 5, 30, 14, tzinfo=dt.UTC)],
            ),
            (["01/02/2025"], "TEXT", ["01/02/2025"]),
            (["NA", "1"], "TEXT", ["NA", "1"]),
            (['"1\n2"'], "TEXT", ["1\n2"]),
            (['"2025-05-30\n2025-05-31"'], "TEXT", ["2025-05-30\n2025-05-31"]),
            (["", ""], "TEXT", [None, None]),
            (["1"] * 600 + ["x"], "TEXT", ["1"] * 600 + ["x"]),
        ],
        ids=lambda given: str(given)[:40],
    )
    def test_types_are_told_by_the_whole_file(
        self, db: Database, texts: list[str], word: str, values: list[Any]
    ) -> None:
        """A column has a type only if every text is spelt so, and no text is changed by it."""
        read(db, "k,x\n" + "".join(f"a,{text}\n" for text in texts), "new")
        found = db.get_table("new").column("x").type.portable

        assert ([row["x"] for row in db.select("new")], found) == (values, word)

    def test_types_and_a_key_may_be_said(self, db: Database) -> None:
        """What the caller says of a new table's columns counts."""
        read(db, "id,zip,x\n1,123,1\n", "new", types={"zip": "TEXT", "x": "REAL"}, key="id")
        table = db.get_table("new")

        assert db.select("new") == [{"id": 1, "zip": "123", "x": 1.0}]
        assert (table.primary_key, table.column("id").nullable) == (("id",), False)

    def test_a_table_that_is_there_has_its_types(self, db: Database) -> None:
        """The same script may run twice; types that differ from the table's are refused."""
        for _ in range(2):
            read(db, "zip\n123\n", "new", types={"zip": "TEXT"})
        with pytest.raises(SchemaError, match="zip"):
            read(db, "zip\n123\n", "new", types={"zip": "INTEGER"})
        with pytest.raises(SchemaError, match="primary key"):
            read(db, "zip\n123\n", "new", key="zip")

        assert db.select("new") == [{"zip": "123"}] * 2

    def test_types_of_columns_that_are_not_there(self, db: Database) -> None:
        """A type of a column that the file does not have is refused."""
        with pytest.raises(ColumnNotFoundError, match="zipp"):
            read(db, "zip\n123\n", "new", types={"zipp": "TEXT"})
        with pytest.raises(InterfaceError):
            read(db, "zip\n123\n", "new", types="TEXT")

        assert db.list_tables() == []

    def test_several_texts_stand_for_missing_values(self, db: Database) -> None:
        """Each of the texts that are named means NULL, unless it is quoted."""
        read(db, 'a,b\n1,NA\n,x\nNA,"NA"\n', "new", null=["", "NA"])

        assert db.select("new") == [
            {"a": 1, "b": None},
            {"a": None, "b": "x"},
            {"a": None, "b": "NA"},
        ]

    def test_keys_that_meet(self, users: Database) -> None:
        """Records with the key of one that is there are refused, left out, or change it."""
        text = "id,name\n8,x\n1,y\n"
        with pytest.raises(DuplicateKeyError) as caught:
            read(users, text)
        assert not unsaid(caught.value, "line 3")
        assert users.count("users") == len(PEOPLE)

        assert read(users, text, on_conflict="ignore") == 1
        assert read(users, text, on_conflict="update") == 2
        assert (record(users, 1)["name"], record(users, 1)["score"]) == ("y", 85.5)

    @pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("last", [True, False])
    def test_lines_end_in_every_way(self, users: Database, ends: str, last: bool) -> None:
        """Files of every system are read, with a last line that ends or does not."""
        text = ends.join(["id,name", '9,"a', 'b"', "10,c"]) + (ends if last else "")
        read(users, text)

        assert users.select("users", columns="name", where="id > 8", order_by="id") == [
            {"name": f"a{ends}b"},
            {"name": "c"},
        ]

    def test_marked_utf8_and_blank_lines(self, users: Database) -> None:
        """A byte order mark is no part of the first name, and blank lines are no records."""
        data = "\ufeff\nid,name\n\n9,x\n\n\n10,y\n\n".encode()

        assert users.import_from_csv("users", io.BytesIO(data)) == 2

    def test_one_column_of_missing_values(self, db: Database) -> None:
        """In a table of one column, an empty line is a record."""
        db.create_table("one", {"x": "TEXT"})
        values = ["a", None, "", None]
        db.insert_many("one", [{"x": value} for value in values])
        text = written(db, "one")
        read(db, text, "again")

        assert text == 'x\na\n\n""\n\n'
        assert [row["x"] for row in db.select("again")] == values

    def test_names_instead_of_a_header(self, users: Database) -> None:
        """Names may be given for a file without a header, or in place of those it has."""
        read(users, "9,x\n", header=False, names=["id", "name"])
        read(users, "Key,Full name\n10,y\n", names=["id", "name"])
        with pytest.raises(SchemaError, match="names="):
            read(users, "a,b,c\n11,y,z\n", names=["id", "name"])
        with pytest.raises(InterfaceError, match="names"):
            read(users, "9,x\n", header=False)

        assert users.count("users", where="id > 8") == 2

    def test_odd_names_come_back(self, db: Database) -> None:
        """Whatever a column is called, its values find it again."""
        columns = dict.fromkeys(ODD, "INTEGER")
        db.create_table("odd", columns)
        db.insert("odd", {name: place for place, name in enumerate(ODD)})
        text = written(db, "odd")
        read(db, text, "again")

        assert db.select("again") == db.select("odd")

    def test_progress_is_told_of_files(self, users: Database) -> None:
        """A function is told how many records were written or stored."""
        told: list[int] = []
        users.export_to_csv("users", io.BytesIO(), progress=lambda done, _total: told.append(done))
        read(users, "id,name\n9,x\n", progress=lambda done, _total: told.append(done))

        assert told == [4, 1]

"""Laws about CSV: what is written is read as it was, or a line is named and nothing is kept."""

from __future__ import annotations

import codecs
import datetime as dt
import gzip
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db import ALL_ROWS, Database, TableNotFoundError
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    DuplicateKeyError,
    InterfaceError,
    NotNullError,
    SchemaError,
)
from scitex.db.testing.contract.frames import FULL, KINDS
from scitex.db.testing.contract.ground import DRAWN, PEOPLE, Laws, undone, unsaid
from scitex.db.testing.contract.names import ODD
from scitex.db.testing.contract.values import RECORDS

WRITTEN = """\
id,i,r,n,b,s,y,ts,tz,d,t,v,u,j
1,9007199254740993,0.1,2.5,true,naïve 日本,\\x00ff,2025-05-30 01:02:03.000004,\
2025-05-30 00:00:00+00,1582-10-04,01:02:03.000005,-P0DT86399.999995S,\
00000000-0000-0000-0000-000000000005,"{""a"": [1, null]}"
2,,,,,,,,,,,,,
3,,,,,"""
NASTY = [
    "",
    " ",
    '"',
    '""',
    ",",
    "\n",
    "\r",
    "\r\n",
    "a,b",
    'say "hi"',
    "two\nlines",
    "\\.",
    "\\N",
    "NULL",
    "NA",
    "nan",
    "None",
    "'",
    "''",
    "007",
    "1e5",
    "0x1F",
    "=cmd()",
    "-1+1",
    "@SUM(1)",
    "\t",
    "\x01\x1f\x7f",
    "\v\f\x1c\x85\u2028",
    "\ufeffmark",
    "trailing ",
    " leading",
    "naïve 日本 😀 \u0301",
    ";",
    "|",
    "#comment",
    "x" * 300_000,
]
FLOATS = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, 1e15, 1.5e15, 9e15, 1e16, 1e22, 123456789.0]
FLOATS += [1e-5, 0.0001, 2.0, float("inf"), 2.0**53]
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


def read(db: Database, text: str, table: str = "users", **asked: Any) -> int:
    """Import CSV that is a text."""
    return db.import_from_csv(table, io.StringIO(text, newline=""), **asked)


def written(db: Database, table: str = "users", **asked: Any) -> str:
    """Export a table, and return the CSV."""
    file = io.BytesIO()
    db.export_to_csv(table, file, **asked)
    return file.getvalue().decode()


def gone(db: Database, table: str) -> None:
    """Drop a table where it is there."""
    if db.table_exists(table):
        db.drop_table(table)


def record(db: Database, key: int) -> dict[str, Any]:
    """Return the record with a key."""
    (found,) = db.select("users", where={"id": key})
    return found


class CsvLaws(Laws):
    """What must hold for CSV files."""

    # ------------------------------------------------------------------ round trips

    def test_every_engine_writes_the_same_bytes(self, db: Database) -> None:
        """A file tells nothing of the engine that wrote it."""
        db.create_table("kinds", KINDS)
        db.insert_many("kinds", [FULL, {}, {**dict.fromkeys(FULL), "s": ""}])
        found = written(db, "kinds", order_by="id")

        assert found == WRITTEN + '"",,,,,,,,\n'

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("null", ["", "NA", "\\N"])
    def test_nasty_texts_come_back(self, db: Database, delimiter: str, null: str) -> None:
        """Quotes, line breaks, what looks like NULL, and long texts are the same afterwards."""
        db.create_table("texts", {"id": "INTEGER PRIMARY KEY", "a": "TEXT", "b": "TEXT"})
        db.insert_many("texts", [{"a": text, "b": None} for text in NASTY])
        before = db.select("texts", order_by="id")
        file = io.BytesIO()
        db.export_to_csv("texts", file, delimiter=delimiter, null=null)
        db.delete("texts", where=ALL_ROWS)
        file.seek(0)
        db.import_from_csv("texts", file, delimiter=delimiter, null=null)

        assert db.select("texts", order_by="id") == before

    def test_floats_come_back_bit_for_bit(self, db: Database) -> None:
        """A float is the same afterwards, whatever its size."""
        db.create_table("floats", {"id": "INTEGER PRIMARY KEY", "x": "REAL"})
        db.insert_many("floats", [{"x": value} for value in [*FLOATS, *(-x for x in FLOATS)]])
        before = db.select("floats", order_by="id")
        text = written(db, "floats", order_by="id")
        db.create_table("again", {"id": "INTEGER PRIMARY KEY", "x": "REAL"})
        read(db, text, "again")

        assert db.select("again", order_by="id") == before
        assert written(db, "again", order_by="id") == text

    @DRAWN
    @given(RECORDS)
    def test_any_records_come_back(self, db: Database, records: list[dict[str, Any]]) -> None:
        """What a table keeps goes through CSV and is the same in a table like it."""
        for table in ("kinds", "again"):
            gone(db, table)
            db.create_table(table, KINDS)
        db.insert_many("kinds", records)
        read(db, written(db, "kinds"), "again")

        assert db.select("again", order_by="id") == db.select("kinds", order_by="id")

    @DRAWN
    @given(st.lists(st.tuples(TEXTS | st.none(), TEXTS), min_size=1, max_size=8))
    def test_any_texts_come_back_into_a_new_table(
        self, db: Database, texts: list[tuple[str | None, str]]
    ) -> None:
        """Text that goes out and in again is text, with missing values told from empty ones."""
        gone(db, "texts")
        gone(db, "again")
        db.create_table("texts", {"a": "TEXT", "b": "TEXT"})
        db.insert_many("texts", [{"a": a, "b": b} for a, b in texts])
        read(db, written(db, "texts"), "again", types={"a": "TEXT", "b": "TEXT"})

        assert [tuple(row.values()) for row in db.select("again")] == texts

    def test_what_was_written_is_read_as_it_was(self, db: Database) -> None:
        """A new table made of an exported file has the types and values of the old one."""
        db.create_table("old", {k: v for k, v in KINDS.items() if k in {"i", "r", "b", "s", "d"}})
        db.insert_many("old", [{k: FULL[k] for k in ("i", "r", "b", "s", "d")}, {"s": ""}, {}])
        read(db, written(db, "old"), "new")

        assert db.select("new") == db.select("old")

    # --------------------------------------------------------------------- exporting

    def test_export_gives_the_number_of_records(self, users: Database) -> None:
        """It returns how many records were written."""
        assert users.export_to_csv("users", io.BytesIO()) == len(PEOPLE)
        assert users.export_to_csv("users", io.BytesIO(), where={"team": "a"}) == 2

    def test_select_arguments_count_for_files(self, users: Database) -> None:
        """Columns, a condition, an order and a limit choose what is written."""
        text = written(
            users,
            columns=["name", "score"],
            where="score > ?",
            params=[70],
            order_by="score DESC",
            limit=2,
        )

        assert text == "name,score\ndave,91.0\nAlice,85.5\n"

    def test_no_records_are_a_header(self, users: Database) -> None:
        """A table without records is a file with one line; it can be read again."""
        text = written(users, where={"id": 99})

        assert text == "id,name,score,team\n"
        assert read(users, text) == 0

    def test_the_header_may_be_left_out(self, users: Database) -> None:
        """Without a header there are only records, also where the engine writes them itself."""
        text = written(users, header=False, columns=["id", "team"], order_by="id")

        assert text == "1,a\n2,b\n3,a\n4,\n"
        assert written(users, header=False, where={"id": 99}) == ""

    def test_formulas_are_escaped_where_asked_for(self, db: Database) -> None:
        """Texts that a spreadsheet would run get an apostrophe, numbers never."""
        db.create_table("cells", {"a": "TEXT", "n": "REAL"})
        db.insert_many("cells", [{"a": "=cmd()", "n": -1.5}, {"a": "a=b", "n": 1.0}])

        assert written(db, "cells") == "a,n\n=cmd(),-1.5\na=b,1.0\n"
        assert written(db, "cells", escape_formulas=True) == "a,n\n'=cmd(),-1.5\na=b,1.0\n"

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252", "latin-1"])
    def test_other_encodings_are_written_and_read(self, users: Database, encoding: str) -> None:
        """Spreadsheets and old programs get what they read."""
        users.update("users", {"name": "Zoë"}, where={"id": 1})
        before = users.select("users", order_by="id")
        file = io.BytesIO()
        users.export_to_csv("users", file, encoding=encoding)
        users.drop_table("users")
        file.seek(0)
        users.import_from_csv("users", file, encoding=encoding, key="id")

        assert file.getvalue().decode(encoding).startswith("id,name")
        assert users.select("users", order_by="id") == before

    def test_a_character_that_an_encoding_lacks_is_told(
        self, users: Database, tmp_path: Path
    ) -> None:
        """It is not replaced; the file that was there stays."""
        (tmp_path / "here").mkdir()
        path = tmp_path / "here" / "users.csv"
        path.write_text("old")
        users.update("users", {"name": "日本"}, where={"id": 3})
        with pytest.raises(DataError) as caught:
            users.export_to_csv("users", path, encoding="cp1252")

        assert not unsaid(caught.value, "日", "cp1252")
        assert path.read_text() == "old"
        assert list(path.parent.iterdir()) == [path]
        assert users.count("users") == len(PEOPLE)

    def test_a_failing_export_leaves_the_file(self, users: Database, tmp_path: Path) -> None:
        """What was there before is there still, and nothing is beside it."""
        (tmp_path / "here").mkdir()
        path = tmp_path / "here" / "users.csv"
        path.write_text("old")
        with pytest.raises(TableNotFoundError):
            users.export_to_csv("nobody", path)
        with pytest.raises(ColumnNotFoundError):
            users.export_to_csv("users", path, columns=["age"])

        assert (path.read_text(), list(path.parent.iterdir())) == ("old", [path])

    def test_a_file_that_cannot_be_written_is_told(self, users: Database, tmp_path: Path) -> None:
        """The system's error names the path, and the database goes on."""
        with pytest.raises(FileNotFoundError, match="nowhere"):
            users.export_to_csv("users", tmp_path / "nowhere" / "users.csv")

        assert users.count("users") == len(PEOPLE)

    def test_a_write_that_fails_is_told(self, users: Database) -> None:
        """A full disk ends the export with the system's error, and the database goes on."""

        class Full(io.RawIOBase):
            def writable(self) -> bool:
                return True

            def write(self, data: Any, /) -> int:
                raise OSError(28, "No space left on device")

        with pytest.raises(OSError, match="No space left"):
            users.export_to_csv("users", Full())  # type: ignore[arg-type]  # as files go

        assert users.count("users") == len(PEOPLE)

    @pytest.mark.parametrize(
        "arguments",
        [
            {"delimiter": ""},
            {"delimiter": ",,"},
            {"delimiter": '"'},
            {"delimiter": "\n"},
            {"null": "a,b"},
            {"null": '"'},
            {"null": "a\nb"},
            {"encoding": "klingon"},
            {"progress": "yes"},
        ],
        ids=str,
    )
    def test_arguments_are_checked_first(
        self, users: Database, tmp_path: Path, arguments: dict[str, Any]
    ) -> None:
        """What cannot be meant is refused before a file is made or read."""
        path = tmp_path / "users.csv"
        with pytest.raises(InterfaceError):
            users.export_to_csv("users", path, **arguments)
        assert not path.exists()
        path.write_text("id,name\n9,x\n")
        with pytest.raises(InterfaceError):
            users.import_from_csv("users", path, **arguments)
        assert users.count("users") == len(PEOPLE)

    @pytest.mark.parametrize("path", ["", " ", "a\0b", None, 5, b"users.csv"])
    def test_what_is_no_place_is_refused(self, users: Database, path: Any) -> None:
        """A path is a text or a path, and not empty."""
        with pytest.raises(InterfaceError):
            users.export_to_csv("users", path)
        with pytest.raises(InterfaceError):
            users.import_from_csv("users", path)

    # ------------------------------------------------------------------------ places

    @pytest.mark.parametrize("ending", ["csv", "csv.gz", "csv.zst", "CSV.GZ"])
    def test_a_path_says_how_it_is_compressed(
        self, users: Database, tmp_path: Path, ending: str
    ) -> None:
        """What the ending says is done in both directions."""
        path = tmp_path / f"users.{ending}"
        before = users.select("users", order_by="id")
        users.export_to_csv("users", path)
        head = path.read_bytes()[:2]
        users.drop_table("users")
        users.import_from_csv("users", path, key="id")

        assert users.select("users", order_by="id") == before
        assert head == {"csv": b"id", "zst": b"\x28\xb5"}.get(ending[-3:], b"\x1f\x8b")

    def test_a_file_of_text_is_written_and_read(self, users: Database) -> None:
        """A file that is open for text takes and gives text, whatever its encoding."""
        file = io.StringIO()
        users.export_to_csv("users", file, columns=["name"], order_by="id")

        assert file.getvalue() == "name\nAlice\nBob\nCarol\ndave\n"
        assert read(users, "id,name\n9,Zoë\n", encoding="cp1252") == 1
        assert record(users, 9)["name"] == "Zoë"

    def test_a_file_that_cannot_go_back_is_read(self, db: Database) -> None:
        """A pipe is read once, also where the types are told by the whole file."""

        class Pipe(io.RawIOBase):
            def __init__(self, data: bytes) -> None:
                self._left = io.BytesIO(data)

            def readable(self) -> bool:
                return True

            def readinto(self, into: Any, /) -> int:
                return self._left.readinto(memoryview(into)[:7])

        pipe = io.BufferedReader(Pipe(b"a,b\n" + b"1,x\n" * 1000))

        assert db.import_from_csv("new", pipe) == 1000
        assert db.select("new", limit=1) == [{"a": 1, "b": "x"}]

    def test_a_dash_is_the_standard_streams(
        self, users: Database, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        """``-`` writes to standard output."""
        users.export_to_csv("users", "-", columns="id", order_by="id")

        assert capfdbinary.readouterr().out == b"id\n1\n2\n3\n4\n"

    def test_what_the_caller_opened_stays_open(self, users: Database, tmp_path: Path) -> None:
        """A file is written from where it is, and more can be written afterwards."""
        path = tmp_path / "two.csv"
        with path.open("wb") as file:
            file.write(b"# people\n")
            users.export_to_csv("users", file, columns=["id"], where={"id": 1})
            file.write(b"end\n")

        assert path.read_bytes() == b"# people\nid\n1\nend\n"

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

    # --------------------------------------------------------------- what is no CSV

    @pytest.mark.parametrize(
        ("text", "error", "words"),
        [
            ("", DataError, ["empty"]),
            ("\n\n", DataError, ["empty"]),
            ("id,name,name\n1,a,b\n", SchemaError, ["'name'", "twice"]),
            ("id,,name\n1,a,b\n", SchemaError, ["column 2"]),
            ("id,nam\n9,a\n", ColumnNotFoundError, ["'nam'", "name"]),
            ("id;name\n9;a\n", ColumnNotFoundError, ["';'"]),
            ("id,name\n9,a\n10\n", DataError, ["line 3", "1 field", "id, name"]),
            ("id,name\n9,a\n10,b,c\n", DataError, ["line 3", "3 fields"]),
            ('id,name\n9,a\n10,"b\n11,c\n', DataError, ["line 3", "does not end"]),
            ('id,name\n9,a\n10,"b"c\n', DataError, ["line 3", "follows"]),
            ('id,name\n9,"a\nb"\nten,b\n', DataError, ["line 4", "'id'", "'ten'", "INT"]),
            ("id,name\n\n9,a\n\nten,b\n", DataError, ["line 5", "'ten'"]),
            ("id,name,score\n9,a,x\n", DataError, ["line 2", "'score'", "'x'"]),
            ("id,name,score\n9,a,1e999\n", DataError, ["line 2", "'score'", "'1e999'"]),
            ("id,name,score\n9,a,1_0\n", DataError, ["line 2", "'1_0'"]),
            ("id,name\n9,a\n10,b\0c\n", DataError, ["line 3", "NUL", "'name'"]),
            ("id,name\n9,a\n10,\n", NotNullError, ["line 3", "name"]),
            ("id,name\n9.5,a\n", DataError, ["line 2", "9.5"]),
            ("id,name\n9223372036854775808,a\n", DataError, ["line 2", "9223372036854775808"]),
        ],
        ids=lambda given: repr(given)[:40],
    )
    def test_the_line_is_named_and_nothing_is_kept(
        self, users: Database, text: str, error: type[Exception], words: list[str]
    ) -> None:
        """A file that is not right is refused whole, with what is wrong and where."""
        with pytest.raises(error) as caught:
            read(users, text)

        assert not unsaid(caught.value, *words)
        assert users.count("users") == len(PEOPLE)

    @pytest.mark.parametrize("there", [True, False], ids=["a table", "no table"])
    def test_the_last_of_many_lines_is_bad(self, db: Database, there: bool) -> None:
        """The last line of thousands undoes the whole, and is told by its number."""
        if there:
            db.create_table("new", {"id": "INTEGER PRIMARY KEY", "x": "DATE"})
        lines = ["id,x", *(f"{n},2025-01-01" for n in range(45_000)), "44999,2025-01-01"]
        with pytest.raises(DuplicateKeyError) as caught:
            read(db, "\n".join(lines), "new", key=() if there else "id")

        assert not unsaid(caught.value, "line 45002")
        assert db.list_tables() == (["new"] if there else [])
        assert not there or db.count("new") == 0

    def test_a_bad_day_is_told_by_its_line(self, db: Database) -> None:
        """What the engine refuses is told by its line too, thousands of lines in."""
        db.create_table("days", {"id": "INTEGER PRIMARY KEY", "day": "DATE"})
        lines = ["id,day", *(f"{n},2025-01-01" for n in range(25_000)), "25000,2025-02-30"]
        with pytest.raises(DataError) as caught:
            read(db, "\n".join(lines), "days")

        assert not unsaid(caught.value, "line 25002", "'2025-02-30'", "day")

    @pytest.mark.parametrize("there", [True, False], ids=["a table", "no table"])
    def test_bytes_that_are_no_text_are_told(self, db: Database, there: bool) -> None:
        """A file in another encoding is refused, and the line is told."""
        if there:
            db.create_table("new", {"a": "TEXT"})
        data = b"a\n" + b"fine\n" * 3000 + b"Zo\xeb\n"
        with pytest.raises(DataError) as caught:
            db.import_from_csv("new", io.BytesIO(data))

        assert not unsaid(caught.value, "line 3002", "utf-8", "cp1252")
        assert db.list_tables() == (["new"] if there else [])

    @pytest.mark.parametrize("there", [True, False], ids=["a table", "no table"])
    def test_a_text_file_that_was_opened_wrongly_is_told(
        self, db: Database, tmp_path: Path, there: bool
    ) -> None:
        """A file that is open for text in another encoding than its own is refused."""
        if there:
            db.create_table("new", {"a": "TEXT"})
        path = tmp_path / "x.csv"
        path.write_bytes("a\nZoë\n".encode())
        with path.open(encoding="ascii") as file, pytest.raises(DataError) as caught:
            db.import_from_csv("new", file)

        assert not unsaid(caught.value, "ascii", "encoding")
        assert db.list_tables() == (["new"] if there else [])

    def test_a_file_that_is_not_there(self, users: Database, tmp_path: Path) -> None:
        """The system's error names the path."""
        with pytest.raises(FileNotFoundError, match="nowhere"):
            users.import_from_csv("users", tmp_path / "nowhere.csv")

    def test_a_torn_archive_is_told(self, users: Database, tmp_path: Path) -> None:
        """A compressed file that ends too soon is refused, and nothing of it is kept."""
        path = tmp_path / "users.csv.gz"
        lines = [f"{n},name {n * n}" for n in range(10, 20_000)]
        path.write_bytes(gzip.compress("\n".join(["id,name", *lines]).encode())[:-2000])
        with pytest.raises(DataError, match=r"users\.csv\.gz"):
            users.import_from_csv("users", path)

        assert users.count("users") == len(PEOPLE)

    def test_an_import_inside_a_transaction_is_undone_with_it(self, users: Database) -> None:
        """What a block imports goes when the block fails."""
        with undone(users):
            read(users, "id,name\n9,x\n")
            read(users, "a,b\n1,2\n", "new")

        assert (users.count("users"), users.list_tables()) == (len(PEOPLE), ["users"])

    def test_an_export_inside_a_transaction_sees_it(self, users: Database) -> None:
        """What a block has written is in the file that it exports."""
        with undone(users):
            users.insert("users", {"id": 9, "name": "new"})
            text = written(users, columns="name", where={"id": 9})

        assert text == "name\nnew\n"

    # -------------------------------------------------------------- the user's lines

    def test_stray_quotes_are_text(self, db: Database) -> None:
        """A quote inside a field without quotes is part of the text."""
        lines = [f'{n},5" pipe' for n in range(1, 1200)]
        read(db, "\n".join(["n,x", *lines]) + "\n", "new")

        assert [row["x"] for row in db.select("new")] == ['5" pipe'] * 1199

    @pytest.mark.parametrize(
        "lines",
        [
            ['5" pipe,first', '6" pipe,second'],
            ['a"b"c,x'],
            [' "z",x'],
            ["\\.,x"],
        ],
        ids=str,
    )
    def test_odd_quotes_mean_one_thing(self, db: Database, lines: list[str]) -> None:
        """What is no quoted field is text as it stands, among many records too."""
        read(db, "\n".join(["a,b", *["x,y"] * 9, *lines]) + "\n", "new")
        odd = db.select("new", where="a <> ?", params=["x"])

        assert [f"{row['a']},{row['b']}" for row in odd] == lines

    @pytest.mark.parametrize(
        ("delimiter", "null"),
        [
            *((delimiter, "") for delimiter in " :-.1e"),
            *(
                (",", null)
                for null in ("0", "-5", "1.5", "2025-05-30 14:00:00", "01:02:03", "true")
            ),
        ],
        ids=str,
    )
    def test_nothing_is_taken_for_a_delimiter_or_for_null(
        self, db: Database, delimiter: str, null: str
    ) -> None:
        """Numbers and moments are quoted where they would be taken for something else."""
        columns = {"i": "INTEGER", "r": "REAL", "ts": "TIMESTAMP", "tz": "TIMESTAMPTZ"}
        columns |= {"t": "TIME", "b": "BOOLEAN", "n": "NUMERIC", "j": "JSON", "v": "INTERVAL"}
        noon = dt.datetime(2025, 5, 30, 14)
        record = {"i": 0, "r": 1.5, "ts": noon, "tz": noon.replace(tzinfo=dt.UTC), "b": True}
        record |= {"t": dt.time(1, 2, 3), "n": 1, "j": {"a": 1}, "v": dt.timedelta(1)}
        for table, kept in (("few", list(columns)[:6]), ("all", list(columns))):
            db.create_table(table, {name: columns[name] for name in kept})
            db.insert_many(table, [{k: record[k] for k in kept}, {"i": -5, "r": 0.0}, {}])
            before = db.select(table)
            text = written(db, table, delimiter=delimiter, null=null)
            db.delete(table, where=ALL_ROWS)
            read(db, text, table, delimiter=delimiter, null=null)

            assert db.select(table) == before

    @pytest.mark.parametrize("text", ["", "\\.", "NA", "x"])
    def test_one_column_alone_comes_back(self, db: Database, text: str) -> None:
        """In a table of one column, nothing is taken for a blank line, NULL or an end."""
        db.create_table("one", {"x": "TEXT"})
        db.insert_many("one", [{"x": text}, {"x": None}] * 4)
        before = db.select("one")
        for null in ("", "NA"):
            found = written(db, "one", null=null)
            db.delete("one", where=ALL_ROWS)
            read(db, found, "one", null=null)

            assert db.select("one") == before

    @pytest.mark.parametrize(
        ("word", "text"),
        [
            ("TIMESTAMP", "2025-05-30 24:00:00"),
            ("TIMESTAMPTZ", "0001-01-01 00:00:00+05:00"),
            ("TIMESTAMPTZ", "9999-12-31 23:59:59-05:00"),
            ("DATE", "0000-01-01"),
            ("INTEGER", "1e99999999"),
            ("INTEGER", "9" * 5000),
            ("NUMERIC", "1e9999999"),
            ("INTERVAL", "-"),
        ],
    )
    def test_values_that_no_engine_keeps_alike_are_refused(
        self, db: Database, word: str, text: str
    ) -> None:
        """Their line is told, also among many."""
        db.create_table("new", {"x": word, "n": "INTEGER"})
        with pytest.raises(DataError, match="line 9"):
            read(db, "x,n\n" + ",1\n" * 7 + f"{text},1\n", "new")

        assert db.count("new") == 0

    def test_a_key_without_a_value_is_refused(self, db: Database) -> None:
        """No key is made up in a new table for a record that has none."""
        with pytest.raises(NotNullError, match="line 3") as caught:
            read(db, "a,b\n1,2\n,3\n", "new", key="a")

        assert not unsaid(caught.value, "'a'")
        assert db.list_tables() == []

    def test_one_key_may_be_spelt_in_two_ways(self, db: Database) -> None:
        """Records that change one another are found by what their key means."""
        db.create_table("new", {"at": "TIMESTAMP PRIMARY KEY", "n": "INTEGER"})
        lines = [f"2025-01-01{mark}00:00:00,{n}" for n in range(4) for mark in " T"]
        read(db, "\n".join(["at,n", *lines]), "new", on_conflict="update")

        assert db.select("new") == [{"at": dt.datetime(2025, 1, 1), "n": 3}]

    @pytest.mark.parametrize("kind", ["named", "spooled", "codecs", "read only"])
    def test_whatever_reads_or_writes_is_a_file(
        self, users: Database, tmp_path: Path, kind: str
    ) -> None:
        """Whatever the standard library makes is taken for what it is: of text or of bytes."""

        class Reader:
            def __init__(self, data: bytes) -> None:
                self.read = io.BytesIO(data).read

        before = users.select("users", order_by="id")
        makers: dict[str, Any] = {
            "named": lambda: tempfile.NamedTemporaryFile("w+", dir=tmp_path),  # noqa: SIM115 - below
            "spooled": lambda: tempfile.SpooledTemporaryFile(mode="w+"),  # noqa: SIM115 - below
            "codecs": lambda: codecs.open(str(tmp_path / "x.csv"), "w+", "utf-8"),  # noqa: SIM115 - below
            "read only": io.BytesIO,
        }
        with makers[kind]() as file:
            users.export_to_csv("users", file)
            file.seek(0)
            given = Reader(file.read()) if kind == "read only" else file
            users.drop_table("users")
            users.import_from_csv("users", given, key="id")  # type: ignore[arg-type]  # is a file

        assert users.select("users", order_by="id") == before

    def test_a_writer_that_takes_little_gets_all(self, users: Database) -> None:
        """What is written is written whole, however little a file takes at a time."""

        class Narrow(io.RawIOBase):
            data = b""

            def writable(self) -> bool:
                return True

            def write(self, data: Any, /) -> int:
                self.data += bytes(data)[:7]
                return min(7, len(data))

        file = Narrow()
        users.export_to_csv("users", file, order_by="id")  # type: ignore[arg-type]  # as files go

        assert file.data.decode() == written(users, order_by="id")

    def test_long_records_are_told_by_their_line(self, db: Database) -> None:
        """A record's line is known however many lines the records before it have."""
        db.create_table("days", {"day": "DATE", "x": "TEXT"})
        long = "\n".join(["x"] * 40)
        text = "day,x\n" + f'2025-01-01,"{long}"\n' * 3000 + "2025-02-30,x\n"
        with pytest.raises(DataError, match="line 120002"):
            read(db, text, "days")

    def test_records_of_many_lines(self, db: Database) -> None:
        """Quoted fields that span more lines than are read at a time are whole."""
        long = "\n".join(map(str, range(3000)))
        read(db, f'n,x\n1,"{long}"\n2,"a ""b"" c"\n3,""\n', "new")

        assert [row["x"] for row in db.select("new")] == [long, 'a "b" c', ""]

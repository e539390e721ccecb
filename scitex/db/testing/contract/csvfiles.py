"""Laws about CSV: what is written is read as it was."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db import ALL_ROWS, Database, TableNotFoundError
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    InterfaceError,
)
from scitex.db.testing.contract.frames import FULL, KINDS
from scitex.db.testing.contract.ground import DRAWN, PEOPLE, Laws, unsaid
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
    """What must hold for writing CSV, and for where it is."""

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

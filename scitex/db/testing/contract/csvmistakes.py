"""Laws about what is no CSV: a line is named, and nothing is kept."""

from __future__ import annotations

import codecs
import datetime as dt
import gzip
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest

from scitex.db import ALL_ROWS, Capability, Database
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    DuplicateKeyError,
    NotNullError,
    SchemaError,
)
from scitex.db.testing.contract.csvfiles import read, written
from scitex.db.testing.contract.ground import PEOPLE, Laws, needs, undone, unsaid


class CsvMistakeLaws(Laws):
    """What must hold for files that somebody got wrong."""

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

    def test_a_view_that_takes_nothing_is_no_new_table(self, users: Database) -> None:
        """A file for a view that keeps no records of its own is refused as that."""
        with needs(users, Capability.SQL):
            users.execute("CREATE VIEW seen AS SELECT max(id) AS id, max(name) AS name FROM users")
            with pytest.raises(SchemaError, match=r"'seen' is a view(.|\n)*hint: name the table"):
                read(users, "id,name\n9,x\n", "seen")

            assert users.count("users") == len(PEOPLE)

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

"""Laws about what is searched: it follows every change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scitex.db import Capability, Database, SearchSpec, col
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    InterfaceError,
    ProgrammingError,
    SchemaError,
    TableNotFoundError,
)
from scitex.db.testing.contract.ground import OpenDb, ids, needs, undone
from scitex.db.testing.contract.searchground import PAPERS, STORED, SearchGround


class SearchChangeLaws(SearchGround):
    """What must hold for what is searched while it changes."""

    # ------------------------------------------------------------------ it follows changes

    @pytest.mark.parametrize(
        "keys",
        [
            ({"id": "INTEGER PRIMARY KEY"}, ()),
            ({"id": "INTEGER PRIMARY KEY AUTOINCREMENT"}, ()),
            ({"id": "TEXT PRIMARY KEY"}, ()),
            ({"id": "REAL PRIMARY KEY"}, ()),
            ({"id": "INTEGER", "part": "TEXT"}, ("id", "part")),
        ],
        ids=lambda keys: keys[0]["id"] + str(len(keys[1])),
    )
    def test_the_index_follows_every_change(self, db: Database, keys: Any) -> None:
        """Whatever the key, and however records are changed, what they say is what is found."""
        columns, primary_key = keys
        db.create_table("t", {**columns, "x": "TEXT", "n": "INTEGER"}, primary_key=primary_key)
        key: list[Any] = [1, 2, 3, 4] if columns["id"].startswith("INT") else ["1", "2", "3", "4"]
        key = [float(each) for each in key] if columns["id"].startswith("REAL") else key
        part = {"part": "p"} if primary_key else {}

        def found(text: str) -> list[int]:
            return sorted(int(id) for id in ids(db.search("t", text)))

        db.insert("t", {"id": key[0], "x": "one old", **part})
        db.enable_search("t", "x")
        db.insert("t", {"id": key[1], "x": "two old", **part})
        db.insert_many("t", [{"id": each, "x": "many old", **part} for each in key[2:]])
        told = [found("old"), found("many")]
        db.update("t", {"x": "one new"}, where={"id": key[0]})
        db.insert("t", {"id": key[1], "x": "two new", **part}, on_conflict="update")
        db.insert("t", {"id": key[2], "x": "three ignored", **part}, on_conflict="ignore")
        told += [found("old"), found("new"), found("ignored")]
        changes = [{"id": key[2], "x": "third new", **part}, {"id": key[3], "n": 5, **part}]
        db.update_many("t", changes)
        told += [found("old"), found("new"), found("many")]
        db.insert_many(
            "t", [{"id": each, "x": "last", **part} for each in key[:2]], on_conflict="update"
        )
        told += [found("new"), found("last")]
        db.delete("t", where={"id": key[0]})
        told += [found("last")]
        db.update("t", {"x": None}, where={"id": key[1]})
        told += [found("last"), found("-nothing")]

        assert told == [
            *([1, 2, 3, 4], [3, 4]),
            *([3, 4], [1, 2], []),
            *([4], [1, 2, 3], [4]),
            *([3], [1, 2]),
            [2],
            *([], [2, 3, 4]),
        ]

    def test_a_changed_key_takes_its_text_along(self, db: Database) -> None:
        """A record whose key is changed is found under its new key."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
        db.create_table("k", {"id": "TEXT PRIMARY KEY", "x": "TEXT"})
        for table, old, new in (("t", 1, 9), ("k", "a", "z")):
            db.enable_search(table, "x")
            db.insert(table, {"id": old, "x": "word"})
            db.update(table, {"id": new}, where={"id": old})
            db.insert(table, {"id": old, "x": "other"})

        assert [ids(db.search(name, "word")) for name in ("t", "k")] == [[9], ["z"]]

    def test_keys_and_counts_are_told_as_before(self, papers: Database) -> None:
        """Insert returns the record's key and the others their counts, index or not."""
        told = [
            papers.insert("papers", {"title": "new"}),
            papers.insert_many("papers", [{"title": "x"}, {"title": "y"}]),
            papers.update("papers", {"title": "z"}, where=col("id") > 6),
            papers.update_many("papers", [{"id": 7, "title": "w"}, {"id": 99, "title": "w"}]),
            papers.delete("papers", where=col("id") > 6),
        ]

        assert told == [7, 2, 3, 1, 3]

    def test_frames_and_files_are_found(self, papers: Database, tmp_path: Any) -> None:
        """Records that come from a DataFrame or a CSV file are found."""
        pd = pytest.importorskip("pandas")
        frame = pd.DataFrame({"id": [20, 21], "title": ["pandas frame", "another"]})
        papers.from_dataframe(frame, "papers", if_exists="append")
        (tmp_path / "more.csv").write_text("id,title\n30,comma file\n")
        papers.import_from_csv("papers", tmp_path / "more.csv")

        assert [ids(papers.search("papers", text)) for text in ("frame", "comma")] == [[20], [30]]

    # -------------------------------------------------------------------- transactions

    def test_a_search_sees_its_own_transaction(self, papers: Database) -> None:
        """What a transaction has written is found in it, and not after it is undone."""
        with undone(papers):
            papers.insert("papers", {"title": "okapi"})
            papers.update("papers", {"title": "giraffe"}, where={"id": 1})

            assert len(papers.search("papers", "okapi")) == 1
            assert ids(papers.search("papers", "giraffe")) == [1]

        assert papers.search("papers", "okapi") == papers.search("papers", "giraffe") == []
        assert ids(papers.search("papers", '"running mice"')) == [1]

    def test_a_transaction_of_many_inserts_is_whole(self, papers: Database) -> None:
        """However many records a transaction stores one by one, all of them are its own."""
        with undone(papers):
            for n in range(300):
                papers.insert("papers", {"title": f"okapi number {n}", "body": "word " * 20})
                if n % 50 == 0:
                    papers.update("papers", {"body": f"changed {n}"}, where={"title": "none"})

            assert len(papers.search("papers", "okapi", limit=None)) == 300

        assert (papers.count("papers"), papers.search("papers", "okapi")) == (6, [])

    def test_enabling_is_undone(self, db: Database) -> None:
        """A search that is switched on or off in a transaction goes with it."""
        db.create_table("papers", PAPERS)
        db.insert_many("papers", STORED)
        with undone(db):
            db.enable_search("papers", "title")
            db.search("papers", "covid")

        assert db.get_search("papers") is None

        db.enable_search("papers", "title")
        with undone(db):
            db.disable_search("papers")

        assert sorted(ids(db.search("papers", "covid"))) == [2, 3]

    def test_a_failed_search_leaves_the_transaction_usable(self, papers: Database) -> None:
        """A search that is refused inside a transaction undoes nothing of it."""
        with papers.transaction():
            papers.insert("papers", {"title": "okapi"})
            with pytest.raises(SchemaError):
                papers.search("papers", "okapi", columns="year")

        assert len(papers.search("papers", "okapi")) == 1

    # --------------------------------------------------------------- what can be searched

    def test_what_is_searched_is_told(self, papers: Database) -> None:
        """`get_search` tells columns, in the table's order, and language; None for nothing."""
        papers.create_table("t", PAPERS)
        papers.enable_search("t", ["body", "title"], "simple")
        papers.create_table("other", PAPERS)

        assert [papers.get_search(name) for name in ("papers", "t", "other")] == [
            SearchSpec(("title", "body"), "english"),
            SearchSpec(("title", "body"), "simple"),
            None,
        ]

    def test_enabling_again_is_nothing(self, papers: Database) -> None:
        """The same search is left alone, whatever the order of its columns."""
        papers.enable_search("papers", ["body", "title"])

        assert sorted(ids(papers.search("papers", "covid"))) == [2, 3, 6]

    @pytest.mark.parametrize(
        ("columns", "language"),
        [("title", "english"), (["title", "body"], "simple")],
    )
    def test_enabling_otherwise_is_refused(
        self, papers: Database, columns: Any, language: str
    ) -> None:
        """Another search of the same table is refused, and the way out is told."""
        with pytest.raises(SchemaError, match=r"'papers'(.|\n)*hint: disable_search\('papers'\)"):
            papers.enable_search("papers", columns, language)

        papers.disable_search("papers")
        papers.enable_search("papers", columns, language)

        assert papers.get_search("papers") == SearchSpec(columns, language)

    def test_disabling_twice_is_harmless(self, papers: Database) -> None:
        """A search that is switched off is gone, the records stay, and twice is harmless."""
        papers.disable_search("papers")
        papers.disable_search("papers")
        papers.insert("papers", {"title": "new"})
        with pytest.raises(SchemaError, match=r"'papers'(.|\n)*hint: .*enable_search\('papers'"):
            papers.search("papers", "covid")

        assert papers.count("papers") == 7

    @pytest.mark.parametrize(
        ("columns", "error"),
        [
            ([], InterfaceError),
            ("titel", ColumnNotFoundError),
            ("year", SchemaError),
            (["title", "year"], SchemaError),
        ],
        ids=str,
    )
    def test_only_texts_are_searched(
        self, db: Database, columns: Any, error: type[Exception]
    ) -> None:
        """A column that is not there, or not text, is refused and nothing is made."""
        db.create_table("papers", PAPERS)
        with pytest.raises(error):
            db.enable_search("papers", columns)

        assert db.get_search("papers") is None

    def test_a_table_needs_a_key(self, db: Database) -> None:
        """A table without a primary key is refused, with the way out."""
        db.create_table("t", {"x": "TEXT"})

        with pytest.raises(SchemaError, match=r"primary key(.|\n)*hint: "):
            db.enable_search("t", "x")

    @pytest.mark.parametrize("columns", ["year", "titel", ["title", "year"]])
    def test_other_columns_are_told(self, papers: Database, columns: Any) -> None:
        """A column that is not searched is told with those that are."""
        with pytest.raises(SchemaError, match=r"is not searched(.|\n)*'title', 'body'"):
            papers.search("papers", "covid", columns=columns)

    def test_a_missing_table_is_told_by_each_call(self, papers: Database) -> None:
        """Each call names a table that is not there."""
        calls: list[Callable[[], object]] = [
            lambda: papers.enable_search("papres", "title"),
            lambda: papers.disable_search("papres"),
            lambda: papers.get_search("papres"),
            lambda: papers.search("papres", "covid"),
            lambda: papers.search("papres", "?!"),
        ]
        for call in calls:
            with pytest.raises(TableNotFoundError, match="papers"):
                call()

    def test_nothing_shows(self, papers: Database) -> None:
        """Tables, columns, indexes and the summary are what they were."""
        papers.create_table("k", {"id": "TEXT PRIMARY KEY", "x": "TEXT"})
        papers.enable_search("k", "x")
        papers.create_table("papers", PAPERS)

        assert papers.list_tables() == ["k", "papers"]
        assert [column.name for column in papers.get_columns("papers")] == list(PAPERS)
        assert papers.list_indexes("papers") == papers.list_indexes("k") == []
        assert list(papers.select("papers", limit=1)[0]) == list(PAPERS)
        assert "search" not in papers.summary

    @pytest.mark.parametrize(
        "name", ["my table", "q\"u`o'te", "rank", "a.b; --", "表%(x)s", "é" * 31, "c0", "rowid?"]
    )
    def test_names_may_be_odd(self, db: Database, name: str) -> None:
        """Tables, columns and keys of any name are searched."""
        for key in ("INTEGER", "TEXT"):
            table = f"{name[:28]}{key[0]}"
            db.create_table(table, {f"{name[:28]}k": f"{key} PRIMARY KEY", name: "TEXT"})
            db.insert(table, {f"{name[:28]}k": 1 if key == "INTEGER" else "1", name: "old word"})
            db.enable_search(table, name)
            db.insert(table, {f"{name[:28]}k": 2 if key == "INTEGER" else "2", name: "new word"})
            db.delete(table, where={name: "old word"})

            assert [record[name] for record in db.search(table, "word", columns=name)] == [
                "new word"
            ]
            assert db.get_search(table) == SearchSpec((name,))

    # ------------------------------------------------------------------- changing tables

    @pytest.mark.parametrize("key", ["INTEGER PRIMARY KEY", "TEXT PRIMARY KEY"])
    def test_tables_and_columns_may_be_renamed(self, db: Database, key: str) -> None:
        """A search goes along with its table's and its columns' new names."""
        db.create_table("t", {"id": key, "x": "TEXT", "y": "TEXT"})
        one, two, three = (1, 2, 3) if key.startswith("INT") else ("1", "2", "3")
        db.enable_search("t", ["x", "y"])
        db.insert("t", {"id": one, "x": "first"})
        db.rename_column("t", "x", 'new "x"')
        db.rename_column("t", "id", "key")
        db.rename_table("t", "new t")
        db.insert("new t", {"key": two, 'new "x"': "second first"})
        db.update("new t", {"y": "later"}, where={"key": one})
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
        db.enable_search("t", "x")
        db.insert("t", {"x": "first"})

        assert db.get_search("new t") == SearchSpec(('new "x"', "y"))
        assert sorted(r["key"] for r in db.search("new t", "first")) == [one, two]
        assert [r["key"] for r in db.search("new t", "first later", columns=["y", 'new "x"'])] == [
            one
        ]
        assert db.search("t", "first") == [{"id": 1, "x": "first"}]
        assert db.list_tables() == ["new t", "t"]
        db.delete("new t", where={"key": one})
        db.insert("new t", {"key": three, "y": "third"})

        assert [r["key"] for r in db.search("new t", "third")] == [three]

    def test_a_searched_column_is_not_dropped(self, papers: Database) -> None:
        """A column that is searched is not dropped; another one is, and the search goes on."""
        with pytest.raises(SchemaError, match=r"searched(.|\n)*hint: disable_search"):
            papers.drop_column("papers", "body")
        papers.drop_column("papers", "year")
        papers.add_column("papers", "notes", "TEXT")
        papers.insert("papers", {"id": 7, "title": "covid", "notes": "okapi"})

        assert sorted(ids(papers.search("papers", "covid"))) == [2, 3, 6, 7]
        papers.disable_search("papers")
        papers.drop_column("papers", "body")

    def test_a_dropped_table_takes_its_search_along(self, papers: Database) -> None:
        """A table that is made again after it was dropped begins without a search."""
        papers.drop_table("papers")
        papers.create_table("papers", PAPERS)

        assert papers.get_search("papers") is None
        papers.enable_search("papers", "title")
        papers.insert("papers", {"title": "new"})

        assert (papers.search("papers", "covid"), len(papers.search("papers", "new"))) == ([], 1)

    # --------------------------------------------------------------------------- others

    def test_other_connections_search_too(self, open_db: OpenDb) -> None:
        """What can be searched is kept in the database: whoever opens it may search."""
        first = open_db()
        first.create_table("papers", PAPERS)
        first.enable_search("papers", ["title", "body"])
        with needs(first, Capability.CONCURRENT):
            second = open_db()
            second.insert_many("papers", STORED)
            second.search("papers", "covid")
            first.insert("papers", {"title": "okapi"})

            assert sorted(ids(first.search("papers", "covid"))) == [2, 3, 6]
            assert ids(second.search("papers", "okapi")) == [7]
            first.disable_search("papers")
            with pytest.raises(SchemaError):
                second.search("papers", "okapi")
            second.insert("papers", {"title": "okapi"})

    def test_raw_texts_are_the_engines_own(self, papers: Database) -> None:
        """A raw text reaches the engine; one that it does not understand is told with a hint."""
        with needs(papers, Capability.SQL):
            operator = "|" if papers.engine == "postgresql" else "OR"

            assert sorted(ids(papers.search("papers", f"covid {operator} mice", raw=True))) == [
                1,
                2,
                3,
                6,
            ]
            assert ids(
                papers.search("papers", f"run {operator} covid", raw=True, columns="body")
            ) in ([1, 6], [6, 1])
        with needs(papers, Capability.SQL):
            for text in ("covid AND (", "& &", "'"):
                with pytest.raises(ProgrammingError, match=r"does not understand(.|\n)*hint: see"):
                    papers.search("papers", text, raw=True)

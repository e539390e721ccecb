"""Laws about searching texts: what a person types finds the same on every engine."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db import Capability, Database, SearchSpec, col
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    InterfaceError,
    ProgrammingError,
    SchemaError,
    TableNotFoundError,
    UnsafeFragmentError,
    UnsupportedFeatureError,
)
from scitex.db.testing.contract.ground import DRAWN, Laws, OpenDb, ids, needs, undone

PAPERS: dict[str, str] = {
    "id": "INTEGER PRIMARY KEY",
    "title": "TEXT",
    "body": "TEXT",
    "year": "INTEGER",
}
STORED: list[dict[str, Any]] = [
    {"id": 1, "title": "Running mice", "body": "The mouse ran; mice don't run.", "year": 2001},
    {
        "id": 2,
        "title": "COVID-19 in C++",
        "body": "a/b, x@y.org and 100% of e.g. it",
        "year": 2020,
    },
    {"id": 3, "title": "日本のcovid研究", "body": "東京で 🎉 25 °C, x² and 5 µm", "year": 2021},
    {
        "id": 4,
        "title": "Café Ångström",
        "body": "ΣΊΣΥΦΟΣ и Йод; a “quoted phrase” — here",
        "year": 2022,
    },
    {"id": 5, "title": "To be or not to be", "body": None, "year": 1600},
    {
        "id": 6,
        "title": "and NEAR the #tag",
        "body": "state-of-the-art running, covid 20",
        "year": 2023,
    },
]
FOUND: list[tuple[str, list[int]]] = [
    ("run", [1, 6]),
    ("RUNS", [1, 6]),
    ("running mice", [1]),
    ("mice running", [1]),
    ("covid-19", [2]),
    ("covid 19", [2]),
    ("covid", [2, 3, 6]),
    ("covid -19", [3, 6]),
    ("covid -20 -19", [3]),
    ('covid -"in c"', [3, 6]),
    ("don't", [1]),
    ("don\u2019t", [1]),
    ("C++", [2, 3]),  # the word c, which 25 °C has too
    ("c++ -covid", []),
    ("a/b", [2]),
    ("x@y.org", [2]),
    ("@y", [2]),
    ("org", [2]),
    ("#tag", [6]),
    ("tag", [6]),
    ("100%", [2]),
    ("e.g.", [2]),
    ("state of the art", [6]),
    ("art-of-state", []),
    ("AND", [2, 3, 6]),
    ("OR", [5]),
    ("NOT", [5]),
    ("NEAR", [6]),
    ("not to be", [5]),
    ('"to be or not to be"', [5]),
    ('"be to"', []),
    ('"mice the"', []),  # a phrase does not go from one column to the next
    ('"running mice"', [1]),
    ("“running mice”", [1]),
    ('running" mice', [1]),
    ('"running mice', [1]),
    ("cafe", [4]),
    ("CAFÉ", [4]),
    ("cafe\u0301", [4]),
    ("angstrom", [4]),
    ("σίσυφοσ", [4]),
    ("Σίσυφος", [4]),
    ("йод", [4]),
    ('"quoted phrase"', [4]),
    ("phrase here", [4]),
    ("日本", [3]),
    ("本の", [3]),
    ("covid 日本", [3]),
    ("日本、東京", [3]),
    ("日本covid", []),
    ("日本のcovid", [3]),
    ('"日本の"', [3]),
    ("covid -日本", [2, 6]),
    ("🎉", [3]),
    ("x²", [3]),
    ("μm", [3]),
    ("µm", [3]),
    ("25 °C", [3]),
    ("-covid", [1, 4, 5]),
    ("-covid -run", [4, 5]),
    ("-日本 -mice", [2, 4, 5, 6]),
    ("--covid", [2, 3, 6]),
    ("- covid", [2, 3, 6]),
    ("zebra", []),
    ("", []),
    ("   ", []),
    ('?! " -- ++', []),
    ("-", []),
    ('-"', []),
    ('""', []),
    ("*", []),
    ("covid*", [2, 3, 6]),
    ("title:covid", []),
    ("(covid OR mice)", []),
    ("%", []),
    ("_", []),
    ("'; DROP TABLE papers; --", []),
]
PIECES = [*"\"'-+*:^(){}[]<>&|!@#$%\\/?.,;~`=_ \n\t", "a", "covid", "日", "é", "🎉", " ", "\u200d"]
STRINGS = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 500
HOSTILE = ["a\0b", "\0", "\ud800", "word \udfff"]


class SearchLaws(Laws):
    """What must hold for searching."""

    @pytest.fixture
    def papers(self, db: Database) -> Database:
        """Return a database with a few papers that can be searched."""
        db.create_table("papers", PAPERS)
        db.insert_many("papers", STORED[:3])
        db.enable_search("papers", ["title", "body"])
        db.insert_many("papers", STORED[3:])
        return db

    # ------------------------------------------------------------------ what is found

    @pytest.mark.parametrize(("text", "found"), FOUND, ids=repr)
    def test_a_text_finds_the_same_everywhere(
        self, papers: Database, text: str, found: list[int]
    ) -> None:
        """What a person types is no error, and finds the same records on every engine."""
        assert sorted(ids(papers.search("papers", text))) == found

    def test_whole_records_are_returned(self, papers: Database) -> None:
        """A record that is found is what `select` gives."""
        assert papers.search("papers", "mice") == papers.select("papers", where={"id": 1})

    def test_values_are_those_of_select(self, db: Database) -> None:
        """Values of all types come back from a search as from `select`."""
        declared = {"id": "INTEGER PRIMARY KEY", "t": "VARCHAR(20)", "j": "JSON", "b": "BOOLEAN"}
        db.create_table("t", {**declared, "at": "TIMESTAMP", "raw": "BLOB"})
        record = {"t": "some text", "j": {"a": [1]}, "b": True, "at": "2026-01-02 03:04:05"}
        db.insert("t", {**record, "raw": b"\0\1"})
        db.enable_search("t", "t")

        assert db.search("t", "text") == db.select("t")

    def test_language_simple_takes_words_as_they_are(self, db: Database) -> None:
        """In the language 'simple' other forms of a word are other words."""
        db.create_table("papers", PAPERS)
        db.insert_many("papers", STORED)
        db.enable_search("papers", ["title", "body"], language="simple")

        found = [ids(db.search("papers", text)) for text in ("run", "running -mice", "NOT")]

        assert found == [[1], [6], [5]]

    @pytest.mark.parametrize("language", ["klingon", "x_y"])
    def test_an_unknown_language_is_refused(self, papers: Database, language: str) -> None:
        """A language that the engine does not know is refused, and the way out is told."""
        papers.create_table("t", PAPERS)
        with pytest.raises(UnsupportedFeatureError, match=rf"'{language}'(.|\n)*hint: .*simple"):
            papers.enable_search("t", "title", language=language)

        assert papers.get_search("t") is None

    @pytest.mark.parametrize("text", HOSTILE, ids=ascii)
    def test_what_is_no_text_is_refused(self, papers: Database, text: str) -> None:
        """NUL and lone surrogates are refused by name, in a raw text too."""
        for raw in (False, True):
            with pytest.raises(DataError, match=r"NUL|Unicode"):
                papers.search("papers", text, raw=raw)

    @pytest.mark.parametrize("text", [None, 5, b"covid", ["covid"]])
    def test_what_is_not_text_at_all_is_refused(self, papers: Database, text: Any) -> None:
        """Only text can be searched for."""
        with pytest.raises(InterfaceError, match="text"):
            papers.search("papers", text)

    @pytest.mark.parametrize(
        "text",
        [
            "covid " * 1_700,
            " ".join(f"w{n:x}" for n in range(5_000))[:20_000],
            " ".join(f"-w{n:x}" for n in range(5_000))[:20_000],
            '"' + "a b " * 4_999 + '"',
            '"' * 20_000,
            "日" * 20_000,
            "-a " * 6_000,
            "a-" * 10_000,
        ],
        ids=lambda text: text[:8],
    )
    def test_a_long_text_is_no_error(self, papers: Database, text: str) -> None:
        """Twenty thousand characters may be searched for."""
        assert isinstance(papers.search("papers", text), list)

    def test_a_longer_text_is_refused(self, papers: Database) -> None:
        """What is longer than any engine takes is refused on every one, raw or not."""
        for raw in (False, True):
            with pytest.raises(DataError, match=r"20,000(.|\n)*hint: "):
                papers.search("papers", "a" * 20_001, raw=raw)

    def test_any_text_is_no_error(self, papers: Database) -> None:
        """Thousands of strings of punctuation, operators and letters raise nothing."""
        chance = random.Random(20)
        with papers.transaction():
            for _ in range(STRINGS):
                text = "".join(chance.choices(PIECES, k=chance.randrange(1, 30)))
                papers.search("papers", text, columns=chance.choice([None, "title"]), limit=1)

    @DRAWN
    @given(st.text(max_size=30))
    def test_drawn_text_is_no_error(self, papers: Database, text: str) -> None:
        """Whatever Unicode holds may be searched for, or is refused as no text."""
        try:
            papers.search("papers", text)
        except DataError:
            assert "\0" in text

    # ----------------------------------------------------------- what is asked beside it

    def test_columns_say_where_to_look(self, papers: Database) -> None:
        """With `columns=` words are looked for, and missed, in those only."""
        asked = [
            ("run", "title"),
            ("run", ["body"]),
            ("mice ran", ["title"]),
            ("mice ran", ["body", "title"]),
            ("covid -run", "title"),
            ("-run", "title"),
            ("東京", "title"),
            ('"covid 20"', "body"),
        ]

        found = [ids(papers.search("papers", text, columns=names)) for text, names in asked]

        assert [sorted(each) for each in found] == [
            [1],
            [1, 6],
            [],
            [1],
            [2, 3],
            [2, 3, 4, 5, 6],
            [],
            [6],
        ]

    @pytest.mark.parametrize(
        ("where", "params"),
        [
            ("year > ?", [2020]),
            ("year > :y", {"y": 2020}),
            ({"year": [2021, 2023]}, None),
            (col("year") > 2020, None),
        ],
        ids=repr,
    )
    def test_conditions_are_those_of_select(
        self, papers: Database, where: Any, params: Any
    ) -> None:
        """A text, a mapping or a predicate says what else must hold."""
        found = papers.search("papers", "covid", where=where, params=params)

        assert sorted(ids(found)) == [3, 6]

    def test_conditions_are_checked_where_nothing_is_found(self, papers: Database) -> None:
        """A wrong condition is an error whatever the text finds."""
        for text in ("covid", "?!"):
            with pytest.raises(ColumnNotFoundError):
                papers.search("papers", text, where={"yaer": 1})
            with pytest.raises(UnsafeFragmentError):
                papers.search("papers", text, where="year > 1; DROP TABLE papers")

    def test_limit_and_offset(self, papers: Database) -> None:
        """The most records wanted, and how many are passed over, are counted best first."""
        everything = ids(papers.search("papers", "covid"))
        pages = [
            ids(papers.search("papers", "covid", limit=1, offset=place)) for place in range(4)
        ]

        assert [id for page in pages for id in page] == everything
        assert papers.search("papers", "covid", limit=0) == []
        assert ids(papers.search("papers", "covid", limit=None, offset=1)) == everything[1:]

    @pytest.mark.parametrize("limit", [-1, 1.5, "1", True])
    def test_a_limit_is_a_whole_number(self, papers: Database, limit: Any) -> None:
        """A limit or an offset that is no whole number from 0 up is refused."""
        with pytest.raises(InterfaceError):
            papers.search("papers", "covid", limit=limit)
        with pytest.raises(InterfaceError):
            papers.search("papers", "covid", offset=limit)

    # --------------------------------------------------------------------------- order

    def test_the_best_comes_first(self, db: Database) -> None:
        """A short text that says the word often is better than a long one that says it once."""
        db.create_table("papers", PAPERS)
        texts = ["dog cat " + "filler " * 40, "cat cat cat", "cat filler filler", "dog"]
        db.insert_many("papers", [{"title": text} for text in [*texts, *["filler"] * 10]])
        db.enable_search("papers", "title")

        assert ids(db.search("papers", "cat")) == [2, 3, 1]

    def test_the_best_of_many_comes_first(self, db: Database) -> None:
        """Among thousands of records that have the words, the best are found, page by page."""
        db.create_table("papers", PAPERS)
        texts = ["running in a filler text", *["a run"] * 3, *["filler text"] * 2]
        many = [{"title": texts[n % 6], "body": "runs of filler"} for n in range(3_000)]
        db.insert_many("papers", [*many, {"title": "run " * 20}, {"title": "runs " * 30}])
        db.enable_search("papers", ["title", "body"])

        everything = ids(db.search("papers", "running", limit=None))
        pages = [ids(db.search("papers", "running", limit=5, offset=n)) for n in (0, 5, 10)]

        assert set(everything[:2]) == {3_001, 3_002}
        assert (len(everything), pages) == (
            3_002,
            [everything[:5], everything[5:10], everything[10:15]],
        )

    def test_equals_are_in_order_of_their_keys(self, db: Database) -> None:
        """Records that are equally good come in order of their keys."""
        db.create_table("papers", PAPERS)
        numbers = [5, 3, 9, 1, 7]
        db.insert_many("papers", [{"id": id, "title": "the same"} for id in numbers])
        db.enable_search("papers", "title")

        assert ids(db.search("papers", "same")) == sorted(numbers)
        assert ids(db.search("papers", "-other")) == sorted(numbers)

    def test_scores_fall(self, papers: Database) -> None:
        """`score=` adds a number to each record that never rises down the list."""
        scores = [record["points"] for record in papers.search("papers", "run", score="points")]

        assert scores == sorted(scores, reverse=True)
        assert {type(score) for score in scores} == {float}

    def test_a_score_needs_a_free_name(self, papers: Database) -> None:
        """What is added to the records must not hide what they have."""
        choices: list[dict[str, Any]] = [
            {"score": "title"},
            {"snippet": "id"},
            {"score": "x", "snippet": "x"},
        ]
        for added in choices:
            with pytest.raises(InterfaceError, match="already"):
                papers.search("papers", "run", **added)

    def test_snippets_show_what_was_found(self, papers: Database) -> None:
        """`snippet=` adds an extract in which what was found is marked, the same everywhere."""
        asked = ["run", "covid-19", "日本", "cafe", '"quoted phrase"', "-covid -run"]
        found = [papers.search("papers", text, snippet="x") for text in asked]

        assert [sorted(record["x"] for record in records) for records in found] == [
            ["**Running** mice", "state-of-the-art **running**, covid 20"],
            ["**COVID**-**19** in C++"],
            ["**日本**のcovid研究"],
            ["**Café** Ångström"],
            ["ΣΊΣΥΦΟΣ и Йод; a “**quoted** **phrase**” — here"],
            ["Café Ångström", "To be or not to be"],
        ]

    def test_a_long_text_is_cut_around_what_was_found(self, papers: Database) -> None:
        """An extract is about two hundred characters around what was found."""
        papers.insert("papers", {"title": "filler " * 500 + "needle " + "filler " * 500})
        extract = papers.search("papers", "needle", snippet="x")[0]["x"]

        assert ("**needle**" in extract, len(extract) < 260) == (True, True)
        assert (extract[:3], extract[-3:]) == ("...", "...")

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

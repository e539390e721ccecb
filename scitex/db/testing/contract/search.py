"""Laws about searching: what is found, and in which order."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db import Database, col
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    InterfaceError,
    UnsafeFragmentError,
    UnsupportedFeatureError,
)
from scitex.db.testing.contract.ground import DRAWN, ids
from scitex.db.testing.contract.searchground import PAPERS, STORED, SearchGround

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


class SearchLaws(SearchGround):
    """What must hold for searching."""

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

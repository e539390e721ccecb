"""Laws about searching for the beginning of a word."""

from __future__ import annotations

import pytest

from scitex.db import Database
from scitex.db.testing.contract.ground import ids
from scitex.db.testing.contract.searchground import PAPERS, SearchGround

FOUND: list[tuple[str, list[int]]] = [
    ("runn*", [1, 6]),
    ("RUN*", [1, 6]),
    ("runs*", []),  # a beginning is of the word as it is written
    ("mous* mic*", [1]),
    ("runn*,", [1, 6]),
    ("run.*", [1, 6]),  # a star that is not behind a word is none
    ("covid**", [2, 3, 6]),
    ("cov*id", []),
    ("*ovid", []),
    ("caf*", [4]),
    ("CAFÉ*", [4]),
    ("Ångs*", [4]),
    ("ΣΊΣ*", [4]),
    ("йо*", [4]),
    ("日*", [3]),
    ("日本-covi*", [3]),
    ("日本のcov*", [3]),
    ("covid-1*", [2]),
    ("covid-2*", [6]),
    ("state-of-the-a*", [6]),
    ('"be or no*"', [5]),
    ('"mice t*"', []),
    ('"in* c"', [2]),
    ("-caf*", [1, 2, 3, 5, 6]),
    ("covid -runn*", [2, 3]),
    ("-cov* -runn*", [4, 5]),
    ('-"covid 1*" covid', [3, 6]),
    ("-runn* -日本", [2, 4, 5]),
]


class SearchBeginningLaws(SearchGround):
    """What must hold for words with a star behind them."""

    @pytest.mark.parametrize(("text", "found"), FOUND, ids=repr)
    def test_a_star_lets_a_word_go_on(self, papers: Database, text: str, found: list[int]) -> None:
        """A star right behind a word stands for the rest of it, the same on every engine."""
        assert sorted(ids(papers.search("papers", text))) == found

    def test_beginnings_are_looked_for_in_columns(self, papers: Database) -> None:
        """With `columns=` beginnings are looked for, and missed, in those only."""
        asked = [("runn*", "title"), ("runn*", "body"), ("-runn*", "title"), ("-runn*", None)]

        found = [sorted(ids(papers.search("papers", text, columns=at))) for text, at in asked]

        assert found == [[1], [6], [2, 3, 4, 5, 6], [2, 3, 4, 5]]

    @pytest.mark.parametrize("language", ["english", "simple"])
    def test_every_beginning_of_a_word_finds_it(self, db: Database, language: str) -> None:
        """A word is found by its beginning, however much of it its stem has lost."""
        text = "Generalizations, experiments; relational hippocampal happy flies (disabled)"
        db.create_table("papers", PAPERS)
        db.insert_many("papers", [{"id": 1, "title": text}, {"id": 2, "title": "Other words"}])
        db.enable_search("papers", "title", language=language)
        asked = [
            f"{word[:size]}*"
            for word in text.replace(",", "").replace(";", "").strip(")").replace("(", "").split()
            for size in range(1, len(word) + 1)
        ]

        missed = [each for each in asked if 1 not in ids(db.search("papers", each))]
        wrong = [each for each in asked if 2 in ids(db.search("papers", each))]

        assert (missed, wrong) == ([], [])

    def test_a_beginning_is_marked(self, papers: Database) -> None:
        """An extract marks the whole word that begins so."""
        (found,) = papers.search("papers", 'runn* "don\'t ru*"', snippet="found", limit=1)

        assert found["found"] in (
            "**Running** mice",
            "The mouse ran; mice **don**'**t** **run**.",
        )

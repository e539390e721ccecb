"""An extract shows what was found, and not much more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db.domain.search.extracts import LENGTH, best_extract
from scitex.db.domain.search.searchtext import parsed


@pytest.mark.parametrize(
    ("text", "asked", "extract"),
    [
        ("The mice were running", "run", "The mice were **running**"),
        ("COVID-19 and covid 20", "covid-19", "**COVID**-**19** and covid 20"),
        ("19 covid", "covid-19", "19 covid"),
        ("日本日本語", "日本", "**日本****日本**語"),
        ("x X² x²", "x²", "x **X²** **x²**"),
        ("Café cafe\u0301", "cafe", "**Café** **cafe\u0301**"),
        ("", "a", ""),
        ("nothing here", "-other", "nothing here"),
    ],
)
def test_what_was_found_is_marked(text: str, asked: str, extract: str) -> None:
    """Each word, other forms of it, phrases, and characters as they stand are marked."""
    assert best_extract([text], parsed(asked), language="english") == extract


def test_the_text_with_most_is_shown() -> None:
    """The text in which most of the terms are found is shown, the first of equals."""
    texts = ["one", None, "one two", "two one", 5]

    assert best_extract(texts, parsed("one two"), language="simple") == "**one** **two**"


def test_the_place_with_most_is_shown() -> None:
    """Of a long text that piece is shown in which most of the terms stand."""
    text = "one " + "x " * 300 + "two " + "x " * 300 + "one two three " + "x " * 300
    extract = best_extract([text], parsed("one two three"), language="simple")

    assert "**one** **two** **three**" in extract


@given(st.text(alphabet="ab日 .é", max_size=900), st.text(alphabet='ab日 "-', max_size=12))
def test_an_extract_is_a_piece_of_the_text(text: str, asked: str) -> None:
    """Without its marks an extract is a piece of the text, of no more than its length."""
    extract = best_extract([text], parsed(asked), language="english")
    plain = extract.replace("**", "").removeprefix("...").removesuffix("...")

    assert plain.strip(".") in text
    assert len(plain) <= LENGTH

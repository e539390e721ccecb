"""What a person types is read as the manual says, and words are cut as SQLite cuts them."""

from __future__ import annotations

import contextlib
import random
import re
import sqlite3
import string
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db.adapters.sqlite3 import searching
from scitex.db.domain.errors import DataError, InterfaceError
from scitex.db.domain.search.searchtext import (
    WORD,
    Beginning,
    SearchText,
    Verbatim,
    Words,
    certain_beginning,
    checked,
    folded,
    parsed,
    words,
)
from scitex.db.domain.search.stemming import stem
from scitex.db.domain.search.wordstarts import index_start

LETTER = re.compile(f"[{WORD}]")
ASSIGNED = [
    chr(code)
    for code in (*range(0x80, 0xD800), *range(0xE000, 0xFB00), *range(0x1F300, 0x1FB00))
    if unicodedata.category(chr(code))[0] != "C"
]
ENDINGS = (
    "s es ies ed eed ing ation ational ization izer ive iveness ful fulness ness al ical ally "
    "ement ment ent ence ance able ible ible ism ist iti ous ousness y ly er or logi tional"
).split()


@pytest.fixture
def fts() -> Iterator[sqlite3.Connection]:
    """Return a connection with an FTS5 table for each language, made as the adapter makes it."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        for language in ("simple", "english"):
            tokens = searching.tokenizer(language)
            connection.execute(
                f'CREATE VIRTUAL TABLE {language} USING fts5(x, tokenize = "{tokens}")'
            )
            connection.execute(
                f"CREATE VIRTUAL TABLE {language}_words USING fts5vocab({language}, 'instance')"
            )
        yield connection


def made_up_words() -> list[str]:
    """Return thousands of words with endings that are cut back."""
    chance = random.Random(3)
    syllables = "a be ca do eli fu gna hy io ck last met nor opp qui rat sky tend u vel x y zz ss"
    return [
        "".join(chance.choices(syllables.split(), k=chance.randrange(1, 4)))
        + "".join(chance.choices(ENDINGS, k=chance.randrange(0, 3)))
        for _ in range(20_000)
    ]


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("a b a", [("a",), ("b",)], []),
        ("covid-19", [("covid", "19")], []),
        ("don't stop", [("don", "t"), ("stop",)], []),
        ('"to  be, or" not', [("to", "be", "or"), ("not",)], []),
        ('-a -"b c" d-e', [("d", "e")], [("a",), ("b", "c")]),
        ("--a - b -- c", [("a",), ("b",), ("c",)], []),
        ('5" pipe', [("5",), ("pipe",)], []),
        ('5" pipe 6" wide', [("5",), ("pipe",), ("6",), ("wide",)], []),
        ('x "open', [("x",), ("open",)], []),
        ("snake_case", [("snake", "case")], []),
        ("ÉCOLE été", [("ecole",), ("ete",)], []),
        ("日本covid-19", ["日本covid", ("19",)], []),
        ("covid-日本 -東京", [("covid",), "日本"], ["東京"]),
        ('"A 日本, B"', ["a 日本, b"], []),
        ("🎉!", ["🎉"], []),
        ("👩\u200d🔬 ok", ["👩\u200d🔬", ("ok",)], []),
        ("x²", ["x²"], []),
        ("\u200d \ufe0f", [], []),
        ("°C ©", [("c",)], []),
        ('?! "" -', [], []),
        ("c* -d*", ["c*"], ["d*"]),
        ('x-ra* "place cel*," (a*)', ["x ra*", "place cel*", "a*"], []),
        ("a** *b c.* d*e", [("a",), ("b",), ("c",), ("d", "e")], []),
        ("日本*", ["日本"], []),
    ],
)
def test_a_text_is_read(text: str, wanted: list[Any], unwanted: list[Any]) -> None:
    """Words, phrases and exclusions are told apart; repeated ones are asked for once."""

    def terms(given: list[Any]) -> tuple[Any, ...]:
        return tuple(map(term, given))

    def term(given: Any) -> Words | Beginning | Verbatim:
        if isinstance(given, tuple):
            return Words(given)
        begun = given.endswith("*")
        return Beginning(tuple(given[:-1].split())) if begun else Verbatim(given)

    assert parsed(text) == SearchText(terms(wanted), terms(unwanted))


@given(st.text())
def test_words_are_plain(text: str) -> None:
    """Whatever the text, a word holds letters and digits only, so no engine takes it for more."""
    found = parsed(text)

    for term in (*found.wanted, *found.unwanted):
        if not isinstance(term, Verbatim):
            assert term.words
            assert all(LETTER.fullmatch(letter) for word in term.words for letter in word)
        else:
            assert term.text == term.text.strip() != ""


@given(st.text(alphabet=string.printable + "éσςµ日"))
def test_a_word_is_found_by_itself(text: str) -> None:
    """The words of a text are the words of its words: folding twice changes nothing."""
    found = words(text)

    assert words(" ".join(found)) == found
    assert folded(folded(text)) == folded(text)


def test_ten_thousand_strings_of_punctuation_are_read() -> None:
    """Strings of punctuation and operators are no error and leave nothing but words."""
    chance = random.Random(1)
    pieces = [*string.punctuation, " ", "a", "AND", "é", "日", "🎉", "\u200d"]
    for _ in range(10_000):
        found = parsed("".join(chance.choices(pieces, k=20)))

        assert isinstance(found, SearchText)


@pytest.mark.parametrize("text", ["\0", "a\0", "\ud800", "a\udfff"], ids=ascii)
def test_what_is_no_unicode_is_refused(text: str) -> None:
    """NUL and lone surrogates are refused."""
    with pytest.raises(DataError, match=r"hint: "):
        checked(text)


@pytest.mark.parametrize("text", [None, 5, b"a", ["a"]])
def test_what_is_no_text_is_refused(text: Any) -> None:
    """Anything but a str is refused."""
    with pytest.raises(InterfaceError):
        checked(text)


def test_letters_are_those_of_sqlite(fts: sqlite3.Connection) -> None:
    """SQLite's tokenizer parts words at the same characters, of all that Unicode has."""
    fts.executemany(
        "INSERT INTO simple(rowid, x) VALUES (?, ?)",
        [(ord(letter), f"q{letter}q") for letter in ASSIGNED],
    )
    parted = {chr(row[0]) for row in fts.execute("SELECT rowid FROM simple('\"q q\"')")}
    ours = {letter for letter in ASSIGNED if not LETTER.match(letter)}
    in_use = {each for each in ours - parted if unicodedata.category(each)[0] in "PZ"}

    assert parted - ours == set()
    assert {each for each in in_use if each < "\u058d"} == set()
    assert not {"日", "本", "の", "ア", "한", "글", "ع", "ก", "अ", "🎉", "🤩"} - parted


def test_words_are_folded_as_sqlite_folds_them(fts: sqlite3.Connection) -> None:
    """A word of capitals and accents is the same word here and in SQLite."""
    texts = ["Ångström", "ΣΊΣΥΦΟΣ", "ΟΔΟΣ", "Йод", "µm", "Œuvre", "naïve", "İstanbul", "STRASSE"]
    texts += [letter for letter in map(chr, range(0xC0, 0x530)) if LETTER.match(letter)]
    fts.executemany("INSERT INTO simple(rowid, x) VALUES (?, ?)", enumerate(texts))
    told = dict(fts.execute("SELECT doc, term FROM simple_words"))
    differing = {text for n, text in enumerate(texts) if words(text) != (told.get(n, "").strip(),)}

    assert len(differing) < 20, differing
    assert differing.isdisjoint(texts[:9])


def test_stems_are_those_of_sqlite(fts: sqlite3.Connection) -> None:
    """A word is cut back here as SQLite's porter cuts it."""
    texts = [word for word in made_up_words() if "yy" not in word]
    fts.executemany("INSERT INTO english(rowid, x) VALUES (?, ?)", enumerate(texts))
    told = dict(fts.execute("SELECT doc, term FROM english_words"))

    differing = {text: told[n] for n, text in enumerate(texts) if stem(text) != told[n]}

    assert differing == {"sses": "sse"}  # which is no word


def test_all_forms_of_a_word_begin_alike() -> None:
    """Words with one stem begin with what is certain of each of them."""
    forms: dict[str, list[str]] = {}
    real = (
        "capable capability hope hoping hoped happy happiness size sizing fly flies able ability"
    )
    for word in [*made_up_words(), *real.split()]:
        forms.setdefault(stem(word), []).append(word)
    wrong = [
        (one, other)
        for alike in forms.values()
        for one in alike
        for other in alike
        if not other.startswith(certain_beginning(one, "english"))
    ]

    assert wrong == []


def test_no_stem_is_missed_by_a_beginning() -> None:
    """What the index is asked for begins the stem of every word that has the beginning."""
    real = "setenabled conditioned disinterring capability transitions flies generalization"
    missed = [
        (word, word[:size])
        for word in [*real.split(), *made_up_words()[:3_000]]
        for size in range(1, len(word) + 1)
        if not stem(word).startswith(index_start(word[:size], "english") or " ")
    ]

    assert missed == []

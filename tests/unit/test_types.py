"""Types: the words of both engines, and what they mean."""

from __future__ import annotations

import pytest

from scitex.db.domain.types import SERIALS, ColumnType, Kind, column_type

WORDS = [
    ("INTEGER", Kind.INTEGER, 64),
    ("INT", Kind.INTEGER, 64),
    ("BIGINT", Kind.INTEGER, 64),
    ("INT8", Kind.INTEGER, 64),
    ("SERIAL", Kind.INTEGER, 64),
    ("BIGSERIAL", Kind.INTEGER, 64),
    ("INT4", Kind.INTEGER, 32),
    ("SMALLINT", Kind.INTEGER, 16),
    ("INT2", Kind.INTEGER, 16),
    ("SMALLSERIAL", Kind.INTEGER, 16),
    ("REAL", Kind.REAL, 64),
    ("FLOAT", Kind.REAL, 64),
    ("FLOAT8", Kind.REAL, 64),
    ("DOUBLE", Kind.REAL, 64),
    ("DOUBLE PRECISION", Kind.REAL, 64),
    ("FLOAT4", Kind.REAL, 32),
    ("NUMERIC", Kind.NUMERIC, None),
    ("DECIMAL", Kind.NUMERIC, None),
    ("TEXT", Kind.TEXT, None),
    ("VARCHAR", Kind.TEXT, None),
    ("CHARACTER VARYING", Kind.TEXT, None),
    ("CLOB", Kind.TEXT, None),
    ("BOOLEAN", Kind.BOOLEAN, None),
    ("BOOL", Kind.BOOLEAN, None),
    ("BLOB", Kind.BLOB, None),
    ("BYTEA", Kind.BLOB, None),
    ("DATETIME", Kind.TIMESTAMP, None),
    ("TIMESTAMP", Kind.TIMESTAMP, None),
    ("TIMESTAMP WITHOUT TIME ZONE", Kind.TIMESTAMP, None),
    ("TIMESTAMPTZ", Kind.TIMESTAMPTZ, None),
    ("TIMESTAMP WITH TIME ZONE", Kind.TIMESTAMPTZ, None),
    ("DATE", Kind.DATE, None),
    ("TIME", Kind.TIME, None),
    ("INTERVAL", Kind.INTERVAL, None),
    ("UUID", Kind.UUID, None),
    ("JSON", Kind.JSON, None),
    ("JSONB", Kind.JSON, None),
    ("TSVECTOR", Kind.ANY, None),
    ("", Kind.ANY, None),
]
SAME = [
    ("INTEGER", "BIGINT"),
    ("int", "Integer"),
    ("SERIAL", "INTEGER"),
    ("REAL", "DOUBLE PRECISION"),
    ("FLOAT", "real"),
    ("DATETIME", "TIMESTAMP"),
    ("BLOB", "BYTEA"),
    ("JSON", "JSONB"),
    ("VARCHAR(50)", "character varying ( 50 )"),
    ("TEXT", "VARCHAR"),
    ("NUMERIC(10,0)", "decimal(10)"),
    ("bool", "BOOLEAN"),
    ("tsvector", "TSVECTOR"),
]
DIFFERENT = [
    ("INTEGER", "SMALLINT"),
    ("INTEGER", "REAL"),
    ("FLOAT4", "REAL"),
    ("VARCHAR(50)", "VARCHAR(51)"),
    ("VARCHAR(50)", "TEXT"),
    ("NUMERIC", "NUMERIC(10, 2)"),
    ("NUMERIC(10, 2)", "NUMERIC(10, 3)"),
    ("TIMESTAMP", "TIMESTAMPTZ"),
    ("DATE", "TIMESTAMP"),
    ("TEXT", "JSON"),
    ("tsvector", "inet"),
]


@pytest.mark.parametrize(("word", "kind", "bits"), WORDS)
def test_a_word_has_one_meaning(word: str, kind: Kind, bits: int | None) -> None:
    """A type's word means the same kind and width, whichever engine it comes from."""
    found = column_type(word)

    assert (found.kind, found.bits) == (kind, bits)


@pytest.mark.parametrize(("word", "kind", "bits"), WORDS)
def test_capitals_do_not_matter(word: str, kind: Kind, bits: int | None) -> None:
    """A type's word means the same in small letters."""
    assert column_type(word.lower()) == column_type(word)


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_is_a_portable_word(kind: Kind) -> None:
    """The name of a kind, written as a type, means that kind."""
    assert column_type(kind.value).kind is kind


@pytest.mark.parametrize("word", ["Double  precision", " double\tPRECISION ", "DOUBLE\nPRECISION"])
def test_blanks_do_not_matter(word: str) -> None:
    """Blanks between and around the words of a type are one blank or none."""
    assert column_type(word).word == "DOUBLE PRECISION"


@pytest.mark.parametrize(
    ("word", "length"),
    [("VARCHAR(50)", 50), ("varchar (50)", 50), ("CHAR( 3 )", 3), ("TEXT", None)],
)
def test_a_text_has_a_length(word: str, length: int | None) -> None:
    """The number in a text's type is the most characters it may have."""
    assert column_type(word).length == length


@pytest.mark.parametrize(
    ("word", "digits"),
    [
        ("NUMERIC(10, 2)", (10, 2)),
        ("decimal(10,2)", (10, 2)),
        ("NUMERIC(10)", (10, 0)),
        ("NUMERIC(3,-2)", (3, -2)),
        ("NUMERIC", (None, None)),
    ],
)
def test_a_numeric_has_digits(word: str, digits: tuple[int | None, int | None]) -> None:
    """The numbers in a NUMERIC are its digits in all, and those behind the point."""
    found = column_type(word)

    assert (found.precision, found.scale) == digits


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("TIMESTAMP(3)", Kind.TIMESTAMP),
        ("timestamp(6) with time zone", Kind.TIMESTAMPTZ),
        ("TIME(0)", Kind.TIME),
        ("FLOAT(53)", Kind.REAL),
        ("BINARY(16)", Kind.BLOB),
    ],
)
def test_a_number_does_not_hide_the_kind(word: str, kind: Kind) -> None:
    """A number in brackets does not hide what kind of type it is."""
    assert column_type(word).kind is kind


@pytest.mark.parametrize("word", ["INTEGER[]", "TEXT[3][3]", "vector(3)", "enum('a', 'b')"])
def test_unknown_words_take_anything(word: str) -> None:
    """A type that is not known takes every sort of value."""
    assert column_type(word).kind is Kind.ANY


def test_the_words_are_kept() -> None:
    """A type shows the words it was declared with."""
    assert str(column_type("varchar (50)")) == "VARCHAR(50)"


def test_no_words_are_shown_as_such() -> None:
    """A column declared without a type says so."""
    assert str(column_type("")) == "(no type)"


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_type_mean_the_same(one: str, other: str) -> None:
    """Two spellings of one type are the same type."""
    assert column_type(one).meaning == column_type(other).meaning


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_types_mean_different_things(one: str, other: str) -> None:
    """Types that keep different values are different types."""
    assert column_type(one).meaning != column_type(other).meaning


def test_a_type_shows_what_it_holds() -> None:
    """The repr of a type names what is set and leaves out what is not."""
    assert repr(column_type("numeric(10,2)")) == (
        "ColumnType(kind=<Kind.NUMERIC: 'numeric'>, word='NUMERIC(10,2)', precision=10, scale=2)"
    )


@pytest.mark.parametrize(
    ("word", "portable"),
    [
        ("bigint", "INTEGER"),
        ("SERIAL", "INTEGER"),
        ("int2", "SMALLINT"),
        ("INT32", "INT4"),
        ("float32", "FLOAT4"),
        ("DOUBLE PRECISION", "REAL"),
        ("decimal(10, 2)", "NUMERIC(10, 2)"),
        ("numeric", "NUMERIC"),
        ("character varying(5)", "VARCHAR(5)"),
        ("clob", "TEXT"),
        ("datetime", "TIMESTAMP"),
        ("timestamp with time zone", "TIMESTAMPTZ"),
        ("bytea", "BLOB"),
        ("jsonb", "JSON"),
    ],
)
def test_a_type_has_portable_words(word: str, portable: str) -> None:
    """A type can be told in the words that mean the same on every engine."""
    assert column_type(word).portable == portable


@pytest.mark.parametrize(("word", "kind", "bits"), WORDS)
def test_portable_words_mean_the_same(word: str, kind: Kind, bits: int | None) -> None:
    """A type told in portable words is the same type."""
    assert column_type(column_type(word).portable).meaning == column_type(word).meaning


def test_types_are_values() -> None:
    """Two types made of the same words are equal and have one hash."""
    assert len({column_type("varchar(5)"), column_type("VARCHAR(5)")}) == 1


@pytest.mark.parametrize("word", sorted(SERIALS))
def test_serials_are_whole_numbers(word: str) -> None:
    """A SERIAL keeps whole numbers."""
    assert column_type(word).kind is Kind.INTEGER


def test_a_type_cannot_be_changed() -> None:
    """A type is a value: it is never changed."""
    with pytest.raises(AttributeError):
        ColumnType(Kind.TEXT, "TEXT").length = 5  # type: ignore[misc]

"""Names: what may be one, and how the name of an index is made."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db.domain.errors import InvalidNameError
from scitex.db.domain.names import (
    INDEX_NAME_BYTES,
    fitted_name,
    identifier,
    identifiers,
    index_name,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
NAMES = TEXT.filter(lambda text: not text.isspace())
BAD_NAMES = [
    "",
    " ",
    "\t\n",
    "a\0b",
    "\0",
    "lone \ud800 surrogate",
    b"bytes",
    None,
    5,
    ["list"],
    object,
]


@given(NAMES)
def test_any_text_is_a_name(name: str) -> None:
    """Any text that is not blank and holds no NUL is a name, and stays as it is."""
    assert identifier(name) == name


@pytest.mark.parametrize("name", BAD_NAMES, ids=repr)
def test_what_is_no_name_is_refused(name: Any) -> None:
    """Blank text, NUL, half characters and what is not text cannot be a name."""
    with pytest.raises(InvalidNameError):
        identifier(name)


@pytest.mark.parametrize("name", [b"users", 5, "a\0b", "\ud800"], ids=repr)
def test_a_refused_name_is_shown(name: Any) -> None:
    """The message shows the name that was refused."""
    with pytest.raises(InvalidNameError) as caught:
        identifier(name)

    assert repr(name) in str(caught.value)


def test_a_name_of_another_type_gets_a_hint() -> None:
    """A name that is not text is refused with what to pass instead."""
    with pytest.raises(InvalidNameError, match="pass the table or column name as a str"):
        identifier(5)  # type: ignore[arg-type]


@given(NAMES)
def test_a_lone_string_is_one_name(name: str) -> None:
    """A string is one name, not its letters."""
    assert identifiers(name) == (name,)


@given(st.lists(NAMES, unique=True))
def test_names_keep_their_order(names: list[str]) -> None:
    """Several names come back in the order in which they were given."""
    assert identifiers(iter(names)) == tuple(names)


@pytest.mark.parametrize("names", [["a", "b", "a"], ("a", "a")])
def test_a_name_comes_once(names: list[str]) -> None:
    """A name that comes twice is refused, and shown."""
    with pytest.raises(InvalidNameError, match="the name 'a' comes twice"):
        identifiers(names)


@pytest.mark.parametrize("names", [5, None, 1.5], ids=repr)
def test_one_or_several_names_are_expected(names: Any) -> None:
    """What is neither a name nor several of them is refused."""
    with pytest.raises(InvalidNameError, match="expected one name or several"):
        identifiers(names)


@pytest.mark.parametrize("bad", BAD_NAMES, ids=repr)
def test_one_bad_name_spoils_all(bad: Any) -> None:
    """One name that is none is enough to refuse them all."""
    with pytest.raises(InvalidNameError):
        identifiers(["good", bad])


@pytest.mark.parametrize(
    ("table", "columns", "expected"),
    [
        ("users", ["email"], "idx_users_email"),
        ("logs", ["user_id", "timestamp"], "idx_logs_user_id_timestamp"),
        ("my table", ["order"], "idx_my table_order"),
    ],
)
def test_an_index_is_named_for_its_columns(table: str, columns: list[str], expected: str) -> None:
    """An index is called ``idx_<table>_<columns>`` by default."""
    assert index_name(table, columns) == expected


@given(NAMES, st.lists(NAMES, min_size=1, max_size=5))
def test_an_index_name_fits_everywhere(table: str, columns: list[str]) -> None:
    """The name of an index has at most the 63 bytes that PostgreSQL keeps."""
    assert len(index_name(table, columns).encode()) <= INDEX_NAME_BYTES


@given(st.text("äx😀", min_size=64), st.text("äx😀", min_size=64))
def test_cut_names_differ(one: str, other: str) -> None:
    """Two names that are too long are not cut to the same one."""
    assert (fitted_name(one, 63) == fitted_name(other, 63)) == (one == other)


@given(NAMES, st.integers(16, 80))
def test_a_name_is_cut_to_bytes(name: str, limit: int) -> None:
    """A name is cut to so many bytes of UTF-8, between characters."""
    assert len(fitted_name(name, limit).encode()) <= limit


@given(st.text("abc", min_size=1, max_size=63))
def test_a_short_name_stays(name: str) -> None:
    """A name that fits is left alone."""
    assert fitted_name(name, 63) == name


def test_a_cut_name_can_be_read() -> None:
    """A name that is cut begins as it did."""
    assert fitted_name("idx_measurements_" + "x" * 80, 63).startswith("idx_measurements_xxx")


def test_a_name_is_cut_the_same_way_for_ever() -> None:
    """The same long name is cut to the same short one, today and tomorrow."""
    assert fitted_name("x" * 64, 63) == "x" * 54 + "_7ce10097"

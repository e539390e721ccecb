"""Signatures: those of a whole column at once are those of each value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db.domain.pieces import Column, PackedText, Piece
from scitex.db.domain.types import Kind
from scitex.db.services import signatures

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300)
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: TEXTS,
    Kind.BLOB: st.binary(max_size=300),
    Kind.INTEGER: st.integers(-(2**63), 2**63 - 1),
    Kind.REAL: st.floats(),
    Kind.TIMESTAMP: st.datetimes(),
    Kind.NUMERIC: st.decimals(allow_nan=False, allow_infinity=False, places=3),
    Kind.UUID: st.uuids(),
}


@pytest.mark.parametrize("kind", VALUES)
@given(data=st.data())
def test_a_column_has_the_signatures_of_its_values(kind: Kind, data: st.DataObject) -> None:
    """Whatever stands beside them, and where there is none."""
    values = data.draw(st.lists(st.none() | VALUES[kind], min_size=1, max_size=20))
    piece = Piece((Column("x", None, values),), len(values))

    found = signatures.of_piece(piece, {"x": kind}).tolist()

    assert found == [signatures.of_record({"x": value}, {"x": kind}) for value in values]


@given(st.lists(st.none() | TEXTS, min_size=1, max_size=20))
def test_packed_texts_have_the_signatures_of_texts(texts: list[str | None]) -> None:
    """Those that an engine gives end to end."""
    bodies = [(text or "").encode() for text in texts]
    behind = np.frombuffer(b"".join(b"\0" + body for body in bodies), np.uint8)
    packed = PackedText(
        lambda marked: behind,
        np.array(list(map(len, bodies)), np.int64),
        np.array([text is not None for text in texts]),
    )
    piece = Piece((Column("x", None, packed),), len(texts))

    found = signatures.of_piece(piece, {"x": Kind.TEXT}).tolist()

    assert found == [signatures.of_record({"x": text}, {"x": Kind.TEXT}) for text in texts]


def test_values_that_differ_have_other_signatures() -> None:
    """A hundred thousand texts that are much alike, short ones and long ones."""
    texts = [f"{n:05d}" * (1 + n % 60) for n in range(100_000)]
    piece = Piece((Column("x", None, texts),), len(texts))

    assert len(set(signatures.of_piece(piece, {"x": Kind.TEXT}).tolist())) == len(texts)


def test_the_changed_columns_are_named() -> None:
    """By their places in the signature."""
    kinds = {"a": Kind.INTEGER, "b": Kind.TEXT, "c": Kind.REAL}
    one, other = (
        signatures.of_record({"a": 1, "b": text, "c": None}, kinds) for text in ("x", "y")
    )

    assert signatures.changed(one, other, tuple(kinds)) == {"b"}
    assert signatures.changed(one, one, tuple(kinds)) == frozenset()

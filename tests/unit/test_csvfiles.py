"""CSV in its parts: what is read exactly, what is told of columns, how values are spelt."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db.domain.errors import DataError
from scitex.db.services.csvfiles.inferring import Guess
from scitex.db.services.csvfiles.lines import Exact, Reader, line_of
from scitex.db.services.csvfiles.spelling import float_text

FIELDS = st.lists(st.text('a",\n\r;é', max_size=4) | st.none(), min_size=2, max_size=4)


def reader(text: str, **asked: object) -> Reader:
    """Return what reads a text."""
    asked = {"delimiter": ",", "nulls": ("",), **asked}
    return Reader(io.BytesIO(text.encode()), "utf-8", **asked)  # type: ignore[arg-type]  # as asked


def rows(text: str, lines: int) -> list[list[str | None]]:
    """Read a text some lines at a time, with None for what is missing."""
    return [
        row if block.exact else [None if each == "" else each for each in row]
        for block in reader(text).blocks(lines)
        for row in block.rows
    ]


def spelt(record: list[str | None]) -> str:
    """Write a record with every text in quotes."""
    return ",".join("" if x is None else '"' + x.replace('"', '""') + '"' for x in record) + "\n"


@given(st.lists(FIELDS, min_size=1, max_size=6), st.integers(1, 4))
def test_records_are_read_as_they_were_written(
    records: list[list[str | None]], lines: int
) -> None:
    """However a file is cut into blocks, its records are whole and empty is not missing."""
    assert rows("".join(map(spelt, records)), lines) == records


@given(st.text('a",\n', max_size=30))
def test_the_exact_reader_agrees_with_pythons(text: str) -> None:
    """Where Python's reader takes a text, the exact one reads the same."""
    quick = reader(text)._quick(text.splitlines(keepends=True))
    if quick is None:
        return
    exact = Exact(text.splitlines(keepends=True), ",", ())
    found = []
    while exact.read < len(text.splitlines()):
        found.append(exact.record())

    assert found == quick


def test_the_lines_of_records_are_known() -> None:
    """A record's line counts the line breaks in the records before it, and blank lines."""
    (block,) = reader('a,b\n\n"x\ny",1\nc,d\n').blocks()

    assert [line_of(block, ",", row, blanks=True) for row in range(4)] == [1, 2, 3, 5]
    assert [line_of(block, ",", row, blanks=False) for row in range(3)] == [1, 3, 5]


def test_a_wrong_byte_is_told_by_its_line() -> None:
    """The line is that of the byte, whatever was read ahead."""
    data = b"a,b\n" * 5000 + b"a,\xff\n" + b"a,b\n" * 5000
    file = Reader(io.BytesIO(data), "utf-8", delimiter=",", nulls=("",))
    with pytest.raises(DataError, match="line 5001 "):
        list(file.blocks())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("line", [2, 3, 150_003])
def test_a_wrong_byte_is_told_by_its_line_in_every_encoding(
    encoding: str, end: str, line: int
) -> None:
    """Line ends count once, however they are spelt and wherever a part of the file ends."""
    good = "".join(f"{number},Ċ text{number}{end}" for number in range(1, line))
    data = good.encode(encoding)
    wrong = b"\x00\xdc" * 2 if "16" in encoding else b"\xff\xff\xff\xff"
    file = Reader(io.BytesIO(data + wrong), encoding, delimiter=",", nulls=("",))
    with pytest.raises(DataError, match=f"line {line} "):
        list(file.blocks())


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        ([["1"], ["2.5"]], "REAL"),
        ([["1"], ["x"]], "TEXT"),
        ([["true"], ["1"]], "TEXT"),
        ([["2025-05-30"], ["2025-05-30 12:00"]], "TEXT"),
        ([["2025-05-30", "2025-05-30 12:00"]], "TEXT"),
        ([["1.5e400", "1.0"]], "TEXT"),
        ([["1.5e-400", "1.0"]], "TEXT"),
        ([["1.5e-300", "0.0e-400"]], "REAL"),
        ([["9" * 5000]], "TEXT"),
        ([["2025-05-30 12:00+99"]], "TEXT"),
        ([["0001-01-01 00:00+05"]], "TEXT"),
        ([["2025-05-30 12:00"], ["2025-05-30 12:00Z"]], "TEXT"),
        ([[], ["1"]], "INTEGER"),
        ([[]], "TEXT"),
        ([["9007199254740993"], ["1.5"]], "TEXT"),
    ],
    ids=str,
)
def test_a_type_fits_all_parts(parts: list[list[str]], word: str) -> None:
    """What a column is called is true of every part of it."""
    guess = Guess()
    for texts in parts:
        guess.add(texts)

    assert guess.type == word


@given(st.floats(allow_nan=False))
def test_a_floats_text_is_that_float(value: float) -> None:
    """The text of a float, read again, is the same float."""
    text = float_text(value)

    assert float(text) == value
    assert "." in text or "e" in text or "Infinity" in text

"""CSV read with pyarrow, beside the same without it."""

from __future__ import annotations

import io
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scitex.db import InMemory
from scitex.db.domain.errors import Error
from scitex.db.services.csvfiles import records
from scitex.db.services.csvfiles.quick import Quick
from scitex.db.testing.contract.quickcsv import QuickCsvLaws
from tests.unit.test_memory import OnMemory

KINDS = {
    "n": "INTEGER",
    "x": "REAL",
    "s": "TEXT",
    "b": "BOOLEAN",
    "t": "TIMESTAMP",
    "v": "VARCHAR(3)",
    "i": "SMALLINT",
    "y": "BLOB",
}
NUMBERS = ["", "0", "-0", "7", "007", "+5", " 5", "5 ", "\t5", "5.0", "1e3", "1E+3", "0x1F", "-"]
NUMBERS += [
    "9223372036854775807",
    "9223372036854775808",
    "40000",
    "1_000",
    "1,5",
    "٣",
    '""',
    '"7"',
]
NUMBERS += ["nan", "NaN", "inf", "-Infinity", "1e400", "1e-400", ".5", "5.", "1.5d", "NULL", "NA"]
NUMBERS += ["0.1", "1.7976931348623157e308", "2.5", "-0.0", "4.9e-324", "1e5 ", "true", "#N/A"]
TEXTS = [
    "",
    '""',
    '"a""b"',
    '"a,b"',
    '"a\nb"',
    '"a\r\nb"',
    'a"b',
    '"a"b',
    "a\\",
    "\\N",
    "é😀",
    "a b",
]
TEXTS += ["abcd", "0xg", "\x1a", '"', "'", "\ufeff", '"\n\n"', "NA", '"NA"', "\u2028", "a\rb"]
TRUTHS = ["", "true", "f", "YES", "2", '"1"', "nan"]
TIMES = ["", "2025-05-30 14:00:00", "2025-05-30T14:00:00.5", "2025-02-30 01:00:00", "yesterday"]
BYTES = ["", "\\x", "\\xff", "\\xf", '"\\x00"']
FIELDS = [NUMBERS, NUMBERS, TEXTS, TRUTHS, TIMES, [*TEXTS, *NUMBERS], NUMBERS, BYTES]
RECORDS = st.tuples(*map(st.sampled_from, FIELDS))
USUAL = ("7", "0.5", "a", "true", "2025-05-30 14:00:00", "abc", "7", "\\xff")


@pytest.mark.engine("memory")
class TestQuickCsv(OnMemory, QuickCsvLaws):
    """The engine in memory."""


def outcome(text: str, null: str, *, quick: bool) -> object:
    """Import a text; return the records or the error."""
    how = mock.patch.object(records, "SIZE", 1 if quick else 1 << 62)
    with how, InMemory() as db:
        db.create_table("kinds", KINDS)
        try:
            db.import_from_csv("kinds", io.StringIO(text, newline=""), null=null)
        except Error as error:
            return type(error), str(error)
        return repr(db.select("kinds"))


@given(
    st.lists(RECORDS, max_size=3),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", "NA"]),
)
@example([USUAL, USUAL], "\n", "")
def test_it_is_as_if_pyarrow_were_not_there(
    rows: list[tuple[str, ...]], end: str, null: str
) -> None:
    """The same records come in, and the same is refused in the same words."""
    text = end.join([",".join(KINDS), *map(",".join, rows), ""])

    assert outcome(text, null, quick=True) == outcome(text, null, quick=False)


@given(st.integers(0, 7), st.data())
def test_a_field_that_is_odd_is_read_alike(place: int, data: st.DataObject) -> None:
    """Beside usual fields a single odd one is what decides."""
    record = list(USUAL)
    record[place] = data.draw(st.sampled_from(FIELDS[place]))
    text = f"{','.join(KINDS)}\n{','.join(record)}\n{','.join(USUAL)}\n"

    assert outcome(text, "", quick=True) == outcome(text, "", quick=False)


def test_a_mark_at_the_beginning_of_a_line_is_text() -> None:
    """pyarrow would take it away wherever it begins to read."""
    lines = ["s,n", *["\ufeffa,1"] * 4, ""]

    found = outcome("\n".join(lines), "", quick=True)
    assert found == outcome("\n".join(lines), "", quick=False)
    assert str(found).count("\\ufeffa") == 4


def test_pyarrow_reads_what_is_usual() -> None:
    """What these tests compare is not twice the same reader."""
    lines = [",".join(KINDS), *[",".join(USUAL)] * 3, ""]
    found = []
    columns = Quick.columns

    def noting(quick: Quick, text: str) -> object:
        found.append(columns(quick, text))
        return found[-1]

    with mock.patch.object(Quick, "columns", noting):
        assert "abc" in str(outcome("\n".join(lines), "", quick=True))

    assert found
    assert None not in found

"""
Reading CSV with pyarrow, where it is installed and surely reads the same.

pyarrow forgives quotes in the wrong place and reads numbers that are none here, so a text is
looked at before: what is in any way unusual is left to Python's reader, which also makes all
errors.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from scitex.db.domain.csvform import CsvForm
from scitex.db.domain.misfit import Misfit
from scitex.db.domain.pieces import Packed, PackedText, Values
from scitex.db.domain.types import INTEGER_BITS, Kind
from scitex.db.services.csvfiles.converting import Converter
from scitex.db.services.csvfiles.lines import well_quoted

SIZE = 1 << 20  # characters that are read at a time; what is shorter is not worth the import
_NUMBERS = {Kind.INTEGER: "int64", Kind.REAL: "float64"}


@attrs.frozen
class Quick:
    """
    What reads the records of some lines, if nothing in them is unusual.

    Attributes
    ----------
    names : tuple of str
    converters : sequence of Converter
    form : CsvForm
    """

    names: tuple[str, ...]
    converters: Sequence[Converter]
    form: CsvForm

    @classmethod
    def of(
        cls, names: tuple[str, ...], converters: Sequence[Converter], form: CsvForm
    ) -> Quick | None:
        """Return what reads records of these columns; None where pyarrow cannot."""
        able = len(names) > 1 and form.delimiter.isascii() and form.null.isascii()
        there = able and importlib.util.find_spec("pyarrow") is not None
        return cls(names, converters, form) if there else None

    def columns(self, text: str) -> list[Values] | None:
        """
        Return the values of records by column; None where Python has to look at them.

        Parameters
        ----------
        text : str
                Whole lines.
        """
        found: list[Values] = []
        try:
            data = text.encode()
            if not _is_usual(data) or not well_quoted(data, self.form.delimiter):
                return None
            table = self._table(data)
            for converter, column in zip(self.converters, table.columns, strict=True):
                found.append(_values(converter, column.combine_chunks()))
        except (Misfit, UnicodeEncodeError):
            return None
        return found

    def _table(self, data: bytes) -> Any:
        """
        Read records.

        Raises
        ------
        Misfit
            If one of them is none, or a number may be one that is spelt in another way.
        """
        import pyarrow as pa
        from pyarrow import csv

        types = {
            name: _number_type(converter) or "string"
            for name, converter in zip(self.names, self.converters, strict=True)
        }
        read = csv.ReadOptions(
            use_threads=False, block_size=len(data) + 1, column_names=self.names
        )
        parse = csv.ParseOptions(delimiter=self.form.delimiter, newlines_in_values=True)
        convert = csv.ConvertOptions(
            column_types=types,
            null_values=[self.form.null],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        )
        try:
            return csv.read_csv(pa.py_buffer(data), read, parse, convert)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise Misfit(str(error)) from None


def _is_usual(data: bytes) -> bool:
    """
    Say whether nothing is in some lines that pyarrow may read in another way.

    It takes the mark of UTF-8 away wherever it begins to read.
    """
    import numpy as np

    if data[0] in b"\r\n\xef" or not data.endswith(b"\n") or b"\0" in data:
        return False
    text = np.frombuffer(data, "u1")
    following = text[np.flatnonzero(text == ord("\n"))[:-1] + 1]
    if (following == ord("\n")).any() or (following == ord("\r")).any():  # a blank line
        return False
    if b"\r" in data and (text[np.flatnonzero(text == ord("\r")) + 1] != ord("\n")).any():
        return False
    letters = (np.flatnonzero(text == ord(x)) for x in "xX" if x.encode() in data)
    return not any((text[places - 1] == ord("0")).any() for places in letters)  # hexadecimal


def _number_type(converter: Converter) -> str | None:
    """Return Arrow's name of the numbers that a column's texts are turned into."""
    type = converter.column.type
    return _NUMBERS.get(type.kind) if type.bits in {None, INTEGER_BITS} else None


def _values(converter: Converter, array: Any) -> Values:
    """
    Return one column's values.

    Raises
    ------
    Misfit
        If one of them is none of the column, or may be one that is spelt in another way.
    """
    import numpy as np

    valid = array.is_valid().to_numpy(zero_copy_only=False) if array.null_count else None
    if _number_type(converter) is None:
        return converter.whole(_packed_texts(array, valid))
    numbers = (array if valid is None else array.fill_null(0)).to_numpy(zero_copy_only=False)
    if not np.isfinite(numbers).all():
        raise Misfit("endless, or no number")
    converter.usual = True
    return Packed(numbers, valid)


def _packed_texts(array: Any, valid: Any) -> PackedText:
    """Return texts that stay where pyarrow put them."""
    import numpy as np

    ends = np.frombuffer(array.buffers()[1], "i4", len(array) + 1, array.offset * 4)
    sizes = np.diff(ends).astype("i8")
    return PackedText(_gatherer(array), sizes, valid, array.to_pylist)


def _gatherer(array: Any) -> Callable[[bool], Any]:
    """Return what gives the texts end to end, or each behind a byte of NUL."""

    def gather(behind_nul: bool) -> Any:  # noqa: FBT001 - as `PackedText` has it
        import numpy as np
        import pyarrow as pa
        from pyarrow import compute

        full = array.fill_null("")
        mark = "\0" if behind_nul else ""
        joined = compute.binary_join(pa.ListArray.from_arrays([0, len(full)], full), mark)
        return np.frombuffer(mark.encode() + joined[0].as_buffer().to_pybytes(), "u1")

    return gather

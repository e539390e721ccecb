"""Results as Arrow tables, and as polars frames, which are the same memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from scitex.db.domain.errors import UnsupportedFeatureError
from scitex.db.domain.pieces import PackedText, Values, listed
from scitex.db.domain.types import ColumnType, Kind
from scitex.db.services.asking import Chosen
from scitex.db.services.frames.gathering import Gathered, Gathering, Objects, Part, Text

if TYPE_CHECKING:
    from scitex.db.ports.storage import Storage


def _needed(name: str) -> Any:
    """Import an optional library."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UnsupportedFeatureError(
            f"{name} is not installed", hint="pip install 'scitex-db[arrow]'"
        ) from error


def read(storage: Storage, chosen: Chosen) -> Any:
    """
    Return what is asked for as a `pyarrow.Table`.

    Raises
    ------
    UnsupportedFeatureError
        If pyarrow is not installed.
    """
    _needed("pyarrow")
    gathering = Gathering(arrow_texts)
    storage.unload(chosen.asked, values=chosen.values, take=gathering.take)
    return table_of(gathering)


def read_polars(storage: Storage, chosen: Chosen) -> Any:
    """Return what is asked for as a `polars.DataFrame`."""
    polars = _needed("polars")
    return polars.from_arrow(read(storage, chosen))


def table_of(gathering: Gathering) -> Any:
    """Make an Arrow table of gathered columns."""
    import pyarrow as pa

    return pa.table({column.name: _array(column) for column in gathering.columns})


def _array(column: Gathered) -> Any:
    """Make one column of a table."""
    import pyarrow as pa

    kind = column.kind
    if kind is Kind.TEXT and all(isinstance(part, Text) for part in column.parts):
        chunks = [part.array for part in column.parts if isinstance(part, Text)]
        return pa.chunked_array(chunks, pa.large_string())
    code = _CODES.get(kind)
    if code is not None:
        values, valid = column.array(code[0])
        mask = None if valid is None else ~valid
        return pa.array(values, _arrow_type(code[1]), mask=mask)
    values = column.objects()
    spell = None if column.type is None else _SPELT.get(column.type.kind)
    if spell is not None:
        values = [None if value is None else spell(value) for value in values]
    return pa.array(values, _declared(column.type))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


_SPELT: dict[Kind, Callable[[Any], str]] = {Kind.JSON: _json, Kind.UUID: str}


_CODES = {
    Kind.INTEGER: ("i8", "int64"),
    Kind.REAL: ("f8", "float64"),
    Kind.BOOLEAN: ("?", "bool_"),
    Kind.TIMESTAMP: ("M8[us]", "timestamp"),
    Kind.TIMESTAMPTZ: ("M8[us]", "timestamptz"),
    Kind.INTERVAL: ("m8[us]", "duration"),
}
_PLAIN = {
    Kind.DATE: "date32",
    Kind.BLOB: "binary",
    Kind.JSON: "string",
    Kind.UUID: "string",
    Kind.TEXT: "string",
}


def _arrow_type(name: str) -> Any:
    import pyarrow as pa

    if name == "timestamptz":
        return pa.timestamp("us", "UTC")
    if name in {"timestamp", "duration", "time64"}:
        return getattr(pa, name)("us")
    return getattr(pa, name)()


def _declared(type: ColumnType | None) -> Any:
    """Return the Arrow type of a declared one; None leaves it to the values."""
    if type is None:
        return None
    if type.kind is Kind.TIME:
        return _arrow_type("time64")
    name = _PLAIN.get(type.kind)
    return None if name is None else _arrow_type(name)


def arrow_texts(values: Values) -> Part:
    """Keep the texts of a piece as Arrow does."""
    import pyarrow as pa

    if isinstance(values, PackedText):
        return Text(_packed_text(values))
    found = listed(values)
    try:
        return Text(pa.array(found, pa.large_string()))
    except UnicodeEncodeError:  # no valid Unicode: another program wrote it
        return Objects(found)


def _packed_text(part: PackedText) -> Any:
    """Make an array of texts that lie end to end, without looking at one of them."""
    import pyarrow as pa

    count = len(part.sizes)
    offsets = np.zeros(count + 1, np.int64)
    np.cumsum(part.sizes, out=offsets[1:])
    bits = None
    if part.valid is not None:
        bits = pa.py_buffer(np.packbits(part.valid, bitorder="little"))
    data = part.gather(False)  # noqa: FBT003
    return pa.LargeStringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(data), bits)

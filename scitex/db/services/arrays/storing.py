"""Arrays, and bytes, into a storage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from scitex.db.domain import npy
from scitex.db.domain.blobs import Held, Parts
from scitex.db.domain.errors import DataError, InterfaceError
from scitex.db.domain.misfit import Misfit
from scitex.db.domain.names import identifiers
from scitex.db.domain.npy import Codec
from scitex.db.domain.pieces import python_values
from scitex.db.domain.plain import is_array
from scitex.db.domain.queries import Query
from scitex.db.domain.rows import Record
from scitex.db.domain.singling import no_bytes
from scitex.db.domain.types import Kind
from scitex.db.domain.values import refused
from scitex.db.ports.records import Values
from scitex.db.ports.storage import Storage
from scitex.db.services.arrays.codecs import codec_of, compressor
from scitex.db.services.arrays.reading import Array, ArrayBytes

_MANY = 1 << 18  # bytes from which on they are stored in parts

_BUFFERS = (bytes, bytearray, memoryview)


def store(
    storage: Storage, table: str, record: Mapping[str, object], *, compress: str | None
) -> Any:
    """
    Store one record with arrays in it; return its primary key.

    Raises
    ------
    InterfaceError
        If there is no array in it, or `compress` is not known.
    DataError
        If an array cannot be kept.
    Error
        As `insert`.
    """
    codec = codec_of(compress)
    arrays: dict[str, Any] = {name: value for name, value in record.items() if is_array(value)}
    if not arrays:
        raise InterfaceError(
            f"no value of the record for table {table!r} is a numpy array",
            hint="convert it with numpy.asarray(); bytes are stored by store_blob()",
        )
    if codec is Codec.NONE and sum(array.nbytes for array in arrays.values()) < _MANY:
        return storage.insert(table, record)
    packed = dict(record)
    for name, array in arrays.items():
        if codec is not Codec.NONE or array.nbytes >= _MANY:
            packed[name] = _parts(array, codec, table=table, column=name)
    try:
        return _stored(storage, table, packed)
    except DataError:
        spec = storage.describe(table)
        lists = [name for name in arrays if spec.column(name).type.kind is Kind.JSON]
        if not lists:
            raise
    return _stored(storage, table, {**packed, **{name: arrays[name] for name in lists}})


def _parts(array: Array, codec: Codec, *, table: str, column: str) -> Parts:
    try:
        return npy.parts(array, codec, compressor(codec))
    except Misfit as misfit:
        raise refused(misfit, array, table=table, column=column) from None


def _stored(storage: Storage, table: str, record: Mapping[str, object]) -> Any:
    """Store a record, its longest parts as such."""
    parts = {name: value for name, value in record.items() if isinstance(value, Parts)}
    longest = max(parts, key=lambda name: parts[name].size, default=None)
    if longest is not None and parts[longest].size < _MANY:
        longest = None
    rest = {
        name: value.joined() if isinstance(value, Parts) else value
        for name, value in record.items()
        if name != longest
    }
    if longest is None:
        return storage.insert(table, rest)
    return storage.insert_blob(table, rest, column=longest, parts=parts[longest])


def store_bytes(storage: Storage, table: str, record: Mapping[str, object]) -> Any:
    """Store one record with bytes in it; return its primary key."""
    return _stored(
        storage,
        table,
        {name: _in_parts(value) for name, value in record.items()},
    )


def _in_parts(value: object) -> object:
    if not isinstance(value, _BUFFERS) or memoryview(value).nbytes < _MANY:
        return value
    view = memoryview(value)
    whole = view.cast("B") if view.c_contiguous else memoryview(view.tobytes())
    return Parts(whole.nbytes, lambda: [whole])


def read_bytes(storage: Storage, query: Query, values: Values) -> bytes | None:
    """Return the bytes of one record; None where they are NULL."""
    with storage.open_blob(query, values=values) as blob:
        if blob is None:
            return None
        starts = range(0, blob.size, blob.at_once) if blob.size else ()
        found = [blob.read(start, min(start + blob.at_once, blob.size)) for start in starts]
        return bytes(found[0]) if len(found) == 1 else b"".join(found)


@contextmanager
def reading(storage: Storage, query: Query, values: Values) -> Iterator[ArrayBytes | None]:
    """Give one record's array, while it may be read; None where it is NULL."""
    (column,) = query.columns or ()
    with storage.open_blob(query, values=values) as blob:
        yield None if blob is None else ArrayBytes(blob, place_of(query.table, column))


def place_of(table: str, column: str) -> str:
    """Say where an array is, for errors."""
    return f"the value of column {column!r} of table {table!r}"


def records(
    storage: Storage, query: Query, values: Values, column: str
) -> Iterator[tuple[Record, Array | None]]:
    """Yield each record without its array, and the array; one of them is alive at a time."""
    for piece in storage.pages(query, values=values, rows=1):
        lists = [python_values(each) for each in piece.columns]
        for row in zip(*lists, strict=True):
            record = dict(zip(piece.names, row, strict=True))
            data = record.pop(column)
            if data is not None and not isinstance(data, bytes):
                raise no_bytes(type(data).__name__, table=query.table, column=column)
            where = place_of(query.table, column)
            yield record, None if data is None else ArrayBytes(Held(data), where).whole()


def check_out(rows: slice | None, out: Array | None) -> None:
    """Refuse to read some rows into an array that is given."""
    if rows is not None and out is not None:
        raise InterfaceError("rows= and out= do not go together", hint="out[:] = get_array(...)")
    if rows is not None and not isinstance(rows, slice):
        raise InterfaceError(
            f"rows={rows!r} is no slice", hint="pass rows=slice(10, 20), or slice(10, 11) for one"
        )
    if out is not None and not is_array(out):
        raise InterfaceError(
            f"out= is no numpy array but {type(out).__name__}", hint="pass numpy.empty(...)"
        )


def beside(
    storage: Storage, table: str, columns: str | Iterable[str] | None, column: str
) -> tuple[str, ...]:
    """Return the columns asked for, and the one of arrays."""
    asked = storage.describe(table).names if columns is None else identifiers(columns)
    return (*(name for name in asked if name != column), column)

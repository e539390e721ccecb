"""
Arrays as bytes: a ``.npy`` file of version 3 with a seal behind it.

The bytes begin with the header that ``numpy.save`` writes, so that ``numpy.load`` reads what is
not compressed.  Then comes the data in blocks of 128 KiB, each compressed by itself or not at all.
The seal at the end has the stored size and the CRC-32 of each block, so that a slice can be read,
and checked, without the rest; it has a checksum of itself and the header too.  Python objects are
in no array that is kept here: reading them back would run code.
"""

from __future__ import annotations

import ast
import enum
import itertools
import math
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs

from scitex.db.domain.blobs import Buffer, Parts
from scitex.db.domain.misfit import Misfit

BLOCK = 1 << 17  # bytes of data; also the most that Zstandard compresses as one
_NPY, _COMPRESSED = b"\x93NUMPY", b"\x93NUMPZ"
_VERSION = b"\x03\x00"
_ALIGNED = 64  # numpy has the data begin at a multiple of it
_LONGEST_HEADER = 1 << 20
_ENTRY = struct.Struct("<II")  # stored size and checksum of a block
_SEAL = struct.Struct("<8sHHIQII")
_MAGIC = b"scitexA1"
_PLAIN_VERSIONS = {b"\x01\x00": ("<H", "latin-1"), b"\x02\x00": ("<I", "latin-1")}


class Codec(enum.IntEnum):
    """How blocks are compressed."""

    NONE = 0
    ZLIB = 1
    ZSTD = 2


class Damaged(ValueError):  # noqa: N818 - never reaches a caller; it becomes a DataError
    """What is wrong with bytes that are to be an array."""


@attrs.frozen
class Form:
    """
    What an array is, beside its data.

    Attributes
    ----------
    descr : str or list
        The type of its elements, as ``.npy`` spells it.
    fortran_order : bool
        Whether the first index changes fastest in memory.
    shape : tuple of int
    """

    descr: Any
    fortran_order: bool
    shape: tuple[int, ...]

    def header(self, magic: bytes = _NPY) -> bytes:
        """Spell the header of a ``.npy`` file."""
        known = {"descr": self.descr, "fortran_order": self.fortran_order, "shape": self.shape}
        text = f"{known!r}\n".encode()
        size = len(magic) + len(_VERSION) + 4
        blanks = -(size + len(text)) % _ALIGNED
        text = text[:-1] + b" " * blanks + b"\n"
        return magic + _VERSION + struct.pack("<I", len(text)) + text


@attrs.frozen(eq=False)
class Layout:
    """
    Where everything is in the bytes of an array.

    Attributes
    ----------
    form : Form
    codec : Codec
    nbytes : int
        Bytes of the data.
    begins : sequence of int
        Where each block begins, and where the last one ends.
    checks : sequence of int or None
        The checksum of each block; None where there are none, as in what ``numpy.save`` wrote.
    """

    form: Form
    codec: Codec
    nbytes: int
    begins: Sequence[int]
    checks: Sequence[int] | None

    @property
    def checksum(self) -> str | None:
        """A checksum of the data, whether compressed or not; None where none was stored."""
        if self.checks is None:
            return None
        return f"{zlib.crc32(struct.pack(f'<{len(self.checks)}I', *self.checks)):08x}"


# ------------------------------------------------------------------------------ to bytes


def form_of(array: Any) -> Form:
    """
    Return what an array is.

    Raises
    ------
    Misfit
        If its elements are no plain data, or some of them are masked.
    """
    dtype = array.dtype
    if dtype.hasobject:
        raise Misfit(
            "its elements are Python objects, and reading those back would run code",
            "convert it: array.astype(float), array.astype(str), or a column of its own",
        )
    if is_masked(array):
        raise Misfit("its mask would be lost", "store array.filled(...), and array.mask beside it")
    if not dtype.itemsize:
        raise Misfit(f"elements of {dtype} have no bytes", "convert it: array.astype('U1')")
    made_elsewhere = dtype.names is None and dtype.kind == "V" and dtype.type.__name__ != "void"
    if dtype.kind not in "biufcSUVmM" or made_elsewhere:
        raise Misfit(f"a .npy file has no type {dtype}", "convert it: array.astype(...)")
    try:
        descr = dtype.str if dtype.names is None else dtype.descr
    except ValueError as error:
        raise Misfit(f"a .npy file has no type {dtype}: {error}", "copy its fields") from None
    flags = array.flags
    fortran = bool(flags.f_contiguous and not flags.c_contiguous)
    form = Form(descr, fortran, tuple(array.shape))
    if dtype.names is not None:
        _check_header(form)
    return form


def is_masked(array: Any) -> bool:
    """Say whether an array has a mask."""
    return any(base.__name__ == "MaskedArray" for base in type(array).__mro__)


def _check_header(form: Form) -> None:
    """Refuse fields that a header cannot tell again."""
    header = form.header()
    try:
        told = len(header) <= _LONGEST_HEADER and _parsed(header[12:], "utf-8") == form
    except Damaged:
        told = False
    if not told:
        raise Misfit(
            f"a header cannot tell its {len(form.descr)} fields", "store some fields in each array"
        )


def parts(
    array: Any, codec: Codec = Codec.NONE, compress: Callable[[Buffer], bytes] = bytes
) -> Parts:
    """
    Return the bytes of an array.

    Parameters
    ----------
    array : ndarray
    codec : Codec
    compress : callable
        Compresses a block; unused where the codec is none.

    Raises
    ------
    Misfit
        As `form_of`.

    Notes
    -----
    What is not compressed is read twice if its parts are: nothing is held but a block.
    """
    form = form_of(array)
    count = -(-array.nbytes // BLOCK)
    if codec is Codec.NONE:
        header = form.header()
        size = len(header) + array.nbytes + count * _ENTRY.size + _SEAL.size
        return Parts(size, lambda: _sealed(header, _blocks(array, form), array.nbytes, codec))
    header = form.header(_COMPRESSED)
    made = list(_sealed(header, _blocks(array, form), array.nbytes, codec, compress))
    return Parts(sum(map(len, made)), lambda: made)


def _sealed(
    header: bytes,
    blocks: Iterator[Buffer],
    nbytes: int,
    codec: Codec,
    compress: Callable[[Buffer], bytes] | None = None,
) -> Iterator[Buffer]:
    """Yield the header, the blocks and the seal."""
    yield header
    entries: list[bytes] = []
    for block in blocks:
        stored = block if compress is None else compress(block)
        entries.append(_ENTRY.pack(len(stored), zlib.crc32(block)))
        yield stored
    table = b"".join(entries)
    seal = _SEAL.pack(_MAGIC, codec, 0, len(header), nbytes, len(entries), 0)[:-4]
    yield table + seal + struct.pack("<I", zlib.crc32(header + table + seal))


def _blocks(array: Any, form: Form) -> Iterator[Buffer]:
    """Yield the data in blocks; the last may be shorter."""
    held = b""
    for run in _runs(array.T if form.fortran_order else array):
        view = memoryview(run)
        if held:
            taken = BLOCK - len(held)
            held, view = held + bytes(view[:taken]), view[taken:]
            if len(held) < BLOCK:
                continue
            yield held
        whole = len(view) - len(view) % BLOCK
        for start in range(0, whole, BLOCK):
            yield view[start : start + BLOCK]
        held = bytes(view[whole:])
    if held:
        yield held


def _runs(array: Any) -> Iterator[Buffer]:
    """Yield the data in runs of bytes; what is not in one piece is copied some rows at a time."""
    if not array.nbytes:
        return
    if array.flags.c_contiguous:
        yield array.reshape(-1).view("u1").data.cast("B")
        return
    rows = max(1, 8 * BLOCK * len(array) // array.nbytes)
    for start in range(0, len(array), rows):
        yield array[start : start + rows].tobytes()


# ---------------------------------------------------------------------------- from bytes


def layout(read: Callable[[int, int], Buffer], size: int) -> Layout:
    """
    Find out where everything is.

    Parameters
    ----------
    read : callable
        Returns the bytes from one place up to another.
    size : int
        How many there are.

    Raises
    ------
    Damaged
        If they are no array, or not the bytes that were written.
    """
    read = _ends(read, size)
    start = bytes(read(0, min(size, len(_NPY) + len(_VERSION) + 4)))
    if not start.startswith((_NPY, _COMPRESSED)):
        raise Damaged(_stranger(start))
    seal = bytes(read(max(size - _SEAL.size, 0), size))
    if len(seal) == _SEAL.size and seal.startswith(_MAGIC):
        return _sealed_layout(read, size, seal)
    if start.startswith(_COMPRESSED):
        raise Damaged("it ends too soon")
    return _plain_layout(read, size, start)


_HEAD, _TAIL = 1 << 10, 1 << 13  # bytes in which the header and the seal mostly are


def _ends(read: Callable[[int, int], Buffer], size: int) -> Callable[[int, int], Buffer]:
    """Return what reads both ends at once, and what lies within from them."""
    head = read(0, min(size, _HEAD))
    begin = max(size - _TAIL, 0)
    tail = read(begin, size)

    def found(start: int, stop: int) -> Buffer:
        if stop <= len(head):
            return head[start:stop]
        return tail[start - begin : stop - begin] if start >= begin else read(start, stop)

    return found


def _stranger(start: bytes) -> str:
    if start.startswith(b"\x80") and start[1:2] in {b"\x02", b"\x03", b"\x04", b"\x05"}:
        return "it is a pickle, which is never loaded here: that would run what is in it"
    return f"it is no array: it begins with {start[:8]!r}"


def _sealed_layout(read: Callable[[int, int], Buffer], size: int, seal: bytes) -> Layout:
    _, codec, _, header_size, nbytes, count, check = _SEAL.unpack(seal)
    end = size - _SEAL.size - count * _ENTRY.size
    if not 0 <= header_size <= min(end, _LONGEST_HEADER) or codec not in list(Codec):
        raise Damaged("its seal is not what was written")
    header = bytes(read(0, header_size))
    table = bytes(read(end, size - _SEAL.size))
    if zlib.crc32(header + table + seal[:-4]) != check:
        raise Damaged("its header or its seal is not what was written")
    stored, checks = table_columns(table)
    begins = list(itertools.accumulate(stored, initial=header_size))
    if begins[-1] != end or count != -(-nbytes // BLOCK):
        raise Damaged("its blocks are not those that were written")
    return Layout(_parsed(header[12:], "utf-8"), Codec(codec), nbytes, begins, checks)


def table_columns(table: bytes) -> tuple[list[int], list[int]]:
    """Return the stored sizes of blocks, and their checksums."""
    entries = list(_ENTRY.iter_unpack(table))
    return [entry[0] for entry in entries], [entry[1] for entry in entries]


def _plain_layout(read: Callable[[int, int], Buffer], size: int, start: bytes) -> Layout:
    """Find out of what ``numpy.save`` wrote; its header may be of versions 1 to 3."""
    form, encoding = _PLAIN_VERSIONS.get(start[6:8], ("<I", "utf-8"))
    begin = 8 + struct.calcsize(form)
    if len(start) < begin:
        raise Damaged("it ends too soon")
    (length,) = struct.unpack(form, start[8:begin])
    if length > min(size, _LONGEST_HEADER):
        raise Damaged("it ends too soon")
    begin += length
    found = _parsed(bytes(read(begin - length, begin)), encoding)
    nbytes = size - begin
    begins = [*range(begin, size, BLOCK), size]
    return Layout(found, Codec.NONE, nbytes, begins, None)


def _parsed(text: bytes, encoding: str) -> Form:
    """Read a header's text; nothing in it is run."""
    try:
        found = ast.literal_eval(text.decode(encoding).strip())
        form = Form(found["descr"], found["fortran_order"], found["shape"])
        whole = all(type(length) is int and length >= 0 for length in form.shape)
    except (ValueError, SyntaxError, KeyError, TypeError, MemoryError, RecursionError):
        raise Damaged("its header is none of a .npy file") from None
    if not whole or type(form.shape) is not tuple or type(form.fortran_order) is not bool:
        raise Damaged("its header is none of a .npy file")
    return form


def check_size(form: Form, itemsize: int, nbytes: int) -> None:
    """
    Refuse data that is less or more than the header says.

    Raises
    ------
    Damaged
    """
    if math.prod(form.shape) * itemsize != nbytes:
        raise Damaged(f"it has {nbytes} bytes for an array of shape {form.shape}")

"""Arrays out of the bytes that a storage gives."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from scitex.db.domain import npy
from scitex.db.domain.errors import DataError, InterfaceError
from scitex.db.domain.npy import Damaged, Form, Layout, is_masked
from scitex.db.services.arrays.codecs import decompressor

if TYPE_CHECKING:
    from scitex.db.ports.blobs import Blob

Array = np.ndarray[Any, Any]


@attrs.frozen
class ArrayInfo:
    """
    What an array is, told without its data.

    Attributes
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    nbytes : int
        Bytes of the data.
    stored : int
        Bytes that are kept for it, compressed or not.
    compress : {None, "zlib", "zstd"}
    checksum : str or None
        The same for the same bytes in memory order, whether compressed or not; None where they
        were written by ``numpy.save``, which keeps none.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    nbytes: int
    stored: int
    compress: str | None
    checksum: str | None


def damaged(error: Damaged, where: str) -> DataError:
    """Say in our words that bytes are no array, or not the bytes that were written."""
    return DataError(
        f"{where} is no array that can be read: {error}",
        hint="get_blob() gives the bytes as they are; a backup has them as they were",
    )


def dtype_of(form: Form) -> np.dtype[Any]:
    """Return the type of the elements, which are no Python objects."""
    try:
        dtype: np.dtype[Any] = np.lib.format.descr_to_dtype(form.descr)
        np.empty(0, dtype)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, SyntaxError, MemoryError):
        raise Damaged(f"its header names no type: {form.descr!r:.60}") from None
    if dtype.hasobject:
        raise Damaged("its elements are Python objects, and reading those would run code")
    return dtype


class ArrayBytes:
    """
    An array that is read from bytes, as much of it as is asked for.

    Parameters
    ----------
    blob : Blob
    where : str
        What is read, for errors.

    Raises
    ------
    DataError
        If the bytes are no array.
    """

    def __init__(self, blob: Blob, where: str) -> None:
        self._blob = blob
        self._where = where
        try:
            self._layout: Layout = npy.layout(blob.read, blob.size)
            self.dtype = dtype_of(self._layout.form)
            npy.check_size(self._layout.form, self.dtype.itemsize, self._layout.nbytes)
        except Damaged as error:
            raise damaged(error, where) from None

    @property
    def info(self) -> ArrayInfo:
        """What the array is."""
        layout = self._layout
        word = None if layout.codec is npy.Codec.NONE else layout.codec.name.lower()
        return ArrayInfo(
            layout.form.shape,
            self.dtype,
            layout.nbytes,
            self._blob.size,
            word,
            layout.checksum,
        )

    def whole(self, out: Array | None = None) -> Array:
        """
        Return the array, read into `out` where that is given.

        Raises
        ------
        DataError
            If the bytes are damaged.
        InterfaceError
            If `out` has another shape or type.
        """
        shape, fortran = self._layout.form.shape, self._layout.form.fortran_order
        if out is None:
            out = self._empty(shape, fortran=fortran)
        else:
            self._check_out(out)
        plain = np.asarray(out)
        target = plain.T if fortran else plain
        if target.flags.c_contiguous:
            self._fill(target, 0)
        else:
            target[...] = self._filled(target.shape, 0)
        return out

    def _empty(self, shape: tuple[int, ...], *, fortran: bool = False) -> Array:
        try:
            return np.empty(shape, self.dtype, order="F" if fortran else "C")
        except (ValueError, MemoryError) as error:
            raise damaged(Damaged(f"{error}: shape {shape}"), self._where) from None

    def _check_out(self, out: Array) -> None:
        shape = self._layout.form.shape
        if out.shape != shape or out.dtype != self.dtype:
            raise InterfaceError(
                f"out= has shape {out.shape} and type {out.dtype}; the array has {shape} "
                f"and {self.dtype}",
                hint="array_info() tells them",
            )
        if not out.flags.writeable or is_masked(out):
            raise InterfaceError(
                "out= is read-only, or has a mask", hint="pass numpy.empty(...), or a memory map"
            )

    def rows(self, rows: slice) -> Array:
        """
        Return some rows: what indexing the whole array with the slice gives.

        Of an array in Fortran order, whose rows are scattered, all is read.
        """
        shape = self._layout.form.shape
        if not shape:
            raise InterfaceError(
                f"rows={rows!r} takes no rows of an array without axes", hint="leave rows= out"
            )
        try:
            start, stop, step = rows.indices(shape[0])
        except (TypeError, ValueError) as error:
            raise InterfaceError(
                f"rows={rows!r}: {error}", hint="pass whole numbers: rows=slice(10, 20)"
            ) from None
        picked = range(start, stop, step)
        if not picked:
            return self._empty((0, *shape[1:]))
        if self._layout.form.fortran_order:
            return self.whole()[rows].copy(order="K")
        low, high = sorted(
            (picked[0], picked[-1] + 1) if step > 0 else (picked[-1], picked[0] + 1)
        )
        found = self._filled((high - low, *shape[1:]), low)
        if step == 1:
            return found
        return np.ascontiguousarray(found[:: abs(step)][:: step // abs(step)])

    def _filled(self, shape: tuple[int, ...], row: int) -> Array:
        found = self._empty(shape)
        self._fill(found, row)
        return found

    def _fill(self, target: Array, row: int) -> None:
        """Read rows from `row` on into an array that lies in one piece."""
        if not target.nbytes:
            return
        into = target.reshape(-1).view("u1")
        begin = row * (target.nbytes // len(target)) if row else 0
        end = begin + len(into)
        for start, block in self._blocks(begin, end):
            low, high = max(begin, start), min(end, start + len(block))
            into[low - begin : high - begin] = block[low - start : high - start]

    def _blocks(self, begin: int, end: int) -> Iterator[tuple[int, Array]]:
        """Yield the blocks that hold some of the data, each with its place, checked."""
        layout, size = self._layout, self._blob.at_once
        decompress, failures = decompressor(layout.codec)
        first, last = begin // npy.BLOCK, -(-end // npy.BLOCK)
        while first < last:
            after = first + 1
            while after < last and layout.begins[after + 1] - layout.begins[first] <= size:
                after += 1
            offset = layout.begins[first]
            run = memoryview(self._blob.read(offset, layout.begins[after]))
            for number in range(first, after):
                stored = run[layout.begins[number] - offset : layout.begins[number + 1] - offset]
                wanted = min(npy.BLOCK, layout.nbytes - number * npy.BLOCK)
                try:
                    block = np.frombuffer(decompress(stored, wanted), "u1")
                except failures as error:
                    raise damaged(Damaged(f"block {number}: {error}"), self._where) from error
                self._check(number, block)
                yield number * npy.BLOCK, block
            first = after

    def _check(self, number: int, block: Array) -> None:
        """Compare a block with what was written."""
        checks = self._layout.checks
        wanted = min(npy.BLOCK, self._layout.nbytes - number * npy.BLOCK)
        same = checks is None or zlib.crc32(block.data) == checks[number]
        if len(block) != wanted or not same:
            what = Damaged(f"block {number} of its data is not what was written")
            raise damaged(what, self._where)

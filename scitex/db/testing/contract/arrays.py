"""Laws about arrays: they come back as they were, or are refused."""

from __future__ import annotations

import io
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from scitex.db import array_from_bytes, array_to_bytes
from scitex.db._facade.database import Database
from scitex.db.domain import npy
from scitex.db.domain.blobs import Parts
from scitex.db.domain.capabilities import Capability
from scitex.db.domain.errors import (
    DataError,
    InterfaceError,
)
from scitex.db.domain.predicates import ALL_ROWS
from scitex.db.testing.contract.arrayground import LARGE, ArrayGround, noise, same

DTYPES = st.one_of(
    hnp.scalar_dtypes(),
    hnp.unicode_string_dtypes(max_len=4),
    hnp.byte_string_dtypes(max_len=4),
    hnp.array_dtypes(
        st.one_of(
            hnp.integer_dtypes(endianness="?"),
            hnp.floating_dtypes(),
            hnp.unicode_string_dtypes(max_len=3),
        ),
        max_size=3,
        allow_subarrays=True,
    ),
)
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5)
BOTH = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)


def _checks(array: Any) -> bytes:
    """Return the checksums of an array's blocks."""
    data = array.tobytes()
    blocks = [data[start : start + npy.BLOCK] for start in range(0, len(data), npy.BLOCK)]
    return np.array([zlib.crc32(block) for block in blocks], "<u4").tobytes()


class ArrayLaws(ArrayGround):
    """Arrays come back as they were, or are refused."""

    # ------------------------------------------------------------------------ arrays

    @BOTH
    @given(array=hnp.arrays(DTYPES, SHAPES), compress=st.sampled_from([None, "zlib", "zstd"]))
    def test_arrays_of_every_sort_come_back(
        self, shelf: Database, array: Any, compress: Any
    ) -> None:
        """Type, shape, byte order and data are those of the array that was stored."""
        shelf.delete("arrays", where=ALL_ROWS)
        for given_array in (
            array,
            np.asfortranarray(array),
            array[..., ::2] if array.ndim else array,
        ):
            key = shelf.store_array("arrays", {"data": given_array}, compress=compress)
            assert same(shelf.get_array("arrays", "data", where={"id": key}), given_array)

    @pytest.mark.parametrize("compress", [None, "zlib", "zstd"])
    @pytest.mark.parametrize("shape", [(40_000, 3), (300, 400), (7, 11, 1300)])
    def test_large_arrays_come_back(
        self, shelf: Database, shape: tuple[int, ...], compress: Any
    ) -> None:
        """Arrays of many blocks, in both orders and with steps, are whole."""
        data = np.random.default_rng(0).integers(0, 1000, shape).astype(">f8")
        for array in (data, np.asfortranarray(data), data[::2], data[:, ::-1]):
            key = shelf.store_array("arrays", {"data": array}, compress=compress)
            assert same(shelf.get_array("arrays", "data", where={"id": key}), array)

    def test_arrays_are_values_everywhere(self, shelf: Database) -> None:
        """insert, insert_many, update, upserts and update_many take them."""
        first, second = np.arange(5.0), np.array([["a", "bc"]])
        shelf.insert("arrays", {"id": 1, "data": first})
        shelf.insert_many("arrays", [{"id": n, "data": np.full(n, n)} for n in range(2, 300)])
        shelf.update("arrays", {"data": second}, where={"id": 2})
        shelf.update_many("arrays", [{"id": 3, "data": first}], key="id")
        shelf.insert("arrays", {"id": 4, "data": second}, on_conflict="update")
        found = {record["id"]: data for record, data in shelf.iter_arrays("arrays", "data")}

        assert same(found[1], first)
        assert same(found[2], second)
        assert same(found[3], first)
        assert same(found[4], second)
        assert all(same(found[n], np.full(n, n)) for n in range(5, 300))

    def test_several_arrays_go_into_one_record(self, db: Database) -> None:
        """Each column has its own, large and small."""
        db.create_table(
            "many", {"id": "INTEGER PRIMARY KEY", "a": "BLOB", "b": "BLOB", "c": "JSON"}
        )
        a, b = noise(LARGE), noise(LARGE // 2, seed=1)
        key = db.store_array("many", {"a": a, "b": b, "c": np.arange(3)})

        assert same(db.get_array("many", "a", where={"id": key}), a)
        assert same(db.get_array("many", "b", where={"id": key}), b)
        assert db.select("many", columns="c") == [{"c": [0, 1, 2]}]

    def test_subclasses_are_arrays(self, shelf: Database, tmp_path: Path) -> None:
        """Memory maps and records come back as plain arrays; 0-d ones too."""
        mapped = np.memmap(tmp_path / "map", "f8", "w+", shape=(LARGE,))
        mapped[:] = noise(LARGE)
        for array in (mapped, np.array(5.5), np.rec.fromrecords([(1, 2.0)])):
            key = shelf.store_array("arrays", {"data": array})
            found = shelf.get_array("arrays", "data", where={"id": key})
            assert found is not None
            assert type(found) is np.ndarray
            assert found.tobytes() == array.tobytes()
            assert found.shape == array.shape

    @pytest.mark.parametrize(
        "array",
        [
            np.array([1, "a", None], dtype=object),
            np.array([(1, None)], dtype=[("a", "i4"), ("b", object)]),
            np.ma.masked_array([1, 2], mask=[True, False]),
        ],
    )
    def test_what_cannot_be_kept_is_refused(self, shelf: Database, array: Any) -> None:
        """Python objects would have to be unpickled, and a mask would be lost."""
        with pytest.raises(DataError, match="data"):
            shelf.store_array("arrays", {"data": array})
        with pytest.raises(DataError, match="data"):
            shelf.store_array("arrays", {"data": array}, compress="zlib")
        with pytest.raises(DataError, match="data"):
            shelf.insert_many("arrays", [{"data": array}] * 300)

        assert shelf.count("arrays") == 0

    def test_wrong_arguments_are_told(self, shelf: Database) -> None:
        """No array, an unknown compression, rows that are none."""
        with pytest.raises(InterfaceError, match="numpy array"):
            shelf.store_array("arrays", {"data": [1, 2]})
        with pytest.raises(InterfaceError, match="lz4"):
            shelf.store_array("arrays", {"data": np.arange(3)}, compress="lz4")  # type: ignore[arg-type]  # wrong
        shelf.store_array("arrays", {"data": np.arange(3)})
        with pytest.raises(InterfaceError, match="slice"):
            shelf.get_array("arrays", "data", rows=1)  # type: ignore[arg-type]  # wrong
        with pytest.raises(InterfaceError, match="shape"):
            shelf.get_array("arrays", "data", out=np.empty(4))
        with pytest.raises(InterfaceError, match="together"):
            shelf.get_array("arrays", "data", out=np.empty(3), rows=slice(1))
        with pytest.raises(DataError, match="name"):
            shelf.insert("arrays", {"name": np.arange(3)})

    # ------------------------------------------------------------------- parts of them

    @BOTH
    @given(
        rows=st.builds(
            slice,
            st.none() | st.integers(-60, 60),
            st.none() | st.integers(-60, 60),
            st.none() | st.integers(-7, 7).filter(bool),
        ),
        kind=st.sampled_from(["C", "F", "zlib"]),
    )
    def test_rows_are_what_a_slice_gives(self, shelf: Database, rows: slice, kind: str) -> None:
        """Any slice of the first axis gives what it gives of the whole array."""
        array = np.arange(50 * 2000, dtype="<f8").reshape(50, 2000)
        if not shelf.exists("arrays"):
            shelf.store_array("arrays", {"name": "C", "data": array})
            shelf.store_array("arrays", {"name": "F", "data": np.asfortranarray(array)})
            shelf.store_array("arrays", {"name": "zlib", "data": array}, compress="zlib")
        found = shelf.get_array("arrays", "data", where={"name": kind}, rows=rows)

        assert found is not None
        assert found.shape == array[rows].shape
        assert (found == array[rows]).all()

    def test_an_array_is_read_into_another(self, shelf: Database, tmp_path: Path) -> None:
        """A memory map, or an array with steps in it, takes the data."""
        array = noise(LARGE).reshape(-1, 4)
        key = shelf.store_array("arrays", {"data": array})
        mapped = np.memmap(tmp_path / "map", array.dtype, "w+", shape=array.shape)
        stepped = np.empty((2 * len(array), 4))[::2]
        for out in (mapped, stepped, np.empty(array.shape, order="F")):
            assert shelf.get_array("arrays", "data", where={"id": key}, out=out) is out
            assert (out == array).all()

    @pytest.mark.parametrize("compress", [None, "zlib", "zstd"])
    def test_an_array_is_told_without_its_data(self, shelf: Database, compress: Any) -> None:
        """Shape, type, size and checksum are known, the last whether compressed or not."""
        array = np.zeros((300, 200), ">f4")
        key = shelf.store_array("arrays", {"data": array}, compress=compress)
        info = shelf.array_info("arrays", "data", where={"id": key})

        assert info is not None
        assert (info.shape, info.dtype.str, info.nbytes) == ((300, 200), ">f4", 240_000)
        assert info.compress == compress
        assert (info.stored < 10_000) == (compress is not None)
        assert info.checksum == f"{zlib.crc32(_checks(array)):08x}"

    def test_a_slice_takes_no_more_memory_than_it_needs(self, shelf: Database) -> None:
        """A thousand values of a large array are read without the rest."""
        array = noise(4_000_000).reshape(-1, 10)
        key = shelf.store_array("arrays", {"data": array})
        if Capability.SQL not in shelf.capabilities:
            return  # it is in memory already
        shelf.get_array("arrays", "data", where={"id": key}, rows=slice(1))  # imports and plans
        tracemalloc.start()
        try:
            found = shelf.get_array(
                "arrays", "data", where={"id": key}, rows=slice(70_000, 70_100)
            )
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert found is not None
        assert (found == array[70_000:70_100]).all()
        assert most < array.nbytes // 50

    def test_too_many_bytes_are_refused_before_they_are_made(self, shelf: Database) -> None:
        """A value of 3 GB is refused by its size."""
        if Capability.SQL not in shelf.capabilities:
            pytest.skip("memory has no limit of its own")
        many = Parts(3_000_000_000, lambda: pytest.fail("made"))
        with pytest.raises(DataError, match="3000000000"):
            shelf.storage.insert_blob("arrays", {"name": "x"}, column="data", parts=many)

        assert shelf.count("arrays") == 0

    @pytest.mark.parametrize("rows", [slice(0, 5, 0), slice("a"), slice(1.5)])
    def test_a_slice_of_no_whole_numbers_is_told(self, shelf: Database, rows: slice) -> None:
        """What numpy would refuse is refused in this package's words."""
        shelf.store_array("arrays", {"data": np.arange(9)})
        with pytest.raises(InterfaceError, match="slice"):
            shelf.get_array("arrays", "data", rows=rows)

    def test_what_an_array_is_read_into_is_looked_at(self, shelf: Database) -> None:
        """A matrix is filled; what is read-only or has a mask is refused."""
        array = np.arange(6.0).reshape(2, 3)
        shelf.store_array("arrays", {"data": array})
        matrix = np.zeros((2, 3)).view(np.matrix)
        assert shelf.get_array("arrays", "data", out=matrix) is matrix
        assert (np.asarray(matrix) == array).all()
        for out in (np.broadcast_to(0.0, (2, 3)), np.ma.masked_array(np.zeros((2, 3)))):
            with pytest.raises(InterfaceError, match="out"):
                shelf.get_array("arrays", "data", out=out)

    def test_a_large_array_goes_into_json_as_a_small_one(self, db: Database) -> None:
        """A JSON column takes it as a list, whatever its size."""
        db.create_table("lists", {"id": "INTEGER PRIMARY KEY", "c": "JSON", "data": "BLOB"})
        db.store_array("lists", {"c": np.arange(50_000), "data": np.arange(50_000)})

        assert db.select("lists", columns="c")[0]["c"] == list(range(50_000))
        assert same(db.get_array("lists", "data"), np.arange(50_000))

    @pytest.mark.parametrize(
        "array",
        [
            np.zeros(3, [("a", "U0"), ("c", "i4")])["a"],
            np.zeros(2, [(f"channel_name_{n}", "f8") for n in range(40_000)]),
        ],
        ids=["no bytes", "many fields"],
    )
    def test_what_could_not_be_read_again_is_refused(self, shelf: Database, array: Any) -> None:
        """Elements without bytes, and more fields than a header has room for."""
        with pytest.raises(DataError):
            shelf.store_array("arrays", {"data": array})

    def test_an_unlucky_field_is_no_mask(self, shelf: Database) -> None:
        """A record array may have a field of any name."""
        array = np.rec.fromrecords([(1, 2.0)], dtype=[("a", int), ("mask", float)])
        shelf.store_array("arrays", {"data": array})

        assert shelf.array_info("arrays", "data") is not None

    # ---------------------------------------------------------------- damaged and foreign

    @pytest.mark.parametrize("compress", [None, "zlib", "zstd"])
    def test_a_bit_that_flips_is_found(self, shelf: Database, compress: Any) -> None:
        """Whatever bit of the bytes is another one, the array is refused."""
        array = np.random.default_rng(0).integers(0, 9, 40_000)
        data = array_to_bytes(array, compress=compress)
        random = np.random.default_rng(1)
        places = {
            *range(140),
            *(len(data) - n for n in range(1, 60)),
            *random.integers(0, len(data), 60),
        }
        for place in sorted(map(int, places)):
            wrong = bytearray(data)
            wrong[place] ^= 1 << (place % 8)
            try:
                found = array_from_bytes(wrong)
            except DataError:
                continue
            assert compress == "zstd"  # a few bits of Zstandard's own mean nothing
            assert (found == array).all()
        key = shelf.store_blob("arrays", {"data": bytes([*data[:-1], data[-1] ^ 1])})
        with pytest.raises(DataError, match="data"):
            shelf.get_array("arrays", "data", where={"id": key})

    def test_bytes_that_end_too_soon_are_refused(self, shelf: Database) -> None:
        """However many are missing, or too many."""
        data = array_to_bytes(np.arange(40_000))
        for size in [0, 1, 5, 8, 12, 64, 127, 128, 129, 1000, len(data) // 2, len(data) - 1]:
            with pytest.raises(DataError):
                array_from_bytes(data[:size])
        with pytest.raises(DataError):
            array_from_bytes(data + b"\0")
        shelf.store_blob("arrays", {"data": data[:-40]})
        with pytest.raises(DataError, match="arrays"):
            shelf.get_array("arrays", "data")

    @pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
    def test_what_numpy_saved_is_read(self, shelf: Database, version: tuple[int, int]) -> None:
        """A .npy file is an array, and an array that is not compressed is a .npy file."""
        array = np.asfortranarray(np.arange(60.0).reshape(3, 4, 5))
        file = io.BytesIO()
        np.lib.format.write_array(file, array, version)
        key = shelf.store_blob("arrays", {"data": file.getvalue()})
        mine = shelf.store_array("arrays", {"data": array})
        data = shelf.get_blob("arrays", "data", where={"id": mine})
        info = shelf.array_info("arrays", "data", where={"id": key})

        assert same(shelf.get_array("arrays", "data", where={"id": key}), array)
        assert info is not None
        assert info.checksum is None
        assert data is not None
        assert same(np.load(io.BytesIO(data)), array)

    def test_saved_objects_are_refused(self, shelf: Database) -> None:
        """Objects that numpy pickled into a file are not unpickled."""
        file = io.BytesIO()
        np.save(file, np.array([{}, None]), allow_pickle=True)
        shelf.store_blob("arrays", {"data": file.getvalue()})
        with pytest.raises(DataError, match="objects"):
            shelf.get_array("arrays", "data")

    def test_many_arrays_come_one_by_one(self, shelf: Database) -> None:
        """Conditions, an order, a limit and other columns are those of `select`."""
        shelf.insert_many("arrays", [{"name": f"n{n}", "data": np.full(n, n)} for n in range(9)])
        found = list(
            shelf.iter_arrays(
                "arrays", "data", "name", where="id > ?", params=[3], order_by="id DESC", limit=2
            )
        )

        assert [record for record, _ in found] == [{"name": "n8"}, {"name": "n7"}]
        assert [len(array) for _, array in found if array is not None] == [8, 7]

"""Arrays to bytes and back, for those who read the column themselves."""

from __future__ import annotations

from scitex.db.domain import npy
from scitex.db.domain.blobs import Buffer, Held
from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.misfit import Misfit
from scitex.db.domain.plain import is_array
from scitex.db.domain.values import refused
from scitex.db.services.arrays.codecs import codec_of, compressor
from scitex.db.services.arrays.reading import Array, ArrayBytes


def array_to_bytes(array: Array, *, compress: str | None = None) -> bytes:
    """
    Return the bytes that are kept for an array: those of a ``.npy`` file, and checksums.

    Parameters
    ----------
    array : ndarray
        Of any shape, and any type but Python objects.
    compress : {None, "zstd", "zlib"}
        What is not compressed is also read by `numpy.load`.

    Returns
    -------
    bytes

    Raises
    ------
    DataError
        If its elements are Python objects, or some are masked.
    InterfaceError
        If `compress` is not known, or it is no array.
    UnsupportedFeatureError
        If there is no Zstandard (the extra ``zstd`` before Python 3.14).

    Examples
    --------
    >>> import numpy as np
    >>> array_from_bytes(array_to_bytes(np.arange(3), compress="zlib"))
    array([0, 1, 2])
    """
    codec = codec_of(compress)
    if not is_array(array):
        raise InterfaceError(
            f"{type(array).__name__} is no numpy array", hint="convert it: numpy.asarray(...)"
        )
    try:
        return npy.parts(array, codec, compressor(codec)).joined()
    except Misfit as misfit:
        raise refused(misfit, array, table=None, column=None) from None


def array_from_bytes(data: Buffer) -> Array:
    """
    Return the array whose bytes these are; nothing in them is run.

    Parameters
    ----------
    data : bytes-like
        What `select` gives of a column of arrays, or what `numpy.save` wrote.

    Returns
    -------
    ndarray

    Raises
    ------
    DataError
        If they are no array, or damaged; a pickle is none.
    InterfaceError
        If it is not bytes.

    Examples
    --------
    >>> import numpy as np
    >>> db.create_table("signals", {"id": "INTEGER PRIMARY KEY", "data": "BLOB"})
    >>> db.insert("signals", {"data": np.array([0.5, 1.5])})
    1
    >>> array_from_bytes(db.select("signals")[0]["data"])
    array([0.5, 1.5])
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise InterfaceError(
            f"{type(data).__name__} is no bytes", hint="pass what select() gives of the column"
        )
    return ArrayBytes(Held(data), "what was given").whole()

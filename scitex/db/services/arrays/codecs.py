"""How the blocks of an array are compressed."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from scitex.db.domain.blobs import Buffer
from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.npy import Codec
from scitex.db.services.compression import zstandard

_WORDS = {None: Codec.NONE, "zlib": Codec.ZLIB, "zstd": Codec.ZSTD}
_QUICKEST = 1  # of both, the level that costs least; the next ones gain little on measurements


def codec_of(word: object) -> Codec:
    """
    Return what a word of compression means.

    Raises
    ------
    InterfaceError
        If it means nothing.
    """
    if not (word is None or isinstance(word, str)) or word not in _WORDS:
        raise InterfaceError(
            f"compress={word!r} is not known", hint="pass 'zstd', 'zlib', or None"
        )
    return _WORDS[word]


def compressor(codec: Codec) -> Callable[[Buffer], bytes]:
    """
    Return what compresses a block.

    Raises
    ------
    UnsupportedFeatureError
        If there is no Zstandard.
    """
    if codec is Codec.ZLIB:
        return lambda block: zlib.compress(block, _QUICKEST)
    if codec is Codec.ZSTD:
        zstd = zstandard()
        return lambda block: bytes(zstd.compress(block, _QUICKEST))
    return bytes


def decompressor(codec: Codec) -> tuple[Callable[[Buffer], Buffer], tuple[type[Exception], ...]]:
    """Return what decompresses a block, and what it raises where that is damaged."""
    if codec is Codec.ZLIB:
        return zlib.decompress, (zlib.error,)
    if codec is Codec.ZSTD:
        zstd = zstandard()
        return zstd.decompress, (zstd.ZstdError,)
    return lambda block: block, ()

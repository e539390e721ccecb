"""How the blocks of an array are compressed."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

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


Decompress = Callable[[Buffer, int], Buffer]


def decompressor(codec: Codec) -> tuple[Decompress, tuple[type[Exception], ...]]:
    """
    Return what decompresses a block, and what it raises where that is damaged.

    It is given how many bytes there should be, and makes no more than one beyond: a few bytes
    could pretend to be gigabytes.
    """
    if codec is Codec.ZLIB:
        return lambda block, size: _whole(zlib.decompressobj(), block, size), _DAMAGES
    if codec is Codec.ZSTD:
        zstd = zstandard()
        make = zstd.ZstdDecompressor
        return lambda block, size: _whole(make(), block, size), (zstd.ZstdError, *_DAMAGES)
    return lambda block, _: block, ()


_DAMAGES = (zlib.error, EOFError)


def _whole(stream: Any, block: Buffer, size: int) -> bytes:
    """Decompress a block that makes `size` bytes; raise EOFError where it is cut or longer."""
    found: bytes = stream.decompress(block, size + 1)
    if not stream.eof:
        raise EOFError("it is cut short, or longer than it should be")
    return found

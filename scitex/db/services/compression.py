"""Files compressed and not, by the ending of their name: ``.gz``, ``.zst``."""

from __future__ import annotations

import contextlib
import gzip
import importlib
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from scitex.db.domain.errors import DatabaseError, DataError, UnsupportedFeatureError


def zstandard() -> Any:
    """
    Import Zstandard: Python's own from 3.14 on, the same code as a package before.

    Raises
    ------
    UnsupportedFeatureError
        If there is none.
    """
    for name in ("compression.zstd", "backports.zstd"):
        with contextlib.suppress(ImportError):
            return importlib.import_module(name)
    raise UnsupportedFeatureError(
        "this Python has no Zstandard", hint="pip install 'scitex-db[zstd]', or write a .gz file"
    )


@contextlib.contextmanager
def compressing(file: BinaryIO, path: str) -> Iterator[BinaryIO]:
    """
    Give what is to be written to instead of `file`, whose name ends as `path` does.

    Raises
    ------
    UnsupportedFeatureError
        If the ending is ``.zst`` and there is no Zstandard.
    """
    ending = path.lower()
    if ending.endswith(".gz"):
        with gzip.GzipFile("", "wb", 6, file, mtime=0) as outer:  # no name, no time: same bytes
            yield cast("BinaryIO", outer)
    elif ending.endswith(".zst"):
        with zstandard().ZstdFile(file, "wb") as outer:
            yield outer
    else:
        yield file


@contextlib.contextmanager
def decompressing(
    file: BinaryIO, path: str, damaged: type[DatabaseError] = DataError
) -> Iterator[BinaryIO]:
    """
    Give what is to be read instead of `file`, whose name ends as `path` does.

    Raises
    ------
    DataError
        If it turns out to be damaged; or `damaged`, if that is given.
    UnsupportedFeatureError
        If the ending is ``.zst`` and there is no Zstandard.
    """
    ending = path.lower()
    if ending.endswith(".gz"):
        with _undamaged(path, zlib.error, damaged), gzip.GzipFile("", "rb", fileobj=file) as inner:
            yield cast("BinaryIO", inner)
    elif ending.endswith(".zst"):
        zstd = zstandard()
        with _undamaged(path, zstd.ZstdError, damaged), zstd.ZstdFile(file, "rb") as inner:
            yield inner
    else:
        yield file


@contextlib.contextmanager
def _undamaged(path: str, error: type[Exception], damaged: type[DatabaseError]) -> Iterator[None]:
    """Say in our words that a compressed file is damaged."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, error) as damage:
        raise damaged(
            f"{path} is damaged, or not what its ending says: {damage}",
            hint="get the file anew; nothing of it was kept",
        ) from damage

"""
What tells of each value of a record whether it is another one now: nine bytes a column.

They are the heads that `scitex.db.domain.fingerprints` describes; where a value does not fit into
its head, the eight bytes after the letter are a hash of what is behind it instead of its length.

Short values are hashed eight bytes at a time, those of a whole column at once: each word is mixed
into the hash of those before it by the last step of MurmurHash3 [1]_, which maps 64 bits onto 64
bits one to one, so that two values that differ in one word only never have the same hash.  Long
ones are hashed by BLAKE2b.  Neither is to keep anybody from making two values that have the same:
who does so keeps their own change from being seen, and no other.

NaN and JSON's null have the signature of NULL: SQLite keeps no NaN, and `select` gives None for
both, so that no side is made to change one for the other.

References
----------
.. [1] A. Appleby, "SMHasher", https://github.com/aappleby/smhasher (the function fmix64).
"""

from __future__ import annotations

import decimal
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scitex.db.domain.fingerprints import NULL, encoded
from scitex.db.domain.pieces import Column, PackedText, Piece
from scitex.db.domain.types import Kind
from scitex.db.services.fingerprints import encode

WIDTH = len(NULL)
_HASH = WIDTH - 1
_SHORT = 256  # bytes of a value up to which it is hashed by words
_WORD = 8
_PAD = bytes(_WORD)
_MASK = 2**64 - 1
_FIRST = 0x9E3779B97F4A7C15
_MIXED = (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53)
_SHIFT = 33


def of_piece(piece: Piece, kinds: Mapping[str, Kind]) -> Any:
    """Return an array of the signatures of a piece's records; columns in the order of `kinds`."""
    heads = np.zeros((piece.rows, WIDTH * len(kinds)), np.uint8)
    columns = {column.name: column for column in piece.columns}
    for place, (name, kind) in enumerate(kinds.items()):
        part = heads[:, WIDTH * place :][:, :WIDTH]
        _write(columns[name], kind, part)
    return heads.view(f"V{heads.shape[1]}").ravel()


def _write(column: Column, kind: Kind, heads: Any) -> None:
    """Write the signatures of a column; what comes to no value has that of none."""
    _write_all(column, kind, heads)
    missing = _MISSING.get(kind)
    if missing is not None:
        heads[(heads == np.frombuffer(missing, np.uint8)).all(axis=1)] = 0


def _write_all(column: Column, kind: Kind, heads: Any) -> None:
    """Write the signatures of a column."""
    values = column.values
    if kind is Kind.TEXT and isinstance(values, PackedText):
        texts = np.asarray(values.gather(True))  # noqa: FBT003 - each behind a NUL
        starts = np.cumsum(values.sizes + 1) - values.sizes
        heads[:, 0] = ord("s")
        heads[:, 1:] = _bytes_of(_hashes(bytes(texts), starts, values.sizes))
        if values.valid is not None:
            heads[~values.valid] = np.frombuffer(NULL, np.uint8)
        return
    bodies = encode(column, kind, heads)
    if bodies is not None:
        sizes = np.fromiter(map(len, bodies), np.int64, len(bodies))
        found = _hashes(b"".join(bodies), np.cumsum(sizes) - sizes, sizes)
        heads[sizes > 0, 1:] = _bytes_of(found)[sizes > 0]


def _bytes_of(hashes: Any) -> Any:
    return hashes.astype("<u8").view(np.uint8).reshape(-1, _HASH)


def _hashes(data: bytes, starts: Any, sizes: Any) -> Any:
    """
    Return a hash of each of some values, 0 of an empty one.

    Parameters
    ----------
    data : bytes
    starts, sizes : ndarray of int64 of shape (n_values,)
        Where each is in `data`.
    """
    found = np.where(sizes > 0, sizes.astype(np.uint64) ^ np.uint64(_FIRST), np.uint64(0))
    padded = np.frombuffer(data + _PAD, np.uint8)
    words = np.lib.stride_tricks.sliding_window_view(padded, _WORD)
    among = np.flatnonzero((sizes > 0) & (sizes <= _SHORT))
    done = 0
    while len(among):
        word = words[starts[among] + done].view("<u8").ravel()
        bits = (np.minimum(sizes[among] - done, _WORD) * 8).astype(np.uint64)
        word &= np.uint64(_MASK) >> (np.uint64(64) - bits)
        found[among] = _mixed(found[among] ^ word)
        done += _WORD
        among = among[sizes[among] > done]
    for place in np.flatnonzero(sizes > _SHORT):
        start = starts[place]
        found[place] = _long(data[start : start + sizes[place]])
    return found


def _mixed(words: Any) -> Any:
    """Mix the bits of each word."""
    for factor in _MIXED:
        words = words ^ (words >> np.uint64(_SHIFT))
        words = words * np.uint64(factor)
    return words ^ (words >> np.uint64(_SHIFT))


def _long(body: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(body, digest_size=_HASH).digest(), "little")


def of_record(record: Mapping[str, Any], kinds: Mapping[str, Kind]) -> bytes:
    """Return the signature of one record."""
    return b"".join([_of_value(record[name], kind) for name, kind in kinds.items()])


def _of_value(value: Any, kind: Kind) -> bytes:
    found = _of_any(value, kind)
    return NULL if found == _MISSING.get(kind) else found


def _of_any(value: Any, kind: Kind) -> bytes:
    head, body = encoded(value, kind)
    return head[:1] + _hash(body).to_bytes(_HASH, "little") if body else head


def _hash(body: bytes) -> int:
    """Return the hash of one value, as `_hashes` does of many."""
    if len(body) > _SHORT:
        return _long(body)
    found = len(body) ^ _FIRST
    for start in range(0, len(body), _WORD):
        found ^= int.from_bytes(body[start : start + _WORD], "little")
        for factor in _MIXED:
            found = ((found ^ (found >> _SHIFT)) * factor) & _MASK
        found ^= found >> _SHIFT
    return found


def changed(one: bytes, other: bytes, names: Sequence[str]) -> frozenset[str]:
    """Return the columns in which two signatures differ."""
    if one == other:
        return frozenset()
    return frozenset(
        [
            name
            for start, name in zip(range(0, len(one), WIDTH), names, strict=True)
            if one[start : start + WIDTH] != other[start : start + WIDTH]
        ]
    )


# NaN, which not every engine keeps, and JSON's null, which `select` gives as None.
_MISSING = {
    Kind.REAL: _of_any(float("nan"), Kind.REAL),
    Kind.NUMERIC: _of_any(decimal.Decimal("NaN"), Kind.NUMERIC),
    Kind.JSON: b"j" + _hash(b"null").to_bytes(_HASH, "little"),
}

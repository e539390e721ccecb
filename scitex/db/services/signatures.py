"""
What tells of each value of a record whether it is another one now: nine bytes a column.

They are the heads that `scitex.db.domain.fingerprints` describes; where a value does not fit into
its head, the eight bytes after the letter are a hash of what is behind it instead of its length.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scitex.db.domain.fingerprints import NULL, encoded
from scitex.db.domain.pieces import Piece
from scitex.db.domain.types import Kind
from scitex.db.services.fingerprints import encode

WIDTH = len(NULL)
_HASH = WIDTH - 1


def of_piece(piece: Piece, kinds: Mapping[str, Kind]) -> list[bytes]:
    """Return the signature of each record of a piece; columns in the order of `kinds`."""
    heads = np.zeros((piece.rows, WIDTH * len(kinds)), np.uint8)
    columns = {column.name: column for column in piece.columns}
    for place, (name, kind) in enumerate(kinds.items()):
        part = heads[:, WIDTH * place :][:, :WIDTH]
        bodies = encode(columns[name], kind, part)
        if bodies is not None:
            _hash(bodies, part)
    found: list[bytes] = heads.view(f"V{heads.shape[1]}").ravel().tolist()
    return found


def _hash(bodies: list[bytes], heads: Any) -> None:
    """Put hashes where the lengths of bodies are."""
    blake2b = hashlib.blake2b
    hashes = b"".join([blake2b(body, digest_size=_HASH).digest() for body in bodies])
    found = np.frombuffer(hashes, np.uint8).reshape(-1, _HASH)
    long = np.fromiter(map(bool, bodies), bool, len(bodies))
    heads[long, 1:] = found[long]


def of_record(record: Mapping[str, Any], kinds: Mapping[str, Kind]) -> bytes:
    """Return the signature of one record."""
    return b"".join([_of_value(record[name], kind) for name, kind in kinds.items()])


def _of_value(value: Any, kind: Kind) -> bytes:
    head, body = encoded(value, kind)
    return head[:1] + hashlib.blake2b(body, digest_size=_HASH).digest() if body else head


def changed(one: bytes, other: bytes, names: Sequence[str]) -> frozenset[str]:
    """Return the columns in which two signatures differ."""
    return frozenset(
        name
        for place, name in enumerate(names)
        if one[WIDTH * place :][:WIDTH] != other[WIDTH * place :][:WIDTH]
    )

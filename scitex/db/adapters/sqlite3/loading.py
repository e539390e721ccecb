"""SQL text, run in a database of its own that it cannot leave."""

from __future__ import annotations

import sqlite3
from typing import BinaryIO


def load(connection: sqlite3.Connection, file: BinaryIO, where: str) -> None:
    """Run."""
    raise NotImplementedError

"""How examples are named in the names of tests."""

from __future__ import annotations

import re

LONGEST = 60


def told(value: object) -> str:
    """Spell an example so that every process gives it the same name: without its address."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))[:LONGEST]

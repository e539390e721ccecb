"""Write the page on types from the laws that every engine keeps: ``python docs/typematrix.py``."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import Any

from scitex.db.domain.types import _WORDS, Kind
from scitex.db.testing.contract.values import KEPT, REFUSED

_WIDEST = 90
PAGE = Path(__file__).with_name("types.md")
_HEAD = """# Types: what goes in, what comes out

This page is written from the laws that SQLite, PostgreSQL and the engine in memory are tested by
(`scitex/db/testing/contract/values.py`): each line is a test.  A value comes back as it went in,
or is refused before anything is sent.

## The words for them

Types are written in the words of either engine; both understand all of them.

| kind | words | Python |
|---|---|---|
"""
_PYTHON = {
    Kind.INTEGER: "int (64 bits; SMALLINT 16, INT4 32)",
    Kind.REAL: "float (64 bits; FLOAT4 32)",
    Kind.NUMERIC: "decimal.Decimal",
    Kind.TEXT: "str",
    Kind.BOOLEAN: "bool",
    Kind.BLOB: "bytes",
    Kind.TIMESTAMP: "datetime without a zone",
    Kind.TIMESTAMPTZ: "datetime with a zone, given back in UTC",
    Kind.DATE: "date",
    Kind.TIME: "time",
    Kind.INTERVAL: "timedelta",
    Kind.UUID: "uuid.UUID",
    Kind.JSON: "dict, list, str, int, float, bool",
}
_MISSING = """
Missing is `None`, whether it came as `None`, NaN, NaT or `pd.NA`.

On SQLite a column of a type that it does not know keeps any value (`ANY`), and NUMERIC keeps a
decimal where a float is exactly it.  Of floats, -0.0 is kept as 0.0 there.
"""


def page() -> str:
    """Return the page."""
    lines = [_HEAD.rstrip("\n")]
    for kind, python in _PYTHON.items():
        words = sorted({word for word, (each, _) in _WORDS.items() if each is kind})
        lines.append(f"| {kind.value} | {', '.join(f'`{word}`' for word in words)} | {python} |")
    lines += [_MISSING, "## Kept", "", "| column | given | comes back |", "|---|---|---|"]
    for column, given in groupby(KEPT, key=lambda each: each[0]):
        for _, value, found in given:
            back = "the same" if _same(value, found) else _shown(found)
            lines.append(f"| `{column}` | {_shown(value)} | {back} |")
    lines += ["", "## Refused", "", "| column | given |", "|---|---|"]
    lines += [f"| `{column}` | {_shown(value)} |" for column, value in REFUSED]
    return "\n".join(lines) + "\n"


def _same(value: Any, found: Any) -> bool:
    return type(value) is type(found) and repr(value) == repr(found)


def _shown(value: Any) -> str:
    """Spell a value in a cell of a table."""
    text = ascii(value).replace("datetime.", "").replace("|", "\\|")
    text = re.sub(r"<(\w+) at 0x[0-9a-f]+>", r"\1(...)", text)
    if len(text) > _WIDEST:
        rest = f" ({len(value):,} long)" if hasattr(value, "__len__") else ""
        text = f"{text[:40] if rest else text[:_WIDEST]}...{rest}"
    kind = type(value)
    whole = text if kind.__module__ != "numpy" or text.startswith("np.") else f"np: {text}"
    return f"`{whole}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

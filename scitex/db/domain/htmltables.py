"""Records as a table of HTML, for notebooks."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MOST = 20
_WIDEST = 80


def table(
    records: Sequence[Mapping[str, Any]], columns: Iterable[str] = (), *, caption: str = ""
) -> str:
    """
    Spell records as HTML; nothing in them is taken for it.

    Parameters
    ----------
    records : sequence of dict
        The first `MOST` are shown, with how many there are.
    columns : iterable of str, optional
        Their names in order; by default those of the first record.
    caption : str, optional
        What stands below.

    Examples
    --------
    >>> "<td>&lt;b&gt;</td>" in table([{"a": "<b>", "n": 1}])
    True
    """
    names = list(columns) or list(records[0] if records else ())
    head = "".join(f"<th>{html.escape(str(name))}</th>" for name in names)
    lines = [
        f"<tr>{''.join(_cell(record.get(name)) for name in names)}</tr>"
        for record in records[:MOST]
    ]
    more = [caption] if caption else []
    if len(records) > MOST:
        more.append(f"{MOST} of {len(records):,} records")
    below = f"<p>{html.escape(', '.join(more))}</p>" if more else ""
    body = "".join(lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"


def _cell(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f'<td style="text-align: right">{html.escape(str(value))}</td>'
    return f"<td>{html.escape(_shown(value))}</td>"


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (bytes, bytearray)):
        return f"{len(value):,} bytes"
    text = str(value)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"

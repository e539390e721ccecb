"""Records written for a person, a program or a spreadsheet."""

from __future__ import annotations

import csv
import itertools
import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import click

Form = Literal["table", "json", "csv"]
Record = Mapping[str, Any]

_AT_FIRST = 200  # records whose widths the columns of a table are made for
_WIDEST = 60
_PADDED = 200  # what is longer stands out: no other record is padded to it
_AT_ONCE = 16_384  # characters


def forms(command: Any) -> Any:
    """Add the options that say how records are written."""
    choices: tuple[tuple[Form, str], ...] = (
        ("csv", "Write CSV."),
        ("json", "Write a JSON array."),
        ("table", "Write a table to look at (the default)."),
    )
    for form, text in choices:
        command = click.option(f"--{form}", "form", flag_value=form, default="table", help=text)(
            command
        )
    return command


def write(records: Iterable[Record], form: Form, columns: Sequence[str] | None = None) -> None:
    """
    Write records as they come.

    Parameters
    ----------
    records : iterable of dict
    form : {"table", "json", "csv"}
    columns : sequence of str, optional
        Their names; by default those of the first record.
    """
    writers: dict[Form, Callable[[Iterable[Record], Sequence[str]], Iterator[str]]] = {
        "table": _table,
        "json": _json,
        "csv": _csv,
    }
    each = iter(records)
    first = next(each, None)
    names = list(first or ()) if columns is None else list(columns)
    coming = each if first is None else itertools.chain([first], each)
    for piece in _joined(writers[form](coming, names)):
        click.echo(piece, nl=False)


def _joined(pieces: Iterable[str]) -> Iterator[str]:
    """Put short pieces together: each that is written is a call of the system."""
    held: list[str] = []
    length = 0
    for piece in pieces:
        held.append(piece)
        length += len(piece)
        if length >= _AT_ONCE:
            yield "".join(held)
            held, length = [], 0
    yield "".join(held)


def write_json(found: Any) -> None:
    """Write one thing as JSON."""
    click.echo(json.dumps(_finite(found), default=plain, indent=2, ensure_ascii=False))


def plain(value: Any) -> Any:
    """
    Return what stands for a value in JSON and in a table: text, mostly as ISO 8601 has it.

    Bytes are ``{"base64": ...}``.
    """
    import base64
    import datetime as dt
    import decimal
    import uuid

    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (dt.timedelta, decimal.Decimal, uuid.UUID)):
        return str(value)
    if hasattr(value, "item"):  # a number of numpy's
        return value.item()
    return str(value)


def _finite(value: Any) -> Any:
    """Put text in the place of numbers that JSON does not have."""
    if isinstance(value, float) and value - value != 0:
        return str(value)
    if isinstance(value, Mapping):
        return {key: _finite(each) for key, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, (list, tuple)) else value


def _json(records: Iterable[Record], _: Sequence[str]) -> Iterator[str]:
    between = "["
    for record in records:
        found = _finite(dict(record))
        yield f"{between}{json.dumps(found, default=plain, ensure_ascii=False, allow_nan=False)}"
        between = ",\n "
    yield "[]\n" if between == "[" else "]\n"


class _Lines:
    """What csv writes a line to, to give it back."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text = text


def _csv(records: Iterable[Record], columns: Sequence[str]) -> Iterator[str]:
    line = _Lines()
    writer = csv.writer(line, lineterminator="\n")
    writer.writerow(columns)
    yield line.text
    for record in records:
        writer.writerow([_in_csv(record.get(name)) for name in columns])
        yield line.text


def _in_csv(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        return json.dumps(_finite(value), default=plain, ensure_ascii=False)
    if value is None or isinstance(value, (str, int, float)):
        return value
    found = plain(value)
    return found["base64"] if isinstance(found, dict) else found


def _table(records: Iterable[Record], columns: Sequence[str]) -> Iterator[str]:
    """Write a table whose columns are as wide as the first records need."""
    each = iter(records)
    first = list(itertools.islice(each, _AT_FIRST))
    if not columns:
        return
    cells = [[_cell(record.get(name)) for name in columns] for record in first]
    cut = sys.stdout.isatty()
    widest = min(_WIDEST, shutil.get_terminal_size().columns) if cut else _PADDED
    widths = [
        min(max(map(_width, column)), widest)
        for column in zip([_cell(name) for name in columns], *cells, strict=True)
    ]
    right = [
        all(_is_number(record.get(name)) for record in first) and bool(first) for name in columns
    ]
    yield _line([_cell(name) for name in columns], widths, right, cut=cut)
    yield "  ".join("-" * width for width in widths).rstrip() + "\n"
    for row in cells:
        yield _line(row, widths, right, cut=cut)
    for record in each:
        yield _line([_cell(record.get(name)) for name in columns], widths, right, cut=cut)


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _cell(value: Any) -> str:
    """Spell a value on one line; nothing in it moves the cursor of a terminal."""
    if value is None:
        return ""
    if isinstance(value, (bytes, bytearray)):
        return f"<{len(value)} bytes>"
    if isinstance(value, (dict, list)):
        value = json.dumps(_finite(value), default=plain, ensure_ascii=False)
    text = value if isinstance(value, str) else str(value)
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def _width(text: str) -> int:
    """Return how many places a text takes: two for each wide letter, none for an accent."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF")
        for each in text
    )


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool], *, cut: bool) -> str:
    placed = []
    for cell, width, is_right in zip(cells, widths, right, strict=True):
        text = _shortened(cell, width) if cut else cell
        blanks = " " * (width - _width(text))
        placed.append(blanks + text if is_right else text + blanks)
    return "  ".join(placed).rstrip() + "\n"


def _shortened(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    kept = ""
    for each in text:
        if _width(kept + each) >= width:
            break
        kept += each
    return kept + "…"

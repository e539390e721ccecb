"""Changing a value inside JSON: what is asked, and what is said where there is no place for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from scitex.db.domain.errors import DataError, InterfaceError
from scitex.db.domain.jsonpaths import JsonPath, Step, steps
from scitex.db.domain.jsontext import value_text
from scitex.db.domain.jsonvalues import PathBlockedError, replaced
from scitex.db.domain.tables import TableSpec
from scitex.db.domain.values import shown

Path = tuple[Step, ...]


def change_asked(table: str, column: str, path: object, value: object) -> tuple[Path, str]:
    """
    Read the path and the value of a change.

    Returns
    -------
    tuple of str or int, str
        The path, and the value as JSON text.

    Raises
    ------
    InterfaceError
        If the path is empty, or a step is neither text nor a whole number.
    DataError
        If JSON cannot hold the value.

    Examples
    --------
    >>> change_asked("runs", "config", ["optimizer", "type"], "adam")
    (('optimizer', 'type'), '"adam"')
    """
    place = steps(path)
    if not place:
        raise InterfaceError(
            "the path is empty", hint="to change the whole value use update(table, {column: ...})"
        )
    told = "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in place)
    try:
        return place, value_text(value, f"${told}")
    except ValueError as error:
        raise DataError(
            f"{shown(value)} does not fit {JsonPath(column, place)} of table {table!r}: {error}",
            table=table,
            column=column,
            hint="JSON holds dicts with text keys, lists, text, finite numbers, bools and None",
        ) from None


def blocked(
    spec: TableSpec, records: Iterable[Mapping[str, Any]], column: str, path: Path
) -> DataError | None:
    """Make the error that a record has no place for a value; None where each has one."""
    for record in records:
        try:
            replaced(_spelt(record[column]), path, "null")
        except PathBlockedError as error:
            return no_place(spec, record, column, path, error)
    return None


def _spelt(document: object) -> str:
    """Spell a document as JSON; bytes, which another program stored, are none."""
    if isinstance(document, bytes):
        raise PathBlockedError("bytes are there, which are no JSON")
    return json.dumps(document)


def no_place(
    spec: TableSpec, record: Mapping[str, Any], column: str, path: Path, error: Exception
) -> DataError:
    """Make the error that a record has no place for a value."""
    key = ", ".join(f"{name} = {shown(record[name])}" for name in spec.primary_key)
    return DataError(
        f"{JsonPath(column, path)} of table {spec.name!r} has no place in the record"
        f"{' with ' + key if key else ''}: {error}",
        table=spec.name,
        column=column,
        hint="change what is in its way first, or leave the record out by the condition",
    )

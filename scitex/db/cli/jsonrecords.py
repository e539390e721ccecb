"""Records read from JSON: one object, an array of them, or one a line."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any

import click


def records(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """
    Read records; those that come one a line are not held.

    Raises
    ------
    ClickException
        If something is no JSON, or no object; it is said where.
    """
    told: Iterator[tuple[int, str]] = (
        (place, line) for place, line in enumerate(lines, start=1) if line.strip()
    )
    first = next(told, None)
    if first is None:
        return
    whole = itertools.chain([first], told)
    if _is_one_record(first[1]):
        for place, line in whole:
            yield _object(_parsed(line, f"line {place}"), f"line {place}")
        return
    found = _parsed("".join(line for _, line in whole), "the input")
    each = found if isinstance(found, list) else [found]
    for place, record in enumerate(each, start=1):
        yield _object(record, f"record {place}")


def _is_one_record(line: str) -> bool:
    """Say whether the first line is whole, as each is in JSON Lines."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.ClickException(f"{where} is no JSON: {error}") from None
    except RecursionError:
        raise click.ClickException(f"{where} is nested too deeply to be read") from None


def _object(found: Any, where: str) -> dict[str, Any]:
    if isinstance(found, dict):
        return found
    raise click.ClickException(f"{where} is no JSON object: {json.dumps(found)[:60]}")

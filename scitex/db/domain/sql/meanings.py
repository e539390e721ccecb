"""The values that expressions of SQL are turned into, so that equal ones say the same."""

from __future__ import annotations

import json
import re
from typing import Any

Meaning = tuple[Any, ...]


class UnknownError(Exception):
    """The expression is not of a kind that is understood here."""


_SAME = {"!=": "<>", "==": "="}
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_NUMERIC = {"integer", "int", "bigint", "smallint", "numeric", "real", "double", "decimal"}


def joined(sign: str, left: Meaning, right: Meaning) -> Meaning:
    """Put two sides together, so that equal ones are the same."""
    sign = _SAME.get(sign, sign)
    if sign in {"AND", "OR"}:
        parts = [part for side in (left, right) for part in _parts(sign, side)]
        return (sign, frozenset(parts))
    if sign in {">", ">="}:
        return ({">": "<", ">=": "<="}[sign], right, left)
    if sign in {"=", "<>"}:
        return (sign, frozenset((left, right)))
    like = {"~~": "LIKE", "!~~": "LIKE", "~~*": "ILIKE", "!~~*": "ILIKE"}.get(sign)
    if like is not None:
        found = (like, left, right)
        return denied(found) if sign.startswith("!") else found
    return (sign, left, right)


def _parts(sign: str, side: Meaning) -> list[Meaning]:
    return list(side[1]) if side[0] == sign else [side]


def denied(found: Meaning) -> Meaning:
    """Say the opposite, without a NOT where that can be."""
    if found[0] == "not":
        inner: Meaning = found[1]
        return inner
    if found[0] in {"AND", "OR"}:
        return ("OR" if found[0] == "AND" else "AND", frozenset(map(denied, found[1])))
    if found[0] in {"<", "<="}:
        return ("<=" if found[0] == "<" else "<", found[2], found[1])
    opposite = {"=": "<>", "<>": "="}.get(found[0])
    return (opposite, *found[1:]) if opposite else ("not", found)


def member(left: Meaning, items: list[Meaning] | Meaning) -> Meaning:
    """Say that something is one of several; of one, that it is equal."""
    return joined("=", left, items[0]) if len(items) == 1 else ("in", left, frozenset(items))


def number(text: str) -> Meaning:
    """Read a number; raise `UnknownError` where it is none."""
    if not _NUMBER.fullmatch(text):
        raise UnknownError
    whole = text.isdigit()
    return ("number", int(text) if whole else float(text))


def text(text: str) -> Meaning:
    """Read a text; one that is JSON by its contents, which PostgreSQL spells anew."""
    bare = text[1:-1].replace("''", "'")
    if bare[:1] in {"{", "["}:
        try:
            return ("json", json.dumps(json.loads(bare), sort_keys=True))
        except ValueError:
            pass
    return ("text", bare)


def without_cast(found: Meaning, type: str) -> Meaning:
    """Leave a cast out; PostgreSQL writes negative numbers as texts that are cast."""
    if found[0] == "text" and type in _NUMERIC and _NUMBER.fullmatch(str(found[1])):
        return ("number", float(found[1]))
    return found

"""How SQLite spells questions about JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from scitex.db.adapters.sql.jsonspelling import Around, Path
from scitex.db.domain.errors import UnsupportedFeatureError
from scitex.db.domain.jsonpaths import JsonPath, Sort, Step, number_text

# Keys that SQLite's own functions find: others may be spelt with escapes in a document, which
# they compare letter by letter, or cannot be written in a path at all.
_PLAIN = r"[ !#-\[\]-~]+"
_TYPES: dict[Sort, str] = {
    "text": "'text'",
    "number": "'integer', 'real'",
    "boolean": "'true', 'false'",
}


def text(value: str) -> str:
    """Spell text in SQL."""
    return "'" + value.replace("'", "''") + "'"


def _is_plain(path: Path) -> bool:
    return all(isinstance(step, int) or re.fullmatch(_PLAIN, step) for step in path)


def _step(step: Step) -> str:
    if isinstance(step, str):
        return f'."{step}"'
    return f"[{step}]" if step >= 0 else f"[#{step}]"


def _whole(path: Path) -> str:
    """Spell a path for the functions of `jsonfunctions`."""
    return text(json.dumps(path, ensure_ascii=False))


class SqliteJson:
    """SQLite's own JSON functions, and those of `jsonfunctions` for what they cannot do."""

    def value(self, document: str, path: Path, sort: Sort) -> str:
        value, kind = self._value(document, path), self._kind(document, path)
        return f"(CASE WHEN {kind} IN ({_TYPES[sort]}) THEN {value} END)"

    def real(self, document: str, path: Path) -> str:
        return f"CAST({self.value(document, path, 'number')} AS REAL)"

    def lacks(self, document: str, path: Path) -> str:
        return f"(COALESCE({self._kind(document, path)}, 'null') = 'null')"

    def compared(self, document: str, path: Path, sort: Sort, *, sign: str, exact: bool) -> Around:
        if exact:
            return f"({self.value(document, path, sort)}", ")"
        value, kind = self._value(document, path), self._kind(document, path)
        return f"({value}", f" AND {kind} IN ({_TYPES[sort]}))"

    def place(self, sort: Sort, sign: str) -> Around:
        # SQLite reads both numbers then, and the same digits are the same number.
        return ("json_extract(", ", '$')") if sort == "number" else ("", "")

    def spelt(self, value: Any, sort: Sort) -> Any:
        if sort == "number":
            return number_text(value)
        return int(value) if sort == "boolean" else value

    def contains(self, document: str, path: Path) -> Around:
        return f"scitex_json_contains({document}, {_whole(path)}, ", ")"

    def has_key(self, document: str, path: Path) -> Around:
        if not _is_plain(path):
            return f"scitex_json_has_key({document}, {_whole(path)}, ", ")"
        members = f"SELECT 1 FROM json_each({_guarded(document)}, {_spelt(path)}) WHERE key = "  # noqa: S608 - quoted, bound
        kind = self._kind(document, path)
        before = f"(CASE WHEN {kind} = 'object' THEN EXISTS ({members}"
        return before, f") WHEN {kind} IS NOT NULL THEN 0 END)"

    def replaced(self, document: str, path: Path) -> Around:
        return f"scitex_json_replaced({document}, {_whole(path)}, ", ")"

    def indexed(self, document: str, path: Path) -> str:
        if not _is_plain(path):
            strange = next(step for step in path if not _is_plain((step,)))
            raise UnsupportedFeatureError(
                f"SQLite has no index on the JSON key {strange!r}: only on keys of ASCII "
                "characters without quotes and backslashes",
                engine="sqlite",
                hint="keep the value in a column of its own, and index that",
            )
        return self._value(document, path)

    def _value(self, document: str, path: Path) -> str:
        if _is_plain(path):
            return f"json_extract({_guarded(document)}, {_spelt(path)})"
        return f"scitex_json_value({document}, {_whole(path)})"

    def _kind(self, document: str, path: Path) -> str:
        if _is_plain(path):
            return f"json_type({_guarded(document)}, {_spelt(path)})"
        return f"scitex_json_type({document}, {_whole(path)})"


def _guarded(document: str) -> str:
    """Spell a document so that text that is no JSON, of another program, is no error."""
    return f"CASE WHEN json_valid({document}) THEN {document} END"


def _spelt(path: Path) -> str:
    return text("$" + "".join(map(_step, path)))


SQLITE_JSON = SqliteJson()

_NAME = r'(?:`(?:[^`]|``)+`|"(?:[^"]|"")+"|\[[^]]+\]|\w+)'
_INDEXED = re.compile(
    rf"json_extract\(CASE WHEN json_valid\((?P<name>{_NAME})\) THEN (?P=name) END, "
    rf"'\$(?P<path>(?:\.\"{_PLAIN}\"|\[#?-?[0-9]+\])+)'\)"
)
_STEP = re.compile(rf'\."({_PLAIN}?)"(?=[.\[]|$)|\[#?(-?[0-9]+)\]')


def indexed_path(term: str) -> JsonPath | None:
    """
    Return the path that a term of CREATE INDEX is on, None where it is on something else.

    Examples
    --------
    >>> indexed_path(SQLITE_JSON.indexed("`config`", ("layers", -1)))
    JsonPath(column='config', path=('layers', -1), sort=None)
    """
    found = _INDEXED.fullmatch(term)
    if found is None:
        return None
    name = found["name"]
    if name[0] in '`"[':
        closing = "]" if name[0] == "[" else name[0]
        name = name[1:-1].replace(closing * 2, closing)
    steps = [
        int(index) if index else key
        for key, index in _STEP.findall(found["path"].replace("''", "'"))
    ]
    return JsonPath(name, steps)

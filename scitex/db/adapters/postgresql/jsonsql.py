"""How PostgreSQL spells questions about JSON."""

from __future__ import annotations

import re
from typing import Any

from scitex.db.adapters.sql.jsonspelling import Around, Path
from scitex.db.domain.jsonpaths import JsonPath, Sort, Step, number_text

_TYPES: dict[Sort, str] = {"text": "'string'", "number": "'number'", "boolean": "'boolean'"}


def text(value: str) -> str:
    """Spell text in SQL; with a backslash in it as the server itself does."""
    spelt = "'" + value.replace("'", "''") + "'"
    return "E" + spelt.replace("\\", "\\\\") if "\\" in value else spelt


def _step(step: str) -> str:
    return f"{text(step)}::text"


def reach(document: str, path: Path) -> str:
    """
    Spell the value at a path; the cast is of no effect on JSONB.

    The server's ``->`` takes a scalar for an array of itself where a number follows it, so that
    ``'false'::jsonb -> 0`` is false; a strict JSON path does not.
    """
    found = f"{document}::jsonb"
    for step in path:
        if isinstance(step, str):
            found = f"{found} -> {_step(step)}"
        else:
            place = step if step >= 0 else "last" if step == -1 else f"last - {-step - 1}"
            spelt = f"'strict $[{place}]'::jsonpath"
            found = f"jsonb_path_query_first({found}, {spelt}, '{{}}'::jsonb, true)"
    return f"({found})"


class PostgresqlJson:
    """
    JSONB's operators.

    Numbers and booleans are compared as JSONB, which compares them by value and exactly; texts
    are compared as texts, by code point.
    """

    def value(self, document: str, path: Path, sort: Sort) -> str:
        found = reach(document, path)
        spelt = {
            "text": f"{found} #>> '{{}}'",
            "number": f"{found}::numeric",
            "boolean": f"{found}::boolean",
        }[sort]
        of_sort = f"CASE WHEN jsonb_typeof({found}) = {_TYPES[sort]} THEN {spelt} END"
        return f'(({of_sort}) COLLATE "C")' if sort == "text" else f"({of_sort})"

    def real(self, document: str, path: Path) -> str:
        return f"({self.value(document, path, 'number')}::double precision)"

    def lacks(self, document: str, path: Path) -> str:
        return f"(COALESCE(jsonb_typeof({reach(document, path)}), 'null') = 'null')"

    def compared(self, document: str, path: Path, sort: Sort, *, sign: str, exact: bool) -> Around:
        if not self._as_json(sort, sign):
            return f"({self.value(document, path, sort)}", ")"
        found = reach(document, path)
        of_sort = f"jsonb_typeof({found}) = {_TYPES[sort]}"
        if exact:
            return f"(CASE WHEN {of_sort} THEN {found} END", ")"
        return f"({self.indexed(document, path)}", f" AND {of_sort})"

    def _as_json(self, sort: Sort, sign: str) -> bool:
        return sort != "text" or sign == "="  # texts are equal alike in every collation

    def place(self, sort: Sort, sign: str) -> Around:
        if not self._as_json(sort, sign):
            return "", "::text"
        return ("to_jsonb(", "::text)") if sort == "text" else ("", "::jsonb")

    def spelt(self, value: Any, sort: Sort) -> Any:
        if sort == "number":
            return number_text(value)
        return str(value).lower() if sort == "boolean" else value

    def contains(self, document: str, path: Path) -> Around:
        return f"({reach(document, path)} @> ", "::jsonb)"

    def has_key(self, document: str, path: Path) -> Around:
        found = reach(document, path)
        return f"(jsonb_exists({found}, ", f"::text) AND jsonb_typeof({found}) = 'object')"

    def replaced(self, document: str, path: Path) -> Around:
        before, after = "", "::jsonb"
        for depth in reversed(range(len(path))):
            opening, closing = _within(reach(document, path[:depth]), path[depth])
            before, after = opening + before, after + closing
        return before, after

    def indexed(self, document: str, path: Path) -> str:
        found = reach(document, path)
        return f"(CASE WHEN jsonb_typeof({found}) <> ALL ({_LARGE}) THEN {found} END)"


_LARGE = "'{array,object}'::text[]"  # what is not compared, and may be too large for an index


def _within(document: str, step: Step) -> Around:
    """
    Spell what goes around a value that is put into a document at one step.

    Where the document has no place for it the server is asked for the impossible, so that it
    refuses the statement.  Each condition is spelt out: Citus spells ``CASE x WHEN y`` anew for
    its nodes, and not as it was.
    """
    kind = f"COALESCE(jsonb_typeof({document}), 'null')"
    blocked = f"('no place in ' || {kind})::jsonb"
    if isinstance(step, str):
        whole = f"WHEN {kind} = 'object' THEN {document} WHEN {kind} = 'null' THEN '{{}}'"
        return f"(CASE {whole} ELSE {blocked} END || jsonb_build_object({_step(step)}, ", "))"
    length = step + 1 if step >= 0 else -step
    array = (
        f"CASE WHEN CASE WHEN {kind} = 'array' THEN jsonb_array_length({document}) ELSE 0 END "
        f">= {length} THEN {document} ELSE {blocked} END"
    )
    return f"jsonb_set({array}, '{{{step}}}', ", ")"


POSTGRESQL_JSON = PostgresqlJson()

_LITERAL = r"(?:'(?:[^'\\]|'')*'|E'(?:[^'\\]|''|\\\\)*')"
_NAME = r'(?:"(?:[^"]|"")+"|\w+)'
_INDEXED = re.compile(
    r"CASE\s+WHEN \(?jsonb_typeof\((?P<path>.+)\) <> ALL \('\{array,object\}'::text\[\]\)\)? "
    r"THEN (?P=path)\s+ELSE NULL::jsonb\s+END",
    re.DOTALL,
)
_STEP = re.compile(
    rf"\)*(?: -> ({_LITERAL})::text|, 'strict \$\[(last)?(?: ?- ?)?([0-9]+)?\]'::jsonpath, "
    r"'\{\}'::jsonb, true\))"
)
_OPENED = re.compile(r"(?:\(|jsonb_path_query_first\()*")


def indexed_path(term: str) -> JsonPath | None:
    """
    Return the path that an index is on, as the server tells it; None of something else.

    Examples
    --------
    >>> path = "(config -> 'layers'::text) -> 'lr'::text"
    >>> indexed_path(
    ...     f"CASE WHEN jsonb_typeof({path}) <> ALL ('{{array,object}}'::text[]) "
    ...     f"THEN {path} ELSE NULL::jsonb END"
    ... )
    JsonPath(column='config', path=('layers', 'lr'), sort=None)
    """
    found = _INDEXED.fullmatch(term.strip("() \n") + "")
    if found is None:
        return None
    path = _OPENED.sub("", found["path"], count=1)
    head = re.match(rf"({_NAME})(?:::jsonb)?", path)
    if head is None:
        return None
    name, place = head[1], head.end()
    steps: list[Step] = []
    while place < len(path):
        step = _STEP.match(path, place)
        if step is None:
            return None
        steps.append(_read(step[1]) if step[1] is not None else _place(step[2], step[3]))
        place = step.end()
    return JsonPath(name[1:-1].replace('""', '"') if name[0] == '"' else name, steps)


def _place(last: str | None, number: str | None) -> int:
    """Read ``0``, ``last`` or ``last - 1``."""
    return -1 - int(number or 0) if last else int(number or 0)


def _read(literal: str) -> str:
    if literal.startswith("E"):
        return literal[2:-1].replace("''", "'").replace("\\\\", "\\")
    return literal[1:-1].replace("''", "'")

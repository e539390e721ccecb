"""Reading EXPLAIN QUERY PLAN."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from scitex.db.adapters.sql.explaining import statement
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.errors import UnsupportedFeatureError
from scitex.db.domain.inspection.queryplans import PlanStep, QueryPlan
from scitex.db.domain.sql.sqltext import Syntax, tokens
from scitex.db.ports.columns import Asked, Given

_HOW = r" USING (?P<how>(?:AUTOMATIC |PARTIAL |COVERING )*)INDEX (?P<rest>.*)"
_INDEX = re.compile(_HOW, re.DOTALL)
_BY_KEY = re.compile(r" USING (?:INTEGER )?PRIMARY KEY ")
_NO_ALIAS = frozenset(
    "on where join inner left right full cross natural outer group order limit set values select "
    "union intersect except using indexed not default returning having window".split()
)


@attrs.frozen
class Names:
    """
    What the names in a plan may be.

    Attributes
    ----------
    tables : mapping of str to str
        Each table's name by itself and by what the statement calls it.
    indexes : list of str
    """

    tables: Mapping[str, str]
    indexes: list[str]


def explain(session: Session, asked: Asked, values: Given, *, analyze: bool) -> QueryPlan:
    """Ask for a plan; SQLite never runs the statement for that."""
    if analyze:
        raise UnsupportedFeatureError(
            "SQLite tells no plan with the times of a run",
            engine="sqlite",
            hint="leave analyze out: the plan that it means to follow is told without running it",
        )
    sql, bound = statement(session, asked, values)
    with session.snapshot(writes=False):
        rows = session.rows(f"EXPLAIN QUERY PLAN {sql}", bound)
        names = _names(session, sql)
    return QueryPlan("sqlite", sql, _steps(rows, 0, names))


def _names(session: Session, sql: str) -> Names:
    """Collect the names of tables and indexes, and what the statement calls the tables."""
    found = session.rows("SELECT type, name FROM sqlite_schema")
    tables = {name: name for type, name in found if type == "table"}
    tables |= _aliases(sql, {name.casefold(): name for name in tables})
    return Names(tables, [name for type, name in found if type == "index"])


def _aliases(sql: str, tables: Mapping[str, str]) -> dict[str, str]:
    """Find names that follow a table's: ``users u``, ``users AS u``."""
    pieces = [
        token for token in tokens(sql, Syntax.SQLITE) if token.kind not in {"space", "comment"}
    ]
    found = {}
    for place, token in enumerate(pieces):
        table = tables.get(_bare(token.text).casefold())
        rest = [each for each in pieces[place + 1 : place + 3] if each.text.upper() != "AS"]
        if table is None or not rest or rest[0].kind not in {"word", "name"}:
            continue
        if rest[0].kind == "name" or rest[0].text.casefold() not in _NO_ALIAS:
            found[_bare(rest[0].text)] = table
    return found


def _bare(text: str) -> str:
    if text[:1] in {'"', "`", "["} and len(text) > 1:
        return text[1:-1].replace(text[-1] * 2, text[-1])
    return text


def _steps(rows: list[tuple[Any, ...]], parent: int, names: Names) -> tuple[PlanStep, ...]:
    return tuple(
        attrs.evolve(_step(text, names), steps=_steps(rows, number, names))
        for number, above, _, text in rows
        if above == parent
    )


def _step(text: str, names: Names) -> PlanStep:
    """Read one line: ``SCAN users``, ``SEARCH users USING INDEX i (name=?)``."""
    operation, _, rest = text.partition(" ")
    if operation not in {"SCAN", "SEARCH"}:
        return PlanStep(text.partition(" USING ")[0], text)
    table = _longest(rest, names.tables)
    if table is None:
        return PlanStep(operation, text)
    how = _INDEX.match(rest[len(table) :])
    automatic = how is not None and "AUTOMATIC" in how["how"]
    virtual = rest[len(table) :].startswith(" VIRTUAL TABLE INDEX ")
    searched = virtual and not re.search(r" INDEX \d+:$", rest)
    return PlanStep(
        operation,
        text,
        table=names.tables[table],
        index=_longest(how["rest"], names.indexes) if how and not automatic else None,
        by_key=_BY_KEY.match(rest, len(table)) is not None,
        # An automatic index is made for this one statement, of all records.
        full_scan=(operation == "SCAN" and not searched) or automatic,
    )


def _longest(text: str, names: Iterable[str]) -> str | None:
    """Return the longest name that a text begins with."""
    fitting = [name for name in names if text == name or text.startswith(f"{name} ")]
    return max(fitting, key=len, default=None)

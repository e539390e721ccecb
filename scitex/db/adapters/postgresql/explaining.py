"""Reading EXPLAIN (FORMAT JSON)."""

from __future__ import annotations

import json
import re
from typing import Any

from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql.explaining import statement
from scitex.db.domain.inspection.queryplans import PlanStep, QueryPlan
from scitex.db.domain.sql.sqltext import Syntax, first_words
from scitex.db.ports.columns import Asked, Given

_WHOLE = {"Seq Scan", "Sample Scan"}
_BY_INDEX = {"Index Scan", "Index Only Scan"}
_NAMES = ("Relation Name", "Index Name", "Alias")
_SHARD = re.compile(r"_\d{6,}$")  # what Citus puts behind the names of a table's pieces
_TOLD = ("Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter", "Filter")


def explain(session: Session, asked: Asked, values: Given, *, analyze: bool) -> QueryPlan:
    """Ask for a plan; one that is run is undone."""
    sql, bound = statement(session, asked, values)
    writes = analyze and not _reads(asked)
    owner = object()
    try:
        session.begin(owner)
        if analyze and not writes:
            session.read_only()
        options = "FORMAT JSON, ANALYZE" if analyze else "FORMAT JSON"
        with session.run(f"EXPLAIN ({options}) {sql}", bound, writes=writes) as cursor:
            found = cursor.fetchall()[0][0]
            text = sql if not bound else _shown(cursor.query, options)
    finally:
        session.rollback(owner)
    plan = json.loads(found) if isinstance(found, str) else found
    steps = tuple(_step(each["Plan"]) for each in plan if "Plan" in each)
    return QueryPlan("postgresql", text.replace("%%", "%") if not bound else text, steps, analyze)


def _reads(asked: Asked) -> bool:
    """Say whether a statement may run in a transaction that only reads."""
    words = first_words(asked, Syntax.POSTGRESQL) if isinstance(asked, str) else ("SELECT",)
    return words[:1] in {("SELECT",), ("VALUES",), ("TABLE",)}


def _shown(query: bytes | None, options: str) -> str:
    """Return the statement that went to the server, with its values."""
    _, _, text = (query or b"").decode(errors="replace").partition(f"EXPLAIN ({options}) ")
    return text


def _remote(node: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the plans of a Citus cluster's nodes, whose tables and indexes have numbers."""
    tasks = node.get("Distributed Query", {}).get("Job", {}).get("Tasks", ())
    found = [each["Plan"] for task in tasks for plan in task["Remote Plan"] for each in plan]
    return [_unnumbered(plan) for plan in found]


def _unnumbered(node: dict[str, Any]) -> dict[str, Any]:
    named = {name: _SHARD.sub("", node[name]) for name in _NAMES if name in node}
    return {**node, **named, "Plans": [_unnumbered(each) for each in node.get("Plans", ())]}


def _step(node: dict[str, Any]) -> PlanStep:
    """Read one step of the plan with those below it."""
    kind, table, index = node["Node Type"], node.get("Relation Name"), node.get("Index Name")
    whole = kind in _WHOLE or (kind in _BY_INDEX and not _narrowed(node))
    times = node.get("Actual Loops", 1)
    seconds, rows = node.get("Actual Total Time"), node.get("Actual Rows")
    return PlanStep(
        kind,
        _line(node),
        table=table,
        index=index,
        full_scan=whole,
        estimated_rows=node.get("Plan Rows"),
        cost=node.get("Total Cost"),
        rows=None if rows is None else rows * times,
        seconds=None if seconds is None else seconds * times / 1000,
        steps=tuple(_step(each) for each in (*node.get("Plans", ()), *_remote(node))),
    )


def _narrowed(node: dict[str, Any]) -> bool:
    return "Index Cond" in node or "Order By" in node


def _line(node: dict[str, Any]) -> str:
    """Spell a step as the server does where it writes text."""
    text: str = node["Node Type"]
    if "Operation" in node and text == "ModifyTable":
        text = node["Operation"]
    if node.get("Scan Direction") == "Backward":
        text += " Backward"
    if "Index Name" in node:
        text += f" using {node['Index Name']}"
    if "Relation Name" in node:
        text += f" on {node['Relation Name']}"
        alias = node.get("Alias", node["Relation Name"])
        text += f" {alias}" if alias != node["Relation Name"] else ""
    if "Sort Key" in node:
        text += f" by {', '.join(node['Sort Key'])}"
    told = [f"{name.lower()} {node[name]}" for name in _TOLD if name in node]
    return text + (f": {'; '.join(told)}" if told else "")

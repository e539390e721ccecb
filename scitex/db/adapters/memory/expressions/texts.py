"""Conditions and orders as they are given, text or not, made ready to be evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import attrs

from scitex.db.adapters.memory.expressions.evaluate import columns_of, decider
from scitex.db.adapters.memory.expressions.scope import Engine, Scope
from scitex.db.adapters.memory.expressions.truths import Test
from scitex.db.domain.errors import UnsupportedFeatureError
from scitex.db.domain.predicates import Predicate
from scitex.db.domain.queries import Condition, Text
from scitex.db.domain.tables import TableSpec

Values = tuple[object, ...] | Mapping[str, object]


@attrs.frozen
class Wanted:
    """A condition, what it is evaluated against, and the function that decides it."""

    predicate: Predicate
    scope: Scope
    test: Test


def reader() -> Any:
    """
    Return the module that reads SQL text.

    Raises
    ------
    UnsupportedFeatureError
        If the parser that it needs is not installed.
    """
    try:
        from scitex.db.adapters.memory.expressions import reading
    except ModuleNotFoundError as error:
        raise UnsupportedFeatureError(
            "the in-memory engine reads SQL text with sqlglot, which is not installed",
            engine="memory",
            hint="pip install 'scitex-db[testing]', or say it with col(...) or a mapping",
        ) from error
    module: ModuleType = reading
    return module


def refuse_strangers(condition: Condition, spec: TableSpec) -> None:
    """Raise `ColumnNotFoundError` for a column that the table does not have."""
    if not isinstance(condition, Text):
        for name in columns_of(condition):
            spec.column(name)


def wanted(
    condition: Condition | None, spec: TableSpec, engine: Engine, values: Values = ()
) -> Wanted | None:
    """
    Make a condition ready; None where there is none.

    Raises
    ------
    Error
        As `reading.condition` for a text, as `evaluate.decider` for a predicate.
    """
    if condition is None:
        return None
    if not isinstance(condition, Text):
        scope = Scope(spec, engine, tuple(values))
        return Wanted(condition, scope, decider(condition, scope))
    predicate, template = reader().condition(condition.text, spec, engine, style=condition.style)
    scope = Scope(spec, engine, template.values(values), from_text=True)
    return Wanted(predicate, scope, decider(predicate, scope))


def ruled(text: str, spec: TableSpec, engine: Engine) -> Wanted:
    """Make a condition from a declaration ready."""
    predicate = reader().rule(text, spec, engine)
    scope = Scope(spec, engine, from_text=True)
    return Wanted(predicate, scope, decider(predicate, scope))

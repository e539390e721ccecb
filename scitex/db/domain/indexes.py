"""Reading what an index is asked to be on."""

from __future__ import annotations

from collections.abc import Iterable

from scitex.db.domain.errors import InterfaceError, InvalidNameError, SchemaError
from scitex.db.domain.jsonpaths import JsonPath
from scitex.db.domain.names import identifier, identifiers, index_name
from scitex.db.domain.predicates import Column, Operand
from scitex.db.domain.tables import IndexSpec


def index_asked(
    table: str,
    columns: str | Operand | Iterable[str | Operand],
    *,
    unique: bool = False,
    name: str | None = None,
) -> IndexSpec:
    """
    Read the arguments of `create_index`.

    Parameters
    ----------
    table : str
    columns : str, Operand, or iterable of such
    unique : bool
    name : str, optional
        ``idx_<table>_<columns>`` by default.

    Raises
    ------
    InterfaceError
        If there is no column, or a sum is one.
    InvalidNameError
        If a name is none, or comes twice.
    SchemaError
        If a value inside JSON is to be unique.

    Examples
    --------
    >>> from scitex.db.domain.predicates import col
    >>> index_asked("runs", ["name", col("config")["lr"]]).name
    'idx_runs_name_config_lr'
    """
    lone = isinstance(columns, (str, Operand)) or not isinstance(columns, Iterable)
    given = [columns] if lone else list(columns)  # type: ignore[arg-type]  # `lone` tells
    terms = tuple(map(_term, given))
    if not terms:
        raise InterfaceError("an index needs at least one column")
    identifiers(term for term in terms if isinstance(term, str))
    paths = [term for term in terms if isinstance(term, JsonPath)]
    if len(set(paths)) < len(paths):
        raise InvalidNameError(f"a path comes twice in {list(map(str, terms))}")
    if paths and unique:
        raise SchemaError(
            f"an index on {paths[0]} of table {table!r} cannot be unique: engines do not take "
            "the same JSON values for equal",
            hint="keep what must be unique in a column of its own",
        )
    if name is None:
        parts = [term if isinstance(term, str) else term.name for term in terms]
        name = index_name(table, parts)
    return IndexSpec(identifier(name), table, terms, unique)


def _term(given: object) -> str | JsonPath:
    """Return a column's name, or a path that an index is on."""
    if not isinstance(given, Operand):
        return identifier(given)  # type: ignore[arg-type]  # which sees that it is a name
    expression = given.expression
    if isinstance(expression, Column):
        return expression.name
    if isinstance(expression, JsonPath):
        return expression
    raise InterfaceError(
        "an index is on columns, or on values inside JSON columns, not on a sum",
        hint='pass ["name", col("config")["lr"]]',
    )

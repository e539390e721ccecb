"""
Conditions, orders and expressions read from SQL text, by sqlglot.

Read is what has one meaning in the domain: comparisons, AND, OR, NOT, IN with a list, BETWEEN,
LIKE, IS NULL, arithmetic, literals, placeholders, columns and brackets, the functions of
`functions`, and ``->`` and ``->>``.  Everything else is refused by name, never guessed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Literal, NoReturn

import attrs
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from scitex.db.adapters.memory.expressions.arrows import JSON, Arrow, sort
from scitex.db.adapters.memory.expressions.arrowtext import Path, without_paths
from scitex.db.adapters.memory.expressions.functions import NAMES, Call
from scitex.db.adapters.memory.expressions.scope import SYNTAX, Engine
from scitex.db.adapters.memory.expressions.slips import refuse_gaps
from scitex.db.domain import predicates as domain
from scitex.db.domain.chains import joined
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    ParameterError,
    ProgrammingError,
    UnsupportedFeatureError,
)
from scitex.db.domain.sql.sqltext import Marks, Template, declaration, fragment
from scitex.db.domain.tables import ColumnSpec, TableSpec
from scitex.db.domain.types import Kind

_DIALECTS: dict[Engine, str] = {"sqlite": "sqlite", "postgresql": "postgres"}

Comparison = Literal["=", "<>", "<", "<=", ">", ">="]
Sign = Literal["+", "-", "*", "/", "%"]

_COMPARISONS: dict[type, Comparison] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_SIGNS: dict[type, Sign] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
}
_ARROWS = (exp.JSONBExtract, exp.JSONBExtractScalar)
# What a node may carry; "negate" is seen to where it can stand.  A node that carries more means
# something that is not read here.
_SIDES = {"this", "expression"}
_CARRIED: dict[type, set[str]] = {
    **dict.fromkeys((*_COMPARISONS, *_SIGNS, exp.And, exp.Or), _SIDES),
    exp.Div: _SIDES | {"typed", "safe"},  # how sqlglot notes that whole numbers stay whole
    exp.Like: _SIDES | {"negate"},
    exp.Is: _SIDES | {"negate"},
    exp.In: {"this", "expressions", "negate"},
    exp.Between: {"this", "low", "high", "negate"},
    exp.Literal: {"this", "is_string"},
    exp.Placeholder: {"this", "jdbc"},
    exp.Ordered: {"this", "desc", "nulls_first"},
    exp.Coalesce: {"this", "expressions"},
    **dict.fromkeys(_ARROWS, _SIDES),
}
_FUNCTIONS: dict[type, str] = {
    exp.Lower: "lower",
    exp.Upper: "upper",
    exp.Length: "length",
    exp.Abs: "abs",
    exp.Coalesce: "coalesce",
}
_KNOWN_AS: tuple[tuple[type, str], ...] = (
    (exp.Query, "a sub-select"),
    (exp.Exists, "EXISTS"),
    (exp.Cast, "a cast"),
    (exp.Case, "CASE"),
    (exp.Escape, "LIKE ... ESCAPE"),
    (exp.Collate, "COLLATE"),
    (exp.Is, "IS with anything but NULL"),
    (exp.NullSafeEQ, "IS with anything but NULL"),
    (exp.NullSafeNEQ, "IS with anything but NULL"),
    (exp.DPipe, "||"),
    (exp.Column, "a name with dots, or *"),
)


@attrs.frozen
class SortedBy:
    """An expression to sort by, with its direction and where its NULLs go."""

    expression: domain.Expression
    descending: bool
    nulls_first: bool


def condition(
    text: str, spec: TableSpec, engine: Engine, *, style: Marks = "none"
) -> tuple[domain.Predicate, Template]:
    """
    Read a condition; its placeholders become parameters, counted as in the template.

    Raises
    ------
    UnsafeFragmentError
        If it could leave its clause.
    UnsupportedFeatureError
        If it holds what is not read here.
    ColumnNotFoundError
        If it names a column that the table does not have.
    ParameterError
        If it has placeholders that nothing fills.
    ProgrammingError
        If it is no SQL.
    """
    template = fragment(text, SYNTAX[engine], style)
    joined, places = _numbered(template)
    reader = _Reader(spec, engine, places)
    return reader.predicate(_parsed(joined, engine)), template


def rule(text: str, spec: TableSpec, engine: Engine) -> domain.Predicate:
    """Read a condition from a table's declaration; raise as `condition`."""
    declaration(text, SYNTAX[engine])
    return _Reader(spec, engine, {}).predicate(_parsed(text, engine))


def expression(text: str, spec: TableSpec | None, engine: Engine) -> domain.Expression:
    """Read an expression from a declaration, without columns where there is no spec."""
    declaration(text, SYNTAX[engine])
    return _Reader(spec, engine, {}).expression(_parsed(text, engine))


def order(text: str, spec: TableSpec, engine: Engine) -> list[SortedBy]:
    """Read the terms of ORDER BY, with the engine's own place for NULLs; raise as `condition`."""
    fragment(text, SYNTAX[engine])
    reader = _Reader(spec, engine, {})
    tree = _parsed(f"ORDER BY {text}", engine, into=exp.Order)
    return [reader.sorted_by(term) for term in tree.expressions]


def _numbered(template: Template) -> tuple[str, dict[str, int]]:
    """Give each placeholder a name of its own, that the text cannot hold already."""
    prefix = "p"
    while any(prefix in part for part in template.parts):
        prefix += "p"
    places = {f"{prefix}{place}": place for place in range(len(template.names))}
    pieces = [template.parts[0]]
    for name, part in zip(places, template.parts[1:], strict=True):
        pieces += [f":{name}", part]
    return "".join(pieces), places


@functools.lru_cache(maxsize=512)
def _parsed(text: str, engine: Engine, into: type[exp.Expr] = exp.Condition) -> Any:
    plain, paths = without_paths(text, engine)
    refuse_gaps(plain, engine)
    try:
        found = sqlglot.parse_one(plain, read=_DIALECTS[engine], into=into)
    except (SqlglotError, RecursionError) as error:
        raise ProgrammingError(
            f"{text!r} is no SQL expression",
            hint="write one expression, or a condition of col(...)",
        ) from error
    for node in found.find_all(exp.Func):
        start, end = (node.meta.get(key, -1) for key in ("start", "end"))
        node.meta["name"] = plain[start : end + 1]
        if isinstance(node, _ARROWS) and isinstance(node.expression, exp.Placeholder):
            node.meta["path"] = paths.get(str(node.expression.this))
    return found


class _Reader:
    """Turns what sqlglot makes of a text into the domain's words."""

    def __init__(self, spec: TableSpec | None, engine: Engine, places: Mapping[str, int]) -> None:
        self._spec = spec
        self._engine = engine
        self._places = places
        self._predicates: dict[type, Callable[[Any], domain.Predicate]] = {
            **dict.fromkeys(_COMPARISONS, self._compare),
            exp.And: lambda node: self._joined(node, domain.And),
            exp.Or: lambda node: self._joined(node, domain.Or),
            exp.Not: lambda node: domain.Not(self.predicate(node.this)),
            exp.Paren: lambda node: self.predicate(node.this),
            exp.In: self._in,
            exp.Between: self._between,
            exp.Like: self._like,
            exp.Is: self._is,
            exp.Boolean: lambda node: domain.Always(truth=node.this),
            exp.Column: self._truth_of_column,
        }
        self._expressions: dict[type, Callable[[Any], domain.Expression]] = {
            **dict.fromkeys(_SIGNS, self._arithmetic),
            **dict.fromkeys(_FUNCTIONS, self._call),
            **dict.fromkeys(_ARROWS, self._arrow),
            exp.Paren: lambda node: self.expression(node.this),
            exp.Neg: self._negative,
            exp.Literal: lambda node: domain.Literal(_literal(node)),
            exp.Boolean: lambda node: domain.Literal(node.this),
            exp.Null: lambda _: domain.Literal(None),
            exp.Placeholder: self._placeholder,
            exp.Column: lambda node: domain.Column(self._column(node).name),
        }

    def predicate(self, node: exp.Expr) -> domain.Predicate:
        """Read a condition."""
        self._check(node)
        read = self._predicates.get(type(node))
        if read is None:
            alone = type(node) in self._expressions
            self._refuse(node, "a value alone as a condition" if alone else "")
        found = read(node)
        return domain.Not(found) if node.args.get("negate") else found

    def expression(self, node: exp.Expr) -> domain.Expression:
        """Read a value."""
        self._check(node)
        read = self._expressions.get(type(node))
        if read is None:
            truth = type(node) in self._predicates
            self._refuse(node, "a condition in the place of a value" if truth else "")
        return read(node)

    def sorted_by(self, node: exp.Expr) -> SortedBy:
        """Read a term of ORDER BY."""
        self._check(node)
        if not isinstance(node, exp.Ordered) or isinstance(node.this, exp.Literal):
            self._refuse(node, "a column told by its number")
        descending, nulls_first = (bool(node.args.get(key)) for key in ("desc", "nulls_first"))
        by = self.expression(node.this)
        if isinstance(by, Arrow) and sort(by, self._engine) == JSON:
            self._refuse(node, "an order by JSON values")
        return SortedBy(by, descending, nulls_first)

    def _check(self, node: exp.Expr) -> None:
        """Refuse a node that is read, but carries more than is read of it."""
        kind = type(node)
        carried = {key for key, value in node.args.items() if value not in (None, False, [])}
        known = kind in self._predicates or kind in self._expressions
        if known and carried - _CARRIED.get(kind, {"this"}):
            self._refuse(node)
        if kind is exp.Column and not isinstance(node.this, exp.Identifier):
            self._refuse(node)

    def _refuse(self, node: exp.Expr, what: str = "") -> NoReturn:
        raise UnsupportedFeatureError(
            "the in-memory engine does not read "
            f"{what or _named(node)}: {_spelt(node, self._engine)}",
            engine="memory",
            hint="say it with comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, arithmetic, "
            f"{', '.join(NAMES)}, -> and ->>, or use SQLite3(':memory:')",
        )

    def _joined(
        self, node: exp.Connector, kind: type[domain.And] | type[domain.Or]
    ) -> domain.Predicate:
        return joined(kind, [self.predicate(each) for each in node.flatten(unnest=False)])

    def _compare(self, node: exp.Binary) -> domain.Predicate:
        sides = self.expression(node.left), self.expression(node.right)
        return domain.Compare(sides[0], _COMPARISONS[type(node)], sides[1])

    def _in(self, node: exp.In) -> domain.Predicate:
        operand = self.expression(node.this)
        members = tuple(self.expression(each) for each in node.expressions)
        if not members and self._engine == "postgresql":
            raise ProgrammingError("PostgreSQL reads no IN without members", hint="write FALSE")
        return domain.In(operand, members) if members else domain.Always(truth=False)

    def _between(self, node: exp.Between) -> domain.Predicate:
        operand = self.expression(node.this)
        low, high = self.expression(node.args["low"]), self.expression(node.args["high"])
        return domain.And(domain.Compare(operand, ">=", low), domain.Compare(operand, "<=", high))

    def _like(self, node: exp.Like) -> domain.Predicate:
        return domain.Like(self.expression(node.this), self.expression(node.expression))

    def _is(self, node: exp.Is) -> domain.Predicate:
        if not isinstance(node.expression, exp.Null):
            self._refuse(node)
        return domain.IsNull(self.expression(node.this))

    def _truth_of_column(self, node: exp.Column) -> domain.Predicate:
        column = self._column(node)
        if column.type.kind is not Kind.BOOLEAN:
            self._refuse(node, "a column that is no BOOLEAN alone as a condition")
        return domain.Compare(domain.Column(column.name), "=", domain.Literal(True))  # noqa: FBT003 - the value itself

    def _arithmetic(self, node: exp.Binary) -> domain.Expression:
        sides = self.expression(node.left), self.expression(node.right)
        return domain.Arithmetic(sides[0], _SIGNS[type(node)], sides[1])

    def _call(self, node: exp.Func) -> Any:
        named = str(node.meta.get("name", "")).lower()
        if named not in NAMES:  # sqlglot takes IFNULL, LEN and others for the same
            self._refuse(node, f"the function {named.upper() or node.sql_name()}")
        given = [node.this, *node.expressions]
        return Call(named, tuple(self.expression(each) for each in given))

    def _arrow(self, node: exp.JSONBExtract) -> Any:
        document, inner = node.this.unnest(), node.expression
        if node.meta["name"]:
            self._refuse(node)
        if not isinstance(inner, exp.Placeholder):
            self._refuse(node, "an arrow to what is no key and no index")
        if not isinstance(document, (exp.Column, exp.JSONBExtract)):
            self._refuse(node, "an arrow from anything but a column")
        known: Path | None = node.meta["path"]
        path: Any = self._placeholder(inner) if known is None else known
        return Arrow(self.expression(document), path, isinstance(node, exp.JSONBExtractScalar))

    def _negative(self, node: exp.Neg) -> domain.Expression:
        if isinstance(node.this, _ARROWS):
            self._refuse(node, "a sign before an arrow, which belongs to what is left of it")
        operand = self.expression(node.this)
        if isinstance(node.this, exp.Literal) and not node.this.is_string:
            return domain.Literal(-_literal(node.this))
        return domain.Arithmetic(domain.Literal(0), "-", operand)

    def _placeholder(self, node: exp.Placeholder) -> domain.Expression:
        place = self._places.get(str(node.this or ""))
        if place is None:
            raise ParameterError(
                f"nothing fills the placeholder {node.sql(_DIALECTS[self._engine])}",
                hint="? takes its value from a sequence in params, :name from a mapping",
            )
        return domain.Parameter(place)

    def _column(self, node: exp.Column) -> ColumnSpec:
        if self._spec is None:
            self._refuse(node, "a column in a default")
        name = node.this.this
        if node.this.quoted or (name in self._spec.names and self._engine == "sqlite"):
            return self._spec.column(name)
        if self._engine == "postgresql":
            return self._folded(self._spec, name)
        close = [known for known in self._spec.names if known.lower() == name.lower()]
        return self._spec.column(close[0] if len(close) == 1 else name)

    def _folded(self, spec: TableSpec, name: str) -> ColumnSpec:
        """Find a bare name as PostgreSQL does, in small letters."""
        folded = name.lower()
        if folded in spec.names:
            return spec.column(folded)
        meant = next((known for known in spec.names if known.lower() == folded), None)
        hint = (
            f'a bare name is read as {folded!r}; write "{meant}" for the column' if meant else ""
        )
        raise ColumnNotFoundError(folded, spec.names, table=spec.name, hint=hint)


def _named(node: exp.Expr) -> str:
    """Say what sort of thing a node is."""
    if node.args.get("query") is not None:
        return "a sub-select"
    for kind, name in _KNOWN_AS:
        if isinstance(node, kind):
            return name
    if isinstance(node, exp.Func):
        return f"the function {node.sql_name()}"
    if isinstance(node, exp.Binary):
        return f"the operator {node.key.upper()}"
    return node.key.upper()


def _spelt(node: exp.Expr, engine: Engine) -> str:
    """Spell a node as it was given, arrows and what stands right of them too."""
    shown = node.copy()
    for arrow in list(shown.find_all(*_ARROWS)):
        for step in arrow.meta.get("path") or ():
            is_key = isinstance(step, str)
            arrow.set("expression", exp.Literal(this=str(step), is_string=is_key))
    return str(shown.sql(_DIALECTS[engine])).replace("#>", "->")


def _literal(node: exp.Literal) -> Any:
    """Return the value of a text or of a number."""
    text = node.this
    if node.is_string:
        return text
    try:
        return int(text) if text.isdigit() else float(text)
    except ValueError:
        raise ProgrammingError(f"{text!r} is no number", hint="write it out") from None

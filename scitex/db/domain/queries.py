"""What is asked of a table: which records, which columns, in what order."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

import attrs

from scitex.db.domain.chains import joined
from scitex.db.domain.errors import InterfaceError, ProgrammingError, UnsafeFragmentError
from scitex.db.domain.names import identifiers
from scitex.db.domain.plain import plain
from scitex.db.domain.predicates import (
    PREDICATES,
    Always,
    And,
    Column,
    Compare,
    In,
    IsNull,
    Operand,
    Or,
    OrderTerm,
    Parameter,
    Predicate,
)
from scitex.db.domain.shapes import lifted
from scitex.db.domain.sql.sqltext import Marks, Parameters, marks
from scitex.db.domain.values import shown

OnConflict = Literal["error", "ignore", "update"]
Where = str | Mapping[str, object] | Predicate | None
OrderBy = str | OrderTerm | Operand | Iterable[str | OrderTerm | Operand] | None


@attrs.frozen(cache_hash=True)
class Text:
    """
    A condition or an order in the engine's own SQL.

    Attributes
    ----------
    text : str
    style : {"none", "question", "named"}
        Which placeholders in it count.
    """

    text: str
    style: Marks = "none"


Condition = Predicate | Text


@attrs.frozen(cache_hash=True)
class Query:
    """
    Records asked of one table; its values travel beside it.

    Attributes
    ----------
    table : str
    columns : tuple of str or None
        None means all, in the table's order.
    where : Condition or None
        None keeps every record.
    order_by : tuple of OrderTerm, or Text
    limit : int or None
        The most records wanted; 0 means none.
    offset : int, default 0
        How many records to pass over first.
    """

    table: str
    columns: tuple[str, ...] | None = None
    where: Condition | None = None
    order_by: tuple[OrderTerm, ...] | Text = ()
    limit: int | None = None
    offset: int = 0


class Given(NamedTuple):
    """A condition's shape with the values that fill it."""

    condition: Condition | None
    values: tuple[object, ...] | Mapping[str, object] = ()


def given(where: Where, params: Parameters = None) -> Given:
    """
    Read a `where` argument.

    Parameters
    ----------
    where : str, mapping, Predicate or None
        Text is the engine's own SQL; a mapping asks for equality (IN for a list, IS NULL for
        None) of every column it names.
    params : sequence or mapping, optional
        What the placeholders in a text stand for.

    Returns
    -------
    Given

    Raises
    ------
    InterfaceError
        If `params` come without a text, or `where` is something else.
    UnsafeFragmentError
        If the text is blank.
    """
    if isinstance(where, str):
        return Given(_text(where, marks(params)), held(params))
    if params is not None:
        raise InterfaceError(
            "params fill the placeholders of a text, and where is no text",
            hint="leave params out, or write where='name = ?'",
        )
    if where is None:
        return Given(None)
    if isinstance(where, Mapping):
        return _matching(where)
    if isinstance(where, PREDICATES):
        return Given(*lifted(where))
    raise InterfaceError(
        f"where must be text, a mapping or a predicate, not {where!r}",
        hint="write where='score > ?', where={'name': 'Alice'} or where=col('score') > 80",
    )


def blank(what: str) -> UnsafeFragmentError:
    """Make the error that a text is blank, which may not mean 'every row'."""
    return UnsafeFragmentError(
        f"the text of {what} is blank",
        hint="leave it out, or pass where=ALL_ROWS to mean every row",
    )


@functools.lru_cache(maxsize=512)
def _text(text: str, style: Marks) -> Text:
    """Make a condition of text; the same object for the same text, which is found faster."""
    if not text or text.isspace():
        raise blank("where")
    return Text(text, style)


def held(params: Parameters) -> tuple[object, ...] | Mapping[str, object]:
    """Return a sequence as a tuple, a mapping as it is, and nothing as an empty tuple."""
    if type(params) is list or params is None:
        return tuple(params or ())
    return params if isinstance(params, Mapping) else tuple(params)


def asked(where: Where, params: Parameters, *, deed: str) -> Given:
    """
    Read a `where` that must be there, for `deed` changes records.

    Raises
    ------
    UnsafeFragmentError
        If it is missing or blank.
    """
    if where is None or (isinstance(where, Mapping) and not where):
        raise UnsafeFragmentError(
            f"{deed} needs a condition",
            hint=f"say which rows: {deed}(..., where='id = ?', params=[1]), "
            "or where=ALL_ROWS for every row",
        )
    return given(where, params)


_SINGLE = frozenset({int, str, bytes, bool})  # types whose every value is one, and is there


@functools.lru_cache(maxsize=512)
def _equalities(*names: str) -> Predicate | None:
    """Return the shape of equalities; the same object for the same names."""
    parts: list[Predicate] = [
        Compare(Column(name), "=", Parameter(place)) for place, name in enumerate(names)
    ]
    return joined(And, parts) if parts else None


def _matching(where: Mapping[str, object]) -> Given:
    """Turn a mapping into equalities."""
    if _SINGLE.issuperset(map(type, where.values())):
        return Given(_equalities(*where), tuple(where.values()))
    values: list[object] = []
    parts = [_equality(Column(name), value, values) for name, value in where.items()]
    return Given(joined(And, parts) if parts else None, tuple(values))


def _equality(column: Column, value: object, values: list[object]) -> Predicate:
    """Build one column's equality, adding what fills it to `values`."""
    members = _members(value)
    if members is not None:
        present = [item for item in map(plain, members) if item is not None]
        start = len(values)
        values.extend(present)
        places = tuple(Parameter(start + place) for place in range(len(present)))
        part: Predicate = In(column, places) if places else Always(truth=False)
        return part if len(present) == len(members) else Or(part, IsNull(column))
    if plain(value) is None:
        return IsNull(column)
    values.append(value)
    return Compare(column, "=", Parameter(len(values) - 1))


def _members(value: Any) -> list[object] | None:
    """Return the values of a list, a set, an array or a Series; None for a single value."""
    if isinstance(value, (list, tuple, set, frozenset, range)):
        return list(value)
    many = hasattr(value, "tolist") and getattr(value, "ndim", 0) > 0
    return list(value.tolist()) if many else None


_TERM = re.compile(r"\s*([^\W\d]\w*)(?:\s+(ASC|DESC))?\s*", re.IGNORECASE)


def order(order_by: OrderBy) -> tuple[OrderTerm, ...] | Text:
    """
    Read an `order_by` argument.

    Parameters
    ----------
    order_by : str, OrderTerm, or iterable of such, or None
        Text of plain column names (``"score DESC, name"``) means columns; other text is the
        engine's own SQL.

    Returns
    -------
    tuple of OrderTerm, or Text

    Raises
    ------
    UnsafeFragmentError
        If the text is blank.
    ProgrammingError
        If it is two plain words in a row.

    Examples
    --------
    >>> order("score DESC, name")
    (OrderTerm(column='score', descending=True), OrderTerm(column='name', descending=False))
    >>> order("lower(name)")
    Text(text='lower(name)', style='none')
    """
    if order_by is None:
        return ()
    if isinstance(order_by, str):
        return _text_order(order_by)
    if isinstance(order_by, (OrderTerm, Operand)):
        order_by = [order_by]
    if not isinstance(order_by, Iterable):
        raise InterfaceError(
            f"order_by cannot sort by {order_by!r}",
            hint="use a column name, a list of such, or col('x').desc()",
        )
    terms: list[OrderTerm] = []
    for term in order_by:
        if isinstance(term, Operand):
            terms.append(term.asc())
        elif isinstance(term, OrderTerm):
            terms.append(term)
        else:
            terms.append(_listed_term(term))
    return tuple(terms)


def _text_order(text: str) -> tuple[OrderTerm, ...] | Text:
    if not text or text.isspace():
        raise blank("order_by")
    matches = [_TERM.fullmatch(part) for part in text.split(",")]
    if not all(matches):
        _refuse_blanks(text)
        return Text(text)
    return tuple(_term(match) for match in matches if match)


_PLAIN = re.compile(r"[\w\s,]*")
_BLANKS = re.compile(
    r"\s*((?!NOT\s)[^\W\d]\w*\s+(?!ISNULL\b|NOTNULL\b)[^\W\d]\w*)(\s+ASC|\s+DESC)?\s*",
    re.IGNORECASE,
)


def _refuse_blanks(text: str) -> None:
    """Refuse two plain words in a row, which are no SQL: a column's name with a blank in it."""
    found = [_BLANKS.fullmatch(part) for part in text.split(",")] if _PLAIN.fullmatch(text) else []
    for match in found:
        if match:
            way = ".desc()" if (match[2] or "").strip().upper() == "DESC" else ""
            exact = f"col({match[1]!r}){way}" if way else repr(match[1])
            raise ProgrammingError(
                f"order_by={text!r} is read as SQL, which {match[1]!r} is not",
                hint=f"names that are not plain words stand in a list: order_by=[{exact}]",
            )


def _term(match: re.Match[str]) -> OrderTerm:
    return OrderTerm(match[1], descending=(match[2] or "").upper() == "DESC")


def _listed_term(term: object) -> OrderTerm:
    """Read one entry of a list: a column's exact name, or a plain one with its direction."""
    if not isinstance(term, str):
        raise InterfaceError(
            f"order_by cannot sort by {term!r}", hint="use a column name or col('x').desc()"
        )
    match = _TERM.fullmatch(term) if term.strip() == term else None
    return _term(match) if match else OrderTerm(term)


_TOO_MANY = 2**63  # the engines count records in 64 bits


def whole_number(value: object, what: str) -> int | None:
    """
    Return a limit or an offset that is a non-negative int of 64 bits, or None.

    Raises
    ------
    InterfaceError
        If it is anything else.
    """
    if value is None:
        return None
    number = plain(value)
    if type(number) is not int or number < 0:
        raise InterfaceError(f"{what} must be a whole number from 0 up, not {value!r}")
    if number >= _TOO_MANY:
        raise InterfaceError(
            f"{what} must be a number of 64 bits, not {shown(value)}",
            hint="engines count records in 64 bits; None is no limit at all",
        )
    return number


def select_query(
    table: str,
    *,
    columns: str | Iterable[str] | None,
    condition: Condition | None,
    order_by: OrderBy,
    limit: int | None,
    offset: int | None,
) -> Query:
    """Put the arguments of a select together, checked."""
    names = None if columns is None or columns in ("*", ["*"], ("*",)) else identifiers(columns)
    if names == ():
        raise InterfaceError("columns is empty", hint="leave it out to get every column")
    return Query(
        table,
        names,
        condition,
        order(order_by),
        whole_number(limit, "limit"),
        whole_number(offset, "offset") or 0,
    )

"""
Conditions on a record, as values.

Truth has three values here, as in SQL: True, False and unknown, and a record is kept only when
its condition is true.  So ``~(col("x") > 1)`` does *not* keep a record whose ``x`` is NULL, in
memory exactly as in a database.  Text is compared by code point, and LIKE tells capitals from
small letters, on every engine.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Literal as Choice

import attrs

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.jsonpaths import JsonPath, Sort, known_path, sort_of, steps
from scitex.db.domain.names import identifier
from scitex.db.domain.plain import plain

Comparison = Choice["=", "<>", "<", "<=", ">", ">="]


@attrs.frozen(cache_hash=True)
class Column:
    """A column's value."""

    name: str = attrs.field(converter=identifier)


@attrs.frozen(cache_hash=True)
class Literal:
    """A value that is given."""

    value: object


@attrs.frozen(cache_hash=True)
class Parameter:
    """A value that is given later: the one at `place` in a call's values, counted from 0."""

    place: int


@attrs.frozen(cache_hash=True)
class Arithmetic:
    """Two numbers and what is done with them: ``+ - * / %``."""

    left: Expression
    sign: Choice["+", "-", "*", "/", "%"]
    right: Expression


Expression = Column | Literal | Parameter | Arithmetic | JsonPath


class _Combinable:
    """What every predicate can do: ``&``, ``|``, ``~``."""

    def __and__(self, other: Predicate) -> And:
        return And(_predicate(self), _predicate(other))

    def __or__(self, other: Predicate) -> Or:
        return Or(_predicate(self), _predicate(other))

    def __invert__(self) -> Not:
        return Not(_predicate(self))

    def __bool__(self) -> bool:
        raise TypeError(
            "a predicate has no truth by itself: join predicates with & | ~ and brackets, "
            "not with 'and', 'or', 'not'"
        )


@attrs.frozen(cache_hash=True)
class Compare(_Combinable):
    """Two values compared; unknown where one is NULL."""

    left: Expression
    sign: Comparison
    right: Expression


@attrs.frozen(cache_hash=True)
class In(_Combinable):
    """A value is among several, none of them NULL."""

    operand: Expression
    values: tuple[Expression, ...]


@attrs.frozen(cache_hash=True)
class IsNull(_Combinable):
    """A value is missing; never unknown."""

    operand: Expression


@attrs.frozen(cache_hash=True)
class Like(_Combinable):
    """Text matches a pattern of ``%`` (any text) and ``_`` (any character); capitals count."""

    operand: Expression
    pattern: Expression


@attrs.frozen(cache_hash=True)
class Contains(_Combinable):
    """A JSON value contains another, as PostgreSQL's ``@>`` has it."""

    document: JsonPath
    part: Expression


@attrs.frozen(cache_hash=True)
class HasKey(_Combinable):
    """A JSON value is an object with a member of that name."""

    document: JsonPath
    key: Expression


@attrs.frozen(cache_hash=True)
class And(_Combinable):
    """Both; false as soon as one side is."""

    left: Predicate
    right: Predicate


@attrs.frozen(cache_hash=True)
class Or(_Combinable):
    """Either; true as soon as one side is."""

    left: Predicate
    right: Predicate


@attrs.frozen(cache_hash=True)
class Not(_Combinable):
    """The opposite; unknown stays unknown."""

    operand: Predicate


@attrs.frozen(cache_hash=True)
class Always(_Combinable):
    """True, or false, of every record."""

    truth: bool


Predicate = Compare | In | IsNull | Like | Contains | HasKey | And | Or | Not | Always
PREDICATES = (Compare, In, IsNull, Like, Contains, HasKey, And, Or, Not, Always)

ALL_ROWS = Always(truth=True)
"""The condition that every record meets, for saying so aloud in ``update`` and ``delete``."""


def _predicate(value: object) -> Predicate:
    if isinstance(value, PREDICATES):
        return value
    raise TypeError(f"& | ~ join predicates, not {value!r}; put brackets around a comparison")


@attrs.frozen
class OrderTerm:
    """A column to sort by; NULLs come last either way."""

    column: str = attrs.field(converter=identifier)
    descending: bool = False


def _expression(value: object) -> Expression:
    if isinstance(value, Operand):
        return value.expression
    return Literal(value)


class Operand:
    """
    A column, or a sum of such, to build a condition from; made by `col`.

    Examples
    --------
    >>> (col("score") > 80) & col("name").in_(["Alice", "Bob"])
    And(left=Compare(left=Column(name='score'), sign='>', right=Literal(value=80)), \
right=In(operand=Column(name='name'), values=(Literal(value='Alice'), Literal(value='Bob'))))
    """

    __slots__ = ("expression",)
    __hash__ = None  # type: ignore[assignment]  # == builds a condition, so it cannot be a key

    def __init__(self, expression: Expression) -> None:
        self.expression = expression

    def __repr__(self) -> str:
        return f"<{self.expression!r}>"

    def __bool__(self) -> bool:
        raise TypeError("a column has no truth by itself: compare it, col('x') > 1")

    __iter__ = None  # [...] goes into JSON, which would be taken for a sequence without an end
    __contains__ = None

    def __getitem__(self, step: str | int) -> Operand:
        """Go into a JSON value: a member by its key, an element by its index."""
        return Operand(self._document().at(step))

    def _document(self) -> JsonPath:
        if isinstance(self.expression, Column):
            return known_path(self.expression.name)
        if isinstance(self.expression, JsonPath):
            return self.expression
        raise InterfaceError(
            "a sum is no JSON value", hint="go into a JSON column: col('config')['lr'] + 1"
        )

    def _compare(self, sign: Comparison, other: object) -> Compare:
        mine, right = self.expression, _expression(other)
        if isinstance(mine, JsonPath) and isinstance(right, Literal):
            mine = mine.as_sort(sort_of(right.value))
        return Compare(mine, sign, right)

    def __eq__(self, other: object) -> Predicate:  # type: ignore[override]  # builds a condition
        return self.is_null() if plain(other) is None else self._compare("=", other)

    def __ne__(self, other: object) -> Predicate:  # type: ignore[override]  # builds a condition
        return self.is_not_null() if plain(other) is None else self._compare("<>", other)

    def __lt__(self, other: object) -> Compare:
        return self._compare("<", other)

    def __le__(self, other: object) -> Compare:
        return self._compare("<=", other)

    def __gt__(self, other: object) -> Compare:
        return self._compare(">", other)

    def __ge__(self, other: object) -> Compare:
        return self._compare(">=", other)

    def __add__(self, other: object) -> Operand:
        return Operand(Arithmetic(self.expression, "+", _expression(other)))

    def __sub__(self, other: object) -> Operand:
        return Operand(Arithmetic(self.expression, "-", _expression(other)))

    def __mul__(self, other: object) -> Operand:
        return Operand(Arithmetic(self.expression, "*", _expression(other)))

    def __truediv__(self, other: object) -> Operand:
        return Operand(Arithmetic(self.expression, "/", _expression(other)))

    def __mod__(self, other: object) -> Operand:
        return Operand(Arithmetic(self.expression, "%", _expression(other)))

    def in_(self, values: Iterable[object]) -> Predicate:
        """Be one of `values`; a None among them means a missing value is kept too."""
        return among(self.expression, values)

    def not_in(self, values: Iterable[object]) -> Predicate:
        """Be none of `values`."""
        return ~self.in_(values)

    def between(self, low: object, high: object) -> Predicate:
        """Lie between `low` and `high`, both included."""
        return (self >= low) & (self <= high)

    def like(self, pattern: str) -> Predicate:
        """Match a pattern of ``%`` and ``_``; capitals count, a backslash has no meaning."""
        return Like(self.expression, Literal(pattern))

    def contains(self, part: object) -> Predicate:
        """
        Be a JSON value that contains `part`, as PostgreSQL's ``@>`` has it.

        An object contains another that has some of its members, each contained in its own; an
        array one each element of which is contained in one of its own, and a single value that is
        an element; anything else contains its equal.
        """
        return Contains(self._document(), Literal(part))

    def has_key(self, key: str) -> Predicate:
        """Be a JSON object that has a member called `key`."""
        if not isinstance(key, str):
            raise InterfaceError(f"has_key() takes the name of a member, not {key!r}")
        return HasKey(self._document(), Literal(steps(key)[0]))

    def is_null(self) -> Predicate:
        """Have no value."""
        return IsNull(self.expression)

    def is_not_null(self) -> Predicate:
        """Have a value."""
        return ~IsNull(self.expression)

    def _column(self) -> str:
        if isinstance(self.expression, Column):
            return self.expression.name
        raise TypeError("only a plain column can be sorted by")

    def asc(self) -> OrderTerm:
        """Sort by it, smallest first."""
        return OrderTerm(self._column())

    def desc(self) -> OrderTerm:
        """Sort by it, largest first."""
        return OrderTerm(self._column(), descending=True)


def col(name: str) -> Operand:
    """
    Speak of a column, to build a condition or an order.

    Parameters
    ----------
    name : str
        The column's exact name.

    Returns
    -------
    Operand
        Compare it with ``== != < <= > >=``, ``in_()``, ``between()``, ``like()``; join the
        results with ``& | ~`` and brackets.  ``col("config")["optimizer"]["lr"]`` goes into a
        JSON column, which has ``contains()`` and ``has_key()`` too.

    Raises
    ------
    InvalidNameError
        If it cannot be a name.

    Examples
    --------
    >>> col("score") > 80
    Compare(left=Column(name='score'), sign='>', right=Literal(value=80))
    """
    return Operand(_column(name) if type(name) is str else Column(name))


@functools.lru_cache(maxsize=1024)
def _column(name: str) -> Column:
    return Column(name)


def among(operand: Expression, values: Iterable[object]) -> Predicate:
    """Build the condition that `operand` is one of `values`, where None stands for NULL."""
    if isinstance(values, (str, bytes)):
        raise TypeError(f"in_() takes several values, not the text {values!r}: put it in a list")
    given = [plain(value) for value in values]
    present = tuple(Literal(value) for value in given if value is not None)
    if isinstance(operand, JsonPath) and present:
        operand = operand.as_sort(_one_sort(operand, present))
    found: Predicate = In(operand, present) if present else Always(truth=False)
    return found if len(present) == len(given) else Or(found, IsNull(operand))


def _one_sort(operand: JsonPath, members: tuple[Literal, ...]) -> Sort | None:
    """Return the sort of all the values that a JSON value is looked for among."""
    sorts = {sort_of(member.value) for member in members}
    if len(sorts) > 1:
        raise InterfaceError(
            f"{operand} is looked for among values of several sorts: text, numbers and bools are "
            "never equal in JSON",
            hint="ask for each sort by itself: (a.in_(texts)) | (a.in_(numbers))",
        )
    return sorts.pop()

"""
Where in a JSON column a value is, and of which sort it is asked.

A path is a sequence of keys (text) and indexes (whole numbers): ``"0"`` is a key of an object and
``0`` the first element of an array, whatever else a key may look like.
"""

from __future__ import annotations

import decimal
import functools
import itertools
import math
from collections.abc import Iterable
from typing import Any, Literal

import attrs

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.fitting import checked_text, float_of
from scitex.db.domain.misfit import Misfit
from scitex.db.domain.names import identifier
from scitex.db.domain.plain import plain

Step = str | int
Sort = Literal["text", "number", "boolean"]
SORTS: tuple[Sort, ...] = ("text", "number", "boolean")

_FURTHEST = 2**31  # an index of 32 bits is what every engine takes
_DEEPEST = 100  # steps: PostgreSQL takes seconds for some hundreds, and days for thousands
_HINT = "write col('config')['optimizer']['lr'], or ['optimizer', 'lr'] where a path is asked for"


def _step(given: object) -> Step:
    """Return one step of a path: a key, or an index."""
    value = given if isinstance(given, str) else plain(given)
    if isinstance(value, str):
        try:
            return checked_text(str(value))
        except Misfit as misfit:
            raise InterfaceError(
                f"{value!r} is no key of a JSON object: {misfit.why}", hint=_HINT
            ) from None
    if type(value) is not int:
        raise InterfaceError(
            f"a JSON path is made of keys (text) and indexes (whole numbers), not {given!r}",
            hint=_HINT,
        )
    if not -_FURTHEST <= value < _FURTHEST:
        raise InterfaceError(f"{value} is no index of an array", hint=_HINT)
    return value


def steps(path: object) -> tuple[Step, ...]:
    """
    Read a path; a lone key is a path of one step.

    Raises
    ------
    InterfaceError
        If one of its steps is neither text nor a whole number, or it has more than 100.

    Examples
    --------
    >>> steps("lr"), steps(["layers", -1])
    (('lr',), ('layers', -1))
    """
    if isinstance(path, str):
        return (_step(path),)
    if isinstance(path, (bytes, dict)) or not isinstance(path, Iterable):
        return (_step(path),)
    return _checked(tuple(map(_step, itertools.islice(path, _DEEPEST + 1))))


def _checked(path: tuple[Step, ...]) -> tuple[Step, ...]:
    if len(path) > _DEEPEST:
        raise InterfaceError(
            f"a JSON path has at most {_DEEPEST} steps",
            hint="read the whole value and go on from there in Python",
        )
    return path


@attrs.frozen(cache_hash=True)
class JsonPath:
    """
    A value inside a JSON column.

    Attributes
    ----------
    column : str
    path : tuple of str or int
        Keys and indexes; negative ones count from the end.  Empty for the whole value.
    sort : {"text", "number", "boolean"} or None
        What it is asked for as; a value of any other sort counts as missing then.  None where
        that is not said.

    Examples
    --------
    >>> str(JsonPath("config", ["layers", 0]))
    "config['layers'][0]"
    """

    column: str = attrs.field(converter=identifier)
    path: tuple[Step, ...] = attrs.field(converter=steps)
    sort: Sort | None = None

    def __str__(self) -> str:
        return self.column + "".join(f"[{step!r}]" for step in self.path)

    def at(self, step: object) -> JsonPath:
        """Return the path that goes one step further."""
        return known_path(self.column, _checked((*self.path, _step(step))))

    def as_sort(self, sort: Sort | None) -> JsonPath:
        """Return the path asked for as `sort`."""
        return known_path(self.column, self.path, sort)

    @property
    def name(self) -> str:
        """What it is called in the name of an index."""
        return "_".join([self.column, *map(str, self.path)])


@functools.lru_cache(maxsize=1024)
def known_path(column: str, path: tuple[Step, ...] = (), sort: Sort | None = None) -> JsonPath:
    """Return a path of checked steps; the same object for the same path, which is found faster."""
    return JsonPath(column, path, sort)


def sort_of(value: object) -> Sort | None:
    """
    Say which sort of JSON value is compared with a value; None where none is.

    Examples
    --------
    >>> sort_of("adam"), sort_of(1e-3), sort_of(True), sort_of({"lr": 1})
    ('text', 'number', 'boolean', None)
    """
    simple = plain(value)
    if isinstance(simple, bool):
        return "boolean"
    if simple is None or isinstance(simple, (int, float, decimal.Decimal)):
        return "number"
    return "text" if isinstance(simple, str) else None


def asked(value: object, sort: Sort | None) -> Any:
    """
    Return a value as a JSON value of `sort` is compared with it; None is nothing.

    Raises
    ------
    Misfit
        If no JSON value of the sort could ever equal it.
    """
    simple = plain(value)
    if simple is None:
        return None
    if sort is None or sort_of(simple) != sort:
        hint = "compare with text, a number or a bool"
        if isinstance(simple, (dict, list)):
            hint = "ask with .contains(...), or compare a value inside"
        raise Misfit("no JSON value is compared with it", hint)
    if sort == "text":
        return checked_text(simple)
    if isinstance(simple, decimal.Decimal):
        return _of_decimal(simple)
    if type(simple) is int and simple.bit_length() > _LONGEST:
        raise Misfit("too long a number", "compare with a float")
    return simple


_LONGEST = 14_000  # bits: what Python spells without being told to


def _of_decimal(value: decimal.Decimal) -> int | float:
    """Return the JSON number that a decimal is."""
    if value.is_finite() and abs(value) < 2**63 and value == value.to_integral_value():
        return int(value)
    return float_of(value)


def number_text(value: float) -> str:
    """
    Spell a number as JSON columns keep it; one that is infinite as larger than any there.

    Examples
    --------
    >>> number_text(0.1), number_text(1e16), number_text(float("-inf"))
    ('0.1', '10000000000000000.0', '-1e5000')
    """
    if isinstance(value, int):
        return str(value)
    if math.isinf(value):
        return "1e5000" if value > 0 else "-1e5000"
    return f"{int(value)}.0" if abs(value) >= 1e16 else repr(value)

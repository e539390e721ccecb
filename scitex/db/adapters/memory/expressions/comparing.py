"""Two values compared, or reckoned with, as the engines do it."""

from __future__ import annotations

import contextlib
import decimal
import math
import operator
from collections.abc import Callable
from typing import Any

from scitex.db.adapters.memory.expressions.keeping import exact
from scitex.db.adapters.memory.expressions.scope import Engine
from scitex.db.domain.errors import DataError, ProgrammingError
from scitex.db.domain.fitting import INT64_MAX
from scitex.db.domain.values import shown

Relation = Callable[[Any, Any], bool]

RELATIONS: dict[str, Relation] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_RANKS: dict[type, int] = {bool: 0, int: 0, float: 0, decimal.Decimal: 0, str: 1, bytes: 2}
_OTHERS = 3


def rank(value: Any) -> tuple[int, str]:
    """Return where values of this sort stand among others: numbers, text, bytes, the rest."""
    place = _RANKS.get(type(value), _OTHERS)
    return place, type(value).__name__ if place == _OTHERS else ""


def order_key(value: Any) -> tuple[object, ...]:
    """Return what sorts values of any sorts together."""
    return *rank(value), value


def _aligned(left: Any, right: Any) -> tuple[Any, Any]:
    """Let a float meet a decimal as the decimal that it stands for."""
    if isinstance(left, float) and isinstance(right, decimal.Decimal):
        return exact(left), right
    if isinstance(left, decimal.Decimal) and isinstance(right, float):
        return left, exact(right)
    return left, right


def alike(left: Any, sign: str, right: Any) -> bool:
    """
    Compare two values that must be of one sort.

    Raises
    ------
    DataError
        If they are not.
    """
    if rank(left) == rank(right):
        with contextlib.suppress(TypeError):  # a moment with a zone and one without
            return RELATIONS[sign](*_aligned(left, right))
    raise DataError(
        f"{shown(left)} and {shown(right)} cannot be compared",
        hint="compare numbers with numbers and text with text",
    )


def anyhow(left: Any, sign: str, right: Any) -> bool:
    """Compare two values of any sorts: numbers come before text, and text before bytes."""
    if rank(left) == rank(right):
        return RELATIONS[sign](*_aligned(left, right))
    return RELATIONS[sign](rank(left), rank(right))


# Wide enough for what 64-bit numbers and usual NUMERICs make; nothing in it raises.
_WIDE = decimal.Context(prec=60, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[])
_DECIMAL = {
    "+": _WIDE.add,
    "-": _WIDE.subtract,
    "*": _WIDE.multiply,
    "/": _WIDE.divide,
    "%": _WIDE.remainder,
}
_EXACT = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def number(value: Any) -> Any:
    """
    Return `value` if it can be reckoned with.

    Raises
    ------
    DataError
        If it is no number.
    """
    if type(value) in {int, float, decimal.Decimal}:
        return value
    raise DataError(f"{shown(value)} is not a number, so it cannot be reckoned with")


def reckoned(left: Any, sign: str, right: Any, engine: Engine) -> Any:
    """
    Reckon with two numbers, neither of them NULL; None where SQL's answer is NULL.

    Whole numbers divide to a whole number, cut towards zero.

    Raises
    ------
    DataError
        If one is no number; as PostgreSQL, if a division is by zero or the result is too wide.
    """
    left, right = number(left), number(right)
    if sign in "/%" and right == 0:
        if engine == "postgresql":
            raise DataError("division by zero", hint="leave out the records where it would be")
        return None
    if sign == "%" and not _both(left, right, (int, decimal.Decimal)):
        return _rough_rest(left, right, engine)
    if isinstance(left, int) and isinstance(right, int):
        return _whole(left, sign, right, engine)
    if isinstance(left, float) or isinstance(right, float):
        return _float(float(left), sign, float(right))
    result = _DECIMAL[sign](left, right)
    return None if result.is_nan() else result


def _both(left: Any, right: Any, kinds: tuple[type, ...]) -> bool:
    return isinstance(left, kinds) and isinstance(right, kinds)


def _whole(left: int, sign: str, right: int, engine: Engine) -> int | float:
    """Reckon with whole numbers; what is too wide becomes a float on SQLite."""
    if sign in _EXACT:
        result = _EXACT[sign](left, right)
    else:
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        result = quotient if sign == "/" else left - quotient * right
    if -INT64_MAX - 1 <= result <= INT64_MAX:
        return int(result)
    if engine == "postgresql":
        raise DataError(f"{left} {sign} {right} is outside the range of a 64-bit integer")
    return float(result)


def _float(left: float, sign: str, right: float) -> float | None:
    result = left / right if sign == "/" else _EXACT[sign](left, right)
    return None if math.isnan(result) else float(result)


def _rough_rest(left: Any, right: Any, engine: Engine) -> float | None:
    """Say what a division leaves where floats take part: SQLite cuts them to whole numbers."""
    if engine == "postgresql":
        raise ProgrammingError(
            "PostgreSQL has no % of floating point numbers", hint="use INTEGER or NUMERIC columns"
        )
    divisor = _cut(right)
    return float(_whole(_cut(left), "%", divisor, engine)) if divisor else None


def _cut(value: Any) -> int:
    """Cut a number to the 64-bit integer that comes nearest on the side of zero."""
    if math.isinf(value):
        return INT64_MAX if value > 0 else -INT64_MAX - 1
    return max(-INT64_MAX - 1, min(INT64_MAX, int(value)))

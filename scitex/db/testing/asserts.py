"""What tests say of records: that they are the same, whatever engine they come from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from scitex.db._facade.database import Database
from scitex.db.domain.plain import is_array, plain

_SHOWN = 5


def assert_same_rows(
    found: Iterable[Any],
    expected: Iterable[Any],
    *,
    ordered: bool = False,
    ignoring: str | Iterable[str] = (),
    tolerance: float = 0.0,
) -> None:
    """
    Say that two sets of records are the same; what differs is told record by record.

    Parameters
    ----------
    found, expected : iterable of mapping, or DataFrame
        As `select`, `query` and the like give them.
    ordered : bool, default False
        Whether their order counts.
    ignoring : str or iterable of str, optional
        Columns that do not count, such as numbers and moments that the database gives.
    tolerance : float, default 0.0
        How far apart, of their size, two floats may be that are the same.

    Raises
    ------
    AssertionError
        If they are not.

    Notes
    -----
    Missing is missing: None, NaN and NaT are the same.  A number is a number: 1, 1.0 and
    ``Decimal("1")`` are the same, and so are a numpy scalar and what it stands for.

    Examples
    --------
    >>> assert_same_rows(
    ...     [{"id": 1, "x": 0.5}, {"id": 2, "x": None}],
    ...     [{"id": 2, "x": float("nan")}, {"id": 1, "x": 0.5}],
    ... )
    >>> assert_same_rows([{"id": 1}], [{"id": 2}])
    Traceback (most recent call last):
        ...
    AssertionError: the records differ
      only found:    {'id': 1}
      only expected: {'id': 2}
    """
    __tracebackhide__ = True
    left = {ignoring} if isinstance(ignoring, str) else set(ignoring)
    ours, theirs = ([_row(each, left) for each in _records(rows)] for rows in (found, expected))
    if ordered:
        _compare_in_order(ours, theirs, tolerance)
        return
    missing = list(theirs)
    extra = []
    for row in ours:
        place = next((n for n, each in enumerate(missing) if _same(row, each, tolerance)), None)
        if place is None:
            extra.append(row)
        else:
            del missing[place]
    if extra or missing:
        told = _told("only found:   ", extra) + _told("only expected:", missing)
        raise AssertionError("\n".join(["the records differ", *told]))


def _compare_in_order(ours: list[Any], theirs: list[Any], tolerance: float) -> None:
    __tracebackhide__ = True
    for place, (row, other) in enumerate(zip(ours, theirs, strict=False)):
        if not _same(row, other, tolerance):
            raise AssertionError(
                f"record {place} differs\n  found:    {row!r}\n  expected: {other!r}"
            )
    if len(ours) != len(theirs):
        raise AssertionError(f"there are {len(ours)} records, and {len(theirs)} are expected")


def _told(what: str, rows: list[Any]) -> list[str]:
    shown = [f"  {what} {row!r}" for row in rows[:_SHOWN]]
    return [*shown, f"  {what} {len(rows) - _SHOWN} more"] if len(rows) > _SHOWN else shown


def _records(rows: Any) -> Iterable[Any]:
    if hasattr(rows, "to_dict") and hasattr(rows, "iloc"):  # a DataFrame
        records: Iterable[Any] = rows.to_dict("records")
        return records
    return rows  # type: ignore[no-any-return]


def _row(given: Any, ignoring: set[str]) -> Any:
    if not isinstance(given, Mapping):
        return given
    return {name: value for name, value in given.items() if name not in ignoring}


def _same(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(
            _same(value, other[name], tolerance) for name, value in one.items()
        )
    if is_array(one) or is_array(other):
        return is_array(one) and is_array(other) and _same_arrays(one, other)
    one, other = plain(one), plain(other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(
            _same(each, its, tolerance) for each, its in zip(one, other, strict=True)
        )
    if isinstance(one, float) and isinstance(other, float) and tolerance:
        return math.isclose(one, other, rel_tol=tolerance)
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _same_arrays(one: Any, other: Any) -> bool:
    return bool(
        one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes()
    )


def assert_same_tables(one: Database, other: Database, table: str) -> None:
    """
    Say that a table has the same records in two databases, of whatever engines.

    Parameters
    ----------
    one, other : Database
    table : str

    Raises
    ------
    AssertionError
        If it has not; it is told which differ.

    Examples
    --------
    >>> with InMemory() as copy:
    ...     copy.create_table(db.get_table("users"))
    ...     _ = copy.insert_many("users", db.select("users"))
    ...     assert_same_tables(db, copy, "users")
    """
    __tracebackhide__ = True
    if one.fingerprint(table) != other.fingerprint(table):
        assert_same_rows(one.select(table), other.select(table))
        raise AssertionError(
            f"table {table!r} has other columns or types in {other} than in {one}"
        )

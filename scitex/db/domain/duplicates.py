"""Records that say the same twice: which of them are meant, and which of them stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import attrs

from scitex.db.domain.errors import InterfaceError, SchemaError
from scitex.db.domain.names import identifiers
from scitex.db.domain.predicates import OrderTerm
from scitex.db.domain.rows import Record
from scitex.db.domain.tables import TableSpec
from scitex.db.domain.types import Kind

Keep = Literal["first", "last"] | tuple[Literal["newest", "oldest"], str]
_WORDS = 'keep is "first", "last", ("newest", "a column") or ("oldest", "a column")'


@attrs.frozen
class Repeats:
    """
    Which records of a table repeat another one.

    Attributes
    ----------
    table : str
    on : tuple of str
        The columns in which records that say the same agree.
    order : tuple of OrderTerm
        Of records that say the same, the first in this order stays.
    backwards : bool
        Whether of those that this order leaves equal the one that came last stays.
    nulls_equal : bool
        Whether NULL agrees with NULL.
    """

    table: str
    on: tuple[str, ...]
    order: tuple[OrderTerm, ...]
    backwards: bool = False
    nulls_equal: bool = True


@attrs.frozen
class Duplicates:
    """
    What `delete_duplicates` would remove.

    Attributes
    ----------
    table : str
    on : tuple of str
        The columns that were compared.
    count : int
        How many records would go.
    records : tuple of dict
        Those records, the first thousand of them.

    Examples
    --------
    >>> print(Duplicates("users", ("name",), 1, ({"id": 2, "name": "Alice"},)))
    1 record of table 'users' repeats another one in 'name'
    """

    table: str
    on: tuple[str, ...]
    count: int
    records: tuple[Record, ...] = attrs.field(repr=False)

    def __str__(self) -> str:
        what = "1 record" if self.count == 1 else f"{self.count:,} records"
        verb = "repeats another one" if self.count == 1 else "repeat another one"
        return f"{what} of table {self.table!r} {verb} in {', '.join(map(repr, self.on))}"


def repeats(
    spec: TableSpec, on: str | Iterable[str] | None, keep: Keep, *, nulls_equal: bool
) -> Repeats:
    """
    Read the arguments of `delete_duplicates`.

    Parameters
    ----------
    spec : TableSpec
    on : str, iterable of str or None
        None means every column but those that are computed and the one that numbers records.
    keep : "first", "last", ("newest", column) or ("oldest", column)
    nulls_equal : bool

    Raises
    ------
    InterfaceError
        If `keep` is something else, or `on` is empty.
    ColumnNotFoundError
        If the table lacks one of the columns.
    SchemaError
        If no two records can be the same, or a column holds JSON.

    Examples
    --------
    >>> spec = TableSpec(
    ...     "t",
    ...     [ColumnSpec("id", "INTEGER", nullable=False), ColumnSpec("x", "REAL")],
    ...     primary_key="id",
    ... )
    >>> repeats(spec, None, "first", nulls_equal=True).on
    ('x',)
    """
    columns = _compared(spec, on)
    for name in columns:
        _check_comparable(spec, name)
    backwards, by = _kept(keep)
    order: tuple[OrderTerm, ...] = ()
    if by is not None:
        _check_comparable(spec, by)
        order = (OrderTerm(by, descending=backwards),)
    keyed = tuple(OrderTerm(name, descending=backwards) for name in spec.primary_key)
    return Repeats(
        spec.name, columns, (*order, *keyed), backwards=backwards, nulls_equal=nulls_equal
    )


def _compared(spec: TableSpec, on: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return the columns in which records that say the same agree."""
    if on is not None:
        columns = identifiers(on)
        if not columns:
            raise InterfaceError(
                "on= names no column", hint="leave it out to compare all but the numbered key"
            )
        return columns
    columns = tuple(
        column.name
        for column in spec.columns
        if column.generated is None and column.name != spec.numbered
    )
    if not columns or (spec.primary_key and set(spec.primary_key) <= set(columns)):
        listed = ", ".join(map(repr, spec.primary_key))
        raise SchemaError(
            f"no two records of table {spec.name!r} are the same in all columns: its primary key "
            f"is {listed}",
            hint="say which columns make two records the same: on=[...]",
        )
    return columns


def _check_comparable(spec: TableSpec, name: str) -> None:
    column = spec.column(name)
    if column.type.kind is Kind.JSON:
        raise SchemaError(
            f"column {name!r} of table {spec.name!r} is JSON, and engines do not compare whole "
            "JSON values alike",
            hint="name the other columns: on=[...]",
        )


def _kept(keep: object) -> tuple[bool, str | None]:
    """Return whether the order is downwards, and the column that it goes by first."""
    if keep in ("first", "last"):
        return keep == "last", None
    pair = isinstance(keep, Sequence) and not isinstance(keep, str) and len(keep) == 2
    if pair and keep[0] in ("newest", "oldest") and isinstance(keep[1], str):  # type: ignore[index]  # `pair` tells
        return keep[0] == "newest", keep[1]  # type: ignore[index]  # as above
    raise InterfaceError(f"keep={keep!r} says not which record stays", hint=_WORDS)

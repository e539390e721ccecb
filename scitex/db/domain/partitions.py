"""Parts of a table that the engine keeps apart."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Self

import attrs

from scitex.db.domain.errors import SchemaError
from scitex.db.domain.names import identifier
from scitex.db.domain.tables import TableSpec

How = Literal["range", "hash", "list"]


@attrs.frozen
class Partition:
    """
    One part of a table.

    Attributes
    ----------
    name : str
        It is a table of this name.
    low, high : object
        In a table parted by ranges, of the column's type: its first value, and the first one past
        it.  None is no bound.
    modulus, remainder : int or None
        In one parted by hash, where the parts share its values evenly: how many there are, and
        which of them this is, from 0.
    sql : str
        Which records it takes, in the engine's words.
    """

    name: str
    low: Any = None
    high: Any = None
    modulus: int | None = attrs.field(default=None, kw_only=True)
    remainder: int | None = attrs.field(default=None, kw_only=True)
    sql: str = attrs.field(default="", kw_only=True, eq=False)

    @property
    def is_default(self) -> bool:
        """Whether it takes whatever no other one does."""
        return self.sql == "DEFAULT"


@attrs.frozen
class Partitioned:
    """
    How a table is kept in parts.

    Attributes
    ----------
    columns : tuple of str
        By whose values; SQL text stands where it is an expression.
    parts : tuple of Partition
        In order; one for whatever no other takes comes last.
    how : {"range", "hash", "list"}
    """

    columns: tuple[str, ...]
    parts: tuple[Partition, ...] = ()
    how: How = "range"


@attrs.frozen
class PartitionBy:
    """
    How a table is to be kept in parts; `by_range` and `by_hash` make one.

    Attributes
    ----------
    column : str
    how : {"range", "hash"}
    edges : tuple
        Where a part ends and the next begins, of those by ranges.
    modulus : int
        How many parts there are, of those by hash.
    """

    column: str = attrs.field(converter=identifier)
    how: How = "range"
    edges: tuple[Any, ...] = ()
    modulus: int = 0

    def parts(self, table: str, edges: Sequence[Any]) -> tuple[Partition, ...]:
        """Return the parts of a table, given the edges as its column keeps them."""
        if self.how == "hash":
            return tuple(
                Partition(part_name(table, place), modulus=self.modulus, remainder=place)
                for place in range(self.modulus)
            )
        return tuple(
            Partition(part_name(table, place), low, high)
            for place, (low, high) in enumerate(itertools.pairwise(edges))
        )

    @classmethod
    def asked(cls, given: str | Self) -> Self:
        """Take a column's name for ranges of it."""
        return cls(given) if isinstance(given, str) else given


def by_range(column: str, edges: Iterable[Any] = ()) -> PartitionBy:
    """
    Have a table kept in parts by ranges of a column, of a moment or a number mostly.

    Parameters
    ----------
    column : str
    edges : iterable, optional
        Where a part ends and the next one begins, in order: n + 1 edges make n parts, each with
        its lower edge and without its upper one.  None as the first or the last one is no bound.
        Without any, `Database.add_partition` makes the parts.

    Returns
    -------
    PartitionBy
        For `Database.create_table`.

    Raises
    ------
    SchemaError
        If there is one edge, or None stands between others.

    Examples
    --------
    >>> by_range("at", ["2025-01-01", "2026-01-01", None]).edges
    ('2025-01-01', '2026-01-01', None)
    """
    told = tuple(edges)
    if len(told) == 1 or any(edge is None for edge in told[1:-1]):
        raise SchemaError(
            f"the edges {list(told)!r} make no ranges of column {column!r}",
            hint="two or more in order, None only first or last: by_range('at', [1, 2, None])",
        )
    return PartitionBy(column, "range", told)


def by_hash(column: str, n: int) -> PartitionBy:
    """
    Have a table kept in a number of parts that share the values of a column evenly.

    Parameters
    ----------
    column : str
    n : int
        How many parts.  They are as many for good.

    Returns
    -------
    PartitionBy
        For `Database.create_table`.

    Raises
    ------
    SchemaError
        If there are not from 1 to 1,000 of them.

    Examples
    --------
    >>> by_hash("subject_id", 8).modulus
    8
    """
    if isinstance(n, bool) or n not in range(1, _MOST + 1):
        raise SchemaError(
            f"a table cannot be kept in {n!r} parts", hint=f"give a number from 1 to {_MOST:,}"
        )
    return PartitionBy(column, "hash", (), n)


_MOST = 1000


def keyed_by(spec: TableSpec, column: str) -> TableSpec:
    """
    Return a table whose keys have a column among theirs, as those of a divided table must.

    What is equal in a key is then looked for among the records of one part only.  A key that
    numbered records goes on to do so.
    """
    spec.column(column)
    numbered = spec.numbered
    columns = [
        attrs.evolve(each, autoincrement=True) if each.name == numbered else each
        for each in spec.columns
    ]

    def widened(key: tuple[str, ...]) -> tuple[str, ...]:
        return key if not key or column in key else (*key, column)

    unique = [widened(key) for key in spec.unique]
    return attrs.evolve(
        spec, columns=columns, primary_key=widened(spec.primary_key), unique=unique
    )


def part_name(table: str, place: int) -> str:
    """Return the name of a part that was given none."""
    return f"{table}_p{place}"


def otherwise_kept(table: str, asked: PartitionBy, found: Partitioned | None) -> SchemaError:
    """Make the error that a table that is there is kept otherwise than is asked for."""
    kept = "whole"
    if found is not None:
        kept = f"in {len(found.parts)} parts, by {found.how} of {', '.join(found.columns)}"
    parts = f"{asked.modulus} parts" if asked.how == "hash" else "other parts"
    return SchemaError(
        f"another table {table!r} exists, which is kept {kept}, not in {parts} by {asked.how} of "
        f"{asked.column}",
        hint="use another name, add parts by add_partition(), or drop it first",
    )

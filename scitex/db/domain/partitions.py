"""Parts of a table that the engine keeps apart."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Self

import attrs

from scitex.db.domain.errors import InterfaceError, SchemaError
from scitex.db.domain.names import INDEX_NAME_BYTES, fitted_name, identifier
from scitex.db.domain.plain import plain
from scitex.db.domain.tables import TableSpec

How = Literal["range", "hash", "list"]


@attrs.frozen
class Partition:
    """
    One part of a table.

    Attributes
    ----------
    name : str
        It is a table of this name; of one that is to be added empty where any name will do.
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

    def completed(self, table: str, part: Partition) -> Partition:
        """
        Say of a part that is to be added which one it is, where parts are by hash.

        Raises
        ------
        SchemaError
            If it is given bounds, or none is missing.
        """
        if self.how != "hash" or part.remainder is not None:
            return part
        if part.low is not None or part.high is not None:
            raise SchemaError(
                f"table {table!r} is kept in parts by hash of {', '.join(self.columns)}, which "
                "have no bounds",
                hint=f"add_partition({table!r}) makes one again that was dropped",
            )
        moduli = {each.modulus for each in self.parts}
        modulus = moduli.pop() or 0 if len(moduli) == 1 else 0
        left = set(range(modulus)) - {each.remainder for each in self.parts}
        if not left:
            kept = f"all of its {modulus} parts" if modulus else "no parts of one size"
            raise SchemaError(
                f"table {table!r} has {kept}, so none is missing that could be told",
                hint="create_table(..., partition_by=by_hash(column, n)) makes the parts",
            )
        return attrs.evolve(part, modulus=modulus, remainder=min(left))


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

    def parts(self, edges: Sequence[Any]) -> tuple[Partition, ...]:
        """Return the parts of a table, given the edges as its column keeps them."""
        if self.how == "hash":
            return tuple(
                Partition("", modulus=self.modulus, remainder=place)
                for place in range(self.modulus)
            )
        return tuple(Partition("", low, high) for low, high in itertools.pairwise(edges))

    @classmethod
    def asked(cls, given: object) -> Self:
        """
        Take a column's name for ranges of it.

        Raises
        ------
        InterfaceError
            If it is neither a name nor made by `by_range` or `by_hash`.
        """
        if isinstance(given, cls):
            return given
        if isinstance(given, str):
            return cls(given)
        raise InterfaceError(
            f"partition_by={given!r} is no column",
            hint="name one, or pass by_range('at', edges) or by_hash('id', 8)",
        )


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
    several = hasattr(edges, "__iter__") and not isinstance(edges, str)
    told: tuple[Any, ...] = tuple(edges) if several else (edges,)
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
        How many parts.  They are as many for good: of one that was dropped the values are refused
        until `Database.add_partition` or the same `Database.create_table` makes it again.

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
    count = plain(n)
    if type(count) is not int or not 1 <= count <= _MOST:
        raise SchemaError(
            f"a table cannot be kept in {n!r} parts", hint=f"give a number from 1 to {_MOST:,}"
        )
    return PartitionBy(column, "hash", (), count)


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


def part_name(table: str, which: str) -> str:
    """
    Return the name of a part that was given none: the table's and which it is.

    A long name of a table is cut, with a hash of the whole, so that all of the rest is kept.

    Examples
    --------
    >>> part_name("readings", "p0"), part_name("x" * 63, "2025_05")
    ('readings_p0', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_75220b47_2025_05')
    """
    return fitted_name(table, INDEX_NAME_BYTES - len(which.encode()) - 1) + f"_{which}"


def part_taken(name: str, owner: str) -> SchemaError:
    """Make the error that a name is that of another table's part."""
    return SchemaError(
        f"there is a part of table {owner!r} named {name!r} already",
        hint="choose another name; drop_partition() removes a part with its records",
    )


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

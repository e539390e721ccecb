"""How two schemas differ, as a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

# What a value of each sort is called, and what is said where there is none.
_VALUES = {
    "type": ("", ""),
    "nullable": ("", ""),
    "default": ("default ", "no default"),
    "computed": ("computed as ", "not computed"),
    "collation": ("order ", "order by code point"),
    "numbering": ("by ", "not at all"),
    "primary key": ("", "none"),
    "search": ("", "not searched"),
}
_OF_COLUMNS = {"type", "nullable", "default", "computed", "collation"}


@attrs.frozen
class Difference:
    """
    One thing that differs.

    Attributes
    ----------
    what : str
        ``"table"``, ``"view"``, ``"column"``, ``"type"``, ``"nullable"``, ``"default"``,
        ``"computed"``, ``"collation"``, ``"numbering"``, ``"primary key"``, ``"unique"``,
        ``"check"``, ``"foreign key"``, ``"rule"`` (STRICT, partitioning and the like, of one
        engine), ``"index"``, ``"trigger"`` or ``"search"``.
    table : str
        The table, or the view.
    name : str or None
        The column, the index, the trigger; None for what has no name.
    a, b : str or None
        What there is on either side, as text; None where it is not there.
    """

    what: str
    table: str
    name: str | None = None
    a: str | None = None
    b: str | None = None

    def __str__(self) -> str:
        if self.what in _VALUES:
            return self._value()
        name = self.table if self.what in {"table", "view"} else self.name
        subject = self.what + (f" {name!r}" if name is not None else "")
        if self.a is not None and self.b is not None:
            return f"{subject}: {self.a} in a, {self.b} in b"
        side, told = ("a", self.a) if self.b is None else ("b", self.b)
        return f"{subject}: only in {side}" + (f", {told}" if told else "")

    def _value(self) -> str:
        """Say what a fact is on either side."""
        before, nothing = _VALUES[self.what]
        sides = [nothing if value is None else f"{before}{value}" for value in (self.a, self.b)]
        subject = f"column {self.name!r}" if self.what in _OF_COLUMNS else self.what
        return f"{subject}: {sides[0]} in a, {sides[1]} in b"


@attrs.frozen
class SchemaDiff:
    """
    How two schemas differ; false where they do not.

    Attributes
    ----------
    a, b : str
        What was compared.
    differences : tuple of Difference
        Sorted by table; iterating over a diff yields them.
    """

    a: str
    b: str
    differences: tuple[Difference, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.differences)

    def __len__(self) -> int:
        return len(self.differences)

    def __iter__(self) -> Iterator[Difference]:
        """Yield each difference."""
        return iter(self.differences)

    def to_dicts(self) -> list[dict[str, Any]]:
        """
        Return the differences as dicts, for JSON or a DataFrame.

        Returns
        -------
        list of dict
            Each with ``what``, ``table``, ``name``, ``a`` and ``b``.

        Examples
        --------
        >>> schema_diff(db, db).to_dicts()
        []
        """
        return [attrs.asdict(each) for each in self.differences]

    def __str__(self) -> str:
        lines = [f"a is {self.a}, b is {self.b}"]
        if not self.differences:
            return f"{lines[0]}\nno differences"
        table = None
        for each in self.differences:
            if each.what in {"table", "view"}:
                lines.append(str(each))
                continue
            if each.table != table:
                lines.append(each.table)
                table = each.table
            lines.append(f"  {each}")
        return "\n".join(lines)

"""How an engine spells SQL, as a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from scitex.db.adapters.sql.jsonspelling import JsonSpelling
from scitex.db.domain.errors import InvalidNameError
from scitex.db.domain.sql.sqltext import Syntax
from scitex.db.domain.tables import ColumnSpec
from scitex.db.domain.types import ColumnType, Kind


@attrs.frozen
class Dialect:
    """
    How an engine spells SQL.

    Attributes
    ----------
    engine : str
    syntax : Syntax
        The quoting rules of the engine's SQL text.
    quote : str
        The character around a name.
    placeholder : str
        What stands for a bound value.
    code_point : str
        The clause after a text that makes it compare by code point.
    like : str
        A case-sensitive LIKE, with ``{}`` for both sides.
    sums : mapping of str to str
        Each of ``+ - * / %``, with ``{}`` for both sides: nothing divided by 0 is NULL, the
        rest is that of the whole parts.
    whole : str
        A column of whole numbers in a sum, with ``{}``: sums may outgrow 64 bits.
    real_sum : str
        A sum of what may be infinite, with ``{}``: NULL where it is no number.
    pattern : callable
        Turns a LIKE pattern into what the engine's operator takes.
    nulls_last : mapping of bool to str
        The clause that puts NULLs last, by whether the order is descending.
    comparer : callable
        Returns what spells for the driver a value that is compared with a column of a type.
    parameter : callable
        Spells for the driver a value given in ``params``.
    json : JsonSpelling
        How questions about JSON are spelt.
    name_bytes : int or None
        The longest name that the engine keeps whole, in bytes of UTF-8.
    in_place : str
        The clause of ALTER TABLE, with ``{}`` for its name, that has a column of bytes kept so
        that parts of a value can be read; nothing where it always is.
    numbers_given : str
        The clause of INSERT by which a record keeps its number where the engine is to give all.
    """

    engine: str
    syntax: Syntax
    quote: str
    placeholder: str
    code_point: str
    like: str
    sums: Mapping[str, str]
    whole: str
    real_sum: str
    pattern: Callable[[str], str]
    nulls_last: Mapping[bool, str]
    comparer: Callable[[ColumnType], Callable[[Any], Any]]
    parameter: Callable[[Any], Any]
    json: JsonSpelling
    name_bytes: int | None = None
    in_place: str = ""
    numbers_given: str = ""

    def literal(self, text: str) -> str:
        """Return SQL text as the driver must be given it."""
        return text.replace("%", "%%") if self.placeholder == "%s" else text

    def name(self, name: str) -> str:
        """
        Quote a name, which makes a misspelt one an error and never a string.

        Raises
        ------
        InvalidNameError
            If the engine would cut it.
        """
        return self.literal(self.quoted(name))

    def quoted(self, name: str) -> str:
        """Quote a name as `name` does, for text that goes to no driver."""
        if not isinstance(name, str):
            raise InvalidNameError(
                f"a name must be text, not {type(name).__name__}: {name!r}",
                hint="pass the table or column name as a str",
            )
        if "\0" in name:
            raise InvalidNameError(f"a name must not hold NUL: {name!r}")
        try:
            length = len(name.encode())
        except UnicodeEncodeError:
            raise InvalidNameError(f"a name must be valid Unicode: {name!r}") from None
        if self.name_bytes is not None and length > self.name_bytes:
            raise InvalidNameError(
                f"the name {name!r} has {length} bytes, and {self.engine} would cut "
                f"it at {self.name_bytes}",
                hint="choose a shorter name",
            )
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote

    def names(self, names: tuple[str, ...]) -> str:
        """Quote several names, with commas between."""
        return ", ".join(map(self.name, names))

    def compares_text(self, column: ColumnSpec) -> bool:
        """Say whether the engine would compare the column's text otherwise than by code point."""
        return column.type.kind is Kind.TEXT and column.collation is not None

    def by_code_point(self, column: ColumnSpec) -> str:
        """Spell the column so that it compares by code point."""
        name = self.name(column.name)
        return f"{name}{self.code_point}" if self.compares_text(column) else name

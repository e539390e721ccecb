"""What can be searched in a table, and what is asked of it."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from scitex.db.domain.errors import (
    InterfaceError,
    ProgrammingError,
    SchemaError,
)
from scitex.db.domain.names import fitted_name, identifiers
from scitex.db.domain.queries import Condition
from scitex.db.domain.search.searchtext import SearchText
from scitex.db.domain.tables import TableSpec
from scitex.db.domain.types import Kind

PREFIX = "scitex_search_"  # what search keeps beside a table is called so
PORTABLE = ("english", "simple")
_NAME_BYTES = 50  # leaves room for what follows, in the 63 bytes of a name on PostgreSQL


def _text_columns(names: str | Iterable[str]) -> tuple[str, ...]:
    found = identifiers(names)
    if not found:
        raise InterfaceError("a search needs at least one column")
    return found


@attrs.frozen
class SearchSpec:
    """
    What can be searched in a table.

    Attributes
    ----------
    columns : tuple of str
    language : str, default "english"
        ``"english"`` finds other forms of a word too, ``"simple"`` the word as it is.

    Raises
    ------
    InterfaceError
        If there are no columns, or the language is no word.

    Examples
    --------
    >>> SearchSpec(["title", "body"]).columns
    ('title', 'body')
    """

    columns: tuple[str, ...] = attrs.field(converter=_text_columns)
    language: str = attrs.field(default="english")

    def __attrs_post_init__(self) -> None:
        language: object = self.language
        word = isinstance(language, str) and language.isascii() and language.isidentifier()
        if not word:
            raise InterfaceError(
                f"a language is a word, not {language!r}", hint="language='english' or 'simple'"
            )

    def same_as(self, other: SearchSpec) -> bool:
        """Say whether both search the same columns in the same language."""
        return self.language == other.language and set(self.columns) == set(other.columns)


@attrs.frozen
class Search:
    """
    Records asked of a table by what is written in them; values of `where` travel beside it.

    Attributes
    ----------
    table : str
    text : SearchText or str
        A str is in the engine's own language of searches.
    columns : tuple of str or None
        Where to look; None means every column that can be searched.
    where : Condition or None
    limit : int or None
    offset : int, default 0
    """

    table: str
    text: SearchText | str
    columns: tuple[str, ...] | None = None
    where: Condition | None = None
    limit: int | None = None
    offset: int = 0


def searched_columns(table: str, spec: SearchSpec, asked: tuple[str, ...] | None) -> list[str]:
    """
    Return the columns to look in, in the order of `spec`.

    Raises
    ------
    SchemaError
        If one of them cannot be searched.
    """
    for name in asked or ():
        if name not in spec.columns:
            listed = ", ".join(map(repr, spec.columns))
            raise SchemaError(
                f"column {name!r} of table {table!r} is not searched; those that are: {listed}",
                hint=f"disable_search({table!r}), then enable_search({table!r}, [...]) with it",
            )
    return [name for name in spec.columns if asked is None or name in asked]


def check_searchable(table: TableSpec, wanted: SearchSpec) -> SearchSpec:
    """
    Return what is to be searched, its columns in the table's order.

    Raises
    ------
    ColumnNotFoundError
    SchemaError
        If a column is not text, or the table has no primary key.
    """
    for name in wanted.columns:
        column = table.column(name)
        if column.type.kind is not Kind.TEXT:
            raise SchemaError(
                f"column {name!r} ({column.type}) of table {table.name!r} is not text, so no "
                "words are found in it",
                hint="search TEXT columns; compare others with where=",
            )
    if not table.primary_key:
        raise SchemaError(
            f"table {table.name!r} has no primary key, by which records that are found are "
            "told apart",
            hint="make the table with one, such as id INTEGER PRIMARY KEY",
        )
    ordered = [name for name in table.names if name in wanted.columns]
    return attrs.evolve(wanted, columns=ordered)


def already(table: str, asked: SearchSpec, found: SearchSpec | None) -> bool:
    """
    Say whether just this can be searched already.

    Raises
    ------
    SchemaError
        If other columns can, or in another language.
    """
    if found is None:
        return False
    if not asked.same_as(found):
        raise SchemaError(
            f"table {table!r} is searched already, otherwise: columns {list(found.columns)}, "
            f"language {found.language!r}",
            hint=f"disable_search({table!r}) first",
        )
    return True


def not_enabled(table: str) -> SchemaError:
    """Make the error that a table cannot be searched."""
    return SchemaError(
        f"table {table!r} cannot be searched",
        hint=f"make it so first: enable_search({table!r}, ['a text column'])",
    )


def refuse_to_drop(table: str, column: str, spec: SearchSpec | None) -> None:
    """
    Return where search does not need the column.

    Raises
    ------
    SchemaError
        If it does.
    """
    if spec is not None and column in spec.columns:
        raise SchemaError(
            f"column {column!r} of table {table!r} cannot be dropped: it is searched",
            hint=f"disable_search({table!r}) first",
        )


def refused_text(text: str, why: str, *, engine: str, manual: str) -> ProgrammingError:
    """Make the error that a text is not in the engine's own language of searches."""
    return ProgrammingError(
        f"{engine} does not understand the search {text[:60]!r}: {why}",
        hint=f"{manual}; without raw=True any text can be searched for",
    )


def kept_name(table: str, taken: Iterable[str]) -> str:
    """
    Make a name, which is not taken, for what search keeps beside a table.

    Examples
    --------
    >>> kept_name("papers", ["scitex_search_papers"])
    'scitex_search_papers_2'
    """
    name = fitted_name(PREFIX + table, _NAME_BYTES)
    taken = {each.casefold() for each in taken}
    number, tried = 1, name
    while tried.casefold() in taken:
        number += 1
        tried = f"{name}_{number}"
    return tried

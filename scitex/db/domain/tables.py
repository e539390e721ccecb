"""Tables as values: what a table is, before any database has heard of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Self

import attrs

from scitex.db.domain.errors import ColumnNotFoundError, SchemaError
from scitex.db.domain.jsonpaths import JsonPath
from scitex.db.domain.names import identifier, identifiers
from scitex.db.domain.sql.sqltext import Syntax, tokens
from scitex.db.domain.types import INTEGER_BITS, ColumnType, Kind, column_type

Action = Literal["NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"]


def _type(given: ColumnType | Kind | str) -> ColumnType:
    if isinstance(given, ColumnType):
        return given
    return column_type(given.value if isinstance(given, Kind) else given)


@attrs.frozen
class ColumnSpec:
    """
    One column.

    Attributes
    ----------
    name : str
    type : ColumnType
        Given as a `ColumnType`, a `Kind`, or the declared words (``"VARCHAR(50)"``).
    nullable : bool, default True
        Whether a record may leave it without a value.
    default : str or None
        SQL text of the value that a record without one gets.
    autoincrement : bool, default False
        Whether the engine numbers records by it.
    collation : str or None
        The order of its text where that is not by code point.
    generated : str or None
        SQL text that computes the column; it is never written.

    Examples
    --------
    >>> ColumnSpec("score", "REAL", nullable=False).type.kind
    <Kind.REAL: 'real'>
    """

    name: str = attrs.field(converter=identifier)
    type: ColumnType = attrs.field(converter=_type)
    nullable: bool = attrs.field(default=True, kw_only=True)
    default: str | None = attrs.field(default=None, kw_only=True)
    autoincrement: bool = attrs.field(default=False, kw_only=True)
    collation: str | None = attrs.field(default=None, kw_only=True)
    generated: str | None = attrs.field(default=None, kw_only=True)


@attrs.frozen
class ForeignKey:
    """
    A rule that values of some columns are keys of another table.

    Attributes
    ----------
    columns : tuple of str
    table : str
        The table referred to.
    references : tuple of str
        Its columns, in the order of `columns`; empty means its primary key.
    on_delete, on_update : str
        ``"NO ACTION"``, ``"RESTRICT"``, ``"CASCADE"``, ``"SET NULL"`` or ``"SET DEFAULT"``.
    deferred : bool, default False
        Whether the rule is checked at the end of the transaction only.

    Examples
    --------
    >>> ForeignKey("user_id", "users", "id", on_delete="CASCADE").columns
    ('user_id',)
    """

    columns: tuple[str, ...] = attrs.field(converter=identifiers)
    table: str = attrs.field(converter=identifier)
    references: tuple[str, ...] = attrs.field(default=(), converter=identifiers)
    on_delete: Action = attrs.field(default="NO ACTION", kw_only=True)
    on_update: Action = attrs.field(default="NO ACTION", kw_only=True)
    deferred: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.references and len(self.references) != len(self.columns):
            raise SchemaError(
                f"a foreign key of {len(self.columns)} column(s) names "
                f"{len(self.references)} of table {self.table!r}"
            )


@attrs.frozen
class IndexSpec:
    """
    One index.

    Attributes
    ----------
    name : str
    table : str
    columns : tuple of str or JsonPath
        In order; where the index is on an expression, its SQL text stands here, and for a value
        inside a JSON column its path.
    unique : bool
    where : str or None
        SQL text of the condition of a partial index.
    """

    name: str
    table: str
    columns: tuple[str | JsonPath, ...]
    unique: bool = False
    where: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that it is on or in."""
        return tuple(each if isinstance(each, str) else each.column for each in self.columns)


def _columns(given: Iterable[ColumnSpec]) -> tuple[ColumnSpec, ...]:
    return tuple(given)


def _keys(given: Iterable[str | Iterable[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(identifiers(key) for key in given)


def _foreign_keys(given: Iterable[ForeignKey]) -> tuple[ForeignKey, ...]:
    return tuple(given)


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


@attrs.frozen
class TableSpec:
    """
    One table.

    Attributes
    ----------
    name : str
    columns : tuple of ColumnSpec
        At least one, in order, no name twice.
    primary_key : tuple of str
        The columns that tell two records apart; empty if nothing does.
    unique : tuple of tuple of str
        Further sets of columns of which no two records have the same values.
    foreign_keys : tuple of ForeignKey
    checks : tuple of str
        SQL text of the conditions that every record meets.

    Raises
    ------
    SchemaError
        If there are no columns, or a name comes twice.
    ColumnNotFoundError
        If a key names a column that the table does not have.

    Examples
    --------
    >>> runs = TableSpec("runs", [ColumnSpec("id", "INTEGER")], primary_key="id")
    >>> runs.with_column(ColumnSpec("loss", "REAL")).names
    ('id', 'loss')
    """

    name: str = attrs.field(converter=identifier)
    columns: tuple[ColumnSpec, ...] = attrs.field(converter=_columns)
    primary_key: tuple[str, ...] = attrs.field(default=(), converter=identifiers, kw_only=True)
    unique: tuple[tuple[str, ...], ...] = attrs.field(default=(), converter=_keys, kw_only=True)
    foreign_keys: tuple[ForeignKey, ...] = attrs.field(
        default=(), converter=_foreign_keys, kw_only=True
    )
    checks: tuple[str, ...] = attrs.field(default=(), converter=_texts, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.columns:
            raise SchemaError(
                f"table {self.name!r} has no columns", hint='give at least one: {"id": "INTEGER"}'
            )
        if len(set(self.names)) < len(self.names):
            raise SchemaError(f"table {self.name!r} names a column twice: {list(self.names)}")
        referring = (key.columns for key in self.foreign_keys)
        for key in (self.primary_key, *self.unique, *referring):
            for name in key:
                self.column(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> ColumnSpec:
        """
        Return the column called `name`.

        Raises
        ------
        ColumnNotFoundError
            If there is none; the nearest name is offered.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise ColumnNotFoundError(name, self.names, table=self.name)

    def with_column(self, column: ColumnSpec) -> Self:
        """Return a copy with `column` added at the end."""
        return attrs.evolve(self, columns=(*self.columns, column))

    def with_keys_required(self) -> Self:
        """Return a copy whose primary key columns may not be NULL, as SQL has it."""
        columns = [
            attrs.evolve(column, nullable=False) if column.name in self.primary_key else column
            for column in self.columns
        ]
        return attrs.evolve(self, columns=columns)

    @property
    def numbered(self) -> str | None:
        """The column by which the engine numbers records that come without a value for it."""
        for column in self.columns:
            if column.autoincrement:
                return column.name
        if len(self.primary_key) != 1:
            return None
        column = self.column(self.primary_key[0])
        whole = column.type.kind is Kind.INTEGER and column.type.bits == INTEGER_BITS
        plain = whole and not column.nullable and column.default is None
        return column.name if plain else None

    def lacking(self, columns: Iterable[str]) -> list[str]:
        """Return the columns that must have a value and would get none from `columns`."""
        given = set(columns)
        return [
            column.name
            for column in self.columns
            if not (column.nullable or column.name in given or column.name == self.numbered)
            and column.default is None
            and column.generated is None
        ]

    def is_key(self, columns: Iterable[str]) -> bool:
        """Say whether `columns`, in any order, are the primary key or declared unique."""
        asked = frozenset(columns)
        return any(frozenset(key) == asked for key in (self.primary_key, *self.unique) if key)


def differences(asked: TableSpec, found: TableSpec) -> list[str]:
    """
    Say in words how two tables differ; nothing where they mean the same.

    Parameters
    ----------
    asked, found : TableSpec
        Column order, the spelling of types, and names of the tables do not count.

    Returns
    -------
    list of str
    """
    words: list[str] = []
    theirs = {column.name: column for column in found.columns}
    for column in asked.columns:
        other = theirs.pop(column.name, None)
        if other is None:
            words.append(f"column {column.name!r} is missing")
        else:
            words += _column_differences(column, other)
    words += [f"column {name!r} is not asked for" for name in theirs]
    if asked.numbered != found.numbered:
        words.append(f"records are numbered by {found.numbered}, not {asked.numbered}")
    if asked.primary_key != found.primary_key:
        words.append(f"the primary key is {found.primary_key}, not {asked.primary_key}")
    pairs: tuple[tuple[str, set[object], set[object]], ...] = (
        ("unique columns", set(asked.unique), set(found.unique)),
        ("foreign keys", _comparable(asked, found), _comparable(found, asked)),
        ("checks", set(asked.checks), set(found.checks)),
    )
    for what, wanted, had in pairs:
        if wanted != had:
            words.append(f"{what} are {sorted(map(str, had))}, not {sorted(map(str, wanted))}")
    return words


def _comparable(spec: TableSpec, other: TableSpec) -> set[object]:
    """Return the foreign keys, without the columns referred to where `other` leaves them out."""
    implied = {(key.columns, key.table) for key in other.foreign_keys if not key.references}
    return {
        attrs.evolve(key, references=()) if (key.columns, key.table) in implied else key
        for key in spec.foreign_keys
    }


def _column_differences(asked: ColumnSpec, found: ColumnSpec) -> list[str]:
    """Compare two columns of one name."""
    words = []
    if asked.type.meaning != found.type.meaning:
        words.append(f"column {asked.name!r} has type {found.type}, not {asked.type}")
    for fact in ("nullable", "default", "generated"):
        wanted, had = getattr(asked, fact), getattr(found, fact)
        if wanted != had:
            words.append(f"column {asked.name!r} has {fact}={had!r}, not {wanted!r}")
    return words


def table_differs(name: str, words: Iterable[str]) -> SchemaError:
    """Make the error that another table of this name exists."""
    return SchemaError(
        f"another table {name!r} exists: {'; '.join(words)}",
        hint="use another name, alter the table, or drop it first",
    )


def name_taken(what: str, name: str, table: str | None = None) -> SchemaError:
    """Make the error that a name is taken already."""
    where = f" in table {table!r}" if table else ""
    return SchemaError(f"there is a {what} named {name!r} already{where}", hint="choose another")


def index_taken(asked: IndexSpec, found: IndexSpec | None) -> None:
    """
    Return where the index that has the name is the one asked for.

    Raises
    ------
    SchemaError
        If it is another; it is said which.
    """
    if found != asked:
        what = "a key's index" if found is None else f"on {found.table!r} {found.columns}"
        unique = "unique " if found is not None and found.unique else ""
        raise SchemaError(
            f"another {unique}index named {asked.name!r} exists, {what}",
            hint="pass name= to choose another name, or drop that index first",
        )


def needed_by(spec: TableSpec, indexes: Iterable[IndexSpec], column: str) -> None:
    """
    Return where nothing else of the table needs the column.

    Raises
    ------
    SchemaError
        If a key, a rule, an index or a computed column does, or it is the only one.
    """
    needs = ["it is the only column"] if len(spec.columns) == 1 else []
    if column in spec.primary_key:
        needs.append("it is in the primary key")
    needs += [f"it is in the UNIQUE rule {key}" for key in spec.unique if column in key]
    needs += [
        f"it is in the foreign key to {key.table!r}"
        for key in spec.foreign_keys
        if column in key.columns
    ]
    needs += [f"the CHECK {check} speaks of it" for check in spec.checks if _says(check, column)]
    needs += [
        f"the index {index.name!r} is on it"
        for index in indexes
        if column in index.names or _says(index.where or "", column)
    ]
    needs += [
        f"column {other.name!r} is computed from it"
        for other in spec.columns
        if other.generated and _says(other.generated, column)
    ]
    if needs:
        raise SchemaError(
            f"column {column!r} of table {spec.name!r} cannot be dropped: {'; '.join(needs)}",
            hint="drop what needs it first",
        )


def columns_of(spec: TableSpec, text: str) -> tuple[str, ...]:
    """Return the columns of the table that SQL text speaks of."""
    return tuple(name for name in spec.names if _says(text, name))


def _says(text: str, column: str) -> bool:
    """Say whether SQL text speaks of a column."""
    for token in tokens(text, Syntax.POSTGRESQL):
        if token.kind == "word" and token.text.casefold() == column.casefold():
            return True
        if token.kind in {"name", "broken"} and token.text.strip('"`') == column:
            return True
    return False

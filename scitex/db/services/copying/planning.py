"""What a copy is to have: tables as the other engine can have them, and what is left behind."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from scitex.db.domain.copying import Uncarried
from scitex.db.domain.errors import SchemaError, TableNotFoundError
from scitex.db.domain.names import identifiers
from scitex.db.domain.search.searching import SearchSpec
from scitex.db.domain.sql.portable import portable, portable_default
from scitex.db.domain.sql.sqltext import Syntax
from scitex.db.domain.tables import ColumnSpec, IndexSpec, TableSpec
from scitex.db.domain.types import Kind, column_type
from scitex.db.ports.storage import Storage


@attrs.frozen
class Plan:
    """
    What is to be made.

    Attributes
    ----------
    tables : tuple of TableSpec
    indexes : tuple of IndexSpec
    searches : tuple of (str, SearchSpec)
    counters : tuple of (str, int)
    uncarried : tuple of Uncarried
    """

    tables: tuple[TableSpec, ...]
    indexes: tuple[IndexSpec, ...]
    searches: tuple[tuple[str, SearchSpec], ...]
    counters: tuple[tuple[str, int], ...]
    uncarried: tuple[Uncarried, ...]


def plan(source: Storage, target: Storage, tables: str | Iterable[str] | None) -> Plan:
    """
    Say what is to be made of the tables of a source.

    Raises
    ------
    TableNotFoundError
        If one of the tables is not there.
    SchemaError
        If a column has no type that the other engine knows.
    """
    known = source.tables()
    names = known if tables is None else list(identifiers(tables))
    for name in names:
        if name not in known:
            raise TableNotFoundError(name, known)
    there = set(target.tables())
    making = _Making(source, target, names, kept=there - set(names))
    return Plan(
        tuple(map(making.table, names)),
        tuple(index for name in names for index in making.indexes(name)),
        tuple((name, found) for name in names if (found := source.search_of(name)) is not None),
        tuple((name, last) for name in names if (last := source.counter(name)) is not None),
        (*making.left, *_belongings(source, target, names, whole=tables is None)),
    )


def _belongings(
    source: Storage, target: Storage, names: list[str], *, whole: bool
) -> list[Uncarried]:
    """Return what belongs to the tables, and to the database where all of it is copied."""
    found = source.belongings()
    for each in found:
        if each.what == "inheritance" and {each.name, each.table} <= set(names):
            raise SchemaError(
                f"table {each.table!r} inherits from {each.name!r}, which shows its records too: "
                "copied together, they would be there twice",
                hint="pass tables=[...] with one of the two",
            )
    strict_elsewhere = target.engine != source.engine  # every type counts there
    return [
        attrs.evolve(each, minor=each.minor or (each.name == "STRICT" and strict_elsewhere))
        for each in found
        if (whole if each.table is None else each.table in names)
    ]


class _Making:
    """Tables as the target can have them; what it cannot is noted in `left`."""

    def __init__(
        self, source: Storage, target: Storage, names: list[str], *, kept: set[str]
    ) -> None:
        self.left: list[Uncarried] = []
        self._source = source
        self._target = target
        self._there = {*names, *kept}
        self._same = source.engine == target.engine
        engine = source.engine
        self._syntax = Syntax.POSTGRESQL if engine == "postgresql" else Syntax.SQLITE

    def table(self, name: str) -> TableSpec:
        """Return a table as it is to be made."""
        spec = self._source.describe(name)
        for key in spec.foreign_keys:
            if key.table not in self._there:
                self.left.append(Uncarried("foreign key to table", key.table, name))
        keys = [key for key in spec.foreign_keys if key.table in self._there]
        spec = attrs.evolve(spec, foreign_keys=keys)
        if self._same:
            return spec
        return attrs.evolve(
            spec,
            columns=[self._column(spec, column) for column in spec.columns],
            checks=[
                found
                for check in spec.checks
                if (found := self._text("check", check, spec)) is not None
            ],
        )

    def _text(self, what: str, text: str, spec: TableSpec) -> str | None:
        found = portable(text, self._syntax, spec.names)
        if found is None:
            self.left.append(Uncarried(what, text, spec.name))
        return found

    def _column(self, spec: TableSpec, column: ColumnSpec) -> ColumnSpec:
        if column.type.kind is Kind.ANY:
            raise SchemaError(
                f"column {column.name!r} of table {spec.name!r} has the type {column.type}, which "
                f"{self._target.engine} does not know",
                hint="give it a type that every engine knows (TEXT, INTEGER, REAL, ...), or leave "
                "the table out: tables=[...]",
            )
        default, generated = column.default, column.generated
        if default is not None:
            default = portable_default(default, self._syntax, column.type.kind)
            if default is None:
                self.left.append(
                    Uncarried("default", f"{column.name}: {column.default}", spec.name)
                )
        if generated is not None:
            generated = self._text("computation", generated, spec)
        if column.collation is not None:
            keyed = any(column.name in key for key in (spec.primary_key, *spec.unique))
            name = f"{column.name}: {column.collation}"
            self.left.append(Uncarried("collation", name, spec.name, minor=not keyed))
        numbered = column.autoincrement and spec.primary_key == (column.name,)
        if column.autoincrement and not numbered:
            self.left.append(Uncarried("numbering", column.name, spec.name))
        return attrs.evolve(
            column,
            type=column_type(column.type.portable),
            default=default,
            generated=generated,
            collation=None,
            autoincrement=numbered,
        )

    def indexes(self, name: str) -> list[IndexSpec]:
        """Return a table's indexes that can be made of columns and paths alone."""
        spec = self._source.describe(name)
        found = []
        for index in self._source.indexes(name):
            plain = all(not isinstance(each, str) or each in spec.names for each in index.columns)
            if plain and index.where is None:
                found.append(index)
            else:
                self.left.append(Uncarried("index", index.name, name, minor=not index.unique))
        return found

"""What a table asks of its records, worked out once from its spec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from scitex.db.adapters.memory import refusals
from scitex.db.adapters.memory.defaults import default
from scitex.db.adapters.memory.expressions import texts
from scitex.db.adapters.memory.expressions.evaluate import Getter, columns_of, getter
from scitex.db.adapters.memory.expressions.keeping import kept, sure
from scitex.db.adapters.memory.expressions.scope import Engine, Scope
from scitex.db.adapters.memory.expressions.truths import Test
from scitex.db.adapters.memory.keys import Record
from scitex.db.domain.errors import DataError, SchemaError, UnsupportedFeatureError
from scitex.db.domain.misfit import Misfit
from scitex.db.domain.names import identifier
from scitex.db.domain.tables import ColumnSpec, TableSpec
from scitex.db.domain.types import Kind
from scitex.db.domain.values import refused

_BY_CODE_POINT = {"BINARY", "C", "POSIX", "UCS_BASIC"}


@attrs.frozen
class Check:
    """A condition that every record meets."""

    text: str
    columns: tuple[str, ...]
    test: Test


class Rules:
    """
    The rules of a table.

    Parameters
    ----------
    spec : TableSpec
    engine : {"sqlite", "postgresql"}

    Raises
    ------
    UnsupportedFeatureError
        If a default, a CHECK, a computed column or a collation cannot be evaluated here.
    DataError
        If a column cannot keep its default.
    """

    def __init__(self, spec: TableSpec, engine: Engine) -> None:
        for column in spec.columns:
            _refuse_what_cannot_be(spec, column)
        places = range(len(spec.columns))
        self.spec = spec
        self.engine = engine
        self.positions = {name: place for place, name in enumerate(spec.names)}
        self._sure = [sure(column.type) for column in spec.columns]
        self.defaults = tuple(default(spec, column, engine) for column in spec.columns)
        self._blank = [None if each.moves else each.make() for each in self.defaults]
        self._moving = [place for place in places if self.defaults[place].moves]
        self._required = [place for place in places if not spec.columns[place].nullable]
        self._checks = [_check(text, spec, engine) for text in spec.checks]
        self._computed = _computed(spec, engine)
        self.counted = tuple(place for place in places if spec.columns[place].autoincrement)
        self.numbered = self.counted or _numbered_key(spec)

    def refuse_strangers(self, names: Iterable[str]) -> None:
        """Raise `ColumnNotFoundError` for the first name that is no column's."""
        for name in names:
            if name not in self.positions:
                self._position(name)

    def default(self, place: int) -> Any:
        """Return what a record gets in a column that it does not name."""
        return self.defaults[place].make()

    def values(
        self, record: Mapping[str, object], *, row: int | None = None, key: tuple[str, ...] = ()
    ) -> dict[int, Any]:
        """
        Return what is kept of a record's values, by position; those of `key` only tell it.

        Raises
        ------
        ColumnNotFoundError
            If the table lacks one of the columns.
        ProgrammingError
            If one of them is computed.
        DataError
            If a column cannot keep its value.
        """
        found: dict[int, Any] = {}
        positions, sure = self.positions, self._sure
        for name, value in record.items():
            place = positions.get(name)
            if place is None:
                place = self._position(name)
            if sure[place](value):
                found[place] = value
                continue
            try:
                found[place] = self.fitted(value, place, row=row)
            except DataError:
                self.refuse_strangers(record)
                raise
        if self._computed:
            self._refuse_computed(each for each in found if self.spec.names[each] not in key)
        return found

    def _position(self, name: str) -> int:
        return self.spec.names.index(self.spec.column(identifier(name)).name)

    def _refuse_computed(self, places: Iterable[int]) -> None:
        computed = {place for place, _ in self._computed}
        for place in places:
            if place in computed:
                raise refusals.computed(self.spec.name, self.spec.names[place])

    def draft(self, given: Mapping[int, Any]) -> list[Any]:
        """Return a record of the values given and the defaults of the rest."""
        draft = self._blank.copy()
        for place, value in given.items():
            draft[place] = value
        for place in self._moving:
            if place not in given:
                draft[place] = self.defaults[place].make()
        return draft

    def completed(self, draft: list[Any], *, row: int | None = None) -> Record:
        """
        Compute what is computed, and see that the rules are met.

        Raises
        ------
        NotNullError, CheckError
            If one is not.
        DataError
            If a computed column cannot keep its value.
        """
        for place, compute in self._computed:
            draft[place] = self.fitted(compute(draft), place, row=row)
        for place in self._required:
            if draft[place] is None:
                raise refusals.missing(self.spec.name, self.spec.names[place], row=row)
        for check in self._checks:
            if check.test(draft) is False:
                values = [draft[self.positions[name]] for name in check.columns]
                raise refusals.unmet(self.spec.name, check.text, check.columns, values, row=row)
        return tuple(draft)

    def fitted(self, value: Any, place: int, *, row: int | None = None) -> Any:
        """Return what the column at `place` keeps of a value; raise `DataError` if it cannot."""
        column = self.spec.columns[place]
        try:
            return kept(value, column.type)
        except Misfit as misfit:
            raise refused(
                misfit,
                value,
                table=self.spec.name,
                column=column.name,
                type=column.type,
                row=row,
            ) from None


def _refuse_what_cannot_be(spec: TableSpec, column: ColumnSpec) -> None:
    if column.collation is not None and column.collation.upper() not in _BY_CODE_POINT:
        raise UnsupportedFeatureError(
            f"column {column.name!r} of table {spec.name!r}: the in-memory engine sorts and "
            f"compares text by code point, not by {column.collation!r}",
            engine="memory",
            hint="leave COLLATE out, or use SQLite3(':memory:')",
        )
    if column.autoincrement and column.type.kind is not Kind.INTEGER:
        raise SchemaError(
            f"column {column.name!r} ({column.type}) of table {spec.name!r} cannot number "
            "records: only an INTEGER column can"
        )


def _numbered_key(spec: TableSpec) -> tuple[int, ...]:
    """Return where the plain whole-number key is, that numbers records by itself."""
    name = spec.numbered
    return () if name is None else (spec.names.index(name),)


def _check(text: str, spec: TableSpec, engine: Engine) -> Check:
    wanted = texts.ruled(text, spec, engine)
    names = tuple(dict.fromkeys(columns_of(wanted.predicate)))
    return Check(text, names, wanted.test)


def _computed(spec: TableSpec, engine: Engine) -> list[tuple[int, Getter]]:
    """Read the computed columns."""
    found = []
    computed = {column.name for column in spec.columns if column.generated is not None}
    for place, column in enumerate(spec.columns):
        if column.generated is None:
            continue
        tree = texts.reader().expression(column.generated, spec, engine)
        if computed & set(columns_of(tree)):
            raise UnsupportedFeatureError(
                f"column {column.name!r} of table {spec.name!r} is computed from a computed "
                "column, which the in-memory engine does not do",
                engine="memory",
                hint="compute it from the stored columns alone",
            )
        found.append((place, getter(tree, Scope(spec, engine))))
    return found

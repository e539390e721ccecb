"""What a foreign key may refer to: a key of a table that there is, of the same sort."""

from __future__ import annotations

from scitex.db.domain.errors import SchemaError
from scitex.db.domain.tables import ForeignKey, TableSpec
from scitex.db.domain.types import Kind

_NUMBERS = {Kind.INTEGER, Kind.REAL, Kind.NUMERIC}


def referred(key: ForeignKey, parent: TableSpec) -> tuple[str, ...]:
    """Return the columns of `parent` that a foreign key refers to."""
    return key.references or parent.primary_key


def check_reference(spec: TableSpec, key: ForeignKey, parent: TableSpec, *, unique: bool) -> None:
    """
    See that a foreign key can hold.

    Parameters
    ----------
    spec : TableSpec
        The table that refers.
    key : ForeignKey
    parent : TableSpec
        The table that is referred to.
    unique : bool
        Whether a key or a unique index covers the columns referred to.

    Raises
    ------
    ColumnNotFoundError
        If the parent lacks a column.
    SchemaError
        If what is referred to is not unique, or of another sort.
    """
    columns = referred(key, parent)
    types = [parent.column(name).type for name in columns]
    if not (unique or parent.is_key(columns)):
        listed = ", ".join(map(repr, columns)) or "a primary key"
        raise SchemaError(
            f"a foreign key of table {spec.name!r} refers to table {key.table!r}, where no "
            f"key or unique index covers {listed}",
            hint="refer to the primary key, or make a unique index first",
        )
    if len(types) != len(key.columns):
        raise SchemaError(
            f"a foreign key of {len(key.columns)} column(s) of table {spec.name!r} refers to "
            f"the {len(types)} of the primary key of table {key.table!r}"
        )
    for name, type in zip(key.columns, types, strict=True):
        own = spec.column(name).type
        kinds = {own.kind, type.kind}
        if len(kinds) > 1 and not kinds <= _NUMBERS and Kind.ANY not in kinds:
            raise SchemaError(
                f"column {name!r} ({own}) of table {spec.name!r} cannot refer to a column of "
                f"type {type} of table {key.table!r}"
            )

"""What the server says of tables in parts, in this package's words."""

from __future__ import annotations

import re

from scitex.db.adapters.postgresql.facts import Facts, Meant, Spoken
from scitex.db.domain import errors

_FAILING = re.compile(r"row contains \((.*?)\) = \((.*)\)", re.DOTALL)
_LACKS = re.compile(r'constraint on table "(.+)" lacks column "(.+)" which is part of')
_BY_ITSELF = re.compile(r"cannot (add column to a partition|(drop|rename) inherited column)")
_SHOWN = 60  # characters of a value


def no_part(told: Facts, wholes: tuple[str, ...]) -> errors.DataError:
    """Make the error that no part takes a record; its key is told to whoever may see it."""
    if told.table is not None and told.detail.startswith("Failing row"):
        whole = f"table {wholes[0]!r}" if wholes else "another"
        return errors.DataError(
            f"a record does not belong to {told.table!r}, which is a part of {whole}",
            table=told.table,
            hint="store it in the whole table, which knows where it belongs",
        )
    found = _FAILING.search(told.detail)
    column = found[1] if found and found[1].isidentifier() else None
    message = f"a record belongs to no part of table {told.table!r}"
    hint = "add a part for it: add_partition(); TimeSeriesDB does so by itself"
    if found is not None:
        message += f": {found[1]} = {found[2]:.{_SHOWN}}"
    if found is not None and found[2] == "null":
        message = f"a record belongs to no part of table {told.table!r}: it has no {found[1]}"
        hint = (
            "give it one, or make the part that takes it: by hash the one that is missing, "
            "add_partition(); by ranges one for whatever no other takes, db.execute("
            f"'CREATE TABLE rest PARTITION OF \"{told.table}\" DEFAULT')"
        )
    return errors.DataError(message, table=told.table, column=column, hint=hint)


def of_parts(error: Spoken, table: str | None, meant: Meant) -> errors.DatabaseError | None:
    """Say what is not done to a table in parts, or to one of them; None of other errors."""
    lacks = _LACKS.search(error.diag.message_detail or "")
    if error.pgcode == "0A000" and lacks is not None:
        whole, column = lacks.groups()
        return errors.UnsupportedFeatureError(
            f"what is unique in table {whole!r} must have column {column!r}, by which it is kept "
            "in parts: records are compared within a part",
            hint=f"add the column: create_index({whole!r}, [..., {column!r}], unique=True)",
        )
    if meant.wholes and _BY_ITSELF.match(error.diag.message_primary or ""):
        return errors.SchemaError(
            f"table {table!r} is a part of table {meant.wholes[-1]!r}, and has the columns that "
            "that one has",
            hint=f"change {meant.wholes[-1]!r}: its parts change with it",
        )
    return None

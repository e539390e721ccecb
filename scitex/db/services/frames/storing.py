"""Putting a DataFrame into a table, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import attrs

from scitex.db.domain.declarations import table_declared
from scitex.db.domain.errors import DuplicateKeyError, InterfaceError, SchemaError
from scitex.db.domain.names import identifiers
from scitex.db.domain.pieces import Values, length
from scitex.db.services import standing
from scitex.db.services.frames import writing
from scitex.db.services.progress import Progress, reporting
from scitex.db.services.transactions import Block

if TYPE_CHECKING:
    import pandas as pd

    from scitex.db.ports.storage import Storage

IfExists = Literal["fail", "append", "replace", "upsert"]
_WAYS = ("fail", "append", "replace", "upsert")


@attrs.frozen
class Wanted:
    """
    How a frame is to be stored.

    Attributes
    ----------
    table : str
    if_exists : {"fail", "append", "replace", "upsert"}
        What happens where the table is there.
    index : bool or None
        Whether the index becomes columns; None means: if it says more than a row's number.
    key : tuple of str
        The columns that tell two records apart: a new table's primary key, and what an upsert
        goes by.
    types : mapping of str to str
        Declarations of columns of a new table.
    """

    table: str
    if_exists: IfExists = "fail"
    index: bool | None = None
    key: tuple[str, ...] = attrs.field(default=(), converter=identifiers)
    types: Mapping[str, str] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if self.if_exists not in _WAYS:
            raise InterfaceError(f"if_exists must be one of {_WAYS}, not {self.if_exists!r}")


def store(
    storage: Storage, frame: pd.DataFrame, wanted: Wanted, *, progress: Progress = False
) -> int:
    """
    Store a frame; return how many records were written.

    Raises
    ------
    SchemaError
        If the table is there and `if_exists` is "fail", or an upsert has no key to go by.
    Error
        As `insert_columns`.
    """
    columns = writing.columns_of(frame, index=wanted.index, types=wanted.types)
    if not columns:
        raise InterfaceError(
            "the DataFrame has no columns", hint="a table has at least one; pass index=True?"
        )
    names = tuple(column.name for column in columns)
    what = f"insert into {wanted.table}"
    with Block(storage), reporting(progress, total=len(frame), what=what) as report:
        new = _made_ready(storage, columns, wanted)
        if new:
            writing.warn_of_mixed(columns)
        given = _reported(writing.pieces(columns, as_text=new), report)
        upsert = wanted.if_exists == "upsert"
        try:
            return storage.insert_columns(
                wanted.table,
                names,
                given,
                on_conflict="update" if upsert else "error",
                conflict_columns=wanted.key if upsert else (),
            )
        except DuplicateKeyError as error:
            error.hint = (
                "two rows of the frame have that key: df.drop_duplicates(subset=[...])"
                if new
                else 'pass if_exists="upsert" to change the records that are there'
            )
            raise


def _made_ready(storage: Storage, columns: Iterable[writing.FrameColumn], wanted: Wanted) -> bool:
    """Make the table where that is asked for; say whether it is new."""
    table = wanted.table
    if not standing.is_to_be_made(storage, table, if_exists=wanted.if_exists):
        return False
    if wanted.if_exists == "upsert" and not wanted.key:
        raise SchemaError(
            f"table {table!r} is still to be made, and nothing tells two of its records apart",
            hint="name the columns that do: key=[...]",
        )
    declared = {column.name: column.type for column in columns}
    storage.create_table(table_declared(table, declared, primary_key=wanted.key))
    return True


def _reported(given: Iterator[list[Values]], report: Any) -> Iterator[list[Values]]:
    for piece in given:
        yield piece
        report(length(piece[0]))

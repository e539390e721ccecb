"""What the server says of an error: also where it was made by a node of a Citus cluster."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

import attrs

# The coordinator relays a node's words without the fields, a COPY's also without the code.
_RELAYED = tuple(
    (code, re.compile(text))
    for code, text in (
        ("23505", r'duplicate key value violates unique constraint "(?P<rule>.+)"'),
        (
            "23502",
            r'null value in column "(?P<column>.+)" of relation "(?P<table>.+)" violates',
        ),
        ("23514", r'relation "(?P<table>.+)" violates check constraint "(?P<rule>.+)"'),
        ("23514", r'no partition of relation "(?P<table>.+)" found for row'),
        (
            "23503",
            r'on table "(?P<table>.+)" violates .*foreign key constraint "(?P<rule>.+)"',
        ),
    )
)
_SHARD = re.compile(r"_\d{6,}$")  # what stands behind the names of a table's pieces
_INTERNAL = "XX000"
_UNCOMMITTED = "could not commit transaction for shard"


class Spoken(Protocol):
    """An error of the driver."""

    @property
    def pgcode(self) -> str | None:
        """Its SQLSTATE."""
        ...

    @property
    def diag(self) -> Any:
        """Its fields."""
        ...


@attrs.frozen
class Facts:
    """
    What the server says of an error.

    Attributes
    ----------
    code : str
        Its SQLSTATE; empty where the driver made the error.
    schema, table, column, rule : str or None
        Of which thing, as far as that is said; the rule is a constraint's name.
    detail : str
        What is said beside.
    part : str or None
        Which part of the table, where it is kept in parts.
    """

    code: str
    schema: str | None = None
    table: str | None = None
    column: str | None = None
    rule: str | None = None
    detail: str = ""
    part: str | None = None

    def of(self, table: str | None, wholes: Sequence[str]) -> Facts:
        """
        Name the table that was worked on, where the server names a part of it.

        Parameters
        ----------
        table : str or None
            As it was asked for.
        wholes : sequence of str
            The tables of which the one that the server names is a part, the nearest first.
        """
        if self.table is None:
            return attrs.evolve(self, table=table)
        if self.table == table or not wholes:
            return self
        whole = table if table in wholes else wholes[-1]
        return attrs.evolve(self, table=whole, part=self.table)


@attrs.frozen
class Meant:
    """
    What the server has, as it is asked after an error.

    Attributes
    ----------
    names : tuple of str
        Those that may have been meant, or the text of a CHECK.
    wholes : tuple of str
        The tables of which the one in question is a part, the nearest first.
    cluster : bool
        Whether Citus may have made the error.
    """

    names: tuple[str, ...] = ()
    wholes: tuple[str, ...] = ()
    cluster: bool = False


def facts(error: Spoken, warnings: Sequence[str] = ()) -> Facts:
    """
    Read the fields of an error, or else its words.

    Where nodes could not commit, why is in the warnings that the server sent before.
    """
    code, diag = error.pgcode or "", error.diag
    primary, detail = diag.message_primary or "", diag.message_detail or ""
    named = diag.schema_name, diag.table_name, diag.column_name, diag.constraint_name
    told = Facts(code, *named, detail)
    if code != _INTERNAL and (code[:2] != "23" or told.table is not None):
        return told
    if primary.startswith(_UNCOMMITTED):
        primary = detail = "\n".join(warnings)
    for relayed, pattern in _RELAYED:
        found = pattern.search(primary)
        if found is not None:
            said = {name: _SHARD.sub("", text) for name, text in found.groupdict().items()}
            return Facts(relayed, **said, detail=detail)
    return told

"""What the server says of an error: also where it was made by a node of a Citus cluster."""

from __future__ import annotations

import re
from typing import Any, Protocol

import attrs

# The coordinator relays a node's words without the fields, a COPY's also without the code.
_RELAYED = tuple(
    (code, re.compile(text, re.DOTALL))
    for code, text in (
        ("23505", r'duplicate key value violates unique constraint "(?P<rule>.+)"'),
        ("23502", r'null value in column "(?P<column>.+)" of relation "(?P<table>.+)" violates'),
        ("23514", r'relation "(?P<table>.+)" violates check constraint "(?P<rule>.+)"'),
        ("23503", r'on table "(?P<table>.+)" violates foreign key constraint "(?P<rule>.+)"'),
    )
)
_SHARD = re.compile(r"_\d{6,}$")  # what stands behind the names of a table's pieces
_INTERNAL = "XX000"


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
    """

    code: str
    schema: str | None = None
    table: str | None = None
    column: str | None = None
    rule: str | None = None


def facts(error: Spoken) -> Facts:
    """Read the fields of an error, or else its words."""
    code, diag = error.pgcode or "", error.diag
    told = Facts(code, diag.schema_name, diag.table_name, diag.column_name, diag.constraint_name)
    if code != _INTERNAL and (code[:2] != "23" or told.table is not None):
        return told
    for relayed, pattern in _RELAYED:
        found = pattern.search(diag.message_primary or "")
        if found is not None:
            said = {name: _SHARD.sub("", text) for name, text in found.groupdict().items()}
            return Facts(relayed, **said)
    return told

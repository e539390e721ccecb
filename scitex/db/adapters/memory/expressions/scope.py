"""What a condition or an expression is read and evaluated against."""

from __future__ import annotations

from typing import Literal

import attrs

from scitex.db.domain.sql.sqltext import Syntax
from scitex.db.domain.tables import ColumnSpec, TableSpec

Engine = Literal["sqlite", "postgresql"]

SYNTAX = {"sqlite": Syntax.SQLITE, "postgresql": Syntax.POSTGRESQL}


@attrs.frozen
class Scope:
    """
    The table spoken of, the values given, and whose rules count.

    Attributes
    ----------
    spec : TableSpec
    engine : {"sqlite", "postgresql"}
        Whose rules count where the engines differ.
    values : tuple of object
        What the parameters stand for.
    from_text : bool, default False
        Whether what is evaluated was given as SQL text, which means what the engine means.
    row : int, optional
        The place in its batch of the record that the values come from.
    """

    spec: TableSpec
    engine: Engine
    values: tuple[object, ...] = ()
    from_text: bool = False
    row: int | None = None

    @property
    def folds_case(self) -> bool:
        """Whether LIKE takes the small and the capital letters of ASCII for the same."""
        return self.from_text and self.engine == "sqlite"

    @property
    def escapes(self) -> bool:
        """Whether a backslash in a LIKE pattern has the next character stand for itself."""
        return self.from_text and self.engine == "postgresql"

    def position(self, column: ColumnSpec) -> int:
        """Return where the column's value is in a record."""
        return self.spec.names.index(column.name)

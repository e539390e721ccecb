"""Rows that come back from SQL text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Record = dict[str, Any]


class Rows(list[Record]):
    """
    A list of dicts, with what else a statement tells.

    Attributes
    ----------
    columns : tuple of str
        Names in order; empty if the statement returns no rows.
    rowcount : int
        Number of records changed, or of rows returned; -1 where the engine does not say.

    Examples
    --------
    >>> rows = Rows([{"n": 1}], columns=("n",), rowcount=1)
    >>> rows[0]["n"], rows.columns, rows.rowcount
    (1, ('n',), 1)
    """

    def __init__(
        self, rows: Iterable[Record] = (), *, columns: tuple[str, ...] = (), rowcount: int = -1
    ) -> None:
        super().__init__(rows)
        self.columns = columns
        self.rowcount = rowcount

    def _repr_html_(self) -> str:
        from scitex.db.domain.htmltables import table

        return table(self, self.columns)

"""The promise to change a value inside a JSON column."""

from __future__ import annotations

from typing import Protocol

from scitex.db.domain.jsonpaths import Step
from scitex.db.domain.queries import Condition
from scitex.db.ports.records import Values


class Documents(Protocol):
    """Somewhere whose JSON columns can be changed in part."""

    def update_json(
        self,
        table: str,
        column: str,
        path: tuple[Step, ...],
        text: str,
        *,
        where: Condition,
        values: Values = (),
    ) -> int:
        """
        Put a value, given as JSON text, at a path of every record that meets the condition.

        Returns how many records did.  All else in the column stays as it is.  Objects take new
        members, also those that are missing on the way, where null and NULL count as missing; an
        index must be there.  Raises `DataError` where the column holds no JSON, or a record has no
        place for the value, and `IntegrityError` and its children for broken rules; nothing is
        changed then.
        """
        ...

"""The error of a record that somebody else changed meanwhile."""

from __future__ import annotations

from scitex.db.domain.errors import DatabaseError


class StaleRecordError(DatabaseError):
    """
    The record is no longer what it was when the object was read.

    Parameters
    ----------
    message : str
    table : str, optional
    key : object, optional
        Of the record; a tuple where it has several columns.
    hint : str, optional
    """

    code = "stale-record"

    def __init__(
        self,
        message: str,
        *,
        table: str | None = None,
        key: object = None,
        hint: str | None = "get() it again, make the change anew, and update() it then",
    ) -> None:
        super().__init__(message, hint=hint)
        self.table = table
        self.key = key

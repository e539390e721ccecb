"""The plans that a session keeps, and when they are believed no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scitex.db.adapters.sql.plans import Plan

_MOST = 1_000
_UNKNOWN = object()


class PlansKept:
    """
    Plans by what they were worked out from.

    What tells a changed schema, `schema_mark`, is given with each call: kept here it would tie a
    session to itself, and its connection would outlive its thread.

    Attributes
    ----------
    by_key : dict
    texts : set of str
        Their statements.
    """

    def __init__(self) -> None:
        self.by_key: dict[tuple[Any, ...], Plan] = {}
        self.texts: set[str] = set()
        self._mark: object = _UNKNOWN

    def add(self, key: tuple[Any, ...], plan: Plan, schema_mark: Callable[[], object]) -> None:
        """Keep a plan, in the snapshot that it was worked out in."""
        if len(self.by_key) >= _MOST:
            self.clear()
        if not self.by_key:
            self._mark = schema_mark()
        self.by_key[key] = plan
        self.texts.add(plan.sql)

    def clear(self) -> None:
        """Work everything out anew from now on."""
        self.by_key.clear()
        self.texts.clear()

    def doubt(self) -> None:
        """Look for changes before the next statement of the same text, whatever the mark says."""
        self._mark = _UNKNOWN

    def settle(self, schema_mark: Callable[[], object]) -> None:
        """
        Forget the plans if the schema has changed since they were made.

        The driver keeps statements by their text.  One with the text of a plan that is run while
        the guard is open is compiled anew there, and the guard would see nothing afterwards.
        """
        if schema_mark() != self._mark:
            self.clear()

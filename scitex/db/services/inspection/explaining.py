"""What a plan is asked for: a statement, or what a select of a table would run."""

from __future__ import annotations

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.inspection.queryplans import QueryPlan
from scitex.db.domain.names import identifier
from scitex.db.domain.sql.sqltext import Parameters
from scitex.db.ports.storage import Storage
from scitex.db.services.asking import Narrowed, of_table


def explain(
    storage: Storage, query: str, narrowed: Narrowed, params: Parameters, *, analyze: bool
) -> QueryPlan:
    """
    Ask for the plan of a statement, or of a select.

    Raises
    ------
    InterfaceError
        If a statement comes with what goes with a table's name.
    """
    if not is_statement(storage, query):
        chosen = of_table(identifier(query), narrowed, params)
        return storage.explain(chosen.asked, values=chosen.values, analyze=analyze)
    extra = [name for name, value in narrowed._asdict().items() if value is not None]
    if extra:
        raise InterfaceError(
            f"{extra[0]}= goes with a table's name, and this is a statement: {query!r:.60}",
            hint="write it in the statement, or give the table's name",
        )
    return storage.explain(query, values=params, analyze=analyze)


def is_statement(storage: Storage, text: object) -> bool:
    """Say whether a text is a statement, and no table's name."""
    return (
        isinstance(text, str)
        and bool(set(text) & set(" \t\r\n("))
        and (text not in storage.tables())
    )

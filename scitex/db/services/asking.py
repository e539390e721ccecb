"""What is read whole: a table's records, or a query's rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.queries import OrderBy, Where, given, select_query
from scitex.db.domain.sql.sqltext import Parameters, Syntax, first_words
from scitex.db.ports.columns import Asked
from scitex.db.ports.storage import Storage

_QUERIES = {"SELECT", "WITH", "VALUES", "TABLE"}


class Chosen(NamedTuple):
    """What is asked of a storage, with the values that fill it."""

    asked: Asked
    values: Parameters


class Narrowed(NamedTuple):
    """What may be said of a table's records beside its name."""

    columns: str | Iterable[str] | None = None
    where: Where = None
    order_by: OrderBy = None
    limit: int | None = None


def is_query(storage: Storage, text: object) -> bool:
    """Say whether a text is a query, and no table's name."""
    if not isinstance(text, str) or not (set(text) & set(" \t\r\n(")):
        return False
    words = first_words(text, Syntax.POSTGRESQL)
    return bool(words) and words[0] in _QUERIES and text not in storage.tables()


def chosen(storage: Storage, source: str, narrowed: Narrowed, params: Parameters) -> Chosen:
    """
    Put together what is asked for.

    Raises
    ------
    InterfaceError
        If a query comes with columns, a condition, an order or a limit, which it has in itself.
    """
    if is_query(storage, source):
        extra = [name for name, value in narrowed._asdict().items() if value is not None]
        if extra:
            raise InterfaceError(
                f"{extra[0]}= goes with a table's name, and this is a query: {source!r:.60}",
                hint="write it in the query: SELECT ... WHERE ... ORDER BY ... LIMIT ...",
            )
        return Chosen(source, params)
    return of_table(source, narrowed, params)


def of_table(table: str, narrowed: Narrowed, params: Parameters) -> Chosen:
    """Put together what is asked of a table, whatever its name looks like."""
    found = given(narrowed.where, params)
    query = select_query(
        table,
        columns=narrowed.columns,
        condition=found.condition,
        order_by=narrowed.order_by,
        limit=narrowed.limit,
        offset=None,
    )
    return Chosen(query, found.values)

"""Changing a value inside a JSON column, by one statement."""

from __future__ import annotations

from typing import Any

from scitex.db.adapters.sql import bulk, plans
from scitex.db.adapters.sql.telling import tell
from scitex.db.domain.documents import Path, blocked
from scitex.db.domain.errors import DatabaseError, IntegrityError
from scitex.db.domain.jsonsides import changed_column
from scitex.db.domain.queries import Condition, Query


@plans.builder(writes=True)
def _change(
    session: plans.Planned, table: str, where: Condition, column: str, path: Path
) -> plans.Plan:
    """Plan the UPDATE; binds the value's JSON text with the condition's values."""
    spec = session.described(table).spec
    dialect = session.dialect
    document = dialect.quoted(changed_column(spec, column).name)
    found = plans.condition(session, spec, where)
    before, after = map(dialect.literal, dialect.json.replaced(document, path))
    sql = (
        f"UPDATE {session.target(table)} SET {dialect.name(column)} = "  # noqa: S608 - quoted, bound
        f"{before}{dialect.placeholder}{after} WHERE {found.sql}"
    )

    def bind(argument: tuple[str, Any]) -> tuple[Any, ...]:
        text, values = argument
        return (text, *found.bind(values))

    return plans.Plan(sql, bind, plans.rowcount, table=table, writes=True)


def update_json(
    session: bulk.Writing, table: str, change: tuple[str, Path, str], where: Condition, values: Any
) -> int:
    """Put a value, as JSON text, at a path of a column; return how many records were meant."""
    column, path, text = change
    try:
        done: int = session.perform((_change, table, where, column, path), (text, values))
    except IntegrityError as error:
        tell(session, error, {column: text})
        raise
    except DatabaseError as error:
        if error.__cause__ is None:
            raise
        told = _told(session, table, (column, path), where, values)
        if told is None:
            raise
        raise told from error.__cause__
    return done


def _told(
    session: bulk.Writing, table: str, place: tuple[str, Path], where: Condition, values: Any
) -> DatabaseError | None:
    """Find the record that has no place for the value, if that was it."""
    spec, (column, path) = session.described(table).spec, place
    wanted = Query(table, tuple(dict.fromkeys([*spec.primary_key, column])), where)
    return blocked(spec, session.perform((plans.select, wanted), values), column, path)

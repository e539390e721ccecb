"""Finding records by what is written in them, with scores and extracts."""

from __future__ import annotations

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.rows import Record
from scitex.db.domain.search.extracts import best_extract
from scitex.db.domain.search.searching import Search, not_enabled, searched_columns
from scitex.db.ports.records import Values
from scitex.db.ports.storage import Storage


def search(
    storage: Storage,
    asked: Search,
    *,
    values: Values = (),
    score: str | None = None,
    snippet: str | None = None,
) -> list[Record]:
    """
    Return the records asked for, best first.

    Parameters
    ----------
    storage : Storage
    asked : Search
    values : tuple or mapping, optional
        What fills the condition.
    score, snippet : str, optional
        What each record's score, and an extract of its text, are called in it.

    Raises
    ------
    InterfaceError
        If a record has a column so called already, or an extract is asked of a text in the
        engine's own language.
    """
    _check_added(storage, asked.table, score, snippet)
    if snippet is not None and isinstance(asked.text, str):
        raise InterfaceError(
            "an extract shows the words that were asked for, and raw=True asks in other ways",
            hint="leave snippet= or raw=True out",
        )
    found = storage.search(asked, values=values)
    if score is not None:
        for record, points in found:
            record[score] = points
    if snippet is not None and found and not isinstance(asked.text, str):
        spec = storage.search_of(asked.table)
        if spec is None:  # another process has switched it off meanwhile
            raise not_enabled(asked.table)
        columns = searched_columns(asked.table, spec, asked.columns)
        for record, _ in found:
            texts = [record[name] for name in columns]
            record[snippet] = best_extract(texts, asked.text, language=spec.language)
    return [record for record, _ in found]


def _check_added(storage: Storage, table: str, *names: str | None) -> None:
    added = [name for name in names if name is not None]
    if not added:
        return
    known = storage.describe(table).names
    for place, name in enumerate(added):
        if name in known or name in added[:place]:
            raise InterfaceError(
                f"the records of table {table!r} have a value called {name!r} already",
                hint="choose another name for the score or the snippet",
            )

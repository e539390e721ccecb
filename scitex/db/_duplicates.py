"""Removing records that say the same twice, from a database by its address."""

from __future__ import annotations

from collections.abc import Iterable

from scitex.db._opening import Given, opened
from scitex.db.domain.duplicates import Duplicates, Keep


def delete_duplicates(
    db_or_path: Given,
    table: str,
    on: str | Iterable[str] | None = None,
    keep: Keep = "first",
    *,
    nulls_equal: bool = True,
    dry_run: bool = False,
    add_unique: bool = False,
) -> int | Duplicates:
    """
    Remove the records that say the same as another one, all of them or none.

    Parameters
    ----------
    db_or_path : Database, str or path-like
        An open database, the path of a file, or a URL.
    table, on, keep, nulls_equal, dry_run, add_unique
        As in `Database.delete_duplicates`.

    Returns
    -------
    int or Duplicates
        How many were removed; with `dry_run`, what would go.

    Raises
    ------
    OperationalError
        If there is no such file, or it cannot be opened.
    Error
        As `Database.delete_duplicates`.

    Examples
    --------
    >>> key = db.insert("users", {"name": "Alice", "score": 85.5})
    >>> delete_duplicates("my_data.db", "users")
    1
    """
    with opened(db_or_path) as db:
        return db.delete_duplicates(
            table,
            on,
            keep,
            nulls_equal=nulls_equal,
            dry_run=dry_run,
            add_unique=add_unique,
        )

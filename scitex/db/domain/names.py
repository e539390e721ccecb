"""Names of tables, columns and indexes: what may be one, and how one is made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from scitex.db.domain.errors import InvalidNameError

INDEX_NAME_BYTES = 63  # PostgreSQL's NAMEDATALEN - 1; used everywhere, so a name is portable
OWN = "scitex_sync_"  # tables in which a sync keeps what it needs; they are not listed


def is_own(name: str) -> bool:
    """Say whether a table is one that a sync keeps for itself."""
    return name.startswith(OWN)


def identifier(name: str) -> str:
    """
    Return `name` if it can name something, on any engine.

    Parameters
    ----------
    name : str
        Any non-empty text without NUL; it is always quoted, so spaces, quotes and reserved
        words are fine.

    Returns
    -------
    str

    Raises
    ------
    InvalidNameError
        If it is not a str, is empty, or holds NUL or a lone surrogate.

    Examples
    --------
    >>> identifier("my table")
    'my table'
    """
    if not isinstance(name, str):
        raise InvalidNameError(
            f"a name must be text, not {type(name).__name__}: {name!r}",
            hint="pass the table or column name as a str",
        )
    if not name or name.isspace():
        raise InvalidNameError("a name must not be empty")
    if "\0" in name:
        raise InvalidNameError(f"a name must not hold NUL: {name!r}")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InvalidNameError(f"a name must be valid Unicode: {name!r}") from None
    return name


def identifiers(names: str | Iterable[str]) -> tuple[str, ...]:
    """
    Return `names` as a tuple; a lone string is one name.

    Raises
    ------
    InvalidNameError
        If one of them is no name, or one comes twice.

    Examples
    --------
    >>> identifiers("id"), identifiers(["a", "b"])
    (('id',), ('a', 'b'))
    """
    if isinstance(names, str):
        return (identifier(names),)
    if not isinstance(names, Iterable):
        raise InvalidNameError(f"expected one name or several, not {names!r}")
    result = tuple(identifier(name) for name in names)
    if len(set(result)) < len(result):
        twice = next(name for name in result if result.count(name) > 1)
        raise InvalidNameError(f"the name {twice!r} comes twice in {list(result)!r}")
    return result


def index_name(table: str, columns: Iterable[str]) -> str:
    """
    Make the name of an index: ``idx_<table>_<columns>``, shortened with a hash where needed.

    Examples
    --------
    >>> index_name("users", ["email"])
    'idx_users_email'
    """
    name = "_".join(["idx", table, *columns])
    return fitted_name(name, INDEX_NAME_BYTES)


def fitted_name(name: str, limit: int) -> str:
    """Cut `name` to `limit` bytes of UTF-8, ending in a hash of the whole; short ones stay."""
    encoded = name.encode()
    if len(encoded) <= limit:
        return name
    digest = hashlib.sha256(encoded).hexdigest()[:8]
    return encoded[: limit - 9].decode(errors="ignore") + "_" + digest

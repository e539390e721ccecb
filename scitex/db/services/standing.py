"""What stands under a name already: a table, or something that only looks like one."""

from __future__ import annotations

from typing import Literal

from scitex.db.domain.errors import SchemaError, TableNotFoundError
from scitex.db.domain.names import identifier
from scitex.db.ports.storage import Storage

Standing = Literal["", "table", "view", "part"]


def standing(storage: Storage, table: str) -> Standing:
    """
    Say what has a name.

    Returns
    -------
    {"", "table", "view", "part"}
        Nothing at all; a table; a view; or a table that is not listed as one: a partition of
        another, or one that is gone when the connection is closed.

    Raises
    ------
    InvalidNameError
        If it is no name.
    """
    if identifier(table) in storage.tables():
        return "table"
    try:
        storage.describe(table)
    except TableNotFoundError:
        return ""
    return "view" if any(view.name == table for view in storage.views()) else "part"


def is_to_be_made(storage: Storage, table: str, *, if_exists: str) -> bool:
    """
    Say whether a table is to be made, and remove the one that is to be replaced.

    Raises
    ------
    SchemaError
        If something is there and `if_exists` is "fail", or it is no table that could be replaced.
    """
    found = standing(storage, table)
    if found and if_exists not in {"fail", "replace"}:
        return False
    if found == "view":
        raise SchemaError(
            f"{table!r} is a view, which shows the records of other tables: none is made or "
            "replaced under its name",
            hint='choose another name, or name the table behind it; if_exists="append" adds '
            "through the view where the engine can",
        )
    if found and if_exists == "fail":
        raise SchemaError(
            f"there is a table {table!r} already",
            hint='pass if_exists="append", "upsert" or "replace"',
        )
    if found == "part":
        raise SchemaError(
            f"{table!r} is part of another table, or a temporary one: it is not replaced",
            hint='choose another name, or pass if_exists="append"',
        )
    if found:
        storage.drop_table(table)
    return True

"""A database in a few lines of text, for a person at a prompt."""

from __future__ import annotations

from scitex.db.domain.tables import TableSpec
from scitex.db.ports.storage import Storage

_COLUMNS_SHOWN = 8


def text(storage: Storage) -> str:
    """
    Describe the database: where it is, its tables, their records and columns.

    Parameters
    ----------
    storage : Storage

    Returns
    -------
    str
        One line for the database, one a table.

    Notes
    -----
    Counts the records of each table, so it reads each once.
    """
    names = storage.tables()
    lines = [
        f"{storage.engine} {storage.version}, {storage.location}",
        f"{_count(len(names), 'table')}, {bytes_text(storage.size)}",
    ]
    width = max(map(len, names), default=0)
    for name in names:
        records = _count(storage.count(name), "record")
        lines.append(f"  {name:<{width}}  {records:>16}  {_columns(storage.describe(name))}")
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _columns(spec: TableSpec) -> str:
    shown = [
        f"{column.name} {column.type.portable}" + ("*" if column.name in spec.primary_key else "")
        for column in spec.columns[:_COLUMNS_SHOWN]
    ]
    hidden = len(spec.columns) - len(shown)
    return ", ".join(shown) + (f", and {hidden} more" if hidden else "")


def bytes_text(size: int) -> str:
    """
    Spell a number of bytes for people.

    Examples
    --------
    >>> bytes_text(1536)
    '1.5 KiB'
    """
    amount = float(size)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if amount < 1024 or unit == "GiB":
            break
        amount /= 1024
    return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"

"""How large a database is, as a mapping and for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scitex.db.ports.storage import Storage
from scitex.db.services.overview import bytes_text


class Stats(dict[str, Any]):
    """
    What `Database.get_stats` returns: a dict that prints as a table.

    Examples
    --------
    >>> stats = db.get_stats()
    >>> stats["table_count"], stats["tables"]["users"]["rows"]
    (1, 1)
    """

    def __str__(self) -> str:
        return format_stats(self)


def gathered(storage: Storage, *, exact: bool = True) -> Stats:
    """
    Measure a database.

    Parameters
    ----------
    storage : Storage
    exact : bool, default True
        Whether records are counted, or their number is the engine's estimate.

    Returns
    -------
    Stats
    """
    found = storage.measure(exact=exact)
    return Stats(
        engine=storage.engine,
        size=found.size,
        table_count=len(found.tables),
        free_bytes=found.free,
        wal_bytes=found.log,
        rows_exact=exact,
        tables={
            table.name: {
                "rows": table.rows,
                "bytes": table.bytes,
                "indexes": dict(table.indexes),
            }
            for table in found.tables
        },
    )


def format_stats(stats: Mapping[str, Any]) -> str:
    """
    Spell what `Database.get_stats` returned for a person.

    Parameters
    ----------
    stats : mapping

    Returns
    -------
    str
        A line for the database, one for each table and index, the largest tables first.

    Examples
    --------
    >>> print(format_stats(db.get_stats()))
    sqlite: 12.0 KiB in 1 table, 0 bytes free, log 16.1 KiB
      users  1 row  4.0 KiB
    """
    tables = stats["tables"]
    head = f"{stats['engine']}: {bytes_text(stats['size'])} in {_count(len(tables), 'table')}"
    if stats["free_bytes"] is not None:
        head += f", {bytes_text(stats['free_bytes'])} free"
    if stats["wal_bytes"] is not None:
        head += f", log {bytes_text(stats['wal_bytes'])}"
    lines: list[tuple[str, str, str]] = []
    about = "" if stats["rows_exact"] else "about "
    for name, table in sorted(tables.items(), key=lambda item: (-(item[1]["bytes"] or 0), item)):
        rows = "rows unknown" if table["rows"] is None else about + _count(table["rows"], "row")
        lines.append((name, rows, _size(table["bytes"])))
        lines += [(f"  {index}", "index", _size(size)) for index, size in table["indexes"].items()]
    wide = [max((len(line[place]) for line in lines), default=0) for place in range(3)]
    return "\n".join(
        [head]
        + [
            f"  {name:<{wide[0]}}  {rows:>{wide[1]}}  {size:>{wide[2]}}"
            for name, rows, size in lines
        ]
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _size(size: int | None) -> str:
    return "size unknown" if size is None else bytes_text(size)

"""What was measured, as text for a terminal and as a page."""

from __future__ import annotations

from collections.abc import Sequence

from bulk_work import Result
from reports import table

_BEGINNING = """\
# Bulk work, beside the drivers and other packages

This page is what one run of `benchmarks/bulk.py` printed:

    {command}

`make bench` runs it after `benchmarks/overhead.py`; `benchmarks/README.md` tells how it is
measured.  In short: all lanes of a table do the same work with the same rows, taking turns in
an order that is shuffled each round, on a fresh file or table each time (lanes that only read
share one).  The time goes from the call to the commit; connections are open before.  `ratio` is
the median, over the rounds, of a lane's time divided by that of the first lane *in the same
round*, and `middle half` tells between what the middle half of these ratios lie; `of bests`
divides a lane's best round by the best of the first lane, and where it differs much from
`ratio`, the machine was busy.  *The same once more* is the first lane again: how far its ratio
is from 1 is how far any may be off by chance.  What each lane stored or returned is counted,
summed and looked at, or the run ends with an error.  Ratios can be compared between machines,
times cannot.

The table has six columns: `id` (a whole number, the key), `name` (text), `timestamp`,
`accuracy` (a float), `n` (a whole number) and `parameters` (JSON, declared as text).  SQLite
files lie in memory, in WAL mode with `synchronous=NORMAL` on every lane; PostgreSQL is a
server of its own for each table here, which does not wait for the disk and is reached by a
Unix socket.
"""


def text_of(result: Result) -> str:
    """Set a result as text."""
    parts = [f"{result.title}\n{result.lead}"]
    if result.rows:
        parts.append(table(result.header, result.rows))
    parts.append("\n".join(result.remarks))
    return "\n" + "\n\n".join(parts)


def page_of(results: Sequence[Result], machine: Sequence[tuple[str, str]], *, command: str) -> str:
    """
    Set results as a page of Markdown.

    Parameters
    ----------
    results : sequence of Result
    machine : sequence of tuple
        What it was measured on and with, each thing with its name.
    command : str
        The run's.
    """
    listed = _table(["", ""], [list(line) for line in machine])
    parts = [_BEGINNING.format(command=command), f"## Machine and versions\n\n{listed}\n"]
    return "\n".join([*parts, *map(_section, results)])


def _section(result: Result) -> str:
    parts = [f"## {result.title}", f"{result.lead[0].upper()}{result.lead[1:]}."]
    if result.rows:
        parts.append(_table(result.header, result.rows))
    parts += [remark.replace("(*)", r"(\*)") for remark in result.remarks]
    return "\n\n".join(parts) + "\n"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Set rows in a table, the first column to the left."""
    right = ["--:"] * (len(header) - 1) if header[0] else ["---"]
    lines = [list(header), ["---", *right], *map(list, rows)]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", r"\|").replace("*", r"\*")

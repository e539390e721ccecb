"""Spelling, and reading again, the triggers that keep a search index current."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import attrs

from scitex.db.adapters.sqlite3.dialect import SQLITE
from scitex.db.domain.sql.sqltext import Syntax, Token, tokens
from scitex.db.domain.tables import TableSpec

_OWN_COLUMN = re.compile(r"c\d+")


@attrs.frozen
class Layout:
    """
    How a table's records and the rows of its index belong together.

    Attributes
    ----------
    name : str
        The index, a virtual table whose columns are called c0, c1, ...: a column of the table
        may be called what no column of an index may, and may be renamed.
    table : TableSpec
    columns : tuple of str
    rowid : str or None
        The INTEGER PRIMARY KEY, which is the index's row number too.  Where there is none, a
        table of keys numbers the records: their own row numbers may change with VACUUM.
    """

    name: str
    table: TableSpec
    columns: tuple[str, ...]
    rowid: str | None

    @property
    def index(self) -> str:
        """The index's quoted name."""
        return SQLITE.name(self.name)

    @property
    def numbers(self) -> str:
        """The quoted name of the table of keys."""
        return SQLITE.name(f"{self.name}_keys")

    @property
    def own_columns(self) -> str:
        """The index's columns."""
        return ", ".join(f"c{place}" for place in range(len(self.columns)))

    @property
    def own_keys(self) -> str:
        """The columns of the table of keys, beside the number."""
        return ", ".join(f"scitex_k{place}" for place in range(len(self.table.primary_key)))

    def texts(self, of: str) -> str:
        """Spell the searched columns of ``new``, or of the quoted table."""
        return ", ".join(f"{of}.{SQLITE.name(name)}" for name in self.columns)

    def keys(self, of: str) -> str:
        """Spell the key columns of ``old`` or ``new``, or of the quoted table."""
        return ", ".join(f"{of}.{SQLITE.name(name)}" for name in self.table.primary_key)

    def here(self, of: str) -> str:
        """Spell that a row of the table of keys is the one of ``old`` or ``new``."""
        names = enumerate(self.table.primary_key)
        return " AND ".join(f"scitex_k{n} = {of}.{SQLITE.name(name)}" for n, name in names)

    def joined(self, numbers: str, target: str) -> str:
        """
        Spell that a row of the table of keys is the one of a record.

        One side is for the primary key, in whose order it is; the other one tells texts apart
        that this order does not.
        """
        names = [(n, SQLITE.name(name)) for n, name in enumerate(self.table.primary_key)]
        return " AND ".join(
            f"{target}.{name} = {numbers}.scitex_k{n} AND {numbers}.scitex_k{n} = {target}.{name}"
            for n, name in names
        )

    def row(self, of: str) -> str:
        """Spell the number of ``old`` or ``new`` in the index."""
        if self.rowid is not None:
            return f"{of}.{SQLITE.name(self.rowid)}"
        return f"(SELECT scitex_id FROM {self.numbers} WHERE {self.here(of)})"  # noqa: S608 - quoted


def spelt(layout: Layout) -> list[str]:
    """
    Spell the triggers.

    The old row is always taken away first: INSERT OR REPLACE removes records and tells no
    trigger of it.  No INSERT in a trigger may meet a row that is there, since the policy of the
    statement that fired it, such as OR IGNORE, counts there too.
    """
    removed = f"DELETE FROM {layout.index} WHERE rowid = "  # noqa: S608 - quoted
    target, name = SQLITE.name(layout.table.name), layout.name
    events = {
        "insert": ("INSERT", _added(layout)),
        "update": (
            f"UPDATE{_watched(layout)}",
            [removed + layout.row("old"), *_unnumbered(layout, moved=True), *_added(layout)],
        ),
        "delete": ("DELETE", [removed + layout.row("old"), *_unnumbered(layout, moved=False)]),
    }
    return [
        f"CREATE TRIGGER {SQLITE.name(f'{name}_{word}')} AFTER {event} ON {target} BEGIN\n  "
        + ";\n  ".join(steps)
        + ";\nEND"
        for word, (event, steps) in events.items()
    ]


def _added(layout: Layout) -> list[str]:
    """Spell what puts ``new`` into the index."""
    start = f"INSERT INTO {layout.index}({layout.own_columns}, rowid) SELECT {layout.texts('new')}"
    removed = f"DELETE FROM {layout.index} WHERE rowid = {layout.row('new')}"  # noqa: S608 - quoted
    if layout.rowid is not None:
        return [removed, f"{start}, {layout.row('new')}"]
    there = [f"new.{SQLITE.name(name)} IS NOT NULL" for name in layout.table.primary_key]
    here = f"SELECT 1 FROM {layout.numbers} WHERE {layout.here('new')}"  # noqa: S608 - quoted
    numbered = (
        f"INSERT INTO {layout.numbers}({layout.own_keys}) SELECT {layout.keys('new')} "
        f"WHERE {' AND '.join(there)} AND NOT EXISTS ({here})"
    )
    added = f"{start}, scitex_id FROM {layout.numbers} WHERE {layout.here('new')}"
    return [numbered, removed, added]


def _unnumbered(layout: Layout, *, moved: bool) -> list[str]:
    """Spell what forgets the number of ``old``; of one whose key has changed, where `moved`."""
    if layout.rowid is not None:
        return []
    sql = f"DELETE FROM {layout.numbers} WHERE {layout.here('old')}"  # noqa: S608 - quoted
    names = map(SQLITE.name, layout.table.primary_key)
    same = " AND ".join(f"old.{name} IS new.{name}" for name in names)
    return [f"{sql} AND NOT ({same})" if moved else sql]


def _watched(layout: Layout) -> str:
    """Spell which columns' changes count; all of them where one is computed from others."""
    names = dict.fromkeys((*layout.table.primary_key, *layout.columns))
    if any(layout.table.column(name).generated for name in names):
        return ""
    return " OF " + SQLITE.names(tuple(names))


def columns_of(trigger: str) -> tuple[str, ...]:
    """
    Return the searched columns, as the trigger for inserted records names them now.

    SQLite writes a trigger anew when a column is renamed, and quotes the new name its own way.
    """
    pieces = [token for token in tokens(trigger, Syntax.SQLITE) if token.kind != "space"]
    last = max(n for n, token in enumerate(pieces) if token.text.upper() == "INTO")
    own = [token for token in pieces[last:] if _OWN_COLUMN.fullmatch(token.text)]
    start = next(n for n in range(last, len(pieces)) if pieces[n].text.upper() == "SELECT")
    return _of_new(pieces[start:], len(own))


def _of_new(pieces: Sequence[Token], count: int) -> tuple[str, ...]:
    """Return the first names that follow ``new.``."""
    found: Iterable[str] = (
        _unquoted(pieces[n + 2].text)
        for n, token in enumerate(pieces[:-2])
        if token.text.lower() == "new" and pieces[n + 1].text == "."
    )
    return tuple(name for name, _ in zip(found, range(count), strict=False))


def _unquoted(text: str) -> str:
    quote = text[0]
    if quote in "\"`'":
        return text[1:-1].replace(quote * 2, quote)
    return text[1:-1] if quote == "[" else text

"""A database as SQL text that makes it again, with all that SQLite keeps."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable

import attrs

from scitex.db.adapters.sqlite3.backups.rowtext import Rows, Source
from scitex.db.adapters.sqlite3.dialect import SQLITE
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.errors import BackupError
from scitex.db.domain.search.searching import PREFIX

_OBJECTS = (
    "SELECT type, name, tbl_name, sql FROM sqlite_schema "
    "WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*' ORDER BY rowid"
)
_WORD = r'(?:"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|\'(?:[^\']|\'\')*\'|[^\s.(]+)'
_MODULE = re.compile(
    rf"CREATE\s+VIRTUAL\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:{_WORD}\s*\.\s*)?{_WORD}"
    rf"\s+USING\s+({_WORD})(.*)",
    re.IGNORECASE | re.DOTALL,
)
_ELSEWHERE = re.compile(r"\b(content|languageid|compress|contentless_\w+)\s*=", re.IGNORECASE)
_SEARCHING = {"fts3", "fts4", "fts5"}
_TREES = {"rtree", "rtree_i32"}
_EMPTY = {"fts5vocab", "fts4aux", "fts3tokenize", "dbstat"}  # they show what others keep
_WELCOME = b"-- A SQLite database.  Any sqlite3 makes it again: sqlite3 -bail new.db < this_file\n"
_ROWIDS = ("rowid", "_rowid_", "oid")


@attrs.frozen
class Made:
    """
    One thing in the schema.

    Attributes
    ----------
    type : {"table", "index", "view", "trigger"}
    name : str
    table : str
        The table that it is of.
    sql : str
    """

    type: str
    name: str
    table: str
    sql: str


class Writer:
    """
    Writes a database, or some tables of it.

    Parameters
    ----------
    session : Session
        One that sees one state, and is nobody else's meanwhile.
    take : callable
        Given the text, a statement at a time.
    """

    def __init__(self, session: Session, take: Callable[[bytes], object]) -> None:
        self._session = session
        self._take = take
        self._rows = Rows(session)
        self._objects = [Made(*row) for row in session.rows(_OBJECTS)]
        listed = session.rows("SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main'")
        self._shadows = [name for name, type, _ in listed if type == "shadow"]
        self._virtual = {name for name, type, _ in listed if type == "virtual"}
        self._unnumbered = {name for name, _, unnumbered in listed if unnumbered}

    def write(self, tables: tuple[str, ...] | None) -> None:
        """
        Write a script that makes everything, or some tables, in an empty database.

        Raises
        ------
        TableNotFoundError
            If a table is not there.
        BackupError
            If something cannot be written as SQL.
        """
        chosen = self._chosen(tables)
        asked = ("encoding", "page_size", "auto_vacuum", "user_version", "application_id")
        marks = {name: self._session.rows(f"PRAGMA {name}")[0][0] for name in asked}
        self._take(_WELCOME)
        self._say("PRAGMA foreign_keys = OFF")
        self._say(f"PRAGMA encoding = '{marks['encoding']}'")
        self._say(f"PRAGMA page_size = {marks['page_size']}")
        self._say(f"PRAGMA auto_vacuum = {marks['auto_vacuum']}")
        self._say("PRAGMA ignore_check_constraints = ON")
        self._say("BEGIN")
        self.objects(chosen)
        if tables is None:
            self._statistics()
            self._say(f"PRAGMA user_version = {marks['user_version']}")
            self._say(f"PRAGMA application_id = {marks['application_id']}")
        self._say("COMMIT")
        self._say("PRAGMA ignore_check_constraints = OFF")

    def only(self, table: str) -> None:
        """Write what makes one table, without what search keeps beside it."""
        chosen = [made for made in self._chosen((table,)) if not made.name.startswith(PREFIX)]
        self.objects(chosen)

    def objects(self, chosen: Iterable[Made]) -> None:
        """Write what makes these things: tables with their rows, and all others after them."""
        things = list(chosen)
        for made in things:
            if made.type == "table" and made.name not in self._shadows:
                self._table(made)
        self._counters([made.name for made in things if made.type == "table"])
        for type in ("index", "view", "trigger"):
            for made in things:
                if made.type == type:
                    self._say(made.sql)

    # ------------------------------------------------------------------------- parts

    def _say(self, sql: str) -> None:
        text = f"{sql};"
        if not sqlite3.complete_statement(text):  # it ends with a comment
            text = f"{sql}\n;"
        self._take(f"{text}\n".encode("utf-8", "surrogatepass"))

    def _chosen(self, tables: tuple[str, ...] | None) -> list[Made]:
        """Return all that belongs to the tables, with what search keeps of them."""
        if tables is None:
            return self._objects
        there = {made.name for made in self._objects if made.type == "table"}
        for name in tables:
            if name not in there:
                raise self._session.missing(name)
        kept = set()
        for made in self._objects:
            if made.type == "trigger" and made.table in tables and made.name.startswith(PREFIX):
                index = made.name.rpartition("_")[0]
                kept |= {index, f"{index}_keys"}
        return [made for made in self._objects if made.table in {*tables, *kept}]

    def _table(self, made: Made) -> None:
        if made.name in self._virtual:
            self._virtual_table(made)
            return
        self._say(made.sql)
        self._fill(self._source(made.name))

    def _fill(self, source: Source) -> None:
        for statement in self._rows.statements(source):
            self._take(statement)

    def _source(self, table: str) -> Source:
        """Say what a table's rows are read from."""
        rows = self._session.rows(
            "SELECT name, type, pk, hidden FROM pragma_table_xinfo(?)", (table,)
        )
        columns = tuple((name, type) for name, type, _, hidden in rows if not hidden)
        if table in self._unnumbered:
            return Source(table, columns)
        keys = [name for name, _, key, _ in rows if key]
        sql = "SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk'"
        if len(keys) == 1 and not self._session.rows(sql, (table,)):
            return Source(table, columns, alias=keys[0])
        names = {name.casefold() for name, *_ in rows}
        free = next((name for name in _ROWIDS if name not in names), None)
        if free is None or self._counted(table, free):
            return Source(table, columns)
        return Source(table, columns, rowid=free)

    def _counted(self, table: str, rowid: str) -> bool:
        """Say whether rows are numbered 1, 2, 3, ..., as they would be when stored anew."""
        name = SQLITE.name(table)
        sql = (
            f"SELECT (SELECT min({rowid}) FROM {name}), (SELECT max({rowid}) FROM {name}), "  # noqa: S608 - quoted
            f"(SELECT count(*) FROM {name})"
        )
        least, most, count = self._session.rows(sql)[0]
        return count == 0 or (least, most) == (1, count)

    def _counters(self, tables: list[str]) -> None:
        """Write how far AUTOINCREMENT has counted."""
        if not self._session.rows("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'"):
            return
        for name, seq in self._session.rows("SELECT name, seq FROM sqlite_sequence"):
            if name in tables:
                spelt = _text(name)
                self._say(f"DELETE FROM sqlite_sequence WHERE name = {spelt}")  # noqa: S608 - quoted
                self._say(f"INSERT INTO sqlite_sequence VALUES({spelt}, {int(seq or 0)})")

    def _statistics(self) -> None:
        """Write what ANALYZE has found."""
        if not self._session.rows("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'"):
            return
        self._say("ANALYZE sqlite_master")
        columns = (("tbl", ""), ("idx", ""), ("stat", ""))
        self._fill(Source("sqlite_stat1", columns))

    # ---------------------------------------------------------------- virtual tables

    def _virtual_table(self, made: Made) -> None:
        """
        Write a table that a module keeps.

        Its records, where it has them itself: any program may read the text then.  Otherwise
        the module's own tables are written over, as they are.
        """
        found = _MODULE.match(made.sql)
        module = found[1].strip('"`[]').lower() if found else ""
        shadows = self._shadows_of(made.name)
        own = f"{made.name}_content" in shadows
        whole = bool(found) and not (found and _ELSEWHERE.search(found[2]))
        if module in _EMPTY:
            self._say(made.sql)
        elif (module in _SEARCHING and own and whole) or module in _TREES:
            self._say(made.sql)
            if module == "fts5":
                self._settings(made.name)
            self._fill(self._records(made.name, numbered=module in _SEARCHING))
        elif module in _SEARCHING:
            self._say(made.sql)
            for shadow in shadows:
                self._say(f"DELETE FROM {SQLITE.name(shadow)}")  # noqa: S608 - quoted
                self._fill(self._source(shadow))
        else:
            raise BackupError(
                f"table {made.name!r} is kept by the module {module!r}: SQL text cannot hold it",
                hint="back the database up as .db",
            )

    def _shadows_of(self, table: str) -> list[str]:
        """Return the tables that a module keeps one in."""
        longer = [name for name in self._virtual if name.startswith(f"{table}_")]
        return [
            name
            for name in self._shadows
            if name.startswith(f"{table}_")
            and not any(name.startswith(f"{other}_") for other in longer)
        ]

    def _settings(self, table: str) -> None:
        """Write what an FTS5 table was told about itself."""
        config = SQLITE.name(f"{table}_config")
        rows = self._session.rows(
            f"SELECT k, quote(v) FROM {config} WHERE k <> 'version'"  # noqa: S608 - quoted
        )
        name = SQLITE.name(table)
        for key, value in rows:
            self._say(f"INSERT INTO {name}({name}, rank) VALUES({_text(key)}, {value})")

    def _records(self, table: str, *, numbered: bool) -> Source:
        """Say what the records of a module's table are read from."""
        rows = self._session.rows(
            "SELECT name, type FROM pragma_table_xinfo(?) WHERE NOT hidden", (table,)
        )
        return Source(table, tuple(rows), rowid="rowid" if numbered else None)


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

"""
Searching by FTS5.

The index holds the texts that it is made of.  An index that only points at the table's would be
smaller, but a row could be taken from it by telling its old texts only, and INSERT OR REPLACE
tells them to no trigger: the index would find, for good, what is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scitex.db.adapters.sql.asking import Described
from scitex.db.adapters.sql.searching import Kept, Sought, Spelt, by_key, condition
from scitex.db.adapters.sqlite3 import searchtriggers
from scitex.db.adapters.sqlite3.dialect import SQLITE
from scitex.db.adapters.sqlite3.searchtriggers import Layout
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.errors import ProgrammingError, UnsupportedFeatureError
from scitex.db.domain.search.searching import (
    PORTABLE,
    PREFIX,
    SearchSpec,
    kept_name,
    refused_text,
)
from scitex.db.domain.search.searchtext import Beginning, Term, Verbatim, Words
from scitex.db.domain.search.wordstarts import index_start

_OURS = PREFIX.replace("_", r"\_")
_LIKE = f"LIKE '{_OURS}%' ESCAPE '\\'"
# FTS5 does not know of these characters what they are, and would take them for letters, so that
# no word beside one would be found.  It sorts them into a list one by one: from the last to the
# first that takes 40 ms for a connection that first uses an index, the other way 250.
_UNKNOWN = [*range(0x4E00, 0xA000), *range(0xAC00, 0xD7A4), *range(0x1F900, 0x1FB00)]
_MANUAL = "see the full-text query syntax of FTS5; columns are called c0, c1, ... there"


def find(session: Session, table: str) -> Kept | None:
    """Return what is kept of a table: its triggers tell, which go where it goes."""
    rows = session.rows(
        "SELECT g.name, g.sql, instr(f.sql, 'porter') "  # noqa: S608 - the pattern is ours
        "FROM sqlite_schema AS g JOIN sqlite_schema AS f "
        "ON f.name || '_insert' = g.name AND f.type = 'table' "
        f"WHERE g.type = 'trigger' AND g.tbl_name = ? AND g.name {_LIKE}",
        (table,),
    )
    if not rows:
        return None
    trigger, written, stems = rows[0]
    spec = SearchSpec(searchtriggers.columns_of(written), "english" if stems else "simple")
    return Kept(trigger.removesuffix("_insert"), spec)


def tokenizer(language: str) -> str:
    """Spell what cuts words out as `searchtext` does: letters that have capitals, and digits."""
    apart = "".join(map(chr, reversed(_UNKNOWN)))
    words = "unicode61 remove_diacritics 2 categories 'Ll Lu Lt' tokenchars '0123456789'"
    return f"{'porter ' if language == 'english' else ''}{words} separators '{apart}'"


def make(session: Session, described: Described, spec: SearchSpec) -> None:
    """Index a table, and keep the index current by triggers."""
    check_offered(session, spec.language)
    table = described.spec
    names = [row[0] for row in session.rows(f"SELECT name FROM sqlite_schema WHERE name {_LIKE}")]  # noqa: S608 - the pattern is ours
    for orphan in _orphans(session, names):
        _drop(session, orphan)
        names.remove(orphan)
    layout = Layout(kept_name(table.name, names), table, spec.columns, described.rowid)
    session.run(
        f"CREATE VIRTUAL TABLE {layout.index} USING fts5({layout.own_columns}, "
        f'tokenize = "{tokenizer(spec.language)}")'
    )
    _fill(session, layout)
    for trigger in searchtriggers.spelt(layout):
        session.run(trigger, table=table.name)


def check_offered(session: Session, language: str) -> None:
    """
    Return where SQLite can search in a language.

    Raises
    ------
    UnsupportedFeatureError
        If it was built without FTS5, or the language is another.
    """
    if not session.rows("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'"):
        raise UnsupportedFeatureError(
            "this SQLite was built without FTS5, so it cannot search texts",
            engine="sqlite",
            hint="use a Python whose SQLite has it, or where=col('x').like('%word%')",
        )
    if language not in PORTABLE:
        raise UnsupportedFeatureError(
            f"SQLite cannot search in the language {language!r}",
            engine="sqlite",
            hint="language='simple' finds words as they are, in any language",
        )


def _orphans(session: Session, names: Sequence[str]) -> list[str]:
    """Return the indexes of tables that were dropped by SQL text, their triggers with them."""
    rows = session.rows(
        f"SELECT name FROM sqlite_schema WHERE name {_LIKE} AND sql LIKE 'CREATE VIRTUAL %'"  # noqa: S608 - the pattern is ours
    )
    return [row[0] for row in rows if f"{row[0]}_insert" not in names]


def _fill(session: Session, layout: Layout) -> None:
    """Index the records that are there."""
    target = session.target(layout.table.name)
    start = f"INSERT INTO {layout.index}({layout.own_columns}, rowid) SELECT "
    texts = layout.texts(target)
    if layout.rowid is not None:
        session.run(f"{start}{texts}, {layout.row(target)} FROM {target}")
        return
    session.run(
        f"CREATE TABLE {layout.numbers} (scitex_id INTEGER PRIMARY KEY, {layout.own_keys}, "
        f"UNIQUE ({layout.own_keys}))"
    )
    there = [f"{SQLITE.name(name)} IS NOT NULL" for name in layout.table.primary_key]
    session.run(
        f"INSERT INTO {layout.numbers}({layout.own_keys}) SELECT {layout.keys(target)} "  # noqa: S608 - quoted
        f"FROM {target} WHERE {' AND '.join(there)}"
    )
    join = layout.joined(layout.numbers, target)
    session.run(f"{start}{texts}, scitex_id FROM {layout.numbers} CROSS JOIN {target} ON {join}")


def remove(session: Session, kept: Kept) -> None:
    """Remove the index with its triggers."""
    for event in ("insert", "update", "delete"):
        session.run(f"DROP TRIGGER IF EXISTS {SQLITE.name(f'{kept.name}_{event}')}")
    _drop(session, kept.name)


def _drop(session: Session, name: str) -> None:
    session.run(f"DROP TABLE {SQLITE.name(name)}")
    session.run(f"DROP TABLE IF EXISTS {SQLITE.name(f'{name}_keys')}")


# ------------------------------------------------------------------------------ searching


def rows(session: Session, sought: Sought) -> list[tuple[Any, ...]]:
    """
    Return the records that are found, each with its score at the end.

    Only the numbers of records are sorted; what is to be returned is read in the end.
    """
    table = sought.table
    layout = Layout(sought.kept.name, table, sought.kept.spec.columns, sought.described.rowid)
    target = session.target(table.name)
    wanted, unwanted = _expressions(session, sought)
    statement, where = Spelt(), Spelt()
    source = target
    if wanted is not None:
        statement.add(
            f"WITH scitex_found(scitex_row, scitex_score) AS MATERIALIZED (SELECT rowid, "  # noqa: S608 - quoted, bound
            f"-bm25({layout.index}) FROM {layout.index} WHERE {layout.index} MATCH ?), ",
            wanted,
        )
        source = f"scitex_found CROSS JOIN {_beside(layout, target)}"
    elif unwanted is not None:
        where.add(_without(layout, target), unwanted)
    _as_written(layout, target, sought, where)
    condition(session, sought, where)
    score = "0.0" if wanted is None else "scitex_score"
    keys = layout.keys(target)
    statement.add(f"{'' if wanted else 'WITH '}scitex_best(scitex_score, {layout.own_keys}) AS ")
    statement.add(f"MATERIALIZED (SELECT {score}, {keys} FROM {source}")  # noqa: S608 - quoted
    if where.parts:
        statement.add(f" WHERE {where.joined(' AND ')}", *where.bound)
    order = by_key(session, table)
    limit = -1 if sought.asked.limit is None else sought.asked.limit
    statement.add(f" ORDER BY 1 DESC, {order} LIMIT ? OFFSET ?) ", limit, sought.asked.offset)
    columns = ", ".join(f"{target}.{SQLITE.name(name)}" for name in table.names)
    join = layout.joined("scitex_best", target)
    best = f"scitex_best CROSS JOIN {target} ON {join}"
    statement.add(f"SELECT {columns}, scitex_score FROM {best}")  # noqa: S608 - quoted
    statement.add(f" ORDER BY scitex_score DESC, {order}")
    return session.rows(statement.joined(""), tuple(statement.bound))


def _beside(layout: Layout, target: str) -> str:
    """Spell the table, joined to the rows of the index that are found."""
    if layout.rowid is not None:
        return f"{target} ON {layout.row(target)} = scitex_row"
    join = layout.joined("scitex_keys", target)
    return (
        f"{layout.numbers} AS scitex_keys ON scitex_keys.scitex_id = scitex_row "
        f"CROSS JOIN {target} ON {join}"
    )


def _without(layout: Layout, target: str) -> str:
    """Spell that a record is not among those that an expression finds."""
    found = f"SELECT rowid FROM {layout.index} WHERE {layout.index} MATCH ?"  # noqa: S608 - quoted, bound
    if layout.rowid is not None:
        return f"{layout.row(target)} NOT IN ({found})"
    join = layout.joined("scitex_keys", target)
    return (
        f"NOT EXISTS (SELECT 1 FROM {layout.numbers} AS scitex_keys "  # noqa: S608 - quoted
        f"WHERE {join} AND scitex_keys.scitex_id IN ({found}))"
    )


def _expressions(session: Session, sought: Sought) -> tuple[str | None, str | None]:
    """
    Spell for FTS5 what is to be found, or else what is not to be; None for nothing.

    A word holds letters and digits only, so that quotes around it are never left.
    """
    text, spec = sought.asked.text, sought.kept.spec
    places = [f"c{spec.columns.index(name)}" for name in sought.columns]
    inside = "" if len(places) == len(spec.columns) else f"{{{' '.join(places)}}} : "
    if isinstance(text, str):
        _check_raw(session, sought.kept.name, text)
        return (f"{inside}({text})" if inside else text), None
    likely = [_likely(term, spec.language) for term in text.beginnings]
    wanted = " AND ".join([*_phrases(text.wanted), *likely])
    unwanted = " OR ".join(_phrases(text.unwanted))
    if wanted and unwanted:
        return f"{inside}(({wanted}) NOT ({unwanted}))", None
    return (
        f"{inside}({wanted})" if wanted else None,
        f"{inside}({unwanted})" if unwanted else None,
    )


def _phrases(terms: Sequence[Term]) -> list[str]:
    return [f'"{" ".join(term.words)}"' for term in terms if isinstance(term, Words)]


def _likely(term: Beginning, language: str) -> str:
    """Spell what a record has that has a beginning; whether it does is looked at in its texts."""
    start = index_start(term.words[-1], language) or term.words[-1]
    return f'"{" ".join((*term.words[:-1], start))}"*'


def _check_raw(session: Session, index: str, text: str) -> None:
    name = SQLITE.name(index)
    try:
        session.rows(f"SELECT rowid FROM {name} WHERE {name} MATCH ? LIMIT 1", (text,))  # noqa: S608 - quoted, bound
    except ProgrammingError as error:
        why = str(error.__cause__ or error.message)
        raise refused_text(text, why, engine="SQLite", manual=_MANUAL) from error.__cause__


def _as_written(layout: Layout, target: str, sought: Sought, where: Spelt) -> None:
    """Add what is looked for as it stands in the texts."""
    text = sought.asked.text
    if isinstance(text, str):
        return
    places = [f"{target}.{SQLITE.name(name)}" for name in sought.columns]
    anywhere = " OR ".join(f"instr(lower(coalesce({place}, '')), ?) > 0" for place in places)
    begun = " OR ".join(f"scitex_has_beginning(CAST({place} AS TEXT), ?)" for place in places)
    for terms, sign in ((text.wanted, ""), (text.unwanted, "NOT ")):
        for term in terms:
            if isinstance(term, Verbatim):
                where.add(f"{sign}({anywhere})", *[term.text] * len(places))
            elif isinstance(term, Beginning):
                sought_words = [" ".join(term.words)] * len(places)
                if sign:
                    likely = _likely(term, sought.kept.spec.language)
                    unlikely = _without(layout, target)
                    where.add(f"({unlikely} OR NOT ({begun}))", likely, *sought_words)
                else:
                    where.add(f"({begun})", *sought_words)

"""A SQLite database with everything in it that is easily lost, and what there is in one."""

from __future__ import annotations

import random
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

NAMES = [
    "select",
    "a b",
    'say "hi"',
    "it's",
    "back`tick",
    "[x]",
    "日本語",
    "Ünïcode",
    "sqliteX",
    "%",
    "-- x",
]
SCHEMA = """
    CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE UNIQUE);
    CREATE TABLE books (id INTEGER PRIMARY KEY AUTOINCREMENT, author INTEGER REFERENCES authors
        ON DELETE CASCADE, title TEXT DEFAULT 'it''s; untitled', CHECK (length(title) < 2000));
    CREATE TABLE nodes (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES nodes(id));
    CREATE TABLE egg (id INTEGER PRIMARY KEY, hen INTEGER REFERENCES hen(id)
        DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE hen (id INTEGER PRIMARY KEY, egg INTEGER REFERENCES egg(id));
    CREATE TABLE made (a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) VIRTUAL,
        c TEXT AS ('<' || a || '>') STORED, d REAL);
    CREATE TABLE strict_one (id INTEGER PRIMARY KEY, r REAL, t TEXT, b BLOB, a ANY) STRICT;
    CREATE TABLE keyed (x TEXT, y INTEGER, z, PRIMARY KEY (x, y)) WITHOUT ROWID;
    CREATE TABLE numbers (x REAL, n NUMERIC, any_kind, i INTEGER);
    CREATE TABLE texts (id INTEGER PRIMARY KEY, t TEXT, v VARCHAR(10), raw BLOB);
    CREATE TABLE unnumbered (name TEXT);
    CREATE TABLE oddly_numbered (rowid TEXT, name TEXT);
    CREATE TABLE empty_one (id INTEGER PRIMARY KEY, x TEXT);
    CREATE TABLE reversed (id INTEGER PRIMARY KEY DESC, x);
    CREATE TABLE moments (at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, j JSON TEXT, flag BOOLEAN);
    CREATE TABLE log (what TEXT); -- a remark
    CREATE INDEX titles ON books(title COLLATE NOCASE DESC) WHERE title IS NOT NULL;
    CREATE INDEX lengths ON books(length(title));
    CREATE UNIQUE INDEX "odd index; name" ON made(c, a);
    CREATE VIEW long_titles AS SELECT * FROM books WHERE length(title) > 3 -- of course; yes
    ;
    CREATE VIEW few AS SELECT * FROM long_titles LIMIT 3;
    CREATE TRIGGER logged AFTER INSERT ON books BEGIN
        INSERT INTO log VALUES ('book; ' || new.id);
        UPDATE log SET what = what || ';';
    END;
    CREATE TRIGGER through INSTEAD OF INSERT ON long_titles BEGIN
        INSERT INTO books(title) VALUES (new.title);
    END;
    CREATE VIRTUAL TABLE own_texts USING fts5(a, b UNINDEXED, tokenize = "porter unicode61");
    CREATE VIRTUAL TABLE "outer texts" USING fts5(t, content='texts', content_rowid='id');
    CREATE VIRTUAL TABLE no_texts USING fts5(a, content='');
    CREATE VIRTUAL TABLE four USING fts4(a, b, tokenize=porter);
    CREATE VIRTUAL TABLE four_langs USING fts4(a, languageid="lid");
    CREATE VIRTUAL TABLE words USING fts5vocab(own_texts, row);
    CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1, y0, y1, +note TEXT);
"""


def bits(number: int) -> list[float]:
    """Return floats of random bits, those that are hardest to spell among them."""
    chance = random.Random(7)
    drawn = (struct.unpack("<d", chance.randbytes(8))[0] for _ in range(2 * number))
    hard = [5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1, 1e22, 1e23, 2.0**63]
    return [*hard, *(value for value in drawn if value == value)][:number]  # noqa: PLR0124 - NaN


def build(path: Path, *, encoding: str = "UTF-8", page_size: int = 4096) -> Path:
    """Make the database in a file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA encoding = '{encoding}'")
        connection.execute(f"PRAGMA page_size = {page_size}")
        connection.execute(f"PRAGMA auto_vacuum = {int(page_size < 4096)}")
        connection.executescript(SCHEMA)
        _fill(connection)
        for number, name in enumerate(NAMES):
            quoted = '"' + name.replace('"', '""') + '"'
            connection.execute(f"CREATE TABLE {quoted} ({quoted} TEXT, id INTEGER PRIMARY KEY)")
            connection.execute(f"INSERT INTO {quoted} VALUES (?, ?)", (name, number))
        connection.executescript(
            "PRAGMA user_version = 77; PRAGMA application_id = -5; ANALYZE;"
            "DELETE FROM books WHERE id = 5; INSERT INTO nodes VALUES (9, 99);"
        )
        connection.commit()
    return path


def _fill(connection: sqlite3.Connection) -> None:
    inf = float("inf")
    many = connection.executemany
    many("INSERT INTO authors VALUES (?, ?)", [(1, "Ann"), (2, "Bö"), (3, "x';--\n;\n")])
    many(
        "INSERT INTO books(author, title) VALUES (?, ?)",
        [(1, "One"), (1, "Two\n;\nlines"), (2, None), (None, "'';\n'"), (3, "gone")],
    )
    many("INSERT INTO nodes VALUES (?, ?)", [(1, None), (2, 1), (3, 3)])
    connection.executescript("INSERT INTO egg VALUES (1, 1); INSERT INTO hen VALUES (1, 1);")
    many("INSERT INTO made(a, d) VALUES (?, ?)", [(1, 0.5), (None, inf), (3, -inf)])
    kinds = [1, 1.0, "1", b"1", None, -0.0, 2**63 - 1, -(2**63), "", b""]
    many("INSERT INTO strict_one(r, t, b, a) VALUES (1, 'x', x'00', ?)", [(x,) for x in kinds])
    many("INSERT INTO keyed VALUES (?, ?, ?)", [("b", 2, 1.5), ("a", 1, None), ("b", 1, b"\0")])
    values = [*bits(3_000), inf, -inf, -0.0, 0.0]
    many("INSERT INTO numbers(x, n, any_kind, i) VALUES (?1, ?1, ?1, ?1)", [(x,) for x in values])
    many("INSERT INTO numbers VALUES (?1, ?1, ?1, ?1)", [(x,) for x in kinds])
    texts = ["plain", "a\0b", "\0", "'", "line\nline;\n", "日本\U0001f600", ";\n" * 500, ""]
    many("INSERT INTO texts(t, v, raw) VALUES (?1, ?1, ?2)", [(t, t.encode()) for t in texts])
    if connection.execute("PRAGMA encoding").fetchone() == ("UTF-8",):
        connection.execute("INSERT INTO texts(t, v) VALUES (CAST(x'ff00fe27' AS TEXT), 'odd')")
    connection.execute("INSERT INTO texts(raw) VALUES (zeroblob(3000000))")
    connection.execute("INSERT INTO texts(raw) VALUES (randomblob(1000000))")
    many("INSERT INTO unnumbered(rowid, name) VALUES (?, ?)", [(7, "x"), (-3, "y"), (2**40, "z")])
    many("INSERT INTO oddly_numbered VALUES (?, ?)", [("a", "x"), ("b", "y")])
    connection.execute("DELETE FROM oddly_numbered WHERE name = 'x'")
    many("INSERT INTO reversed VALUES (?, ?)", [(5, "x"), (3, "y")])
    connection.execute("INSERT INTO moments(j, flag) VALUES ('{\"a\": [1, null]}', 1)")
    many("INSERT INTO own_texts VALUES (?, ?)", [("running mice", "x"), ("a quick run", 5)])
    connection.execute("INSERT INTO own_texts(own_texts, rank) VALUES ('rank', 'bm25(3.0, 1.0)')")
    connection.execute("""INSERT INTO "outer texts"("outer texts") VALUES ('rebuild')""")
    connection.execute("INSERT INTO no_texts(rowid, a) VALUES (4, 'nothing is kept')")
    connection.execute("INSERT INTO four(docid, a, b) VALUES (12, 'running far', 'b')")
    connection.execute("INSERT INTO four_langs(a, lid) VALUES ('fünf', 3)")
    many(
        "INSERT INTO boxes VALUES (?, ?, ?, ?, ?, ?)",
        [(3, 0.1, 0.7, -1e30, 1, "b"), (9, 1, 2, 3, 4, None)],
    )


QUERIES = [
    "SELECT rowid, a FROM own_texts WHERE own_texts MATCH 'run' ORDER BY rank",
    """SELECT rowid FROM "outer texts" WHERE "outer texts" MATCH 'plain OR line'""",
    "SELECT rowid FROM no_texts WHERE no_texts MATCH 'nothing'",
    "SELECT docid, b FROM four WHERE four MATCH 'run'",
    "SELECT docid, lid FROM four_langs WHERE four_langs MATCH 'fünf' AND lid = 3",
    "SELECT term, cnt FROM words",
    "SELECT id FROM boxes WHERE x0 < 0.5",
    "SELECT * FROM few",
    "SELECT name, seq FROM sqlite_sequence",
    "SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY 1, 2",
    "PRAGMA integrity_check",
    *(f"PRAGMA {name}" for name in ("user_version", "application_id", "encoding", "auto_vacuum")),
]


def everything(path: Path) -> dict[str, list[object]]:
    """Tell all that can be seen in a database, to the last bit."""
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        rows = connection.execute(
            "SELECT name, type, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT IN "
            "(SELECT name FROM pragma_table_list WHERE type = 'shadow') ORDER BY name"
        ).fetchall()
        found: dict[str, list[object]] = {"schema": list(rows)}
        for name, type, _ in rows:
            if type in {b"table", b"view"}:
                found[name.decode()] = list(_records(connection, name.decode(), type))
        there = {name.decode() for name, *_ in rows}
        for query in QUERIES:
            if "own_texts" in there or query.startswith("PRAGMA"):
                found[query] = [_plain(row) for row in connection.execute(query)]
    return found


def _records(connection: sqlite3.Connection, name: str, type: bytes) -> Iterator[object]:
    quoted = '"' + name.replace('"', '""') + '"'
    numbered = type == b"table" and name not in {"keyed", "words", "oddly_numbered"}
    columns = "rowid, *" if numbered and not name.startswith("sqlite_stat") else "*"
    for row in connection.execute(f"SELECT {columns} FROM {quoted}"):
        yield _plain(row)


def _plain(row: tuple[object, ...]) -> list[object]:
    """Make values comparable: floats by their bits, and no text equals bytes."""
    return [
        struct.pack("<d", value) if isinstance(value, float) else (type(value).__name__, value)
        for value in row
    ]

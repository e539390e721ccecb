"""Anything at all as text, bytes, names and addresses: an error of ours, or an answer; no harm."""

from __future__ import annotations

import contextlib
import io
import tracemalloc
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scitex.db
from scitex.db import Database, DataError, Error, InMemory, SQLite3, col, connect
from scitex.db.services.arrays import packing
from scitex.db.services.compression import zstandard
from scitex.db.testing.postgres.database import Database as ScratchDatabase

USUAL = settings.default.max_examples * 3
PIECES = [
    *"();,*'\"`[]?:@$%|&=<>!~+-/\\{}#. \n\t\0",
    *"-- /* */ :: -> ->> || <> != ?? ?1 :x $1 $$ E' ''".split(),
    *"id word x t canary j".split(),
    *"AND OR NOT NULL IS IN LIKE BETWEEN CASE WHEN THEN END CAST AS SELECT FROM WHERE".split(),
    *"UNION DROP TABLE DELETE INSERT UPDATE ATTACH PRAGMA COPY LIMIT OFFSET ORDER BY".split(),
    *"1 0 -1 1e999 9223372036854775808 x'00' 'a' \"word\" lower( abs( pg_sleep(0) TRUE".split(),
    "日本",
    "\ud800",
    "\u202e",
]
SOUP = st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)
TEXTS = SOUP | st.text(max_size=40)
PARAMS: st.SearchStrategy[Any] = st.none() | st.lists(
    st.none() | st.integers() | st.text(max_size=5) | st.binary(max_size=3), max_size=3
)


def filled(db: Database) -> Database:
    """Return a database with a table that is asked, and one that must not change."""
    db.create_table("t", {"id": "INTEGER PRIMARY KEY", "word": "TEXT", "x": "REAL", "j": "JSON"})
    db.create_table("canary", {"id": "INTEGER PRIMARY KEY", "word": "TEXT"})
    db.insert_many("t", [{"word": "a", "x": 1.0, "j": {"a": [1]}}, {"word": None, "x": None}])
    db.insert("canary", {"word": "alive"})
    return db


@pytest.fixture(scope="module", params=["memory", "memory as postgresql", "sqlite", "postgresql"])
def asked(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Return a filled database of each engine."""
    if request.param == "sqlite":
        with SQLite3(":memory:") as db:
            yield filled(db)
    elif request.param == "postgresql":
        database: ScratchDatabase = request.getfixturevalue("postgresql_database")
        with (
            database.schema() as schema,
            scitex.db.PostgreSQL(**schema.params, schema=schema.name, timeout=5) as db,
        ):
            yield filled(db)
    else:
        with InMemory("postgresql" if "postgresql" in request.param else "sqlite") as db:
            yield filled(db)


def alive(db: Database) -> None:
    """See that nothing was changed by what only asks."""
    assert db.select("canary") == [{"id": 1, "word": "alive"}]
    assert (db.count("t"), db.in_transaction) == (2, False)


@settings(max_examples=USUAL)
@given(text=TEXTS, params=PARAMS)
def test_any_text_as_a_condition(asked: Database, text: str, params: Any) -> None:
    """It finds records or is refused; it never leaves its clause."""
    with contextlib.suppress(Error):
        asked.select("t", where=text, params=params, limit=1)
    alive(asked)


@settings(max_examples=USUAL)
@given(text=TEXTS)
def test_any_text_as_an_order(asked: Database, text: str) -> None:
    """It sorts or is refused."""
    with contextlib.suppress(Error):
        asked.select("t", order_by=text)
    alive(asked)


@settings(max_examples=USUAL)
@given(name=TEXTS, column=TEXTS, value=st.none() | st.integers() | st.text(max_size=5))
def test_any_text_as_a_name(asked: Database, name: str, column: str, value: Any) -> None:
    """A table or a column of that name is not there, or cannot be; both are said."""
    for call in (
        lambda: asked.select(name),
        lambda: asked.select("t", [column]),
        lambda: asked.count("t", where={column: value}),
        lambda: asked.insert(name, {column: value}),
        lambda: asked.list_indexes(name),
        lambda: asked.count("t", where=col("j")[name][column] == value),
    ):
        with contextlib.suppress(Error):
            call()
    asked.delete("canary", where="id > 1")
    asked.delete("t", where="id > 2")
    alive(asked)


@settings(max_examples=USUAL)
@given(
    address=TEXTS | st.builds("{}://{}".format, st.sampled_from(["sqlite", "x", ""]), TEXTS),
)
def test_any_text_as_an_address(tmp_path_factory: pytest.TempPathFactory, address: str) -> None:
    """It opens a file in this folder, or is refused; nothing is reached over a network."""
    folder = tmp_path_factory.mktemp("addresses")
    with contextlib.chdir(folder):
        if address.startswith(("/", "~", "postgres")) or ".." in address or "////" in address:
            return
        try:
            with connect(address) as db:
                db.list_tables()
        except (Error, OSError):
            pass


@settings(max_examples=USUAL)
@given(
    data=st.binary(max_size=200)
    | st.lists(
        st.sampled_from(
            [
                b"id",
                b"word",
                b",",
                b"\n",
                b"\r",
                b'"',
                b"\0",
                b"\xff",
                b"1",
                b"a",
                b" ",
                b"\xef\xbb\xbf",
            ]
        ),
        max_size=30,
    ).map(b"".join)
)
def test_any_bytes_as_csv(data: bytes) -> None:
    """A CSV of anything makes a table that tells as many records as were counted, or none."""
    with SQLite3(":memory:") as db:
        try:
            stored = db.import_from_csv("new", io.BytesIO(data))
        except (Error, UnicodeError):
            assert db.list_tables() == []
        else:
            assert db.count("new") == stored


@settings(max_examples=USUAL)
@given(
    place=st.integers(0, 10_000),
    junk=st.binary(max_size=8),
    compress=st.sampled_from([None, "zlib", "zstd"]),
)
def test_any_change_of_an_array(place: int, junk: bytes, compress: Any) -> None:
    """Bytes that were changed are the same array, or are told to be damaged."""
    array = np.arange(600, dtype=">i2").reshape(20, 30)
    good = scitex.db.array_to_bytes(array, compress=compress)
    place %= len(good)
    spoilt = good[:place] + junk + good[place + len(junk) :]
    try:
        found = scitex.db.array_from_bytes(spoilt)
    except DataError:
        return
    assert spoilt == good or compress is None or not junk
    if spoilt == good:
        assert np.array_equal(found, array)


@given(data=st.binary(max_size=300))
def test_any_bytes_as_an_array(data: bytes) -> None:
    """Bytes of anything are no array, which is said."""
    for start in (b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00"):
        with pytest.raises(DataError):
            scitex.db.array_from_bytes(start + data)


@settings(max_examples=USUAL)
@given(lines=st.lists(st.tuples(st.integers(0, 40), TEXTS), max_size=3))
def test_any_change_of_a_backup(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[int, str]]
) -> None:
    """A backup with lines of anything in it restores a database, or leaves what was there."""
    folder = tmp_path_factory.mktemp("backups")
    for kind in (SQLite3, InMemory):
        with filled(kind()) as db:
            db.backup_database(folder / "x.sql")
            text = (folder / "x.sql").read_text().split("\n")
            for place, line in lines:
                text.insert(place % len(text), line)
            (folder / "x.sql").write_bytes("\n".join(text).encode("utf-8", "surrogatepass"))
            before = db.list_tables()
            with contextlib.suppress(Error):
                db.restore_database(folder / "x.sql", verify=False, safety_copy=False)
                before = db.list_tables()
            assert db.list_tables() == before
            assert {path.name for path in folder.iterdir()} == {"x.sql"}


@pytest.mark.parametrize("codec", ["zlib", "zstd"])
def test_a_block_of_an_array_cannot_pretend_to_be_gigabytes(
    monkeypatch: pytest.MonkeyPatch, codec: Any
) -> None:
    """A few bytes that would make many are told to be damaged before they do."""
    many = bytes(256 * 2**20)
    bomb = zlib.compress(many, 9) if codec == "zlib" else zstandard().compress(many)
    with monkeypatch.context() as patch:
        patch.setattr(packing, "compressor", lambda _: lambda _: bomb)
        spoilt = scitex.db.array_to_bytes(np.zeros(100), compress=codec)
    assert len(spoilt) < 2**20

    tracemalloc.start()
    with pytest.raises(DataError, match="longer than it should be"):
        scitex.db.array_from_bytes(spoilt)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 32 * 2**20

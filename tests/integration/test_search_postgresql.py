"""Searching on PostgreSQL: the index is used, its server's oddities do not show."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from scitex.db import InMemory, PostgreSQL, SearchSpec, SQLite3
from scitex.db.domain.errors import UnsupportedFeatureError
from scitex.db.testing.contract.ground import ids
from scitex.db.testing.postgres.database import ScratchSchema
from tests.integration.servers import asked, opened

pytestmark = pytest.mark.engine("postgresql")

DECLARED = {"id": "INTEGER PRIMARY KEY", "x": "TEXT", "y": "TEXT"}


@pytest.fixture
def db(postgresql_schema: ScratchSchema) -> Iterator[PostgreSQL]:
    """Return an empty schema's database."""
    with opened(postgresql_schema) as db:
        yield db


@pytest.fixture
def many(db: PostgreSQL) -> PostgreSQL:
    """Return a database with a few thousand records that are searched."""
    db.create_table("t", DECLARED)
    db.enable_search("t", ["x", "y"])
    records = ({"id": n, "x": f"w{n % 500} filler", "y": f"é{n % 7}"} for n in range(5_000))
    db.insert_many("t", records)
    db.execute("ANALYZE t")
    return db


def test_the_index_is_used(many: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search for words asks the index, whatever else is asked beside it."""
    seen: list[Any] = []
    session = many.storage._sessions.current()
    run = session.rows
    monkeypatch.setattr(session, "rows", lambda *call: (seen.append(call), run(*call))[1])
    many.search("t", "w5")
    many.search("t", '"w5 filler" é3 -w6', columns="x", where="id > 5")
    many.search("t", "w7 -é2 日本", limit=5)
    monkeypatch.undo()

    plans = [
        " / ".join(row[0] for row in run(f"EXPLAIN {sql}", bound))
        for sql, bound in (call for call in seen if "ts_rank_cd" in call[0])
    ]

    assert len(plans) == 3
    assert [plan for plan in plans if "Bitmap Index Scan on scitex_search_t" not in plan] == []


def test_an_index_that_was_made_otherwise_is_used(many: PostgreSQL) -> None:
    """What is searched is asked for as the server tells it, whoever spelt it first."""
    made = many.query("SELECT indexdef FROM pg_indexes WHERE indexname = 'scitex_search_t'")
    many.execute("DROP INDEX scitex_search_t")
    many.execute(made[0]["indexdef"].replace("150000", "1234"))

    assert len(many.search("t", "w5 filler")) == 10
    assert many.get_search("t") == SearchSpec(("x", "y"))


def test_other_programs_keep_it_current(
    many: PostgreSQL, postgresql_schema: ScratchSchema
) -> None:
    """Whatever another program does with plain SQL is found, or found no more."""
    asked(postgresql_schema, "INSERT INTO t VALUES (9001, 'inserted', NULL)")
    asked(postgresql_schema, "UPDATE t SET x = 'updated' WHERE id = 5")

    assert [ids(many.search("t", text)) for text in ("inserted", "updated")] == [[9001], [5]]


@pytest.mark.parametrize("letter", ["w", "ж", "é"])
def test_a_very_long_text_is_stored(db: PostgreSQL, letter: str) -> None:
    """A text of millions of characters is stored; its beginning is found."""
    db.create_table("t", DECLARED)
    db.enable_search("t", ["x", "y"])
    text = "needle " + " ".join(f"{letter}{n:x}" for n in range(400_000))
    db.insert("t", {"id": 1, "x": text, "y": text})

    assert ids(db.search("t", f"needle {letter}1ff")) == [1]
    assert db.select("t", ["x"])[0]["x"] == text


def test_a_very_long_word_is_stored(db: PostgreSQL) -> None:
    """A word that no index can hold is passed over."""
    db.create_table("t", DECLARED)
    db.enable_search("t", "x")
    db.insert("t", {"id": 1, "x": "before " + "a" * 5_000 + " after"})

    assert ids(db.search("t", "before after")) == [1]


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("german", "Häuser", [1]),
        ("german", "häu*", [1]),
        ("german", "-häu*", []),
        ("german", "und", [1]),
        ("french", "cheval", []),
    ],
)
def test_the_servers_languages_are_known(
    db: PostgreSQL, language: str, text: str, found: list[int]
) -> None:
    """Other languages that the server knows are known too, no word left out."""
    db.create_table("t", DECLARED)
    db.enable_search("t", "x", language=language)
    db.insert("t", {"id": 1, "x": "ein Hauser und mehr"})

    assert ids(db.search("t", text)) == found
    assert db.get_search("t") == SearchSpec(("x",), language)


def test_an_unknown_language_makes_nothing(db: PostgreSQL) -> None:
    """A language that the server does not know leaves nothing behind."""
    db.create_table("t", DECLARED)
    with db.transaction():
        with pytest.raises(UnsupportedFeatureError, match="klingon"):
            db.enable_search("t", "x", language="klingon")
        db.enable_search("t", "x")

    left = db.query("SELECT cfgname FROM pg_ts_config WHERE cfgname LIKE '%klingon%'")

    assert (left, db.get_search("t")) == ([], SearchSpec(("x",)))


def test_two_may_enable_at_a_time(db: PostgreSQL, postgresql_schema: ScratchSchema) -> None:
    """Several connections that make tables searchable at a time are not in each other's way."""
    failed: list[BaseException] = []
    ready = threading.Barrier(4)

    def work(n: int) -> None:
        try:
            with opened(postgresql_schema) as mine:
                mine.create_table(f"t{n % 2}", DECLARED)
                ready.wait()
                mine.enable_search(f"t{n % 2}", "x")
        except BaseException as error:  # noqa: BLE001 - told by the assertion
            failed.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert db.get_search("t0") == db.get_search("t1") == SearchSpec(("x",))


def test_schemas_do_not_see_each_other(db: PostgreSQL, postgresql_schema: ScratchSchema) -> None:
    """A search goes with its schema, also where another one is looked in first."""
    db.create_table("t", DECLARED)
    db.enable_search("t", "x")
    db.insert("t", {"id": 1, "x": "word"})
    name = f"{postgresql_schema.name}_2"
    asked(postgresql_schema, f'CREATE SCHEMA "{name}"')
    try:
        with PostgreSQL(**postgresql_schema.params, schema=name) as second:
            second.create_table("t", DECLARED)

            assert second.get_search("t") is None
            second.enable_search("t", "y", language="simple")
            second.insert("t", {"id": 5, "y": "word"})

            assert (ids(second.search("t", "word")), ids(db.search("t", "word"))) == ([5], [1])
    finally:
        asked(postgresql_schema, f'DROP SCHEMA "{name}" CASCADE')


PIECES = (
    "mouse mice run running runs ran covid-19 covid 19 C++ don't état etat ÉTAT μm µm naïve "
    "relational relate generously skies sky dying 3.14 1e5 v1.2.3 2nd a/b x@y.org foo_bar &amp; "
    "<b>bold</b> http://a.org/b?c=d e-mail state-of-the-art the not to be 日本 本の東京 한국어 "
    "ΣΊΣΥΦΟΣ σίσυφος Йод х² x² 🎉 -dash --opt O'Neil 100% $5 #tag @me ½ … — “quoted” ;;; 5µm"
).split()


def test_engines_find_the_same(db: PostgreSQL) -> None:
    """Random texts of awkward pieces are found, and missed, by the same random searches."""
    chance = random.Random(8)
    glued = [piece for piece in PIECES if piece != "1e5"]  # the server would part 1e5abc
    records = [
        {
            "id": n,
            "x": " ".join(chance.choices(PIECES, k=chance.randrange(8))),
            "y": "".join(
                each + chance.choice(["", " ", "-", ", "]) for each in chance.choices(glued, k=4)
            ),
        }
        for n in range(300)
    ]
    texts = [
        " ".join(
            chance.choice(["", "", "", "-"]) + each.join(chance.choice([("", ""), ('"', '"')]))
            for each in chance.choices([*PIECES, "mice run", "covid 19"], k=chance.randrange(1, 4))
        )
        for _ in range(200)
    ]
    told = []
    with SQLite3(":memory:") as sqlite, InMemory() as memory:
        for engine in (db, sqlite, memory):
            engine.create_table("t", DECLARED)
            engine.insert_many("t", records)
            engine.enable_search("t", ["x", "y"])
            told.append([sorted(ids(engine.search("t", text, limit=None))) for text in texts])
    differing = [
        (text, *each) for text, *each in zip(texts, *told, strict=True) if each[1:] != each[:-1]
    ]

    assert differing == []
    assert sum(map(bool, told[0])) > 150

"""
What a search in many texts takes beside LIKE, and what it costs to keep its index current.

Run it with ``python benchmarks/searching.py``; SCALE=, ROUNDS=, SEED= and ONLY= are those of
README.md beside this file.  Texts are words of chance, the n-th of which stands in a text about
as often as 1/n, as in what people write: a title of 8 words and a body of 80.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from measuring import Effort, Lane, OtherWorkError, Piece, Turn, take_turns
from places import postgresql_server, sqlite_folder
from reports import differences, ratios, surroundings

from scitex.db import Database, PostgreSQL, SQLite3
from scitex.db.testing import temporary_postgres

RECORDS = 200_000
STORED = 100_000
ROUNDS = 5
VOCABULARY = 50_000
PAPERS = {"id": "INTEGER PRIMARY KEY", "title": "TEXT", "body": "TEXT"}
# The word of this rank is in about so many of 200,000 texts.
RANKS = {"a rare word": 20_000, "a word of the field": 1_000, "a common word": 100}
Opened = Callable[[], Database]


class Texts:
    """
    Texts of chance.

    Parameters
    ----------
    chance : random.Random
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        letters = "abcdefghijklmnopqrstuvwxyz"
        made = {
            "".join(chance.choices(letters, k=chance.randrange(4, 11))) for _ in range(VOCABULARY)
        }
        self.words = sorted(made)
        chance.shuffle(self.words)
        total, self._weights = 0.0, []
        for place in range(len(self.words)):
            total += 1 / (place + 3)
            self._weights.append(total)

    def text(self, words: int) -> str:
        """Return a text of so many words."""
        return " ".join(self._chance.choices(self.words, cum_weights=self._weights, k=words))

    def records(self, count: int, first: int = 1) -> list[dict[str, Any]]:
        """Return so many records."""
        return [
            {"id": first + place, "title": self.text(8), "body": self.text(80)}
            for place in range(count)
        ]


def main() -> None:
    """Measure both engines, and print it as it comes."""
    effort = Effort.asked_for()
    texts = Texts(random.Random(effort.seed))
    records = texts.records(effort.calls(RECORDS))
    with sqlite_folder() as files, temporary_postgres(durable=False) as server:
        print(surroundings(effort, packages=("scitex-db",), folder=files.folder.parent))
        path = files.folder / "papers.db"
        show("SQLite", partial(SQLite3, path), texts, records, effort)
        print(f"\nfile: {_megabytes(path):.0f} MB")
        with postgresql_server(server.params) as tables, tables.schema() as place:
            opened = partial(PostgreSQL, **server.params, schema=place.schema)
            show(f"PostgreSQL {server.version}", opened, texts, records, effort)
            with opened() as db:
                print(f"\n{_sizes(db)}")


def show(
    engine: str, opened: Opened, texts: Texts, records: list[dict[str, Any]], effort: Effort
) -> None:
    """
    Measure one engine and print its tables.

    Parameters
    ----------
    engine : str
    opened : callable
        Opens the database.
    texts : Texts
    records : list of dict
        What is searched.
    effort : Effort
    """
    if not effort.wants(engine):
        return
    chance = random.Random(effort.seed)
    count, rounds = effort.calls(STORED), effort.turns(ROUNDS)
    more = texts.records(count, first=len(records) + 1)
    with opened() as db:
        db.create_table("papers", PAPERS)
        db.insert_many("papers", records)
        lanes = [
            Lane(f"insert_many, {what}", partial(_stored, db, more, searched=searched))
            for what, searched in (("nothing searched", False), ("searched", True))
        ]
        print(f"\n{engine}: keeping an index of {count:,} new records current\n", flush=True)
        print(ratios(take_turns(lanes, rounds=min(rounds, 3), chance=chance), per_turn=count))
        lane = Lane("enable_search", partial(_enabled, db))
        timings = take_turns([lane], rounds=1, chance=chance)
        print(f"\n{engine}: indexing {len(records):,} records\n\n{differences(timings, unit='s')}")
        if db.engine == "postgresql":
            db.execute("VACUUM ANALYZE papers")
        for what, text in _asked(texts):
            found = len(db.search("papers", text, limit=None))
            lanes = [Lane(name, partial(_turn, call)) for name, call in _calls(db, text)]
            timings = take_turns(lanes, rounds=rounds, chance=chance)
            print(f"\n{engine}: {what}, found in {found:,} of {len(records):,}\n", flush=True)
            print(ratios(timings, unit="ms"), flush=True)


def _asked(texts: Texts) -> Iterator[tuple[str, str]]:
    for what, rank in RANKS.items():
        yield what, texts.words[rank]
    yield "two common words", f"{texts.words[100]} {texts.words[150]}"
    yield "two words side by side", f'"{texts.words[20]} {texts.words[30]}"'


def _calls(db: Database, text: str) -> list[tuple[str, Callable[[], object]]]:
    words = text.strip('"').split()
    parts = [f"%{text[1:-1]}%"] if text.startswith('"') else [f"%{word}%" for word in words]
    one = "(title LIKE ? OR body LIKE ?)"
    where = " AND ".join([one] * len(parts))
    params = [part for part in parts for _ in range(2)]
    return [
        ("LIKE, counted", lambda: db.count("papers", where=where, params=params)),
        ("search, the best 10", lambda: db.search("papers", text, limit=10)),
        ("with score and snippet", partial(db.search, "papers", text, limit=10, snippet="x")),
    ]


@contextlib.contextmanager
def _turn(call: Callable[[], object]) -> Iterator[Turn]:
    call()
    yield Turn([Piece(call)], lambda _: None)


@contextlib.contextmanager
def _enabled(db: Database) -> Iterator[Turn]:
    yield Turn([Piece(lambda: db.enable_search("papers", ["title", "body"]))], lambda _: None)


@contextlib.contextmanager
def _stored(db: Database, records: list[dict[str, Any]], *, searched: bool) -> Iterator[Turn]:
    def check(answers: list[Any]) -> None:
        word = records[-1]["title"].split()[0]
        found = searched and db.search("new", word, where={"id": records[-1]["id"]})
        if answers != [len(records)] or (searched and not found):
            raise OtherWorkError(f"not all of {len(records)} records are there")

    db.create_table("new", PAPERS)
    if searched:
        db.enable_search("new", ["title", "body"])
        db.search("new", "word")
    yield Turn([Piece(lambda: db.insert_many("new", records))], check)
    db.drop_table("new")


def _megabytes(path: Path) -> float:
    return path.stat().st_size / 1e6 if path.exists() else 0.0


def _sizes(db: Database) -> str:
    if not db.table_exists("papers"):
        return ""
    sizes = db.query(
        "SELECT relname, pg_total_relation_size(oid) / 1e6 AS size FROM pg_class "
        "WHERE relname IN ('papers', 'scitex_search_papers') ORDER BY relname"
    )
    return ", ".join(f"{row['relname']}: {row['size']:.0f} MB" for row in sizes)


if __name__ == "__main__":
    main()

"""
What objects cost beside dicts, and beside SQLAlchemy's.

Run it with ``python benchmarks/repositories.py``; SCALE=, ROUNDS=, SEED= and ONLY= are those of
README.md beside this file.  A hundred thousand objects of six fields are stored, and found again.
SQLAlchemy's are stored by ``session.add_all`` and by its bulk insert of dicts, and read as mapped
objects.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import attrs
from measuring import Effort, Lane, OtherWorkError, Piece, Turn, take_turns
from peers import postgresql_engine, sqlite_engine
from places import postgresql_server, sqlite_folder
from reports import ratios, surroundings

from scitex.db import Database, PostgreSQL, SQLite3
from scitex.db.testing import temporary_postgres

OBJECTS = 100_000
ROUNDS = 7


@attrs.define
class Shot:
    """What is stored."""

    id: int
    name: str
    n: int
    x: float
    ok: bool
    at: dt.datetime


def main() -> None:
    """Measure both engines, and print it as it comes."""
    effort = Effort.asked_for()
    with sqlite_folder() as files, temporary_postgres(durable=False) as server:
        print(
            surroundings(effort, packages=("scitex-db", "sqlalchemy"), folder=files.folder.parent)
        )
        path = files.folder / "shots.db"
        with SQLite3(path) as db:
            show("SQLite", db, partial(sqlite_engine, path), effort)
        with (
            postgresql_server(server.params) as tables,
            tables.schema() as place,
            PostgreSQL(**server.params, schema=place.schema) as db,
        ):
            found = {**server.params, "options": f"-c search_path={place.schema}"}
            engine = partial(postgresql_engine, found)
            show(f"PostgreSQL {server.version}", db, engine, effort)


def show(engine: str, db: Database, connect: Callable[[], Any], effort: Effort) -> None:
    """Measure one engine and print its tables."""
    if not effort.wants(engine):
        return
    count, rounds = effort.calls(OBJECTS), effort.turns(ROUNDS)
    chance = random.Random(effort.seed)
    start = dt.datetime(2025, 5, 30)  # noqa: DTZ001 - a column without a zone
    rows = [
        {
            "id": number,
            "name": f"subject {number % 1000}",
            "n": number * 7,
            "x": number / 7,
            "ok": number % 3 == 0,
            "at": start + dt.timedelta(seconds=number),
        }
        for number in range(1, count + 1)
    ]
    shots = db.repository(Shot, table="shots")
    shots.create_table()
    theirs = Theirs(connect())
    ours = [Shot(**row) for row in rows]  # type: ignore[arg-type]
    stored = partial(_stored, db, count)
    lanes = [
        Lane("insert_many of dicts", partial(stored, lambda: db.insert_many("shots", rows))),
        Lane("Repository.add_all", partial(stored, lambda: shots.add_all(ours))),
        Lane("SQLAlchemy, bulk of dicts", partial(stored, partial(theirs.bulk, rows))),
        Lane("SQLAlchemy, add_all", partial(stored, partial(theirs.add_all, rows))),
    ]
    print(f"\n{engine}: {count:,} objects stored\n", flush=True)
    print(ratios(take_turns(lanes, rounds=rounds, chance=chance), per_turn=count), flush=True)
    db.insert_many("shots", rows)
    lanes = [
        Lane("select of dicts", partial(_found, count, lambda: db.select("shots"))),
        Lane("Repository.find", partial(_found, count, shots.find)),
        Lane("SQLAlchemy, mapped objects", partial(_found, count, theirs.find)),
    ]
    print(f"\n{engine}: {count:,} objects found\n", flush=True)
    print(ratios(take_turns(lanes, rounds=rounds, chance=chance), per_turn=count), flush=True)
    theirs.engine.dispose()


class Theirs:
    """The same by SQLAlchemy."""

    def __init__(self, engine: Any) -> None:
        import sqlalchemy as sa
        from sqlalchemy.orm import DeclarativeBase

        class Base(DeclarativeBase):
            pass

        class Row(Base):
            __table__ = sa.Table(
                "shots",
                Base.metadata,
                sa.Column("id", sa.BigInteger, primary_key=True),
                sa.Column("name", sa.Text),
                sa.Column("n", sa.BigInteger),
                sa.Column("x", sa.Double),
                sa.Column("ok", sa.Boolean),
                sa.Column("at", sa.DateTime),
            )

        self.engine, self.kind = engine, Row

    def bulk(self, rows: list[dict[str, Any]]) -> None:
        """Store by the ORM's bulk insert."""
        import sqlalchemy as sa
        from sqlalchemy.orm import Session

        with Session(self.engine) as session:
            session.execute(sa.insert(self.kind), rows)
            session.commit()

    def add_all(self, rows: list[dict[str, Any]]) -> None:
        """Store objects, made before they are given, as ours are, but not twice the same."""
        from sqlalchemy.orm import Session

        with Session(self.engine) as session:
            session.add_all([self.kind(**row) for row in rows])
            session.commit()

    def find(self) -> list[Any]:
        """Find all objects."""
        import sqlalchemy as sa
        from sqlalchemy.orm import Session

        with Session(self.engine) as session:
            return list(session.scalars(sa.select(self.kind)))


@contextlib.contextmanager
def _stored(db: Database, count: int, work: Callable[[], object]) -> Iterator[Turn]:
    def check(_: list[Any]) -> None:
        if (found := db.count("shots")) != count:
            raise OtherWorkError(f"{found} were stored, not {count}")

    yield Turn([Piece(work)], check)
    db.delete("shots", where="1 = 1")


@contextlib.contextmanager
def _found(count: int, work: Callable[[], list[Any]]) -> Iterator[Turn]:
    def check(answers: list[Any]) -> None:
        if len(answers[0]) != count:
            raise OtherWorkError(f"{len(answers[0])} were found, not {count}")

    yield Turn([Piece(work)], check)


if __name__ == "__main__":
    main()

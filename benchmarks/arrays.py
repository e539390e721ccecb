"""
Arrays into a database and out of one, beside the raw drivers with ready bytes.

Run it with ``python benchmarks/arrays.py``; README.md beside this file tells how to read what it
prints.  ``SCALE=`` is a factor on the sizes.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psycopg2
from measuring import Effort, Lane, OtherWorkError, Piece, Turn, take_turns
from places import sqlite_folder
from reports import ratios, surroundings

from scitex.db import Database, PostgreSQL, SQLite3
from scitex.db.testing import temporary_postgres

PACKAGES = ("scitex-db", "numpy", "psycopg2-binary")
SIZES = (1, 64)  # MB
ROUNDS = 7
TABLE = {"id": "INTEGER PRIMARY KEY", "data": "BLOB"}
KEY = 1  # of what is stored
Array = Any
Opened = Callable[[], contextlib.AbstractContextManager[tuple[Any, Database]]]


@contextlib.contextmanager
def on_sqlite(folder: Path, page_size: int) -> Iterator[tuple[Any, Database]]:
    """Open a fresh file by the driver and by the package, with the same settings."""
    path = folder / "arrays.db"
    with SQLite3(path, synchronous="NORMAL", page_size=page_size) as db:
        db.create_table("arrays", TABLE)
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA synchronous = NORMAL")
        try:
            yield connection, db
        finally:
            connection.close()
    for file in folder.glob("arrays.db*"):
        file.unlink()


@contextlib.contextmanager
def on_postgresql(dsn: str) -> Iterator[tuple[Any, Database]]:
    """Open a server by the driver and by the package, with a fresh table."""
    with PostgreSQL(dsn) as db:
        db.create_table("arrays", TABLE)
        connection = psycopg2.connect(dsn)
        connection.autocommit = True
        try:
            yield connection, db
        finally:
            connection.close()
            db.drop_table("arrays")


def put(connection: Any, data: Any) -> None:
    """Store ready bytes by the driver."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("INSERT INTO arrays VALUES (?, ?)", (KEY, data))
    else:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO arrays VALUES (%s, %s)", (KEY, psycopg2.Binary(data)))


def got(connection: Any) -> bytes:
    """Load the bytes that `put` stored."""
    sql = f"SELECT data FROM arrays WHERE id = {KEY}"
    if isinstance(connection, sqlite3.Connection):
        found: bytes = connection.execute(sql).fetchone()[0]
        return found
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return bytes(cursor.fetchone()[0])


def saved(array: Array, path: Path) -> None:
    """Write a .npy file to the disk."""
    with path.open("wb") as file:
        np.save(file, array)
        file.flush()
        os.fsync(file.fileno())


def storing(array: Array, opened: Opened, folder: Path) -> list[Lane]:
    """Return the lanes that store an array; the first has its bytes ready."""
    ready = array.tobytes()

    def lane(name: str, work: Callable[[Any, Database], object]) -> Lane:
        @contextlib.contextmanager
        def turn() -> Iterator[Turn]:
            with opened() as (connection, db):

                def check(_: list[Any]) -> None:
                    if "np.save" not in name and db.count("arrays") != 1:
                        raise OtherWorkError("the array is not there")

                yield Turn([Piece(partial(work, connection, db))], check)

        return Lane(name, turn)

    def ours(compress: Any) -> Callable[[Any, Database], object]:
        return lambda _, db: db.store_array("arrays", {"data": array}, compress=compress)

    return [
        lane("driver, ready bytes", lambda connection, _: put(connection, ready)),
        lane("the same once more", lambda connection, _: put(connection, ready)),
        lane("scitex.db, store_array", ours(None)),
        lane("scitex.db, store_array, zstd", ours("zstd")),
        lane("scitex.db, store_array, zlib", ours("zlib")),
        lane("pickle, driver", lambda connection, _: put(connection, pickle.dumps(array, 5))),
        lane("np.save, fsync", lambda *_: saved(array, folder / "array.npy")),
    ]


def read(connection: Any, _: Database) -> Array:
    """Load an array whose bytes are in the database."""
    return np.frombuffer(got(connection))


def unpickled(connection: Any, _: Database) -> Array:
    """Load an array that was pickled."""
    return pickle.loads(got(connection))  # noqa: S301 - its own


def loading(array: Array, opened: Opened, folder: Path) -> list[Lane]:
    """Return the lanes that load an array, and a thousand values out of it."""
    rows = slice(len(array) // 2, len(array) // 2 + 1000)
    ready, dumped, file = array.tobytes(), pickle.dumps(array, 5), folder / "array.npy"

    def ours(name: str, compress: Any = None, **asked: Any) -> Lane:
        def before(_: Any, db: Database) -> None:
            db.store_array("arrays", {"data": array}, compress=compress)
            db.array_info("arrays", "data", where={"id": KEY})  # the plan is there

        def work(_: Any, db: Database) -> Array:
            return db.get_array("arrays", "data", where={"id": KEY}, **asked)

        return loaded(name, opened, before, work, array[asked.get("rows", slice(None))])

    def raw(name: str, data: bytes, work: Callable[[Any, Database], Array]) -> Lane:
        return loaded(name, opened, lambda connection, _: put(connection, data), work, array)

    return [
        raw("driver, bytes", ready, read),
        raw("the same once more", ready, read),
        ours("scitex.db, get_array"),
        ours("scitex.db, get_array, zstd", "zstd"),
        ours("scitex.db, get_array, 1,000 values", rows=rows),
        raw("driver, pickle", dumped, unpickled),
        loaded("np.load", opened, lambda *_: saved(array, file), lambda *_: np.load(file), array),
    ]


def loaded(
    name: str,
    opened: Opened,
    before: Callable[[Any, Database], object],
    work: Callable[[Any, Database], Array],
    wanted: Array,
) -> Lane:
    """Make a lane that loads what was stored before."""

    @contextlib.contextmanager
    def turn() -> Iterator[Turn]:
        with opened() as (connection, db):
            before(connection, db)

            def check(answers: list[Any]) -> None:
                if not np.array_equal(answers[0], wanted):
                    raise OtherWorkError("it is another array")

            yield Turn([Piece(partial(work, connection, db))], check)

    return Lane(name, turn)


def show(engine: str, opened: Opened, folder: Path, effort: Effort, chance: random.Random) -> None:
    """Measure one engine and print its tables."""
    for size in SIZES:
        array = np.random.default_rng(0).random(effort.calls(size * 1_000_000 // 8))
        for deed, lanes in (("store", storing), ("load", loading)):
            title = f"{engine}: {deed} {array.nbytes / 1e6:g} MB of float64"
            if effort.wants(title):
                rounds = effort.turns(ROUNDS)
                found = take_turns(lanes(array, opened, folder), rounds=rounds, chance=chance)
                print(f"\n{title}\nrounds: {rounds}\n", flush=True)
                print(ratios(found, unit="ms"), flush=True)


def main() -> None:
    """Measure both engines, and print it as it comes."""
    effort = Effort.asked_for()
    chance = random.Random(effort.seed)
    with sqlite_folder() as files, tempfile.TemporaryDirectory(dir=files.folder.parent) as own:
        folder = Path(own)
        print(surroundings(effort, packages=PACKAGES, folder=folder))
        for page_size in (4096, 65536):
            title = f"SQLite, pages of {page_size} bytes"
            show(title, partial(on_sqlite, folder, page_size), folder, effort, chance)
        with temporary_postgres() as server:
            show("PostgreSQL", partial(on_postgresql, server.dsn), folder, effort, chance)


if __name__ == "__main__":
    main()

"""Mixed work for a while, every record of it accounted for: what the processes of a soak do."""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from scitex.db import Database, connect

TABLE = {
    "id": "INTEGER PRIMARY KEY",
    "who": "TEXT NOT NULL",
    "key": "INTEGER NOT NULL",
    "value": "REAL",
    "note": "TEXT",
}
UNIQUE = [("who", "key")]
KEYS = 500  # of each worker
THREADS = 3


class Worker(threading.Thread):
    """
    One thread that writes and reads records of its own, and keeps a book of what must be there.

    Parameters
    ----------
    db : Database
    name : str
    end : float
        When to stop, by ``time.monotonic()``.

    Attributes
    ----------
    book : dict of int to float
        The value of each key.
    wrong : list
        Where the database said something else.
    seconds : dict of str to list of float
        How long each call of each kind took.
    """

    def __init__(self, db: Database, name: str, end: float) -> None:
        super().__init__()
        self.db, self.who, self.end = db, name, end
        self.book: dict[int, float] = {}
        self.wrong: list[str] = []
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self._chance = random.Random(name)

    def run(self) -> None:
        """Do one thing after another until the time is over."""
        deeds: list[Callable[[], None]] = [
            *(self._put, self._put_many, self._change, self._remove),
            *(self._undo, self._look, self._look_at_all),
        ]
        try:
            while time.monotonic() < self.end:
                deed = self._chance.choice(deeds)
                began = time.perf_counter()
                deed()
                self.seconds[deed.__name__.strip("_")].append(time.perf_counter() - began)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test is to tell it
            self.wrong.append(f"{type(error).__name__}: {error}")

    def _key(self) -> int:
        return self._chance.randrange(KEYS)

    def _record(self, key: int, value: float) -> dict[str, object]:
        return {"who": self.who, "key": key, "value": value, "note": f"ü {value}" * 3}

    def _put(self) -> None:
        """One record, new or not."""
        key, value = self._key(), self._chance.random()
        self._store([self._record(key, value)])
        self.book[key] = value

    def _put_many(self) -> None:
        """Fifty at once."""
        new = {self._key(): self._chance.random() for _ in range(50)}
        records = [self._record(key, value) for key, value in new.items()]
        self._store(records)
        self.book.update(new)

    def _store(self, records: list[dict[str, object]]) -> None:
        self.db.insert_many("soak", records, on_conflict="update", conflict_columns=["who", "key"])

    def _change(self) -> None:
        key, value = self._key(), self._chance.random()
        changed = self.db.update("soak", {"value": value}, where={"who": self.who, "key": key})
        self._expect("changed", changed, int(key in self.book))
        if key in self.book:
            self.book[key] = value

    def _remove(self) -> None:
        key = self._key()
        gone = self.db.delete("soak", where={"who": self.who, "key": [key, key + 1]})
        there = [each for each in (key, key + 1) if self.book.pop(each, None) is not None]
        self._expect("removed", gone, len(there))

    def _undo(self) -> None:
        """A transaction that comes to nothing."""
        self.db.begin_transaction()
        self.db.delete("soak", where={"who": self.who})
        self.db.insert("soak", self._record(KEYS + 1, 0.0))
        self.db.rollback()

    def _look(self) -> None:
        key = self._key()
        found = self.db.select("soak", ["value"], where={"who": self.who, "key": key})
        wanted = [{"value": self.book[key]}] if key in self.book else []
        self._expect("value", found, wanted)

    def _look_at_all(self) -> None:
        found = self.db.count("soak", where="who = ?", params=[self.who])
        self._expect("count", found, len(self.book))

    def _expect(self, what: str, found: object, wanted: object) -> None:
        if found != wanted:
            self.wrong.append(f"{what}: found {found!r} for {wanted!r}")


def measured() -> dict[str, int]:
    """Return how much memory this process has, in KiB, and how many files are open in it."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {"memory": pages * 4, "files": len(list(Path("/proc/self/fd").iterdir()))}


def main(address: str, name: str, seconds: float) -> None:
    """Soak a database from this process; print the book and what was measured, as JSON."""
    with connect(address, timeout=120) as db:
        end = time.monotonic() + seconds
        workers = [Worker(db, f"{name}/{place}", end) for place in range(THREADS)]
        for worker in workers:
            worker.start()
        time.sleep(seconds / 4)  # by then all is warm
        before = measured()
        time.sleep(max(0.0, end - time.monotonic() - seconds / 20))
        after = measured()
        for worker in workers:
            worker.join()
    took: dict[str, list[float]] = defaultdict(list)
    for worker in workers:
        for kind, several in worker.seconds.items():
            took[kind] += several
    told = {
        "book": {worker.who: worker.book for worker in workers},
        "wrong": [each for worker in workers for each in worker.wrong],
        "before": before,
        "after": after,
        "took": {kind: np.round(several, 6).tolist() for kind, several in took.items()},
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))

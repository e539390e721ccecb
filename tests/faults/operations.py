"""What is killed: operations of which each leaves all or nothing, and what that means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd

from scitex.db import Database, DatabaseSync, ExperimentTracker, TimeSeriesDB, connect

ROWS = 3_000
TABLE = {"id": "INTEGER PRIMARY KEY", "word": "TEXT NOT NULL", "x": "REAL"}
START = dt.datetime(2025, 5, 30)
Act = Callable[[Database, Path], object]


@attrs.frozen
class Operation:
    """
    An operation that may be killed.

    Attributes
    ----------
    *steps : callable
        What it does, one after the other; each is done wholly or not at all.
    remote : bool, default False
        Whether another database takes part, ``remote.db`` in the folder.
    """

    steps: tuple[Act, ...]
    remote: bool = False

    def act(self, db: Database, folder: Path) -> None:
        """Do all of it."""
        for step in self.steps:
            step(db, folder)


def _one(act: Act, *, remote: bool = False) -> Operation:
    return Operation((act,), remote=remote)


def prepare(db: Database, folder: Path) -> None:
    """Fill a database with what the operations work on."""
    db.create_table("t", TABLE)
    db.insert_many("t", [{"id": n, "word": f"word {n % 50}", "x": n / 7} for n in range(ROWS)])
    db.create_index("t", "x")
    series = TimeSeriesDB(db)
    minute = dt.timedelta(minutes=1)
    series.insert_readings(
        "room", [{"timestamp": START + n * minute, "value": n} for n in range(500)]
    )
    with ExperimentTracker(db, provenance=False, spool=folder) as tracker:
        tracker.log_run("first", {"lr": 1}, {"loss": 0.5})
    lines = "\n".join(f"{n},word {n},{n / 3}" for n in range(ROWS, 2 * ROWS))
    (folder / "more.csv").write_text(f"id,word,x\n{lines}\n")
    db.backup_database(folder / "before.sql")
    db.update("t", {"x": 0.25}, where="id < 10")


def _upsert(db: Database, _: Path) -> None:
    rows = ({"id": n, "word": "upserted", "x": 1.0} for n in range(ROWS - 500, ROWS + 500))
    db.insert_many("t", rows, on_conflict="update", conflict_columns=["id"])


def _replace(db: Database, _: Path) -> None:
    frame = pd.DataFrame({"word": ["new"] * ROWS, "y": np.arange(ROWS) / 3})
    db.from_dataframe(frame, "t", if_exists="replace")


_SCHEMA: tuple[Act, ...] = (
    lambda db, _: db.create_table("made", TABLE),
    lambda db, _: db.add_column("t", "extra", "INTEGER DEFAULT 5"),
    lambda db, _: db.rename_column("t", "word", "words"),
    lambda db, _: db.create_index("t", "words"),
    lambda db, _: db.rename_table("made", "remade"),
    lambda db, _: db.drop_column("t", "extra"),
    lambda db, _: db.drop_table("remade"),
)


def _transaction(db: Database, _: Path) -> None:
    with db.transaction():
        db.update("t", {"x": 0.0}, where="id < 100")
        db.delete("t", where="id >= 2000")
        with db.transaction():
            db.insert("t", {"id": 9_999, "word": "inner"})
        db.create_table("with_it", TABLE)


def _sync(db: Database, folder: Path) -> None:
    with connect(folder / "remote.db") as remote, DatabaseSync(db, remote) as sync:
        sync.sync_all(["t"])


def _log_run(number: int) -> Act:
    def act(db: Database, folder: Path) -> None:
        with ExperimentTracker(db, provenance=False, spool=folder) as tracker:
            tracker.log_run(f"run {number}", {"lr": number}, {"loss": 0.1, "acc": 0.9})

    return act


OPERATIONS: dict[str, Operation] = {
    "insert_many": _one(
        lambda db, _: db.insert_many("t", ({"word": "w", "x": n} for n in range(ROWS)))
    ),
    "update_many": _one(
        lambda db, _: db.update_many("t", [{"id": n, "x": -1.0} for n in range(ROWS)])
    ),
    "upsert": _one(_upsert),
    "transaction": _one(_transaction),
    "import_from_csv": _one(lambda db, folder: db.import_from_csv("t", folder / "more.csv")),
    "from_dataframe": _one(_replace),
    "schema": Operation(_SCHEMA),
    "delete_duplicates": _one(lambda db, _: db.delete_duplicates("t", on="word")),
    "backup": _one(lambda db, folder: db.backup_database(folder / "new.sql.gz")),
    "restore": _one(
        lambda db, folder: db.restore_database(folder / "before.sql", safety_copy=False)
    ),
    "sync": _one(_sync, remote=True),
    "tracker": Operation((_log_run(1), _log_run(2), _log_run(3))),
    "retention": _one(lambda db, _: TimeSeriesDB(db).retain(START + dt.timedelta(minutes=250))),
}


def state(db: Database) -> dict[str, Any]:
    """Return what tells one state of a database from another."""
    tables = [name for name in db.list_tables() if not name.startswith("_scitex")]
    return {
        name: (db.get_table(name), db.list_indexes(name), _content(db, name)) for name in tables
    }


def _content(db: Database, name: str) -> Any:
    """Return what is in a table; moments that a run notes by the clock are left out."""
    if name.startswith(("runs", "run_", "experiment")):
        return db.count(name)
    return db.fingerprint(name).digest

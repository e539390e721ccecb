"""
A small application: the trials of a laboratory, and which of its subjects are to come again.

It knows the package's interface and no engine.  `main` opens a file; the tests in ``tests/`` give
it a database in memory, and one of each engine.
"""

from __future__ import annotations

import datetime as dt
import sys

import attrs

from scitex.db import Database, SQLite3, col


@attrs.define
class Subject:
    """Somebody who takes part."""

    name: str
    born: dt.date
    id: int | None = None


@attrs.define
class Trial:
    """What somebody did on a day."""

    subject: int = attrs.field(metadata={"sql": "INTEGER REFERENCES subjects(id)"})
    at: dt.datetime
    score: float
    answers: list[str] = attrs.Factory(list)
    version: int = 1
    id: int | None = None


class Notebook:
    """
    The notebook of a laboratory.

    Parameters
    ----------
    db : Database
        Of any engine; its tables are made where they are missing.
    """

    def __init__(self, db: Database) -> None:
        self.db = db
        self.subjects = db.repository(Subject, table="subjects")
        self.trials = db.repository(Trial, table="trials", version="version")
        for repository in (self.subjects, self.trials):
            repository.create_table()

    def enrol(self, name: str, born: dt.date) -> Subject:
        """Take somebody in."""
        return self.subjects.add(Subject(name, born))

    def record(self, subject: Subject, trials: list[tuple[dt.datetime, float]]) -> int:
        """Write a session down, all of it or nothing; return how many trials it has."""
        if subject.id is None:
            raise LookupError(f"{subject.name} is not enrolled")
        found = [Trial(subject.id, at, score) for at, score in trials]
        return self.trials.add_all(found)

    def rescale(self, subject: Subject, factor: float) -> None:
        """Correct all of somebody's scores together."""
        with self.db.unit_of_work() as unit:
            trials = unit.repository(Trial, table="trials", version="version")
            for trial in trials.find({"subject": subject.id}):
                trial.score *= factor

    def to_come_again(self, below: float) -> list[str]:
        """Name those with a score below a bound, in order."""
        low = {trial.subject for trial in self.trials.find(col("score") < below)}
        found = self.subjects.find({"id": sorted(low)}, order_by="name") if low else []
        return [subject.name for subject in found]


def main() -> None:
    """Show it on a file."""
    path = sys.argv[1] if len(sys.argv) > 1 else ":memory:"
    with SQLite3(path) as db:
        notebook = Notebook(db)
        ada = notebook.enrol("Ada", dt.date(1990, 12, 10))
        notebook.record(ada, [(dt.datetime(2025, 5, 30, 9), 0.25)])  # noqa: DTZ001 - the lab's own clock
        print(notebook.to_come_again(below=0.5))


if __name__ == "__main__":
    main()

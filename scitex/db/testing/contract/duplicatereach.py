"""Laws about duplicates that other records refer to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scitex.db import Database
from scitex.db.domain.errors import (
    DatabaseWarning,
    ForeignKeyError,
)
from scitex.db.testing.contract.duplicateground import AGREED, DuplicateGround


class DuplicateReachLaws(DuplicateGround):
    """What must hold for what goes along with duplicates."""

    def test_records_that_are_needed_stay(self, shots: Database) -> None:
        """A record that others refer to is not removed, nor is any other, and it is said why."""
        shots.create_table(
            "notes", {"id": "INTEGER PRIMARY KEY", "shot": "INTEGER REFERENCES shots(id)"}
        )
        shots.insert("notes", {"shot": 5})
        with pytest.raises(ForeignKeyError, match=r"'notes'(.|\n)*hint: .*ON DELETE"):
            shots.delete_duplicates("shots", AGREED)

        assert self._left(shots) == list(range(1, 9))

    def test_what_refers_to_them_goes_along_where_declared(self, shots: Database) -> None:
        """Where a foreign key says what happens on deleting, that happens."""
        shots.create_table(
            "notes",
            {
                "id": "INTEGER PRIMARY KEY",
                "shot": "INTEGER REFERENCES shots(id) ON DELETE CASCADE",
                "other": "INTEGER REFERENCES shots(id) ON DELETE SET NULL",
            },
        )
        shots.insert_many("notes", [{"shot": 5}, {"other": 5}, {"shot": 1}])
        with pytest.warns(DatabaseWarning, match="1 records of table 'notes' go too"):
            shots.delete_duplicates("shots", AGREED)

        assert shots.select("notes", order_by="id") == [
            {"id": 2, "shot": None, "other": None},
            {"id": 3, "shot": 1, "other": None},
        ]

    def test_a_reference_to_oneself_counts(self, db: Database) -> None:
        """A record that another one of the table refers to is needed as well."""
        db.create_table(
            "t",
            {"id": "INTEGER PRIMARY KEY", "x": "INTEGER", "up": "INTEGER REFERENCES t(id)"},
        )
        db.insert_many("t", [{"x": 1}, {"x": 1}, {"x": 2, "up": 2}])
        with pytest.raises(ForeignKeyError, match="'t'"):
            db.delete_duplicates("t", on="x")

        assert db.count("t") == 3

    # ------------------------------------------------------------- what else would go

    def test_repetitions_that_take_kept_records_along_stay(self, db: Database) -> None:
        """Where others of the table would go by ON DELETE CASCADE, nothing does."""
        db.create_table(
            "tree",
            {
                "id": "INTEGER PRIMARY KEY",
                "a": "TEXT",
                "parent": "INTEGER REFERENCES tree (id) ON DELETE CASCADE",
            },
        )
        rows = [
            {"id": 1, "a": "x", "parent": None},
            {"id": 2, "a": "x", "parent": None},
            {"id": 3, "a": "y", "parent": 2},
        ]
        db.insert_many("tree", rows)

        calls: list[Callable[[], object]] = [
            lambda: db.delete_duplicates("tree", on="a"),
            lambda: db.delete_duplicates("tree", on="a", dry_run=True),
        ]
        for call in calls:
            with pytest.raises(ForeignKeyError, match="1 other records of table 'tree' would go"):
                call()
        assert db.select("tree", order_by="id") == rows

    def test_records_of_other_tables_that_go_too_are_told(self, db: Database) -> None:
        """A warning counts them, also of a dry run, which removes nothing."""
        db.create_table("run", {"id": "INTEGER PRIMARY KEY", "a": "TEXT"})
        db.create_table(
            "step",
            {
                "id": "INTEGER PRIMARY KEY",
                "run": "INTEGER REFERENCES run (id) ON DELETE CASCADE",
            },
        )
        db.insert_many("run", [{"id": 1, "a": "x"}, {"id": 2, "a": "x"}])
        db.insert_many("step", [{"id": 1, "run": 1}, {"id": 2, "run": 2}])

        with pytest.warns(DatabaseWarning, match="1 records of table 'step' go too"):
            db.delete_duplicates("run", on="a", dry_run=True)
        assert db.count("step") == 2
        with pytest.warns(DatabaseWarning, match="1 records of table 'step' go too"):
            assert db.delete_duplicates("run", on="a") == 1
        assert db.select("step") == [{"id": 1, "run": 1}]

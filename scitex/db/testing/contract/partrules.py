"""Laws about what is refused of a table in parts: in words that name the table and a way out."""

from __future__ import annotations

import pytest

from scitex.db import Capability, Database, by_range
from scitex.db.domain.errors import (
    CheckError,
    DataError,
    DuplicateKeyError,
    NotNullError,
    SchemaError,
    UnsupportedFeatureError,
)
from scitex.db.testing.contract.ground import Laws, needs


class PartRuleLaws(Laws):
    """The rules of a table in parts are those of one table."""

    def test_a_missing_value_has_no_part(self, db: Database) -> None:
        """It is told what is missing, and which part would take it."""
        with needs(db, Capability.PARTITIONS):
            db.create_table("t", {"n": "INTEGER", "s": "TEXT"}, partition_by=by_range("n", [0, 9]))
            with pytest.raises(DataError, match=r"it has no n(.|\n)*DEFAULT"):
                db.insert("t", {"s": "x"})
            with pytest.raises(DataError, match=r"it has no n(.|\n)*DEFAULT"):
                db.insert_many("t", [{"n": 1}, {"s": "x"}])
            assert db.count("t") == 0

    def test_rules_of_a_table_in_parts(self, db: Database) -> None:
        """The table that was written to is named, and not the part that the record was for."""
        columns = {
            "id": "INTEGER PRIMARY KEY",
            "n": "INTEGER",
            "s": "TEXT NOT NULL CHECK (s <> '')",
        }
        good, row = {"id": 1, "n": 5, "s": "x"}, {"id": 2, "n": 15}
        with needs(db, Capability.PARTITIONS):
            db.create_table("t", columns, partition_by=by_range("n", [0, 10, 20]))
            db.insert("t", good)
            for record, error in (
                (row, NotNullError),
                ({**row, "s": ""}, CheckError),
                (good, DuplicateKeyError),
            ):
                for call in (
                    lambda record=record: db.insert("t", record),
                    lambda record=record: db.insert_many("t", [{**row, "s": "y"}, record]),
                ):
                    with pytest.raises(error, match="table 't'") as caught:
                        call()
                    assert caught.value.table == "t"
            assert db.select("t") == [good]

    def test_what_is_not_done_to_parts(self, db: Database) -> None:
        """What is unique has their column, and a part has the columns of its table: it is told."""
        with needs(db, Capability.PARTITIONS):
            db.create_table("t", {"n": "INTEGER", "s": "TEXT"}, partition_by=by_range("n", [0, 9]))
            with pytest.raises(UnsupportedFeatureError, match="in table 't' must have column 'n'"):
                db.create_index("t", "s", unique=True)
            with pytest.raises(SchemaError, match=r"'t_p0' is a part(.|\n)*change 't'"):
                db.add_column("t_p0", "more", "TEXT")
            with pytest.raises(SchemaError, match="'t_p0' is a part of table 't'"):
                db.rename_column("t_p0", "s", "other")
            db.create_index("t", ["s", "n"], unique=True)
            db.add_column("t", "more", "TEXT")

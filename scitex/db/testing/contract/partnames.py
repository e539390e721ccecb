"""Laws about the names of a table's parts, and about parts that are made again."""

from __future__ import annotations

import pytest

from scitex.db import Capability, Database, by_hash, by_range
from scitex.db.domain.errors import DataError, InvalidNameError, SchemaError
from scitex.db.testing.contract.ground import Laws, needs


class PartNameLaws(Laws):
    """Each part has a name that is kept whole and nobody else's, and can be made again."""

    def test_names_of_parts_are_kept_whole(self, db: Database) -> None:
        """A long table's are shortened, each otherwise; one too long that is given is refused."""
        long = "ü" * 31
        with needs(db, Capability.PARTITIONS):
            db.create_table(long, {"n": "INTEGER"}, partition_by="n")
            names = [db.add_partition(long, n, n + 10) for n in (0, 10)]
            db.create_table("t" * 62, {"n": "INTEGER"}, partition_by=by_hash("n", 3))
            with pytest.raises(InvalidNameError, match="70 bytes"):
                db.add_partition(long, 20, 30, name="x" * 70)

            found = db.get_partitioning(long)
            assert found is not None
            assert [part.name for part in found.parts] == names
            db.insert_many(long, [{"n": n} for n in range(20)])
            db.drop_partition(long, names[0])
            assert db.add_partition(long, 0, 10) not in names[1:]
            assert db.count(long) == 10
            assert db.list_tables() == ["t" * 62, long]

    def test_a_part_by_hash_is_made_again(self, db: Database) -> None:
        """By either call; of a table that has all of its parts none is missing."""
        with needs(db, Capability.PARTITIONS):
            for again in (True, False):
                db.create_table("t", {"n": "INTEGER"}, partition_by=by_hash("n", 4))
                whole = db.get_partitioning("t")
                db.insert_many("t", [{"n": n} for n in range(40)])
                db.drop_partition("t", "t_p2")
                with pytest.raises(DataError, match="no part of table 't'"):
                    db.insert_many("t", [{"n": n} for n in range(40)])
                with pytest.raises(SchemaError, match="by hash of n, which have no bounds"):
                    db.add_partition("t", 1, 2)
                if again:
                    db.create_table("t", {"n": "INTEGER"}, partition_by=by_hash("n", 4))
                else:
                    assert db.add_partition("t") == "t_p2"
                assert db.get_partitioning("t") == whole
                db.insert_many("t", [{"n": n} for n in range(40)])
                with pytest.raises(SchemaError, match="all of its 4 parts"):
                    db.add_partition("t")
                with pytest.raises(SchemaError, match="not in 8 parts"):
                    db.create_table("t", {"n": "INTEGER"}, partition_by=by_hash("n", 8))
                db.drop_table("t")

    def test_the_parts_of_a_renamed_table_keep_their_names(self, db: Database) -> None:
        """Those of a new one of the old name get others; whose part has a name is told."""
        with needs(db, Capability.PARTITIONS):
            for name in ("old", "t"):
                db.create_table("t", {"n": "INTEGER"}, partition_by=by_range("n", [0, 10, 20]))
                db.insert("t", {"n": len(name)})
                assert db.add_partition("t", 20, 30) == db.add_partition("t", 20, 30)
                if name != "t":
                    db.rename_table("t", name)
            parts = [db.get_partitioning(name) for name in ("old", "t")]
            told = [[part.name for part in found.parts] for found in parts if found]

            assert told == [["t_p0", "t_p1", "t_p2"], ["t_p3", "t_p4", "t_p5"]]
            assert [db.count("old"), db.count("t")] == [1, 1]
            with pytest.raises(SchemaError, match="a part of table 'old' named 't_p0'"):
                db.add_partition("t", 40, 50, name="t_p0")

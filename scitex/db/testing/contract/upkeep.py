"""Laws about upkeep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scitex.db import Database, format_stats
from scitex.db.domain.errors import TableNotFoundError, TransactionStateError
from scitex.db.testing.contract.ground import PEOPLE, Laws

UPKEEP: dict[str, Callable[[Database], object]] = {
    "vacuum": lambda db: db.vacuum(),
    "vacuum full": lambda db: db.vacuum("users", full=True),
    "analyze": lambda db: db.analyze(),
    "analyze one": lambda db: db.analyze("users"),
    "optimize": lambda db: db.optimize(),
    "get_stats": lambda db: db.get_stats(),
}
ODD = ['a "b" `c`', "order", "Ü ber", "100% x", "it's", "a;b--"]


class UpkeepLaws(Laws):
    """What must hold for upkeep."""

    @pytest.mark.parametrize("what", UPKEEP)
    def test_upkeep_changes_no_record(self, users: Database, what: str) -> None:
        """Records, also beside removed ones, are the same after any upkeep; it returns."""
        users.create_index("users", ["team"])
        users.insert_many("users", [{"name": f"n{number}"} for number in range(500)])
        users.delete("users", "name LIKE ?", ["n%"])
        UPKEEP[what](users)

        assert users.select("users", order_by="id") == PEOPLE

    @pytest.mark.parametrize("what", UPKEEP)
    def test_upkeep_of_nothing_is_no_error(self, db: Database, what: str) -> None:
        """A database without tables can be kept in order; a named table must be there."""
        if "full" in what or "one" in what:
            with pytest.raises(TableNotFoundError, match="users"):
                UPKEEP[what](db)
        else:
            UPKEEP[what](db)

        assert db.get_stats()["table_count"] == 0

    @pytest.mark.parametrize("what", ["vacuum", "vacuum full", "optimize"])
    def test_upkeep_is_refused_in_a_transaction(self, users: Database, what: str) -> None:
        """Inside a transaction vacuum() and optimize() say so, and it can go on and be kept."""
        with users.transaction():
            users.insert("users", {"id": 5, "name": "Eve"})
            with pytest.raises(TransactionStateError, match=r"outside transactions(.|\n)*hint: "):
                UPKEEP[what](users)
            users.insert("users", {"id": 6, "name": "Finn"})

        assert users.count("users") == 6

    def test_a_refused_vacuum_keeps_what_can_be_undone(self, users: Database) -> None:
        """What was done before a refused vacuum() can still be rolled back."""
        users.begin_transaction()
        users.delete("users", "id > ?", [0])
        with pytest.raises(TransactionStateError):
            users.vacuum()
        users.rollback()

        assert users.count("users") == 4

    @pytest.mark.parametrize("keep", [True, False])
    def test_analyze_is_part_of_a_transaction(self, users: Database, keep: bool) -> None:
        """analyze() may be called in a transaction, which is kept or undone as ever."""
        users.begin_transaction()
        users.insert("users", {"name": "Eve"})
        users.analyze()
        users.commit() if keep else users.rollback()

        assert users.count("users") == (5 if keep else 4)

    @pytest.mark.parametrize("call", ["vacuum", "analyze"])
    def test_upkeep_tells_a_missing_table(self, users: Database, call: str) -> None:
        """A table that is not there is told, with the nearest name."""
        with pytest.raises(TableNotFoundError, match=r"'user'(.|\n)*'users'"):
            getattr(users, call)("user")

    @pytest.mark.parametrize("name", ODD)
    def test_upkeep_takes_odd_names(self, db: Database, name: str) -> None:
        """Tables and indexes of any name are kept in order and measured."""
        db.create_table(name, {name: "TEXT"})
        db.insert(name, {name: "a"})
        db.create_index(name, [name], name=f"i {name}")
        db.vacuum(name, full=True)
        db.analyze(name)
        db.optimize()
        table = db.get_stats()["tables"][name]

        assert (table["rows"], list(table["indexes"])) == (1, [f"i {name}"])

    def test_statistics_have_the_documented_keys(self, users: Database) -> None:
        """``size`` is bytes, ``table_count`` and ``rows`` are counted; indexes by name."""
        users.create_table("empty", {"x": "TEXT UNIQUE"})
        users.create_index("users", ["name"])
        stats = users.get_stats()
        tables: Any = stats["tables"]

        assert (stats["table_count"], stats["rows_exact"]) == (2, True)
        assert (type(stats["size"]), stats["size"] > 0) == (int, True)
        assert [(name, table["rows"]) for name, table in tables.items()] == [
            ("empty", 0),
            ("users", 4),
        ]
        assert (list(tables["users"]["indexes"]), tables["empty"]["indexes"]) == (
            ["idx_users_name"],
            {},
        )

    def test_a_table_grows_with_its_records(self, users: Database) -> None:
        """A table's bytes follow what is in it, large values too."""
        before = users.get_stats()["tables"]["users"]["bytes"]
        users.insert("users", {"name": "".join(map(chr, range(5000, 45000)))})
        after = users.get_stats()["tables"]["users"]["bytes"]

        assert after - before >= 40_000

    def test_estimates_follow_an_analysis(self, users: Database) -> None:
        """Without counting, the number of records is what the last analysis found."""
        users.create_index("users", ["name"])
        users.analyze()
        stats = users.get_stats(exact=False)

        assert (stats["rows_exact"], stats["tables"]["users"]["rows"]) == (False, 4)

    def test_statistics_print_for_people(self, users: Database) -> None:
        """``str()`` and format_stats() show each table and index, with units and plurals."""
        users.create_index("users", ["name"])
        stats = users.get_stats()
        lines = str(stats).splitlines()

        assert str(stats) == format_stats(stats)
        assert lines[0].startswith(f"{users.engine}: ")
        assert "in 1 table" in lines[0]
        assert lines[1].split()[:3] == ["users", "4", "rows"]
        assert lines[2].split()[:2] == ["idx_users_name", "index"]

    def test_searching_outlives_a_vacuum(self, db: Database) -> None:
        """What can be searched is found after a vacuum, whatever the table's key is."""
        db.create_table("t", {"k": "TEXT PRIMARY KEY", "x": "TEXT"})
        db.enable_search("t", ["x"])
        db.insert_many("t", [{"k": f"k{n}", "x": f"word{n} shared"} for n in range(50)])
        db.delete("t", "k LIKE ?", ["k1%"])
        db.vacuum(full=True)
        db.insert("t", {"k": "new", "x": "word1 again"})

        assert [row["k"] for row in db.search("t", "word27")] == ["k27"]
        assert [row["k"] for row in db.search("t", "word1")] == ["new"]
        assert len(db.search("t", "shared")) == 39

"""Laws about examining a database."""

from __future__ import annotations

import pytest

from scitex.db import Database, Report, doctor
from scitex.db.domain.errors import InterfaceError, TableNotFoundError
from scitex.db.testing.contract.ground import Laws

PARENTS = {"id": "INTEGER PRIMARY KEY", "name": "TEXT"}


def checks(report: Report) -> list[str]:
    """Return what was found, each sort once."""
    return sorted({finding.check for finding in report.findings})


class DoctorLaws(Laws):
    """What must hold for examining a database."""

    @pytest.fixture
    def family(self, db: Database) -> Database:
        """Return a database whose foreign key has no index."""
        db.create_table("parents", PARENTS)
        db.create_table(
            "children",
            {"id": "INTEGER PRIMARY KEY", "parent": "INTEGER REFERENCES parents(id)"},
        )
        db.insert("parents", {"name": "a"})
        db.insert("children", {"parent": 1})
        return db

    def test_a_sound_database_is_told_so(self, users: Database) -> None:
        """Where nothing is the matter the report is empty and says so."""
        report = users.doctor()

        assert (report.ok, report.findings, report.fixed) == (True, (), ())
        assert str(report).endswith(": nothing was found")

    def test_an_empty_database_is_sound(self, db: Database) -> None:
        """A database without tables has nothing the matter, also by the function's door."""
        assert doctor(db).findings == ()

    def test_a_foreign_key_without_index_is_found(self, family: Database) -> None:
        """It is a note with a remedy that can be typed, and the database is still sound."""
        report = family.doctor()
        (finding,) = report.findings

        assert (finding.check, finding.severity, report.ok) == ("foreign-key-index", "note", True)
        assert finding.remedy == "create_index('children', ['parent'])"
        assert "'children'" in str(report)
        assert family.list_indexes("children") == []

    def test_a_named_fix_is_made(self, family: Database) -> None:
        """With fix= the index is made, told as fixed, and not found again."""
        report = family.doctor(fix="foreign-key-index")

        assert (report.findings, [each.check for each in report.fixed]) == (
            (),
            ["foreign-key-index"],
        )
        assert family.list_indexes("children")[0].columns == ("parent",)
        assert "fixed: table 'children'" in str(report)

    def test_what_is_not_named_is_not_fixed(self, family: Database) -> None:
        """Another fix leaves the finding as it is."""
        report = family.doctor(fix=["sequence", "statistics"])

        assert (checks(report), report.fixed) == (["foreign-key-index"], ())

    def test_a_fix_is_part_of_an_open_transaction(self, family: Database) -> None:
        """What is mended inside a transaction is undone with it."""
        family.begin_transaction()
        family.doctor(fix="foreign-key-index")
        family.rollback()

        assert family.list_indexes("children") == []

    @pytest.mark.parametrize("name", ["integrity", "foreign-keys", "misfit-type", "everything"])
    def test_what_is_not_safe_is_not_fixed(self, family: Database, name: str) -> None:
        """What could change records is refused, with what can be asked for."""
        with pytest.raises(InterfaceError, match=rf"'{name}' is not mended(.|\n)*'sequence'"):
            family.doctor(fix=name)

    def test_a_table_without_a_key_is_found(self, db: Database) -> None:
        """A table without a primary key is a note."""
        db.create_table('a "b"', {"x": "TEXT"})

        assert checks(db.doctor()) == ["no-primary-key"]

    def test_a_redundant_index_is_found(self, users: Database) -> None:
        """An index with which another one begins is told, and no other one."""
        users.create_index("users", ["name"])
        users.create_index("users", ["name", "team"])
        users.create_index("users", ["team"])
        (finding,) = users.doctor().findings

        assert finding.check == "redundant-index"
        assert finding.remedy == "drop_index('users', 'idx_users_name')"

    def test_twins_are_found_once(self, users: Database) -> None:
        """Of two equal indexes one is redundant; one that is unique is not."""
        users.create_index("users", ["name"], name="one", unique=True)
        users.create_index("users", ["name"], name="two")

        assert [finding.where for finding in users.doctor().findings] == [
            "index 'two' of table 'users'"
        ]

    def test_a_missing_conflict_target_is_found(self, users: Database) -> None:
        """Columns for on_conflict that no unique index is on are a warning until one is made."""
        asked = {"users": ["name"]}
        before = users.doctor(on_conflict=asked)
        users.create_index("users", ["name"], unique=True)

        assert (checks(before), before.ok) == (["conflict-target"], False)
        assert users.doctor(on_conflict=asked).findings == ()
        assert users.doctor(on_conflict={"users": "id"}).findings == ()

    def test_a_conflict_target_must_be_there(self, users: Database) -> None:
        """A table that is not there is told as everywhere."""
        with pytest.raises(TableNotFoundError):
            users.doctor(on_conflict={"user": ["name"]})

    @pytest.mark.parametrize("sample", [0, -1, True, 1.5])
    def test_a_sample_is_a_number(self, users: Database, sample: int) -> None:
        """A sample that is no number of records is refused."""
        with pytest.raises(InterfaceError, match="sample="):
            users.doctor(sample=sample)

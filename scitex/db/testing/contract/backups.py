"""Laws of backups: what they hold, what is refused, and that nothing is half done."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

import scitex.db
from scitex.db import Capability, Database
from scitex.db.domain.backups import trailer
from scitex.db.domain.errors import (
    BackupError,
    Error,
    InterfaceError,
    OperationalError,
    TableNotFoundError,
    TransactionStateError,
)
from scitex.db.services import compression
from scitex.db.testing.contract.ground import PEOPLE, USERS, Laws, needs

TEXTS = [".sql", ".sql.gz", ".sql.zst"]
VISITS = {
    "id": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "user": "INTEGER REFERENCES users",
    "note": "TEXT",
}


def people(db: Database) -> list[dict[str, object]]:
    """Return all people, in order."""
    return db.select("users", order_by="id")


def unpacks_alike(spoilt: bytes, good: bytes, ending: str) -> bool:
    """Tell whether a bit was turned that a packed file does not use."""
    zstd = compression.zstandard()
    unpack = {".sql.gz": gzip.decompress, ".sql.zst": zstd.decompress}.get(ending, bytes)
    try:
        return bool(unpack(spoilt) == unpack(good))
    except (OSError, EOFError, zlib.error, zstd.ZstdError):
        return False


class BackupLaws(Laws):
    """What must hold for backups."""

    @pytest.fixture
    def lab(self, users: Database) -> Database:
        """Return a database with two tables, of which one refers to the other."""
        users.create_table("visits", VISITS)
        users.insert_many("visits", [{"user": 1, "note": "it's; 1\n;\n"}, {"user": 2}])
        users.create_index("visits", ["user", "note"])
        return users

    # --------------------------------------------------------------------- whole databases

    @pytest.mark.parametrize("ending", TEXTS)
    def test_a_backup_brings_everything_back(
        self, lab: Database, tmp_path: Path, ending: str
    ) -> None:
        """After a restore all is as it was when the backup was taken, and works on."""
        path = tmp_path / f"lab{ending}"
        visits = lab.select("visits", order_by="id")
        with needs(lab, Capability.BACKUPS):
            made = lab.backup_database(path)
            lab.delete("visits", where={"id": 2})
            lab.drop_column("users", "team")
            lab.create_table("later", {"id": "INTEGER PRIMARY KEY"})
            told = lab.restore_database(path)

            assert (people(lab), lab.select("visits", order_by="id")) == (PEOPLE, visits)
            assert lab.list_tables() == ["users", "visits"]
            assert [index.columns for index in lab.list_indexes("visits")] == [("user", "note")]
            assert (lab.insert("visits", {"user": 3}), made.manifest.rows, told.rows) == (3, 6, 6)

    def test_what_a_backup_tells(self, lab: Database, tmp_path: Path) -> None:
        """A backup tells of each table how many records it has, and what proves them."""
        with needs(lab, Capability.BACKUPS):
            tables = lab.backup_database(tmp_path / "lab.sql").manifest.tables

            assert [(table.name, table.rows) for table in tables] == [("users", 4), ("visits", 2)]
            assert [table.digest for table in tables] == [
                lab.fingerprint(name).digest for name in ("users", "visits")
            ]

    def test_a_bare_copy_has_no_fingerprints(self, lab: Database, tmp_path: Path) -> None:
        """With ``check=False`` records are counted only, and the backup is as good otherwise."""
        with needs(lab, Capability.BACKUPS):
            made = lab.backup_database(tmp_path / "lab.sql", check=False)
            lab.delete("visits", where={"id": 1})
            lab.restore_database(tmp_path / "lab.sql")

            assert {table.digest for table in made.manifest.tables} == {None}
            assert lab.count("visits") == 2

    def test_an_empty_database_is_backed_up(self, db: Database, tmp_path: Path) -> None:
        """A database without tables is one too."""
        with needs(db, Capability.BACKUPS):
            db.backup_database(tmp_path / "empty.sql")
            db.create_table("later", {"id": "INTEGER PRIMARY KEY"})
            db.restore_database(tmp_path / "empty.sql")

            assert db.list_tables() == []

    def test_a_backup_is_verified(self, lab: Database, tmp_path: Path) -> None:
        """`verify_backup` proves a good backup, and leaves the database alone."""
        with needs(lab, Capability.BACKUPS):
            made = lab.backup_database(tmp_path / "lab.sql")

            assert scitex.db.verify_backup(made.path) == made

    def test_progress_of_a_backup_is_told(self, lab: Database, tmp_path: Path) -> None:
        """A function is told how far a backup, and a restore, have come."""
        told: list[int] = []
        with needs(lab, Capability.BACKUPS):
            lab.backup_database(tmp_path / "lab.sql", progress=lambda done, _: told.append(done))
            lab.restore_database(tmp_path / "lab.sql", progress=lambda done, _: told.append(done))

            assert told[-1] == 3
            assert len(told) > 3

    # ----------------------------------------------------------------------- single tables

    @pytest.mark.parametrize("whole", [False, True])
    def test_one_table_is_restored_alone(self, lab: Database, tmp_path: Path, whole: bool) -> None:
        """Only that table is as in the backup, be it of the table or of everything."""
        path = tmp_path / "visits.sql"
        visits = lab.select("visits", order_by="id")
        with needs(lab, Capability.BACKUPS):
            lab.backup_database(path) if whole else lab.backup_table("visits", path)
            lab.add_column("visits", "extra", "TEXT")
            lab.update("visits", {"note": "changed"}, where={"id": 1})
            lab.update("users", {"score": 1.0}, where={"id": 1})
            told = lab.restore_table("visits", path)

            assert lab.select("visits", order_by="id") == visits
            assert people(lab)[0]["score"] == 1.0
            assert [index.columns for index in lab.list_indexes("visits")] == [("user", "note")]
            assert [table.name for table in told.tables] == ["visits"]

    def test_a_dropped_table_comes_back(self, lab: Database, tmp_path: Path) -> None:
        """A table that is not there any more is made again."""
        with needs(lab, Capability.BACKUPS):
            lab.backup_table("visits", tmp_path / "visits.sql.gz")
            lab.drop_table("visits")
            lab.restore_table("visits", tmp_path / "visits.sql.gz")

            assert lab.count("visits") == 2

    @pytest.mark.parametrize("name", ["dmp*", "T", "--version", 'say "hi"', "it's; x", "Ü b.c"])
    def test_a_tables_name_is_literal(self, db: Database, tmp_path: Path, name: str) -> None:
        """A name is no pattern and no option: just that table is backed up and restored."""
        for each in (name, "dmp1", "other"):
            db.create_table(each, {"id": "INTEGER PRIMARY KEY"})
            db.insert(each, {"id": 1})
        with needs(db, Capability.BACKUPS):
            made = db.backup_table(name, tmp_path / "one.sql")
            for each in (name, "dmp1", "other"):
                db.delete(each, where={"id": 1})
            db.restore_table(name, tmp_path / "one.sql")

            assert [table.name for table in made.manifest.tables] == [name]
            assert [db.count(each) for each in (name, "dmp1", "other")] == [1, 0, 0]

    def test_a_table_that_is_not_there(self, lab: Database, tmp_path: Path) -> None:
        """A table that the database, or the backup, does not have is named."""
        with needs(lab, Capability.BACKUPS):
            with pytest.raises(TableNotFoundError, match="'visit'"):
                lab.backup_table("visit", tmp_path / "x.sql")
            lab.backup_table("visits", tmp_path / "x.sql")
            with pytest.raises(BackupError, match=r"'users'(.|\n)*hint: .*'visits'"):
                lab.restore_table("users", tmp_path / "x.sql")
            with pytest.raises(BackupError, match=r"table 'visits' only(.|\n)*restore_table"):
                lab.restore_database(tmp_path / "x.sql")

            assert people(lab) == PEOPLE

    def test_a_searched_table_can_be_searched_when_it_is_back(
        self, lab: Database, tmp_path: Path
    ) -> None:
        """Search works on a restored table, and follows what is written afterwards."""
        with needs(lab, Capability.BACKUPS):
            lab.enable_search("users", ["name"])
            lab.backup_table("users", tmp_path / "users.sql")
            lab.backup_database(tmp_path / "all.sql")
            lab.disable_search("users")
            calls: list[Callable[[], object]] = [
                lambda: lab.restore_table("users", tmp_path / "users.sql"),
                lambda: lab.restore_database(tmp_path / "all.sql"),
            ]
            for restore in calls:
                restore()
                lab.update("users", {"name": "Zoe Quick"}, where={"id": 4})

                assert [row["id"] for row in lab.search("users", "quick")] == [4]
                assert [row["id"] for row in lab.search("users", "alice")] == [1]

    # ---------------------------------------------------------------------- what is replaced

    def test_what_is_replaced_is_kept(self, lab: Database, tmp_path: Path) -> None:
        """What a restore replaces lies beside the backup, under a name of its own each time."""
        with needs(lab, Capability.BACKUPS):
            lab.backup_database(tmp_path / "lab.sql")
            lab.insert("users", {"name": "Eve"})
            copies = [lab.restore_database(tmp_path / "lab.sql").safety_copy for _ in range(3)]
            lab.restore_database(str(copies[0]), safety_copy=False)

            assert lab.count("users") == 5
            assert len({*copies}) == 3
            assert {Path(str(copy)).parent for copy in copies} == {tmp_path}

    def test_a_table_that_is_replaced_is_kept(self, lab: Database, tmp_path: Path) -> None:
        """The safety copy of a table restores that table."""
        with needs(lab, Capability.BACKUPS):
            lab.backup_table("visits", tmp_path / "visits.sql")
            lab.insert("visits", {"user": 3})
            copy = lab.restore_table("visits", tmp_path / "visits.sql").safety_copy
            lab.restore_table("visits", str(copy))

            assert lab.count("visits") == 3

    def test_nothing_is_overwritten_unless_it_may(self, lab: Database, tmp_path: Path) -> None:
        """With ``overwrite=False`` a database, or a table, that is there stays."""
        with needs(lab, Capability.BACKUPS):
            lab.backup_database(tmp_path / "lab.sql")
            lab.insert("users", {"name": "Eve"})
            with pytest.raises(OperationalError, match="overwrite=False"):
                lab.restore_database(tmp_path / "lab.sql", overwrite=False)
            with pytest.raises(OperationalError, match="overwrite=False"):
                lab.restore_table("users", tmp_path / "lab.sql", overwrite=False)
            lab.drop_table("visits")
            lab.restore_table("visits", tmp_path / "lab.sql", overwrite=False)

            assert (lab.count("users"), lab.count("visits")) == (5, 2)
            assert list(tmp_path.glob("before_restore*")) == []

    # ------------------------------------------------------------------------ what is refused

    @pytest.mark.parametrize("name", ["backup", "backup.txt", "backup.sql.xz", "backup.db.gz"])
    def test_an_unknown_ending_is_refused(self, lab: Database, tmp_path: Path, name: str) -> None:
        """Where the ending does not say what the backup is, the endings are listed."""
        with needs(lab, Capability.BACKUPS):
            for call in (lab.backup_database, lab.restore_database):
                with pytest.raises(InterfaceError, match=r"hint: (.|\n)*\.sql, \.sql\.gz"):
                    call(tmp_path / name)

            assert list(tmp_path.glob("backup*")) == []

    def test_a_backup_inside_a_transaction_is_refused(self, lab: Database, tmp_path: Path) -> None:
        """Inside a transaction of the same object nothing hangs: the call says so."""
        with needs(lab, Capability.BACKUPS):
            lab.backup_database(tmp_path / "lab.sql")
            calls: list[Callable[[], object]] = [
                lambda: lab.backup_database(tmp_path / "x.sql"),
                lambda: lab.backup_table("users", tmp_path / "x.sql"),
                lambda: lab.restore_database(tmp_path / "lab.sql"),
                lambda: lab.restore_table("users", tmp_path / "lab.sql"),
            ]
            with lab.transaction():
                lab.insert("users", {"name": "Eve"})
                for call in calls:
                    with pytest.raises(TransactionStateError, match="inside a transaction"):
                        call()

            assert (lab.count("users"), (tmp_path / "x.sql").exists()) == (5, False)

    def test_a_missing_backup_is_named(self, lab: Database, tmp_path: Path) -> None:
        """A backup that is not there is told by its name."""
        with needs(lab, Capability.BACKUPS):
            for call in (lab.restore_database, scitex.db.verify_backup):
                with pytest.raises(BackupError, match=r"lost\.sql"):
                    call(tmp_path / "lost.sql")

            assert people(lab) == PEOPLE

    def test_a_folder_that_is_missing(self, lab: Database, tmp_path: Path) -> None:
        """A backup into a folder that is not there is an error, and makes none."""
        with needs(lab, Capability.BACKUPS):
            with pytest.raises(OSError, match="folder"):
                lab.backup_database(tmp_path / "no" / "lab.sql")

            assert not (tmp_path / "no").exists()

    @pytest.mark.parametrize("ending", TEXTS)
    def test_a_damaged_backup_is_refused(self, lab: Database, tmp_path: Path, ending: str) -> None:
        """Cut short, or with a bit turned over, a backup restores nothing."""
        path = tmp_path / f"lab{ending}"
        with needs(lab, Capability.BACKUPS):
            lab.backup_database(path)
            lab.insert("users", {"name": "Eve"})
            good, chance = path.read_bytes(), random.Random(5)
            head = 10 if ending == ".sql.gz" else 0  # what gzip says of itself is not the content
            spoilt = [good[: chance.randrange(len(good))] for _ in range(10)]
            for _ in range(40):
                place = chance.randrange(head, len(good))
                turned = bytes([good[place] ^ (1 << chance.randrange(8))])
                spoilt.append(good[:place] + turned + good[place + 1 :])
            for bytes_ in spoilt:
                if unpacks_alike(bytes_, good, ending):
                    continue
                path.write_bytes(bytes_)
                with pytest.raises(Error):
                    lab.restore_database(path)

            assert (lab.count("users"), list(tmp_path.glob("before*"))) == (5, [])

    @pytest.mark.parametrize(
        "text", ["", "-- nothing\n", "hello, world", "<html></html>", "\0\1\2"], ids=repr
    )
    def test_what_is_no_backup_is_refused(self, lab: Database, tmp_path: Path, text: str) -> None:
        """A file without a manifest is refused; what to do is told."""
        with needs(lab, Capability.BACKUPS):
            (tmp_path / "x.sql").write_text(text)
            with pytest.raises(BackupError, match=r"is empty|no manifest(.|\n)*hint: .*verify="):
                lab.restore_database(tmp_path / "x.sql")

            assert people(lab) == PEOPLE

    def test_another_engines_backup_is_refused(self, lab: Database, tmp_path: Path) -> None:
        """A backup of another engine is told as such."""
        with needs(lab, Capability.BACKUPS):
            made = lab.backup_database(tmp_path / "lab.sql")
            text = (tmp_path / "lab.sql").read_bytes()[: made.manifest.bytes]
            other = evolve(made.manifest, engine="oracle")
            (tmp_path / "lab.sql").write_bytes(text + trailer(other))
            with pytest.raises(BackupError, match="oracle"):
                lab.restore_database(tmp_path / "lab.sql")

            assert people(lab) == PEOPLE

    def test_a_manifest_that_lies_is_found_out(self, lab: Database, tmp_path: Path) -> None:
        """What is restored is held against the manifest before anything is replaced."""
        with needs(lab, Capability.BACKUPS):
            made = lab.backup_database(tmp_path / "lab.sql")
            text = (tmp_path / "lab.sql").read_bytes()[: made.manifest.bytes]
            users, visits = made.manifest.tables
            for change in (
                {"tables": (evolve(users, rows=5), visits)},
                {"tables": (evolve(users, digest="0" * 64), visits)},
                {"tables": (users, visits, evolve(visits, name="third"))},
            ):
                (tmp_path / "lab.sql").write_bytes(text + trailer(evolve(made.manifest, **change)))
                for call in (lab.restore_database, scitex.db.verify_backup):
                    with pytest.raises(BackupError, match="not restored as it was"):
                        call(tmp_path / "lab.sql")

            assert people(lab) == PEOPLE
            assert lab.list_tables() == ["users", "visits"]

    def test_a_tables_description_survives(self, db: Database, tmp_path: Path) -> None:
        """A table described before and after a restore is the same."""
        db.create_table("users", USERS)
        described = db.get_table("users")
        with needs(db, Capability.BACKUPS):
            db.backup_database(tmp_path / "lab.sql")
            db.restore_database(tmp_path / "lab.sql")

            assert db.get_table("users") == described

"""Backups of SQLite: nothing is lost, nothing gets out, and others are seen to."""

from __future__ import annotations

import contextlib
import gzip
import io
import math
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import scitex.db
from scitex.db import SQLite3
from scitex.db.adapters.sqlite3.backups import loading
from scitex.db.adapters.sqlite3.backups.loading import statements
from scitex.db.adapters.sqlite3.backups.rowtext import exact
from scitex.db.domain.backups import as_sidecar, beside, trailer
from scitex.db.domain.errors import (
    BackupError,
    Error,
    InterfaceError,
    LockedError,
    OperationalError,
    ReadOnlyError,
    UnsupportedFeatureError,
)
from tests.integration.children import said, started, told
from tests.integration.nasty import bits, build, everything

pytestmark = pytest.mark.engine("sqlite file")
ENDINGS = [".db", ".sqlite", ".sqlite3", ".sql", ".sql.gz", ".sql.zst"]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[SQLite3]:
    """Return a database with a thousand records."""
    with SQLite3(tmp_path / "test.db", timeout=0.3) as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "REAL", "name": "TEXT"})
        db.insert_many("t", [{"x": n / 3, "name": f"name {n}"} for n in range(1_000)])
        yield db


def left(folder: Path) -> list[str]:
    """Name what a folder holds besides databases that are open."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("test.db"))


# ------------------------------------------------------------------------- nothing is lost


@pytest.mark.filterwarnings("ignore::scitex.db.DatabaseWarning")
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    ("encoding", "page_size"),
    [
        ("UTF-16le", 4096),
        pytest.param("UTF-8", 1024, marks=pytest.mark.thorough),
        pytest.param("UTF-8", 4096, marks=pytest.mark.thorough),
    ],
)
def test_everything_comes_back(tmp_path: Path, ending: str, encoding: str, page_size: int) -> None:
    """All that SQLite keeps comes back to the last bit, whatever the backup is."""
    nasty = build(tmp_path / "nasty.db", encoding=encoding, page_size=page_size)
    with SQLite3(nasty) as db:
        made = db.backup_database(tmp_path / f"backup{ending}")
    with SQLite3(tmp_path / "new.db") as new:
        new.restore_database(made.path)

    assert everything(tmp_path / "new.db") == everything(nasty)


@pytest.mark.filterwarnings("ignore::scitex.db.DatabaseWarning")
@pytest.mark.parametrize("ending", [".db", ".sql"])
def test_everything_is_verified(tmp_path: Path, ending: str) -> None:
    """A backup of all that there is proves itself."""
    with SQLite3(build(tmp_path / "nasty.db")) as db:
        made = db.backup_database(tmp_path / f"backup{ending}")

    assert scitex.db.verify_backup(made.path).manifest.dangling == 1


@pytest.mark.filterwarnings("ignore::scitex.db.DatabaseWarning")
@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="there is no sqlite3 shell")
def test_the_sqlite3_shell_reads_the_text(tmp_path: Path) -> None:
    """The text makes the same database when the ``sqlite3`` shell reads it."""
    nasty = build(tmp_path / "nasty.db")
    with SQLite3(nasty) as db:
        made = db.backup_database(tmp_path / "backup.sql")
    with Path(made.path).open("rb") as text:
        subprocess.run(
            ["sqlite3", "-bail", str(tmp_path / "new.db")],
            stdin=text,
            check=True,
            capture_output=True,
        )

    assert everything(tmp_path / "new.db") == everything(nasty)


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="there is no sqlite3 shell")
def test_what_the_shell_dumps_is_restored(db: SQLite3, tmp_path: Path) -> None:
    """A dump of the ``sqlite3`` shell is restored where that is said aloud."""
    records = db.select("t", order_by="id")
    dump = subprocess.run(
        ["sqlite3", db.storage.location, ".dump"], check=True, capture_output=True
    ).stdout
    (tmp_path / "shell.sql").write_bytes(dump)
    db.delete("t", where="id > 5")
    told = db.restore_database(tmp_path / "shell.sql", verify=False)

    assert (db.select("t", order_by="id"), told.rows) == (records, 1_000)


def test_what_python_dumps_is_restored(db: SQLite3, tmp_path: Path) -> None:
    """So is what Python's ``iterdump()`` gives, several statements on a line too."""
    records = db.select("t", order_by="id")
    with contextlib.closing(sqlite3.connect(db.storage.location)) as connection:
        text = " ".join(connection.iterdump())
    (tmp_path / "python.sql").write_text(text)
    db.restore_database(tmp_path / "python.sql", verify=False)

    assert db.select("t", order_by="id") == records


def test_floats_of_random_bits(tmp_path: Path) -> None:
    """Twenty thousand floats of random bits are the same eight bytes again."""
    values = bits(20_000)
    with SQLite3(":memory:") as db:
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x REAL, y)")
        db.insert_many("t", [{"x": x, "y": x} for x in values])
        db.backup_database(tmp_path / "bits.sql")
        db.restore_database(tmp_path / "bits.sql")
        back = db.query("SELECT x, y FROM t ORDER BY id")

    found = [struct.pack("<2d", row["x"], row["y"]) for row in back]
    stored = [value for value in values if not math.isinf(value)]
    assert found == [struct.pack("<2d", value, value) for value in stored]


@pytest.mark.parametrize("value", bits(500))
def test_powers_of_two_spell_any_float(value: float) -> None:
    """What is spelt by powers of two is read as the same float."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        (found,) = connection.execute(f"SELECT {exact(value)}").fetchone()

    assert struct.pack("<d", found) == struct.pack("<d", value)


@pytest.mark.parametrize("columns", [1, 99, 101, 250, 1_999])
def test_tables_of_many_columns(tmp_path: Path, columns: int) -> None:
    """A table may have as many columns as SQLite takes, of mixed values."""
    names = [f"c{number}" for number in range(columns)]
    row: list[object] = [[1, 0.5, "a\0b", None, b"\0"][number % 5] for number in range(columns)]
    with contextlib.closing(sqlite3.connect(tmp_path / "wide.db")) as connection:
        connection.execute(f"CREATE TABLE t ({', '.join(names)})")
        marks = ", ".join("?" * columns)
        connection.executemany(f"INSERT INTO t VALUES ({marks})", [row, row[::-1]])
        connection.commit()
    with SQLite3(tmp_path / "wide.db") as db:
        db.backup_database(tmp_path / "wide.sql", check=False)
        db.restore_database(tmp_path / "wide.sql")
    with contextlib.closing(sqlite3.connect(tmp_path / "wide.db")) as connection:
        found = connection.execute("SELECT * FROM t").fetchall()

    assert found == [tuple(row), tuple(row[::-1])]


@pytest.mark.filterwarnings("ignore::scitex.db.DatabaseWarning")
def test_records_of_another_sort_later_on(tmp_path: Path) -> None:
    """Values unlike those at the beginning of a table are as exact."""
    odd = [float("inf"), -0.0, 2**62, "text", "nul\0", b"bytes", None, 0.1 + 0.2]
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        connection.execute("CREATE TABLE t (r REAL, i INTEGER, s TEXT, n NUMERIC, b)")
        many = "INSERT INTO t VALUES (?, ?, ?, ?, ?)"
        connection.executemany(many, [(0.5, 1, "a", 1, 0.5)] * 2_000)
        connection.executemany(many, [(value,) * 5 for value in odd])
        connection.execute("INSERT INTO t(s) VALUES (CAST(x'ff' AS TEXT))")
        connection.executemany(many, [(0.5, 1, "a", 1, 0.5)] * 2_000)
        connection.commit()
    with SQLite3(tmp_path / "a.db") as db, SQLite3(tmp_path / "b.db") as new:
        db.backup_database(tmp_path / "a.sql")
        new.restore_database(tmp_path / "a.sql")

    assert everything(tmp_path / "b.db") == everything(tmp_path / "a.db")


def test_text_full_of_ends(tmp_path: Path) -> None:
    """A text of a hundred thousand lines that end in a semicolon is cut nowhere."""
    text = "x = ';';\n" * 100_000
    with SQLite3(tmp_path / "a.db") as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "code": "TEXT"})
        db.insert("t", {"code": text})
        db.backup_database(tmp_path / "a.sql")
        began = time.monotonic()
        with (tmp_path / "a.sql").open("rb") as file:
            pieces = sum(1 for _ in statements(file))
        db.restore_database(tmp_path / "a.sql")

        assert (db.select("t")[0]["code"], pieces, time.monotonic() - began < 20) == (
            text,
            12,
            True,
        )


@pytest.mark.parametrize("at_once", [1, 2, 3, 7, 64, 1_000])
def test_statements_are_cut_alike_wherever_blocks_end(
    db: SQLite3, tmp_path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However a script is read, it is cut into the same statements, and nothing is lost."""
    db.execute("CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT ';\n'; SELECT 2; END")
    db.execute('CREATE TABLE "it\'s" (x)')
    db.insert_many("t", [{"name": "a;\n'b';\n;"}, {"name": "; \n"}])
    db.delete("t", where="id BETWEEN 20 AND 1000")
    text = Path(db.backup_database(tmp_path / "x.sql").path).read_bytes() + b"SELECT 1 -- end"
    wanted = list(statements(io.BytesIO(text)))
    monkeypatch.setattr(loading, "_AT_ONCE", at_once)
    found = list(statements(io.BytesIO(text)))

    assert found == wanted
    assert b"".join(found) == text


def test_what_text_cannot_hold_is_refused(db: SQLite3, tmp_path: Path) -> None:
    """A table of a module that keeps records elsewhere is refused, and makes no file."""
    db.execute("CREATE VIRTUAL TABLE stat USING dbstat")
    db.backup_database(tmp_path / "fine.sql")
    with contextlib.closing(sqlite3.connect(db.storage.location)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = 'CREATE VIRTUAL TABLE stat USING strange(x)' "
            "WHERE name = 'stat'"
        )
        connection.commit()
    with pytest.raises(Error, match=r"strange|stat"):
        db.backup_database(tmp_path / "lab.sql", check=False)

    assert left(tmp_path) == ["fine.sql"]


# ----------------------------------------------------------------------- nothing gets out

HOSTILE = [
    "ATTACH '{out}' AS a; CREATE TABLE a.t (x);",
    "VACUUM INTO '{out}';",
    "SELECT load_extension('{out}');",
    "SELECT writefile('{out}', 'x');",
    "PRAGMA writable_schema = ON;",
    "PRAGMA temp_store_directory = '{folder}';",
    "SELECT fts3_tokenizer('simple', x'00');",
    "DETACH main;",
    "CREATE TEMP TABLE t (x);",
    "CREATE VIRTUAL TABLE f USING csv(filename='{out}');",
    "VACUUM;",
    "COMMIT; ATTACH '{out}' AS a;",
    "CREATE TABLE x AS SELECT load_extension('{out}');",
    "UPDATE sqlite_schema SET sql = 'x';",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "before", ["", "\ufeff", "-- scitex.db\n", "BEGIN;\nCREATE TABLE g (x);\n"]
)
def test_a_hostile_script_reaches_nothing(
    db: SQLite3, tmp_path: Path, text: str, before: str
) -> None:
    """What would reach outside the database is refused, and the database is as it was."""
    out = tmp_path / "out"
    filled = before + text.format(out=out, folder=tmp_path) + "\n"
    (tmp_path / "hostile.sql").write_text(filled)
    with pytest.raises(BackupError):
        db.restore_database(tmp_path / "hostile.sql", verify=False, safety_copy=False)

    assert (db.count("t"), left(tmp_path)) == (1_000, ["hostile.sql"])


@pytest.mark.parametrize("text", HOSTILE[:3])
def test_what_is_added_to_a_good_backup_is_refused(db: SQLite3, tmp_path: Path, text: str) -> None:
    """Nothing can be written behind, or into, a backup that proves itself."""
    made = db.backup_database(tmp_path / "lab.sql")
    good = (tmp_path / "lab.sql").read_bytes()
    line = (text.format(out=tmp_path / "out", folder=tmp_path) + "\n").encode()
    for spoilt in (good + line, line + good, good.replace(b"COMMIT;", line + b"COMMIT;")):
        (tmp_path / "lab.sql").write_bytes(spoilt)
        with pytest.raises(BackupError):
            db.restore_database(made.path)

    assert left(tmp_path) == ["lab.sql"]


def test_a_refusal_tells_what_was_asked(db: SQLite3, tmp_path: Path) -> None:
    """The error names what the script asked for, and whom not to trust."""
    (tmp_path / "x.sql").write_text(f"ATTACH '{tmp_path}/out' AS a;\n")
    with pytest.raises(BackupError, match=r"asks for ATTACH .*out(.|\n)*hint: .*trust"):
        db.restore_database(tmp_path / "x.sql", verify=False)


def test_any_script_is_restored_or_refused(db: SQLite3, tmp_path: Path) -> None:
    """Whatever is done to a script, it is restored or refused, and no other error gets out."""
    db.enable_search("t", ["name"])
    db.backup_database(tmp_path / "lab.sql")
    good, chance = (tmp_path / "lab.sql").read_bytes(), random.Random(9)
    pieces = [
        b"\0",
        b"'",
        b";\n",
        b"`",
        b"--",
        b"/*",
        b"\xff",
        b"(",
        b"COMMIT;",
        b"BEGIN;\n",
        b"\r\n",
    ]
    for number in range(150):
        spoilt = bytearray(good)
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(spoilt) if number % 2 else 3_000)
            spoilt[place : place + chance.randrange(3)] = chance.choice(pieces)
        (tmp_path / "x.sql").write_bytes(spoilt)
        with SQLite3(":memory:") as new:
            try:
                new.restore_database(tmp_path / "x.sql", verify=False)
            except BackupError:
                assert new.list_tables() == []


def test_a_script_that_ends_too_soon_is_refused(db: SQLite3, tmp_path: Path) -> None:
    """A script without a manifest that ends within its transaction, or a statement, is refused."""
    for text in ("BEGIN;\nCREATE TABLE a (x);\n", "CREATE TABLE a (x);\nINSERT INTO a VALUES ('"):
        (tmp_path / "x.sql").write_text(text)
        with pytest.raises(BackupError):
            db.restore_database(tmp_path / "x.sql", verify=False)

    assert db.list_tables() == ["t"]


# --------------------------------------------------------------------------- damaged files


@pytest.mark.parametrize("ending", [".db", ".sql.gz"])
def test_a_hundred_turned_bits(db: SQLite3, tmp_path: Path, ending: str) -> None:
    """A backup with any bit turned over is refused, and nothing is changed."""
    path = tmp_path / f"lab{ending}"
    db.backup_database(path)
    db.insert("t", {"name": "later"})
    good, chance = path.read_bytes(), random.Random(3)
    head = 0 if ending == ".db" else 10  # what gzip says of itself is not the content
    for _ in range(100):
        place = chance.randrange(head, len(good))
        turned = bytes([good[place] ^ 1 << chance.randrange(8)])
        spoilt = good[:place] + turned + good[place + 1 :]
        if ending == ".sql.gz" and _says_the_same(spoilt, good):
            continue  # one of the bits that only fill the last byte of a block
        path.write_bytes(spoilt)
        with pytest.raises(Error):
            db.restore_database(path)

    assert db.count("t") == 1_001


def _says_the_same(spoilt: bytes, good: bytes) -> bool:
    """Say whether what was compressed is not changed at all."""
    try:
        return gzip.decompress(spoilt) == gzip.decompress(good)
    except (OSError, EOFError, zlib.error):
        return False


def test_a_cut_or_lost_database_file_is_refused(db: SQLite3, tmp_path: Path) -> None:
    """A ``.db`` backup that was cut short, or is empty, restores nothing."""
    path = tmp_path / "lab.db"
    db.backup_database(path)
    good = path.read_bytes()
    for size in (0, 1, 100, 4_096, len(good) - 1, len(good) - 4_096):
        path.write_bytes(good[:size])
        with pytest.raises(BackupError):
            db.restore_database(path)
    path.unlink()
    with pytest.raises(BackupError, match="no backup"):
        db.restore_database(path)

    assert db.count("t") == 1_000


def test_a_manifest_that_was_changed_is_refused(db: SQLite3, tmp_path: Path) -> None:
    """The manifest beside a backup proves itself too."""
    path = tmp_path / "lab.db"
    db.backup_database(path)
    place = Path(beside(str(path)))
    good = place.read_bytes()
    for spoilt in (good.replace(b"1000", b"1001"), good[:-30], b"", b"[]", b"{}", b"\xff\0"):
        place.write_bytes(spoilt)
        with pytest.raises(BackupError):
            db.restore_database(path)
    place.unlink()
    with pytest.raises(BackupError, match="no manifest"):
        db.restore_database(path)
    db.restore_database(path, verify=False)

    assert db.count("t") == 1_000


@pytest.mark.parametrize("kind", [".db", ".sql"])
def test_a_damaged_database_is_not_backed_up(tmp_path: Path, kind: str) -> None:
    """A file that is damaged inside is refused: it stays as it is, and no backup is left."""
    path = tmp_path / "test.db"
    with SQLite3(path) as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
        db.create_index("t", "x")
        db.insert_many("t", [{"x": f"text {n}" * 20} for n in range(5_000)])
    spoilt = bytearray(path.read_bytes())
    for page in (40, 60, 80):
        spoilt[page * 4096 : page * 4096 + 2_000] = os.urandom(2_000)
    path.write_bytes(spoilt)
    with SQLite3(path) as db, pytest.raises(Error, match=r"damaged|malformed"):
        db.backup_database(tmp_path / f"lab{kind}")

    assert (path.read_bytes(), left(tmp_path)) == (bytes(spoilt), [])


def test_a_damaged_database_can_be_replaced(tmp_path: Path) -> None:
    """What is damaged cannot be copied first, which is told; it can be replaced all the same."""
    path = tmp_path / "test.db"
    with SQLite3(path) as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "TEXT"})
        db.insert_many("t", [{"x": f"text {n}" * 20} for n in range(5_000)])
        db.backup_database(tmp_path / "lab.db")
        db.backup_database(tmp_path / "lab.sql")
    good = path.read_bytes()
    for name in ("lab.db", "lab.sql"):
        spoilt = bytearray(good)
        for page in (2, 3, 40, 60, 80):
            spoilt[page * 4096 : page * 4096 + 4096] = os.urandom(4096)
        path.write_bytes(spoilt)
        with SQLite3(path) as db:
            with pytest.raises(BackupError, match=r"damaged(.|\n)*hint: .*safety_copy=False"):
                db.restore_database(tmp_path / name)
            db.restore_database(tmp_path / name, safety_copy=False)

            assert db.count("t") == 5_000
            assert db.query("PRAGMA integrity_check") == [{"integrity_check": "ok"}]


def test_an_old_backup_survives_a_failed_one(db: SQLite3, tmp_path: Path) -> None:
    """A backup that fails leaves the one that was there, and it is good."""
    path = tmp_path / "lab.db"
    db.backup_database(path)
    with pytest.raises(ZeroDivisionError):
        db.backup_database(path, progress=lambda _done, _total: 1 // 0)

    assert scitex.db.verify_backup(path).manifest.rows == 1_000
    assert left(tmp_path) == ["lab.db", "lab.db.manifest.json"]


def test_one_of_two_manifests_fits(db: SQLite3, tmp_path: Path) -> None:
    """While a backup is replaced two manifests lie beside it, and either file is good."""
    path = tmp_path / "lab.db"
    place = Path(beside(str(path)))
    both = []
    for _ in range(2):
        made = db.backup_database(path)
        both.append((made.manifest, path.read_bytes()))
        db.insert("t", {"name": "more"})
    place.write_bytes(as_sidecar([manifest for manifest, _ in both]))
    for manifest, content in both:
        path.write_bytes(content)

        assert scitex.db.verify_backup(path).manifest == manifest
    db.backup_database(path)

    assert scitex.db.verify_backup(path).manifest.rows == 1_002


# ------------------------------------------------------------------- others, and the place


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_others_see_what_was_restored(db: SQLite3, tmp_path: Path, mode: str) -> None:
    """Connections that are open, in this process or another, see the new state at once."""
    db.execute(f"PRAGMA journal_mode = {mode}")
    db.backup_database(tmp_path / "lab.db")
    db.insert("t", {"name": "later"})
    program = """
        import sqlite3, sys
        c = sqlite3.connect(sys.argv[1])
        print(c.execute("SELECT count(*) FROM t").fetchone()[0], flush=True)
        sys.stdin.readline()
        print(c.execute("SELECT count(*) FROM t").fetchone()[0])
        print(c.execute("PRAGMA integrity_check").fetchone()[0])
    """
    child = started(program, db.storage.location)
    assert child.stdout is not None
    first = child.stdout.readline()
    with SQLite3(db.storage.location) as other:
        other.count("t")
        db.restore_database(tmp_path / "lab.db")
        counts = [db.count("t"), other.count("t")]
    text, status, _ = told(child)

    assert (first, counts, text.split(), status) == ("1001\n", [1_000] * 2, ["1000", "ok"], 0)
    assert db.query("PRAGMA journal_mode")[0]["journal_mode"] == mode.lower()


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_a_writer_is_waited_for_in_time(db: SQLite3, tmp_path: Path, mode: str) -> None:
    """Where somebody else writes, a restore gives up after the timeout; nothing is changed."""
    db.execute(f"PRAGMA journal_mode = {mode}")
    db.backup_database(tmp_path / "lab.db")
    db.insert("t", {"name": "later"})
    with SQLite3(db.storage.location) as other:
        other.begin_transaction()
        other.insert("t", {"name": "theirs"})
        for restore in (
            lambda: db.restore_database(tmp_path / "lab.db", safety_copy=False),
            lambda: db.restore_table("t", tmp_path / "lab.db", safety_copy=False),
        ):
            began = time.monotonic()
            with pytest.raises(LockedError, match="locked"):
                restore()

            assert time.monotonic() - began < 25
        other.commit()

    assert db.count("t") == 1_002


def test_another_threads_transaction_is_waited_for(tmp_path: Path) -> None:
    """A database in memory is backed up when another thread's transaction is done."""
    with SQLite3(":memory:", timeout=0.3) as db:
        db.create_table("t", {"id": "INTEGER PRIMARY KEY"})
        inside, done = threading.Event(), threading.Event()

        def hold() -> None:
            with db.transaction():
                inside.set()
                done.wait(20)

        thread = threading.Thread(target=hold)
        thread.start()
        inside.wait(20)
        with pytest.raises(LockedError):
            db.backup_database(tmp_path / "lab.db")
        done.set()
        thread.join()

        assert db.backup_database(tmp_path / "lab.db").manifest.rows == 0


def test_the_database_itself_is_no_backup(db: SQLite3, tmp_path: Path) -> None:
    """A backup is not written over the database, or over what lies beside it."""
    (tmp_path / "link.db").symlink_to(tmp_path / "test.db")
    for name in ("test.db", "link.db"):
        with pytest.raises(InterfaceError, match="the database itself"):
            db.backup_database(tmp_path / name)
    with SQLite3(tmp_path / "lab.db") as other:
        other.create_table("u", {"id": "INTEGER PRIMARY KEY"})
        with pytest.raises(OperationalError, match="in use"):
            db.backup_database(tmp_path / "lab.db")

    assert db.count("t") == 1_000


def test_a_database_that_is_no_backup_stays(db: SQLite3, tmp_path: Path) -> None:
    """A backup does not take the place of a database that no manifest calls a backup."""
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.executescript("CREATE TABLE u (x); INSERT INTO u VALUES (1)")
        with pytest.raises(OperationalError, match=r"no manifest(.|\n)*hint: .*another name"):
            db.backup_database(tmp_path / "other.db")
        other.execute("INSERT INTO u VALUES (2)")
        other.commit()
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as other:
        assert other.execute("SELECT count(*) FROM u").fetchone() == (2,)


def test_a_database_is_not_restored_from_itself(db: SQLite3) -> None:
    """Naming the database as its own backup is told as such, and does not wait for itself."""
    with pytest.raises(InterfaceError, match="the database itself"):
        db.restore_database(db.storage.location, verify=False)

    assert db.count("t") == 1_000


def test_a_backup_of_a_table_does_not_replace_everything(db: SQLite3, tmp_path: Path) -> None:
    """With ``verify=False`` too, the backup of one table is not taken for one of everything."""
    made = db.backup_table("t", tmp_path / "t.sql")
    db.create_table("u", {"id": "INTEGER PRIMARY KEY"})
    with pytest.raises(BackupError, match="table 't' only"):
        db.restore_database(made.path, verify=False)

    assert (db.list_tables(), scitex.db.verify_backup(made.path)) == (["t", "u"], made)


def test_the_backup_of_a_table_is_no_database(db: SQLite3, tmp_path: Path) -> None:
    """A table is backed up as text; another ending is refused."""
    with pytest.raises(InterfaceError, match=r"one table(.|\n)*hint: .*\.sql"):
        db.backup_table("t", tmp_path / "t.db")

    assert left(tmp_path) == []


@pytest.mark.parametrize("ending", [".db", ".sql"])
def test_a_folder_is_no_place_for_a_backup(db: SQLite3, tmp_path: Path, ending: str) -> None:
    """A folder of the name stays what it is."""
    (tmp_path / f"lab{ending}").mkdir()
    with pytest.raises(OSError, match="lab"):
        db.backup_database(tmp_path / f"lab{ending}")

    assert left(tmp_path) == [f"lab{ending}"]


def test_a_database_that_is_read_only(db: SQLite3, tmp_path: Path) -> None:
    """What is opened for reading only is backed up, and not restored."""
    db.backup_database(tmp_path / "lab.db")
    with SQLite3(tmp_path / "test.db", read_only=True) as reader:
        made = reader.backup_database(tmp_path / "again.sql")
        for restore in (
            lambda: reader.restore_database(tmp_path / "lab.db", safety_copy=False),
            lambda: reader.restore_table("t", tmp_path / "lab.db", safety_copy=False),
        ):
            with pytest.raises(ReadOnlyError):
                restore()

    assert made.manifest.rows == 1_000


def test_a_backup_that_is_open_keeps_its_locks(db: SQLite3, tmp_path: Path) -> None:
    """Proving a backup that is open here as a database drops none of its locks."""
    path = tmp_path / "lab.db"
    db.backup_database(path)
    with SQLite3(path) as opened:
        opened.begin_transaction()
        opened.execute("DELETE FROM t WHERE id = -1")
        with contextlib.suppress(Error):
            scitex.db.verify_backup(path)
        locked = said(
            "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], timeout=0)\n"
            "try:\n    c.execute('BEGIN IMMEDIATE'); print('free')\n"
            "except sqlite3.OperationalError as error: print(error)",
            path,
        )
        opened.rollback()

    assert locked == "database is locked"


def test_a_file_without_a_manifest_that_is_none(db: SQLite3, tmp_path: Path) -> None:
    """With ``verify=False`` what is no database is still refused, and nothing is changed."""
    for content in (b"", b"hello" * 1_000, b"SQLite format 3\0" + os.urandom(5_000)):
        (tmp_path / "x.db").write_bytes(content)
        with pytest.raises(Error):
            db.restore_database(tmp_path / "x.db", verify=False, safety_copy=False)

    assert db.count("t") == 1_000


def test_a_damaged_file_without_a_manifest(db: SQLite3, tmp_path: Path) -> None:
    """With ``verify=False`` a database that is damaged inside is not put in the place of one."""
    db.create_index("t", "name")
    db.backup_database(tmp_path / "x.db")
    spoilt = bytearray((tmp_path / "x.db").read_bytes())
    spoilt[5 * 4_096 : 5 * 4_096 + 1_000] = os.urandom(1_000)
    (tmp_path / "x.db").write_bytes(spoilt)
    with pytest.raises(BackupError, match="damaged"):
        db.restore_database(tmp_path / "x.db", verify=False, safety_copy=False)

    assert db.count("t") == 1_000


def test_references_of_other_tables_are_kept(db: SQLite3, tmp_path: Path) -> None:
    """A table is not restored alone where others would refer to what is not in it."""
    db.backup_table("t", tmp_path / "t.sql")
    db.create_table("u", {"id": "INTEGER PRIMARY KEY", "t": "INTEGER REFERENCES t"})
    new = db.insert("t", {"name": "new"})
    db.insert("u", {"t": new})
    with pytest.raises(BackupError, match=r"'t'(.|\n)*hint: "):
        db.restore_table("t", tmp_path / "t.sql")

    assert (db.count("t"), db.query("PRAGMA foreign_keys")[0]["foreign_keys"]) == (1_001, 1)
    with pytest.raises(scitex.db.ForeignKeyError):
        db.insert("u", {"t": -5})


def test_a_table_comes_with_its_triggers(db: SQLite3, tmp_path: Path) -> None:
    """A table is restored with its triggers, which do not fire for it, and with its counter."""
    db.execute("CREATE TABLE log (what TEXT)")
    db.execute("CREATE TABLE c (id INTEGER PRIMARY KEY AUTOINCREMENT, x REAL)")
    db.execute("CREATE TRIGGER g AFTER INSERT ON c BEGIN INSERT INTO log VALUES (new.id); END")
    db.insert_many("c", [{"x": 0.5}, {"x": float("inf")}])
    db.delete("c", where={"id": 2})
    db.backup_table("c", tmp_path / "c.sql")
    db.drop_table("c")
    db.restore_table("c", tmp_path / "c.sql")

    assert (db.insert("c", {"x": 1.0}), db.count("log")) == (3, 3)


def test_a_modules_table_is_not_restored_alone(db: SQLite3, tmp_path: Path) -> None:
    """A table that a module keeps is restored with the whole only, and that is told."""
    db.execute("CREATE VIRTUAL TABLE f USING fts5(x)")
    db.backup_table("f", tmp_path / "f.sql")
    with pytest.raises(UnsupportedFeatureError, match=r"hint: restore the whole"):
        db.restore_table("f", tmp_path / "f.sql")


def test_text_of_other_bytes_is_not_mixed(db: SQLite3, tmp_path: Path) -> None:
    """A database that keeps text otherwise is restored into a new file only."""
    with contextlib.closing(sqlite3.connect(tmp_path / "u16.db")) as connection:
        connection.executescript("PRAGMA encoding = 'UTF-16le'; CREATE TABLE u (x);")
    with pytest.raises(BackupError, match=r"UTF-16le(.|\n)*hint: "):
        db.restore_database(tmp_path / "u16.db", verify=False, safety_copy=False)

    assert db.count("t") == 1_000


def test_a_lie_about_the_schema_is_found_out(db: SQLite3, tmp_path: Path) -> None:
    """A schema that is not the one of the manifest is refused."""
    made = db.backup_database(tmp_path / "lab.sql")
    text = (tmp_path / "lab.sql").read_bytes()[: made.manifest.bytes]
    for change in ({"schema": "0" * 64}, {"dangling": 7}):
        lie = attrs.evolve(made.manifest, **change)
        (tmp_path / "lab.sql").write_bytes(text + trailer(lie))
        with pytest.raises(BackupError, match=r"schema|references"):
            db.restore_database(made.path)


@pytest.mark.parametrize("ending", [".db", ".sql"])
def test_what_is_worked_out_from_json_comes_back(db: SQLite3, tmp_path: Path, ending: str) -> None:
    """SQLite's own JSON functions are no danger in an index, a column or a view."""
    db.execute("CREATE TABLE q (id INTEGER PRIMARY KEY, j TEXT, a AS (json_extract(j, '$.a')))")
    db.execute("""INSERT INTO q (j) VALUES ('{"a": "z", "b": 2}')""")
    db.execute("CREATE INDEX by_b ON q (json_extract(j, '$.b'))")
    db.execute("CREATE VIEW v AS SELECT j ->> '$.b' AS b FROM q")
    path = tmp_path / f"json{ending}"
    db.backup_database(path)

    assert scitex.db.verify_backup(path).manifest.rows == 1_001
    db.execute("DELETE FROM q")
    db.restore_database(path)
    assert db.select("q", columns=["a"]) == [{"a": "z"}]
    assert db.query("SELECT b FROM v") == [{"b": 2}]
    db.execute("DELETE FROM q")
    db.restore_table("q", path)
    assert db.count("q") == 1

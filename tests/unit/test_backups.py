"""What backups say of themselves."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db.adapters.disk import Disk
from scitex.db.domain import backups
from scitex.db.domain.backups import MARK, Manifest, Restored, Table
from scitex.db.domain.errors import BackupError, InterfaceError, UnsupportedFeatureError
from scitex.db.services.backups.manifests import in_text
from scitex.db.services.backups.places import Found, path_of

MANIFEST = Manifest(
    engine="sqlite",
    engine_version="3.40.1",
    version="0.1.0",
    created="2026-01-02T03:04:05+00:00",
    kind="sql",
    table=None,
    tables=(Table("", "日本\n-- x", 3, "ab"), Table("s", "t", 1_000, None)),
    schema="cd",
    dangling=0,
    sha256="ef",
    bytes=12,
)


def test_a_manifest_survives_a_text() -> None:
    """What is written at the end of a text is read there, and is ASCII in three lines."""
    text = backups.trailer(MANIFEST)

    assert backups.from_trailer(text, where="x") == MANIFEST
    assert (text.isascii(), text.count(b"\n")) == (True, 4)
    assert all(line.startswith(b"-- ") for line in text.split(b"\n")[1:-1])


def test_a_manifest_survives_a_file() -> None:
    """What is written beside a file is read there, several entries in their order."""
    both = (MANIFEST, attrs.evolve(MANIFEST, sha256="00"))

    assert backups.from_sidecar(backups.as_sidecar(both), where="x") == both


@given(st.data())
def test_any_turned_bit_of_a_manifest_is_seen(data: st.DataObject) -> None:
    """A manifest of which one bit is another one is refused, or says the same."""
    for written, read in (
        (backups.trailer(MANIFEST), backups.from_trailer),
        (backups.as_sidecar([MANIFEST]), backups.from_sidecar),
    ):
        place = data.draw(st.integers(0, len(written) - 1))
        bit = 1 << data.draw(st.integers(0, 7))
        spoilt = written[:place] + bytes([written[place] ^ bit]) + written[place + 1 :]
        try:
            found = read(spoilt, where="x")
        except BackupError:
            continue

        assert found in (MANIFEST, (MANIFEST,))


@pytest.mark.parametrize("change", [{"bytes": "12"}, {"sha256": 5}, {"format": 2}, {"extra": 1}])
def test_a_manifest_of_another_form_is_refused(change: dict[str, object]) -> None:
    """Fields that are missing, too many, of another type, or of a later version are refused."""
    found = {**json.loads(backups.as_json(MANIFEST)), **change}
    with pytest.raises(BackupError, match="x: its manifest"):
        backups.from_json(json.dumps(found), where="x")


def test_what_a_manifest_tells_people() -> None:
    """A manifest tells in a line what the backup holds."""
    assert str(MANIFEST) == (
        "2 tables, 1,003 records, 12 bytes, sqlite, 2026-01-02T03:04:05+00:00"
    )
    for count, told in ((0, "0 records"), (1, "1 record"), (2, "2 records")):
        some = attrs.evolve(MANIFEST, tables=(Table("", "t", count, "ab"),))
        assert str(some).startswith(f"1 table, {told}, ")
    assert [str(table) for table in MANIFEST.tables] == ["日本\n-- x", "s.t"]
    assert (MANIFEST.rows, MANIFEST.checked) == (1_003, False)


def test_what_was_restored_is_told() -> None:
    """The result of a restore says where the safety copy is, if there is one."""
    done = Restored("a.sql", MANIFEST.tables[1:], "b.db")

    assert str(done) == "restored 1 table, 1,000 records, from a.sql; what was there is in b.db"
    assert str(attrs.evolve(done, safety_copy=None)).endswith("from a.sql")


@pytest.mark.parametrize(
    ("name", "kind"), [("A.SQL", "sql"), ("a.sql.ZST", "sql"), ("x.sqlite3", "db")]
)
def test_kinds_are_told_by_endings(name: str, kind: str) -> None:
    """The ending says the kind, in capitals too."""
    assert backups.kind_of(name, ("db", "sql"), engine="sqlite") == kind


def test_kinds_that_are_not_offered() -> None:
    """An ending of another engine is told from one that nobody knows."""
    with pytest.raises(UnsupportedFeatureError, match=r"\.dump(.|\n)*hint: .*\.sql"):
        backups.kind_of("x.dump", ("db", "sql"), engine="sqlite")
    with pytest.raises(InterfaceError, match=r"hint: .*\.sql"):
        backups.kind_of("x.tar", ("db", "sql"), engine="sqlite")


@pytest.mark.parametrize("path", ["", " ", "a\0b", 5, None])
def test_what_is_no_path(path: object) -> None:
    """What cannot be a path is refused."""
    with pytest.raises(InterfaceError, match="backup"):
        path_of(path)


@pytest.mark.parametrize(
    "size", [0, 1, (1 << 20) - len(MARK) // 2, (1 << 20) - 1, 1 << 20, 3 << 20]
)
@pytest.mark.parametrize("false_marks", [0, 2])
def test_the_last_mark_counts(tmp_path: Path, size: int, false_marks: int) -> None:
    """Wherever blocks end, the hash is that of all before the last mark."""
    text = (b"x" * size) + (MARK + b"-- {}\n") * false_marks + b";\n"
    (tmp_path / "x.sql").write_bytes(text + backups.trailer(MANIFEST))
    found, digest = in_text(Found(str(tmp_path / "x.sql"), Disk()))

    assert (found, digest) == (MANIFEST, hashlib.sha256(text).hexdigest())


@pytest.mark.parametrize("size", [0, 5, 1 << 20, 5_000_000])
def test_a_text_without_a_mark(tmp_path: Path, size: int) -> None:
    """A text without a manifest has none, and the hash is that of all of it."""
    (tmp_path / "x.sql").write_bytes(b"y" * size)
    found, digest = in_text(Found(str(tmp_path / "x.sql"), Disk()))

    assert (found, digest) == (None, hashlib.sha256(b"y" * size).hexdigest())


def test_a_url_is_no_backup() -> None:
    """An address in the place of a path is refused, and its password is not in what is said."""
    with pytest.raises(InterfaceError, match="a URL cannot be") as caught:
        path_of("postgresql://me:secret@lab/results.sql")

    assert "secret" not in str(caught.value)

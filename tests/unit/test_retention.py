"""Which backups are kept, and why."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db import InterfaceError, SQLite3, prune_backups
from scitex.db.domain.retention import Candidate, Policy, duration, moment_in, plan, stamped

NOON = dt.datetime(2025, 5, 30, 12)
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


def candidates(*moments: dt.datetime) -> list[Candidate]:
    """Make a backup for each moment."""
    return [Candidate(stamped("lab", at, ".db"), at) for at in moments]


def kept(found: list[Candidate], policy: Policy) -> list[dt.datetime]:
    """Return the moments of those that are kept, all of them good."""
    verdicts = plan(found, policy, now=NOON + DAY, is_good=lambda _: True)
    return [verdict.at for verdict in verdicts if verdict.kept]


def test_the_last_are_kept() -> None:
    """``last`` keeps so many of the newest."""
    found = candidates(*(NOON - HOUR * n for n in range(5)))

    assert kept(found, Policy(last=2)) == [NOON, NOON - HOUR]


def test_the_newest_of_each_day_is_kept() -> None:
    """``daily`` keeps the newest backup of each of the newest days that have one."""
    found = candidates(*(NOON - HOUR * n for n in range(0, 96, 6)))

    assert kept(found, Policy(daily=3)) == [
        NOON,
        dt.datetime(2025, 5, 29, 18),
        dt.datetime(2025, 5, 28, 18),
    ]


def test_days_without_a_backup_do_not_count() -> None:
    """A day on which nothing was backed up takes no place."""
    found = candidates(NOON, NOON - 10 * DAY, NOON - 20 * DAY, NOON - 30 * DAY)

    assert kept(found, Policy(daily=3)) == [NOON, NOON - 10 * DAY, NOON - 20 * DAY]


def test_the_oldest_is_kept_while_there_are_not_enough() -> None:
    """Where a rule has places left, the oldest backup takes one of them."""
    found = candidates(NOON, NOON - HOUR, NOON - 2 * HOUR)

    assert kept(found, Policy(daily=7)) == [NOON, NOON - 2 * HOUR]


def test_weeks_begin_on_monday_and_end_with_the_year_in_one() -> None:
    """``weekly`` counts ISO weeks: the last days of 2024 are in the first week of 2025."""
    monday, thursday, before = (
        dt.datetime(2024, 12, 30),
        dt.datetime(2025, 1, 2),
        dt.datetime(2024, 12, 29),
    )

    assert kept(candidates(thursday, monday, before), Policy(weekly=2)) == [thursday, before]


def test_a_backup_that_any_rule_keeps_stays() -> None:
    """Rules add up, and each says why."""
    found = candidates(NOON, NOON - 40 * DAY, NOON - 400 * DAY)

    verdicts = plan(found, Policy(last=1, yearly=2), now=NOON, is_good=lambda _: True)

    assert [verdict.reasons for verdict in verdicts] == [("last", "yearly"), (), ("yearly",)]


def test_within_counts_from_the_newest_and_not_from_now() -> None:
    """What is within a time of the newest stays, also when there were no backups for a year."""
    found = candidates(NOON - 400 * DAY, NOON - 405 * DAY, NOON - 450 * DAY)

    assert kept(found, Policy(within="30d")) == [NOON - 400 * DAY, NOON - 405 * DAY]


@pytest.mark.parametrize(
    ("text", "from_", "expected"),
    [
        ("1m", dt.datetime(2025, 3, 31), dt.datetime(2025, 2, 28)),
        ("1y", dt.datetime(2024, 2, 29), dt.datetime(2023, 2, 28)),
        ("1y2m3d4h", dt.datetime(2025, 5, 30, 12), dt.datetime(2024, 3, 27, 8)),
        ("2w", dt.datetime(2025, 5, 30), dt.datetime(2025, 5, 16)),
    ],
    ids=str,
)
def test_a_length_of_time_is_a_calendars(
    text: str, from_: dt.datetime, expected: dt.datetime
) -> None:
    """Months and years are those of a calendar; a day that is not there is the month's last."""
    assert duration(text).before(from_) == expected


@pytest.mark.parametrize("given_", ["", "30", "d", "1d1y", "-1d", 5, dt.timedelta(0)], ids=str)
def test_what_is_no_length_of_time_is_refused(given_: object) -> None:
    """The error says how one is written."""
    with pytest.raises(InterfaceError, match="no length of time"):
        duration(given_)  # type: ignore[arg-type]  # that is what is tried


@pytest.mark.parametrize("rules", [{}, {"last": 0}, {"daily": -1}, {"last": 1.5}, {"last": True}])
def test_a_policy_says_what_is_kept(rules: dict[str, object]) -> None:
    """No rule at all would let go of everything: it is refused, and so is what is no number."""
    with pytest.raises(InterfaceError):
        Policy(**rules)  # type: ignore[arg-type]  # that is what is tried


def test_the_last_good_one_never_goes() -> None:
    """What is newer and does not prove itself takes no place, and stays to be looked at."""
    found = candidates(NOON, NOON - DAY, NOON - 2 * DAY)
    bad = found[0].name

    verdicts = plan(found, Policy(last=1), now=NOON, is_good=lambda name: name != bad)

    assert [verdict.reasons for verdict in verdicts] == [
        ("not proven, look at it",),
        ("last",),
        (),
    ]


def test_series_are_judged_apart() -> None:
    """Backups whose names differ in more than the moment do not take each other's place."""
    found = [
        Candidate("lab_20250530.db", NOON),
        Candidate("lab_20250529.sql.gz", NOON - DAY),
        Candidate("mice_20250101.db", NOON - 149 * DAY),
    ]

    verdicts = plan(found, Policy(last=1), now=NOON, is_good=lambda _: True)

    assert {verdict.name: verdict.kept for verdict in verdicts} == {
        "lab_20250530.db": True,
        "lab_20250529.sql.gz": False,
        "mice_20250101.db": True,
    }


@given(
    st.lists(st.datetimes(dt.datetime(2000, 1, 1), NOON), unique=True, min_size=1, max_size=30),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 4),
)
def test_more_rules_keep_no_less(
    moments: list[dt.datetime], last: int, daily: int, yearly: int
) -> None:
    """The newest is always kept, and a rule more never lets go of what was kept without it."""
    found = candidates(*moments)

    some = set(kept(found, Policy(last=last + 1)))
    more = set(kept(found, Policy(last=last + 1, daily=daily, yearly=yearly)))

    assert max(moments) in some
    assert some <= more
    assert len(some) == min(last + 1, len(moments))


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("backup_20250530.sql", dt.datetime(2025, 5, 30)),
        ("backup_2025-0530-1400.sql", dt.datetime(2025, 5, 30, 14)),
        ("backup_2025-05-30T14:05:09.db", dt.datetime(2025, 5, 30, 14, 5, 9)),
        ("lab_20250530_140509_000250.db", dt.datetime(2025, 5, 30, 14, 5, 9, 250)),
        ("before_restore_20250530_140509_ab12cd.db", dt.datetime(2025, 5, 30, 14, 5, 9)),
        ("run_123456789.sql", None),
        ("backup_20251399.sql", None),
        ("lab.db", None),
    ],
)
def test_the_moment_is_read_off_the_name(name: str, moment: dt.datetime | None) -> None:
    """Names with a stamp of any of the usual forms say when; others do not."""
    assert moment_in(name) == moment


# ------------------------------------------------------------------------- in a folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with three daily backups, a stranger's file, a link and a database."""
    with SQLite3(tmp_path / "lab.sqlite") as db:
        db.create_table("runs", {"id": "INTEGER PRIMARY KEY"})
        place = tmp_path / "backups"
        place.mkdir()
        for day in (28, 29, 30):
            db.backup_database(place / f"lab_202505{day}.db")
        db.backup_database(place / "lab_20250527.sql.gz")
    (place / "lab_20240101.sql").write_text("-- another tool's\n")
    (place / "lab_20240102.db").write_bytes(b"a database without a manifest")
    (place / "lab_20240103.sql").symlink_to(tmp_path / "lab.sqlite")
    (place / "notes.txt").write_text("mine")
    return place


OTHERS = {"lab_20240101.sql", "lab_20240102.db", "lab_20240103.sql", "notes.txt"}


def test_what_no_rule_keeps_is_removed_with_its_manifest(folder: Path) -> None:
    """Backups of this package go, whatever their kind; everything else stays."""
    pruned = prune_backups(folder, keep_last=2)

    assert pruned.removed == ("lab_20250528.db", "lab_20250527.sql.gz")
    assert {each.name for each in folder.iterdir()} == OTHERS | {
        "lab_20250529.db",
        "lab_20250529.db.manifest.json",
        "lab_20250530.db",
        "lab_20250530.db.manifest.json",
    }


def test_a_dry_run_removes_nothing(folder: Path) -> None:
    """It says what would go, and why the rest stays."""
    before = sorted(each.name for each in folder.iterdir())

    told = str(prune_backups(folder, keep_last=1, dry_run=True))

    assert sorted(each.name for each in folder.iterdir()) == before
    assert "keep    lab_20250530.db  (last)" in told
    assert "remove  lab_20250528.db" in told
    assert f"1 kept, 3 would be removed in {folder}" in told


def test_a_damaged_newest_backup_lets_no_good_one_go(folder: Path) -> None:
    """Where the newest is damaged, the newest good one is kept in its place."""
    newest = folder / "lab_20250530.db"
    newest.write_bytes(newest.read_bytes()[:-1] + b"x")

    pruned = prune_backups(folder, keep_last=1)

    assert set(pruned.kept) == {"lab_20250530.db", "lab_20250529.db"}


def test_a_pattern_vouches_for_what_has_no_manifest(folder: Path) -> None:
    """Backups that another tool made are let go where a pattern names them; links never."""
    for day in (4, 5):
        (folder / f"lab_2024010{day}.sql").write_text("CREATE TABLE t (x);\n")

    pruned = prune_backups(folder, pattern="lab_2024*.sql", keep_last=1)

    assert pruned.removed == ("lab_20240104.sql", "lab_20240101.sql")
    assert pruned.kept == ("lab_20240105.sql",)
    assert (folder / "lab_20240103.sql").is_symlink()


@pytest.mark.parametrize("text", [b"", b"-- only\n", b"-- PostgreSQL database dump\nSELECT 1;\n"])
def test_what_is_cut_takes_no_place(tmp_path: Path, text: bytes) -> None:
    """A file that cannot be whole is left to be looked at, and pushes no other out."""
    (tmp_path / "lab_20240101.sql").write_text("CREATE TABLE t (x);\n")
    (tmp_path / "lab_20240102.sql").write_bytes(text)

    pruned = prune_backups(tmp_path, pattern="lab_*.sql", keep_last=1)

    assert pruned.removed == ()
    assert [each.reasons for each in pruned.verdicts] == [("not proven, look at it",), ("last",)]


def test_every_backup_that_is_kept_is_proven(tmp_path: Path) -> None:
    """A damaged one takes no place, wherever it stands among the others."""
    with SQLite3(tmp_path / "lab.db") as db:
        db.create_table("t", {"x": "INTEGER"})
        for day in range(1, 5):
            db.backup_database(tmp_path / f"b_2024010{day}.db")
    with (tmp_path / "b_20240103.db").open("r+b") as file:
        file.truncate(4096)

    pruned = prune_backups(tmp_path, keep_last=2)

    assert pruned.removed == ("b_20240101.db",)
    assert pruned.verdicts[1].reasons == ("not proven, look at it",)


def test_backups_of_other_things_are_judged_by_themselves(tmp_path: Path) -> None:
    """Other databases, other tables and other names push none of one another out."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        with SQLite3(tmp_path / name / "lab.db") as db:
            db.create_table("t", {"x": "INTEGER"})
            db.create_table("u", {"x": "INTEGER"})
            db.backup_database(tmp_path / f"lab_2024010{1 + (name == 'b')}.sql")
            db.backup_table("t", tmp_path / f"lab_2024010{3 + (name == 'b')}.sql")
            db.backup_database(tmp_path / f"trial.{name}_20240105.sql")
    with SQLite3(tmp_path / "a" / "lab.db") as db:
        db.backup_database(tmp_path / "lab_20240106.sql.gz")

    assert prune_backups(tmp_path, keep_last=1).removed == ("lab_20240101.sql",)


def test_the_last_moment_in_a_name_counts() -> None:
    """Digits before it that look like one belong to the name."""
    assert moment_in("study20230101_20240203.db") == dt.datetime(2024, 2, 3)
    assert Candidate("study20230101_20240203.db", NOON).series[0] == "study20230101_*"


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """The system's error names it."""
    with pytest.raises(FileNotFoundError, match="nowhere"):
        prune_backups(tmp_path / "nowhere", keep_last=1)

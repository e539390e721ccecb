"""Laws about duplicates: which go, which stay, and what is told."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db import Capability, Database, Duplicates
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DatabaseWarning,
    DuplicateKeyError,
    InterfaceError,
    InvalidNameError,
    SchemaError,
    TableNotFoundError,
)
from scitex.db.testing.contract.duplicateground import AGREED, SHOTS, TAKEN, DuplicateGround
from scitex.db.testing.contract.ground import DRAWN, StopError, ids, needs, undone

D = decimal.Decimal


def kept_plainly(
    records: list[dict[str, Any]], keep: Any, *, nulls_equal: bool = True
) -> list[object]:
    """Say in the simplest way which records stay."""
    alike: dict[Any, list[dict[str, Any]]] = {}
    for record in records:
        said = tuple(record[name] for name in AGREED)
        lone = None in said and not nulls_equal
        alike.setdefault((said, record["id"]) if lone else said, []).append(record)
    stay = []
    for same in alike.values():
        if keep in ("first", "last"):
            stay.append(same[0 if keep == "first" else -1])
            continue
        told = [record for record in same if record["at"] is not None] or same
        best = [record["at"] for record in told if record["at"] is not None]
        if best:
            value = max(best) if keep[0] == "newest" else min(best)
            told = [record for record in told if record["at"] == value]
        stay.append(told[-1 if keep[0] == "newest" else 0])
    return sorted(record["id"] for record in stay)


WAYS: list[Any] = ["first", "last", ("newest", "at"), ("oldest", "at")]
DRAWN_SHOTS = st.lists(
    st.fixed_dictionaries(
        {
            "a": st.sampled_from([None, "", "x", "X", "é", "e\u0301"]),
            "b": st.sampled_from([None, 0, 1]),
            "at": st.sampled_from([None, -1.0, 0.0, 2.5, float("inf")]),
        }
    ),
    max_size=12,
)
# Type, two values that are the same, and one that is not.
SORTS: list[tuple[str, Any, Any, Any]] = [
    ("INTEGER", 1, 1, 2),
    ("REAL", 0.0, -0.0, 5e-324),
    ("REAL", float("inf"), float("inf"), float("-inf")),
    ("NUMERIC", D("1.50"), D("1.5"), D("1.25")),
    ("TEXT", "straße", "straße", "strasse"),
    ("TEXT", "a", "a", "a "),
    ("VARCHAR(5)", "a", "a", "A"),
    ("BOOLEAN", True, True, False),
    ("BLOB", b"\0a", b"\0a", b"\0b"),
    ("TIMESTAMP", dt.datetime(2025, 5, 30), dt.datetime(2025, 5, 30), dt.datetime(2025, 5, 31)),
    (
        "TIMESTAMPTZ",
        dt.datetime(2025, 5, 30, tzinfo=dt.UTC),
        dt.datetime(2025, 5, 30, 9, tzinfo=dt.timezone(dt.timedelta(hours=9))),
        dt.datetime(2025, 5, 30, 9, tzinfo=dt.UTC),
    ),
    ("DATE", dt.date(2025, 5, 30), dt.date(2025, 5, 30), dt.date(2025, 5, 29)),
    ("INTERVAL", dt.timedelta(hours=24), dt.timedelta(days=1), dt.timedelta(days=2)),
]


class DuplicateLaws(DuplicateGround):
    """What must hold for removing duplicates."""

    @pytest.mark.parametrize("nulls_equal", [True, False])
    @pytest.mark.parametrize("keep", WAYS)
    def test_one_of_those_alike_stays(self, shots: Database, keep: Any, nulls_equal: bool) -> None:
        """Of the records that agree the one that is asked for stays, the others are counted."""
        expected = kept_plainly(TAKEN, keep, nulls_equal=nulls_equal)
        removed = shots.delete_duplicates("shots", AGREED, keep, nulls_equal=nulls_equal)

        assert (removed, self._left(shots)) == (8 - len(expected), expected)

    @DRAWN
    @given(records=DRAWN_SHOTS, keep=st.sampled_from(WAYS), nulls_equal=st.booleans())
    def test_any_duplicates_go(
        self, shots: Database, records: list[dict[str, Any]], keep: Any, nulls_equal: bool
    ) -> None:
        """Whatever the records are, those stay that a plain loop would keep."""
        numbered = [{"id": 100 + place, **record} for place, record in enumerate(records)]
        with undone(shots, StopError):
            shots.delete("shots", where="1 = 1")
            shots.insert_many("shots", numbered)
            told = shots.delete_duplicates(
                "shots", AGREED, keep, nulls_equal=nulls_equal, dry_run=True
            )
            shots.delete_duplicates("shots", AGREED, keep, nulls_equal=nulls_equal)
            left = self._left(shots)

            assert left == kept_plainly(numbered, keep, nulls_equal=nulls_equal)
            assert isinstance(told, Duplicates)
            assert sorted([*left, *ids(told.records)]) == ids(numbered)

    def test_all_but_the_number_is_compared(self, shots: Database) -> None:
        """Without columns all but the number of a record is compared, as in pandas."""
        shots.insert("shots", {"a": None, "b": None, "at": 5.0})
        removed = shots.delete_duplicates("shots")

        assert (removed, self._left(shots)) == (3, [1, 2, 3, 4, 5, 8])

    def test_a_table_without_a_key_keeps_its_first(self, db: Database) -> None:
        """In a table without a key the record that was stored first, or last, stays."""
        db.create_table("t", {"x": "INTEGER", "note": "TEXT"})
        db.insert_many("t", [{"x": 1, "note": "a"}, {"x": 1, "note": "b"}, {"x": 1, "note": "c"}])
        with undone(db):
            db.delete_duplicates("t", on="x")
            first = db.select("t")
        db.delete_duplicates("t", on="x", keep="last")

        assert (first, db.select("t")) == ([{"x": 1, "note": "a"}], [{"x": 1, "note": "c"}])

    def test_whole_records_are_compared_without_a_key(self, db: Database) -> None:
        """In a table without a key whole records are compared."""
        db.create_table("t", {"x": "INTEGER", "y": "TEXT"})
        db.insert_many("t", [{"x": 1, "y": None}] * 3 + [{"x": 2, "y": None}])

        assert (db.delete_duplicates("t"), db.count("t")) == (2, 2)

    @pytest.mark.parametrize(("word", "one", "same", "other"), SORTS)
    def test_values_are_the_same_by_value(
        self, db: Database, word: str, one: Any, same: Any, other: Any
    ) -> None:
        """Values of every sort are the same where they are equal."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": word})
        db.insert_many("t", [{"x": one}, {"x": same}, {"x": other}])
        db.delete_duplicates("t")

        assert self._left(db, "t") == [1, 3]

    def test_a_dry_run_changes_nothing(self, shots: Database) -> None:
        """A dry run tells what would go, and leaves it."""
        found = shots.delete_duplicates("shots", AGREED, dry_run=True, add_unique=True)

        assert (found, self._left(shots), shots.list_indexes("shots")) == (
            Duplicates("shots", ("a", "b"), 4, tuple(TAKEN[n] for n in (1, 4, 5, 6))),
            list(range(1, 9)),
            [],
        )

    def test_a_dry_run_tells_a_person(self, shots: Database) -> None:
        """As text it is said how many records repeat another one, and in what."""
        found = shots.delete_duplicates("shots", AGREED, dry_run=True)

        assert str(found) == "4 records of table 'shots' repeat another one in 'a', 'b'"

    def test_a_dry_run_shows_a_thousand(self, db: Database) -> None:
        """However many would go, a thousand of them are shown."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "INTEGER"})
        db.insert_many("t", [{"x": 1}] * 1502)
        found = db.delete_duplicates("t", dry_run=True)

        assert isinstance(found, Duplicates)
        assert (found.count, ids(found.records)) == (1501, list(range(2, 1002)))

    def test_nothing_is_removed_where_nothing_repeats(self, shots: Database) -> None:
        """Where no record repeats another one, none goes; so it is in an empty table."""
        shots.create_table("empty", SHOTS)

        assert shots.delete_duplicates("shots", ["a", "b", "id"]) == 0
        assert shots.delete_duplicates("empty") == 0

    def test_it_rolls_back_with_the_block(self, shots: Database) -> None:
        """Inside a transaction it is undone with it."""
        with undone(shots):
            shots.delete_duplicates("shots", AGREED)

        assert self._left(shots) == list(range(1, 9))

    def test_a_compound_key_orders_records(self, db: Database) -> None:
        """With a key of several columns, the first is the first by it."""
        db.create_table("t", {"s": "TEXT", "n": "INTEGER", "x": "REAL"}, primary_key=["s", "n"])
        db.insert_many(
            "t", [{"s": s, "n": n, "x": 1.0} for s, n in [("b", 1), ("a", 2), ("a", 1)]]
        )
        with undone(db):
            db.delete_duplicates("t", on="x")
            first = db.select("t")
        db.delete_duplicates("t", on="x", keep="last")

        assert ([*first, *db.select("t")]) == [
            {"s": "a", "n": 1, "x": 1.0},
            {"s": "b", "n": 1, "x": 1.0},
        ]

    def test_a_key_that_says_something_is_not_left_out(self, db: Database) -> None:
        """Where the key says something, the columns must be named, and it is said so."""
        db.create_table("t", {"s": "TEXT PRIMARY KEY", "x": "REAL"})
        with pytest.raises(SchemaError, match=r"its primary key is 's'\nhint: .*on="):
            db.delete_duplicates("t")

    @pytest.mark.filterwarnings("ignore:the unique index:scitex.db.DatabaseWarning")
    def test_a_unique_index_keeps_it_from_happening_again(self, shots: Database) -> None:
        """With the unique index no such record can be stored any more."""
        shots.delete_duplicates("shots", AGREED, add_unique=True)

        with pytest.raises(DuplicateKeyError):
            shots.insert("shots", {"a": "x", "b": 1})
        (index,) = shots.list_indexes("shots")
        assert (index.columns, index.unique) == (("a", "b"), True)

    def test_it_is_told_what_an_index_lets_repeat(self, shots: Database) -> None:
        """A warning tells that records without a value may repeat nevertheless."""
        with pytest.warns(DatabaseWarning, match="without a value in 'a', 'b'"):
            shots.delete_duplicates("shots", AGREED, add_unique=True)

    def test_an_index_that_cannot_be_made_undoes_all(self, shots: Database) -> None:
        """Where the unique index cannot be made, no record goes."""
        for name in ("idx_shots_a_b", "idx_shots_a_b_unique"):
            shots.create_index("shots", "b", name=name)
        with pytest.raises(SchemaError, match="idx_shots_a_b"), pytest.warns(DatabaseWarning):
            shots.delete_duplicates("shots", AGREED, add_unique=True)

        assert self._left(shots) == list(range(1, 9))

    def test_search_finds_none_that_went(self, shots: Database) -> None:
        """What can be searched knows of no record that went."""
        shots.create_table("papers", {"id": "INTEGER PRIMARY KEY", "title": "TEXT"})
        shots.enable_search("papers", "title")
        shots.insert_many("papers", [{"title": "mice sleep"}] * 3)
        shots.delete_duplicates("papers")

        assert ids(shots.search("papers", "mice")) == [1]

    def test_odd_names_have_duplicates(self, db: Database) -> None:
        """Tables and columns of any name are looked through."""
        columns = {
            "rowid": "TEXT",
            "_rowid_": "TEXT",
            "scitex_place": "INTEGER",
            'a "b`%s': "TEXT",
        }
        db.create_table("order", {"id": "INTEGER PRIMARY KEY", **columns})
        db.insert_many("order", [dict.fromkeys(columns, None) for _ in range(3)])
        found = db.delete_duplicates("order", list(columns), dry_run=True)

        assert (str(found)[:9], db.delete_duplicates("order"), db.count("order")) == (
            "2 records",
            2,
            1,
        )

    @pytest.mark.parametrize(
        "keep", ["newest", "FIRST", None, ("newest",), ("newest", 1), ("best", "at"), ["a", "b"]]
    )
    def test_keep_says_which(self, shots: Database, keep: Any) -> None:
        """What says not which record stays is refused, with what may be said."""
        with pytest.raises(InterfaceError, match="hint: keep is"):
            shots.delete_duplicates("shots", AGREED, keep)

    @pytest.mark.parametrize(
        ("call", "error", "words"),
        [
            ({"on": []}, InterfaceError, "on= names no column"),
            ({"on": "c"}, ColumnNotFoundError, "no column named 'c' in table 'shots'"),
            ({"keep": ("newest", "c")}, ColumnNotFoundError, "no column named 'c'"),
            ({"table": "shot"}, TableNotFoundError, "did you mean 'shots'"),
        ],
    )
    def test_other_columns_and_tables_are_told(
        self, shots: Database, call: dict[str, Any], error: type[Exception], words: str
    ) -> None:
        """Names that are not there are told, and nothing goes."""
        with pytest.raises(error, match=words):
            shots.delete_duplicates(**{"table": "shots", "on": AGREED, **call})

        assert shots.count("shots") == 8

    @pytest.mark.parametrize("on", [None, ["x", "doc"]])
    def test_documents_are_not_compared(self, db: Database, on: Any) -> None:
        """Whole JSON values are not compared, as nowhere else."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "INTEGER", "doc": "JSON"})
        with pytest.raises(SchemaError, match="'doc' of table 't' is JSON"):
            db.delete_duplicates("t", on)

    def test_a_view_has_no_duplicates(self, shots: Database) -> None:
        """A view is refused as such."""
        with needs(shots, Capability.SQL):
            shots.execute("CREATE VIEW seen AS SELECT a, b FROM shots")
            for dry_run in (True, False):
                with pytest.raises(SchemaError, match="'seen' is a view"):
                    shots.delete_duplicates("seen", "a", dry_run=dry_run)

    def test_computed_columns_are_left_out(self, db: Database) -> None:
        """Columns that are computed are not compared."""
        if Capability.SQL not in db.capabilities:
            db.create_table("t", {"id": "INTEGER PRIMARY KEY", "x": "INTEGER"})
        else:
            db.create_table(
                "t",
                {
                    "id": "INTEGER PRIMARY KEY",
                    "x": "INTEGER",
                    "y": "INTEGER GENERATED ALWAYS AS (x * 2) STORED",
                },
            )
        db.insert_many("t", [{"x": 1}, {"x": 1}])

        assert db.delete_duplicates("t", dry_run=True).on == ("x",)  # type: ignore[union-attr]

    def test_a_unique_index_finds_a_name_beside_a_plain_one(self, db: Database) -> None:
        """A plain index on the same column is no hindrance."""
        db.create_table("shot", {"id": "INTEGER PRIMARY KEY", "a": "TEXT NOT NULL"})
        db.insert_many("shot", [{"id": 1, "a": "x"}, {"id": 2, "a": "x"}])
        db.create_index("shot", "a")

        assert db.delete_duplicates("shot", on="a", add_unique=True) == 1
        assert db.delete_duplicates("shot", on="a", add_unique=True) == 0
        with pytest.raises(DuplicateKeyError):
            db.insert("shot", {"id": 3, "a": "x"})
        assert len(db.list_indexes("shot")) == 2

    def test_a_name_that_is_none_is_told(self, db: Database) -> None:
        """What cannot name a table is an error of the package."""
        names: list[Any] = [5, ["t"], None]
        for name in names:
            with pytest.raises(InvalidNameError):
                db.delete_duplicates(name)
            if name is not None:
                with pytest.raises(InvalidNameError):
                    db.fingerprint(name)

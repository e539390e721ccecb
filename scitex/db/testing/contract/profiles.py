"""Laws about measuring columns, and about plans."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from typing import Any

import pytest

from scitex.db import Capability, Database, inspect
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    InterfaceError,
    ProgrammingError,
    TableNotFoundError,
)
from scitex.db.testing.contract.ground import Laws, needs

DAY = dt.datetime(2025, 5, 30, 14, 0)
COLUMNS = {
    "n": "INTEGER",
    "x": "REAL",
    "price": "NUMERIC(10, 2)",
    "word": "TEXT",
    "ok": "BOOLEAN",
    "at": "TIMESTAMP",
    "zoned": "TIMESTAMPTZ",
    "day": "DATE",
    "clock": "TIME",
    "span": "INTERVAL",
    "tag": "UUID",
    "config": "JSON",
    "raw": "BLOB",
}
SAMPLES: list[dict[str, Any]] = [
    {
        "n": n,
        "x": n / 4,
        "price": decimal.Decimal(n) / 4,
        "word": "Ab" if n % 2 else "c" * n,
        "ok": n > 1,
        "at": DAY + dt.timedelta(days=n, microseconds=4 * n),
        "zoned": (DAY + dt.timedelta(hours=n)).replace(tzinfo=dt.UTC),
        "day": DAY.date() + dt.timedelta(n),
        "clock": dt.time(n, 30),
        "span": dt.timedelta(seconds=n, microseconds=2 * n),
        "tag": uuid.UUID(int=n % 2),
        "config": {"lr": n % 2},
        "raw": b"x" * n,
    }
    for n in (1, 2, 3, 4)
]
DAYS = [DAY.date() + dt.timedelta(n) for n in (1, 2, 3, 4)]
TIMES = [dt.time(n, 30) for n in (1, 2, 3, 4)]
FACTS = ("count", "nulls", "distinct", "min", "max", "mean", "min_length", "max_length")


def facts(db: Database, column: str) -> tuple[Any, ...]:
    """Return what a profile of the samples tells of a column, quantiles last."""
    profile = inspect(db).column_profile("samples")[column]
    return (*(getattr(profile, name) for name in FACTS), list(profile.quantiles.values()))


class ProfileLaws(Laws):
    """What must hold for measuring columns."""

    @pytest.fixture
    def samples(self, db: Database) -> Database:
        """Return a database with a value of each kind, and a record of none."""
        db.create_table("samples", {"id": "INTEGER PRIMARY KEY", **COLUMNS})
        db.insert_many("samples", [*SAMPLES, {"n": None}])
        return db

    @pytest.mark.parametrize(
        ("column", "told"),
        [
            ("n", (4, 1, 4, 1, 4, 2.5, None, None, [1.75, 2.5, 3.25])),
            ("x", (4, 1, 4, 0.25, 1.0, 0.625, None, None, [0.4375, 0.625, 0.8125])),
            ("word", (4, 1, 3, "Ab", "cccc", None, 2, 4, [])),
            ("ok", (4, 1, 2, False, True, 0.75, None, None, [])),
            ("tag", (4, 1, 2, None, None, None, None, None, [])),
            ("config", (4, 1, 2, None, None, None, None, None, [])),
            ("raw", (4, 1, None, None, None, None, 1, 4, [])),
            (
                "day",
                (4, 1, 4, DAYS[0], DAYS[3], None, None, None, DAYS[:3]),
            ),
            (
                "clock",
                (4, 1, 4, TIMES[0], TIMES[3], None, None, None, TIMES[:3]),
            ),
        ],
    )
    def test_a_column_is_measured(
        self, samples: Database, column: str, told: tuple[Any, ...]
    ) -> None:
        """Values are counted, told apart, put in order and averaged as their type allows."""
        assert facts(samples, column) == told

    @pytest.mark.parametrize("column", ["at", "zoned", "span", "price"])
    def test_moments_and_sums_have_means(self, samples: Database, column: str) -> None:
        """Means and quantiles of moments and durations are exact to the microsecond."""
        values = [record[column] for record in SAMPLES]
        middle = values[0] + (values[3] - values[0]) / 2
        profile = inspect(samples).column_profile("samples", column)[column]

        assert (profile.min, profile.max, profile.distinct) == (values[0], values[3], 4)
        assert (profile.mean, profile.quantiles[0.5]) == (middle, middle)

    def test_nothing_is_measured_too(self, db: Database) -> None:
        """A table without records has columns without values."""
        db.create_table("samples", COLUMNS)
        profile = inspect(db).column_profile("samples")

        assert (profile.rows, [column.count for column in profile]) == (0, [0] * len(COLUMNS))
        assert {(each.min, each.max, each.mean, *each.quantiles) for each in profile} == {
            (None, None, None)
        }

    def test_text_is_measured_by_code_point(self, db: Database) -> None:
        """The least text is that of the least code points, whatever the database sorts by."""
        db.create_table("samples", {"word": "TEXT"})
        db.insert_many("samples", [{"word": word} for word in ("b", "A", "a", "B", "ä")])

        assert facts(db, "word")[2:5] == (5, "A", "ä")

    def test_odd_columns_are_measured_by_name(self, db: Database) -> None:
        """Columns and tables of any name are measured."""
        names = ["{}", "%s", 'a "b"', "`", "select", "n"]
        db.create_table("{} %s `t`", dict.fromkeys(names, "INTEGER"))
        db.insert("{} %s `t`", dict.fromkeys(names, 3))
        profile = inspect(db).column_profile("{} %s `t`")

        assert [(each.name, each.max, each.quantiles[0.5]) for each in profile] == [
            (name, 3, 3) for name in names
        ]

    def test_infinity_is_measured(self, db: Database) -> None:
        """Infinity is a value: it is the greatest, and so is the mean."""
        db.create_table("samples", {"x": "REAL"})
        db.insert_many("samples", [{"x": value} for value in (1.0, float("inf"), 2.0)])

        assert facts(db, "x")[3:6] == (1.0, float("inf"), float("inf"))

    def test_asked_quantiles_are_told(self, samples: Database) -> None:
        """Any quantiles may be asked for, of chosen columns, in their order."""
        percents = [n / 100 for n in range(101)]
        assert inspect(samples).column_profile("samples", "n", quantiles=percents)["n"].quantiles
        profile = inspect(samples).column_profile("samples", ["x", "n"], quantiles=[0, 1])

        assert [(each.name, dict(each.quantiles)) for each in profile] == [
            ("x", {0.0: 0.25, 1.0: 1.0}),
            ("n", {0.0: 1, 1.0: 4}),
        ]

    @pytest.mark.parametrize("quantiles", [[1.5], [-0.1], ["half"], [True], [0.5] * 102])
    def test_a_quantile_is_a_share(self, samples: Database, quantiles: list[Any]) -> None:
        """What is no share of the whole is no quantile."""
        with pytest.raises(InterfaceError, match="quantile"):
            inspect(samples).column_profile("samples", quantiles=quantiles)

    def test_only_columns_that_are_there_are_measured(self, samples: Database) -> None:
        """A column that is not there is an error, in the call and in the answer."""
        inspector = inspect(samples)
        with pytest.raises(ColumnNotFoundError, match="'word'"):
            inspector.column_profile("samples", "words")
        with pytest.raises(ColumnNotFoundError, match="'word'"):
            inspector.column_profile("samples")["words"]

    def test_a_profile_prints_as_a_table(self, samples: Database) -> None:
        """A profile prints a line for each column, and goes into dicts."""
        profile = inspect(samples).column_profile("samples", ["n", "raw"])
        lines = [line.split() for line in str(profile).splitlines()]

        assert lines[0] == ["samples:", "5", "records"]
        assert lines[2] == ["n", "INTEGER", "1", "4", "1", "2.5", "4", "2.5"]
        assert profile.to_dicts()[0]["q0.5"] == 2.5


class ProfileEdgeLaws(Laws):
    """Values at the ends of their types."""

    def test_the_widest_durations_have_quantiles(self, db: Database) -> None:
        """What lies between the shortest and the longest duration needs no longer one."""
        ends = [dt.timedelta(days=-999_999_999), dt.timedelta(days=999_999_999)]
        db.create_table("t", {"took": "INTERVAL"})
        db.insert_many("t", [{"took": end} for end in ends])
        (profile,) = inspect(db).column_profile("t", quantiles=[0, 0.25, 0.5, 1])

        assert list(profile.quantiles.values()) == [
            ends[0],
            ends[0] / 2,
            dt.timedelta(0),
            ends[1],
        ]

    @pytest.mark.parametrize(
        ("values", "mean", "least", "most"),
        [
            ([1.7e308, 1.7e308, 1.7e308], 1.7e308, 1.7e308, 1.7e308),
            ([1e200, 3e200], 2e200, 1e200, 3e200),
            ([float("inf"), 1.0], float("inf"), 1.0, float("inf")),
            ([float("inf"), float("-inf")], None, float("-inf"), float("inf")),
            ([-1.7e308, 1.7e308], 0.0, -1.7e308, 1.7e308),
        ],
    )
    def test_large_floats_have_a_mean(
        self, db: Database, values: list[float], mean: float | None, least: float, most: float
    ) -> None:
        """Neither their sum nor their squares need fit into a float."""
        db.create_table("t", {"x": "REAL"})
        db.insert_many("t", [{"x": value} for value in values])

        found = inspect(db).column_profile("t")["x"]

        assert (found.min, found.max) == (least, most)
        assert found.mean == (None if mean is None else pytest.approx(mean))
        assert found.misfits == 0

    @pytest.mark.parametrize("given", [0.5, "0.5", None])
    def test_quantiles_that_are_none_are_refused(self, db: Database, given: Any) -> None:
        """A number alone is told from several."""
        db.create_table("t", {"x": "REAL"})

        with pytest.raises(InterfaceError, match="quantiles"):
            inspect(db).column_profile("t", quantiles=given)


class ExplainLaws(Laws):
    """What must hold for plans."""

    def test_a_plan_names_what_is_read_whole(self, users: Database) -> None:
        """A table that no index serves is told to be read whole, by its own name."""
        with needs(users, Capability.SQL):
            plans = [
                users.explain("SELECT * FROM users AS u WHERE team = ?", ["a"]),
                users.explain("users", where={"team": "a"}),
                users.explain("users", where="team = :team", params={"team": "a"}),
            ]

            assert [plan.full_scans for plan in plans] == [("users",)] * 3
            assert "reads whole: users" in str(plans[0])

    def test_a_plan_names_the_indexes(self, db: Database) -> None:
        """An index that is used is told by its name, and the table is not read whole."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "word": "TEXT"})
        db.insert_many("t", [{"word": f"w{n}"} for n in range(5000)])
        db.create_index("t", "word", name="My Index")
        with needs(db, Capability.SQL):
            plan = db.explain("t", where={"word": "w7"})

            assert (plan.indexes, plan.full_scans) == (("My Index",), ())

    def test_a_plan_tells_that_a_key_is_used(self, db: Database) -> None:
        """A record that is found by its primary key is found by something."""
        db.create_table("t", {"id": "INTEGER PRIMARY KEY", "word": "TEXT"})
        db.insert_many("t", [{"word": f"w{n}"} for n in range(5000)])
        with needs(db, Capability.SQL):
            plan = db.explain("t", where={"id": 7})

            assert (plan.full_scans, str(plan).count("uses: ")) == ((), 1)

    def test_explaining_runs_nothing(self, users: Database) -> None:
        """A statement that is explained changes nothing."""
        with needs(users, Capability.SQL):
            plan = users.explain("DELETE FROM users WHERE team = 'a'")

            assert (users.count("users"), plan.full_scans) == (4, ("users",))

    def test_explaining_leaves_a_transaction_alone(self, users: Database) -> None:
        """In a transaction a plan is told and nothing is ended, also after one that failed."""
        with needs(users, Capability.SQL), users.transaction():
            users.insert("users", {"name": "eve"})
            with pytest.raises(ProgrammingError):
                users.explain("SELECT * FROM users WHERE nothing = 1")
            users.explain("SELECT * FROM users")

            assert users.count("users") == 5

    @pytest.mark.parametrize(
        "text",
        ["CREATE TABLE t (x TEXT)", "EXPLAIN SELECT 1", "ANALYZE users", "DROP TABLE users"],
    )
    def test_only_what_has_a_plan_is_explained(self, users: Database, text: str) -> None:
        """Statements without a plan are refused, and nothing is run."""
        with needs(users, Capability.SQL):
            with pytest.raises(ProgrammingError, match="has no plan"):
                users.explain(text)
            with pytest.raises(ProgrammingError):
                users.explain(f"ANALYZE {text}")

            assert users.list_tables() == ["users"]

    def test_a_table_to_explain_must_be_there(self, users: Database) -> None:
        """A name of no table is told so."""
        with needs(users, Capability.SQL), pytest.raises(TableNotFoundError, match="'users'"):
            users.explain("usrs")

    def test_a_statement_is_explained_alone(self, users: Database) -> None:
        """A statement has its conditions in itself."""
        with pytest.raises(InterfaceError, match="where="):
            users.explain("SELECT * FROM users", where={"id": 1})

    def test_odd_names_are_explained(self, db: Database) -> None:
        """Names of any sort are found in a plan."""
        name = "a USING INDEX b (c) 表"
        db.create_table(name, {"x": "TEXT"})
        with needs(db, Capability.SQL):
            assert db.explain(name).full_scans == (name,)

    def test_a_plan_is_data(self, users: Database) -> None:
        """The steps of a plan come as dicts, outer ones first."""
        with needs(users, Capability.SQL):
            plan = users.explain("SELECT * FROM users ORDER BY score")
            rows = plan.to_dicts()

            assert [row["table"] for row in rows if row["full_scan"]] == ["users"]
            assert [row["text"] for row in rows] == [step.text for step in plan]

    def test_a_run_is_undone(self, users: Database) -> None:
        """Where the engine can run what it explains it tells real numbers, and undoes it."""
        with needs(users, Capability.TIMED_PLANS):
            plan = users.explain("DELETE FROM users", analyze=True)

            assert [step.rows for step in plan if step.full_scan] == [4]
        assert users.count("users") == 4

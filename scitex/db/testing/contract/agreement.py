"""A machine that asks several engines the same things, and compares what they answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from scitex.db import ALL_ROWS, Database, Error, col
from scitex.db.testing.contract.ground import StopError, outcome

Call = Callable[[Database], object]

ITEMS = {
    "id": "INTEGER PRIMARY KEY",
    "name": "TEXT UNIQUE",
    "n": "INTEGER DEFAULT 7 CHECK (n <> 100)",
    "x": "REAL",
    "must": "TEXT NOT NULL DEFAULT 'm'",
}
LINKS = {"a": "INTEGER REFERENCES items(id)", "b": "INTEGER", "note": "TEXT"}

FIRST: list[dict[str, Any]] = [
    {"id": 1, "name": "a", "n": 1, "x": 0.5},
    {"id": 2, "name": "B", "n": 2, "x": None},
    {"id": 3, "name": None, "n": None, "x": -2.0, "must": "z"},
    {"id": 6, "name": "é", "x": float("inf"), "must": "a"},
]
KEYS = st.integers(1, 7)
WORDS = ["", "a", "A", "ab", "aB", "é", "z", "😀", "a%", "a_", " a"]
NUMBERS = st.sampled_from([None, -2, -1, 0, 1, 2, 3, 4, 99, 100, 2**53 + 1])
FLOATS = st.sampled_from([None, 0.0, -0.0, 0.5, 1.5, -2.0, float("inf"), float("nan"), 3])
TEXTS = st.sampled_from([None, *WORDS])
MISFITS = st.sampled_from(["text", 1.5, b"bytes", 2**63, "\0", "\ud800"])
COLUMNS = {
    "id": KEYS,
    "name": TEXTS,
    "n": NUMBERS,
    "x": FLOATS,
    "must": st.sampled_from([*WORDS, *WORDS, None]),
}
FURTHER = {"extra": NUMBERS, "label": TEXTS, "y": FLOATS}
ANY_COLUMN = st.sampled_from([*COLUMNS, *FURTHER, "a", "b", "note"])

VALUES: dict[str, st.SearchStrategy[Any]] = {**COLUMNS, **FURTHER}
OFTEN = [name for name in COLUMNS if name != "id"]
SELDOM = st.integers(0, 19).map(lambda number: number == 0)


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a record of the table ``items``; now and then with a fault, or a column added since."""
    named = draw(st.sets(st.sampled_from(OFTEN), max_size=4))
    record = {"id": draw(KEYS)} | {name: draw(VALUES[name]) for name in sorted(named)}
    if draw(SELDOM):
        record[draw(st.sampled_from(["name", "n", "x"]))] = draw(MISFITS)
    if draw(SELDOM):
        name = draw(st.sampled_from(sorted(FURTHER)))
        record[name] = draw(VALUES[name])
    return record


@st.composite
def changes(draw: st.DrawFn) -> dict[str, Any]:
    """Draw what an update changes: at least one column."""
    named = draw(st.sets(st.sampled_from([*OFTEN, "label"]), min_size=1, max_size=2))
    return {name: draw(VALUES[name]) for name in sorted(named)}


NUMERIC = st.sampled_from(["n", "n", "x", "x", "id", "id", "extra"]).map(col)
SIGNS = st.sampled_from(["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"])
SUMS = st.builds(
    lambda column, sign, other: getattr(column, sign)(other),
    NUMERIC,
    st.sampled_from(["__add__", "__sub__"]),
    st.integers(-2, 3) | NUMERIC,
)
LEAVES = st.one_of(
    st.builds(
        lambda column, sign, value: getattr(column, sign)(value),
        NUMERIC | SUMS,
        SIGNS,
        st.integers(-2, 5) | st.sampled_from([0.5, 2.0**53, float("inf"), None]) | NUMERIC,
    ),
    st.builds(
        lambda column, sign, value: getattr(column, sign)(value),
        st.sampled_from(["name", "name", "must", "must", "label"]).map(col),
        SIGNS,
        TEXTS | st.sampled_from(["name", "must"]).map(col),
    ),
    st.builds(
        lambda name, values: col(name).in_(values), st.just("n"), st.lists(NUMBERS, max_size=3)
    ),
    st.builds(
        lambda name, values: col(name).in_(values), st.just("name"), st.lists(TEXTS, max_size=3)
    ),
    st.builds(lambda name: col(name).is_null(), ANY_COLUMN),
    st.builds(
        lambda pattern: col("name").like(pattern),
        st.sampled_from(["a%", "%", "_", "A%", "a\\%", "", "%b", "é", "a[b]"]),
    ),
    st.just(ALL_ROWS),
)
PREDICATES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(lambda a, b: a & b, inner, inner)
        | st.builds(lambda a, b: a | b, inner, inner)
        | st.builds(lambda a: ~a, inner)
    ),
    max_leaves=3,
)
MAPPINGS = st.fixed_dictionaries(
    {}, optional={"id": KEYS, "n": NUMBERS | st.lists(NUMBERS, max_size=3), "name": TEXTS}
)
CONDITIONS = PREDICATES | MAPPINGS
POLICIES = st.sampled_from(["error", "ignore", "update"])
TARGETS = st.sampled_from([(), (), ("id",), ("name",), ("n",), ("name", "n"), ("nowhere",)])
ORDERS = st.sampled_from(
    ["name", "name DESC", "n, id DESC", "x DESC, id", "must DESC, id", "label, id"]
)
DECLARED = st.sampled_from(
    [
        "INTEGER",
        "INTEGER DEFAULT 5",
        "INTEGER NOT NULL",
        "TEXT",
        "TEXT DEFAULT 'd'",
        "REAL NOT NULL DEFAULT 0.5",
    ]
)
INDEXED = st.sampled_from([("n",), ("x",), ("must", "n"), ("label",), ("name",)])


def schema_changes() -> st.SearchStrategy[Call]:
    """Draw calls that change columns or indexes."""
    return st.one_of(
        st.builds(
            lambda name, text: lambda db: db.add_column("items", name, text),
            st.sampled_from([*FURTHER, "n"]),
            DECLARED,
        ),
        st.builds(lambda name: lambda db: db.drop_column("items", name), ANY_COLUMN),
        st.builds(
            lambda name, to: lambda db: db.rename_column("items", name, to),
            ANY_COLUMN,
            st.sampled_from(["label", "y", "x", "name"]),
        ),
        st.builds(
            lambda columns, unique: lambda db: db.create_index("items", columns, unique=unique),
            INDEXED,
            st.booleans(),
        ),
        st.builds(
            lambda columns: lambda db: db.drop_index("items", "_".join(["idx_items", *columns])),
            INDEXED,
        ),
    )


SCHEMA_CHANGES = schema_changes()


class SameAnswers(RuleBasedStateMachine):
    """
    Whatever is asked of them, all engines answer the same.

    Parameters
    ----------
    engines : iterable of Database
        Empty databases, closed at the end.
    """

    def __init__(self, engines: Iterable[Database]) -> None:
        super().__init__()
        self.engines = list(engines)
        self.depth = 0

    def teardown(self) -> None:
        """Close every database."""
        for db in self.engines:
            while db.in_transaction:
                db.rollback()
            db.close()

    def ask(self, call: Call, *, faults: str = "one") -> None:
        """
        Make the same call everywhere: the same answer, or the same class of error.

        Where a call may have several faults it is open which of them is told first.
        """
        answers = [outcome(lambda db=db: call(db)) for db in self.engines]  # type: ignore[misc]
        if faults == "several":
            answers = [Error if isinstance(answer, type) else answer for answer in answers]

        assert answers == [answers[0]] * len(answers)

    @initialize()
    def make(self) -> None:
        """Make the tables."""
        self.ask(lambda db: db.create_table("items", ITEMS))
        self.ask(lambda db: db.create_table("links", LINKS, primary_key=("a", "b")))
        self.ask(lambda db: db.insert_many("items", FIRST))

    @rule(record=records())
    def insert(self, record: Any) -> None:
        """Insert one record."""
        self.ask(lambda db: db.insert("items", record))

    @rule(record=records(), policy=POLICIES, on=TARGETS)
    def insert_anyway(self, record: Any, policy: Any, on: Any) -> None:
        """Insert one record that may be there."""
        self.ask(
            lambda db: db.insert("items", record, on_conflict=policy, conflict_columns=on),
            faults="several",
        )

    @rule(batch=st.lists(records(), max_size=3), policy=POLICIES, on=TARGETS)
    def insert_many(self, batch: Any, policy: Any, on: Any) -> None:
        """Insert several records."""
        self.ask(
            lambda db: db.insert_many("items", batch, on_conflict=policy, conflict_columns=on),
            faults="several",
        )

    @rule(a=KEYS, b=st.integers(1, 2), note=TEXTS, policy=POLICIES)
    def link(self, a: int, b: int, note: Any, policy: Any) -> None:
        """Insert a record that refers to another."""
        self.ask(lambda db: db.insert("links", {"a": a, "b": b, "note": note}, on_conflict=policy))

    @rule(data=changes(), where=CONDITIONS)
    def update(self, data: Any, where: Any) -> None:
        """Change the records that a condition finds."""
        self.ask(lambda db: db.update("items", data, where=where), faults="several")

    @rule(batch=st.lists(records(), max_size=3), key=st.sampled_from(["id", "name", ("id", "n")]))
    def update_many(self, batch: Any, key: Any) -> None:
        """Change records by their keys."""
        self.ask(lambda db: db.update_many("items", batch, key=key), faults="several")

    @rule(table=st.sampled_from(["items", "items", "links"]), where=CONDITIONS)
    def delete(self, table: str, where: Any) -> None:
        """Remove the records that a condition finds."""
        self.ask(lambda db: db.delete(table, where=where), faults="several")

    @rule(
        where=CONDITIONS,
        order_by=ORDERS,
        limit=st.none() | st.integers(0, 3),
        offset=st.none() | st.integers(0, 2),
        columns=st.none() | st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=3),
    )
    def select(self, where: Any, order_by: Any, limit: Any, offset: Any, columns: Any) -> None:
        """Ask for records in an order that leaves nothing open."""
        order = f"{order_by}, id" if "id" not in order_by else order_by
        self.ask(
            lambda db: db.select(
                "items", columns, where=where, order_by=order, limit=limit, offset=offset
            ),
            faults="several",
        )

    @rule(where=CONDITIONS)
    def count(self, where: Any) -> None:
        """Count the records that a condition finds, in each way there is."""
        self.ask(lambda db: db.count("items", where=where), faults="several")
        self.ask(lambda db: db.exists("items", where=where), faults="several")
        self.ask(lambda db: len(list(db.iter_select("items", where=where))), faults="several")

    @rule(change=SCHEMA_CHANGES)
    def change_schema(self, change: Call) -> None:
        """Add, drop or rename a column, or make or drop an index."""
        self.ask(change)

    @rule(
        record=records(),
        data=changes(),
        where=CONDITIONS,
        change=st.none() | SCHEMA_CHANGES,
        keep=st.booleans(),
    )
    def transact(
        self, record: Any, data: Any, where: Any, change: Call | None, keep: bool
    ) -> None:
        """Do several things in a transaction, and keep them or not."""
        self.ask(lambda db: db.begin_transaction())
        self.ask(lambda db: db.insert("items", record, on_conflict="update"), faults="several")
        self.ask(lambda db: db.update("items", data, where=where), faults="several")
        if change is not None:
            self.ask(change)
        self.all_hold_the_same()
        self.ask(lambda db: db.commit() if keep else db.rollback())

    @precondition(lambda self: self.depth < 3)
    @rule()
    def begin(self) -> None:
        """Open a level of a transaction."""
        self.ask(lambda db: db.begin_transaction())
        self.depth += 1

    @rule(keep=st.booleans())
    def end(self, keep: bool) -> None:
        """Close a level, one way or the other, also where none is open."""
        self.ask(lambda db: db.commit() if keep else db.rollback())
        self.depth = max(self.depth - 1, 0)

    @rule(record=records(), where=CONDITIONS)
    def undo(self, record: Any, where: Any) -> None:
        """Do something in a block that an exception leaves."""

        def call(db: Database) -> object:
            with pytest.raises(StopError), db.transaction():  # noqa: PT012
                told = outcome(lambda: db.insert("items", record, on_conflict="update"))
                outcome(lambda: db.delete("items", where=where))
                raise StopError
            return told

        self.ask(call, faults="several")

    @invariant()
    def all_hold_the_same(self) -> None:
        """Hold the same records in the same columns, in the same indexes and levels."""
        self.ask(
            lambda db: db.select("items", order_by="id") if db.table_exists("items") else None
        )
        self.ask(lambda db: db.list_indexes("items"))
        self.ask(lambda db: db.in_transaction)

    @precondition(lambda self: self.engines[0].table_exists("links"))
    @invariant()
    def all_hold_the_same_links(self) -> None:
        """Hold the same references."""
        self.ask(lambda db: db.select("links", order_by=["a", "b"]))

"""
A sync under random edits, in random order, broken off anywhere: nothing is lost, all agree.

Every value that is written is another one, and remembers which values it took the place of.  So it
can be told of each, at the end, what became of it.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from scitex.db import Database, InMemory, PostgreSQL, SQLite3
from scitex.db.domain.sync.errors import SyncConflictError
from scitex.db.services.sync import syncing
from scitex.db.services.sync.rules import Rules
from scitex.db.services.sync.shaping import Wanted
from scitex.db.testing.postgres.database import ScratchSchema

RUNS = int(os.environ.get("SCITEX_DB_SYNC_RUNS", "10"))
TABLE = "t"
KEYS = st.integers(1, 4)
COLUMNS = st.sampled_from(["x", "y"])
LAPTOPS = st.sampled_from(["a", "b"])
PLACES = st.sampled_from(["a", "b", "server"])
POLICIES = st.sampled_from(["error", "local", "remote", "newest", "skip"])
DIRECTIONS = st.sampled_from(["both", "both", "both", "up", "down"])


class CrashError(Exception):
    """The process ends here."""


class Fragile:
    """
    A storage that fails at its n-th call, before or after it has done what was asked.

    Parameters
    ----------
    storage : Storage
    fuse : Fuse
    """

    def __init__(self, storage: Any, fuse: Fuse) -> None:
        self._storage = storage
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._storage, name)
        if not callable(found) or name == "rollback":
            return found

        def call(*given: Any, **named: Any) -> Any:
            self._fuse.burn()
            done = found(*given, **named)
            if name != "begin":  # who failed to begin would have nothing to roll back
                self._fuse.burn()
            return done

        return call


class Fuse:
    """
    Counts calls.

    Parameters
    ----------
    length : int or None
        How many there may be; None for any number.
    """

    def __init__(self, length: int | None) -> None:
        self.left = length

    def burn(self) -> None:
        """Count a call; fail at the last one, and at all that come later."""
        if self.left is not None:
            self.left -= 1
            if self.left <= 0:
                raise CrashError


class Lab(RuleBasedStateMachine):
    """Two laptops, and a server that each of them syncs with."""

    openers: dict[str, Callable[[], Database]]
    track = False

    @initialize()
    def begin(self) -> None:
        """Start with empty tables."""
        self.stack = ExitStack()
        self.dbs = {
            name: self.stack.enter_context(opener()) for name, opener in self.openers.items()
        }
        for db in self.dbs.values():
            for name in [*db.list_tables()]:
                db.drop_table(name)
            db.create_table(
                TABLE, {"id": "INTEGER PRIMARY KEY", "x": "TEXT", "y": "TEXT", "at": "INTEGER"}
            )
        self.numbers = itertools.count(1)
        self.before: dict[str, frozenset[str]] = {}
        self.key_of: dict[str, int] = {}
        self.gone: list[tuple[int, frozenset[str]]] = []
        self.told: set[str] = set()
        self.undecided: set[int] = set()

    def teardown(self) -> None:
        """Bring all together, look at what became of everything, and close."""
        if hasattr(self, "dbs"):
            self.settle()
            self.stack.close()

    # -- edits -------------------------------------------------------------------------------

    def seen(self, values: Any) -> frozenset[str]:
        """Return values with all that they took the place of."""
        there = [value for value in values if isinstance(value, str)]
        return frozenset(there).union(*(self.before[value] for value in there))

    def token(self, key: int, before: frozenset[str]) -> str:
        """Make a value that was never there."""
        value = f"v{next(self.numbers)}"
        self.before[value], self.key_of[value] = before, key
        return value

    @rule(place=PLACES, key=KEYS, column=COLUMNS)
    def change(self, place: str, key: int, column: str) -> None:
        """Change a value, or make a record."""
        db, now = self.dbs[place], next(self.numbers)
        old = db.select(TABLE, where={"id": key})
        if old:
            value = self.token(key, self.seen([old[0][column]]))
            db.update(TABLE, {column: value, "at": now}, where={"id": key})
        else:
            fresh = {name: self.token(key, frozenset()) for name in ("x", "y")}
            db.insert(TABLE, {"id": key, "at": now, **fresh})

    @rule(place=PLACES, key=KEYS)
    def remove(self, place: str, key: int) -> None:
        """Delete a record, if it is there."""
        db = self.dbs[place]
        for old in db.select(TABLE, where={"id": key}):
            self.gone.append((key, self.seen(old.values())))
            db.delete(TABLE, where={"id": key})

    # -- syncs -------------------------------------------------------------------------------

    def sync(
        self,
        laptop: str,
        policy: str,
        *,
        direction: str = "both",
        fuse: int | None = None,
        between: Callable[[], None] | None = None,
    ) -> None:
        """Sync a laptop with the server, with edits between plan and deed if there are any."""
        burning = Fuse(fuse)
        sides: list[Any] = [
            Fragile(self.dbs[name].storage, burning) for name in (laptop, "server")
        ]
        wanted = Wanted((TABLE,), direction)  # type: ignore[arg-type]  # one of the three
        asked = syncing.Asked(wanted, Rules(policy, "at"), self.track)  # type: ignore[arg-type]  # as above
        made = None
        if between is not None:
            pair = syncing.pair_of(self.dbs[laptop].storage, self.dbs["server"].storage)
            made = syncing.plan(pair, wanted, asked.rules, report=lambda _: None)
            between()
        try:
            report = syncing.sync(*sides, asked, made, lambda _: None)
        except CrashError:
            for name in (laptop, "server"):
                while self.dbs[name].storage.depth:
                    self.dbs[name].storage.rollback()
        except SyncConflictError:
            assert policy == "error"
        else:
            assert policy != "error" or not report.conflicts

    def note_conflicts(self) -> None:
        """Take from the logs what was told of values that lost."""
        for name in ("a", "b"):
            pair = syncing.pair_of(self.dbs[name].storage, self.dbs["server"].storage)
            for each in pair.ledger.conflicts(TABLE):
                if "delete" in each["kind"]:
                    self.undecided.add(each["key"][0])
                for copy in (each["local"], each["remote"]):
                    self.told |= self.seen((copy or {}).values())

    @rule(laptop=LAPTOPS, policy=POLICIES, direction=DIRECTIONS)
    def sync_whole(self, laptop: str, policy: str, direction: str) -> None:
        """Sync to the end."""
        self.sync(laptop, policy, direction=direction)

    @rule(laptop=LAPTOPS, policy=POLICIES, direction=DIRECTIONS, fuse=st.integers(1, 150))
    def sync_broken_off(self, laptop: str, policy: str, direction: str, fuse: int) -> None:
        """Sync up to some call."""
        self.sync(laptop, policy, direction=direction, fuse=fuse)

    @rule(
        laptop=LAPTOPS,
        policy=POLICIES,
        direction=DIRECTIONS,
        edits=st.lists(st.tuples(PLACES, KEYS, st.sampled_from(["x", "y", None])), max_size=3),
        fuse=st.none() | st.integers(20, 120),
    )
    def sync_by_an_old_plan(
        self, laptop: str, policy: str, direction: str, edits: Any, fuse: int | None
    ) -> None:
        """Carry a plan out after more has changed."""

        def between() -> None:
            for place, key, column in edits:
                if column is None:
                    self.remove(place, key)
                else:
                    self.change(place, key, column)

        self.sync(laptop, policy, direction=direction, fuse=fuse, between=between)

    @precondition(lambda self: hasattr(self, "dbs"))
    @invariant()
    def nothing_stays_open(self) -> None:
        """No transaction is left behind."""
        assert all(not db.storage.depth for db in self.dbs.values())

    # -- the end -----------------------------------------------------------------------------

    def settle(self) -> None:
        """Sync everybody until all agree; every value is there, replaced, deleted or told of."""
        for laptop in ("a", "b", "a", "b"):
            self.sync(laptop, "remote")
        tables = {name: db.select(TABLE, order_by="id") for name, db in self.dbs.items()}
        assert tables["a"] == tables["server"]
        assert tables["b"] == tables["server"]
        for laptop in ("a", "b"):
            pair = syncing.pair_of(self.dbs[laptop].storage, self.dbs["server"].storage)
            plans = syncing.plan(pair, Wanted((TABLE,)), Rules(), report=lambda _: None)
            assert not any(each.plan for each in plans)
        self.note_conflicts()
        self.account_for(tables["server"])

    def account_for(self, rows: list[dict[str, Any]]) -> None:
        """See that no value vanished, and that nothing that was deleted came back."""
        there = {row["id"]: self.seen(row.values()) for row in rows}
        known = self.told.union(*there.values(), *(values for _, values in self.gone))
        assert set(self.before) <= known
        for key, values in self.gone:
            assert key in self.undecided or not there.get(key) or there[key] - values


def run(openers: dict[str, Callable[[], Database]], *, runs: int, track: bool = False) -> None:
    """Run the machine on some engines."""
    machine = type("Lab", (Lab,), {"openers": openers, "track": track})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=30,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.engine("memory")
def test_a_star_in_memory() -> None:
    """Two laptops and a server in memory, the quickest."""
    run(dict.fromkeys(("a", "b", "server"), InMemory), runs=4 * RUNS)


def fresh_file(folder: Path, name: str) -> Callable[[], Database]:
    """Return what opens a file of that name which is empty each time."""

    def opener() -> Database:
        for each in folder.glob(f"{name}.db*"):
            each.unlink()
        return SQLite3(folder / f"{name}.db", synchronous="OFF")

    return opener


def fresh_schema(scratch: ScratchSchema) -> Callable[[], Database]:
    """Return what opens a schema that is empty each time."""
    params = {**scratch.params, "schema": scratch.name}

    def opener() -> Database:
        db = PostgreSQL(**params)
        db.execute(f"DROP SCHEMA {scratch.name} CASCADE")
        db.execute(f"CREATE SCHEMA {scratch.name}")
        db.close()
        return PostgreSQL(**params)

    return opener


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Callable[[], Database]]:
    """Return how two files are opened."""
    return {name: fresh_file(tmp_path, name) for name in ("a", "b")}


@pytest.mark.engine("sqlite file", "postgresql")
@pytest.mark.parametrize("track", [False, pytest.param(True, marks=pytest.mark.thorough)])
def test_a_star_around_a_server(
    files: dict[str, Callable[[], Database]], postgresql_schema: ScratchSchema, track: bool
) -> None:
    """Two files and a server, compared and tracked."""
    run({**files, "server": fresh_schema(postgresql_schema)}, runs=max(RUNS // 4, 1), track=track)


@pytest.mark.engine("sqlite file")
@pytest.mark.parametrize("track", [pytest.param(False, marks=pytest.mark.thorough), True])
def test_a_star_of_files(
    files: dict[str, Callable[[], Database]], tmp_path: Path, track: bool
) -> None:
    """Three files, compared and tracked."""
    run({**files, "server": fresh_file(tmp_path, "server")}, runs=max(RUNS // 2, 1), track=track)

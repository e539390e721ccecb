"""Objects of a class, kept as the records of a table, on every engine."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import math
import uuid
from pathlib import Path
from typing import Annotated, Any, Literal, NewType

import attrs
import cattrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scitex.db import (
    CheckError,
    ColumnNotFoundError,
    Database,
    DataError,
    DuplicateKeyError,
    ForeignKeyError,
    InMemory,
    InterfaceError,
    NotNullError,
    RecordNotFoundError,
    Repository,
    SchemaError,
    StaleRecordError,
    col,
)

Subject = NewType("Subject", str)
UUID7 = uuid.UUID(int=7)
NOON = dt.datetime(2025, 5, 30, 12)


class Status(enum.Enum):
    """How a trial ended."""

    DONE = "done"
    LOST = "lost"


@attrs.define
class Optimizer:
    """Settings inside settings."""

    lr: float
    begun: dt.datetime
    steps: list[int] = attrs.Factory(list)


@attrs.define
class Trial:
    """One of each sort of field."""

    subject: Subject
    status: Status = Status.DONE
    score: float = 0.5
    weight: float | None = None
    passed: bool = False
    when: dt.datetime = NOON
    day: dt.date = dt.date(2025, 5, 30)
    length: dt.timedelta = dt.timedelta(seconds=1)
    price: decimal.Decimal = decimal.Decimal("1.25")
    name: uuid.UUID = UUID7
    file: Path = Path("a/b")
    raw: bytes = b"\0"
    side: Literal["left", "right"] = "left"
    data: NDArray[np.float64] = attrs.field(
        factory=lambda: np.arange(3.0), eq=attrs.cmp_using(np.array_equal)
    )
    settings: Optimizer | None = None
    words: tuple[str, ...] = ()
    note: Annotated[str | None, "for people"] = None
    facts: dict[str, Any] = attrs.Factory(dict)
    _secret: int = 3
    id: int | None = None


@attrs.frozen
class Run:
    """A frozen class, with a version."""

    name: str = attrs.field(metadata={"sql": "VARCHAR(20) UNIQUE"})
    lr: float = 0.1
    version: int = 1
    id: int | None = None


@dataclasses.dataclass
class Step:
    """A dataclass with a key of two, which refers to a run."""

    run: int = dataclasses.field(metadata={"sql": "INTEGER REFERENCES runs(id)"})
    number: int
    loss: float = math.nan


@dataclasses.dataclass
class Note:
    """A dataclass with a version."""

    text: str
    id: int | None = None
    version: int = 0


@pytest.fixture
def trials(lab: Database) -> Repository[Trial]:
    """Return an empty repository."""
    found = lab.repository(Trial, table="trials")
    found.create_table()
    return found


@pytest.fixture
def runs(lab: Database) -> Repository[Run]:
    """Return an empty repository of frozen objects with versions."""
    found = lab.repository(Run, table="runs", version="version")
    found.create_table()
    return found


@pytest.fixture
def steps(lab: Database, runs: Repository[Run]) -> Repository[Step]:
    """Return an empty repository whose objects refer to runs."""
    found = lab.repository(Step, table="steps", key=("run", "number"))
    found.create_table()
    return found


@pytest.fixture
def notes(lab: Database) -> Repository[Note]:
    """Return an empty repository of objects that can be changed, with versions."""
    found = lab.repository(Note, table="notes", version="version")
    found.create_table()
    return found


# ------------------------------------------------------------------------- there and back


def test_an_object_comes_back_as_it_was(trials: Repository[Trial]) -> None:
    """Each sort of field, nested ones too; the database gives the key."""
    given = Trial(
        Subject("s1"),
        status=Status.LOST,
        weight=2.5,
        settings=Optimizer(0.1, NOON, [1, 2]),
        words=("a", "b"),
        facts={"deep": {"list": [1, None, "x"]}},
        secret=9,
    )

    stored = trials.add(given)

    assert stored is given
    assert stored.id == 1
    assert trials.get(1) == given
    assert trials.get(1) is not given
    assert trials.add(Trial(Subject("s2"))).id == 2


def test_missing_is_missing(trials: Repository[Trial]) -> None:
    """NaN of a float field comes back as NaN; where None may be it comes back as None."""
    trials.add(Trial(Subject("s"), score=math.nan, weight=math.nan))

    found = trials.get(1)

    assert math.isnan(found.score)
    assert found.weight is None
    assert trials.count(col("score").is_null()) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))),
    score=st.floats(allow_nan=False),
    facts=st.dictionaries(
        st.text("ab\"'\\ é"),
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text("ab\"'"),
    ),
)
def test_any_object_comes_back(words: list[str], score: float, facts: dict[str, Any]) -> None:
    """Whatever is in the fields, in memory too."""
    with InMemory() as db:
        trials = db.repository(Trial, table="trials")
        trials.create_table()
        given = trials.add(Trial(Subject("s"), words=tuple(words), score=score, facts=facts))

        assert trials.get(given.id) == given


def test_the_table_follows_from_the_class(trials: Repository[Trial], lab: Database) -> None:
    """Types, what may be NULL, and plain defaults; made again it is left alone."""
    trials.create_table()

    spec = lab.get_table("trials")
    kinds = {column.name: column.type.kind.value for column in spec.columns}
    assert kinds["subject"] == kinds["status"] == kinds["file"] == kinds["side"] == "text"
    assert (kinds["data"], kinds["settings"], kinds["words"]) == ("blob", "json", "json")
    assert (kinds["length"], kinds["price"], kinds["name"]) == ("interval", "numeric", "uuid")
    assert spec.primary_key == ("id",)
    nullable = {column.name for column in spec.columns if column.nullable}
    assert nullable == {"score", "weight", "settings", "note"}
    assert "secret" in spec.names
    lab.insert("trials", {"subject": "by hand", "when": NOON, "day": "2025-05-30",
        "length": dt.timedelta(1), "price": 1, "name": uuid.UUID(int=1), "file": "f", "raw": b"",
        "data": np.arange(2.0), "words": [], "facts": {}})  # fmt: skip
    found = trials.find({"subject": "by hand"})[0]
    assert (found.status, found.score, found.passed, found._secret) == (Status.DONE, 0.5, False, 3)


def test_objects_are_found(trials: Repository[Trial]) -> None:
    """By predicates, mappings and text, in order, some of them, one at a time."""
    assert trials.add_all(Trial(Subject(f"s{n}"), score=n / 10) for n in range(10)) == 10

    assert [each.subject for each in trials.find(col("score") > 0.7, order_by="id")] == [
        "s8",
        "s9",
    ]
    assert trials.find("subject = ?", params=["s3"])[0].score == 0.3
    assert [each.id for each in trials.find(order_by="id DESC", limit=2, offset=1)] == [9, 8]
    assert sum(1 for _ in trials.stream({"status": Status.DONE})) == 10
    assert len(list(trials)) == 10
    assert trials.count({"status": [Status.DONE, Status.LOST]}) == 10
    assert trials.count(col("status") == Status.LOST) == 0
    assert trials.exists({"subject": "s3"})
    assert not trials.exists({"subject": "s10"})
    assert 1 in trials
    assert 11 not in trials


def test_a_changed_object_is_stored(trials: Repository[Trial]) -> None:
    """By its key; one that is not there is refused, and nothing is changed then."""
    trial = trials.add(Trial(Subject("s1")))
    other = trials.add(Trial(Subject("s2")))
    trial.score = 0.75
    trial.facts["more"] = [1]

    assert trials.update(trial) is trial
    assert trials.get(1) == trial
    assert trials.get(2) == other
    with pytest.raises(RecordNotFoundError, match="Trial with the key 3"):
        trials.update(attrs.evolve(trial, id=3))
    trials.remove(trial)
    with pytest.raises(RecordNotFoundError, match="'trials' has no Trial with the key 1"):
        trials.get(1)
    with pytest.raises(RecordNotFoundError):
        trials.remove(trial)
    assert trials.find() == [other]


def test_a_frozen_object_gives_another(runs: Repository[Run]) -> None:
    """What the database adds to it is in a copy."""
    run = Run("first")

    stored = runs.add(run)
    changed = runs.update(attrs.evolve(stored, lr=0.5))

    assert (run.id, stored.id) == (None, 1)
    assert changed == Run("first", 0.5, version=2, id=1)
    assert runs.get(1) == changed
    with pytest.raises(DuplicateKeyError):
        runs.add(Run("first"))


def test_two_who_change_one_object_are_told(runs: Repository[Run]) -> None:
    """The later one is refused, whether he changes or removes it."""
    first = runs.add(Run("first"))
    mine, theirs = runs.get(1), runs.get(1)
    runs.update(attrs.evolve(theirs, lr=0.2))

    with pytest.raises(StaleRecordError, match="Run 1 of table 'runs' was changed") as caught:
        runs.update(attrs.evolve(mine, lr=0.3))
    with pytest.raises(StaleRecordError):
        runs.remove(first)

    assert (caught.value.table, caught.value.key) == ("runs", 1)
    assert runs.get(1).lr == 0.2
    runs.remove(runs.get(1))
    with pytest.raises(RecordNotFoundError):
        runs.update(mine)


def test_keys_of_two_columns(runs: Repository[Run], steps: Repository[Step]) -> None:
    """They are given as tuples, in order; a reference holds."""
    runs.add(Run("first"))
    steps.add_all([Step(1, 1, 0.5), Step(1, 2)])

    assert steps.get((1, 1)) == Step(1, 1, 0.5)
    assert math.isnan(steps.get((1, 2)).loss)
    assert (1, 3) not in steps
    with pytest.raises(InterfaceError, match="no key") as caught:
        steps.get(1)
    assert "run, number" in str(caught.value)
    with pytest.raises(ForeignKeyError):
        steps.add(Step(2, 1))
    with pytest.raises(RecordNotFoundError, match=r"\(1, 3\)"):
        steps.update(Step(1, 3))
    steps.update(Step(1, 2, 0.25))
    assert steps.find(order_by="number") == [Step(1, 1, 0.5), Step(1, 2, 0.25)]


def test_many_objects_or_none(runs: Repository[Run]) -> None:
    """One that is refused takes the others along, and is named."""
    with pytest.raises(DuplicateKeyError) as caught:
        runs.add_all([Run("a"), Run("b"), Run("a")])

    assert caught.value.row == 2
    assert runs.count() == 0
    assert runs.add_all([]) == 0
    with pytest.raises(InterfaceError, match="object 1 has no key, and the first of them has one"):
        runs.add_all([Run("a", id=4), Run("b")])
    with pytest.raises(InterfaceError, match="object 1 has the key 4"):
        runs.add_all([Run("a"), Run("b", id=4)])
    assert runs.count() == 0
    assert runs.add_all(Run(name, id=place) for place, name in enumerate("cd", 7)) == 2
    assert [run.id for run in runs.find(order_by="id")] == [7, 8]
    assert runs.add(Run("e")).id == 9
    runs.remove(runs.get(9))
    with pytest.raises(InterfaceError, match="keeps Run, not Note"):
        runs.add(Note("text"))  # type: ignore[arg-type]
    with pytest.raises(NotNullError):
        runs.add(Run("f", version=None))  # type: ignore[arg-type]


# -------------------------------------------------------------------- classes of one's own


@attrs.frozen
class Angle:
    """A class that no column is known for."""

    degrees: float


@attrs.define
class Pose:
    """A field of it, which says its column, and more of them inside JSON."""

    tilt: Angle = attrs.field(metadata={"sql": "REAL CHECK (tilt < 360)"})
    joints: list[Angle] = attrs.Factory(list)
    id: int | None = None


def test_a_class_of_ones_own(lab: Database) -> None:
    """Hooks say how it is spelt, alone and inside JSON; they may come after the repository."""
    for poses in (
        lab.repository(Pose, table="poses", converter=cattrs.Converter()),
        lab.repository(Pose, table="others"),
    ):
        poses.converter.register_structure_hook(Angle, lambda value, _: Angle(value))
        poses.converter.register_unstructure_hook(Angle, lambda angle: angle.degrees)
        poses.create_table()
        given = poses.add(Pose(Angle(12.5), [Angle(1), Angle(2)]))

        assert lab.select(poses.table, ["tilt", "joints"]) == [{"tilt": 12.5, "joints": [1, 2]}]
        assert poses.get(1) == given
        with pytest.raises(CheckError):
            poses.add(Pose(Angle(400)))


class Odd:
    """A class that says nothing."""


@dataclasses.dataclass
class Holds:
    """A field of it."""

    odd: Odd
    id: int = 0


def test_what_cannot_be_kept_is_refused(lab: Database) -> None:
    """Before anything is made, with the field and the way out."""
    with pytest.raises(SchemaError, match="field 'odd' of 'Holds'") as caught:
        lab.repository(Holds, table="t")
    assert "metadata" in str(caught.value)
    odd: list[Any] = [pd.DataFrame, np.float64, int | str, type("Words", (str,), {})]
    for annotation in odd:
        fields = {"odd": attrs.field(type=annotation), "id": attrs.field(type=int)}
        with pytest.raises(SchemaError, match="field 'odd' of 'Kind'"):
            lab.repository(attrs.make_class("Kind", fields), table="t")
    with pytest.raises(InterfaceError, match="no class of attrs"):
        lab.repository(Odd, table="t")
    with pytest.raises(SchemaError, match="no field 'nr'"):
        lab.repository(Note, table="t", key="nr")
    with pytest.raises(SchemaError, match="no field 'changes'"):
        lab.repository(Note, table="t", version="changes")
    with pytest.raises(SchemaError, match="has to be an int"):
        lab.repository(Note, table="t", version="text")
    with pytest.raises(SchemaError, match="no key"):
        lab.repository(Note, table="t", key=())
    assert lab.list_tables() == []


@pytest.mark.parametrize(
    ("column", "value"), [("status", "odd"), ("settings", {"lr": 1.0}), ("words", 5)]
)
def test_a_record_that_is_no_object_is_told(
    trials: Repository[Trial], lab: Database, column: str, value: Any
) -> None:
    """A record of which no object can be made is told with its table, column and key."""
    trials.add_all([Trial(Subject("a")), Trial(Subject("b"))])
    lab.update("trials", {column: value}, where={"id": 2})
    for read in (trials.find, lambda: trials.get(2)):
        with pytest.raises(DataError, match=f"'{column}' of table 'trials' .* id=2,") as caught:
            read()
        assert (caught.value.table, caught.value.column) == ("trials", column)

    assert trials.get(1).subject == "a"


@pytest.mark.parametrize(
    ("field", "value"), [("status", "odd"), ("settings", 5), ("facts", 5), ("words", 5)]
)
def test_an_object_that_could_not_be_read_is_not_stored(
    trials: Repository[Trial], field: str, value: Any
) -> None:
    """What is not as the class declares it is refused by its field, one object or many."""
    given = Trial(Subject("a"), **{field: value})
    for store in (lambda: trials.add(given), lambda: trials.add_all([Trial(Subject("b")), given])):
        with pytest.raises(DataError, match=f"field '{field}' of Trial"):
            store()

    assert trials.count() == 0


def test_a_table_that_is_another(lab: Database) -> None:
    """It is said what differs; a table with more columns serves."""
    lab.create_table(
        "notes", {"id": "INTEGER PRIMARY KEY", "text": "TEXT NOT NULL", "more": "REAL"}
    )
    notes = lab.repository(Note, table="notes")

    with pytest.raises(SchemaError, match="version"):
        notes.create_table()
    with pytest.raises(ColumnNotFoundError, match="version"):
        notes.find()
    lab.add_column("notes", "version", "INTEGER NOT NULL DEFAULT 0")
    assert notes.add(Note("text")).id == 1
    assert notes.find() == [Note("text", 1)]


# ------------------------------------------------------------------------- units of work


def test_a_unit_stores_what_was_changed(lab: Database, trials: Repository[Trial]) -> None:
    """In fields, in arrays and in dicts, nothing else, and all at the end."""
    trials.add_all(Trial(Subject(f"s{n}")) for n in range(4))

    with lab.unit_of_work() as unit:
        mine = unit.repository(Trial, table="trials")
        first, second, third, _ = mine.find(order_by="id")
        first.score = 0.75
        second.data[1] = 9
        third.facts["new"] = {"a": [1]}
        lab.update("trials", {"note": "by hand"}, where={"id": 1})
        assert lab.select("trials", ["score"], where={"id": 1}) == [{"score": 0.5}]

    found = trials.find(order_by="id")
    assert (found[0].score, found[0].note) == (0.75, "by hand")
    assert found[1].data.tolist() == [0, 9, 2]
    assert found[2].facts == {"new": {"a": [1]}}


def test_a_key_has_one_object_in_a_unit(lab: Database, notes: Repository[Note]) -> None:
    """`get` and `find` return it again, and see what was done before."""
    notes.add(Note("a"))

    with lab.unit_of_work() as unit:
        mine = unit.repository(Note, table="notes", version="version")
        assert unit.repository(Note, table="notes", version="version") is mine
        note = mine.get(1)
        note.text = "b"
        assert mine.find({"text": "a"}) == []
        assert mine.find({"text": "b"})[0] is note
        assert mine.get(1) is note
        new = mine.add(Note("c"))
        assert new.id == 2
        assert mine.get(2) is new
        assert mine.count() == 2
        assert 2 in mine
        mine.remove(new)
        assert not mine.exists({"text": "c"})

    assert notes.find() == [Note("b", 1, version=1)]


def test_a_unit_fails_as_a_whole(lab: Database, notes: Repository[Note]) -> None:
    """Nothing is stored, and objects are what they were, as far as the unit changed them."""
    note = notes.add(Note("a"))

    with pytest.raises(ZeroDivisionError), lab.unit_of_work() as unit:  # noqa: PT012
        mine = unit.repository(Note, table="notes", version="version")
        note = mine.get(1)
        note.text = "b"
        new = mine.add(Note("c"))
        unit.flush()
        assert (note.version, new.id) == (1, 2)
        raise ZeroDivisionError

    assert notes.find() == [Note("a", 1)]
    assert (note.version, new.id) == (0, None)
    notes.update(note)
    assert notes.add(new).text == "c"
    with pytest.raises(InterfaceError, match="not open"):
        unit.flush()
    with pytest.raises(InterfaceError, match="not open"):
        mine.get(1)


def test_a_unit_writes_parents_first(
    lab: Database, runs: Repository[Run], steps: Repository[Step]
) -> None:
    """Whatever order they were added in; keys that are given are batched."""
    with lab.unit_of_work() as unit:
        mine = unit.repository(Step, table="steps", key=("run", "number"))
        theirs = unit.repository(Run, table="runs", version="version")
        mine.add_all(Step(7, number) for number in range(100))
        theirs.add(Run("seven", id=7))

    assert steps.count({"run": 7}) == 100
    assert runs.get(7).name == "seven"


def test_a_unit_tells_who_was_quicker(lab: Database, runs: Repository[Run]) -> None:
    """A frozen object is put in its place; a stale one, or one that is gone, fails the unit."""
    runs.add_all([Run("a"), Run("b")])
    old = runs.get(1)
    with lab.unit_of_work() as unit:
        mine = unit.repository(Run, table="runs", version="version")
        mine.update(attrs.evolve(mine.get(1), lr=0.5))
        assert mine.get(1).lr == 0.5
    assert runs.get(1) == Run("a", 0.5, version=2, id=1)

    with pytest.raises(StaleRecordError), lab.unit_of_work() as unit:
        unit.repository(Run, table="runs", version="version").update(attrs.evolve(old, lr=0.7))
    with pytest.raises(StaleRecordError), lab.unit_of_work() as unit:  # noqa: PT012
        mine = unit.repository(Run, table="runs", version="version")
        seen = mine.get(1)
        lab.update("runs", {"version": 9}, where={"id": 1})
        mine.update(attrs.evolve(seen, lr=0.9))
    assert runs.get(1).version == 2

    with pytest.raises(RecordNotFoundError), lab.unit_of_work() as unit:  # noqa: PT012
        gone = unit.repository(Run, table="runs")
        seen = gone.get(2)
        lab.delete("runs", where={"id": 2})
        gone.update(attrs.evolve(seen, lr=0.9))
    assert runs.count() == 2


def test_a_unit_refuses_what_makes_no_sense(lab: Database, notes: Repository[Note]) -> None:
    """Two objects of one key, a key that was changed, a unit in itself."""
    notes.add(Note("a"))
    with lab.unit_of_work() as unit:
        mine = unit.repository(Note, table="notes", version="version")
        mine.add(Note("b", 7))
        with pytest.raises(InterfaceError, match="has a Note with the key 7 already"):
            mine.add(Note("c", 7))
        mine.update(Note("d", 7))
        mine.remove(mine.add(Note("e", 8)))
        with pytest.raises(InterfaceError, match="open already"):
            unit.__enter__()
    assert notes.get(7).text == "d"
    assert notes.count() == 2

    with pytest.raises(InterfaceError, match="1 was changed to 2"), lab.unit_of_work() as unit:
        unit.repository(Note, table="notes", version="version").get(1).id = 2
    assert notes.count() == 2


def test_a_unit_refuses_an_older_version(lab: Database, notes: Repository[Note]) -> None:
    """An object that was read before counts by its own version, whatever the unit has read."""
    old = notes.add(Note("a"))
    seen = notes.get(1)
    seen.text = "b"
    notes.update(seen)

    with pytest.raises(StaleRecordError, match="read as version 0"), lab.unit_of_work() as unit:  # noqa: PT012
        mine = unit.repository(Note, table="notes", version="version")
        assert mine.get(1).text == "b"
        mine.update(old)
    assert notes.get(1).text == "b"

    with pytest.raises(ZeroDivisionError), lab.unit_of_work() as unit:  # noqa: PT012
        unit.repository(Note, table="notes", version="version").update(seen)
        raise ZeroDivisionError
    assert seen.version == notes.get(1).version == 1


def test_a_unit_leaves_alone_what_is_the_same(lab: Database, steps: Repository[Step]) -> None:
    """NaN is what it was, so nothing is written over what somebody else wrote meanwhile."""
    lab.repository(Run, table="runs").add(Run("first"))
    steps.add_all([Step(1, 1, math.nan), Step(1, 2, 0.0)])
    with lab.unit_of_work() as unit:
        mine = unit.repository(Step, table="steps", key=("run", "number"))
        first, second = mine.find(order_by="number")
        lab.update("steps", {"loss": 7}, where={"number": 1})
        second.loss = 0.5
        assert math.isnan(first.loss)

    assert lab.select("steps", ["loss"], order_by="number")[0] == {"loss": 7}
    assert steps.get((1, 2)).loss == 0.5


def test_what_a_unit_failed_to_store_is_not_forgotten(
    lab: Database, runs: Repository[Run]
) -> None:
    """An error that is caught comes again at the end; what no column keeps is told as ever."""
    runs.add(Run("a"))
    with pytest.raises(DuplicateKeyError), lab.unit_of_work() as unit:  # noqa: PT012
        mine = unit.repository(Run, table="runs", version="version")
        mine.add(Run("a", id=7))
        with pytest.raises(DuplicateKeyError):
            unit.flush()
    assert runs.count() == 1

    trials = lab.repository(Trial, table="trials")
    trials.create_table()
    trials.add(Trial(Subject("s")))
    with pytest.raises(DataError, match="facts"), lab.unit_of_work() as unit:
        unit.repository(Trial, table="trials").get(1).facts["bad"] = math.nan
    assert trials.get(1).facts == {}


def test_a_unit_removes_children_first(
    lab: Database, runs: Repository[Run], steps: Repository[Step]
) -> None:
    """Whatever order they were removed in; a key that is free again may be taken."""
    runs.add(Run("first"))
    steps.add_all([Step(1, 1), Step(1, 2)])

    with lab.unit_of_work() as unit:
        theirs = unit.repository(Run, table="runs", version="version")
        mine = unit.repository(Step, table="steps", key=("run", "number"))
        first, gone = theirs.get(1), mine.find()
        theirs.remove(first)
        for step in gone:
            mine.remove(step)
        with pytest.raises(RecordNotFoundError):
            mine.remove(Step(1, 1))
        with pytest.raises(RecordNotFoundError):
            mine.update(Step(1, 1))
        theirs.add(Run("second", id=1))
        mine.add(Step(1, 1, 0.5))

    assert [run.name for run in runs.find()] == ["second"]
    assert steps.find() == [Step(1, 1, 0.5)]


def test_a_unit_can_be_used_again(lab: Database, notes: Repository[Note]) -> None:
    """What a later block fails in takes nothing back that an earlier one did."""
    unit = lab.unit_of_work()
    with unit:
        note = unit.repository(Note, table="notes", version="version").add(Note("a"))
    with pytest.raises(ZeroDivisionError), unit:  # noqa: PT012
        unit.repository(Note, table="notes", version="version").get(1)
        raise ZeroDivisionError
    assert note.id == 1


def test_a_unit_inside_a_transaction(lab: Database, notes: Repository[Note]) -> None:
    """It is a savepoint there."""
    with lab.transaction():
        notes.add(Note("kept"))
        with pytest.raises(ZeroDivisionError), lab.unit_of_work() as unit:  # noqa: PT012
            unit.repository(Note, table="notes").add(Note("undone"))
            raise ZeroDivisionError

    assert [note.text for note in notes.find()] == ["kept"]

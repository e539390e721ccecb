"""Laws about fingerprints: what counts, what does not, and that the method is as it is told."""

from __future__ import annotations

import datetime as dt
import decimal
import hashlib
import json
import math
import struct
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db import Capability, Database
from scitex.db.domain.errors import InterfaceError, TableNotFoundError
from scitex.db.testing.contract.ground import DRAWN, PEOPLE, USERS, Laws, StopError, needs, undone

D = decimal.Decimal
DECLARED = {
    "whole": "INTEGER",
    "short": "SMALLINT",
    "real": "REAL",
    "dec": "NUMERIC",
    "txt": "TEXT",
    "flag": "BOOLEAN",
    "raw": "BLOB",
    "naive": "TIMESTAMP",
    "aware": "TIMESTAMPTZ",
    "day": "DATE",
    "clock": "TIME",
    "span": "INTERVAL",
    "uid": "UUID",
    "doc": "JSON",
}
KINDS = {
    "whole": "integer",
    "short": "integer",
    "real": "real",
    "dec": "numeric",
    "txt": "text",
    "flag": "boolean",
    "raw": "blob",
    "naive": "timestamp",
    "aware": "timestamptz",
    "day": "date",
    "clock": "time",
    "span": "interval",
    "uid": "uuid",
    "doc": "json",
}


def _head(tag: str, number: int) -> bytes:
    return tag.encode() + struct.pack(">q", number)


def _micros(span: dt.timedelta) -> int:
    return (span.days * 86_400 + span.seconds) * 10**6 + span.microseconds


def _wholes(value: Any) -> Any:
    """Make the numbers of JSON whole where they are."""
    if type(value) is float and math.isfinite(value) and value == int(value):
        return int(value)
    if isinstance(value, list):
        return [_wholes(item) for item in value]
    return {k: _wholes(v) for k, v in value.items()} if isinstance(value, dict) else value


def _plainly(value: Any) -> tuple[bytes, bytes]:
    """Encode a value that has no body."""
    if value is None:
        return bytes(9), b""
    if isinstance(value, (bool, int)):
        return _head("i", int(value)), b""
    if isinstance(value, float):
        return b"f" + struct.pack(">d", 0.0 if value == 0 else value), b""
    return _since(value), b""


def _since(value: Any) -> bytes:
    """Encode a time."""
    match value:
        case dt.datetime(tzinfo=None):
            return _head("t", _micros(value - dt.datetime(1970, 1, 1)))
        case dt.datetime():
            return _head("z", _micros(value - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)))
        case dt.date():
            return _head("a", (value - dt.date(1970, 1, 1)).days)
        case dt.time():
            since = dt.datetime.combine(dt.date(1970, 1, 1), value) - dt.datetime(1970, 1, 1)
            return _head("c", _micros(since))
        case dt.timedelta():
            return _head("p", _micros(value))
    raise AssertionError(value)


def _anew(value: Any, kind: str) -> tuple[bytes, bytes]:
    """Encode a value as the manual says, written anew."""
    if kind == "json" and value is not None:
        spelt = json.dumps(
            _wholes(value), sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )
        tag, body = "j", spelt.encode()
    elif isinstance(value, str):
        tag, body = "s", value.encode()
    elif isinstance(value, bytes):
        tag, body = "b", value
    elif isinstance(value, uuid.UUID):
        tag, body = "u", value.bytes
    elif isinstance(value, D):
        tag, body = "d", (str(value.normalize()) if value else "0").encode()
    else:
        return _plainly(value)
    return _head(tag, len(body)), body


def naive_digest(records: list[dict[str, Any]], kinds: dict[str, str]) -> str:
    """Make a fingerprint in the simplest way."""
    total = 0
    for record in records:
        pairs = [_anew(record[name], kinds[name]) for name in sorted(kinds)]
        data = b"".join(head for head, _ in pairs) + b"".join(body for _, body in pairs)
        total += int.from_bytes(hashlib.sha256(data).digest(), "big")
    columns = [[name, kinds[name]] for name in sorted(kinds)]
    head = ["scitex.db/1", len(records), columns, f"{total % 2**256:064x}"]
    return hashlib.sha256(json.dumps(head, ensure_ascii=False).encode()).hexdigest()


def drawn_text() -> st.SearchStrategy[str]:
    """Draw text that every engine keeps."""
    return st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(-1e15, 1e15)
) | drawn_text()
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(drawn_text(), inner, max_size=3),
    max_leaves=6,
).filter(lambda value: isinstance(value, (dict, list)))
YEARS: dict[str, Any] = {"min_value": dt.datetime(1, 1, 2), "max_value": dt.datetime(9999, 12, 30)}
STRATEGIES: dict[str, st.SearchStrategy[Any]] = {
    "whole": st.integers(-(2**63), 2**63 - 1),
    "short": st.integers(-(2**15), 2**15 - 1),
    "real": st.floats(allow_nan=False),
    "dec": st.decimals(-(10**6), 10**6, places=3),
    "txt": drawn_text(),
    "flag": st.booleans(),
    "raw": st.binary(max_size=8),
    "naive": st.datetimes(**YEARS),
    "aware": st.datetimes(**YEARS, timezones=st.just(dt.UTC)),
    "day": st.dates(),
    "clock": st.times(),
    "span": st.timedeltas(dt.timedelta(-(10**6)), dt.timedelta(10**6)),
    "uid": st.uuids(),
    "doc": DOCUMENTS,
}
EVERY_TYPE = st.lists(
    st.fixed_dictionaries({name: st.none() | drawn for name, drawn in STRATEGIES.items()}),
    max_size=5,
)
FULL: dict[str, Any] = {
    "whole": -5,
    "short": 7,
    "real": 0.1,
    "dec": D("1.50"),
    "txt": "naïve 日本",
    "flag": True,
    "raw": b"\0\xff",
    "naive": dt.datetime(2025, 5, 30, 14, 0, 0, 5),
    "aware": dt.datetime(2025, 5, 30, 14, 0, tzinfo=dt.timezone(dt.timedelta(hours=9))),
    "day": dt.date(2025, 5, 30),
    "clock": dt.time(14, 0, 1),
    "span": dt.timedelta(days=-1, microseconds=3),
    "uid": uuid.UUID(int=5),
    "doc": {"b": [1.0, 0.5], "a": None},
}
# Cited somewhere, it must hold for good, on every engine.
CITED = "bd918f773ea4382807f1be4656dfb8d989be4cfa59d01dc4cb774f0d7872cf15"

SAME = [
    ("dec", D("1.50"), D("1.5")),
    ("dec", D("0.00"), D("-0")),
    ("real", 0.0, -0.0),
    ("doc", {"a": 1, "b": [2]}, {"b": [2.0], "a": 1.0}),
    ("doc", {"a": 1e2}, {"a": 100}),
    (
        "aware",
        dt.datetime(2025, 5, 30, 9, tzinfo=dt.timezone(dt.timedelta(hours=9))),
        dt.datetime(2025, 5, 30, tzinfo=dt.UTC),
    ),
    ("naive", "2025-0530-1400", dt.datetime(2025, 5, 30, 14)),
]
OTHER = [
    ("txt", "é", "e\u0301"),
    ("txt", "a", "A"),
    ("txt", "", None),
    ("raw", b"", None),
    ("whole", 0, None),
    ("flag", False, None),
    ("real", 0.1, 0.1 + 2**-55),
    ("real", float("inf"), float("-inf")),
    ("naive", dt.datetime(2025, 5, 30), dt.datetime(2025, 5, 30, 0, 0, 0, 1)),
    ("doc", {"a": 1}, {"a": "1"}),
    ("doc", {"a": True}, {"a": 1}),
    ("doc", {"a": None}, {}),
    ("doc", [1, 2], [2, 1]),
    ("doc", [], None),
]


class FingerprintLaws(Laws):
    """What must hold for fingerprints."""

    @pytest.fixture
    def every_type(self, db: Database) -> Database:
        """Return a database with a table of every type, without records."""
        db.create_table("every", DECLARED)
        return db

    @DRAWN
    @given(records=EVERY_TYPE)
    def test_a_fingerprint_is_made_as_told(
        self, every_type: Database, records: list[dict[str, Any]]
    ) -> None:
        """The method written anew, in the simplest way, gives the same."""
        with undone(every_type, StopError):
            every_type.insert_many("every", records)
            found = every_type.fingerprint("every")

            assert (found.rows, found.digest) == (len(records), naive_digest(records, KINDS))

    def test_a_fingerprint_holds_for_good(self, every_type: Database) -> None:
        """The same records have the fingerprint that was cited, on every engine."""
        every_type.insert_many("every", [FULL, dict.fromkeys(FULL), FULL])

        assert str(every_type.fingerprint("every")) == f"sha256:{CITED} (3 records)"

    @pytest.mark.parametrize(("column", "one", "other"), SAME)
    def test_equal_values_count_as_one(
        self, every_type: Database, column: str, one: Any, other: Any
    ) -> None:
        """Values that are equal, however spelt, have one fingerprint."""
        found = [self._of_value(every_type, column, value) for value in (one, other)]

        assert found[0] == found[1]

    @pytest.mark.parametrize(("column", "one", "other"), OTHER)
    def test_other_values_count_as_such(
        self, every_type: Database, column: str, one: Any, other: Any
    ) -> None:
        """Values that are not equal have different fingerprints."""
        found = [self._of_value(every_type, column, value) for value in (one, other)]

        assert found[0] != found[1]

    def _of_value(self, db: Database, column: str, value: object) -> object:
        db.delete("every", where="1 = 1")
        db.insert("every", {column: value})
        return db.fingerprint("every")

    def test_no_order_counts(self, db: Database) -> None:
        """Neither the order of records nor that of columns counts, nor the table's name."""
        db.create_table("one", {"a": "INTEGER", "b": "TEXT"})
        db.create_table("other", {"b": "TEXT", "a": "INTEGER"})
        records = [{"a": number, "b": "x" * number} for number in range(5)]
        db.insert_many("one", records)
        db.insert_many("other", records[::-1])

        assert db.fingerprint("one") == db.fingerprint("other")

    def test_every_record_counts(self, db: Database) -> None:
        """A record that is there twice counts twice."""
        db.create_table("t", {"a": "INTEGER"})
        found = []
        for _ in range(3):
            db.insert("t", {"a": 1})
            found.append(db.fingerprint("t").digest)

        assert len(set(found)) == 3

    def test_values_do_not_run_together(self, db: Database) -> None:
        """Where one text ends and the next begins counts."""
        found = []
        for number, (a, b) in enumerate([("a", "bc"), ("ab", "c"), ("", "abc"), (None, "abc")]):
            db.create_table(f"t{number}", {"a": "TEXT", "b": "TEXT"})
            db.insert(f"t{number}", {"a": a, "b": b})
            found.append(db.fingerprint(f"t{number}").digest)

        assert len(set(found)) == 4

    def test_columns_count_by_name_and_kind(self, db: Database) -> None:
        """The same values in a column of another name, or another kind, are something else."""
        declared = [{"a": "INTEGER"}, {"b": "INTEGER"}, {"a": "REAL"}, {"a": "NUMERIC"}]
        for number, columns in enumerate(declared):
            db.create_table(f"t{number}", columns)

        assert len({db.fingerprint(f"t{number}").digest for number in range(4)}) == 4

    @pytest.mark.parametrize(("word", "other"), [("VARCHAR(9)", "TEXT"), ("INT4", "BIGINT")])
    def test_sizes_of_columns_do_not_count(self, db: Database, word: str, other: str) -> None:
        """How long or wide a column may be does not count."""
        db.create_table("one", {"a": word})
        db.create_table("other", {"a": other})

        assert db.fingerprint("one") == db.fingerprint("other")

    @pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 4001, 9000])
    def test_many_records_are_one_sum(self, db: Database, count: int) -> None:
        """However many pieces the records come in, it is the same."""
        db.create_table("t", {"n": "INTEGER", "x": "REAL", "s": "TEXT", "at": "TIMESTAMP"})
        start = dt.datetime(2025, 5, 30)
        records = [
            {
                "n": None if n % 7 == 0 else n,
                "x": n / 3,
                "s": None if n % 11 == 0 else f"é{n}",
                "at": start + dt.timedelta(seconds=n, microseconds=n % 2),
            }
            for n in range(count)
        ]
        db.insert_many("t", records)
        kinds = {"n": "integer", "x": "real", "s": "text", "at": "timestamp"}

        assert db.fingerprint("t").digest == naive_digest(records, kinds)

    def test_large_values_count_whole(self, db: Database) -> None:
        """Bytes of several megabytes count to the last one."""
        db.create_table("t", {"raw": "BLOB"})
        found = []
        for last in (b"\0", b"\1"):
            db.delete("t", where="1 = 1")
            db.insert_many("t", [{"raw": bytes(3_000_000) + last} for _ in range(3)])
            found.append(db.fingerprint("t").digest)

        assert found[0] != found[1]

    def test_a_database_has_those_of_its_tables(self, users: Database) -> None:
        """A database's fingerprint is of all its tables, which it has by name."""
        users.create_table("a", {"x": "INTEGER"})
        before = users.fingerprint()
        users.insert("a", {"x": 1})
        after = users.fingerprint()

        assert [(each.table, each.rows) for each in after.tables] == [("a", 1), ("users", 4)]
        assert (before == after, before.tables[1] == after.tables[1]) == (False, True)

    def test_a_database_without_tables_has_one(self, db: Database) -> None:
        """A database without tables has a fingerprint too."""
        assert (db.fingerprint().rows, db.fingerprint().tables) == (0, ())

    def test_what_is_not_committed_counts(self, users: Database) -> None:
        """Inside a transaction its own changes count, and it goes on."""
        before = users.fingerprint()
        with undone(users):
            users.insert("users", {"id": 9, "name": "Eve"})
            inside = users.fingerprint()
            users.insert("users", {"id": 10, "name": "Eve"})

        assert (before == inside, users.fingerprint() == before) == (False, True)

    def test_odd_names_have_fingerprints(self, db: Database) -> None:
        """Tables and columns of any name have fingerprints."""
        names = ['a "b"', "select", "Größe", "x`y", "UPPER"]
        for name in names:
            db.create_table(name, {name: "INTEGER", "order": "TEXT"})
            db.insert(name, {name: 1, "order": "z"})

        assert [each.table for each in db.fingerprint().tables] == sorted(names)

    def test_a_missing_table_has_none(self, users: Database) -> None:
        """A table that is not there is told, with the nearest name."""
        with pytest.raises(TableNotFoundError, match="did you mean 'users'"):
            users.fingerprint("user")

    def test_reading_for_a_fingerprint_is_reported(self, users: Database) -> None:
        """A function is told how many records were read, and of how many."""
        told: list[tuple[int, int | None]] = []
        users.fingerprint("users", progress=lambda done, total: told.append((done, total)))

        assert told[-1] == (4, 4)
        with pytest.raises(InterfaceError):
            users.fingerprint("users", progress=3)  # type: ignore[arg-type]  # that is the law

    def test_a_view_has_one(self, users: Database) -> None:
        """A view has the fingerprint of what it shows."""
        users.create_table("copied", USERS)
        users.insert_many("copied", PEOPLE[:2])
        with needs(users, Capability.SQL):
            users.execute("CREATE VIEW seen AS SELECT * FROM users WHERE id < 3")

            assert users.fingerprint("seen") == users.fingerprint("copied")

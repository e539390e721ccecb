"""Laws of what is read from SQL text, and of what is refused."""

from __future__ import annotations

import sqlite3
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db.adapters.memory.expressions import reading, texts
from scitex.db.adapters.memory.expressions.scope import Engine
from scitex.db.adapters.memory.storage import MemoryStorage
from scitex.db.domain.declarations import table_declared
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    ParameterError,
    ProgrammingError,
    UnsafeFragmentError,
    UnsupportedFeatureError,
)
from scitex.db.domain.predicates import (
    Always,
    And,
    Arithmetic,
    Column,
    Compare,
    In,
    IsNull,
    Like,
    Literal,
    Not,
    Or,
    Parameter,
    Predicate,
    col,
)
from scitex.db.domain.queries import Query, Text
from scitex.db.domain.sql.sqltext import Marks
from scitex.db.domain.tables import ColumnSpec, TableSpec

SPEC = TableSpec(
    "t",
    [
        ColumnSpec("a", "INTEGER"),
        ColumnSpec("b", "TEXT"),
        ColumnSpec("ok", "BOOLEAN"),
        ColumnSpec("Day", "DATE"),
        ColumnSpec("my col", "REAL"),
    ],
)
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
A, B = Column("a"), Column("b")
OK = Compare(Column("ok"), "=", Literal(True))


def read(text: str, engine: Engine = "sqlite", style: Marks = "none") -> Predicate:
    """Read a condition."""
    return reading.condition(text, SPEC, engine, style=style)[0]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1", Compare(A, "=", Literal(1))),
        ("a <> 1.5", Compare(A, "<>", Literal(1.5))),
        ("a != -1", Compare(A, "<>", Literal(-1))),
        ("1e3 <= a", Compare(Literal(1000.0), "<=", A)),
        ("a >= 1 AND b < 'x'", And(Compare(A, ">=", Literal(1)), Compare(B, "<", Literal("x")))),
        ("ok OR NOT ok", Or(OK, Not(OK))),
        ("not (ok and ok)", Not(And(OK, OK))),
        ("ok OR ok AND ok", Or(OK, And(OK, OK))),
        ("a IN (1, 2)", In(A, (Literal(1), Literal(2)))),
        ("a NOT IN (1, NULL)", Not(In(A, (Literal(1), Literal(None))))),
        (
            "a BETWEEN 1 AND 2",
            And(Compare(A, ">=", Literal(1)), Compare(A, "<=", Literal(2))),
        ),
        (
            "a NOT BETWEEN 1 AND 2",
            Not(And(Compare(A, ">=", Literal(1)), Compare(A, "<=", Literal(2)))),
        ),
        ("b LIKE 'a%'", Like(B, Literal("a%"))),
        ("b NOT LIKE 'a%'", Not(Like(B, Literal("a%")))),
        ("a IS NULL", IsNull(A)),
        ("a IS NOT NULL", Not(IsNull(A))),
        ("NOT a IS NULL", Not(IsNull(A))),
        ("a = NULL", Compare(A, "=", Literal(None))),
        ("b = 'it''s; -- ?'", Compare(B, "=", Literal("it's; -- ?"))),
        ("1=1", Compare(Literal(1), "=", Literal(1))),
        ("TRUE", Always(truth=True)),
        ("ok = false", Compare(Column("ok"), "=", Literal(False))),
        ("((a)) = (1)", Compare(A, "=", Literal(1))),
        (
            "a + 2 * 3 > 1",
            Compare(Arithmetic(A, "+", Arithmetic(Literal(2), "*", Literal(3))), ">", Literal(1)),
        ),
        (
            "a - 1 - 2 = a % 2",
            Compare(
                Arithmetic(Arithmetic(A, "-", Literal(1)), "-", Literal(2)),
                "=",
                Arithmetic(A, "%", Literal(2)),
            ),
        ),
        ("-a < 0", Compare(Arithmetic(Literal(0), "-", A), "<", Literal(0))),
        ("a / 2 = 1", Compare(Arithmetic(A, "/", Literal(2)), "=", Literal(1))),
        ('"my col" > 1', Compare(Column("my col"), ">", Literal(1))),
    ],
)
def test_conditions_are_read(text: str, expected: Predicate, engine: Engine) -> None:
    """Comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL and arithmetic are read."""
    assert read(text, engine) == expected


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("trim(b) = 'x'", "the function TRIM"),
        ("ifnull(b, 'x') = 'x'", "the function IFNULL"),
        ("my_own(b) = 'x'", "the function"),
        ("count(*) > 1", "the function COUNT"),
        ("a IN (SELECT 1)", "a sub-select"),
        ("a = (SELECT 1)", "a sub-select"),
        ("EXISTS (SELECT 1)", "EXISTS"),
        ("CAST(a AS TEXT) = 'x'", "a cast"),
        ("a::int = 1", "a cast"),
        ("b = date '2025-01-01'", "a cast"),
        ("CASE WHEN ok THEN 1 END = 1", "CASE"),
        ("b LIKE 'a' ESCAPE '!'", "LIKE ... ESCAPE"),
        ("b NOT LIKE 'a' ESCAPE '!'", "LIKE ... ESCAPE"),
        ("b ILIKE 'a'", "the operator ILIKE"),
        ("b GLOB 'a*'", "the operator GLOB"),
        ("b SIMILAR TO 'a'", "the operator SIMILARTO"),
        ("b = 'x' COLLATE nocase", "COLLATE"),
        ("a IS 5", "IS with anything but NULL"),
        ("a IS TRUE", "IS with anything but NULL"),
        ("(a IS NOT DISTINCT FROM 1)", "IS with anything but NULL"),
        ("b || 'x' = 'y'", r"\|\|"),
        ("a & 1 = 1", "the operator BITWISEAND"),
        ("(a, a) = (1, 2)", "TUPLE"),
        ("t.a = 1", "a name with dots"),
        ("a IN b", "IN"),
        ("a", "a column that is no BOOLEAN alone"),
        ("1", "a value alone as a condition"),
        ("a = 1 = 1", "a condition in the place of a value"),
        ("a = (a > 1)", "a condition in the place of a value"),
        ("a < 1 < 2", "a condition in the place of a value"),
        ("a = 'x' 'y'", "the function CONCAT"),
        ("current_timestamp > b", "the function CURRENT_TIMESTAMP"),
        ("json_extract(b, '$.x') = 1", "the function JSON_EXTRACT|the function JSON"),
        ("b #> '{x}' = '1'", "the operator #>"),
        ("b #>> '{x}' = '1'", "the operator #>"),
        ("- b ->> 'x' = 1", "a sign before an arrow|an arrow from anything but a column"),
        ("(b ->> 'x') -> 'y' = '1'", "an arrow from anything but a column"),
        ("lower(b) ->> 'x' = '1'", "an arrow from anything but a column"),
        ("b -> a = '1'", "an arrow to what is no key and no index"),
        ("b = x'00'", "HEXSTRING"),
    ],
)
def test_everything_else_is_refused_by_name(text: str, named: str, engine: Engine) -> None:
    """What is not read is refused, and the error names it."""
    with pytest.raises(UnsupportedFeatureError, match=f"does not read ({named})") as caught:
        read(text, engine)

    assert caught.value.engine == "memory"


@pytest.mark.parametrize(
    ("text", "engine"),
    [
        ("lower(a) = 'x'", "sqlite"),
        ("abs(b) = 1", "postgresql"),
        ("coalesce(a, b) = 1", "sqlite"),
        ("length(b) = 'x'", "sqlite"),
        ("abs(a) LIKE 'x'", "sqlite"),
        ("lower(b) + 1 = 2", "sqlite"),
        ("a = NULL + NULL", "postgresql"),
    ],
)
def test_functions_of_other_sorts_are_refused(text: str, engine: Engine) -> None:
    """What an engine makes of text as a number is not guessed; there is a way out."""
    storage = MemoryStorage(emulate=engine)
    storage.create_table(SPEC)

    with pytest.raises(UnsupportedFeatureError) as caught:
        storage.select(Query("t", where=Text(text)))
    assert caught.value.hint


JSON_SPEC = TableSpec("t", [ColumnSpec("j", "JSON"), ColumnSpec("b", "BLOB")])


@pytest.mark.parametrize(
    ("text", "engine", "named"),
    [
        ("j ->> '$.a[#-1]' = 1", "sqlite", "right of an arrow"),
        ("j ->> '[0]' = 1", "sqlite", "right of an arrow"),
        ("j ->> '' = 1", "sqlite", "right of an arrow"),
        ("j ->> -1 = 1", "sqlite", "-1 right of an arrow"),
        ("j -> 'a' < '1'", "postgresql", "beside <"),
        ("j -> 'a' LIKE '1'", "postgresql", "beside LIKE"),
        ("j -> 'a' = 1", "postgresql", "a JSON value with number"),
        ("j ->> 'a' = 1", "postgresql", "does not compare number with text"),
        ("j ->> 'a' + 1 = 2", "postgresql", "an arrow to what is no key and no index"),
        ("j = j -> 'a'", "postgresql", "does not compare"),
        ("j ->> 'a' = b", "sqlite", "beside a column of blob"),
    ],
)
def test_arrows_that_mean_what_only_the_engine_knows_are_refused(
    text: str, engine: Engine, named: str
) -> None:
    """What one version reads so and another otherwise, or memory does not compare, is refused."""
    storage = MemoryStorage(emulate=engine)
    storage.create_table(JSON_SPEC)

    with pytest.raises(UnsupportedFeatureError, match=named) as caught:
        storage.select(Query("t", where=Text(text)))
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["lower(j ->> 'f') = 'x'", "j ->> 'f' LIKE '0%'", "j ->> 'a' + 1 = 2", "j ->> 'five' = n"],
)
def test_records_of_which_memory_does_not_know_the_answer_are_refused(text: str) -> None:
    """SQLite spells fractions by its version and cuts numbers out of text; nobody guesses."""
    storage = MemoryStorage()
    storage.create_table(TableSpec("t", [ColumnSpec("j", "JSON"), ColumnSpec("n", "INTEGER")]))
    storage.insert("t", {"j": {"f": 0.1, "a": "5 apples", "five": "5"}, "n": 5})

    with pytest.raises(UnsupportedFeatureError, match="does not read") as caught:
        storage.select(Query("t", where=Text(text)))
    assert caught.value.hint


def test_arrows_take_their_keys_from_params() -> None:
    """A key or an index may be a parameter; what is neither is refused."""
    storage = MemoryStorage()
    storage.create_table(JSON_SPEC)
    storage.insert("t", {"j": {"a": [1, 2]}})
    found = Query("t", where=Text("j -> ? ->> ? = 2", "question"))

    assert len(storage.select(found, values=("a", 1))) == 1
    for wrong in ([None, 1], ["$.a", 1], ["a", -1], ["a", 1.0], ['a"', 1]):
        with pytest.raises(UnsupportedFeatureError, match="right of an arrow"):
            storage.select(found, values=tuple(wrong))


def test_arrows_come_with_the_column_they_need() -> None:
    """Nothing is inside a column that holds no JSON."""
    storage = MemoryStorage()
    storage.create_table(SPEC)

    with pytest.raises(DataError, match="is no JSON column"):
        storage.select(Query("t", where=Text("b ->> 'x' = '1'")))


@pytest.mark.parametrize("text", ["a >", "a > 5 foo", "a = = 1", "AND", "a LIKE"])
def test_what_is_no_sql_is_refused(text: str) -> None:
    """Text that is no expression is a mistake of the caller's."""
    with pytest.raises(ProgrammingError, match="is no SQL expression"):
        read(text)


@pytest.mark.parametrize("text", ["1=1; DROP TABLE t", "a = 1 -- x", "a = 1)", "b = 'x", " "])
def test_text_cannot_leave_its_clause(text: str) -> None:
    """Text that could leave its clause is refused as on every engine."""
    with pytest.raises(UnsafeFragmentError):
        read(text)


def test_placeholders_become_parameters_in_order() -> None:
    """The placeholders that count become parameters, counted as they come."""
    expected = And(
        And(Compare(A, ">", Parameter(0)), Compare(B, "=", Literal("?"))),
        Compare(A, "<", Parameter(1)),
    )

    assert read("a > ? AND b = '?' AND a < ?", style="question") == expected


def test_named_placeholders_may_come_again() -> None:
    """A name that comes twice takes its value twice."""
    predicate, template = reading.condition(
        "a = :p0 OR a = :x OR a = :p0", SPEC, "sqlite", style="named"
    )

    assert template.values({"p0": 1, "x": 2}) == (1, 2, 1)
    assert predicate == Or(
        Or(Compare(A, "=", Parameter(0)), Compare(A, "=", Parameter(1))),
        Compare(A, "=", Parameter(2)),
    )


@pytest.mark.parametrize(("text", "style"), [("a = ?", "none"), ("a = :x", "question")])
def test_placeholders_need_values(text: str, style: Marks) -> None:
    """A placeholder that nothing fills is refused."""
    with pytest.raises(ParameterError, match=r"nothing fills|no value for"):
        read(text, style=style)


def test_bare_names_match_in_any_case_on_sqlite() -> None:
    """On SQLite a bare name means the column that differs by capitals only."""
    assert read("DAY IS NULL OR A = 1") == Or(IsNull(Column("Day")), Compare(A, "=", Literal(1)))


def test_bare_names_fold_on_postgresql() -> None:
    """On PostgreSQL a bare name is read in small letters, and the error tells how to quote it."""
    assert read("A = 1", "postgresql") == Compare(A, "=", Literal(1))
    with pytest.raises(ColumnNotFoundError, match='write "Day"'):
        read("Day IS NULL", "postgresql")


@pytest.mark.parametrize("text", ['"day" IS NULL', "`A` = 1", "[A] = 1", "dey IS NULL"])
def test_quoted_names_match_exactly(text: str) -> None:
    """A quoted name means the column of exactly that name, and never a string."""
    with pytest.raises(ColumnNotFoundError):
        read(text)


def test_a_bare_name_that_could_be_two_is_refused() -> None:
    """A bare name that differs from two columns by capitals means neither."""
    spec = TableSpec("t", [ColumnSpec("Ab", ""), ColumnSpec("aB", "")])

    with pytest.raises(ColumnNotFoundError):
        reading.condition("AB IS NULL", spec, "sqlite")


@pytest.mark.parametrize(("engine", "folds"), [("sqlite", ["Ab", "ab"]), ("postgresql", ["ab"])])
def test_like_in_text_follows_the_engine(engine: Engine, folds: list[str]) -> None:
    """LIKE in text folds capitals on SQLite; in a predicate it never does."""
    storage = MemoryStorage(emulate=engine)
    storage.create_table(table_declared("t", {"b": "TEXT"}))
    storage.insert_many("t", [{"b": "Ab"}, {"b": "ab"}])

    text = storage.select(Query("t", where=Text("b LIKE 'a%'")))
    predicate = storage.select(Query("t", where=col("b").like("a%")))

    assert ([row["b"] for row in text], predicate) == (folds, [{"b": "ab"}])


@pytest.mark.parametrize(
    ("engine", "text", "expected"),
    [
        ("sqlite", "a + 0", [3, 1, 2]),
        ("sqlite", "-a", [3, 2, 1]),
        ("sqlite", "a % 2, a DESC", [3, 2, 1]),
        ("sqlite", "a + 0 NULLS LAST", [1, 2, 3]),
        ("postgresql", "a + 0", [1, 2, 3]),
        ("postgresql", "a + 0 DESC", [3, 2, 1]),
    ],
)
def test_orders_are_read(engine: Engine, text: str, expected: list[int]) -> None:
    """An order given as text sorts by expressions, NULLs where the engine puts them."""
    storage = MemoryStorage(emulate=engine)
    storage.create_table(table_declared("t", {"id": "INTEGER PRIMARY KEY", "a": "INTEGER"}))
    storage.insert_many("t", [{"a": 1}, {"a": 2}, {"a": None}])

    found = storage.select(Query("t", order_by=Text(text)))

    assert [row["id"] for row in found] == expected


@pytest.mark.parametrize(
    ("text", "named"), [("1", "a column told by its number"), ("trim(b)", "the function TRIM")]
)
def test_other_orders_are_refused(text: str, named: str) -> None:
    """An order by what is not read, or by a column's number, is refused by name."""
    with pytest.raises(UnsupportedFeatureError, match=named):
        reading.order(text, SPEC, "sqlite")


def test_text_needs_its_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the parser a text is refused, and the error tells what to install."""
    monkeypatch.delitem(sys.modules, "scitex.db.adapters.memory.expressions.reading")
    monkeypatch.delattr("scitex.db.adapters.memory.expressions.reading")
    monkeypatch.setitem(sys.modules, "sqlglot", None)

    with pytest.raises(UnsupportedFeatureError, match=r"scitex-db\[testing\]"):
        texts.wanted(Text("a = 1"), SPEC, "sqlite")


ROWS = [
    (n, n % 5 - 2 if n % 7 else None, n / 4 if n % 3 else None, text)
    for n, text in enumerate(["a", "A", "b", "ab", "Ab", "é", "", "%", "a_b", "B", None] * 3)
]
numbers = st.recursive(
    st.sampled_from(["id", "n", "r", "N", "0", "1", "2", "2.5", "-1"]),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from("+-*/%"), inner),
    max_leaves=4,
)
words = st.sampled_from(["'a'", "'Ab'", "''", "'é'", "s", "NULL"])
signs = st.sampled_from(["=", "<>", "!=", "<", "<=", ">", ">=", "=="])
likes = st.sampled_from(["LIKE", "NOT LIKE"])
patterns = st.sampled_from(["'a%'", "'%B'", "'_'", "'É'", "'%'", "s"])
nots = st.sampled_from(["", "NOT"])
leaves = st.one_of(
    st.builds("{} {} {}".format, numbers, signs, numbers),
    st.builds("s {} {}".format, signs, words),
    st.builds("s {} {}".format, likes, patterns),
    st.builds("{} {} IN ({}, {})".format, numbers, nots, numbers, numbers),
    st.builds("s {} IN ({}, {})".format, nots, words, words),
    st.builds("{} {} BETWEEN {} AND {}".format, numbers, nots, numbers, numbers),
    st.builds("{} IS {} NULL".format, numbers, nots),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds("{} AND {}".format, inner, inner),
        st.builds("({}) OR {}".format, inner, inner),
        st.builds("NOT ({})".format, inner),
        st.builds("NOT {}".format, inner),
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def both() -> tuple[MemoryStorage, sqlite3.Connection]:
    """Keep the same records in memory and in SQLite."""
    columns = {"id": "INTEGER PRIMARY KEY", "n": "INTEGER", "r": "REAL", "s": "TEXT"}
    memory, real = MemoryStorage(), sqlite3.connect(":memory:")
    memory.create_table(table_declared("t", columns))
    memory.insert_many("t", [dict(zip(columns, row, strict=True)) for row in ROWS])
    real.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, r REAL, s TEXT)")
    real.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", ROWS)
    return memory, real


@given(text=conditions)
def test_conditions_mean_what_sqlite_means(
    both: tuple[MemoryStorage, sqlite3.Connection], text: str
) -> None:
    """A condition that is read keeps exactly the records that SQLite keeps."""
    memory, real = both

    found = [row["id"] for row in memory.select(Query("t", where=Text(text)))]

    expected = real.execute(f"SELECT id FROM t WHERE {text} ORDER BY id").fetchall()
    assert found == [row[0] for row in expected]

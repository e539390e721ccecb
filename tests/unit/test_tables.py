"""Tables as values: an invalid one cannot exist, and two can be compared."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from scitex.db.domain.declarations import table_declared
from scitex.db.domain.errors import ColumnNotFoundError, InvalidNameError, SchemaError
from scitex.db.domain.tables import (
    ColumnSpec,
    ForeignKey,
    IndexSpec,
    TableSpec,
    columns_of,
    differences,
    index_taken,
    name_taken,
    needed_by,
    table_differs,
)
from scitex.db.domain.types import Kind, column_type

ID = ColumnSpec("id", "INTEGER", nullable=False)
NAME = ColumnSpec("name", "TEXT")
USERS = TableSpec("users", [ID, NAME], primary_key="id")


@pytest.mark.parametrize("given", ["VARCHAR(50)", column_type("varchar(50)")])
def test_a_column_takes_words_or_a_type(given: Any) -> None:
    """A column's type is given as words or as a value."""
    assert ColumnSpec("name", given).type == column_type("VARCHAR(50)")


@pytest.mark.parametrize("kind", Kind)
def test_a_column_takes_a_kind(kind: Kind) -> None:
    """A column's type is given as a kind."""
    assert ColumnSpec("x", kind).type.kind is kind


@pytest.mark.parametrize("name", ["", "a\0b", None])
def test_a_column_needs_a_name(name: Any) -> None:
    """A column whose name is no name cannot exist."""
    with pytest.raises(InvalidNameError):
        ColumnSpec(name, "TEXT")


def test_a_table_knows_its_columns_names() -> None:
    """A table's names are those of its columns, in order."""
    assert USERS.names == ("id", "name")


def test_a_column_is_found_by_name() -> None:
    """A column is found by its exact name."""
    assert USERS.column("name") is NAME


def test_a_missing_column_is_named() -> None:
    """A column that is not there is named with its table and the nearest name."""
    with pytest.raises(ColumnNotFoundError, match="'Name' in table 'users'\nhint: did you mean"):
        USERS.column("Name")


def test_a_column_is_added_at_the_end() -> None:
    """A table with a further column is another table, with that column last."""
    assert USERS.with_column(ColumnSpec("score", "REAL")).names == ("id", "name", "score")


def test_a_table_is_never_changed() -> None:
    """Adding a column leaves the table it was added to as it was."""
    USERS.with_column(ColumnSpec("score", "REAL"))

    assert USERS.names == ("id", "name")


def test_a_table_needs_columns() -> None:
    """A table without columns cannot exist."""
    with pytest.raises(SchemaError, match="table 'users' has no columns\nhint: give at least one"):
        TableSpec("users", [])


def test_a_column_comes_once() -> None:
    """A table with two columns of one name cannot exist."""
    with pytest.raises(SchemaError, match="names a column twice"):
        TableSpec("users", [NAME, NAME])


@pytest.mark.parametrize(
    "rules",
    [
        {"primary_key": "nam"},
        {"primary_key": ["id", "nam"]},
        {"unique": ["nam"]},
        {"unique": [("id", "nam")]},
        {"foreign_keys": [ForeignKey("nam", "teams")]},
    ],
    ids=str,
)
def test_a_rule_is_about_the_tables_columns(rules: dict[str, Any]) -> None:
    """A key that names a column the table does not have cannot exist."""
    with pytest.raises(ColumnNotFoundError, match="did you mean 'name'"):
        TableSpec("users", [ID, NAME], **rules)


def test_rules_are_given_in_any_shape() -> None:
    """Keys are given as one name, several, or sets of them, and kept as tuples."""
    spec = TableSpec(
        "t", [ID, NAME], primary_key="id", unique=["name", ["id", "name"]], checks="id > 0"
    )

    assert (spec.primary_key, spec.unique, spec.checks) == (
        ("id",),
        (("name",), ("id", "name")),
        ("id > 0",),
    )


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["id"], True),
        (["b", "a"], True),
        (["a"], False),
        (["id", "a"], False),
        ([], False),
    ],
)
def test_a_key_tells_records_apart(columns: list[str], expected: bool) -> None:
    """Columns are a key, in any order, where they are the primary key or declared unique."""
    spec = TableSpec(
        "t",
        [ID, ColumnSpec("a", "TEXT"), ColumnSpec("b", "TEXT")],
        primary_key="id",
        unique=[("a", "b")],
    )

    assert spec.is_key(columns) == expected


def test_a_table_without_a_key_has_none() -> None:
    """No columns at all are not the key of a table that has none."""
    assert not TableSpec("t", [NAME]).is_key([])


def test_a_foreign_key_takes_lone_names() -> None:
    """A foreign key of one column takes its name as it is."""
    key = ForeignKey("user_id", "users", "id", on_delete="CASCADE")

    assert (key.columns, key.references, key.on_delete) == (("user_id",), ("id",), "CASCADE")


def test_a_foreign_key_pairs_its_columns() -> None:
    """A foreign key that refers to more columns than it has cannot exist."""
    with pytest.raises(SchemaError, match=r"1 column\(s\) names 2 of table 'users'"):
        ForeignKey("user_id", "users", ["id", "name"])


def test_a_foreign_key_may_mean_the_primary_key() -> None:
    """A foreign key that names no columns of the other table means its primary key."""
    assert ForeignKey("user_id", "users").references == ()


def test_an_index_is_a_value() -> None:
    """Two indexes that say the same are equal."""
    assert IndexSpec("i", "t", ("a",)) == IndexSpec("i", "t", ("a",), unique=False, where=None)


def test_the_same_table_has_no_differences() -> None:
    """A table does not differ from itself."""
    assert differences(USERS, USERS) == []


@pytest.mark.parametrize(
    "found",
    [
        attrs.evolve(USERS, columns=[NAME, ID]),
        attrs.evolve(USERS, name="people"),
        attrs.evolve(USERS, columns=[attrs.evolve(ID, type="BIGINT"), NAME]),
        attrs.evolve(USERS, columns=[ID, attrs.evolve(NAME, type="varchar")]),
        attrs.evolve(USERS, columns=[attrs.evolve(ID, autoincrement=True), NAME]),
    ],
    ids=["order of columns", "name of the table", "type", "text", "who numbers the key"],
)
def test_what_does_not_count(found: TableSpec) -> None:
    """Order of columns, name of the table, spelling of types, and AUTOINCREMENT do not count."""
    assert differences(USERS, found) == []


DIFFERENCES = [
    ({"columns": [ID]}, "column 'name' is missing"),
    ({"columns": [ID, NAME, ColumnSpec("x", "TEXT")]}, "column 'x' is not asked for"),
    ({"columns": [ID, ColumnSpec("name", "REAL")]}, "column 'name' has type REAL, not TEXT"),
    (
        {"columns": [ID, ColumnSpec("name", "TEXT", nullable=False)]},
        "column 'name' has nullable=False, not True",
    ),
    (
        {"columns": [ID, ColumnSpec("name", "TEXT", default="'x'")]},
        "column 'name' has default=\"'x'\", not None",
    ),
    (
        {"columns": [ID, ColumnSpec("name", "TEXT", generated="id")]},
        "column 'name' has generated='id', not None",
    ),
    ({"primary_key": ()}, "the primary key is (), not ('id',)"),
    ({"unique": ["name"]}, "unique columns are [\"('name',)\"], not []"),
    ({"checks": ["id > 0"]}, "checks are ['id > 0'], not []"),
]


@pytest.mark.parametrize(
    ("changes", "words"), DIFFERENCES, ids=[words for _, words in DIFFERENCES]
)
def test_a_difference_is_told(changes: dict[str, Any], words: str) -> None:
    """How a table differs from the one asked for is told in words."""
    assert words in differences(USERS, attrs.evolve(USERS, **changes))


def test_foreign_keys_make_a_difference() -> None:
    """A table with a foreign key differs from one without."""
    found = attrs.evolve(USERS, foreign_keys=[ForeignKey("id", "people")])

    assert "foreign keys are" in differences(USERS, found)[0]


def test_all_differences_are_told() -> None:
    """Every difference is told, not the first one only."""
    found = TableSpec("users", [ColumnSpec("id", "TEXT"), ColumnSpec("x", "TEXT")])

    assert set(differences(USERS, found)) >= {
        "column 'id' has type TEXT, not INTEGER",
        "column 'id' has nullable=True, not False",
        "column 'name' is missing",
        "column 'x' is not asked for",
        "the primary key is (), not ('id',)",
    }


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (ForeignKey("id", "people"), ForeignKey("id", "people", "id")),
        (ForeignKey("id", "people", "id"), ForeignKey("id", "people")),
    ],
    ids=["asked without", "found without"],
)
def test_a_reference_to_the_key_may_leave_it_out(asked: ForeignKey, found: ForeignKey) -> None:
    """A foreign key that names the columns referred to is the same as one that leaves them out."""
    tables = [attrs.evolve(USERS, foreign_keys=[key]) for key in (asked, found)]

    assert differences(*tables) == []


@pytest.mark.parametrize(
    ("columns", "key", "numbered"),
    [
        ({"id": "INTEGER PRIMARY KEY"}, (), "id"),
        ({"id": "INTEGER PRIMARY KEY AUTOINCREMENT"}, (), "id"),
        ({"id": "SERIAL PRIMARY KEY"}, (), "id"),
        ({"id": "BIGINT PRIMARY KEY"}, (), "id"),
        ({"n": "SERIAL", "id": "TEXT PRIMARY KEY"}, (), "n"),
        ({"id": "SMALLINT PRIMARY KEY"}, (), None),
        ({"id": "INTEGER PRIMARY KEY DEFAULT 5"}, (), None),
        ({"id": "TEXT PRIMARY KEY"}, (), None),
        ({"a": "INTEGER", "b": "INTEGER"}, ("a", "b"), None),
        ({"a": "INTEGER"}, (), None),
    ],
    ids=str,
)
def test_who_is_numbered(columns: dict[str, str], key: tuple[str, ...], numbered: str) -> None:
    """Records are numbered by a whole-number key of its own, or a column that says so."""
    assert table_declared("t", columns, primary_key=key).numbered == numbered


def test_columns_that_lack_a_value_are_told() -> None:
    """A column lacks a value where it must have one, and neither record nor table gives it."""
    spec = table_declared(
        "t",
        {
            "id": "INTEGER PRIMARY KEY",
            "given": "TEXT NOT NULL",
            "absent": "TEXT NOT NULL",
            "default": "TEXT NOT NULL DEFAULT 'x'",
            "computed": "TEXT NOT NULL GENERATED ALWAYS AS (given) STORED",
            "free": "TEXT",
        },
    )

    assert spec.lacking(["given"]) == ["absent"]


def test_keys_must_have_values() -> None:
    """A table's key columns may not be NULL, as SQL has it; the others stay as they are."""
    spec = TableSpec("t", [ColumnSpec("id", "TEXT"), NAME], primary_key="id")
    required = spec.with_keys_required()

    assert [column.nullable for column in required.columns] == [False, True]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("id > 0", ("id",)),
        ("ID > 0 AND length(name) > 1", ("id", "name")),
        ("\"name\" <> 'id'", ("name",)),
        ("1 = 1", ()),
    ],
)
def test_the_columns_of_a_text_are_told(text: str, columns: tuple[str, ...]) -> None:
    """It is told which of its columns SQL text speaks of."""
    assert columns_of(USERS, text) == columns


def test_another_table_is_told_with_all_differences() -> None:
    """The error that another table exists lists how it differs, and says what to do."""
    error = table_differs("users", ["column 'a' is missing", "column 'b' is not asked for"])

    assert str(error) == (
        "another table 'users' exists: column 'a' is missing; column 'b' is not asked for\n"
        "hint: use another name, alter the table, or drop it first"
    )


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (None, "there is a table named 'x' already"),
        ("t", "there is a table named 'x' already in table 't'"),
    ],
)
def test_a_taken_name_is_told(table: str | None, words: str) -> None:
    """The error that a name is taken says which, and where."""
    assert name_taken("table", "x", table).message == words


def test_the_index_asked_for_may_be_there() -> None:
    """An index that is there just as it is asked for is left alone."""
    assert index_taken(IndexSpec("i", "t", ("a",)), IndexSpec("i", "t", ("a",))) is None


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (IndexSpec("i", "t", ("b",)), "another index named 'i' exists, on 't' ('b',)"),
        (IndexSpec("i", "u", ("a",)), "another index named 'i' exists, on 'u' ('a',)"),
        (
            IndexSpec("i", "t", ("a",), True),
            "another unique index named 'i' exists, on 't' ('a',)",
        ),
        (None, "another index named 'i' exists, a key's index"),
    ],
)
def test_another_index_of_the_name_is_told(found: IndexSpec | None, words: str) -> None:
    """An index that is there with the name and another meaning is told, and what to do."""
    with pytest.raises(SchemaError, match="hint: pass name=") as caught:
        index_taken(IndexSpec("i", "t", ("a",)), found)

    assert caught.value.message == words


NEEDED = [
    ({"a": "INTEGER"}, {}, [], "it is the only column"),
    ({"a": "INTEGER PRIMARY KEY", "b": "TEXT"}, {}, [], "it is in the primary key"),
    ({"a": "TEXT", "b": "TEXT"}, {"unique": [("a", "b")]}, [], "it is in the UNIQUE rule"),
    ({"a": "INTEGER REFERENCES u", "b": "TEXT"}, {}, [], "it is in the foreign key to 'u'"),
    ({"a": "INTEGER", "b": "INTEGER CHECK (b > A)"}, {}, [], "the CHECK b > A speaks of it"),
    ({"a": "INTEGER", "b": 'INTEGER CHECK (b > "a")'}, {}, [], "speaks of it"),
    ({"a": "TEXT", "b": "TEXT"}, {}, [IndexSpec("i", "t", ("b", "a"))], "the index 'i' is on it"),
    (
        {"a": "TEXT", "b": "TEXT"},
        {},
        [IndexSpec("i", "t", ("b",), where="a IS NULL")],
        "the index 'i' is on it",
    ),
    (
        {"a": "INTEGER", "b": "INTEGER GENERATED ALWAYS AS (a + 1) STORED"},
        {},
        [],
        "column 'b' is computed from it",
    ),
]


@pytest.mark.parametrize(("columns", "rules", "indexes", "why"), NEEDED, ids=str)
def test_a_column_that_is_needed_stays(
    columns: dict[str, str], rules: dict[str, Any], indexes: list[IndexSpec], why: str
) -> None:
    """A column that a key, a rule, an index or another column needs is not dropped."""
    with pytest.raises(SchemaError, match="cannot be dropped") as caught:
        needed_by(table_declared("t", columns, **rules), indexes, "a")

    assert why in caught.value.message


def test_a_column_that_nothing_needs_may_go() -> None:
    """A column is free where only text in quotes and other columns look like it."""
    spec = table_declared("t", {"a": "TEXT", "b": "TEXT CHECK (b <> 'a' AND ab(b))", "ab": "TEXT"})

    assert needed_by(spec, [IndexSpec("i", "t", ("ab",))], "a") is None

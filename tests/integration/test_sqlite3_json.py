"""JSON columns of a SQLite file into which another program has written."""

from __future__ import annotations

import pytest

from scitex.db import DatabaseWarning, DataError, SQLite3, col

pytestmark = pytest.mark.engine("sqlite file")


@pytest.fixture
def foreign(sqlite_db: SQLite3) -> SQLite3:
    """Return a database whose JSON another program wrote: bytes, and text that is not UTF-8."""
    sqlite_db.create_table("runs", {"id": "INTEGER PRIMARY KEY", "config": "JSON"})
    sqlite_db.execute("INSERT INTO runs VALUES (1, x'00ff')")
    sqlite_db.execute("INSERT INTO runs VALUES (2, CAST(x'7b2261223aff7d' AS TEXT))")
    sqlite_db.execute("INSERT INTO runs VALUES (3, '{\"a\": 1}')")
    return sqlite_db


def test_bytes_in_a_json_column_have_no_place_for_a_value(foreign: SQLite3) -> None:
    """Where bytes are in a JSON column a change in part is refused and names the record."""
    with (
        pytest.warns(DatabaseWarning, match="which is no json"),
        pytest.raises(DataError, match=r"record with id = 1: bytes are there"),
    ):
        foreign.update_json("runs", "config", "a", 2, where={"id": [1, 3]})

    assert foreign.select("runs", where={"id": 3}) == [{"id": 3, "config": {"a": 1}}]


@pytest.mark.parametrize("where", [col("config").contains({"a": 1}), col("config")["é"] > 0])
def test_text_that_is_not_utf8_is_told_where_json_is_looked_into(
    foreign: SQLite3, where: object
) -> None:
    """A condition that cannot look into a value says so, with its table."""
    with pytest.raises(DataError, match=r"a value of table 'runs' cannot be looked into"):
        foreign.select("runs", where=where)  # type: ignore[arg-type]

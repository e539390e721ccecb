"""What notebooks show."""

from __future__ import annotations

from html.parser import HTMLParser

from scitex.db import DatabaseSync, ExperimentTracker, InMemory, Rows, inspect
from scitex.db.domain.htmltables import table


class Cells(HTMLParser):
    """The cells of all tables, as a browser reads them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Note a tag; a cell begins empty."""
        self.tags.add(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        """Take the text of a cell."""
        if self.cells:
            self.cells[-1] += data


def shown(thing: object) -> Cells:
    """Return what a notebook shows of a thing."""
    return Cells(thing._repr_html_())  # type: ignore[attr-defined]  # what notebooks ask for


def test_records_are_a_table() -> None:
    """Each value has its cell; a missing one is empty, bytes are counted, long text is cut."""
    found = shown(Rows([{"a": 1, "b": None, "c": b"xy", "d": "x" * 100}]))

    assert found.cells == ["a", "b", "c", "d", "1", "", "2 bytes", "x" * 79 + "…"]


def test_nothing_in_a_record_is_html() -> None:
    """Text from a database runs no script in a notebook."""
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    found = shown(Rows([{hostile: hostile}]))

    assert found.cells == [hostile, hostile]
    assert found.tags == {"table", "thead", "tbody", "tr", "th", "td"}


def test_many_records_are_counted() -> None:
    """The first ones are shown, with how many there are."""
    text = table([{"n": n} for n in range(5000)])

    assert (text.count("<tr>"), "20 of 5,000 records" in text) == (21, True)
    assert table([], ["a"]).count("<th>") == 1


def test_what_is_selected_is_shown() -> None:
    """`select` gives a list that a notebook shows as a table."""
    with InMemory() as db:
        db.create_table("users", {"id": "INTEGER PRIMARY KEY", "name": "TEXT"})
        db.insert("users", {"name": "Alice"})
        found = db.select("users")

        assert found == [{"id": 1, "name": "Alice"}]
        assert shown(found).cells == ["id", "name", "1", "Alice"]


def test_a_database_is_shown_by_its_inspector() -> None:
    """Each table has a line with its columns; a profile has one for each column."""
    with InMemory() as db:
        db.create_table("users", {"id": "INTEGER PRIMARY KEY", "name": "TEXT"})
        db.insert("users", {"name": "Alice"})
        inspector = inspect(db)

        assert shown(inspector).cells[2:] == ["users", "id INTEGER*, name TEXT* primary key"]
        assert "Alice" in shown(inspector.column_profile("users")).cells


def test_a_plan_of_a_sync_is_shown() -> None:
    """What each side gets is counted, and what changes is listed; conflicts are, if any."""
    with InMemory() as one, InMemory() as other:
        for db in (one, other):
            db.create_table("users", {"id": "INTEGER PRIMARY KEY", "name": "TEXT"})
        one.insert("users", {"name": "Alice"})
        with DatabaseSync(one, other) as sync:
            found = shown(sync.plan())
            sync.sync_all()
            one.update("users", {"name": "A"}, where={"id": 1})
            other.update("users", {"name": "B"}, where={"id": 1})
            conflict = shown(sync.plan())

    assert found.cells[:5] == ["table", "local", "remote", "conflicts", "users"]
    assert "change" in found.cells
    assert "in conflict" in conflict.cells


def test_runs_are_shown() -> None:
    """A list of runs is a table too."""
    with InMemory() as db, ExperimentTracker(db, provenance=False) as tracker:
        tracker.log_run("r1", {"lr": 1}, {"accuracy": 0.5})

        assert "r1" in shown(tracker.runs()).cells
        assert "r1" in shown(tracker.get_best_runs()).cells

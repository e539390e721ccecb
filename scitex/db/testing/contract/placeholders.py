"""Laws about the signs that SQL and drivers take for placeholders."""

from __future__ import annotations

import pytest

from scitex.db import Capability, Database
from scitex.db.testing.contract.ground import Laws, ids, needs


class PlaceholderLaws(Laws):
    """What must hold for percent signs, question marks and colons in text."""

    @pytest.fixture
    def notes(self, db: Database) -> Database:
        """Return a database whose table ``notes`` holds text with such signs."""
        db.create_table("notes", {"id": "INTEGER PRIMARY KEY", "text": "TEXT", "sure?": "TEXT"})
        texts = ["100%", "a%b", "abc", "why?", "%s", ":x"]
        db.insert_many("notes", [{"text": text, "sure?": "yes?"} for text in texts])
        return db

    def test_where_with_100_percent_and_params(self, notes: Database) -> None:
        """A percent sign in a quoted text needs no doubling, with params or without."""
        found = notes.select("notes", where="text = '100%' AND id > ?", params=[0])

        assert found == notes.select("notes", where="text = '100%'")

    def test_like_a_percent_with_params(self, notes: Database) -> None:
        """A pattern with a percent sign needs no doubling, with params or without."""
        found = notes.select("notes", where="text LIKE 'a%' AND id > ?", params=[0], order_by="id")

        assert ids(found) == [2, 3]

    def test_a_question_mark_inside_a_string_is_text(self, notes: Database) -> None:
        """A question mark in a quoted text is no placeholder."""
        found = notes.select("notes", where="text = 'why?' AND id = ?", params=[4])

        assert ids(found) == [4]

    def test_a_question_mark_inside_a_quoted_name_is_a_name(self, notes: Database) -> None:
        """A question mark in a quoted name is no placeholder."""
        found = notes.count("notes", where='"sure?" = ? AND id > 3', params=["yes?"])

        assert found == 3

    def test_a_question_mark_inside_a_comment_is_a_comment(self, notes: Database) -> None:
        """A question mark in a comment of a statement is no placeholder."""
        with needs(notes, Capability.SQL):
            rows = notes.query("SELECT id /* why? */ FROM notes WHERE id = ? -- sure?", [1])

            assert rows == [{"id": 1}]

    def test_a_name_inside_a_string_is_text(self, notes: Database) -> None:
        """A colon and a word in a quoted text are no placeholder."""
        found = notes.select("notes", where="text = ':x' AND id = :x", params={"x": 6})

        assert ids(found) == [6]

    def test_signs_in_a_value_are_a_value(self, notes: Database) -> None:
        """Signs of placeholders in a value that is given are that value."""
        found = [
            notes.count("notes", where="text = ?", params=[text])
            for text in ("100%", "a%b", "why?", "%s", ":x", "?")
        ]

        assert found == [1, 1, 1, 1, 1, 0]

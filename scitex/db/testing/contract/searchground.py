"""What the laws about searching stand on."""

from __future__ import annotations

from typing import Any

import pytest

from scitex.db import Database
from scitex.db.testing.contract.ground import Laws

PAPERS: dict[str, str] = {
    "id": "INTEGER PRIMARY KEY",
    "title": "TEXT",
    "body": "TEXT",
    "year": "INTEGER",
}
STORED: list[dict[str, Any]] = [
    {"id": 1, "title": "Running mice", "body": "The mouse ran; mice don't run.", "year": 2001},
    {
        "id": 2,
        "title": "COVID-19 in C++",
        "body": "a/b, x@y.org and 100% of e.g. it",
        "year": 2020,
    },
    {"id": 3, "title": "日本のcovid研究", "body": "東京で 🎉 25 °C, x² and 5 µm", "year": 2021},
    {
        "id": 4,
        "title": "Café Ångström",
        "body": "ΣΊΣΥΦΟΣ и Йод; a “quoted phrase” — here",
        "year": 2022,
    },
    {"id": 5, "title": "To be or not to be", "body": None, "year": 1600},
    {
        "id": 6,
        "title": "and NEAR the #tag",
        "body": "state-of-the-art running, covid 20",
        "year": 2023,
    },
]


class SearchGround(Laws):
    """Papers that can be searched."""

    @pytest.fixture
    def papers(self, db: Database) -> Database:
        """Return a database with a few papers that can be searched."""
        db.create_table("papers", PAPERS)
        db.insert_many("papers", STORED[:3])
        db.enable_search("papers", ["title", "body"])
        db.insert_many("papers", STORED[3:])
        return db

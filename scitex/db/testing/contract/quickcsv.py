"""CSV read with pyarrow: it must be as if it were not there."""

from __future__ import annotations

import importlib.util

import pytest

from scitex.db.services.csvfiles import records
from scitex.db.testing.contract.csvfiles import CsvLaws
from scitex.db.testing.contract.csvmistakes import CsvMistakeLaws
from scitex.db.testing.contract.csvreading import CsvReadingLaws


class QuickCsvLaws(CsvLaws, CsvReadingLaws, CsvMistakeLaws):
    """The laws of CSV files, in which pyarrow reads a line at a time wherever it may."""

    @pytest.fixture(autouse=True)
    def at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have pyarrow read from the first line on."""
        assert importlib.util.find_spec("pyarrow") is not None
        monkeypatch.setattr(records, "SIZE", 1)

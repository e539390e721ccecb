"""Lines of a spool, which the process that wrote them may have left half written."""

from __future__ import annotations

import pytest

from scitex.db.domain.tracking.events import Tagged, line, read

GOOD = line(Tagged("a", '{"x": 1}'))


def test_a_line_is_read_again() -> None:
    """As the event that it was."""
    assert read(GOOD) == Tagged("a", '{"x": 1}')
    assert "\n" not in GOOD.rstrip("\n")


@pytest.mark.parametrize("place", range(1, len(GOOD.rstrip()) - 1))
def test_a_line_that_is_cut_is_no_event(place: int) -> None:
    """Wherever it ends."""
    with pytest.raises(ValueError, match=r"\S"):
        read(GOOD[:place])


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "1",
        "null",
        "{}",
        '{"kind": "Nothing"}',
        GOOD.replace('"tags"', '"tag"'),
        GOOD.replace('"run": "a", ', ""),
        GOOD.replace('"run"', '"more": 1, "run"'),
    ],
)
def test_what_is_no_event_is_told(text: str) -> None:
    """Another kind, a part that is missing, or one too many."""
    with pytest.raises(ValueError, match="no event"):
        read(text)

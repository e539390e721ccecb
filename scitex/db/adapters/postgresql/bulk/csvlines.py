"""
Letting the server write CSV, where it spells values as this package does, and read it.

What it reads are lines whose every value was looked at before.
"""

from __future__ import annotations

import io

from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.domain.csvform import CsvForm
from scitex.db.domain.pieces import CsvColumns

# A float that is whole has its ".0", so that who reads the file knows it for a float.
_FLOAT = "CASE WHEN {0} = trunc({0}) AND abs({0}) < 1e15 THEN {0}::text || '.0' ELSE {0}::text END"
_TRUTH = "CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' END"

# In UTC, whatever zone the session has been set to.
_MOMENT = "CASE WHEN isfinite({0}) THEN ({0} AT TIME ZONE 'UTC')::text || '+00' ELSE {0}::text END"

# By the number of the type in the server's catalogue: what is selected of a column.
TERMS = {
    16: _TRUTH,
    **dict.fromkeys((20, 21, 23), "{0}"),  # integers
    701: _FLOAT,
    **dict.fromkeys((25, 1043, 1042, 19), "{0}"),  # text
    **dict.fromkeys((1114, 1082, 1083), "{0}"),  # moments, days and times of day
    1184: _MOMENT,
    **dict.fromkeys((114, 3802), "{0}"),  # JSON
    2950: "{0}",
    1700: "{0}",
    17: "{0}",  # bytes, as \x and hexadecimal digits
}


def options(form: CsvForm, *, header: bool = False) -> str:
    """Spell the options of a COPY that writes or reads CSV."""
    delimiter, null = (text.replace("'", "''") for text in (form.delimiter, form.null))
    return POSTGRESQL.literal(
        f"(FORMAT CSV, DELIMITER '{delimiter}', NULL '{null}', HEADER {header})"
    )


class Lines(io.BytesIO):
    """
    Lines of CSV as the file that a COPY reads.

    Parameters
    ----------
    text : str
    """

    error = None
    piece = 1 << 20  # bytes that are sent at a time: they are there, and calls cost

    def __init__(self, text: str) -> None:
        super().__init__(text.encode())


def readable(given: CsvColumns | None) -> Lines | None:
    r"""Return lines that the server may read; it takes ``\.`` for the end of them."""
    text = None if given is None else given.lines()
    return None if text is None or "\\." in text else Lines(text)

"""Letting the server write CSV, where it spells values as this package does."""

from __future__ import annotations

from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.domain.csvform import CsvForm

# A float that is whole has its ".0", so that who reads the file knows it for a float.
_FLOAT = "CASE WHEN {0} = trunc({0}) AND abs({0}) < 1e15 THEN {0}::text || '.0' ELSE {0}::text END"
_TRUTH = "CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' END"

# By the number of the type in the server's catalogue: what is selected of a column.
TERMS = {
    16: _TRUTH,
    **dict.fromkeys((20, 21, 23), "{0}"),  # integers
    701: _FLOAT,
    **dict.fromkeys((25, 1043, 1042, 19), "{0}"),  # text
    **dict.fromkeys((1114, 1184, 1082, 1083), "{0}"),  # moments, days and times of day
    **dict.fromkeys((114, 3802), "{0}"),  # JSON
    2950: "{0}",
    1700: "{0}",
    17: "{0}",  # bytes, as \x and hexadecimal digits
}


def options(form: CsvForm) -> str:
    """Spell the options of a COPY that writes CSV."""
    delimiter, null = (text.replace("'", "''") for text in (form.delimiter, form.null))
    return POSTGRESQL.literal(f"(FORMAT CSV, DELIMITER '{delimiter}', NULL '{null}')")

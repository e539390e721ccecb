"""The package's logger: statements with their times at DEBUG; silent unless somebody listens."""

from __future__ import annotations

import logging
import re
import time

log = logging.getLogger("scitex.db")
log.addHandler(logging.NullHandler())
_PASSWORD = re.compile(r"(PASSWORD\s+)'(?:[^']|'')*'", re.IGNORECASE)


def began() -> float:
    """Return when a statement begins, 0 where nobody listens."""
    return time.perf_counter() if log.isEnabledFor(logging.DEBUG) else 0.0


def note(sql: str, start: float) -> None:
    """Log a statement with its time since `start`; a password in its text is blotted out."""
    text = _PASSWORD.sub(r"\1'***'", sql)
    log.debug("%.3f ms: %s", (time.perf_counter() - start) * 1e3, text)

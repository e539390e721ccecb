"""Whether a file that is open is still the one that others open by its name."""

from __future__ import annotations

import os
import time

from scitex.db.domain.errors import OperationalError

_EACH = 0.25  # seconds, after which a change of many is worth another look


class Whereabouts:
    """
    The file behind the connections of one object, which go on with it whatever its name becomes.

    Parameters
    ----------
    path : str or None
        None where there is no file.
    """

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._next = 0.0 if path is not None else float("inf")
        self._opened = self._found()

    def __reduce__(self) -> tuple[object, ...]:
        """Look afresh in another process, on whose machine the file may have another number."""
        return Whereabouts, (self._path,)

    def _found(self) -> tuple[int, int] | None:
        if self._path is None:
            return None
        try:
            told = os.stat(self._path)  # noqa: PTH116 - text, and ten times in a millisecond
        except OSError:
            return None
        return told.st_dev, told.st_ino

    def look(self, *, soon: bool = False) -> None:
        """
        See that what is stored now will be seen, now and then or `soon`.

        Raises
        ------
        OperationalError
            If the file was removed or replaced.
        """
        now = time.monotonic()
        if self._next > now and not (soon and self._path is not None):
            return
        found = self._found()
        if self._opened is None:  # it is made when the first table is
            self._opened = found
        if found == self._opened:
            self._next = now + _EACH
        else:
            what = "removed or renamed" if found is None else "replaced by another one"
            raise OperationalError(
                f"{self._path} was {what} while it was open: nobody would see what is stored",
                hint="what this thread reads by select() and query() is the old one: save it, "
                "then close the database and open it anew",
            )

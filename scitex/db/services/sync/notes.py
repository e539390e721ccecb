"""What was kept of earlier syncs, as it is read again: another program may have changed it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scitex.db.domain.errors import DataError, Error


@contextmanager
def understood(what: str) -> Iterator[None]:
    """
    Tell in words where what is kept is not what a sync writes.

    Parameters
    ----------
    what : str
        What is read.

    Raises
    ------
    DataError
    """
    try:
        yield
    except Error:
        raise
    except (TypeError, ValueError, LookupError) as error:
        raise DataError(
            f"{what} cannot be read: {error}",
            hint="another program changed what a sync keeps; forget() lets the next sync begin "
            "anew, which joins the records of both sides and deletes none",
        ) from error


def whole(number: object, what: str) -> int:
    """Return what has to be a whole number."""
    with understood(what):
        if type(number) is not int:
            raise ValueError(f"{number!r} is no whole number")
    return number

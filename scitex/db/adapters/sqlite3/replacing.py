"""What is restored takes the place of what is there: the whole, or some tables."""

from __future__ import annotations

from scitex.db.adapters.sqlite3.copying import copied
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.errors import BackupError, UnsupportedFeatureError


def whole(session: Session, live: Session) -> None:
    """
    Copy all pages in one transaction: other connections see the old state or the new one.

    Raises
    ------
    LockedError
        If somebody else writes, or reads in a file without a log, for longer than the timeout.
    BackupError
        If text is kept in another encoding there.
    """
    kept, wanted = (each.rows("PRAGMA encoding")[0][0] for each in (live, session))
    if kept != wanted:
        raise BackupError(
            f"the backup keeps text in {wanted}, {live.file.path} in {kept}",
            hint="restore it into a new file",
        )
    live.rows("PRAGMA busy_timeout = 0")  # the copying waits
    copied(session.connection, live.connection, live.file)


def tables(session: Session, live: Session, names: tuple[str, ...]) -> None:
    """
    Replace some tables, in one transaction.

    Raises
    ------
    UnsupportedFeatureError
    """
    raise UnsupportedFeatureError("to be done")


def repaged(session: Session, size: int) -> None:
    """Give a database pages of another size."""
    session.rows(f"PRAGMA page_size = {size}")
    session.rows("VACUUM")
    found: int = session.rows("PRAGMA page_size")[0][0]
    if found != size:
        raise BackupError(f"the backup has pages of {found} bytes, {size} are wanted")

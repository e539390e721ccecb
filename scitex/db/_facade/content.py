"""What records say: telling whether two tables hold the same, and removing what is said twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scitex.db.ports.storage import Storage
from scitex.db.services.progress import Progress, reporting

if TYPE_CHECKING:
    from scitex.db.domain.fingerprints import Fingerprint


class Content:
    """The chapter on what records say."""

    storage: Storage

    def fingerprint(self, table: str | None = None, *, progress: Progress = None) -> Fingerprint:
        """
        Return a hash of what a table holds, which is the same on every engine.

        To cite in a paper which data was used, to compare copies, to prove a backup.

        Parameters
        ----------
        table : str, optional
            A table or a view; left out, all tables of the database as they are at one moment.
        progress : bool or callable, optional
            True shows a bar; a callable is given the number of records read and the total.

        Returns
        -------
        Fingerprint
            With ``rows`` and ``digest``; as text it is ``sha256:... (1,000 records)``.  That of a
            database has those of its ``tables``.

        Raises
        ------
        TableNotFoundError
            If there is no such table.
        InterfaceError
            If `progress` is neither True nor a function.

        Notes
        -----
        Two tables have the same fingerprint where `select` gives the same records, whatever their
        order and that of their columns; names of columns count, and what they are declared as
        (INTEGER, REAL, TEXT, ...), not sizes such as those of VARCHAR, nor keys, rules and the
        table's own name.  A record that is there twice counts twice.  Text counts by its
        characters, without normalisation; 1.50 and 1.5 are the same decimal, 1e2 and 100 the same
        number in JSON, whose keys have no order; -0.0 is 0.0; a moment with a zone counts in UTC.
        It is a SHA-256 of a sum of SHA-256s, and `scitex.db.domain.fingerprints` shows all of it
        in twenty lines of Python.  It tells of chance and mistakes, and is no defence against
        somebody who makes records up for a given sum.  Inside a transaction of READ COMMITTED on
        PostgreSQL each table is seen as of when it is read.

        Reads all records once, without keeping them: 1 to 2 seconds for a million records of six
        columns; documents of JSON take longer.

        Examples
        --------
        >>> print(db.fingerprint("users"))
        sha256:ea8910350806592695b130718cbb924c6036efdeefadf7e74053840788308fc0 (1 record)
        >>> db.fingerprint("users") == db.fingerprint("users")
        True
        """
        from scitex.db.services import fingerprints

        tables = self.storage.tables() if table is None else [table]
        total = None
        if progress:
            total = sum(self.storage.count(each) for each in tables)
        with reporting(progress, total=total, what=f"fingerprint of {table or 'all'}") as report:
            if table is None:
                return fingerprints.of_all(self.storage, report=report)
            return fingerprints.of(self.storage, table, report=report)

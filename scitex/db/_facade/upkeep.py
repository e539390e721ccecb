"""Keeping a database small and quick, and saying how large it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scitex.db.domain.inspection.findings import Report
from scitex.db.domain.names import identifier
from scitex.db.ports.storage import Storage
from scitex.db.services import doctor, statistics
from scitex.db.services.statistics import Stats


class Upkeep:
    """The chapter on upkeep."""

    storage: Storage

    def vacuum(self, table: str | None = None, *, full: bool = False) -> None:
        """
        Give back the room that removed and changed records took.

        Parameters
        ----------
        table : str, optional
            One table on PostgreSQL; SQLite does the whole file all the same.
        full : bool, default False
            On PostgreSQL, write the tables anew (``VACUUM FULL``), so that the disk gets the room
            back; nobody else can use a table meanwhile.  Without it the room is used again
            by later records of the table.  SQLite always writes anew.

        Raises
        ------
        TransactionStateError
            If a transaction is open; it stays as it was.
        TableNotFoundError
            If there is no such table.
        LockedError
            If another connection is in the way for longer than the timeout.
        ReadOnlyError
            If the database is opened for reading only.
        OperationalError
            If the disk is full, or the named table belongs to another role on PostgreSQL.

        Notes
        -----
        SQLite copies the whole file: it needs up to twice its size as free room, and nobody can
        write meanwhile; when it is broken off, even by ``kill -9``, the file is as before.  On
        PostgreSQL tables of the schema that belong to others are left out; others may read and
        write unless `full`.  In memory there is nothing to do.

        Examples
        --------
        >>> db.vacuum()
        """
        self.storage.vacuum(None if table is None else identifier(table), full=bool(full))

    def analyze(self, table: str | None = None) -> None:
        """
        Gather what the engine needs to choose among its indexes.

        Parameters
        ----------
        table : str, optional
            One table only; by default all (on PostgreSQL, all that are ours).

        Raises
        ------
        TableNotFoundError
            If there is no such table.
        LockedError
            If another connection is in the way for longer than the timeout.
        ReadOnlyError
            If the database is opened for reading only.
        OperationalError
            If the named table belongs to another role on PostgreSQL.

        Notes
        -----
        SQLite reads each index whole, PostgreSQL takes a sample.  It may be part of a
        transaction.  In memory there is nothing to do.

        Examples
        --------
        >>> db.analyze("users")
        """
        self.storage.analyze(None if table is None else identifier(table))

    def optimize(self) -> None:
        """
        Do the upkeep that is due and takes little time.

        Raises
        ------
        TransactionStateError
            If a transaction is open; it stays as it was.
        LockedError
            If another connection is in the way for longer than the timeout.
        ReadOnlyError
            If the database is opened for reading only.

        Notes
        -----
        On SQLite tables with indexes that were never analysed are, free pages are cut off the
        file where it has a map of its pages, as new files have, and the log is moved into the
        file unless somebody is reading from it.  On PostgreSQL tables are analysed of which more
        than a tenth has changed since they were last; the server's autovacuum does the rest.
        In memory there is nothing to do.

        Examples
        --------
        >>> db.optimize()
        """
        self.storage.optimize()

    def get_stats(self, *, exact: bool = True) -> Stats:
        """
        Return how large the database is, in all and by table and index.

        Parameters
        ----------
        exact : bool, default True
            Count the records, which reads each table once.  Without it their number is what the
            engine knew when it was last analysed, or None.

        Returns
        -------
        Stats
            A dict: ``engine``; ``size``, bytes of the database; ``table_count``; ``free_bytes``
            and ``wal_bytes``, on SQLite files, otherwise None; ``rows_exact``, as asked; and
            ``tables``, which has for each name ``rows``, ``bytes`` (with its indexes and large
            values, and all partitions) and ``indexes``, bytes by name.  ``print()`` shows it as a
            table.  In memory sizes are estimates, and those of indexes None.

        Notes
        -----
        On SQLite the sizes of tables are told by reading the page headers of the whole file;
        they are None where SQLite was built without ``dbstat``.  On PostgreSQL ``size`` is that
        of the whole database, and ``tables`` are those of the schema.

        Examples
        --------
        >>> stats = db.get_stats()
        >>> stats["table_count"], stats["tables"]["users"]["rows"]
        (1, 1)
        """
        return statistics.gathered(self.storage, exact=bool(exact))

    def doctor(
        self,
        fix: str | Iterable[str] = (),
        *,
        on_conflict: Mapping[str, str | Iterable[str]] | None = None,
        quick: bool = False,
        sample: int | None = 10_000,
    ) -> Report:
        """
        Examine the database: what is wrong with it, what may become so, and what helps.

        Parameters
        ----------
        fix : str or iterable of str, optional
            What to mend: ``"broken-index"`` makes an index anew, ``"foreign-key-index"`` makes
            those that are missing, ``"sequence"`` moves counters on, ``"statistics"`` analyses.
            Each finding is mended in a transaction of its own.  Nothing else is ever changed.
        on_conflict : mapping, optional
            For tables, the columns that `insert_many` will be given as ``conflict_columns``:
            it is told where no key or unique index is on them.
        quick : bool, default False
            On SQLite, leave out comparing indexes with their tables and looking at values.
        sample : int or None, default 10,000
            On SQLite, in how many records of each table values are looked at; None for all.

        Returns
        -------
        Report
            ``report.ok`` where there is neither an error nor a warning; ``report.findings``;
            ``print(report)`` shows them with what to do.

        Raises
        ------
        InterfaceError
            If `fix` names what is not mended automatically, or `sample` is no number.
        TableNotFoundError, ColumnNotFoundError
            If a name in `on_conflict` is not there.
        ReadOnlyError, LockedError, DuplicateKeyError
            If something is to be mended and cannot be: for lack of permission, in time, or since
            a unique index made anew would meet records that are the same.

        Notes
        -----
        SQLite reads the whole file.  On both engines: tables without a primary key, foreign keys
        without an index, redundant indexes, broken indexes, sequences behind their keys,
        tables never analysed, room that holds nothing, and a second ``scitex.db`` that is
        installed.  On SQLite: damage, references that point nowhere, foreign keys off, unsafe
        journal modes, WAL on a network mount, values of another type than their column, and
        texts that are not UTF-8.  On PostgreSQL: rules that were never checked, single precision,
        and times without a zone.

        Examples
        --------
        >>> db.doctor().ok
        True
        """
        asked = doctor.wishes(fix, on_conflict, quick=bool(quick), sample=sample)
        return doctor.examined(self.storage, asked)

"""What records say: telling whether two tables hold the same, and removing what is said twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, overload

from scitex.db.domain.duplicates import Duplicates, Keep
from scitex.db.domain.names import identifier
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

        tables = self.storage.tables() if table is None else [identifier(table)]
        total = None
        if progress:
            total = sum(self.storage.count(each) for each in tables)
        with reporting(progress, total=total, what=f"fingerprint of {table or 'all'}") as report:
            if table is None:
                return fingerprints.of_all(self.storage, report=report)
            return fingerprints.of(self.storage, table, report=report)

    @overload
    def delete_duplicates(
        self,
        table: str,
        on: str | Iterable[str] | None = None,
        keep: Keep = "first",
        *,
        nulls_equal: bool = True,
        dry_run: Literal[False] = False,
        add_unique: bool = False,
    ) -> int: ...
    @overload
    def delete_duplicates(
        self,
        table: str,
        on: str | Iterable[str] | None = None,
        keep: Keep = "first",
        *,
        nulls_equal: bool = True,
        dry_run: bool,
        add_unique: bool = False,
    ) -> int | Duplicates: ...
    def delete_duplicates(
        self,
        table: str,
        on: str | Iterable[str] | None = None,
        keep: Keep = "first",
        *,
        nulls_equal: bool = True,
        dry_run: bool = False,
        add_unique: bool = False,
    ) -> int | Duplicates:
        """
        Remove the records that say the same as another one, all of them or none.

        Parameters
        ----------
        table : str
        on : str or iterable of str, optional
            The columns in which records that say the same agree.  Left out, all but those that
            are computed and the one that numbers the records (``id INTEGER PRIMARY KEY``), as
            `pandas.DataFrame.drop_duplicates` leaves the index out.  Another primary key says
            something: then the columns must be named.
        keep : "first", "last", ("newest", column) or ("oldest", column)
            Which one stays: the one with the smallest or the largest primary key; or with the
            largest or the smallest value in a column, where no value counts for less than any,
            and of equal ones the last or the first.  In a table without a key the one that was
            stored first or last; on PostgreSQL that is where it stands, which an update changes.
        nulls_equal : bool, default True
            Whether NULL agrees with NULL, as in pandas; False lets records without a value in
            one of the columns be.
        dry_run : bool, default False
            Whether to remove nothing and tell what would go.
        add_unique : bool, default False
            Whether to make a unique index on the columns as well, so that it cannot happen again.
            It takes no NULL for another's equal, of which a warning tells.

        Returns
        -------
        int or Duplicates
            How many were removed; or, where nothing is to be, what would go: its ``count`` and
            the first thousand of the ``records``.

        Raises
        ------
        InterfaceError
            If `keep` is something else, or `on` is empty.
        SchemaError
            If a column holds JSON, `on` is left out and the primary key says something, the name
            is a view's, or nothing tells records apart: a table without a key that several
            servers keep.
        ForeignKeyError
            If other records refer to one that would go, and their foreign key says nothing of
            deleting.  Nothing is removed then.
        TableNotFoundError, ColumnNotFoundError
            If a name is not there.
        LockedError, ReadOnlyError
            As `delete`.

        Notes
        -----
        Text is the same where its characters are, whatever the collation.  One statement, which
        sorts the table by the columns: O(n log n).  Others may read meanwhile, and not write.

        Examples
        --------
        >>> key = db.insert("users", {"name": "Alice", "score": 85.5})
        >>> print(db.delete_duplicates("users", dry_run=True))
        1 record of table 'users' repeats another one in 'name', 'score'
        >>> db.delete_duplicates("users", on="name", keep=("newest", "score"))
        1
        """
        from scitex.db.services import duplicates

        if dry_run:
            return duplicates.found(self.storage, table, on, keep, nulls_equal=nulls_equal)
        return duplicates.delete(
            self.storage, table, on, keep, nulls_equal=nulls_equal, add_unique=add_unique
        )

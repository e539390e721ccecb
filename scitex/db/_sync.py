"""The front door to the sync of two databases."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from scitex.db._opening import Given, opened
from scitex.db.domain.errors import InterfaceError, TransactionStateError
from scitex.db.domain.queries import Where, given
from scitex.db.domain.rows import Record
from scitex.db.domain.sync.merging import Policy
from scitex.db.domain.sync.plans import DIRECTIONS, Direction, SyncPlan
from scitex.db.domain.sync.reports import SyncReport
from scitex.db.services.progress import Progress, reporting

if TYPE_CHECKING:
    from scitex.db.services.sync.planning import Pair, Prepared
    from scitex.db.services.sync.shaping import Wanted


class DatabaseSync:
    """
    Two databases that are to have the same: a laptop's file and the lab's server, for one.

    Parameters
    ----------
    local_db, remote_db : Database, str or path-like
        Open databases of any engine, paths, or URLs; those that are opened here are closed by
        `close`, or when a ``with`` block ends.  What is kept of syncs is kept in the local one.
    on_conflict : {"error", "newest", "local", "remote", "skip"} or callable, default "error"
        What is done where both sides changed the same.  ``"error"`` writes nothing at all;
        ``"newest"`` takes the side with the greater `timestamp`; ``"skip"`` leaves both as they
        are; a function is given ``(base, local, remote)``, each a dict or None where the record
        is not there, and returns the record as it is to be, or None to delete it.
    timestamp : str, optional
        The column that each change sets to its moment, for ``"newest"``.
    track : bool, default False
        Whether triggers note what changes, on both sides, so that a sync takes as long as there
        are changes, and not as long as the tables are.  What is noted once stays noted.
    create : bool, default False
        Whether a table that one side lacks is made there, as far as its engine can have it.
    keep_base : bool, default False
        Whether records are kept as both sides last agreed, in the local database, which takes as
        much room as the tables; functions and the log of conflicts are given them.  Without, 9
        bytes are kept for each value.

    Raises
    ------
    InterfaceError
        If `on_conflict` is none of these, or ``"newest"`` comes without `timestamp`.

    Notes
    -----
    Each side is compared with what both last agreed upon, so that inserts, changes and deletions
    all travel, and a side that changed nothing never wins over one that did.  Changes of different
    columns of a record are joined.  What both sides changed in different ways is a conflict, as
    is a record that one changed and the other deleted, or that both made with one key.

    Records are told apart by their primary key.  Where several machines make records, let each
    make keys that no other makes: UUIDs (`uuid7`), or numbers of a range of its own.

    A side changes in one transaction, and other syncs of it wait.  Broken off at any moment, the
    next sync finds out what was done; nothing is lost or done twice.  Records that others change
    during a sync are left for the next one.

    Examples
    --------
    >>> with DatabaseSync(db, "lab.db", create=True) as sync:
    ...     print(sync.sync_table("users"))
    users: local +0 ~0 -0, remote +1 ~0 -0
    ...
    """

    def __init__(
        self,
        local_db: Given,
        remote_db: Given,
        *,
        on_conflict: Policy = "error",
        timestamp: str | None = None,
        track: bool = False,
        create: bool = False,
        keep_base: bool = False,
    ) -> None:
        from scitex.db.services.sync.rules import rules

        self._rules = rules(on_conflict, timestamp, keep_base=keep_base)
        self._track = bool(track)
        self._create = bool(create)
        self._stack = ExitStack()
        self._plans: dict[int, tuple[SyncPlan, Wanted, list[Prepared]]] = {}
        self.local = self._stack.enter_context(opened(local_db, new=True))
        self.remote = self._stack.enter_context(opened(remote_db, new=create))
        if self.local.storage is self.remote.storage:
            raise InterfaceError(
                "both sides are one database", hint="pass another one as the remote side"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the databases that were opened here; twice is harmless."""
        self._stack.close()

    # -- what is done ------------------------------------------------------------------------

    def sync_table(
        self,
        table_name: str,
        direction: Direction = "both",
        *,
        columns: str | Iterable[str] | None = None,
        where: Where = None,
        dry_run: bool = False,
        verify: bool = False,
        progress: Progress = False,
    ) -> SyncReport:
        """
        Make a table the same on both sides.

        Parameters
        ----------
        table_name : str
        direction : {"both", "up", "down"}, default "both"
            ``"up"`` changes the remote side only, ``"down"`` the local one; beside what syncs keep
            there, where they keep something already and may write.
        columns : str or iterable of str, optional
            Which columns, beside the key; all by default.
        where : mapping or predicate, optional
            Which records.  One that changes so that it is past the filter is a change like
            others; it is not deleted.
        dry_run : bool, default False
            Whether to say only what would be done: the report's ``plan``.
        verify : bool, default False
            Whether to compare the fingerprints of both sides at the end, which reads both.
        progress : bool or callable, default False
            True shows a bar; a callable is given the number of records looked at and written.

        Returns
        -------
        SyncReport

        Raises
        ------
        SyncConflictError
            If both sides changed the same, and `on_conflict` is ``"error"``; nothing is written.
        SyncError
            If the remote database is older than the last sync (it was put back from a backup), or
            a side dropped a table of which both had records.
        SchemaError
            If the table is not the same on both sides, or has no primary key.
        TableNotFoundError
            If a side lacks the table, and none is to be made.
        IntegrityError
            If a side's rules refuse records, which are told; that side is as it was.
        InterfaceError
            If `direction` is none of the three, or `where` is text.
        LockedError
            If another sync of one of the databases goes on, or others hold a table for too long.
        TransactionStateError
            If one of the two has a transaction open.

        Notes
        -----
        Reads both tables, and what is kept of them, once; with `track` only what has changed.
        Memory grows with the number of records that differ, about 2 KB each.

        Examples
        --------
        >>> lab = SQLite3("lab.db")
        >>> sync = DatabaseSync(db, lab, create=True)
        >>> sync.sync_table("users").remote.inserted
        1
        >>> lab.update("users", {"score": 99.0}, where="id = 1")
        1
        >>> print(sync.sync_table("users").local)
        +0 ~1 -0
        >>> lab.close()
        """
        wanted = self._wanted((table_name,), direction, columns, where)
        return self._sync(wanted, dry_run=dry_run, verify=verify, progress=progress)

    def sync_all(
        self,
        tables: str | Iterable[str] | None = None,
        direction: Direction = "both",
        *,
        dry_run: bool = False,
        verify: bool = False,
        progress: Progress = False,
    ) -> SyncReport:
        """
        Make several tables the same on both sides, all of them or none on each side.

        Parameters
        ----------
        tables : str or iterable of str, optional
            All that both sides have by default; with `create` also those that one side has.
        direction, dry_run, verify, progress
            As in `sync_table`.

        Returns
        -------
        SyncReport

        Raises
        ------
        Error
            As `sync_table`.
        """
        wanted = self._wanted(tables, direction, None, None)
        return self._sync(wanted, dry_run=dry_run, verify=verify, progress=progress)

    def plan(
        self,
        tables: str | Iterable[str] | None = None,
        direction: Direction = "both",
        *,
        columns: str | Iterable[str] | None = None,
        where: Where = None,
    ) -> SyncPlan:
        """
        Say what a sync would do, and change nothing; conflicts raise no error here.

        Parameters
        ----------
        tables : str or iterable of str, optional
        direction, columns, where
            As in `sync_table`.

        Returns
        -------
        SyncPlan
            It prints as lines of ``+``, ``~`` and ``-``, conflicts with ``!``.

        Raises
        ------
        Error
            As `sync_table`.

        Examples
        --------
        >>> with DatabaseSync(db, "lab.db", create=True) as sync:
        ...     print(sync.plan("users"))
        users: local +0 ~0 -0, remote +1 ~0 -0, made on the remote side
          + remote [1] id=1, name='Alice', score=85.5
        """
        found, _ = self._planned(self._wanted(tables, direction, columns, where))
        return found

    def apply(
        self, plan: SyncPlan, *, verify: bool = False, progress: Progress = False
    ) -> SyncReport:
        """
        Carry out a plan that was looked at.

        Parameters
        ----------
        plan : SyncPlan
            From `plan`; records that changed since are left for the next sync.
        verify, progress
            As in `sync_table`.

        Returns
        -------
        SyncReport

        Raises
        ------
        Error
            As `sync_table`.

        """
        prepared = self._plans.get(id(plan))
        if prepared is None or prepared[0] is not plan:
            raise InterfaceError(
                "this plan was not made by this object, or was applied already",
                hint="sync.apply(sync.plan(...))",
            )
        del self._plans[id(plan)]
        _, wanted, made = prepared
        return self._carried_out(wanted, made, verify=verify, progress=progress)

    # -- what is kept ------------------------------------------------------------------------

    def conflicts(self, table: str | None = None) -> list[Record]:
        """
        Return the conflicts that were resolved, the oldest first.

        Parameters
        ----------
        table : str, optional
            Of one table; of all by default.

        Returns
        -------
        list of dict
            Each with ``moment``, ``table``, ``key``, ``kind``, ``columns``, the records ``base``
            (where it was kept), ``local`` and ``remote``, the ``outcome`` and the ``record``.

        """
        return self._pair().ledger.conflicts(table)

    def forget(self, tables: str | Iterable[str] | None = None) -> list[str]:
        """
        Forget what both sides last agreed upon; the next sync joins records and deletes none.

        Parameters
        ----------
        tables : str or iterable of str, optional
            All by default.

        Returns
        -------
        list of str
            The tables of which something was known.
        """
        from scitex.db.services.sync import syncing

        self._refuse_transaction()
        with syncing.turns(self.local.storage, self.remote.storage):
            return syncing.forget(self._pair(), tables)

    def untrack(self, tables: str | Iterable[str] | None = None) -> None:
        """
        Remove the triggers and logs of changes from both sides; later syncs compare the tables.

        Parameters
        ----------
        tables : str or iterable of str, optional
            All by default.
        """
        from scitex.db.services.sync import syncing

        self._refuse_transaction()
        with syncing.turns(self.local.storage, self.remote.storage):
            syncing.untrack(self._pair(), tables)

    # -- parts -------------------------------------------------------------------------------

    def _wanted(self, tables: Any, direction: Direction, columns: Any, where: Where) -> Wanted:
        from scitex.db.services.sync.shaping import Wanted, no_text

        if direction not in DIRECTIONS:
            raise InterfaceError(
                f"direction={direction!r} is none", hint=f"choose one of {', '.join(DIRECTIONS)}"
            )
        return Wanted(tables, direction, columns, no_text(given(where)), self._create)

    def _pair(self) -> Pair:
        from scitex.db.services.sync import syncing

        return syncing.pair_of(self.local.storage, self.remote.storage)

    def _refuse_transaction(self) -> None:
        for side, db in (("local", self.local), ("remote", self.remote)):
            if db.storage.depth:
                raise TransactionStateError(
                    f"the {side} database has a transaction open, in which nothing can be synced",
                    hint="commit or roll back first",
                )

    def _planned(self, wanted: Wanted) -> tuple[SyncPlan, list[Prepared]]:
        from scitex.db.services.sync import syncing

        self._refuse_transaction()
        made = syncing.plan(self._pair(), wanted, self._rules, report=lambda _: None)
        plan = SyncPlan(tuple(each.plan for each in made))
        self._plans[id(plan)] = (plan, wanted, made)
        return plan, made

    def _sync(
        self, wanted: Wanted, *, dry_run: bool, verify: bool, progress: Progress
    ) -> SyncReport:
        from scitex.db.services.sync import syncing

        if dry_run:
            started = time.perf_counter()
            _, made = self._planned(wanted)
            return syncing.dry(made, started=started)
        return self._carried_out(wanted, None, verify=verify, progress=progress)

    def _carried_out(
        self, wanted: Wanted, made: list[Prepared] | None, *, verify: bool, progress: Progress
    ) -> SyncReport:
        from scitex.db.services.sync import syncing

        self._refuse_transaction()
        with reporting(progress, total=None, what="sync") as report:
            asked = syncing.Asked(wanted, self._rules, self._track, bool(verify))
            return syncing.sync(self.local.storage, self.remote.storage, asked, made, report)

"""Doing several things together or not at all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from scitex.db.ports.storage import Storage
from scitex.db.services import transactions
from scitex.db.services.retrying import DEADLOCK, SERIALIZATION_FAILURE, Reasons, run

T = TypeVar("T")


class Transactions:
    """The chapter on transactions."""

    storage: Storage

    def transaction(self) -> AbstractContextManager[None]:
        """
        Group the calls of a block: all of them are stored, or none.

        Returns
        -------
        context manager
            Commits when the block ends, rolls back when an exception leaves it (a
            KeyboardInterrupt too).  Inside another one it is a savepoint: it undoes its own
            part only.

        Raises
        ------
        LockedError
            If the write lock cannot be had within ``timeout``.
        TransactionLostError
            At the end, if the engine had to give the transaction up.
        CommitUnknownError
            If the connection went away during the commit.

        Notes
        -----
        A call that fails inside undoes itself alone; if the error is caught the transaction
        goes on.  Each thread has its own transaction.

        Examples
        --------
        >>> with db.transaction():
        ...     _ = db.insert("users", {"name": "Bob"})
        ...     _ = db.update("users", {"score": 1.0}, where={"name": "Bob"})
        """
        return transactions.Block(self.storage)

    def retry(
        self,
        work: Callable[[], T],
        *,
        attempts: int = 5,
        on: Reasons = (SERIALIZATION_FAILURE, DEADLOCK),
    ) -> T:
        """
        Run a function in a transaction, and again where the engine could not finish it.

        Parameters
        ----------
        work : callable
            Called without arguments, once each attempt; what it does beside the database is
            done again too.
        attempts : int, default 5
            How often it is run at most.
        on : str, error class, or iterable of them, optional
            What is worth another attempt: SQLSTATEs and error classes.  By default
            ``"40001"``, a serialization failure, and ``"40P01"``, a deadlock: what PostgreSQL
            says where a transaction would have been fine without others.

        Returns
        -------
        object
            What `work` returned.

        Raises
        ------
        TransactionStateError
            If a transaction is open.
        InterfaceError
            If `attempts` or `on` is none of these.
        Error
            What the last attempt raised, or what no reason names.  `CommitUnknownError` is
            never a reason: the work may be stored.

        Notes
        -----
        Between attempts it waits up to 0.02, 0.04, ... 2 seconds, at random.  SQLite has one
        writer at a time, and knows neither; ``on=LockedError`` waits for longer than `timeout`.

        Examples
        --------
        >>> def move():
        ...     db.update("users", {"score": 90.0}, where={"name": "Alice"})
        ...     return db.select("users", ["score"])
        >>> db.retry(move)
        [{'score': 90.0}]
        """
        return run(self.storage, work, attempts=attempts, on=on)

    def begin_transaction(self) -> None:
        """
        Begin a transaction by hand; inside another one, a savepoint.

        Raises
        ------
        LockedError
            If the write lock cannot be had within ``timeout``.

        See Also
        --------
        transaction : The same as a block, which cannot be left open by mistake.

        Examples
        --------
        >>> db.begin_transaction()
        >>> _ = db.insert("users", {"name": "Bob"})
        >>> db.commit()
        """
        self.storage.begin()

    def commit(self) -> None:
        """
        Keep what was done since `begin_transaction`.

        Raises
        ------
        TransactionStateError
            If none is open, or the innermost one is a block's.
        TransactionLostError
            If the engine had to give the transaction up.
        CommitUnknownError
            If the connection went away during the commit.

        Examples
        --------
        >>> db.begin_transaction()
        >>> db.commit()
        """
        self.storage.commit()

    def rollback(self) -> None:
        """
        Undo what was done since `begin_transaction`; with nothing open, do nothing.

        Raises
        ------
        TransactionStateError
            If the innermost transaction is a block's: raise an exception to leave it.

        Examples
        --------
        >>> db.rollback()
        """
        self.storage.rollback()

    @property
    def in_transaction(self) -> bool:
        """Whether this thread has a transaction open."""
        return self.storage.depth > 0

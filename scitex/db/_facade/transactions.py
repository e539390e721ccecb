"""Doing several things together or not at all."""

from __future__ import annotations

from contextlib import AbstractContextManager

from scitex.db.ports.storage import Storage
from scitex.db.services import transactions


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

"""The promise that several calls happen together or not at all."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol


class Transactions(Protocol):
    """
    Somewhere whose calls can be grouped; each thread has its own transaction.

    A transaction has levels: the first begins it, further ones are savepoints.  A level has
    an owner, the block that opened it, or None where it was begun by hand; only its owner
    closes it.  A call that fails inside a transaction undoes itself alone.
    """

    def begin(self, owner: object = None) -> None:
        """Open a level; raise `LockedError` where the write lock cannot be had in time."""
        ...

    def commit(self, owner: object = None) -> None:
        """
        Close the innermost level and keep its work, for good when it is the outermost.

        Raises `TransactionStateError` where it is not the owner's, `TransactionLostError`
        where the engine ended the transaction, `CommitUnknownError` where the connection went
        away meanwhile.
        """
        ...

    def rollback(self, owner: object = None) -> None:
        """
        Undo the owner's level with those inside it, and close them.

        By hand, with nothing open, it does nothing.
        """
        ...

    def reading(self) -> AbstractContextManager[None]:
        """
        See one state of the database for the length of a block, in which nothing is written.

        Inside a transaction that is open already, what the block sees is what that one sees.
        """
        ...

    @property
    def depth(self) -> int:
        """How many levels are open in this thread; 0 outside a transaction."""
        ...

"""The levels of a transaction: who opened each, and who may close it."""

from __future__ import annotations

import attrs

from scitex.db.domain.errors import (
    Error,
    InterfaceError,
    TransactionLostError,
    TransactionStateError,
)


def closed() -> InterfaceError:
    """Make the error that a database is closed."""
    return InterfaceError("the database is closed", hint="open it again: closing is for good")


@attrs.define
class Levels:
    """
    The open levels of one connection's transaction, outermost first.

    A level has an owner: the block (``with db.transaction()``) that opened it, or None where
    it was begun by hand.  Only its owner may close it, and inner levels close before outer ones.

    Attributes
    ----------
    owners : list of object
    lost : Error or None
        Why the engine ended the transaction behind our back, if it did, or nothing goes on.
    closed : bool
        Whether the database was closed, perhaps by another thread in the midst of it all.
    """

    owners: list[object] = attrs.field(factory=list)
    lost: Error | None = None
    closed: bool = False

    @property
    def depth(self) -> int:
        """How many levels are open; 0 outside a transaction."""
        return len(self.owners)

    def check(self) -> None:
        """Raise if the engine has ended the transaction that is open here, or all is closed."""
        if self.closed:
            raise closed()
        if self.lost is not None:
            raise TransactionLostError(
                f"the transaction is lost, nothing in it was stored: {self.lost.message}",
                hint="leave the block or call rollback(), then run the transaction again",
            ) from self.lost

    def close(self) -> None:
        """Let nothing go on any more; who is in the midst of it leaves its levels by itself."""
        self.closed = True
        self.lost = closed()

    def over(self) -> None:
        """Note that no transaction is open any more."""
        self.owners.clear()
        if not self.closed:
            self.lost = None

    def closing(self, owner: object, deed: str) -> None:
        """
        Check that `owner` may close the innermost level.

        Raises
        ------
        TransactionStateError
            If nothing is open, or the innermost level is another's.
        InterfaceError
            If the database was closed.
        """
        if self.closed:
            raise closed()
        if not self.owners:
            raise TransactionStateError(
                f"{deed}() without a transaction",
                hint="open one with transaction() or begin_transaction(); "
                "outside of one every call commits by itself",
            )
        if self.owners[-1] is owner:
            return
        if owner is None:
            raise TransactionStateError(
                f"{deed}() by hand inside a 'with transaction()' block",
                hint="leave the block to commit; raise an exception to roll it back",
            )
        raise TransactionStateError(
            "a transaction begun inside the block is still open at its end",
            hint="call commit() or rollback() for each begin_transaction()",
        )

    def level_of(self, owner: object) -> int:
        """
        Return the depth at which `owner` opened its level, 0 being the outermost.

        Where it is closed already, which an interrupt just behind the commit may find, it is
        the depth of a level that is still to come: there is nothing to undo.
        """
        for place in reversed(range(len(self.owners))):
            if self.owners[place] is owner:
                return place
        return len(self.owners)

"""Whose transaction is open, and what a call that fails leaves: nothing."""

from __future__ import annotations

import types

from scitex.db.adapters.memory.expressions.scope import Engine
from scitex.db.adapters.memory.references import check_deferred
from scitex.db.adapters.memory.store import Store
from scitex.db.adapters.memory.turns import Turns
from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.transactions import Levels


class Session:
    """
    The one way to the store: ``with session as store:`` is one call, all of it or nothing.

    Parameters
    ----------
    engine : {"sqlite", "postgresql"}
    timeout : float
        Seconds that a thread waits while another one's transaction is open.
    """

    def __init__(self, engine: Engine, timeout: float) -> None:
        self._engine: Engine = engine
        self._store = Store(engine)
        self._turns = Turns(timeout)
        self._levels = Levels()
        self._marks: list[int] = []
        self.closed = False

    @property
    def depth(self) -> int:
        """How many levels are open in this thread."""
        return self._levels.depth if self._turns.mine else 0

    def __enter__(self) -> Store:
        self.refuse_closed()
        if self._turns.take():
            self._take_over()
        self._store.log.back_to_settled()
        return self._store

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        store, outside = self._store, not self._levels.owners
        try:
            if kind is not None:
                store.log.back_to_settled()
            elif outside:
                self._keep(store)
            else:
                store.log.settle()
        finally:
            if outside:
                self._turns.leave()

    def _keep(self, store: Store) -> None:
        """Let what was done stand for good, if every deferred reference points somewhere."""
        try:
            check_deferred(store)
        except BaseException:
            store.log.back_to_settled()
            raise
        store.log.forget()

    def _take_over(self) -> None:
        """Take back what a thread left that ended, or was interrupted, in its turn."""
        if self.closed:
            self._turns.leave()
            self.refuse_closed()
        self._levels = Levels()
        self._store.log.back_to(0)

    def refuse_closed(self) -> None:
        """Raise `InterfaceError` if the storage is closed."""
        if self.closed:
            raise InterfaceError(
                "the database is closed", hint="open it again: closing is for good"
            )

    def begin(self, owner: object = None) -> None:
        """Open a level."""
        self.refuse_closed()
        if self._turns.take():
            self._take_over()
        log, depth = self._store.log, self._levels.depth
        log.back_to_settled()
        self._marks[depth:] = [len(log)]
        self._levels.owners.append(owner)

    def commit(self, owner: object = None) -> None:
        """Close the innermost level and keep its work."""
        self.refuse_closed()
        levels = self._levels if self._turns.mine else Levels()
        levels.closing(owner, "commit")
        self._store.log.back_to_settled()
        if levels.depth > 1:
            levels.owners.pop()
            return
        try:
            check_deferred(self._store)
        except BaseException:
            self.rollback(owner)  # a commit that fails ends the transaction, as on a server
            raise
        self._store.log.forget()
        levels.owners.pop()
        self._turns.leave()

    def rollback(self, owner: object = None) -> None:
        """Undo the owner's level with those inside it, and close them."""
        if self.closed or (owner is None and not self.depth):
            return
        levels = self._levels if self._turns.mine else Levels()
        if owner is None:
            levels.closing(None, "rollback")
        place = levels.depth - 1 if owner is None else levels.level_of(owner)
        if place == levels.depth:
            return
        self._store.log.back_to(self._marks[place])
        del levels.owners[place:]
        if not levels.owners:
            self._turns.leave()

    def abandon(self, owner: object) -> None:
        """Undo the owner's level, unless it was closed just before an interrupt came."""
        if self.depth and any(each is owner for each in self._levels.owners):
            self.rollback(owner)

    def close(self) -> None:
        """Forget everything; twice is harmless."""
        self.closed = True
        self._levels = Levels()
        self._store = Store(self._engine)
        self._turns.end()

"""A block whose calls are stored together or not at all."""

from __future__ import annotations

import types

from scitex.db.domain.errors import Error
from scitex.db.ports.transactions import Transactions


class Block:
    """
    The context manager behind ``with db.transaction()``.

    Parameters
    ----------
    storage : Transactions
        Whose calls are grouped, in the thread that enters the block.
    """

    __slots__ = ("_storage",)

    def __init__(self, storage: Transactions) -> None:
        self._storage = storage

    def __enter__(self) -> None:
        try:
            self._storage.begin(self)
        except Error:
            raise  # nothing was begun
        except BaseException:  # an interrupt may have come just after it was
            self._storage.rollback(self)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        if kind is not None:
            self._storage.rollback(self)
            return
        try:
            self._storage.commit(self)
        except BaseException:
            self._storage.rollback(self)
            raise

"""The front door to the engine in memory."""

from __future__ import annotations

from typing import Literal

from scitex.db._facade.database import Database
from scitex.db.adapters.disk import Disk
from scitex.db.adapters.memory import states
from scitex.db.adapters.memory.faults import DEFAULT, USUAL, Fault, Faults, Raised
from scitex.db.adapters.memory.states import State
from scitex.db.adapters.memory.storage import MemoryStorage


class InMemory(Database):
    """
    A database in this process's memory, for the tests of programs that use the others.

    Parameters
    ----------
    emulate : {"sqlite", "postgresql"}, default "sqlite"
        Whose rules text conditions follow.
    timeout : float, default 30.0
        Seconds to wait for another thread's transaction.

    Notes
    -----
    It keeps the same rules as the other engines: keys, defaults, foreign keys, transactions
    that roll back, the same errors.  Conditions given as text are read by sqlglot (the extra
    ``testing``); what is not understood is refused, never guessed.

    Examples
    --------
    >>> with InMemory() as db:
    ...     db.create_table("users", {"id": "INTEGER PRIMARY KEY", "name": "TEXT NOT NULL"})
    ...     key = db.insert("users", {"name": "Alice"})
    ...     db.select("users", where={"id": key})
    [{'id': 1, 'name': 'Alice'}]
    """

    def __init__(
        self, emulate: Literal["sqlite", "postgresql"] = "sqlite", *, timeout: float = 30.0
    ) -> None:
        self._memory = MemoryStorage(emulate=emulate, timeout=timeout)
        self._faults = Faults(self._memory)
        super().__init__(self._memory, Disk())

    # -- for tests ---------------------------------------------------------------------------

    def fail_on(
        self,
        *calls: str,
        nth: int = 1,
        times: int | None = 1,
        error: Raised = DEFAULT,
        when: Literal["before", "after"] = "before",
    ) -> Fault:
        """
        Let calls fail, so that a test sees what a program does then.

        Parameters
        ----------
        *calls : str
            Calls of the storage, which most of the facade's are named after: ``"insert"``,
            ``"insert_many"``, ``"update"``, ``"delete"``, ``"select"``, ``"begin"``,
            ``"commit"``, ...; without one, any of them but ``"rollback"``.  They are counted
            together.
        nth : int, default 1
            Which call from now on fails first.
        times : int or None, default 1
            How many calls fail in a row; None is all that come.
        error : type or instance of an exception, default OperationalError
            ``LockedError``, ``ConnectionLostError`` or whatever may happen.
        when : {"before", "after"}, default "before"
            Whether it fails instead of the work or after it: a commit that was done, and of
            which nobody heard.

        Returns
        -------
        Fault
            It counts ``calls`` and ``raised``, and is over when it is left as a block, or by
            its ``mend()``.

        Raises
        ------
        InterfaceError
            If there is no such call.

        Examples
        --------
        >>> db = InMemory()
        >>> db.create_table("users", {"id": "INTEGER PRIMARY KEY", "name": "TEXT"})
        >>> fault = db.fail_on("insert", nth=2, error=LockedError)
        >>> db.insert("users", {"name": "Alice"})
        1
        >>> db.insert("users", {"name": "Bob"})
        Traceback (most recent call last):
            ...
        scitex.db.domain.errors.LockedError: a fault that was asked for: call 2 of insert()
        hint: mend() ends it
        >>> db.insert("users", {"name": "Bob"}), fault.raised
        (2, 1)
        """
        return self._faults.fail(calls or USUAL, nth=nth, times=times, error=error, when=when)

    def slow_down(self, seconds: float, *calls: str) -> Fault:
        """
        Let calls take longer, as they do over a network.

        Parameters
        ----------
        seconds : float
            What each call takes more.
        *calls : str
            As in `fail_on`; all without one.

        Returns
        -------
        Fault
            It is over when it is left as a block, or by its ``mend()``.

        Raises
        ------
        InterfaceError
            If there is no such call, or it is no number of seconds.

        Examples
        --------
        >>> with InMemory() as db, db.slow_down(0.001, "select", "count") as slow:
        ...     db.create_table("users", {"id": "INTEGER PRIMARY KEY"})
        ...     db.count("users"), slow.calls
        (0, 1)
        """
        return self._faults.delay(seconds, calls or USUAL)

    def mend(self) -> None:
        """
        Let all faults and delays be over.

        Examples
        --------
        >>> InMemory().mend()
        """
        self._faults.clear()

    def snapshot(self) -> State:
        """
        Return all that is in the database, to go back to by `restore`.

        Returns
        -------
        State
            It does not change any more, and can be gone back to as often as you like.

        Notes
        -----
        It takes time and memory in proportion to the number of records.

        Examples
        --------
        >>> db = InMemory()
        >>> db.create_table("users", {"id": "INTEGER PRIMARY KEY"})
        >>> prepared = db.snapshot()
        >>> db.insert("users", {})
        1
        >>> db.restore(prepared)
        >>> db.count("users")
        0
        """
        return states.taken(self._memory._session)

    def restore(self, state: State) -> None:
        """
        Have all as it was when a snapshot was taken, tables and the numbers they give too.

        Parameters
        ----------
        state : State
            From `snapshot`, of this database or another one in memory.

        Raises
        ------
        InterfaceError
            If that one follows the rules of another engine.

        Examples
        --------
        >>> db = InMemory()
        >>> db.restore(db.snapshot())
        """
        states.put_back(self._memory._session, state)

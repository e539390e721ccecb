"""A connection with transactions: levels that are kept or undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2.extensions as driver

from scitex.db.adapters.postgresql.connection import Connection
from scitex.db.adapters.postgresql.errors import (
    DriverError,
    ended_by_server,
    first_line,
    translated,
    unsent,
)
from scitex.db.adapters.sql import logs, streams
from scitex.db.domain.errors import (
    CommitUnknownError,
    ConnectionLostError,
    Error,
    TransactionLostError,
)
from scitex.db.domain.transactions import closed

_LAST = 4  # warnings that an error may be explained by
_OPEN = (driver.TRANSACTION_STATUS_INTRANS, driver.TRANSACTION_STATUS_INERROR)


class Leveled(Connection):
    """A connection whose calls can be grouped; its parameters are those of `Connection`."""

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Do all of a block or nothing: a transaction, or a savepoint inside one."""
        owner = object()
        try:
            self.begin(owner)
            yield
            self.commit(owner)
        except BaseException:
            self.rollback(owner)
            raise

    def begin(self, owner: object, *, how: str = "BEGIN") -> None:
        """Open a level; whatever comes between, an interrupt too, leaves none."""
        levels = self.levels
        levels.check()
        depth = levels.depth
        try:
            if not depth:
                self.run(how).close()
                self._saved = False
            else:
                release = "RELEASE SAVEPOINT scitex_call; " if self._saved else ""
                self._control(f"{release}SAVEPOINT level_{depth}")
            levels.owners.append(owner)
        except BaseException:
            self.back_to(depth)
            raise

    def read_only(self) -> None:
        """Let the innermost level read only, to its end."""
        release = "RELEASE SAVEPOINT scitex_call; " if self._saved else ""
        self._control(f"{release}SET TRANSACTION READ ONLY")

    def _control(self, sql: str) -> str:
        """Run a statement that moves between levels; return what the server calls it done."""
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(sql)
                self._saved = False
                return cursor.statusmessage or ""
        except DriverError as error:
            if self._is_gone(error):
                raise self._lost(error, writes=False) from error
            raise translated(error) from error

    def commit(self, owner: object) -> None:
        """Close the innermost level and keep its work; open streams read on from memory."""
        levels = self.levels
        levels.closing(owner, "commit")
        levels.check()
        depth = levels.depth - 1
        if depth:
            self._control(f"RELEASE SAVEPOINT level_{depth}")
            levels.owners.pop()
            return
        self.drain()
        levels.check()
        self._commit()
        levels.owners.pop()

    def _commit(self) -> None:
        """End the transaction; whatever happens, it is ended then."""
        began = logs.began()
        try:
            with self.connection.cursor() as cursor:
                cursor.execute("COMMIT")
                done = cursor.statusmessage
        except DriverError as error:
            if self._is_gone(error):
                raise self._unknown(error) from error
            self.levels.owners.clear()
            raise translated(error, warnings=self.connection.notices[-_LAST:]) from error
        finally:
            self._saved = False
        if began:
            logs.note("COMMIT", began)
        if done != "COMMIT":
            self.levels.owners.clear()
            raise TransactionLostError(
                "the server rolled the transaction back instead of committing it",
                hint="run the transaction again",
            )

    def _unknown(self, error: DriverError) -> Error:
        """Make the error that a commit may have happened or not."""
        self.levels.owners.clear()
        self._drop()
        if self.levels.closed and unsent(error):
            return closed()
        if ended_by_server(error) or unsent(error):
            return ConnectionLostError(
                f"the connection was ended before the commit: {first_line(error)}",
                hint="nothing of the transaction was stored: run it again",
            )
        return CommitUnknownError(
            f"the connection to {self.server.location} was lost during COMMIT: "
            f"{first_line(error)}",
            hint="the transaction may be stored or not: look before doing it again",
        )

    def rollback(self, owner: object) -> None:
        """Undo the owner's level with those inside it, whatever becomes of open streams."""
        levels = self.levels
        if self.inherited or not levels.owners:
            if owner is not None:
                levels.over()  # ended already, by a commit that failed
            return
        if owner is None:
            levels.closing(owner, "rollback")
        depth = levels.level_of(owner)
        if depth == levels.depth:
            return
        try:
            self.drain()
        finally:
            self._leave(depth)

    def back_to(self, depth: int) -> None:
        """Undo the levels past a depth, also one whose beginning was interrupted."""
        if self.levels.depth > depth or (not depth and self._status() in _OPEN):
            self._leave(depth)

    def _leave(self, depth: int) -> None:
        try:
            self._undo(depth)
        finally:
            del self.levels.owners[depth:]
            if not depth:
                self.levels.over()
                self.changed()

    def _undo(self, depth: int) -> None:
        if self.connection.closed or self._status() == driver.TRANSACTION_STATUS_IDLE:
            return
        undo = f"ROLLBACK TO SAVEPOINT level_{depth}; RELEASE SAVEPOINT level_{depth}"
        try:
            self._control(undo if depth else "ROLLBACK")
        except ConnectionLostError:
            if depth:
                raise  # the outer levels are lost too; ended outermost, all is undone anyway

    def drain(self) -> None:
        """Read what open streams still have to give, before the end takes it away."""
        streams.drain(self.streams)

"""A connection that whole files of records are copied through, in and out."""

from __future__ import annotations

from typing import Any, Protocol, cast

from scitex.db.adapters.postgresql.bulk.sinks import Sink
from scitex.db.adapters.postgresql.errors import DriverError, blamed_record
from scitex.db.adapters.postgresql.levels import Leveled
from scitex.db.adapters.sql import logs
from scitex.db.domain.errors import DataError, IntegrityError


class Source(Protocol):
    """A file that a COPY reads."""

    @property
    def piece(self) -> int:
        """How many bytes are best sent at a time."""
        ...

    @property
    def error(self) -> Exception | None:
        """What went wrong in making it."""
        ...

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes; none at the end."""
        ...


class Copying(Leveled):
    """A connection with COPY; its parameters are those of `Connection`."""

    def copy(self, sql: str, source: Source, *, table: str) -> int:
        """
        Send a file to a COPY, inside a transaction; return how many records it stored.

        An error that the server blames on one of the records has its place, from 0, in ``row``.
        """
        self.levels.check()
        began = logs.began()
        with self.cursor() as cursor:
            try:
                cursor.execute(self._savepoint())
                self._saved = True
                # copy_expert() takes no values, so that a % is not doubled in its text.
                cursor.copy_expert(sql.replace("%%", "%"), cast("Any", source), size=source.piece)
            except DriverError as error:
                mine = self._failed(error, table, writes=True)
                if source.error is not None:
                    raise source.error from None
                if isinstance(mine, (DataError, IntegrityError)):
                    mine.row = blamed_record(error)
                raise mine from error
            if began:
                logs.note(sql, began)
            return cursor.rowcount

    def copy_out(self, select: str, bound: Any, options: str, sink: Sink) -> int:
        """
        Have the rows of a SELECT written out, inside a transaction; return how many there were.

        An error of the sink ends the COPY on the server, and is raised when it has ended.
        """
        self.levels.check()
        began = logs.began()
        sink.stop = self.connection.cancel
        with self.cursor() as cursor:
            try:
                cursor.execute(self._savepoint())
                self._saved = True
                sql = cursor.mogrify(f"COPY ({select}) TO STDOUT {options}", bound)
                cursor.copy_expert(sql, cast("Any", sink.writer))
            except DriverError as error:
                mine = self._failed(error, None, writes=False)
                raise (sink.error or mine) from (None if sink.error else error)
            sink.end()
            if sink.error is not None:
                raise sink.error
            if began:
                logs.note(sql.decode(), began)
            return cursor.rowcount

"""Fresh files and tables for bulk work, and a second pair of eyes to look into them."""

from __future__ import annotations

import contextlib
import functools
import io
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import attrs
from bulk_samples import NAMES, Row, Samples, Seen, declared, looked_at
from places import PostgresqlServer, postgresql_server, sqlite_folder

from scitex.db.testing import temporary_postgres

_SUMS = "SELECT count(*), coalesce(sum(n), 0) FROM runs"
_LISTED = ", ".join(NAMES)


@attrs.frozen
class Site:
    """
    Where a lane works: a database with the table ``runs``.  It can be sent to another process.

    Attributes
    ----------
    engine : {"sqlite", "postgresql"}
    folder : Path
        For files of the turn's own.
    shell : str or None
        The engine's own program, ``sqlite3`` or ``psql``.
    path : Path or None
        The file of SQLite.
    params : dict
        Keywords for ``psycopg2.connect``, by which ``runs`` means the table.
    """

    engine: str
    folder: Path
    shell: str | None
    path: Path | None = None
    params: dict[str, Any] = attrs.Factory(dict)


class Ground(Protocol):
    """Where sites come from, for one workload."""

    folder: Path
    shell: str | None
    told: str

    def fresh(self, stored: Samples | None) -> contextlib.AbstractContextManager[Site]:
        """Give a table that holds the samples, or none, and clear it away afterwards."""
        ...

    def seen(self, site: Site) -> Seen:
        """Look by another connection at what is committed."""
        ...


def _some(sums: Row) -> str:
    """Spell the question for the rows that are looked at."""
    keys = ", ".join(str(place + 1) for place in looked_at(sums[0])) or "NULL"
    return f"SELECT {_LISTED} FROM runs WHERE id IN ({keys})"


@attrs.frozen
class SqliteGround:
    """
    Files in WAL mode.

    Attributes
    ----------
    folder : Path
    shell : str or None
        The path of the program ``sqlite3``.
    told : str
        What is to be said of it.
    """

    folder: Path
    shell: str | None
    told: str

    @contextlib.contextmanager
    def fresh(self, stored: Samples | None) -> Iterator[Site]:
        """Give a file whose table holds the samples, and remove it afterwards."""
        with tempfile.TemporaryDirectory(dir=self.folder) as own:
            path = Path(own, "runs.db")
            shutil.copyfile(_filled(self.folder, stored), path)
            yield Site("sqlite", Path(own), self.shell, path)

    def seen(self, site: Site) -> Seen:
        """Look by another connection at what is committed."""
        assert site.path is not None
        with contextlib.closing(sqlite3.connect(site.path)) as connection:
            sums = connection.execute(_SUMS).fetchone()
            return Seen(*sums, connection.execute(_some(sums)).fetchall())


@functools.lru_cache(maxsize=4)
def _filled(folder: Path, stored: Samples | None) -> Path:
    """Make the file that the fresh ones are copies of."""
    path = folder / f"stored-{secrets.token_hex(4)}.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        with connection:
            connection.execute(f"CREATE TABLE runs ({declared('sqlite')})")
            if stored:
                connection.executemany("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)", stored.texts)
    return path


@attrs.frozen
class PostgresqlGround:
    """
    Tables on a server that is the same for all lanes of a workload.

    Attributes
    ----------
    folder : Path
    shell : str or None
        The path of the program ``psql``.
    told : str
        What is to be said of it.
    server : PostgresqlServer
    """

    folder: Path
    shell: str | None
    told: str
    server: PostgresqlServer

    @contextlib.contextmanager
    def fresh(self, stored: Samples | None) -> Iterator[Site]:
        """Give a table that holds the samples, in a schema that is dropped afterwards."""
        execute = self.server.administering.execute
        with (
            tempfile.TemporaryDirectory(dir=self.folder) as own,
            self.server.schema() as place,
        ):
            columns = declared("postgresql")
            execute(f"CREATE TABLE runs ({columns}) WITH (autovacuum_enabled = off)")
            if stored:
                text = f"COPY runs ({_LISTED}) FROM STDIN"
                self.server.administering.copy_expert(text, io.BytesIO(stored.copy_text))
            execute("VACUUM ANALYZE runs")
            execute("CHECKPOINT")  # no lane is to bear what others have left to be written
            yield Site("postgresql", Path(own), self.shell, params=place.params)

    def seen(self, _: Site) -> Seen:
        """Look by another connection at what is committed; the newest site is meant."""
        cursor = self.server.administering
        cursor.execute(_SUMS)
        count, total = cursor.fetchone()
        cursor.execute(_some((count, total)))
        return Seen(count, int(total), cursor.fetchall())


@contextlib.contextmanager
def ground(engine: str) -> Iterator[Ground]:
    """
    Give the ground of a workload.

    Parameters
    ----------
    engine : {"sqlite", "postgresql"}

    Raises
    ------
    ServerUnavailableError
        If there is nothing to start a server from.
    """
    with sqlite_folder() as files:
        if engine == "sqlite":
            told = f"SQLite {sqlite3.sqlite_version}"
            yield SqliteGround(files.folder, shutil.which("sqlite3"), told)
            return
        with temporary_postgres() as server, postgresql_server(server.params) as tables:
            own = server.bin and shutil.which("psql", path=server.bin)
            shell, told = own or shutil.which("psql"), f"PostgreSQL {server.version}"
            yield PostgresqlGround(files.folder, shell, told, tables)

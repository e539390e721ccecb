"""CSV files into a table, and out of one."""

from __future__ import annotations

import contextlib
import csv
import functools
import secrets
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bulk_children import Work
from bulk_clients import dsn, ours, postgresql_driver, sqlalchemy_connection, sqlite_driver
from bulk_fetching import ALL
from bulk_loading import INSERTING, LISTED
from bulk_samples import NAMES, Samples
from bulk_sites import Site
from bulk_work import SHELL, WITHOUT, Way, Workload

_NORMAL = ("-cmd", "PRAGMA synchronous = NORMAL")


def _run(command: Sequence[object]) -> None:
    subprocess.run(list(map(str, command)), check=True)  # noqa: S603 - written here


def _given(site: Site, given: Samples) -> Path:
    """Return the file that all lanes read, which is made once."""
    return given.csv_file(site.folder.parent)


@contextlib.contextmanager
def shell_imports(site: Site, given: Samples) -> Iterator[Work]:
    """Let the engine's own shell read the file."""
    file = _given(site, given)
    if site.engine == "sqlite":
        reading = f".import --csv --skip 1 {file} runs"
        yield functools.partial(_run, [site.shell, *_NORMAL, site.path, reading])
    else:
        reading = f"\\copy runs ({LISTED}) from '{file}' with (format csv, header)"
        yield functools.partial(_run, [*_psql(site), reading])


def _psql(site: Site) -> list[str]:
    return [str(site.shell), "-X", "-q", "-d", dsn(site), "-c"]


@contextlib.contextmanager
def we_import(site: Site, given: Samples) -> Iterator[Work]:
    """Read the file by `import_from_csv`."""
    file = _given(site, given)
    with ours(site) as db:
        yield functools.partial(db.import_from_csv, "runs", file)


@contextlib.contextmanager
def pandas_imports(site: Site, given: Samples) -> Iterator[Work]:
    """Read a frame and store it."""
    import pandas as pd

    file = _given(site, given)
    with sqlite_driver(site) as connection:
        yield lambda: pd.read_csv(file, parse_dates=["timestamp"]).to_sql(
            "runs", connection, if_exists="append", index=False
        )


@contextlib.contextmanager
def module_imports(site: Site, given: Samples) -> Iterator[Work]:
    """Read the file by the standard library, and leave the types to the columns."""
    path = _given(site, given)
    with sqlite_driver(site) as connection:

        def work() -> None:
            with path.open(newline="", encoding="utf-8") as file:
                reader = csv.reader(file)
                next(reader)
                connection.execute("BEGIN")
                connection.executemany(INSERTING, reader)
                connection.execute("COMMIT")

        yield work


@contextlib.contextmanager
def sqlite_utils_imports(site: Site, given: Samples) -> Iterator[Work]:
    """Let the program of sqlite-utils read the file."""
    file = _given(site, given)
    program = [sys.executable, "-m", "sqlite_utils"]
    command = [*program, "insert", site.path, "runs", file, "--csv", "--silent"]
    yield functools.partial(_run, command)


@contextlib.contextmanager
def copy_file(site: Site, given: Samples) -> Iterator[Work]:
    """Send the file by psycopg2."""
    path = _given(site, given)
    sql = f"COPY runs ({LISTED}) FROM STDIN WITH (FORMAT csv, HEADER)"
    with postgresql_driver(site) as connection, connection.cursor() as cursor:

        def work() -> None:
            with path.open("rb") as file:
                cursor.copy_expert(sql, file)
            connection.commit()

        yield work


@contextlib.contextmanager
def _new(site: Site) -> Iterator[Path]:
    """Give a path for a file, and remove what is there afterwards."""
    path = site.folder / f"{secrets.token_hex(4)}.csv"
    yield path
    path.unlink(missing_ok=True)


@contextlib.contextmanager
def shell_exports(site: Site, _: Samples) -> Iterator[Work]:
    """Let the engine's own shell write the file."""
    with _new(site) as path:

        def work() -> Path:
            if site.engine == "sqlite":
                command = [str(site.shell), "-csv", "-header", str(site.path), ALL]
                with path.open("wb") as file:
                    subprocess.run(command, stdout=file, check=True)  # noqa: S603
            else:
                _run([*_psql(site), f"\\copy runs to '{path}' with (format csv, header)"])
            return path

        yield work


@contextlib.contextmanager
def we_export(site: Site, _: Samples) -> Iterator[Work]:
    """Write the file by `export_to_csv`."""
    with _new(site) as path, ours(site) as db:

        def work() -> Path:
            db.export_to_csv("runs", path)
            return path

        yield work


@contextlib.contextmanager
def module_exports(site: Site, _: Samples) -> Iterator[Work]:
    """Write a cursor's rows by the standard library."""
    driver: Any = sqlite_driver if site.engine == "sqlite" else postgresql_driver
    with _new(site) as path, driver(site) as connection:

        def work() -> Path:
            cursor = connection.cursor()
            cursor.execute(ALL)
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(NAMES)
                writer.writerows(cursor)
            return path

        yield work


@contextlib.contextmanager
def pandas_exports(site: Site, _: Samples) -> Iterator[Work]:
    """Read a frame and write it."""
    import pandas as pd

    opened: Any = sqlite_driver if site.engine == "sqlite" else sqlalchemy_connection
    with _new(site) as path, opened(site) as connection:

        def work() -> Path:
            pd.read_sql(ALL, connection).to_csv(path, index=False)
            return path

        yield work


@contextlib.contextmanager
def copy_to_file(site: Site, _: Samples) -> Iterator[Work]:
    """Receive the file by psycopg2."""
    sql = "COPY runs TO STDOUT WITH (FORMAT csv, HEADER)"
    with (
        _new(site) as path,
        postgresql_driver(site) as connection,
        connection.cursor() as cursor,
    ):

        def work() -> Path:
            with path.open("wb") as file:
                cursor.copy_expert(sql, file)
            return path

        yield work


WE_IMPORT = (
    Way("scitex.db, import_from_csv", we_import, "ours", needs="pyarrow"),
    Way("scitex.db, import_from_csv without pyarrow", we_import, "ours", **WITHOUT),
)
WE_EXPORT = Way("scitex.db, export_to_csv", we_export, "ours")
STARTED = (
    "The shells are programs that are started in the time that is taken; what is to find no "
    "pyarrow is in a process of its own, which starts before."
)
WORKLOADS = (
    Workload(
        title="SQLite: import_from_csv",
        engine="sqlite",
        deed="insert",
        rows=1_000_000,
        ways=(
            Way("sqlite3 shell, .import", shell_imports, "driver", SHELL),
            Way("the same once more", shell_imports, "driver", SHELL),
            *WE_IMPORT,
            Way("csv module, executemany", module_imports),
            Way("pandas read_csv, to_sql", pandas_imports),
            Way("sqlite-utils program", sqlite_utils_imports, needs="sqlite-utils"),
        ),
        note=f"Into a table that is there and empty.  The shell and the csv module check nothing: "
        f"a text that is no number or no moment is stored as it is.  {STARTED}",
    ),
    Workload(
        title="PostgreSQL: import_from_csv",
        engine="postgresql",
        deed="insert",
        rows=1_000_000,
        ways=(
            Way("psql, \\copy", shell_imports, "driver", SHELL),
            Way("the same once more", shell_imports, "driver", SHELL),
            *WE_IMPORT,
            Way("psycopg2 copy_expert", copy_file),
        ),
        note=f"Into a table that is there and empty.  {STARTED}",
    ),
    Workload(
        title="SQLite: export_to_csv",
        engine="sqlite",
        deed="read",
        rows=1_000_000,
        ways=(
            Way("sqlite3 shell, -csv", shell_exports, "driver", SHELL),
            Way("the same once more", shell_exports, "driver", SHELL),
            WE_EXPORT,
            Way("csv module, writerows", module_exports),
            Way("pandas read_sql, to_csv", pandas_exports),
        ),
        note="The shell writes 15 digits of a float, which is not the same float any more; all "
        f"others write as many as it takes.  {STARTED}",
    ),
    Workload(
        title="PostgreSQL: export_to_csv",
        engine="postgresql",
        deed="read",
        rows=1_000_000,
        ways=(
            Way("psql, \\copy", shell_exports, "driver", SHELL),
            Way("the same once more", shell_exports, "driver", SHELL),
            WE_EXPORT,
            Way("psycopg2 copy_expert", copy_to_file),
            Way("csv module, writerows", module_exports),
            Way("pandas read_sql, to_csv", pandas_exports, needs="SQLAlchemy"),
        ),
        note=f"{STARTED}",
    ),
)

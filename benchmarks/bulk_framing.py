"""Tables to DataFrames and back."""

from __future__ import annotations

import contextlib
import functools
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from bulk_children import Work
from bulk_clients import (
    adbc_connection,
    ours,
    postgresql_driver,
    sqlalchemy_connection,
    sqlite_driver,
)
from bulk_fetching import ALL
from bulk_loading import LISTED, PAGE, copying, driver_on_sqlite
from bulk_samples import Samples
from bulk_sites import Site
from bulk_work import WITHOUT, Way, Workload


@contextlib.contextmanager
def read_sql(site: Site, _: Samples) -> Iterator[Work]:
    """Read a frame by pandas."""
    import pandas as pd

    if site.engine == "sqlite":
        with sqlite_driver(site) as connection:
            yield lambda: pd.read_sql(ALL, connection, parse_dates=["timestamp"])
    else:
        with sqlalchemy_connection(site) as connection:
            yield lambda: pd.read_sql(ALL, connection)


@contextlib.contextmanager
def we_read(site: Site, _: Samples, *, form: str = "to_dataframe") -> Iterator[Work]:
    """Read a frame by `to_dataframe`, or what else is asked for; all is imported before."""
    with ours(site) as db:
        read = getattr(db, form)
        read("runs", limit=1)
        yield functools.partial(read, "runs")


@contextlib.contextmanager
def adbc_reads(site: Site, _: Samples, *, frame: bool) -> Iterator[Work]:
    """Read an Arrow table by ADBC; where a frame is wanted, make one of it."""
    import pandas as pd

    with adbc_connection(site) as connection, connection.cursor() as cursor:

        def work() -> Any:
            cursor.execute(ALL)
            found = cursor.fetch_arrow_table()
            if not frame:
                return found
            made = found.to_pandas()
            if site.engine == "sqlite":  # where ADBC knows no moments
                made["timestamp"] = pd.to_datetime(made["timestamp"])
            return made

        yield work


@contextlib.contextmanager
def connectorx_reads(site: Site, _: Samples) -> Iterator[Work]:
    """Read a frame by connectorx, which connects in the call."""
    import connectorx

    yield functools.partial(connectorx.read_sql, _url(site), ALL)


def _url(site: Site) -> str:
    """Spell an address as connectorx wants it, the folder of a socket as a host."""
    if site.engine == "sqlite":
        return f"sqlite://{site.path}"
    params = dict(site.params)
    host, port, database = params.pop("host"), params.pop("port"), params.pop("dbname")
    user, password = params.pop("user", ""), params.pop("password", "")
    login = f"{quote(user, '')}:{quote(password, '')}@" if password else f"{quote(user, '')}@"
    rest = urlencode({"options": params["options"]}, quote_via=quote)
    return f"postgresql://{login}{quote(host, '')}:{port}/{quote(database, '')}?{rest}"


@contextlib.contextmanager
def to_sql(site: Site, given: Samples, *, method: Any = None) -> Iterator[Work]:
    """Store a frame by pandas."""
    frame = given.frame
    if site.engine == "sqlite":
        with sqlite_driver(site) as connection:
            yield lambda: frame.to_sql("runs", connection, if_exists="append", index=False)
        return
    with sqlalchemy_connection(site) as connection:
        choices = {"if_exists": "append", "index": False, "chunksize": PAGE, "method": method}

        def work() -> None:
            frame.to_sql("runs", connection, **choices)
            connection.commit()

        yield work


@contextlib.contextmanager
def copy_csv(site: Site, given: Samples) -> Iterator[Work]:
    """Let pandas write CSV, and the server read it."""
    frame = given.frame
    with postgresql_driver(site) as connection, connection.cursor() as cursor:

        def work() -> None:
            buffer = io.StringIO()
            frame.to_csv(buffer, index=False, header=False)
            buffer.seek(0)
            cursor.copy_expert(f"COPY runs ({LISTED}) FROM STDIN WITH (FORMAT csv)", buffer)
            connection.commit()

        yield work


@contextlib.contextmanager
def we_store(site: Site, given: Samples) -> Iterator[Work]:
    """Store a frame by `from_dataframe`."""
    with ours(site) as db:
        yield functools.partial(db.from_dataframe, given.frame, "runs", if_exists="append")


@contextlib.contextmanager
def adbc_stores(site: Site, given: Samples) -> Iterator[Work]:
    """Store a frame by ADBC, as an Arrow table."""
    import pyarrow as pa

    frame = given.frame
    with adbc_connection(site) as connection, connection.cursor() as cursor:

        def work() -> None:
            table = pa.Table.from_pandas(frame, preserve_index=False)
            cursor.adbc_ingest("runs", table, mode="append")
            connection.commit()

        yield work


def _copy_text(given: Samples) -> bytes:
    return given.copy_text


def _adbc(engine: str) -> tuple[Way, ...]:
    needs = f"adbc-driver-{engine}"
    to_frame = functools.partial(adbc_reads, frame=True)
    to_arrow = functools.partial(adbc_reads, frame=False)
    return (
        Way("ADBC, to_pandas", to_frame, needs=needs, alone=True),
        Way("ADBC, Arrow table", to_arrow, needs=needs, alone=True),
    )


WE_READ = (
    Way("scitex.db, to_dataframe", we_read, "ours", needs="pyarrow"),
    Way("scitex.db, to_dataframe without pyarrow", we_read, "ours", **WITHOUT),
    Way("scitex.db, to_arrow", functools.partial(we_read, form="to_arrow"), "ours", "pyarrow"),
    Way("scitex.db, to_polars", functools.partial(we_read, form="to_polars"), "ours", "polars"),
)
PANDAS_WITHOUT = Way("pandas.read_sql without pyarrow", read_sql, **WITHOUT)
CONNECTORX = Way("connectorx", connectorx_reads, needs="connectorx", alone=True)
PROCESSES = (
    "ADBC, connectorx and what is to find no pyarrow are in processes of their own, which start "
    "before the time is taken."
)
WORKLOADS = (
    Workload(
        title="SQLite: to_dataframe",
        engine="sqlite",
        deed="read",
        rows=1_000_000,
        ways=(
            Way("pandas.read_sql", read_sql, "driver"),
            Way("the same once more", read_sql, "driver"),
            *WE_READ,
            PANDAS_WITHOUT,
            *_adbc("sqlite"),
            CONNECTORX,
        ),
        note="Every frame has moments as datetime64; the Arrow table of ADBC has them as text, "
        f"for it knows no declared types.  connectorx gives texts as objects.  {PROCESSES}",
    ),
    Workload(
        title="PostgreSQL: to_dataframe",
        engine="postgresql",
        deed="read",
        rows=1_000_000,
        ways=(
            Way("pandas.read_sql", read_sql, "driver", needs="SQLAlchemy"),
            Way("the same once more", read_sql, "driver", needs="SQLAlchemy"),
            *WE_READ,
            PANDAS_WITHOUT,
            *_adbc("postgresql"),
            CONNECTORX,
        ),
        note=f"pandas reads over SQLAlchemy, as it wants to.  connectorx connects in the call, "
        f"and gives texts as objects.  {PROCESSES}",
    ),
    Workload(
        title="SQLite: from_dataframe",
        engine="sqlite",
        deed="insert",
        rows=1_000_000,
        ways=(
            Way("sqlite3 executemany, ready tuples", driver_on_sqlite, "driver"),
            Way("the same once more", driver_on_sqlite, "driver"),
            Way("scitex.db, from_dataframe", we_store, "ours"),
            Way("pandas to_sql", to_sql),
            Way("ADBC ingest", adbc_stores, needs="adbc-driver-sqlite", alone=True),
        ),
        note="Into a table that is there and empty.  The first lane has no frame to take apart.",
    ),
    Workload(
        title="PostgreSQL: from_dataframe",
        engine="postgresql",
        deed="insert",
        rows=1_000_000,
        ways=(
            Way("COPY of ready text", copying(_copy_text, "text"), "driver"),
            Way("the same once more", copying(_copy_text, "text"), "driver"),
            Way("scitex.db, from_dataframe", we_store, "ours"),
            Way("pandas to_csv, COPY", copy_csv),
            Way("ADBC ingest", adbc_stores, needs="adbc-driver-postgresql", alone=True),
            Way(
                "pandas to_sql, multi",
                functools.partial(to_sql, method="multi"),
                needs="SQLAlchemy",
                slow=True,
            ),
        ),
        note="Into a table that is there and empty.  The first lane has no frame to take apart; "
        "scitex.db and ADBC send binary, which the server reads more quickly than text.",
    ),
)

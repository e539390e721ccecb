"""What is no race: how much memory is taken, and whether every cell comes back."""

from __future__ import annotations

import contextlib
import random
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import attrs
from bulk_children import peak
from bulk_clients import ours, postgresql_driver, sqlite_driver
from bulk_loading import INSERTING, LISTED
from bulk_samples import NAMES, Record, Row, generated, samples
from bulk_sites import Ground, Site, ground
from bulk_work import ROUNDS, Result
from measuring import Effort, OtherWorkError

PART = 10  # how many times more the many rows are than the few


def opened_only(site: Site, _: int, __: Path) -> None:
    """Open the database."""
    with ours(site):
        pass


def driver_stores(site: Site, count: int, file: Path) -> None:
    """Store by the driver: tuples of a generator, or a CSV file by COPY."""
    if site.engine == "sqlite":
        with sqlite_driver(site) as connection:
            connection.execute("BEGIN")
            connection.executemany(INSERTING, _texts(count))
            connection.execute("COMMIT")
        return
    sql = f"COPY runs ({LISTED}) FROM STDIN WITH (FORMAT csv, HEADER)"
    with postgresql_driver(site) as connection, connection.cursor() as cursor:
        with file.open("rb") as opened:
            cursor.copy_expert(sql, opened)
        connection.commit()


def _texts(count: int) -> Iterator[Row]:
    for row in generated(count):
        yield (*row[:2], row[2].isoformat(" "), *row[3:])


def _records(count: int) -> Iterator[Record]:
    for row in generated(count):
        yield dict(zip(NAMES, row, strict=True))


def we_insert(site: Site, count: int, _: Path) -> None:
    """Store dicts of a generator."""
    with ours(site) as db:
        db.insert_many("runs", _records(count))


def we_import(site: Site, _: int, file: Path) -> None:
    """Store a CSV file."""
    with ours(site) as db:
        db.import_from_csv("runs", file)


def we_export(site: Site, count: int, file: Path) -> None:
    """Store a CSV file, and write it again."""
    we_import(site, count, file)
    with ours(site) as db:
        db.export_to_csv("runs", site.folder / "out.csv")


@attrs.frozen(kw_only=True)
class Memory:
    """
    How much memory it takes to store a few rows, and ten times as many.

    Attributes
    ----------
    title : str
    engine : {"sqlite", "postgresql"}
    rows : int, default 5,000,000
    """

    title: str
    engine: str
    rows: int = 5_000_000

    def measured(self, effort: Effort, _: random.Random) -> Result:
        """
        Measure, each in a process of its own.

        Raises
        ------
        OtherWorkError
            If the rows are not all there afterwards.
        """
        many = effort.calls(self.rows)
        few = max(1, many // PART)
        driver = "executemany, generator" if self.engine == "sqlite" else "COPY of a CSV file"
        deeds: dict[str, Callable[[Site, int, Path], None]] = {
            "scitex.db, the database opened": opened_only,
            f"driver, {driver}": driver_stores,
            "scitex.db, insert_many of a generator": we_insert,
            "scitex.db, import_from_csv": we_import,
            "scitex.db, the same and export_to_csv": we_export,
        }
        with ground(self.engine) as at:
            found = {
                name: [_peak(at, deed, count) for count in (few, many)]
                for name, deed in deeds.items()
            }
            lead = f"{few:,} and {many:,} rows, {at.told}, once"
        rows = [[name, *(f"{each:.0f}" for each in peaks)] for name, peaks in found.items()]
        header = ["lane", f"MB at {few:,}", f"MB at {many:,}"]
        return Result(self.title, lead, header, rows, [_OF_MEMORY, _grown(found)])


_OF_MEMORY = (
    "The most memory that a process of its own ever had in use, Python and all modules with it, "
    "but not the server nor the files; the generator makes each record as it is asked for."
)


def _grown(found: dict[str, list[float]]) -> str:
    most = max(many - few for name, (few, many) in found.items() if name.startswith("scitex"))
    return f"For {PART} times the rows scitex.db takes at most {max(0, most):.0f} MB more."


def _peak(at: Ground, deed: Callable[..., None], count: int) -> float:
    """Return the megabytes that it takes to store so many rows."""
    file = samples(count).csv_file(at.folder)
    with at.fresh(None) as site:
        most = peak(deed, site, count, file)
        found, wanted = at.seen(site).count, 0 if deed is opened_only else count
    if found != wanted:
        raise OtherWorkError(f"{deed.__name__}: {found} rows are there, and not {wanted}")
    return most


@attrs.frozen(kw_only=True)
class Circle:
    """
    SQLite, a DataFrame, PostgreSQL, a CSV file, and SQLite again.

    Attributes
    ----------
    title : str
    rows : int, default 1,000,000
    """

    title: str
    rows: int = 1_000_000

    def measured(self, effort: Effort, _: random.Random) -> Result:
        """
        Go round, and compare every cell.

        Raises
        ------
        OtherWorkError
            If a cell is not what it was.
        """
        count, rounds = effort.calls(self.rows), effort.turns(ROUNDS)
        with ground("sqlite") as files, ground("postgresql") as tables:
            _go_round(files, tables, 1)  # all is imported then
            taken = [_go_round(files, tables, count) for _ in range(rounds)]
            told = f"{files.told}, {tables.told}"
        steps = {name: statistics.median(each[name] for each in taken) for name in taken[0]}
        total = statistics.median(sum(each.values()) for each in taken)
        rows = [[name, f"{seconds:.2f}"] for name, seconds in [*steps.items(), ("all", total)]]
        lead = f"{count:,} rows, {told}, rounds: {rounds}"
        return Result(self.title, lead, ["step", "median s"], rows, [_of_cells(count)])


def _of_cells(count: int) -> str:
    cells = f"{count * len(NAMES):,}"
    return (
        f"Each time, all {cells} cells of the last table were compared with those of the first: "
        "they are equal, and of the same type."
    )


def _go_round(files: Ground, tables: Ground, count: int) -> dict[str, float]:
    """Return what each step took, in seconds."""
    stored = samples(count)
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        sites = [enter(files.fresh(stored)), enter(tables.fresh(None)), enter(files.fresh(None))]
        first, server, last = (enter(ours(site)) for site in sites)
        path = sites[0].folder / "circle.csv"
        got: list[Any] = []
        steps: dict[str, Callable[[], Any]] = {
            "SQLite to DataFrame": lambda: got.append(first.to_dataframe("runs")),
            "DataFrame to PostgreSQL": lambda: server.from_dataframe(
                got[0], "runs", if_exists="append"
            ),
            "PostgreSQL to CSV": partial(server.export_to_csv, "runs", path),
            "CSV to SQLite": partial(last.import_from_csv, "runs", path),
        }
        taken = {name: _timed(step) for name, step in steps.items()}
        _compare(sites[0], sites[2])
    return taken


def _timed(step: Callable[[], Any]) -> float:
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def _compare(first: Site, last: Site) -> None:
    """Compare two tables cell by cell, by the driver itself."""
    sql = "SELECT * FROM runs ORDER BY id"
    with sqlite_driver(first) as one, sqlite_driver(last) as other:
        pairs = zip(one.execute(sql), other.execute(sql), strict=True)
        for wanted, found in pairs:
            if found != wanted or list(map(type, found)) != list(map(type, wanted)):
                raise OtherWorkError(f"{found} came back, and not {wanted}")


WORKLOADS = (
    Memory(title="SQLite: memory", engine="sqlite"),
    Memory(title="PostgreSQL: memory", engine="postgresql"),
    Circle(title="A full circle: SQLite, DataFrame, PostgreSQL, CSV, SQLite"),
)

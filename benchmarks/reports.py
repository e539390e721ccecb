"""What was measured, as text for people: tables, and the machine that it was measured on."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
import platform
import sqlite3
import statistics
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import psycopg2
from measuring import Effort, Timing
from psycopg2.extensions import libpq_version

UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6}


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """
    Set rows of text in columns, the first to the left and the others to the right.

    Examples
    --------
    >>> print(table(["lane", "ms"], [["sqlite3", "1.25"], ["peewee", "12.50"]]))
      lane        ms
      -------  -----
      sqlite3   1.25
      peewee   12.50
    """
    body = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *body, strict=True)]
    lines = [list(header), ["-" * width for width in widths], *body]
    return "\n".join(
        "  ".join(
            ["", line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])],
        )
        for line in lines
    )


def ratios(timings: Sequence[Timing], *, per_turn: int = 1, unit: str = "us") -> str:
    """
    Set timings in a table, as ratios to the first.

    The parameters are those of `ratio_rows`.
    """
    return table(ratio_header(unit), ratio_rows(timings, per_turn=per_turn, unit=unit))


def ratio_header(unit: str) -> list[str]:
    """Name the columns of `ratio_rows`."""
    return ["lane", f"median {unit}", "ratio", "middle half", "of bests"]


def ratio_rows(
    timings: Sequence[Timing], *, per_turn: int = 1, unit: str = "us"
) -> list[list[str]]:
    """
    Tell timings as ratios to the first.

    Parameters
    ----------
    timings : sequence of Timing
        The first is what the others are compared with.
    per_turn : int, default 1
        The calls, or records, in a turn, by which its time is divided.
    unit : {"s", "ms", "us"}, default "us"

    Returns
    -------
    list of list of str
        For each lane its median time, the median of its ratios, between what the middle half
        of the ratios lies, and the ratio of its best round to the best of the first.
    """
    first = timings[0]
    rows = []
    for timing in timings:
        found = timing.ratios(first)
        low, high = _middle_half(found)
        rows.append(
            [
                timing.name,
                f"{timing.median / per_turn * UNITS[unit]:.2f}",
                f"{statistics.median(found):.2f}",
                "" if timing is first else f"{low:.2f} - {high:.2f}",
                f"{min(timing.seconds) / min(first.seconds):.2f}",
            ]
        )
    return rows


def differences(timings: Sequence[Timing], *, unit: str = "ms") -> str:
    """
    Set timings in a table, each with what it is above the first.

    Parameters
    ----------
    timings : sequence of Timing
        The first is what the others are compared with.
    unit : {"s", "ms", "us"}, default "ms"
    """
    first = timings[0].median
    rows = [
        [
            timing.name,
            f"{timing.median * UNITS[unit]:.1f}",
            "" if timing is timings[0] else f"{(timing.median - first) * UNITS[unit]:+.1f}",
        ]
        for timing in timings
    ]
    return table(["lane", f"median {unit}", "above the first"], rows)


def _middle_half(values: Sequence[float]) -> tuple[float, float]:
    if len(values) == 1:
        return values[0], values[0]
    quarters = statistics.quantiles(values, n=4, method="inclusive")
    return quarters[0], quarters[2]


def surroundings(effort: Effort, *, packages: Sequence[str], folder: Path) -> str:
    """
    Say when, on what machine and with which versions it is measured.

    Parameters
    ----------
    effort : Effort
    packages : sequence of str
        The distributions whose versions are told, where they are installed.
    folder : Path
        Where the database files are.
    """
    lines = surrounding(effort, packages=packages, folder=folder)
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{width}}  {text}" for name, text in lines)


def surrounding(effort: Effort, *, packages: Sequence[str], folder: Path) -> list[tuple[str, str]]:
    """Say the same as `surroundings`, each thing by its name."""
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    rounds = f" ROUNDS={effort.rounds}" if effort.rounds else ""
    libpq = _dotted(libpq_version())
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return [
        ("date", now),
        ("machine", f"{_processor()}, {cores} cores, {_memory()}load {load:.1f}"),
        ("system", f"{_distribution()}{platform.system()} {platform.release()}"),
        ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
        ("SQLite", f"{sqlite3.sqlite_version}, files in {folder}"),
        ("psycopg2", f"{psycopg2.__version__.split()[0]}, libpq {libpq}"),
        *_versions(packages),
        ("effort", f"SCALE={effort.scale:g}{rounds} SEED={effort.seed}"),
    ]


def _dotted(number: int) -> str:
    """Spell libpq's number of a version, 180001, as people do."""
    return f"{number // 10_000}.{number % 10_000}"


def _memory() -> str:
    """Tell how much memory the machine has, where the system says."""
    names = os.sysconf_names
    if "SC_PHYS_PAGES" not in names or "SC_PAGE_SIZE" not in names:
        return ""
    gigabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{gigabytes:.0f} GB of memory, "


def _distribution() -> str:
    """Name the distribution of Linux, where it is one."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"] + ", "
    except (OSError, KeyError):
        return ""


def _processor() -> str:
    """Name the processor as well as the system tells it."""
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _versions(packages: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in packages:
        try:
            yield name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield name, "not installed"

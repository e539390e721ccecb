"""
What bulk work costs beside the drivers and other packages.

Run it with ``make bench``; README.md beside this file tells how to read what it prints.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import attrs
import bulk_changing
import bulk_csv
import bulk_fetching
import bulk_framing
import bulk_loading
import bulk_whole
from bulk_pages import page_of, text_of
from bulk_work import MODULES, Result, Workload
from measuring import Effort
from places import sqlite_folder
from reports import surrounding

from scitex.db.testing import ServerBrokenError, ServerUnavailableError

WORKLOADS: tuple[Workload | bulk_whole.Memory | bulk_whole.Circle, ...] = (
    *bulk_loading.WORKLOADS,
    *bulk_changing.WORKLOADS,
    *bulk_framing.WORKLOADS,
    *bulk_fetching.WORKLOADS,
    *bulk_csv.WORKLOADS,
    *bulk_whole.WORKLOADS,
)
PACKAGES = ("scitex-db", "numpy", "pandas", *MODULES)


def main() -> None:
    """Measure what is asked for, each workload in a process of its own, and print it."""
    effort, asked = Effort.asked_for(), _asked_for()
    if asked.one:
        _measure(asked.one, Path(asked.into), effort)
        return
    if asked.only:
        effort = attrs.evolve(effort, only=asked.only)
    with sqlite_folder() as files:
        machine = surrounding(effort, packages=PACKAGES, folder=files.folder.parent)
    width = max(len(name) for name, _ in machine)
    print("\n".join(f"{name:<{width}}  {text}" for name, text in machine), flush=True)
    out = os.environ.get("OUT")
    results, failed = [], []
    for workload in WORKLOADS:
        if not effort.wants(workload.title):
            continue
        try:
            results.append(_measured(workload.title, effort))
        except subprocess.CalledProcessError:
            failed.append(workload.title)
            continue
        print(text_of(results[-1]), flush=True)
        if out:
            page = page_of(results, machine, command=_command(effort, out))
            _write(Path(out), page)
    if failed:
        sys.exit(f"\nended with an error: {'; '.join(failed)}")


def _write(out: Path, page: str) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, encoding="utf-8")


def _asked_for() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="text in the titles of what is measured")
    parser.add_argument("--one", help=argparse.SUPPRESS)  # the title, for the child process
    parser.add_argument("--into", help=argparse.SUPPRESS)
    return parser.parse_args()


def _command(effort: Effort, out: str) -> str:
    """Spell the command that does the same again."""
    words: Sequence[str] = [
        f"SCALE={effort.scale:g}",
        *([f"ROUNDS={effort.rounds}"] if effort.rounds else []),
        *([f"ONLY='{effort.only}'"] if effort.only else []),
        f"OUT={out}",
    ]
    return " ".join([*words, "python benchmarks/bulk.py"])


def _measured(title: str, effort: Effort) -> Result:
    """Measure one workload in a child process, so that none finds what another one left."""
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder, "result.json")
        command = [sys.executable, __file__, "--one", title, "--into", str(into)]
        environment = {**os.environ, "SEED": str(effort.seed)}
        subprocess.run(command, env=environment, check=True)  # noqa: S603 - ourselves
        return Result(**json.loads(into.read_text(encoding="utf-8")))


def _measure(title: str, into: Path, effort: Effort) -> None:
    """Measure one workload here, and leave what it gave in a file."""
    (workload,) = (each for each in WORKLOADS if each.title == title)
    try:
        result = workload.measured(effort, random.Random(effort.seed))
    except ServerBrokenError:
        raise
    except ServerUnavailableError as error:
        result = Result(title, "left out", remarks=[f"There is no PostgreSQL: {error}"])
    into.write_text(json.dumps(attrs.asdict(result)), encoding="utf-8")


if __name__ == "__main__":
    main()

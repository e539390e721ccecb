"""A soak: processes and threads at mixed work for a while, and every record accounted for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scitex.db import connect
from scitex.db.testing.postgres.database import ScratchSchema
from tests.faults.soaking import TABLE, UNIQUE

SECONDS = float(os.environ.get("SCITEX_DB_FAULT_SECONDS", "2"))
PROCESSES = 3
ROOT = Path(__file__).parents[2]


@pytest.fixture(
    params=[
        pytest.param("sqlite", marks=pytest.mark.engine("sqlite file")),
        pytest.param("postgresql", marks=pytest.mark.engine("postgresql")),
    ]
)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where the database of each engine is."""
    if request.param == "sqlite":
        return str(tmp_path / "soak.db")
    schema: ScratchSchema = request.getfixturevalue("postgresql_schema")
    return f"{schema.url}&schema={schema.name}"


def test_a_soak_accounts_for_every_record(address: str) -> None:
    """Each is there as its writer's book has it; memory and open files stay what they were."""
    with connect(address) as db:
        db.create_table("soak", TABLE, unique=UNIQUE)
    words = [sys.executable, "-m", "tests.faults.soaking", address]
    programs = [
        subprocess.Popen(
            [*words, f"p{place}", str(SECONDS)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for place in range(PROCESSES)
    ]
    told = [json.loads(program.communicate()[0]) for program in programs]

    assert [each["wrong"] for each in told] == [[]] * PROCESSES
    book = {
        (who, int(key)): value
        for each in told
        for who, records in each["book"].items()
        for key, value in records.items()
    }
    with connect(address) as db:
        found = {(row["who"], row["key"]): row["value"] for row in db.select("soak")}
        assert found == book
        assert db.doctor().ok
    _tell(address, told)
    for each in told:
        assert each["after"]["files"] <= each["before"]["files"] + 2
        assert each["after"]["memory"] <= each["before"]["memory"] + 20_000  # of KiB


def _tell(address: str, told: list[dict[str, Any]]) -> None:
    """Tell how long calls took: `pytest -s` shows it."""
    took: dict[str, list[float]] = defaultdict(list)
    for each in told:
        for kind, several in each["took"].items():
            took[kind] += several
    lines = [f"\n{address.split(':', maxsplit=1)[0][-10:]}, {SECONDS:.0f} s, ms:"]
    for kind, several in sorted(took.items()):
        middle, most, worst = np.percentile(several, [50, 95, 99]) * 1e3
        lines.append(
            f"  {kind:12} {len(several):8,} calls  median {middle:7.2f}  p95 {most:7.2f}"
            f"  p99 {worst:7.2f}  longest {max(several) * 1e3:8.2f}"
        )
    for each in told:
        before, after = each["before"], each["after"]
        lines.append(f"  KiB {before['memory']} -> {after['memory']}")
        lines.append(f"  files {before['files']} -> {after['files']}")
    sys.stdout.write("\n".join(lines) + "\n")

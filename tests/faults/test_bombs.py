"""Files that unpack to more than memory holds are refused before they do."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MEMORY = 1 << 30  # bytes that the process may have; what is in the files would need more

READING = """
import resource, sys
import numpy, pandas, pyarrow.csv
from scitex.db import DataError, InMemory, SQLite3
resource.setrlimit(resource.RLIMIT_DATA, (int(sys.argv[2]),) * 2)
for db in (SQLite3(":memory:"), InMemory()):
    db.create_table("t", {"a": "TEXT", "b": "TEXT"})
    for table in ("t", "new"):
        try:
            db.import_from_csv(table, sys.argv[1])
        except DataError as error:
            print(error)
    assert db.count("t") == 0
    assert not db.table_exists("new")
"""


@pytest.mark.parametrize(
    ("before", "filling"),
    [
        pytest.param(b"", b"h", id="a header"),
        pytest.param(b"a,b\n1,", b"x", id="a line", marks=pytest.mark.thorough),
        pytest.param(b'a,b\n1,"', b"x", id="a quoted field", marks=pytest.mark.thorough),
        pytest.param(
            b'a,b\n1,"', b"a line of it " * 99 + b"\n", id="a quoted field of many lines"
        ),
        pytest.param(b"a,b\n", b",", id="fields"),
        pytest.param(b"", b"\0", id="nothing"),
    ],
)
def test_a_small_file_cannot_fill_the_memory(
    tmp_path: Path, before: bytes, filling: bytes
) -> None:
    """A line without an end is refused by its number, and nothing is stored."""
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write(before)
        for _ in range(400):
            file.write(filling * (1_000_000 // len(filling)))
    done = subprocess.run(
        [sys.executable, "-c", READING, path, str(MEMORY)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("MiB") == 4
    assert path.stat().st_size < 4_000_000


def test_a_line_of_too_many_fields_is_refused(tmp_path: Path) -> None:
    """Before a value is made of each."""
    path = tmp_path / "wide.csv.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write(b"a,b\n" + b"," * 20_000_000 + b"\n")
    words = [sys.executable, "-c", READING, path, str(MEMORY)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("line 2 is no CSV: it has 20000001 fields") == 4

"""The examples are programs that work, and so are their tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
NOTEBOOK = ROOT / "examples" / "lab_notebook"


@pytest.mark.engine("postgresql")
def test_the_notebook_passes_its_own_tests(tmp_path: Path) -> None:
    """With the shipped fixtures only, in a process of its own, each engine among them."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null"]

    found = subprocess.run(
        [*command, "--rootdir", tmp_path, NOTEBOOK],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert found.returncode == 0, found.stdout + found.stderr
    assert "6 passed" in found.stdout


@pytest.mark.engine("sqlite file")
def test_the_notebook_runs(tmp_path: Path) -> None:
    """It makes its file and says who is to come again."""
    path = tmp_path / "lab.db"
    command = [sys.executable, NOTEBOOK / "notebook.py", path]

    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    assert found.stdout == "['Ada']\n"
    assert path.exists()


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.name)
def test_a_notebook_runs_from_top_to_bottom(path: Path) -> None:
    """Each cell of a notebook runs, tables are shown, and no output is kept in the file."""
    notebook = nbformat.read(path, as_version=4)
    kept = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    place = {"metadata": {"path": str(EXAMPLES)}}
    NotebookClient(notebook, timeout=120, resources=place).execute()
    outputs = [each for cell in notebook.cells for each in cell.get("outputs", ())]
    pages = [each.get("data", {}).get("text/html", "") for each in outputs]
    tables = [page for page in pages if "<table>" in page]

    assert not any(kept)
    assert len(tables) >= 2

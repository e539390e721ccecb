"""Programs that run in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 60  # seconds that a child may take before a test gives it up


def started(program: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    """
    Start a program in another process.

    Parameters
    ----------
    program : str
        Its text; it finds the arguments in ``sys.argv[1:]``.
    *arguments : object
    **options : object
        What `subprocess.Popen` takes besides: ``user=``, ``env=``.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **{"env": environment, **options},
    )


def told(child: subprocess.Popen[str]) -> tuple[str, int, str]:
    """Wait for a child; return what it said, how it ended, and what it complained of."""
    said, complained = child.communicate(timeout=PATIENCE)
    return said.strip(), child.returncode, complained


def said(program: str, *arguments: object, **options: object) -> str:
    """Run a program that must end well, and return what it said."""
    text, status, complained = told(started(program, *arguments, **options))

    assert (status, complained) == (0, ""), complained
    return text

"""Processes that do one operation, and die in it."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from scitex.db import connect
from tests.faults.operations import OPERATIONS

# One process imports everything once; each child is a fork of it, clean of threads and databases.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["tests.faults.children", "scitex.db._postgresql"])


class Killer(logging.Handler):
    """
    Kills this process after so many statements, told by the package's own logger.

    Parameters
    ----------
    after : int
        How many; the process lives where there are fewer.
    """

    def __init__(self, after: int) -> None:
        super().__init__(logging.DEBUG)
        self._after = after
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count a statement."""
        self.count += 1
        if self.count >= self._after:
            os.kill(os.getpid(), signal.SIGKILL)


def act(name: str, address: str, folder: str, after: int | None, told: Connection) -> None:
    """Do an operation in this process, dying after so many statements; tell how many it had."""
    os.chdir(folder)
    killer = Killer(after or 0)
    with connect(address) as db:
        db.list_tables()
        told.send("ready")
        if after is not None:
            logger = logging.getLogger("scitex.db")
            logger.setLevel(logging.DEBUG)
            logger.addHandler(killer)
        OPERATIONS[name].act(db, Path(folder))
    told.send(killer.count)


def start(
    name: str, address: str, folder: Path, *, after: int | None = None
) -> tuple[BaseProcess, Any]:
    """Start an operation in a process of its own; return when it is about to begin."""
    mine, theirs = SERVER.Pipe()
    child = SERVER.Process(target=act, args=(name, address, str(folder), after, theirs))
    child.start()
    theirs.close()
    assert mine.recv() == "ready"
    return child, mine

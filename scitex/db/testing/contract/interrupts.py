"""Laws about an interrupt, which may come at any line: Ctrl-C, a signal, a time limit."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any

import scitex.db
from scitex.db import Database
from scitex.db.testing.contract.ground import Laws

ROOMS = str(Path(scitex.db.__file__).parent)
_LINES = 2_000  # more than a beginning has


def interrupted(call: Callable[[], object], at: int) -> bool:
    """Interrupt `call` at the step of this package that comes as number `at`; say if it did."""
    steps = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal steps
        if not frame.f_code.co_filename.startswith(ROOMS):
            return None
        # No interrupt comes between the return of the outermost call and its block.
        is_step = event == "line" or (event == "return" and frame.f_code.co_name != "__enter__")
        steps += is_step
        if is_step and steps == at:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


class InterruptLaws(Laws):
    """What must hold where an interrupt comes between two steps."""

    def test_a_beginning_that_is_interrupted_begins_nothing(self, users: Database) -> None:
        """An interrupt anywhere in the beginning of a block leaves no transaction, and no lock."""
        with ThreadPoolExecutor(1) as pool:
            for at in range(1, _LINES):
                block = users.transaction()
                if not interrupted(block.__enter__, at):
                    block.__exit__(None, None, None)
                    break
                open_now = users.in_transaction
                key = users.insert("users", {"name": "kept"})
                found = pool.submit(users.exists, "users", where={"id": key}).result()
                assert (open_now, found) == (False, True), at

        assert 1 < at < _LINES - 1

"""
A process that outlives its owner by as long as it takes to clean up.

It waits on a pipe whose other end only the owner holds.  However the owner goes (return,
``os._exit``, kill -9), the kernel closes that end, and the guard does its work.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Sequence

from scitex.db.servers.account import Account

_lock = threading.Lock()
_held: set[int] = set()


def _let_go() -> None:
    """Close, in a forked child, the ends that only the parent may hold."""
    for end in _held:
        os.close(end)
    _held.clear()
    _lock.release()


# Close-on-exec covers children that exec; these hooks cover those that only fork.  The lock
# keeps another thread's fork from falling between a pipe's making and its being noted.
os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_let_go)


class Guard:
    """
    Run `command` so that it sees the end of its standard input when this process is gone.

    Parameters
    ----------
    command : sequence of str
        What to run.  It must read its input to the end first, and then clean up.
    account : Account
        Who runs it.
    """

    def __init__(self, command: Sequence[str], account: Account) -> None:
        with _lock:
            theirs, self._ours = os.pipe()
            _held.add(self._ours)
        try:
            self._process = account.spawn(command, stdin=theirs, environment=dict(os.environ))
        except BaseException:
            self._open_hand()
            raise
        finally:
            os.close(theirs)

    def release(self, seconds: float = 30) -> None:
        """Have the cleaning done now, and wait for it; nothing happens in a forked child."""
        if self._open_hand():
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _open_hand(self) -> bool:
        with _lock:
            if self._ours not in _held:
                return False
            _held.remove(self._ours)
            os.close(self._ours)
            return True

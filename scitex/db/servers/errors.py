"""
What can go wrong on the way to a PostgreSQL server.

::

    RuntimeError
    └── ServerUnavailableError      nothing to start a server from
        └── ServerBrokenError       a server was there or asked for, and cannot be used
"""

from __future__ import annotations


class ServerUnavailableError(RuntimeError):
    """There is no PostgreSQL here, and nothing to start one from."""


class ServerBrokenError(ServerUnavailableError):
    """
    A server was found or asked for by name, and it cannot be used.

    Never a reason to skip a test: something that should work does not.
    """

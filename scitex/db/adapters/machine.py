"""What this process is, what it was started by, and whether another one is still there."""

from __future__ import annotations

import contextlib
import functools
import getpass
import hashlib
import os
import platform
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from scitex.db.domain.tracking import spelling

_SECONDS = 3.0  # that git may take
_SLURM = (
    "SLURM_JOB_ID",
    "SLURM_ARRAY_TASK_ID",
    "SLURM_PROCID",
    "SLURM_JOB_NAME",
    "SLURM_NODELIST",
)
_SECRET = re.compile(r"(?i)(pass(word|wd)?|token|secret|api[-_]?key|credential)")
_URL_SECRET = re.compile(r"(?<=://)([^/@:\s]*):[^/@\s]*(?=@)")


def host() -> str:
    """Return this machine's name."""
    return socket.gethostname()


def process() -> str:
    """Return what tells this process from any other of this machine, also later ones."""
    return _process(os.getpid())


@functools.lru_cache(maxsize=8)
def _process(pid: int) -> str:
    return f"{pid} {_born(pid)}"


def is_alive(process: str) -> bool:
    """Say whether the process that `process` returned this for is still there."""
    pid, _, born = process.partition(" ")
    if not pid.isdigit():
        return False
    return has_process(int(pid)) and _born(int(pid)) == born


def has_process(pid: int) -> bool:
    """Say whether there is a process of this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def _born(pid: int) -> str:
    """Return when a process began, in the kernel's ticks; empty where that is not told."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]


@functools.lru_cache(maxsize=8)
def provenance(folder: str) -> dict[str, Any]:
    """
    Return what a run is to be traced back by; found once for each folder.

    Parameters
    ----------
    folder : str
        Where it runs.

    Returns
    -------
    dict
        ``argv`` with secrets masked, ``folder``, ``host``, ``user``, ``python``, ``platform``,
        ``packages`` with the versions of those that are loaded, ``git`` with the commit, branch
        and whether files differ from it, ``slurm`` with the job's numbers, and ``hash_seed``.
    """
    facts: dict[str, Any] = {
        "argv": masked(sys.argv),
        "folder": folder,
        "host": host(),
        "user": _user(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": _packages(),
        "git": _git(folder),
        "slurm": {name: os.environ[name] for name in _SLURM if name in os.environ},
        "hash_seed": os.environ.get("PYTHONHASHSEED"),
    }
    return {name: value for name, value in facts.items() if value}


@functools.lru_cache(maxsize=8)
def origin(folder: str) -> tuple[str, str]:
    """Return a name for what `provenance` returns, and that as JSON."""
    facts = spelling.spelt(provenance(folder))
    return hashlib.sha256(facts.encode()).hexdigest()[:16], facts


def masked(arguments: list[str]) -> list[str]:
    """
    Return a program's arguments without the secrets among them.

    Examples
    --------
    >>> masked(["run.py", "--token", "s3cret", "--password=x", "postgresql://me:pw@lab/db"])
    ['run.py', '--token', '***', '--password=***', 'postgresql://me:***@lab/db']
    """
    found = []
    hidden = False
    for argument in arguments:
        name, is_set, _ = argument.partition("=")
        is_secret = name.startswith("-") and bool(_SECRET.search(name))
        if hidden and not argument.startswith("-"):
            found.append("***")
        elif is_secret and is_set:
            found.append(f"{name}=***")
        else:
            found.append(_URL_SECRET.sub(r"\1:***", argument))
        hidden = is_secret and not is_set
    return found


def _user() -> str | None:
    with contextlib.suppress(Exception):  # a container may know no name for its user
        return getpass.getuser()
    return None


def _packages() -> dict[str, str]:
    """Return the versions that loaded packages tell of themselves."""
    found = {}
    for name, module in list(sys.modules.items()):
        if not ("." in name or name.startswith("_") or name in sys.stdlib_module_names):
            version = getattr(module, "__dict__", {}).get("__version__")  # not computed for us
            if isinstance(version, str):
                found[name] = version
    return dict(sorted(found.items()))


def _git(folder: str) -> dict[str, Any]:
    """Return what git knows of a folder; nothing where there is no git, or no repository."""
    told = _said(folder, "rev-parse", "HEAD", "--abbrev-ref", "HEAD")
    if told is None:
        return {}
    commit, _, branch = told.partition("\n")
    status = _said(folder, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "branch": branch, "dirty": None if status is None else bool(status)}


def _said(folder: str, *arguments: str) -> str | None:
    command = ["git", "-C", folder, *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None

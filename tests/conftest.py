"""How the suite runs here: Hypothesis profiles, optional programs, and what it says at the end."""

from __future__ import annotations

import gc
import importlib.util
import os
import re
import shutil
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Generator
from typing import Any

import hypothesis
import pytest

from scitex.db.testing import plugin

hypothesis.settings.register_profile("dev", max_examples=50, deadline=None)
# The gate draws the same examples each time, so that it judges the change and not its luck; new
# ones are drawn at every desk, and thousands of them by the profile `nightly`.
hypothesis.settings.register_profile("ci", max_examples=8, deadline=None, derandomize=True)
hypothesis.settings.register_profile(
    "nightly",
    max_examples=int(os.environ.get("SCITEX_DB_FAULT_EXAMPLES", "5000")),
    deadline=None,
    print_blob=True,
)
hypothesis.settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if plugin.in_ci() else "dev")
)

# What a program is called elsewhere, and where it may be without being on the PATH.
_OTHER_NAMES = {"chromium": ["chromium-browser", "google-chrome", "google-chrome-stable"]}
_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin"])

_LEFT_OUT = pytest.StashKey[dict[str, list[str]]]()
_OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed")


def _is_here(program: str) -> bool:
    names = [program, *_OTHER_NAMES.get(program, [])]
    return any(shutil.which(name, path=_PATH) for name in names)


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False


def _leave_out(item: pytest.Item, missing: str, remedy: str) -> None:
    item.config.stash.setdefault(_LEFT_OUT, {}).setdefault(missing, []).append(item.nodeid)
    pytest.skip(f"needs {missing}; {remedy}")


def _named_by(item: pytest.Item, marker: str) -> list[str]:
    """Return what all markers of that kind name, each once and in order."""
    return sorted({name for found in item.iter_markers(marker) for name in found.args})


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave a test out whose programs are missing; fail it where nothing may be left out."""
    absent = ", ".join(name for name in _named_by(item, "siblings") if not _is_installed(name))
    if absent:
        _leave_out(item, absent, "a package beside this one")
    if item.get_closest_marker("citus") and not os.environ.get("SCITEX_DB_TEST_CITUS_DSN"):
        _leave_out(item, "a Citus cluster", "SCITEX_DB_TEST_CITUS_DSN names one")
    missing = ", ".join(name for name in _named_by(item, "tools") if not _is_here(name))
    if not missing:
        return
    if os.environ.get("SCITEX_DB_TEST_TOOLS") == "all":
        pytest.fail(f"nothing may be left out, and this program is missing: {missing}", False)
    _leave_out(item, missing, "`make test-tools` installs what it can")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let each report say which engines its test ran on."""
    report = yield
    report.engines = sorted(
        {name for marker in item.iter_markers("engine") for name in marker.args}
    )
    return report


def pytest_pycollect_makeitem(obj: object) -> list[pytest.Item] | None:
    """Do not even collect a class of thousands of tests that is left to `make thorough`."""
    marks = getattr(obj, "pytestmark", []) if isinstance(obj, type) else []
    left = not os.environ.get("SCITEX_DB_TEST_THOROUGH")
    return [] if left and any(mark.name == "thorough" for mark in marks) else None


def _leave_thorough(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to `make thorough` what takes long and says little more than other tests do."""
    if os.environ.get("SCITEX_DB_TEST_THOROUGH"):
        return
    thorough = [item for item in items if item.get_closest_marker("thorough")]
    config.hook.pytest_deselected(items=thorough)
    left = set(thorough)
    items[:] = [item for item in items if item not in left]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse names with addresses in them, of which processes that share the work say others."""
    _leave_thorough(config, items)
    named = [item.nodeid for item in items if re.search(r" at 0x[0-9a-f]+", item.nodeid)]
    if named:
        raise pytest.UsageError(f"name the examples with testing.naming.told: {named[0]}")


def pytest_collection_finish() -> None:
    """Spare the collector of garbage thousands of tests that stay until the end: a tenth less."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where several processes share the work, hand what the summary tells to the first."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["served"] = session.config.stash.get(plugin.SERVED, [])
        output["left out"] = session.config.stash.get(_LEFT_OUT, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take what another process has to tell."""
    output = getattr(node, "workeroutput", {})
    stash = node.config.stash
    stash.setdefault(plugin.SERVED, []).extend(output.get("served", []))
    for program, tests in output.get("left out", {}).items():
        stash.setdefault(_LEFT_OUT, {}).setdefault(program, []).extend(tests)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what ran on which engine, on which versions, and what was left out."""
    config = terminalreporter.config
    terminalreporter.section("engines")
    for engine, counts in sorted(_by_engine(terminalreporter).items()):
        told = ", ".join(
            f"{counts[outcome]} {outcome}" for outcome in _OUTCOMES if counts[outcome]
        )
        terminalreporter.line(f"{engine}: {told}")
    terminalreporter.line(f"SQLite is {sqlite3.sqlite_version}")
    for database in sorted(set(config.stash.get(plugin.SERVED, []))):
        terminalreporter.line(f"ran on {database}")
    for program, tests in sorted(config.stash.get(_LEFT_OUT, {}).items()):
        terminalreporter.line(f"left out for want of {program}: {len(tests)} test(s)")
        for test in tests:
            terminalreporter.line(f"  {test}")


def _by_engine(terminalreporter: pytest.TerminalReporter) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in _OUTCOMES:
        for report in terminalreporter.stats.get(outcome, []):
            for engine in getattr(report, "engines", []):
                counts[engine][outcome] += 1
    return counts

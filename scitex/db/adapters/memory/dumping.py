"""
A database in memory written as text, and read again.

Each line is JSON: first whose rules count, then of each table what it is and its records.  Only
this package reads it, and nothing in it is ever run.
"""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any

import attrs
import cattrs
from cattrs.preconf.json import make_converter

from scitex.db.adapters.memory.expressions.scope import Engine
from scitex.db.adapters.memory.restructuring import table_of
from scitex.db.adapters.memory.rules import Rules
from scitex.db.adapters.memory.states import State
from scitex.db.adapters.memory.table import Shelf, Table
from scitex.db.domain import spelling
from scitex.db.domain.errors import BackupError
from scitex.db.domain.jsonpaths import JsonPath
from scitex.db.domain.search.searching import SearchSpec
from scitex.db.domain.tables import IndexSpec, TableSpec

_FORMAT = "scitex.db in memory, 1"


@attrs.frozen
class Described:
    """
    What a table is, apart from its records.

    Attributes
    ----------
    spec : TableSpec
    indexes : tuple of IndexSpec
    search : SearchSpec or None
    counters : dict of str to int
        The last number given by each counted column.
    """

    spec: TableSpec
    indexes: tuple[IndexSpec, ...]
    search: SearchSpec | None
    counters: dict[str, int]


@functools.cache
def _converter() -> cattrs.Converter:
    converter = make_converter()
    converter.register_structure_hook(
        str | JsonPath,
        lambda found, _: found if isinstance(found, str) else converter.structure(found, JsonPath),
    )
    return converter


def lines(state: State, names: Iterable[str] | None = None) -> Iterator[str]:
    """Tell a database, or some of its tables, line by line."""
    yield _line({"format": _FORMAT, "engine": state.engine})
    for name in sorted(state.tables if names is None else names):
        table = state.tables[name]
        yield _line(_converter().unstructure(described(state, name)))
        for _, record in table.shelf.items():  # noqa: PERF102 - a shelf gives them in order
            yield f"{spelling.spelt(record)}\n"


def described(state: State, name: str) -> Described:
    """Return what a table is."""
    table = state.tables[name]
    counters = {table.spec.names[place]: last for place, last in table.shelf.counters.items()}
    indexes = tuple(table.indexes[each] for each in sorted(table.indexes))
    return Described(table.spec, indexes, state.searches.get(name), counters)


def schema(state: State) -> str:
    """Tell what all tables are, the numbers that they gave apart."""
    told = (attrs.evolve(described(state, name), counters={}) for name in state.tables)
    return "".join(sorted(_line(_converter().unstructure(each)) for each in told))


def _line(found: object) -> str:
    return json.dumps(found, ensure_ascii=True, separators=(",", ":")) + "\n"


def read(text: Iterable[bytes], path: str, engine: Engine) -> State:
    """
    Make the tables that a text tells of.

    Raises
    ------
    BackupError
        If it is none of this format, is of a database by another engine's rules, or what it
        tells cannot be.
    """
    reader, place = _Reader(engine), 0
    try:
        for line in text:
            place += 1
            if not line.startswith(b"--") and line.strip():
                reader.take(line.decode())
        reader.finish()
    except Exception as error:  # whatever is wrong with it, it is no backup
        why = getattr(error, "message", "") or str(error) or type(error).__name__
        hint = getattr(error, "hint", "") or "restore another backup; nothing was changed"
        raise BackupError(f"{path}, line {place}: {why}", hint=hint) from error
    return State(engine, reader.tables, reader.searches)


class _Reader:
    """Makes tables of what the lines say."""

    def __init__(self, engine: Engine) -> None:
        self.tables: dict[str, Table] = {}
        self.searches: dict[str, SearchSpec] = {}
        self._engine = engine
        self._begun = False
        self._open: tuple[Rules, Shelf, Described] | None = None

    def take(self, line: str) -> None:
        """Read a line."""
        if not self._begun:
            self._begin(json.loads(line))
        elif line.startswith("["):
            self._record(spelling.read(line))
        else:
            self._close()
            told = _converter().structure(json.loads(line), Described)
            rules = Rules(told.spec, self._engine)
            counters = {rules.positions[name]: last for name, last in told.counters.items()}
            self._open = rules, Shelf({}, itertools.count(), counters), told

    def finish(self) -> None:
        """Make the last table."""
        if not self._begun:
            raise BackupError("it tells of no database in memory")
        self._close()

    def _begin(self, found: Any) -> None:
        if not isinstance(found, dict) or found.get("format") != _FORMAT:
            raise BackupError("it tells of no database in memory")
        if found.get("engine") != self._engine:
            raise BackupError(
                f"the backup is of an InMemory({found.get('engine')!r}), and this is an "
                f"InMemory({self._engine!r})",
                hint="make both with the same emulate=",
            )
        self._begun = True

    def _record(self, found: tuple[Any, ...]) -> None:
        if self._open is None:
            raise BackupError("a record comes before its table")
        rules, shelf, _ = self._open
        if len(found) != len(rules.spec.names):
            raise BackupError(f"it is no record of table {rules.spec.name!r}")
        draft = [rules.fitted(each, place) for place, each in enumerate(found)]
        shelf.put(next(shelf.numbers), rules.completed(draft))

    def _close(self) -> None:
        """Make the table of which all records are there."""
        if self._open is None:
            return
        rules, shelf, told = self._open
        name = rules.spec.name
        if name in self.tables:
            raise BackupError(f"table {name!r} comes twice")
        self.tables[name] = table_of(rules, shelf, told.indexes)
        if told.search is not None:
            self.searches[name] = told.search
        self._open = None

"""Searching by reading every record; scores count how often the words stand there."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Mapping
from typing import Any

import attrs

from scitex.db.adapters.memory import finding, ordering
from scitex.db.adapters.memory.answers import maker
from scitex.db.adapters.memory.expressions import texts
from scitex.db.adapters.memory.expressions.scope import Engine
from scitex.db.adapters.memory.keys import Record as Row
from scitex.db.adapters.memory.session import Session
from scitex.db.adapters.memory.store import Store
from scitex.db.domain.errors import UnsupportedFeatureError
from scitex.db.domain.predicates import OrderTerm
from scitex.db.domain.rows import Record
from scitex.db.domain.search.searching import (
    PORTABLE,
    Search,
    SearchSpec,
    already,
    check_searchable,
    not_enabled,
    searched_columns,
)
from scitex.db.domain.search.searchtext import (
    Beginning,
    SearchText,
    Term,
    Verbatim,
    small,
    stemmed,
    words,
)

Values = tuple[object, ...] | Mapping[str, object]
_NEVER_BESIDE = ""  # stands between the columns, so that no phrase goes from one to the next


class Searching:
    """The calls on searching."""

    _session: Session
    _emulate: Engine

    def enable_search(self, table: str, spec: SearchSpec) -> None:
        with self._session as store:
            wanted = check_searchable(store.table(table).spec, spec)
            if already(table, wanted, store.searches.get(table)):
                return
            if spec.language not in PORTABLE:
                raise UnsupportedFeatureError(
                    f"the in-memory engine cannot search in the language {spec.language!r}",
                    engine="memory",
                    hint="language='simple' finds words as they are, in any language",
                )
            store.search_by({**store.searches, table: wanted})

    def disable_search(self, table: str) -> None:
        with self._session as store:
            store.table(table)
            store.search_by({name: s for name, s in store.searches.items() if name != table})

    def search_of(self, table: str) -> SearchSpec | None:
        with self._session as store:
            store.table(table)
            return store.searches.get(table)

    def search(self, asked: Search, *, values: Values = ()) -> list[tuple[Record, float]]:
        with self._session as store:
            spec = _spec_of(store, asked)
            text = asked.text
            if isinstance(text, str):
                raise UnsupportedFeatureError(
                    "the in-memory engine has no language of searches, so raw=True means nothing",
                    engine="memory",
                    hint="leave raw=True out",
                )
            found = self._found(store, asked, spec, text, values)
            made = maker(store.table(asked.table), None)
            start = min(asked.offset, sys.maxsize)
            end = None if asked.limit is None else min(start + asked.limit, sys.maxsize)
            return [(made(row), score) for row, score in itertools.islice(found, start, end)]

    def _found(
        self, store: Store, asked: Search, spec: SearchSpec, text: SearchText, values: Values
    ) -> list[tuple[Row, float]]:
        table = store.table(asked.table)
        wanted = texts.wanted(asked.where, table.spec, self._emulate, values)
        if not text:
            return []
        names = searched_columns(asked.table, spec, asked.columns)
        places = [table.rules.positions[name] for name in names]
        rows = [row for _, row in finding.found(table, wanted)]
        keys = tuple(OrderTerm(name) for name in table.spec.primary_key)
        rows = ordering.ordered(rows, ordering.terms(keys, table.spec, self._emulate))
        read = [(row, _Read([row[place] for place in places], spec.language)) for row in rows]
        kept = [(row, each.score(text)) for row, each in read if each.meets(text)]
        return sorted(kept, key=lambda pair: -pair[1])


def _spec_of(store: Store, asked: Search) -> SearchSpec:
    store.table(asked.table)
    spec = store.searches.get(asked.table)
    if spec is None:
        raise not_enabled(asked.table)
    searched_columns(asked.table, spec, asked.columns)
    return spec


class _Read:
    """What is written in a record."""

    def __init__(self, given: list[Any], language: str) -> None:
        self._language = language
        self._texts = [small(text) for text in given if isinstance(text, str)]
        self._words: list[str] = []
        for text in self._texts:
            self._words += [*stemmed(words(text), language), _NEVER_BESIDE]

    def meets(self, text: SearchText) -> bool:
        """Say whether all that is wanted is there, and nothing that is not."""
        return all(map(self._count, text.wanted)) and not any(map(self._count, text.unwanted))

    def score(self, text: SearchText) -> float:
        """Count the words, the longer the text the less."""
        counted = sum(self._count(term) for term in text.wanted if not isinstance(term, Verbatim))
        return counted / (1 + math.log(1 + len(self._words)))

    def _count(self, term: Term) -> int:
        if isinstance(term, Verbatim):
            return sum(text.count(term.text) for text in self._texts)
        if isinstance(term, Beginning):
            return sum(map(term.times, self._texts))
        phrase = list(stemmed(term.words, self._language))
        size = len(phrase)
        places = range(len(self._words) - size + 1)
        return sum(self._words[place : place + size] == phrase for place in places)


def renamed(store: Store, name: str, to: str) -> None:
    """Let a table that has another name be searched as before."""
    store.search_by({to if each == name else each: spec for each, spec in store.searches.items()})


def column_renamed(store: Store, name: str, column: str, to: str) -> None:
    """Let a column that has another name be searched as before."""
    spec = store.searches.get(name)
    if spec is not None:
        columns = [to if each == column else each for each in spec.columns]
        store.search_by({**store.searches, name: attrs.evolve(spec, columns=columns)})


def forget(store: Store, name: str) -> None:
    """Forget what was searched in a table that is dropped."""
    store.search_by({each: spec for each, spec in store.searches.items() if each != name})

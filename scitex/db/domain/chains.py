"""Conditions joined by AND or OR: as many as there are, and no deeper than an engine reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scitex.db.domain.errors import InterfaceError
from scitex.db.domain.predicates import And, Or, Predicate

DEEPEST = 50  # SQLite's parser is full from about 75 levels on


def links(node: And | Or) -> Iterator[Predicate]:
    """
    Yield what one AND or OR after another joins, in order.

    Examples
    --------
    >>> from scitex.db.domain.predicates import col
    >>> [each.right.value for each in links((col("a") == 1) | (col("a") == 2) | (col("a") == 3))]
    [1, 2, 3]
    """
    waiting: list[Predicate] = [node]
    while waiting:
        each = waiting.pop()
        if type(each) is type(node):
            waiting += [each.right, each.left]
        else:
            yield each


def joined(kind: type[And] | type[Or], parts: Sequence[Predicate]) -> Predicate:
    """Join conditions so that a thousand of them are ten levels deep."""
    if len(parts) == 1:
        return parts[0]
    middle = (len(parts) + 1) // 2
    return kind(joined(kind, parts[:middle]), joined(kind, parts[middle:]))


def too_deep() -> InterfaceError:
    """Make the error that brackets are nested too deeply."""
    return InterfaceError(
        f"the condition is nested more than {DEEPEST} levels deep",
        hint="join what belongs together, such as col('id').in_([...]); a chain of one operator, "
        "a | b | c, counts as one level",
    )

"""
What an index of stems must be asked for, so that no word with a given beginning is missed.

``generaliz`` is the beginning of *generalization*, of which English keeps the stem ``gener``: an
index of stems knows nothing that begins with ``generaliz``.  It is asked for ``gen`` therefore,
and who asks looks at the texts that are found.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from scitex.db.domain.search.stemming import ENDINGS, has_measure, stem

_LONGEST = 60  # letters that are asked for; FTS5 cuts no word back that is longer than 64 bytes
# Those that are cut off whatever is left, and what they leave so that others may follow:
# ``dat-`` of *dating*, ``conditional-``.
_ALWAYS = {"s", "es", "e", "ed", "ing", "i", "y"}
_LEFT = "at bl abl ibl iz l ion ional able ible abli ibli abiliti ibiliti mentli ementli".split()


def _spelt(ending: str) -> Iterator[str]:
    """Yield an ending as it is written: a y for an i, a consonant that is doubled before -ing."""
    for each in {ending, ending.removesuffix("i") + "y" if ending.endswith("i") else ending}:
        yield each
        yield each + each[-1]


_OTHERS = {spelt for ending in (*ENDINGS, *_LEFT) for spelt in _spelt(ending)}
_SIZES = range(1, max(map(len, _OTHERS)) + 1)


def _begun(endings: Iterable[str]) -> set[str]:
    return {ending[:size] for ending in endings for size in range(1, len(ending) + 1)}


_ALWAYS_BEGUN, _OTHERS_BEGUN = _begun(_ALWAYS), _begun(_OTHERS)


def index_start(beginning: str, language: str) -> str | None:
    """
    Return what the index's form of every word with a beginning begins with.

    Parameters
    ----------
    beginning : str
        Folded, as all words are.
    language : str

    Returns
    -------
    str or None
        One letter at least.  None where the language's stems are not known here.

    Examples
    --------
    >>> index_start("generaliz", "english"), index_start("generaliz", "simple")
    ('gen', 'generaliz')
    """
    if language == "simple":
        return beginning[:_LONGEST]
    if language != "english":
        return None
    beginning = beginning[:_LONGEST]
    start = beginning[: _cut(beginning)]
    if start[1:] and (start[-1] == "y" or start[-1] == start[-2]):  # i for y, one letter for two
        start = start[:-1]
    while not start.startswith(stem(start)):  # the engines cut back what they are asked for
        start = start[:-1]
    return start


@functools.lru_cache(maxsize=512)
def _cut(beginning: str) -> int:
    """Return the first place from which on endings may be cut off, whatever follows."""
    size = len(beginning)
    cuts = [True] * (size + 1)
    for place in range(size - 1, 0, -1):
        rest, others = beginning[place:], has_measure(beginning[:place])
        cuts[place] = (
            rest in _ALWAYS_BEGUN
            or (others and rest in _OTHERS_BEGUN)
            or any(
                cuts[min(place + length, size)]
                and (rest[:length] in _ALWAYS or (others and rest[:length] in _OTHERS))
                for length in _SIZES
            )
        )
    return next(place for place in range(1, size + 1) if cuts[place])

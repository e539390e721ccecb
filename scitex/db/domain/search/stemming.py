"""
Cutting English words back to their stem, by Porter's algorithm.

SQLite and PostgreSQL bring the same algorithm; this one serves what is done outside of them.
"""

from __future__ import annotations

import functools
import re

_CONSONANTS = "[^aeiou][^aeiouy]*"
_VOWELS = "[aeiouy][aeiou]*"
_HAS_ONE = re.compile(f"^(?:{_CONSONANTS})?{_VOWELS}{_CONSONANTS}")
_IS_ONE = re.compile(f"^(?:{_CONSONANTS})?{_VOWELS}{_CONSONANTS}(?:{_VOWELS})?$")
_HAS_TWO = re.compile(f"^(?:{_CONSONANTS})?(?:{_VOWELS}{_CONSONANTS}){{2}}")
_HAS_VOWEL = re.compile(f"^(?:{_CONSONANTS})?[aeiouy]")
_SHORT = re.compile(f"^{_CONSONANTS}[aeiouy][^aeiouwxy]$")
_DOUBLED = re.compile(r"([^aeiouylsz])\1$")

_SECOND = dict(
    pair.split("=")
    for pair in "ational=ate tional=tion enci=ence anci=ance izer=ize bli=ble alli=al entli=ent "
    "eli=e ousli=ous ization=ize ation=ate ator=ate alism=al iveness=ive fulness=ful "
    "ousness=ous aliti=al iviti=ive biliti=ble logi=log".split()
)
_THIRD = dict(
    pair.split("=") for pair in "icate=ic ative= alize=al iciti=ic ical=ic ful= ness=".split()
)
_FOURTH = dict.fromkeys(
    "al ance ence er ic able ible ant ement ment ent ou ism ate iti ous ive ize".split(), ""
)
ENDINGS = (*_SECOND, *_THIRD, *_FOURTH)
_LONGEST_FIRST = {
    id(table): sorted(table, key=len, reverse=True) for table in (_SECOND, _THIRD, _FOURTH)
}


@functools.lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """
    Return the stem of a word in small letters.

    Examples
    --------
    >>> [stem(word) for word in ("running", "runs", "relational", "sky")]
    ['run', 'run', 'relat', 'sky']
    """
    if len(word) < 3:
        return word
    first = word[0]
    word = ("Y" if first == "y" else first) + word[1:]  # a y in front is a consonant
    word = _without_past(_without_plural(word))
    if word.endswith("y") and _HAS_VOWEL.match(word[:-1]):
        word = word[:-1] + "i"
    word = _exchanged(word, _SECOND, _HAS_ONE)
    word = _exchanged(word, _THIRD, _HAS_ONE)
    word = _without_ending(word)
    word = _without_e(word)
    return first + word[1:]


def has_measure(left: str) -> bool:
    """Say whether a vowel and a consonant are left of a word without its ending."""
    return bool(_HAS_ONE.match(left))


def _without_plural(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _without_past(word: str) -> str:
    """Take away ``-eed``, ``-ed`` and ``-ing``, and mend what is left."""
    if word.endswith("eed"):
        return word[:-1] if _HAS_ONE.match(word[:-3]) else word
    ending = next((end for end in ("ed", "ing") if word.endswith(end)), None)
    if ending is None:
        return word
    left = word.removesuffix(ending)
    if not _HAS_VOWEL.match(left):
        return word
    if left.endswith(("at", "bl", "iz")):
        return left + "e"
    if _DOUBLED.search(left):
        return left[:-1]
    return left + "e" if _SHORT.match(left) else left


def _exchanged(word: str, endings: dict[str, str], measure: re.Pattern[str]) -> str:
    """Exchange the longest ending that the word has, if what is left is long enough."""
    for ending in _LONGEST_FIRST[id(endings)]:
        if word.endswith(ending):
            left = word.removesuffix(ending)
            return left + endings[ending] if measure.match(left) else word
    return word


def _without_ending(word: str) -> str:
    if word.endswith(("sion", "tion")):
        return word[:-3] if _HAS_TWO.match(word[:-3]) else word
    return _exchanged(word, _FOURTH, _HAS_TWO)


def _without_e(word: str) -> str:
    if word.endswith("e"):
        left = word[:-1]
        if _HAS_TWO.match(left) or (_IS_ONE.match(left) and not _SHORT.match(left)):
            word = left
    return word[:-1] if word.endswith("ll") and _HAS_TWO.match(word) else word

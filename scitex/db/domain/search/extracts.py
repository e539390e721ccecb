"""Extracts of a text that show where the words asked for stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from scitex.db.domain.search.searchtext import (
    ACCENTS,
    WORD,
    Beginning,
    SearchText,
    Term,
    Verbatim,
    Words,
    small,
    spaced,
    stemmed,
    words,
)

LENGTH = 200  # characters of an extract, about
_LEAD = 40  # characters shown before the first mark
_MARK = "**"
_WRITTEN = re.compile(f"[{WORD}{ACCENTS}]+")

Span = tuple[int, int, int]  # start, end, and which term it is


def best_extract(texts: Iterable[object], asked: SearchText, *, language: str) -> str:
    """
    Return an extract of the text in which most of what was asked for is found.

    Parameters
    ----------
    texts : iterable
        A record's; what is no text is passed over.
    asked : SearchText
    language : str
        Other forms of a word are marked in English only.

    Returns
    -------
    str
        What was found stands between ``**``; ``...`` is where the extract leaves something out.

    Examples
    --------
    >>> from scitex.db.domain.search.searchtext import parsed
    >>> best_extract(["Mice", "The mice were running."], parsed("run mouse"), language="english")
    'The mice were **running**.'
    """
    terms = [_compared(term, language) for term in asked.wanted]
    best, most = "", -1
    for text in texts:
        if isinstance(text, str):
            spans = _spans(text, terms, language)
            distinct = len({which for _, _, which in spans})
            if distinct > most:
                best, most = _cut(text, spans), distinct
    return best


Compared = Beginning | Verbatim | tuple[str, ...]
Written = tuple[int, int, str, str]  # start, end, the word, and its stem


def _compared(term: Term, language: str) -> Compared:
    return stemmed(term.words, language) if isinstance(term, Words) else term


def _spans(text: str, terms: Sequence[Compared], language: str) -> list[Span]:
    """Return where the terms stand in a text, in order."""
    written: list[Written] = []
    for match in _WRITTEN.finditer(text):
        word = next(iter(words(match.group())), "")
        (root,) = stemmed((word,), language)
        written.append((match.start(), match.end(), word, root))
    found: list[Span] = []
    for which, term in enumerate(terms):
        if isinstance(term, Verbatim):
            places = re.finditer(re.escape(term.text), small(text))
            found += [(match.start(), match.end(), which) for match in places]
        else:
            found += _phrases(written, term, which)
    return _apart(sorted(found))


def _phrases(
    written: list[Written], phrase: Beginning | tuple[str, ...], which: int
) -> Iterator[Span]:
    count = len(phrase.words if isinstance(phrase, Beginning) else phrase)
    for place in range(len(written) - count + 1):
        run = written[place : place + count]
        if _is_one(run, phrase):
            yield from ((start, end, which) for start, end, _, _ in run)


def _is_one(run: list[Written], phrase: Beginning | tuple[str, ...]) -> bool:
    """Say whether some words of a text are what is asked for."""
    if isinstance(phrase, Beginning):
        return spaced(word for _, _, word, _ in run).startswith(spaced(phrase.words))
    return tuple(stem for _, _, _, stem in run) == phrase


def _apart(spans: list[Span]) -> list[Span]:
    """Leave out spans that begin before the last one ends."""
    kept: list[Span] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _cut(text: str, spans: list[Span]) -> str:
    """Return the piece of a text that has the most different terms, with marks."""
    start = 0
    if spans and len(text) > LENGTH:
        start = _start(text, max(spans, key=lambda span: _seen(spans, span[0]))[0])
    end = len(text) if len(text) - start <= LENGTH else _end(text, start + LENGTH)
    pieces, place = [], start
    for first, last, _ in spans:
        if start <= first and last <= end:
            pieces += [text[place:first], _MARK, text[first:last], _MARK]
            place = last
    pieces.append(text[place:end])
    return ("..." if start else "") + "".join(pieces) + ("..." if end < len(text) else "")


def _seen(spans: list[Span], start: int) -> tuple[int, int]:
    """Count the different terms, and the earlier the better, in an extract from a place on."""
    inside = {which for first, last, which in spans if start <= first < start + LENGTH - _LEAD}
    return len(inside), -start


def _start(text: str, mark: int) -> int:
    """Return a place before a mark at which a word begins."""
    earliest = max(mark - _LEAD, 0)
    blank = text.find(" ", earliest, mark)
    return 0 if not earliest else (mark if blank < 0 else blank + 1)


def _end(text: str, latest: int) -> int:
    """Return a place at which a word ends."""
    blank = text.rfind(" ", latest - _LEAD, latest + 1)
    return latest if blank < 0 else blank

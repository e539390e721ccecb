"""
What a person types to find something, read the same for every engine.

A *word* is a run of letters and digits, in any of the alphabets that have capitals: Latin,
Greek, Cyrillic and Armenian.  Capitals, and accents on Latin letters, do not count.  All else
that can be read (Chinese, Japanese, Korean, Arabic, Thai, ..., emoji, ``x²``) is looked for as
it stands, anywhere in a text, since such scripts put no blanks between words.  Punctuation
parts words and is not looked for; but a star behind a word says that the word may go on.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Literal

import attrs

from scitex.db.domain.errors import DataError, InterfaceError
from scitex.db.domain.search.stemming import stem
from scitex.db.domain.values import shown

# The letters of words: what SQLite's unicode61 takes for such too.  Python and PostgreSQL read
# this as what stands between the brackets of a regular expression.
WORD = (
    r"0-9A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293"
    r"\u0295-\u02af\u0370-\u0373\u0376\u0377\u037b-\u037d\u0386\u0388-\u038a\u038c"
    r"\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481\u048a-\u0527\u0531-\u0556\u0561-\u0587"
    r"\u1e00-\u1fbc\u1fbe\u1fc2-\u1fcc\u1fd0-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ffc"
)
ACCENTS = r"\u0300-\u036f"
# Other forms of a letter (final sigma, micro, long s), and the one that stands for both.
FOLDED = ("\u03c2\u00b5\u017f", "\u03c3\u03bcs")

LONGEST = 20_000  # characters that are looked for; PostgreSQL takes no more words than these have

_WORDS = re.compile(f"[{WORD}]+")
_LETTER = re.compile(f"[{WORD}{ACCENTS}]")
_ACCENTED = re.compile(f"([A-Za-z])[{ACCENTS}]+")
_FOLD = str.maketrans(*FOLDED)
_QUOTES = str.maketrans("“”„‟", '""""')
_FIRST_SYMBOL = 0x2600  # below are signs such as ° and ©, above the pictures
_JOINERS = "\u200c\u200d"
_PIECE = re.compile(
    r'(?P<minus>(?<!\S)-(?=[^\s-]))?(?:(?<!\w)"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+)|")'
)
Sort = Literal["word", "verbatim", "other"]


@attrs.frozen
class Words:
    """
    Words that stand side by side.

    Attributes
    ----------
    words : tuple of str
        In small letters, without accents.
    """

    words: tuple[str, ...]


@attrs.frozen
class Verbatim:
    """
    Characters that are looked for as they stand.

    Attributes
    ----------
    text : str
        The letters A to Z in it are small ones; their capitals are looked for too.
    """

    text: str


@attrs.frozen
class Beginning:
    """
    Words that stand side by side as they are written, the last of which may go on.

    Attributes
    ----------
    words : tuple of str
        In small letters, without accents.
    """

    words: tuple[str, ...]

    def times(self, text: str) -> int:
        """
        Count how often a text has it.

        Examples
        --------
        >>> Beginning(("place", "cel")).times("Place cells; the place: Celle")
        2
        """
        return spaced(words(text)).count(spaced(self.words))


Term = Words | Beginning | Verbatim


@attrs.frozen
class SearchText:
    """
    What a text asks for.

    Attributes
    ----------
    wanted : tuple of Term
        All of these must be found.
    unwanted : tuple of Term
        None of these may be.
    """

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()

    @property
    def beginnings(self) -> tuple[Beginning, ...]:
        """The beginnings that are wanted."""
        return tuple(term for term in self.wanted if isinstance(term, Beginning))

    @property
    def phrases(self) -> tuple[tuple[str, ...], ...]:
        """The words that are wanted."""
        return tuple(term.words for term in self.wanted if isinstance(term, Words))

    def __bool__(self) -> bool:
        return bool(self.wanted or self.unwanted)


def checked(text: object) -> str:
    """
    Return a text that can be looked for.

    Raises
    ------
    InterfaceError
        If it is no str.
    DataError
        If it holds NUL or a lone surrogate, or is too long.
    """
    if not isinstance(text, str):
        raise InterfaceError(
            f"search looks for text, not for {shown(text)}", hint="pass a str: str(value)"
        )
    if len(text) > LONGEST:
        raise DataError(
            f"a text to be found has at most {LONGEST:,} characters, not {len(text):,}",
            hint="look for some of its words",
        )
    if "\0" in text:
        raise DataError(
            f"a text to be found must not hold NUL: {shown(text)}", hint="take the NUL out"
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise DataError(
            f"a text to be found must be valid Unicode: {shown(text)}",
            hint="decode it properly; a lone surrogate stands for no character",
        ) from None
    return text


def parsed(text: str) -> SearchText:
    """
    Read what a person typed; there is no text that is an error.

    Parameters
    ----------
    text : str
        Words, ``"phrases in quotes"``, either with ``*`` behind its last word, which may go on
        then, and with ``-`` before it for what must not be.

    Examples
    --------
    >>> parsed("Covid-19 -mouse").wanted, parsed("Covid-19 -mouse").unwanted
    ((Words(words=('covid', '19')),), (Words(words=('mouse',)),))
    >>> parsed('hippo* "place cel*"').wanted
    (Beginning(words=('hippo',)), Beginning(words=('place', 'cel')))
    >>> parsed("C++ 日本、東京").wanted
    (Words(words=('c',)), Verbatim(text='日本'), Verbatim(text='東京'))
    >>> parsed('?!"')
    SearchText(wanted=(), unwanted=())
    """
    wanted: dict[Term, None] = {}
    unwanted: dict[Term, None] = {}
    for piece in _PIECE.finditer(unicodedata.normalize("NFC", text).translate(_QUOTES)):
        terms = unwanted if piece["minus"] else wanted
        if piece["quoted"] is not None:
            terms.update(dict.fromkeys(_quoted(piece["quoted"])))
        elif piece["plain"]:
            terms.update(dict.fromkeys(_plain(piece["plain"])))
    return SearchText(tuple(wanted), tuple(unwanted))


def _quoted(text: str) -> Iterator[Term]:
    """Read a phrase: its words, or all of it as it stands where not all of it is words."""
    if any(_sort(letter) == "verbatim" for letter in text):
        yield from _verbatim(text)
    elif found := words(text):
        yield Beginning(found) if _goes_on(text) else Words(found)


def _plain(text: str) -> Iterator[Term]:
    """Read what stands between blanks: words side by side, parted by what is none."""
    beside: list[str] = []
    for run in _runs(text):
        if any(_sort(letter) == "verbatim" for letter in run):
            if beside:
                yield Words(tuple(beside))
                beside = []
            yield from _verbatim(run)
        else:
            beside += words(run)
    if beside:
        yield Beginning(tuple(beside)) if _goes_on(text) else Words(tuple(beside))


def _goes_on(text: str) -> bool:
    """Say whether a single star is right behind the last word, and no more to be read."""
    left = text.rstrip("".join({letter for letter in text if _sort(letter) == "other"}))
    return text[len(left) :].startswith("*") and not text[len(left) :].startswith("**")


def _runs(text: str) -> Iterator[str]:
    """Cut a text at its punctuation."""
    start = None
    for place, letter in enumerate(text):
        if _sort(letter) == "other":
            if start is not None:
                yield text[start:place]
            start = None
        elif start is None:
            start = place
    if start is not None:
        yield text[start:]


def _verbatim(text: str) -> Iterator[Verbatim]:
    while text and _sort(text[0]) == "other":
        text = text[1:]
    while text and _sort(text[-1]) == "other":
        text = text[:-1]
    if any(_stands_alone(letter) for letter in text):
        yield Verbatim(small(text))


@functools.lru_cache(maxsize=4096)
def _sort(letter: str) -> Sort:
    """Say what a character is part of."""
    if _LETTER.match(letter):
        return "word"
    if _stands_alone(letter) or letter in _JOINERS or unicodedata.category(letter)[0] == "M":
        return "verbatim"
    return "other"


def _stands_alone(letter: str) -> bool:
    """Say whether a character is a letter, a number or a picture."""
    category = unicodedata.category(letter)
    picture = category in {"So", "Sk"} and ord(letter) >= _FIRST_SYMBOL
    return category[0] in "LN" or picture


_SMALL = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def small(text: str) -> str:
    """Return a text with small letters for A to Z, and nothing else changed."""
    return text.translate(_SMALL)


def folded(text: str) -> str:
    """
    Return a text without capitals, and without accents on Latin letters.

    Examples
    --------
    >>> folded("Ångström, ΣΊΣΥΦΟΣ, Й")
    'angstrom, σίσυφοσ, й'
    """
    if text.isascii():
        return text.lower()
    bare = _ACCENTED.sub(r"\1", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", bare).lower().translate(_FOLD)


def words(text: str) -> tuple[str, ...]:
    """
    Return the words of a text, folded, in order.

    Examples
    --------
    >>> words("Don't: C++ (café)")
    ('don', 't', 'c', 'cafe')
    """
    return tuple(_WORDS.findall(folded(text)))


def spaced(found: Iterable[str]) -> str:
    """Return words with a blank before each, so that a beginning of one can be looked for."""
    return "".join(f" {word}" for word in found)


def stemmed(found: tuple[str, ...], language: str) -> tuple[str, ...]:
    """Return words as they are compared in a language; only English ones are cut back here."""
    return tuple(map(stem, found)) if language == "english" else found


def beginning(word: str, language: str) -> str:
    """
    Return what a word and most of its other forms begin with.

    Examples
    --------
    >>> beginning("happiness", "english"), beginning("running", "english")
    ('happ', 'run')
    """
    (found,) = stemmed((word,), language)
    while not word.startswith(found):
        found = found[:-1]
    return found.removesuffix("i") or word[:1]


def certain_beginning(word: str, language: str) -> str:
    """
    Return what a word and all of its other forms begin with.

    Only the last two letters of a stem may be others than those of a word: ``happi`` for
    *happy*, ``hope`` for *hoping*, ``capabl`` for *capability*.

    Examples
    --------
    >>> certain_beginning("capable", "english"), certain_beginning("as", "simple")
    ('capa', 'as')
    """
    if language != "english":
        return word
    return stem(word)[:-2] or word[0]

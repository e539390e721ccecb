"""
How PostgreSQL is made to see the words that `searchtext` sees.

Its own parser would take ``covid-19`` for a word and a negative number, ``a/b`` for a file and
``x@y.org`` for an address, takes all but ASCII for letters where the database's order is C, and
its configurations leave out words such as "not".  So the text is brought to plain words before
the parser gets it, and the configuration is one of our own.
"""

from __future__ import annotations

from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.domain.search.searching import PORTABLE
from scitex.db.domain.search.searchtext import ACCENTS, FOLDED, WORD, Beginning, certain_beginning
from scitex.db.domain.search.wordstarts import index_start

# A record's vector of words takes at most a megabyte: no more than this is read of its texts.
_MOST = 300_000
_WRITTEN = 8
_STEMMERS = {"english": "porter"}  # the same algorithm that SQLite has


def stemmer(language: str) -> str:
    """Return the name of the algorithm that cuts words of a language back."""
    return _STEMMERS.get(language, language)


def vector(config: str, columns: tuple[str, ...], *, lower: str) -> str:
    """
    Spell the vector of the words in some columns, for text that goes to the driver.

    Parameters
    ----------
    config : str
        The quoted name of the text search configuration.
    columns : tuple of str
    lower : str
        The quoted name of the collation by which capitals are told; empty text for the
        database's own.
    """
    most = _MOST // len(columns)
    return POSTGRESQL.literal(" || ".join(_words(config, each, lower, most) for each in columns))


def _words(config: str, column: str, lower: str, most: int) -> str:
    literal = config.replace("'", "''")
    return f"to_tsvector('{literal}'::regconfig, {_plain(column, lower, most)})"


def _plain(column: str, lower: str, most: int) -> str:
    """Spell the text of a column with nothing in it but words and blanks."""
    text = f"left(coalesce({POSTGRESQL.quoted(column)}, '')::text COLLATE \"C\", {most})"
    bare = f"regexp_replace(normalize({text}, NFD), '([A-Za-z])[{ACCENTS}]+', '\\1', 'g')"
    small = f"lower(normalize({bare}, NFC)" + (f" COLLATE {lower})" if lower else ")")
    folded = f"(translate({small}, '{FOLDED[0]}', '{FOLDED[1]}') COLLATE \"C\")"
    known = f"CASE WHEN octet_length({text}) = char_length({text}) THEN {text} ELSE {folded} END"
    return f"regexp_replace({known}, '[^{WORD}]+', ' ', 'g')"


def has_beginning(column: str, *, lower: str) -> str:
    """Spell that a column's text has words of which the last may go on; binds one text."""
    plain = POSTGRESQL.literal(_plain(column, lower, _MOST))
    return f"strpos(' ' || lower({plain}), %s) > 0"


def phrase(words: tuple[str, ...]) -> str:
    """
    Spell words that stand side by side for to_tsquery().

    A word holds letters and digits only, so that quotes around it are never left.
    """
    spelt = " <-> ".join(f"'{word}'" for word in words)
    return f"({spelt})" if len(words) > 1 else spelt


def likely_words(term: Beginning, language: str) -> list[str]:
    """Spell for to_tsquery() the words that a text has which has a beginning."""
    start = index_start(term.words[-1], language)
    last = [] if start is None else [f"'{start}':*"]
    return [*(f"'{word}'" for word in term.words[:-1]), *last]


def written(words: tuple[str, ...], language: str) -> str | None:
    """
    Spell a regular expression that a text of ASCII must meet to have a phrase.

    Where it is not met no vector need be made, which takes five times as long.  The first words
    are enough for that.  None where the language's other forms of a word are not known here.
    """
    if language not in PORTABLE:
        return None
    beginnings = [certain_beginning(word, language) for word in words[:_WRITTEN]]
    return "[a-z0-9]*[^a-z0-9]+".join(beginnings)


def likely(column: str) -> str:
    """Spell that a column's text meets `written`, or that it cannot be told."""
    text = f"coalesce({POSTGRESQL.name(column)}, '')::text COLLATE \"C\""
    return f"(octet_length({text}) <> char_length({text}) OR lower({text}) ~ %s)"

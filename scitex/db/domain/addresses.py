"""What the text of an address is: a URL, keywords, or a name."""

from __future__ import annotations

import re

_URL = re.compile(r"\s*[a-z][a-z0-9+.-]*(:[a-z0-9+.-]+)*://", re.IGNORECASE)
_POSTGRESQL = re.compile(r"\s*(postgresql|postgres)(\+\w+)?://", re.IGNORECASE)
# What is taken for keywords in one text, as libpq takes it, and not for a database's name.
_KEYWORDS = re.compile(
    r"(?:^|\s)(host|hostaddr|port|dbname|user|password|passfile|service|sslmode|options)\s*="
)
_SECRET = re.compile(r"(://[^\s/?#@:]*:)\S*@|(password\s*=\s*)(?:'[^']*'|[^\s&']+)")
_PLAIN_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.IGNORECASE)


def is_url(text: str) -> bool:
    """
    Say whether a text begins as a URL does, of whatever scheme.

    Examples
    --------
    >>> is_url("jdbc:postgresql://lab/db"), is_url("data/my.db")
    (True, False)
    """
    return _URL.match(text) is not None


def is_postgresql(text: str) -> bool:
    """
    Say whether a text is the URL of a PostgreSQL database.

    Examples
    --------
    >>> is_postgresql(" POSTGRES+psycopg2://lab/db"), is_postgresql("mysql://lab/db")
    (True, False)
    """
    return _POSTGRESQL.match(text) is not None


def has_keywords(text: str) -> bool:
    """
    Say whether a text is ``host=lab dbname=results``, as libpq takes it.

    Examples
    --------
    >>> has_keywords("connect_timeout=3 host = lab"), has_keywords("a=b")
    (True, False)
    """
    return _KEYWORDS.search(text) is not None


def scheme(text: str) -> str:
    """
    Return the scheme of a URL in small letters; empty where it might hide a secret.

    Examples
    --------
    >>> scheme("MySQL://lab/db"), scheme("password=secret host=x://")
    ('mysql', '')
    """
    before = text.partition("://")[0].strip()
    return before.lower() if _PLAIN_SCHEME.fullmatch(before) else ""


def masked(text: str) -> str:
    """
    Return a text without the passwords of the addresses in it.

    Examples
    --------
    >>> masked("no file postgresql://me:se@cret@lab/db?sslpassword=x")
    'no file postgresql://me:***@lab/db?sslpassword=***'
    """
    return _SECRET.sub(lambda found: f"{found[1]}***@" if found[1] else f"{found[2]}***", text)

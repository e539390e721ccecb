"""Where a database is, in the three ways that people write it down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import attrs

# Text and numbers.  Any, because a type checker wants to know of each keyword of
# ``psycopg2.connect(**params)`` what a dict does not tell it.
Parameters = dict[str, Any]


def _copied(params: Mapping[str, object]) -> Parameters:
    return dict(params)


@attrs.frozen(repr=False)
class Address:
    """
    One database on one server.

    Attributes
    ----------
    params : dict of str to str or int
        Keywords for ``psycopg2.connect``.
    """

    params: Parameters = attrs.field(converter=_copied)

    def __repr__(self) -> str:
        """Name the address without its password."""
        return f"Address({str(self)!r})"

    def __str__(self) -> str:
        """Spell the address without its password."""
        return _spelt({k: v for k, v in self.params.items() if k != "password"})

    @property
    def dsn(self) -> str:
        """The address as libpq's ``keyword=value`` text, password included."""
        return _spelt(self.params)

    @property
    def url(self) -> str:
        """The address as a ``postgresql://`` URL, password included."""
        rest = dict(self.params)
        user = _escaped(rest.pop("user", ""))
        if "password" in rest:
            user += ":" + _escaped(rest.pop("password"))
        host, port = str(rest.get("host", "")), str(rest.get("port", ""))
        # A host that is a folder, an IPv6 address or a list only fits into the query part.
        if re.fullmatch(r"[\w.-]*", host) and re.fullmatch(r"\d*", port):
            rest.pop("host", None)
            rest.pop("port", None)
            place = host + (f":{port}" if port else "")
        else:
            place = ""
        database = _escaped(rest.pop("dbname", ""))
        query = urlencode(rest, quote_via=quote, safe="")
        return f"postgresql://{user + '@' if user else ''}{place}/{database}" + (
            f"?{query}" if query else ""
        )

    def having(self, **params: object) -> Address:
        """Return a copy in which `params` replace what was said before."""
        return Address({**self.params, **params})


def _spelt(params: Mapping[str, object]) -> str:
    return " ".join(f"{name}={_quoted(value)}" for name, value in params.items())


def _quoted(value: object) -> str:
    text = str(value)
    if re.fullmatch(r"[\w./:@+-]+", text, re.ASCII):
        return text
    return "'" + re.sub(r"(['\\])", r"\\\1", text) + "'"


def _escaped(value: object) -> str:
    return quote(str(value), safe="")

"""What a restored text may say: what makes a database, nothing that reaches outside it."""

from __future__ import annotations

import re

_PART = r'(?:"(?:[^"]|"")*"|[\w$]+)'
_NAME = rf"{_PART}(?:\.{_PART})?"
_SKIPPED = re.compile(
    r"BEGIN\s*;|COMMIT\s*;|GRANT\s|REVOKE\s|ALTER\s+DEFAULT\s+PRIVILEGES\s|COMMENT\s+ON\s+EXTENSION\s"
    r"|SET\s+(SESSION\s+|LOCAL\s+)?\w*_timeout\s*(=|TO)\s*'?\w+'?\s*;"
    rf"|ALTER\s+[\w\s]+?\s{_NAME}(\s*\([^;]*\))?(\s+USING\s+\w+)?\s+OWNER\s+TO\s+{_PART}\s*;$",
    re.IGNORECASE | re.DOTALL,
)
_SETTINGS = (
    "client_min_messages|check_function_bodies|xmloption|row_security|default_tablespace|"
    "default_table_access_method|default_with_oids|restrict_nonsystem_relation_kind"
)
_LITERAL = r"(?:-?\d+|true|false|'(?:[^']|'')*')"
_ALLOWED = re.compile(
    rf"SET\s+(?:{_SETTINGS})\s*(=|TO)\s*(?:\w+|'\w*'|\"\w*\")\s*;$"
    r"|SET\s+client_encoding\s*(=|TO)\s*'UTF-?8'\s*;$"
    r"|SET\s+standard_conforming_strings\s*(=|TO)\s*'?on'?\s*;$"
    r"|SELECT\s+pg_catalog\.set_config\('search_path',\s*'[^']*',\s*false\)\s*;$"
    rf"|SELECT\s+pg_catalog\.(setval|lo_create|lo_open|lowrite|lo_close)\("
    rf"{_LITERAL}(,\s*{_LITERAL})*\)\s*;$"
    r"|CREATE\s+(OR\s+REPLACE\s+)?((UNLOGGED\s+)?(TABLE|SEQUENCE)|(RECURSIVE\s+)?VIEW"
    r"|MATERIALIZED\s+VIEW|(UNIQUE\s+)?INDEX|FUNCTION|PROCEDURE|AGGREGATE|TYPE|DOMAIN"
    r"|(CONSTRAINT\s+)?TRIGGER|RULE|POLICY|SCHEMA|COLLATION|OPERATOR|STATISTICS|TEXT\s+SEARCH"
    r"|CAST|CONVERSION)\s"
    r"|ALTER\s+(TABLE|SEQUENCE|INDEX|VIEW|MATERIALIZED\s+VIEW|TYPE|DOMAIN|FUNCTION|PROCEDURE"
    r"|AGGREGATE|STATISTICS|TEXT\s+SEARCH|OPERATOR|COLLATION|LARGE\s+OBJECT)\s"
    r"|COMMENT\s+ON\s|REFRESH\s+MATERIALIZED\s+VIEW\s|INSERT\s+INTO\s"
    rf"|COPY\s+{_NAME}\s*(\(\s*{_PART}(\s*,\s*{_PART})*\s*\))?\s*FROM\s+stdin\s*;$",
    re.IGNORECASE | re.DOTALL,
)
_EXTENSION = re.compile(
    r'CREATE\s+EXTENSION\s+IF\s+NOT\s+EXISTS\s+("(?:[^"]|"")+"|\w+)[^;]*;$', re.IGNORECASE
)
_SCHEMA = re.compile(r"(CREATE\s+SCHEMA)(\s+(?:\"(?:[^\"]|\"\")+\"|\w+)\s*;)$", re.IGNORECASE)
_COMMENTS = re.compile(r"\A(\s+|--[^\n]*\n|/\*.*?\*/)+", re.DOTALL)


def bare(text: str) -> str:
    """Return a statement without the comments before it."""
    return _COMMENTS.sub("", text)


def is_skipped(text: str) -> bool:
    """Say whether a statement is left out: of owners, of rights, of waiting."""
    return _SKIPPED.match(text) is not None


def is_allowed(text: str) -> bool:
    """Say whether a statement makes a part of a database."""
    return _ALLOWED.match(text) is not None


def extension_in(text: str) -> str | None:
    """Return the name of the extension that a statement asks for."""
    found = _EXTENSION.match(text)
    if found is None:
        return None
    name = found[1]
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def tolerant(text: str) -> str:
    """Let a schema be there already."""
    return _SCHEMA.sub(r"\1 IF NOT EXISTS\2", text)

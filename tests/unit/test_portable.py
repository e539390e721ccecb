"""SQL text that means the same on every engine is told from what does not."""

from __future__ import annotations

import pytest

from scitex.db.domain.sql.portable import portable, portable_default
from scitex.db.domain.sql.sqltext import Syntax
from scitex.db.domain.types import Kind

LITE, POST = Syntax.SQLITE, Syntax.POSTGRESQL
COLUMNS = ("score", "x", "Mixed", 'a "b"')
CARRIED = [
    (POST, "(score > (0)::double precision)", '"score" > 0'),
    (
        POST,
        "((x)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
        "\"x\" IN ('a', 'b')",
    ),
    (POST, "(x <> ALL (ARRAY[1, 2]))", '"x" NOT IN (1, 2)'),
    (POST, "(score > '-5'::integer)", '"score" > -5'),
    (POST, "((x)::character varying(50) <> ''::text)", "\"x\" <> ''"),
    (LITE, "x IS NOT NULL AND length(x) < 5", "x IS NOT NULL AND LENGTH(x) < 5"),
    (LITE, "x == 5", '"x" = 5'),
    (LITE, '"Mixed" between 1 and 2', '"Mixed" BETWEEN 1 AND 2'),
    (LITE, "`Mixed` > 1 -- a remark", '"Mixed" > 1'),
    (LITE, "MIXED > 1", '"Mixed" > 1'),
    (LITE, "x <> 'it''s == -- ANY (ARRAY[1])'", "\"x\" <> 'it''s == -- ANY (ARRAY[1])'"),
    (POST, "(x <> '= ANY (ARRAY[1])'::text)", "x <> '= ANY (ARRAY[1])'"),
    (LITE, '"a ""b""" > 0', '"a ""b""" > 0'),
]
LEFT = [
    (POST, "(x ~~ 'a%'::text)"),
    (POST, "(lower(x) = 'a'::text)"),
    (POST, "(x ~ '^a'::text)"),
    (POST, "nextval('s'::regclass)"),
    (LITE, "x GLOB 'a*'"),
    (LITE, "x LIKE 'a%'"),
    (LITE, "x / 2 > 1"),
    (LITE, "x % 2 = 0"),
    (LITE, 'x IN ("a", "b")'),
    (LITE, "other > 1"),
    (LITE, "x = (SELECT 1)"),
]


@pytest.mark.parametrize(("syntax", "text", "meant"), CARRIED)
def test_what_means_the_same_is_spelt_anew(syntax: Syntax, text: str, meant: str) -> None:
    """What means the same everywhere is spelt without what only one engine reads."""
    found = portable(text, syntax, COLUMNS)

    assert (found or "").replace('"x"', "x") == meant.replace('"x"', "x")


@pytest.mark.parametrize(("syntax", "text"), LEFT)
def test_what_may_mean_something_else_is_left(syntax: Syntax, text: str) -> None:
    """What engines may read in different ways is not carried."""
    assert portable(text, syntax, COLUMNS) is None


@pytest.mark.parametrize(
    ("syntax", "text", "kind", "meant"),
    [
        (POST, "'x'::text", Kind.TEXT, "'x'"),
        (POST, "'-1.50'::numeric", Kind.NUMERIC, "-1.50"),
        (POST, "'-1'::integer", Kind.INTEGER, "-1"),
        (POST, "'{}'::jsonb", Kind.JSON, "'{}'"),
        (POST, "now()", Kind.TIMESTAMPTZ, "CURRENT_TIMESTAMP"),
        (POST, "true", Kind.BOOLEAN, "TRUE"),
        (LITE, "0", Kind.BOOLEAN, "FALSE"),
        (LITE, "x'00'", Kind.BLOB, None),
        (LITE, "datetime('now')", Kind.TIMESTAMP, None),
        (POST, "gen_random_uuid()", Kind.UUID, None),
    ],
)
def test_defaults_are_carried_by_what_they_mean(
    syntax: Syntax, text: str, kind: Kind, meant: str | None
) -> None:
    """A default is spelt anew where every engine has it."""
    assert portable_default(text, syntax, kind) == meant

"""Expressions that say the same are the same, however they are spelt."""

from __future__ import annotations

import pytest

from scitex.db.domain.sql.sqlmeaning import meaning
from scitex.db.domain.sql.sqltext import Syntax

SAME = [
    ("score > 0", "(score > (0)::double precision)"),
    ("x IN ('a', 'b')", "(x = ANY (ARRAY['a'::text, 'b'::text]))"),
    ("x NOT IN ('a', 'b')", "(x <> ALL (ARRAY['a'::text, 'b'::text]))"),
    ("x IN (5)", "(x = 5)"),
    ("x BETWEEN 1 AND 9 AND y = 2", "((x >= 1) AND (x <= 9) AND (y = 2))"),
    ("x NOT BETWEEN 1 AND 9", "((x < 1) OR (x > 9))"),
    ("x LIKE 'a%'", "(x ~~ 'a%'::text)"),
    ("NOT x LIKE 'a%'", "(x !~~ 'a%'::text)"),
    ("x IS NOT NULL", "(x IS NOT NULL)"),
    ("NOT x IS NULL", "(x IS NOT NULL)"),
    ("x NOTNULL", "(x IS NOT NULL)"),
    ("x != 3", "(x <> 3)"),
    ("-1", "'-1'::integer"),
    ("-1.5", "'-1.5'::numeric"),
    ("'it''s'", "'it''s'::character varying(9)"),
    ('\'{"b": 1, "a": [2]}\'', '\'{"a": [2], "b": 1}\'::jsonb'),
    ("TRUE", "true"),
    ("1e-3", "0.001"),
    ("+5", "5"),
    ("(a, b) = (1, 2)", "((a, b) = (1, 2))"),
    ("count(*) > 0", "(count(*) > 0)"),
    ("now()", "NOW( )"),
    ("a IS NOT b", "(a IS DISTINCT FROM b)"),
    ("NOT NOT a", "a"),
    ("a IS NOT DISTINCT FROM 1", "(NOT (a IS DISTINCT FROM 1))"),
    ("'{not json'", "'{not json'::text"),
    ("a COLLATE NOCASE = 'x'", "((a COLLATE \"nocase\") = 'x'::text)"),
    ("CASE a WHEN 1 THEN 'x' END", "CASE a WHEN 1 THEN 'x'::text END"),
    ("a <> ''", "(a <> (''::character varying(5))::text)"),
    ("2.5E+2 + x", "(250.0 + x)"),
    ("trim(c)", "TRIM(BOTH FROM c)"),
    ("ltrim(c, 'x')", "TRIM(LEADING 'x'::text FROM c)"),
    ("1", "TRUE"),
    ("current_timestamp", "CURRENT_TIMESTAMP"),
    ("'2025-01-01'", "'2025-01-01 '::timestamp without time zone".replace(" '", "'")),
    ("lower(Name)", 'lower("Name")'),
    ("a*2+b", "((a * 2) + b)"),
    ("a or b and c", "(a OR (b AND c))"),
    ("NOT a AND b", "((NOT a) AND b)"),
    ("CAST(a AS REAL) / b", "((a)::double precision / b)"),
    ("coalesce(a, 'x') || b", "(COALESCE(a, 'x'::text) || b)"),
    ("CASE WHEN a > 1 THEN 'x' ELSE 'y' END", "CASE WHEN (a > 1) THEN 'x'::text ELSE 'y' END"),
    ("name COLLATE BINARY <> ''", "((name COLLATE \"C\") <> ''::text)"),
    ("length(`a b`) > 2", '(length("a b") > 2)'),
    ("t.a > 1", "(a > 1)"),
]
OTHERS = [
    ("a > 0", "a >= 0"),
    ("a > b", "b > a"),
    ("(a OR b) AND c", "a OR b AND c"),
    ("a - b", "b - a"),
    ("a - (b - c)", "(a - b) - c"),
    ("'a'", "'A'"),
    ("'1'", "1"),
    ("'1e-3'", "'0.001'"),
    ("trim(c)", "ltrim(c)"),
    ("x IN (1, 2)", "x IN (1, 3)"),
    ("x IS NULL", "x IS NOT NULL"),
    ("NOT (a AND b)", "NOT a AND b"),
    ("x LIKE 'a'", "x ILIKE 'a'"),
    ("-(a + b)", "-a + b"),
]


@pytest.mark.parametrize(("here", "there"), SAME)
def test_spelling_does_not_count(here: str, there: str) -> None:
    """What PostgreSQL writes means what was given."""
    assert meaning(here) == meaning(there, Syntax.POSTGRESQL)


@pytest.mark.parametrize(("here", "there"), OTHERS)
def test_what_says_something_else_is_told(here: str, there: str) -> None:
    """What says something else is not the same."""
    assert meaning(here) != meaning(there)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a ? b",
        "extract(epoch FROM x)",
        "x ->",
        "(a",
        "CASE a",
        "a b c",
        "::x",
        "'x",
        "a IN 5",
        "a = ANY (b)",
        "a NOT b",
        "a NOT REGEXP b",
        "CAST(a AS 5)",
        "0x1F",
        "a = ANY ARRAY[1]",
    ],
)
def test_what_is_not_understood_is_compared_by_its_words(text: str) -> None:
    """Whatever stands there, it is like itself, blanks and capitals aside."""
    assert meaning(text) == meaning(f"  {text.upper()} ".replace(" FROM ", "   FROM "))
    assert meaning(text) != meaning(f"{text} more")

"""Reading SQL text: what is code, what is not, and what may stand in a clause."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scitex.db.domain.errors import ParameterError, UnsafeFragmentError
from scitex.db.domain.sql.sqltext import (
    Syntax,
    Template,
    declaration,
    first_words,
    fragment,
    marks,
    statement,
    tokens,
)
from scitex.db.testing.naming import told

LITE, POST = Syntax.SQLITE, Syntax.POSTGRESQL
BOTH = [LITE, POST]

# Text that is likely to hold what the scanner must tell apart.
WORDS = """' '' " ` [ ] ( ) ; -- /* */ ? ?? :a :: $$ $tag$ $1 E' e'\\'' \\ % a SELECT union 1 é ?1
begin atomic create trigger limit @x # { }""".split()
PIECES = st.sampled_from([*WORDS, *(word + " " for word in WORDS), " ", "\n", "\r", "\0"])
SQL = st.lists(PIECES, max_size=15).map("".join) | st.text(max_size=30)


def kinds(text: str, syntax: Syntax) -> list[str]:
    """Name what each piece of a text is, blanks left out."""
    return [token.kind for token in tokens(text, syntax) if token.kind != "space"]


@pytest.mark.parametrize("syntax", BOTH)
@given(text=SQL)
def test_pieces_joined_are_the_text(text: str, syntax: Syntax) -> None:
    """Cutting a text loses nothing of it, whatever it is."""
    assert "".join(token.text for token in tokens(text, syntax)) == text


@pytest.mark.parametrize("syntax", BOTH)
@given(text=SQL)
def test_no_piece_is_empty(text: str, syntax: Syntax) -> None:
    """Every piece has text, so that cutting comes to an end."""
    assert all(token.text for token in tokens(text, syntax))


KINDS = [
    (LITE, "a = '?'", ["word", "other", "string"]),
    (LITE, "'it''s'", ["string"]),
    (LITE, '"a ""b"""', ["name"]),
    (LITE, "`a``b`", ["name"]),
    (LITE, "[a;b]", ["name"]),
    (LITE, "a -- ; ' \n = 1", ["word", "comment", "other", "number"]),
    (LITE, "/* ; ' */ 1", ["comment", "number"]),
    (LITE, "/* never closed", ["comment"]),
    (LITE, "/* a /* b */ c", ["comment", "word"]),
    (LITE, "E'a\\'", ["word", "string"]),
    (LITE, "$$;$$", ["broken", "semicolon", "broken"]),
    (LITE, "a = 1e5", ["word", "other", "number"]),
    (LITE, "'open", ["broken", "word"]),
    (LITE, '"open', ["broken", "word"]),
    (LITE, "`open", ["broken", "word"]),
    (POST, '"a""b"', ["name"]),
    (POST, "a[1]", ["word", "open", "number", "close"]),
    (POST, "`", ["broken"]),
    (POST, "E'it\\'s ;'", ["escapes"]),
    (POST, "e'\\\\' ;", ["escapes", "semicolon"]),
    (POST, "'\\' ;", ["string", "semicolon"]),
    (POST, "$$ ; ' $$", ["dollars"]),
    (POST, "$a$ $$ ; $$ $a$", ["dollars"]),
    (POST, "$a$ $b$ $a$", ["dollars"]),
    (POST, "$a$ open", ["broken", "word"]),
    (POST, "a$b$c", ["word"]),
    (POST, "/* a /* ; */ b */ 1", ["comment", "number"]),
    (POST, "/* a /* ; */ b", ["comment"]),
    (POST, "a -- b\r; c", ["word", "comment", "semicolon", "word"]),
    (POST, "a::text", ["word", "cast", "word"]),
    (POST, "a ?? 'b'", ["word", "escaped", "string"]),
    (POST, "a ? b", ["word", "question", "word"]),
    (POST, ":name :1", ["named", "other", "number"]),
    (POST, "ключ = 1", ["word", "other", "number"]),
]


@pytest.mark.parametrize(("syntax", "text", "expected"), KINDS)
def test_pieces_are_told_apart(syntax: Syntax, text: str, expected: list[str]) -> None:
    """Strings, names, comments and placeholders are told from code by the engine's rules."""
    assert kinds(text, syntax) == expected


REFUSED = [
    "1=1; DROP TABLE users",
    "1=1;",
    ";",
    "id = 1 -- and the rest",
    "id = 1 --",
    "--",
    "/* */",
    "id = 1 /* open",
    "id /* inside */ = 1",
    "",
    " ",
    "\n\t",
    "name = 'open",
    'name = "open',
    "name = 'a''",
    "id = 1)",
    "(id = 1",
    "1=1) OR (1=1",
    "id = 1) UNION SELECT (1",
    "a[1",
    "(a]",
    "id = 1\0",
    "id = 1 LIMIT 1",
    "id = 1 limit 1",
    "id = 1 UNION SELECT 1",
    "id = 1 EXCEPT SELECT 1",
    "id = 1 INTERSECT SELECT 1",
    "id = 1 ORDER BY 1",
    "id = 1 GROUP BY 1",
    "id = 1 HAVING 1",
    "id = 1 RETURNING *",
    "id = 1 OFFSET 1",
    "id = 1 FOR UPDATE",
    "id = 1 FETCH FIRST ROW ONLY",
    "id = 1 WINDOW w AS ()",
    "SELECT 1",
    "DELETE FROM users",
    "id = 1 WHERE 1=1",
    "id = 1 INTO x",
]
REFUSED_LITE = ["name = `open", "[open", "$$ ; $$"]
REFUSED_POST = [
    "name = E'open\\'",
    "name = $$open",
    "name = $a$ x $b$",
    "name = '\\'; DROP TABLE users; --'",
    "/* /* */ 1=1",
]
ALLOWED = [
    "name = 'a;b'",
    "name = 'x--y'",
    "name = '/* no comment */'",
    "name = 'it''s'",
    'name = "a;b"',
    "id IN (SELECT id FROM users WHERE score > 1 ORDER BY score LIMIT 3)",
    "EXISTS (SELECT 1 FROM users UNION SELECT 2)",
    "score - -1 > 0",
    "name LIKE '100%' OR name LIKE 'a_b'",
    "(a = 1) AND (b = 2)",
    "limits = 1 AND offset_ = 2",
    'name = "limit"',
    "CASE WHEN a THEN b ELSE c END = 1",
    "\n  sensor_id = 'x'\n  AND timestamp BETWEEN '2025-01-01' AND '2025-02-01'\n",
]
ALLOWED_LITE = ["name = `a;b`", "name = [a;b]", "json ->> '$.a' = 1"]
ALLOWED_POST = [
    "name = E'it\\'s; --'",
    "name = $$a;b--c$$",
    "name = $x$ $$ ; $$ $x$",
    "config->>'model' = 'resnet50'",
    "tags @> ARRAY['a', 'b']",
    "a::text = 'x'",
    "matrix[1][2] = 3",
    "substring(name FROM 2 FOR 3) = 'abc'",
]


@pytest.mark.parametrize(
    ("syntax", "text"),
    [
        *((syntax, text) for syntax in BOTH for text in REFUSED),
        *((LITE, text) for text in REFUSED_LITE),
        *((POST, text) for text in REFUSED_POST),
    ],
)
def test_text_that_could_leave_its_clause_is_refused(syntax: Syntax, text: str) -> None:
    """Text that is more, or less, than one expression is refused."""
    with pytest.raises(UnsafeFragmentError):
        fragment(text, syntax)


@pytest.mark.parametrize(
    ("syntax", "text"),
    [
        *((syntax, text) for syntax in BOTH for text in ALLOWED),
        *((LITE, text) for text in ALLOWED_LITE),
        *((POST, text) for text in ALLOWED_POST),
    ],
)
def test_one_expression_is_left_as_it_is(syntax: Syntax, text: str) -> None:
    """One expression is taken, and not a letter of it is changed."""
    assert fragment(text, syntax).parts == (text,)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1=1; DROP TABLE users", "a ';' outside quotes in '1=1; DROP TABLE users'"),
        ("id = 1 --", "a comment in 'id = 1 --'"),
        ("name = 'open", "a quote without its partner"),
        ("(id = 1", "an unbalanced bracket in '(id = 1'"),
        ("id = 1)", "an unbalanced bracket"),
        ("id = 1\0", "a NUL in 'id = 1\\x00'"),
        ("id = 1 LIMIT 1", "the clause word 'LIMIT'"),
        ("", "the condition is empty"),
    ],
)
def test_a_refusal_says_what_is_wrong(text: str, why: str) -> None:
    """The message says what is wrong with the text, and shows it."""
    with pytest.raises(UnsafeFragmentError) as caught:
        fragment(text, LITE)

    assert why in caught.value.message


@pytest.mark.parametrize("text", REFUSED)
def test_a_refusal_says_what_to_do(text: str) -> None:
    """Text that is refused brings a hint."""
    with pytest.raises(UnsafeFragmentError) as caught:
        fragment(text, POST)

    assert caught.value.hint


def test_a_long_text_is_shortened() -> None:
    """A message shows the beginning of a long text only."""
    with pytest.raises(UnsafeFragmentError) as caught:
        fragment("x" * 500 + ";", LITE)

    assert len(caught.value.message) < 150


@pytest.mark.parametrize("syntax", BOTH)
@given(text=SQL)
def test_what_is_taken_stays_inside_its_brackets(text: str, syntax: Syntax) -> None:
    """A text that is taken, put in brackets, cannot close them."""
    try:
        fragment(text, syntax)
    except (UnsafeFragmentError, ParameterError):
        return
    pieces = [token for token in tokens(f"({text}\n)", syntax) if token.kind != "space"]
    depths = [
        sum({"open": 1, "close": -1}.get(token.kind, 0) for token in pieces[: place + 1])
        for place in range(len(pieces))
    ]

    assert depths.index(0) == len(depths) - 1


PLACEHOLDERS: list[tuple[Syntax, str, Any, tuple[str, ...], tuple[str, ...]]] = [
    (LITE, "a = ?", "question", ("a = ", ""), ("",)),
    (LITE, "a = ? AND b = ?", "question", ("a = ", " AND b = ", ""), ("", "")),
    (LITE, "a = :x AND b = :x", "named", ("a = ", " AND b = ", ""), ("x", "x")),
    (LITE, "a = '?' AND b = ?", "question", ("a = '?' AND b = ", ""), ("",)),
    (LITE, 'a = "sure?" AND b = ?', "question", ('a = "sure?" AND b = ', ""), ("",)),
    (LITE, "`a?` = ?", "question", ("`a?` = ", ""), ("",)),
    (LITE, "name LIKE '100%' AND b = ?", "question", ("name LIKE '100%' AND b = ", ""), ("",)),
    (POST, "a ?? 'k' AND b = ?", "question", ("a ? 'k' AND b = ", ""), ("",)),
    (POST, "a ??| ARRAY['k']", "question", ("a ?| ARRAY['k']",), ()),
    (POST, "a ?? 'k'", "none", ("a ? 'k'",), ()),
    (POST, "a ? 'k'", "none", ("a ? 'k'",), ()),
    (POST, "a ? 'k' AND b = :x", "named", ("a ? 'k' AND b = ", ""), ("x",)),
    (POST, "a::text = :x", "named", ("a::text = ", ""), ("x",)),
    (POST, "a = E'?\\'?' AND b = ?", "question", ("a = E'?\\'?' AND b = ", ""), ("",)),
    (POST, "a = $$?$$ AND b = ?", "question", ("a = $$?$$ AND b = ", ""), ("",)),
    (POST, "a = :x", "question", ("a = :x",), ()),
    (POST, "a[1:2] = :x", "named", ("a[1:2] = ", ""), ("x",)),
]


@pytest.mark.parametrize(("syntax", "text", "style", "parts", "names"), PLACEHOLDERS)
def test_placeholders_are_found(
    syntax: Syntax, text: str, style: Any, parts: tuple[str, ...], names: tuple[str, ...]
) -> None:
    """Placeholders count outside quotes only, and only in the style that is asked for."""
    assert fragment(text, syntax, style) == Template(parts, names)


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("a = ?", "none"),
        ("a = :name", "none"),
        ("a IN (?, ?)", "none"),
        ("a = ?", "named"),
        ("a = ? AND b = :name", "named"),
        ("a = ? AND b = :name", "question"),
    ],
)
def test_placeholders_without_values_are_refused_on_sqlite(text: str, style: Any) -> None:
    """It is said which placeholder waits for params of which sort; PostgreSQL has ? too."""
    for check in (fragment, statement):
        with pytest.raises(ParameterError, match="no value for the placeholder") as caught:
            check(text, Syntax.SQLITE, style)
        assert "params" in str(caught.value.hint)
        assert check("j ? 'key'", Syntax.POSTGRESQL).names == ()
    assert fragment("a = '?' AND b = ':x'", Syntax.SQLITE).names == ()


def test_numbered_placeholders_are_refused() -> None:
    """A numbered placeholder is refused, and it is said what to write."""
    with pytest.raises(ParameterError, match=r"\?1 are not taken\nhint: write \?"):
        fragment("a = ?1", LITE, "question")


@given(st.lists(st.sampled_from(["a", " = ", "?"]), max_size=10), st.lists(st.integers()))
def test_as_many_values_as_placeholders(pieces: list[str], values: list[int]) -> None:
    """A sequence of values is taken where it has one for each placeholder."""
    template = fragment("x" + "".join(pieces).replace("??", "?"), LITE, "question")
    try:
        taken: object = template.values(values)
    except ParameterError:
        taken = None

    assert (taken == tuple(values)) == (len(values) == len(template.names))


TEMPLATE = Template(("a = ", " AND b = ", ""), ("", ""))
NAMED = Template(("a = ", " AND b = ", " AND c = ", ""), ("x", "y", "x"))


@pytest.mark.parametrize("values", [[1], [1, 2, 3], (), None])
def test_too_few_and_too_many_values_are_refused(values: Any) -> None:
    """More or fewer values than placeholders are refused with both numbers."""
    with pytest.raises(ParameterError, match=r"2 placeholder\(s\), params has \d\nhint: give one"):
        TEMPLATE.values(values)


def test_names_stand_for_values() -> None:
    """Each name is filled with its value, as often as it is written."""
    assert NAMED.values({"x": 1, "y": 2}) == (1, 2, 1)


def test_further_names_do_no_harm() -> None:
    """A mapping may hold more than the text asks for."""
    assert NAMED.values({"x": 1, "y": 2, "z": 3}) == (1, 2, 1)


@pytest.mark.parametrize(
    ("values", "hint"), [({"x": 1}, "params has: x"), ({}, "params has: nothing")]
)
def test_a_missing_name_is_told(values: dict[str, int], hint: str) -> None:
    """A name without a value is told, with the names that are there."""
    with pytest.raises(ParameterError, match=f"no value for :[xy]\nhint: {hint}"):
        NAMED.values(values)


def test_no_placeholders_no_values() -> None:
    """A text without placeholders takes no values."""
    assert Template(("a = 1",), ()).values(None) == ()


@pytest.mark.parametrize(
    ("params", "style"),
    [
        (None, "none"),
        (range(2), "question"),
        ([], "question"),
        ((1,), "question"),
        ({}, "named"),
        ({"a": 1}, "named"),
    ],
)
def test_params_choose_the_style(params: Any, style: str) -> None:
    """A sequence means ``?``, a mapping means ``:name``, and None means neither."""
    assert marks(params) == style


@pytest.mark.parametrize("params", ["text", b"bytes", 5, {1, 2}, iter([1])], ids=told)
def test_params_are_a_sequence_or_a_mapping(params: Any) -> None:
    """Anything else, a lone string too, is refused with the way to write it."""
    with pytest.raises(ParameterError, match=r"not \w+\nhint: a single value goes in a list"):
        marks(params)


ONE_STATEMENT = [
    (LITE, "SELECT 1"),
    (LITE, "SELECT ';'"),
    (LITE, "SELECT 1 -- ; DROP TABLE users"),
    (LITE, "/* a; b */ SELECT 1"),
    (LITE, "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM u; SELECT 1; END"),
    (LITE, "CREATE TEMP TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;"),
    (LITE, "PRAGMA journal_mode=WAL"),
    (POST, "SELECT $$a; b$$"),
    (POST, "DO $body$ BEGIN PERFORM 1; END $body$"),
    (POST, "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM u; DELETE FROM v)"),
    (POST, "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END"),
    (POST, "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()"),
    (POST, "SELECT config ? 'a' FROM t"),
]


@pytest.mark.parametrize(("syntax", "text"), ONE_STATEMENT)
def test_one_statement_is_taken(syntax: Syntax, text: str) -> None:
    """One statement is taken as it is, whatever semicolons it may hold inside."""
    assert statement(text, syntax).parts[0].rstrip("; ") == text.rstrip("; ")


@pytest.mark.parametrize("ending", [";", " ; ", ";\n-- the end\n", ";;", "; /* end */"])
def test_a_final_semicolon_is_dropped(ending: str) -> None:
    """A semicolon at the end of a statement is fine, with comments behind it or not."""
    assert statement("SELECT 1" + ending, POST).parts[0].rstrip() == "SELECT 1"


SEVERAL = [
    (LITE, "SELECT 1; SELECT 2"),
    (LITE, "SELECT 1;;SELECT 2"),
    (LITE, "SELECT 1; -- a\nDROP TABLE users"),
    (LITE, "SELECT 'create trigger'; DROP TABLE users"),
    (LITE, "DELETE FROM t -- create trigger\n; DROP TABLE users"),
    (LITE, "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END; DROP TABLE users"),
    (POST, "SELECT 1; SELECT 2"),
    (POST, "COMMIT; DROP TABLE users"),
    (POST, "SELECT E'\\'; SELECT 1'; DROP TABLE users"),
    (POST, 'SELECT 1 AS "begin atomic"; DROP TABLE users'),
    (POST, 'SELECT "x". begin atomic FROM (SELECT 1 AS begin) x; DROP TABLE users'),
    (POST, "SELECT create trigger FROM t; DROP TABLE users"),
    (
        POST,
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); DROP TABLE users",
    ),
    (POST, "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END; DROP TABLE users"),
    (POST, "SELECT 1 /* begin */ ; DROP TABLE users -- atomic"),
]


@pytest.mark.parametrize(("syntax", "text"), SEVERAL)
def test_several_statements_are_refused(syntax: Syntax, text: str) -> None:
    """A second statement is refused, however it is hidden."""
    with pytest.raises(UnsafeFragmentError, match="more than one statement"):
        statement(text, syntax)


@pytest.mark.parametrize("text", ["", " ", ";", "-- only a comment", "/* a */ ; ;"])
@pytest.mark.parametrize("syntax", BOTH)
def test_no_statement_is_refused(text: str, syntax: Syntax) -> None:
    """Text that holds no statement is refused."""
    with pytest.raises(UnsafeFragmentError, match="the statement is empty"):
        statement(text, syntax)


@pytest.mark.parametrize("text", ["SELECT '", 'SELECT "', "SELECT 1\0", "SELECT $a$ x"])
def test_a_broken_statement_is_refused(text: str) -> None:
    """A statement with NUL or a quote without its partner is refused."""
    with pytest.raises(UnsafeFragmentError):
        statement(text, POST)


def test_a_statement_has_placeholders() -> None:
    """Placeholders of a statement are found as those of a condition."""
    assert statement("SELECT '?', ?", LITE, "question") == Template(("SELECT '?', ", ""), ("",))


@pytest.mark.parametrize(
    ("text", "count", "expected"),
    [
        ("select * from t", 1, ("SELECT",)),
        ("/* all */ -- b\n (select 1)", 1, ("SELECT",)),
        ("With x AS (SELECT 1) DELETE", 2, ("WITH", "X")),
        ("start transaction", 2, ("START", "TRANSACTION")),
        ("SELECT 1", 2, ("SELECT",)),
        ("", 1, ()),
        ("'text'", 1, ()),
    ],
)
def test_the_first_words_are_found(text: str, count: int, expected: tuple[str, ...]) -> None:
    """The first words of a statement are told in capitals, past comments and brackets."""
    assert first_words(text, POST, count) == expected


@pytest.mark.parametrize(
    "text",
    ["TEXT); DROP TABLE users; --", "TEXT -- x", "TEXT)", "(TEXT", "TEXT 'open", "TEXT\0", " "],
)
def test_a_declaration_stays_in_its_place(text: str) -> None:
    """A declaration that could leave CREATE TABLE is refused."""
    with pytest.raises(UnsafeFragmentError):
        declaration(text)


def test_a_declaration_may_have_clause_words() -> None:
    """A declaration is no condition: words of clauses are its own."""
    assert [
        token.text for token in declaration("TEXT DEFAULT 'a' ON DELETE") if token.text.strip()
    ]


@pytest.mark.parametrize("syntax", BOTH)
@given(text=SQL)
def test_any_text_is_read_or_refused(text: str, syntax: Syntax) -> None:
    """Any text at all is taken, or refused as unsafe or for its placeholders."""
    try:
        template = statement(text, syntax, "question")
    except (UnsafeFragmentError, ParameterError):
        return

    assert len(template.parts) == len(template.names) + 1

"""The text of a dump is cut where PostgreSQL would cut it, and only harmless parts are run."""

from __future__ import annotations

import pytest

from scitex.db.adapters.postgresql.backups import allowed
from scitex.db.adapters.postgresql.backups.script import Script
from scitex.db.domain.errors import BackupError

STATEMENTS = [
    "SELECT ';', E'\\';', $$;$$, $a$ $$ ; $b$ $a$;",
    'CREATE TABLE "a;""b" (x text DEFAULT \'--\');',
    "CREATE VIEW v AS SELECT 1 /* ; /* nested ; */ ' */;",
    "CREATE RULE r AS ON DELETE TO t DO INSTEAD (SELECT 1; SELECT 2);",
    (
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql\nBEGIN ATOMIC\n"
        " SELECT CASE WHEN true THEN 1 END;\n SELECT 2;\nEND;"
    ),
    "CREATE TABLE t (a$b$c int);",
    "COMMENT ON TABLE t IS 'two\nlines;\n\\. ';",
]


def cut(text: str) -> list[str]:
    """Cut a text into its statements."""
    script = Script(text.encode().splitlines(keepends=True), "x.sql")
    return [each.text.decode() for each in script.statements()]


def test_statements_are_cut_where_they_end() -> None:
    """Strings, names, comments, bodies and parentheses hide what would end a statement."""
    assert cut("\n".join(STATEMENTS) + "\n") == STATEMENTS
    assert cut(" ".join(STATEMENTS)) == STATEMENTS


def test_comments_between_statements_are_left_out() -> None:
    """Comments before a statement, and at its end, are none of it."""
    assert cut("-- one; '\n\nSELECT 1; -- two ;\n-- three\nSELECT 2;\n") == [
        "SELECT 1;",
        "SELECT 2;",
    ]


@pytest.mark.parametrize("text", ["SELECT 'a", "SELECT 1", "SELECT $a$ $$;", "/* ", 'SELECT "a;'])
def test_a_text_that_ends_midway_is_refused(text: str) -> None:
    """What is cut short inside a statement, a string or a comment is told."""
    with pytest.raises(BackupError, match="ends inside a statement"):
        cut(text)


@pytest.mark.parametrize("text", ["\\! ls\n", "SELECT 1 \\gexec\n", "\\restrict a; \\! ls\n"])
def test_commands_of_psql_are_refused(text: str) -> None:
    """A backslash outside a string is a command, and none is known but the dump's own two."""
    with pytest.raises(BackupError, match="line 1: a command of psql"):
        cut(text)


@pytest.mark.parametrize(
    "text",
    [
        'COPY s."it\'s; x" (id, "Odd ""name"" FROM") FROM stdin;',
        "COPY t FROM stdin;",
        "SELECT pg_catalog.setval('s.\"it''s\"', 1, true);",
        "SELECT pg_catalog.set_config('search_path', '', false);",
        'ALTER TABLE "a OWNER TO b" ADD CONSTRAINT c CHECK (true);',
    ],
)
def test_what_makes_a_database_is_run(text: str) -> None:
    """What ``pg_dump`` writes is run, however odd the names."""
    assert allowed.is_allowed(text)
    assert not allowed.is_skipped(text)


@pytest.mark.parametrize(
    "text",
    [
        'ALTER TABLE s."it\'s" OWNER TO "the owner";',
        "ALTER FUNCTION s.f(integer, text) OWNER TO me;",
        "ALTER OPERATOR CLASS s.c USING btree OWNER TO me;",
        "GRANT ALL ON TABLE t TO eve;",
        "SET transaction_timeout = 0;",
    ],
)
def test_owners_rights_and_timeouts_are_left_out(text: str) -> None:
    """What belongs to another server's people is skipped."""
    assert allowed.is_skipped(text)


@pytest.mark.parametrize(
    "text",
    [
        "COPY t FROM PROGRAM 'x';",
        "COPY t FROM '/etc/passwd';",
        "COPY (SELECT 1) TO stdout;",
        "COPY t FROM PROGRAM 'x' WHERE 'a' IN ('b') FROM stdin;",
        "SELECT 1;",
        "SELECT pg_catalog.setval('s', pg_sleep(1));",
        "SELECT pg_catalog.setval('s', 1), pg_sleep(1);",
        "SET search_path = x;",
        "SET row_security = off; SELECT 1;",
        "ALTER SYSTEM SET a = 1;",
        "ALTER ROLE a SUPERUSER;",
        "ALTER DATABASE a SET b = 1;",
        "DO 'x';",
    ],
)
def test_what_reaches_outside_is_known(text: str) -> None:
    """Nothing else is run, nor left out in silence."""
    assert not allowed.is_allowed(text)
    assert not allowed.is_skipped(text)

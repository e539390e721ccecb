"""
Searching by a GIN index on what the texts' words are.

The index is on an expression, so the table has no further column that would show.  Whatever the
expression is, it is asked for as the server tells it, so an index that an older version of this
package made is used too.
"""

from __future__ import annotations

from typing import Any

from scitex.db.adapters.postgresql import searchwords
from scitex.db.adapters.postgresql.dialect import POSTGRESQL
from scitex.db.adapters.postgresql.session import Session
from scitex.db.adapters.sql.asking import Described
from scitex.db.adapters.sql.searching import Kept, Sought, Spelt, by_key, condition
from scitex.db.domain.errors import DatabaseError, ProgrammingError, UnsupportedFeatureError
from scitex.db.domain.search.searching import PREFIX, SearchSpec, kept_name, refused_text
from scitex.db.domain.search.searchtext import Beginning, Term, Verbatim, Words, beginning, spaced

_MANUAL = "see to_tsquery() in the manual of PostgreSQL"
# Where capitals of other alphabets are told, whatever the database's own order is.
_LOWER = (
    "(SELECT collname::text FROM pg_collation WHERE collnamespace = 'pg_catalog'::regnamespace "
    "AND collname IN ('pg_c_utf8', 'und-x-icu') AND collencoding IN (-1, 6) "
    "ORDER BY collname LIMIT 1)"
)
_FIND = f"""
SELECT i.relname, pg_get_expr(x.indexprs, x.indrelid), c.cfgname, n.nspname, {_LOWER},
       ARRAY(SELECT a.attname::text FROM pg_attribute AS a
             WHERE a.attrelid = x.indrelid AND a.attnum IN (
                 SELECT d.refobjsubid FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass
                 AND d.objid = x.indexrelid AND d.refobjid = x.indrelid AND d.refobjsubid > 0)
             ORDER BY a.attnum)
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_depend AS g ON g.classid = 'pg_class'::regclass AND g.objid = x.indexrelid
     AND g.refclassid = 'pg_ts_config'::regclass
JOIN pg_ts_config AS c ON c.oid = g.refobjid
JOIN pg_namespace AS n ON n.oid = c.cfgnamespace
WHERE x.indrelid = to_regclass(%s) AND starts_with(i.relname, %s) AND x.indisvalid
ORDER BY i.relname LIMIT 1
"""  # noqa: S608 - written here, no value goes in
_NAMES = (
    "SELECT c.relname FROM pg_class AS c JOIN pg_class AS mine ON mine.oid = to_regclass(%s) "
    "WHERE c.relnamespace = mine.relnamespace AND starts_with(c.relname, %s)"
)
_CONFIG = (
    "SELECT EXISTS (SELECT FROM pg_ts_config AS c JOIN pg_class AS mine "
    "ON mine.oid = to_regclass(%s) WHERE c.cfgnamespace = mine.relnamespace AND c.cfgname = %s), "
    "(SELECT n.nspname FROM pg_class AS mine JOIN pg_namespace AS n ON n.oid = mine.relnamespace "
    "WHERE mine.oid = to_regclass(%s))"
)
_RANKED = 300  # records for which a score is made, of those in which the words stand most often
_COUNTED = 8  # words that are counted for that
_TYPES = "asciiword, word, numword, int, uint, float, sfloat"


def find(session: Session, table: str) -> Kept | None:
    """Return what is kept of a table: its index tells."""
    found = session.rows(_FIND, (session.regclass(table), PREFIX))
    if not found:
        return None
    name, indexed, config, schema, lower, columns = found[0]
    spec = SearchSpec(columns, config.removeprefix(PREFIX))
    return Kept(
        name,
        spec,
        indexed=POSTGRESQL.literal(indexed),
        config=_quoted(schema, config),
        lower=_collation(lower),
    )


def _quoted(schema: str, name: str) -> str:
    return f"{POSTGRESQL.quoted(schema)}.{POSTGRESQL.quoted(name)}"


def _collation(name: str | None) -> str:
    return "" if name is None else _quoted("pg_catalog", name)


def make(session: Session, described: Described, spec: SearchSpec) -> None:
    """Index a table."""
    table = described.spec.name
    where = session.regclass(table)
    if session.rows("SHOW server_encoding")[0][0] != "UTF8":
        raise UnsupportedFeatureError(
            "texts are searched in databases with the encoding UTF8 only",
            engine="postgresql",
            hint="make one: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0",
        )
    # One at a time: two could make the same configuration, or choose the same name.
    session.rows("SELECT pg_advisory_xact_lock(hashtext(%s))", (PREFIX,))
    config = _config(session, where, spec.language)
    taken = [row[0] for row in session.rows(_NAMES, (where, PREFIX))]
    name = POSTGRESQL.name(kept_name(table, taken))
    lower = _collation(session.rows(f"SELECT {_LOWER}")[0][0])
    words = searchwords.vector(config, spec.columns, lower=lower)
    sql = f"CREATE INDEX {name} ON {session.target(table)} USING gin (({words}))"
    session.run(sql).close()


def _config(session: Session, where: str, language: str) -> str:
    """Return the quoted name of the configuration of a language, made where it is not there."""
    name = PREFIX + language
    there, schema = session.rows(_CONFIG, (where, name, where))[0]
    full = _quoted(schema, name)
    if there:
        return full
    spelt = POSTGRESQL.literal(full)
    dictionary = "pg_catalog.simple"
    if language != "simple":
        dictionary = spelt
        stemmer = POSTGRESQL.quoted(searchwords.stemmer(language))
        try:
            session.run(
                f"CREATE TEXT SEARCH DICTIONARY {spelt} "
                f"(TEMPLATE = pg_catalog.snowball, LANGUAGE = {stemmer})"
            ).close()
        except DatabaseError as error:
            if error.sqlstate != "22023" and "stemmer" not in error.message:
                raise
            raise UnsupportedFeatureError(
                f"PostgreSQL knows no language {language!r} to search in",
                engine="postgresql",
                hint="language='simple' finds words as they are, in any language",
            ) from error.__cause__
    session.run(f"CREATE TEXT SEARCH CONFIGURATION {spelt} (PARSER = pg_catalog.default)").close()
    session.run(
        f"ALTER TEXT SEARCH CONFIGURATION {spelt} ADD MAPPING FOR {_TYPES} WITH {dictionary}"
    ).close()
    return full


def remove(session: Session, kept: Kept) -> None:
    """Remove the index; its configuration stays, for other tables may use it."""
    session.run(f"DROP INDEX {session.prefix}{POSTGRESQL.name(kept.name)}").close()


# ------------------------------------------------------------------------------ searching


def rows(session: Session, sought: Sought) -> list[tuple[Any, ...]]:
    """Return the records that are found, each with its score at the end."""
    table = sought.table
    asking = _Asking(session, sought)
    score, ranked = asking.score()
    where = Spelt()
    asking.words(where)
    asking.as_written(where)
    condition(session, sought, where)
    order, target = by_key(session, table), session.target(table.name)
    inner = Spelt([f"SELECT * FROM {target}"])  # noqa: S608 - quoted, bound
    if where.parts:
        inner.add(f" WHERE {where.joined(' AND ')}", *where.bound)
    limit, offset = sought.asked.limit, sought.asked.offset
    if ranked and limit is not None and limit + offset <= _RANKED:
        asking.sifted(inner, order)
    columns = POSTGRESQL.names(table.names)
    sql = (
        f"SELECT {columns}, {score} FROM ({inner.joined('')}) AS {POSTGRESQL.name(table.name)} "  # noqa: S608 - quoted, bound
        f"ORDER BY {len(table.names) + 1} DESC, {order} LIMIT %s OFFSET %s"
    )
    return session.rows(sql, (*ranked, *inner.bound, limit, offset))


class _Asking:
    """Spells one search for PostgreSQL."""

    def __init__(self, session: Session, sought: Sought) -> None:
        text = sought.asked.text
        self._sought = sought
        kept = sought.kept
        config = POSTGRESQL.literal(kept.config).replace("'", "''")
        self._query = f"to_tsquery('{config}', %s)"
        self._each = [
            searchwords.vector(kept.config, (name,), lower=kept.lower) for name in sought.columns
        ]
        self._all = len(sought.columns) == len(sought.kept.spec.columns)
        self._looked = sought.kept.indexed if self._all else " || ".join(self._each)
        if isinstance(text, str):
            self._check_raw(session, text)
            self._wanted = text
        else:
            self._likely = [
                word
                for term in text.beginnings
                for word in searchwords.likely_words(term, sought.kept.spec.language)
            ]
            self._wanted = " & ".join([*_phrases(text.wanted), *self._likely])

    def score(self) -> tuple[str, list[str]]:
        """Spell the score, with what it binds; longer texts count for less, as on SQLite."""
        if not self._wanted:
            return "0.0", []
        return f"ts_rank_cd({self._looked}, {self._query}, 1)", [self._wanted]

    def sifted(self, inner: Spelt, order: str) -> None:
        """
        Add an order by how often the words stand in a record, and a limit.

        A score is made of the vector of a record's words, which takes 0.1 ms to make; counting
        characters takes a tenth of it.
        """
        text, language = self._sought.asked.text, self._sought.kept.spec.language
        if isinstance(text, str):
            return
        words = [word for each in text.phrases for word in each]
        begun = [word for each in text.beginnings for word in each.words]
        beginnings = [*begun, *(beginning(word, language) for word in words)][:_COUNTED]
        if not beginnings:
            return
        names = [POSTGRESQL.name(name) for name in self._sought.columns]
        texts = [f"lower(coalesce({name}, '')::text COLLATE \"C\")" for name in names]
        size = " + ".join(f"length({each})" for each in texts)
        missing = " + ".join(f"length(replace({each}, %s, ''))" for each in texts)
        counts = " + ".join([f"({size} - ({missing})) / %s::float8"] * len(beginnings))
        inner.add(f" ORDER BY ({counts}) / (1 + ln(1 + {size})) DESC, {order} LIMIT {_RANKED}")
        for each in beginnings:
            inner.bound += [*[each] * len(texts), len(each)]

    def words(self, where: Spelt) -> None:
        """Add what words are wanted, first of all to the index, and which are not."""
        text = self._sought.asked.text
        if self._wanted:
            # Phrases are looked for below; told of them, the index would have each record that
            # has the words read, and its vector made.
            apart = self._wanted
            if not isinstance(text, str):
                words = [f"'{word}'" for each in text.phrases for word in each]
                apart = " & ".join([*words, *self._likely])
            where.add(f"({self._sought.kept.indexed}) @@ {self._query}", apart)
            if not self._all:
                where.add(f"({self._looked}) @@ {self._query}", apart)
        if isinstance(text, str):
            return
        for terms, sign in ((text.wanted, ""), (text.unwanted, "NOT ")):
            for term in terms:
                if isinstance(term, Words) and (sign or term.words[1:]):
                    self._inside(where, term, sign)

    def _inside(self, where: Spelt, term: Words, sign: str) -> None:
        """Add that a phrase is, or is not, within one of the columns."""
        spelt = searchwords.phrase(term.words)
        if len(term.words) == 1:
            where.add(f"{sign}(({self._looked}) @@ {self._query})", spelt)
            return
        language = self._sought.kept.spec.language
        written = searchwords.written(term.words, language)
        parts = Spelt()
        for name, vector in zip(self._sought.columns, self._each, strict=True):
            if written is None:
                parts.add(f"({vector}) @@ {self._query}", spelt)
            else:
                likely = searchwords.likely(name)
                parts.add(f"({likely} AND ({vector}) @@ {self._query})", written, spelt)
        where.add(f"{sign}({parts.joined(' OR ')})", *parts.bound)

    def as_written(self, where: Spelt) -> None:
        """Add what is looked for as it stands in the texts."""
        text = self._sought.asked.text
        if isinstance(text, str):
            return
        names = [POSTGRESQL.name(name) for name in self._sought.columns]
        one = "strpos(lower(coalesce({}, '')::text COLLATE \"C\"), %s) > 0"
        anywhere = " OR ".join(one.format(name) for name in names)
        begun = " OR ".join(
            searchwords.has_beginning(name, lower=self._sought.kept.lower)
            for name in self._sought.columns
        )
        for terms, sign in ((text.wanted, ""), (text.unwanted, "NOT ")):
            for term in terms:
                if isinstance(term, Verbatim):
                    where.add(f"{sign}({anywhere})", *[term.text] * len(names))
                elif isinstance(term, Beginning):
                    where.add(f"{sign}({begun})", *[spaced(term.words)] * len(names))

    def _check_raw(self, session: Session, text: str) -> None:
        try:
            session.rows(f"SELECT {self._query}", (text,))
        except ProgrammingError as error:
            raise refused_text(
                text, error.message, engine="PostgreSQL", manual=_MANUAL
            ) from error.__cause__


def _phrases(terms: tuple[Term, ...]) -> list[str]:
    return [searchwords.phrase(term.words) for term in terms if isinstance(term, Words)]

"""A PostgreSQL database with something of every kind, for what must bring all of it back."""

from __future__ import annotations

NASTY = r"""
CREATE SCHEMA "Lab b.c";
CREATE TYPE mood AS ENUM ('sad', 'it''s; fine', 'Ünï');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TYPE pair AS (a integer, "B c" text);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE SEQUENCE counter INCREMENT 5 START 50;
SELECT nextval('counter');
CREATE FUNCTION twice(x integer) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT 2 * x';
CREATE FUNCTION atomic(x integer) RETURNS integer LANGUAGE sql IMMUTABLE
BEGIN ATOMIC; SELECT CASE WHEN x > 0 THEN x + 1 ELSE 0 END; END;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    -- ; $x$ '
    NEW.note := coalesce(NEW.note, 'stamped; ''$$''');
    RETURN NEW;
END $body$;
CREATE PROCEDURE nothing() LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
CREATE AGGREGATE total(integer) (sfunc = int4pl, stype = integer, initcond = '0');
CREATE TABLE "select" (
    id integer GENERATED ALWAYS AS IDENTITY (START 7) PRIMARY KEY,
    "Odd ""name"" %s" text COLLATE "C" DEFAULT E'a\\b''',
    note text,
    feeling mood DEFAULT 'sad',
    amount positive,
    two pair,
    span span,
    doubled integer GENERATED ALWAYS AS (id * 2) STORED,
    "real" double precision,
    number numeric(30, 10),
    bytes bytea,
    doc jsonb,
    list text[],
    at timestamptz,
    day date,
    next bigint DEFAULT nextval('counter')
);
CREATE TRIGGER stamped BEFORE INSERT ON "select" FOR EACH ROW EXECUTE FUNCTION stamp();
COMMENT ON TABLE "select" IS 'it''s; a -- comment /* ' ;
CREATE INDEX "an index" ON "select" (twice(id), md5(note)) WHERE note IS NOT NULL;
CREATE STATISTICS both_columns ON note, number FROM "select";
INSERT INTO "select" (note, feeling, amount, two, span, "real", number, bytes, doc, list, at, day)
VALUES
    (E'\\.', 'Ünï', 1, ROW(1, E'x\ty'), '[1,2)', 'NaN', 'NaN', '\x00ff5c2e0a', '{"a": [1]}',
     '{a,NULL,"b,c"}', 'infinity', '-infinity'),
    (E'\\.\n\\.\n;\t''\r\n', 'it''s; fine', 2, NULL, 'empty', '-Infinity', 1.5, '', 'null', '{}',
     '2025-05-30 12:00+02', '0044-03-15 BC'),
    (NULL, NULL, NULL, NULL, NULL, -0.0, NULL, NULL, NULL, NULL, NULL, NULL),
    (repeat('long ', 100000), NULL, NULL, NULL, NULL, 5e-324, NULL,
     decode(repeat('00ff', 500000), 'hex'), NULL, NULL, NULL, NULL);
CREATE TABLE "Lab b.c".left_one (id integer PRIMARY KEY, other integer);
CREATE TABLE "Lab b.c".right_one (
    id integer PRIMARY KEY, other integer REFERENCES "Lab b.c".left_one DEFERRABLE);
INSERT INTO "Lab b.c".left_one VALUES (1, 2);
INSERT INTO "Lab b.c".right_one VALUES (2, 1);
ALTER TABLE "Lab b.c".left_one ADD FOREIGN KEY (other) REFERENCES "Lab b.c".right_one;
CREATE TABLE "Lab b.c"."select" (id integer REFERENCES "select" (id) ON DELETE CASCADE);
INSERT INTO "Lab b.c"."select" VALUES (7), (7);
CREATE TABLE parts (id integer, at date) PARTITION BY RANGE (at);
CREATE TABLE parts_2024 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE parts_rest PARTITION OF parts DEFAULT;
CREATE INDEX ON parts (at);
INSERT INTO parts VALUES (1, '2024-05-01'), (2, '1999-01-01');
CREATE TABLE nothing_in_it ();
CREATE UNLOGGED TABLE quick (a integer UNIQUE, EXCLUDE USING btree (a WITH =));
CREATE VIEW seen AS SELECT id, note, atomic(id) FROM "select" WHERE id < 9;
CREATE MATERIALIZED VIEW kept AS SELECT count(*) AS n FROM seen;
CREATE UNIQUE INDEX ON kept (n);
CREATE RULE no_delete AS ON DELETE TO parts DO INSTEAD (SELECT 1; SELECT 2);
ALTER TABLE quick ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON quick USING (a > 0);
CREATE OPERATOR === (leftarg = integer, rightarg = integer, function = int4eq);
CREATE TEXT SEARCH CONFIGURATION plain (COPY = pg_catalog.simple);
SELECT lo_from_bytea(4711, '\xdeadbeef00');
"""

# What each part of it answers afterwards.
QUESTIONS = [
    'SELECT * FROM "select" ORDER BY id',
    'SELECT * FROM "Lab b.c".left_one',
    'SELECT * FROM "Lab b.c"."select"',
    "SELECT tableoid::regclass::text, * FROM parts ORDER BY id",
    "SELECT * FROM seen ORDER BY id",
    "SELECT * FROM kept",
    "SELECT twice(4), atomic(4), total(x) FROM generate_series(1, 3) x",
    "SELECT last_value, increment_by FROM pg_sequences ORDER BY sequencename",
    "SELECT obj_description('public.select'::regclass)",
    "SELECT 1 OPERATOR(public.===) 1",
    "SELECT lo_get(4711)",
    (
        "SELECT relname, relkind::text, relpersistence::text, relrowsecurity"
        """ FROM pg_class WHERE relnamespace::regnamespace::text IN ('public', '"Lab b.c"')"""
        " ORDER BY 1, 2"
    ),
    (
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid >= 16384 AND contype <> 'n' ORDER BY 1, 2"
    ),
    "SELECT cfgname::text FROM pg_ts_config WHERE cfgname = 'plain'",
    "SELECT polname::text, pg_get_expr(polqual, polrelid) FROM pg_policy",
    "SELECT rulename, definition FROM pg_rules WHERE schemaname = 'public'",
    "SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext",
]

"""A PostgreSQL database as one transaction sees it."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from scitex.db.adapters.postgresql.session import Session
from scitex.db.domain.backups import Kind
from scitex.db.domain.errors import BackupError, TableNotFoundError
from scitex.db.ports.storage import Storage

Over = Callable[[Session], Storage]

# Schemas that people made, and that no extension brought.
SCHEMAS = """
SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_namespace'::regclass
    AND d.objid = n.oid AND d.deptype = 'e')
ORDER BY n.nspname <> coalesce(current_schema(), ''), n.nspname
"""

_TOLD = (
    # Columns, in order; their numbers are not told: a dropped column leaves a gap.
    (
        "SELECT n.nspname, c.relname, c.relkind::text, c.relpersistence::text, a.attname,"
        " format_type(a.atttypid, a.atttypmod), a.attnotnull,"
        # Parts have an identity of their own on some versions, and none on others.
        " CASE WHEN c.relispartition THEN '' ELSE a.attidentity::text END,"
        " a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid) IS NOT NULL,"
        " row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum)"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
        " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c', 'S') AND n.oid = ANY(%s)"
    ),
    (
        "SELECT n.nspname, conrelid::regclass::text, contypid::regtype::text, conname,"
        " pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_namespace n"
        " ON n.oid = k.connamespace WHERE contype IN ('c', 'f', 'p', 'u', 'x') AND n.oid = ANY(%s)"
        # Citus leaves its pieces of tables out of pg_class, and out of it alone.
        " AND (conrelid = 0 OR EXISTS (SELECT FROM pg_class c WHERE c.oid = conrelid))"
    ),
    (
        "SELECT schemaname, indexname, indexdef FROM pg_indexes"
        " JOIN pg_namespace n ON n.nspname = schemaname WHERE n.oid = ANY(%s)"
    ),
    (
        "SELECT n.nspname, c.relname, pg_get_triggerdef(t.oid), t.tgenabled::text"
        ""
        " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE NOT t.tgisinternal AND n.oid = ANY(%s)"
    ),
    (
        "SELECT n.nspname, p.oid::regprocedure::text, p.prosrc, p.prokind::text FROM pg_proc p"
        " JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.oid = ANY(%s) AND NOT EXISTS"
        " (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid"
        " AND d.deptype = 'e')"
    ),
    (
        "SELECT n.nspname, t.typname, t.typtype::text, format_type(t.typbasetype, t.typtypmod),"
        " (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e"
        " WHERE e.enumtypid = t.oid) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
        " WHERE t.typtype IN ('d', 'e', 'r') AND n.oid = ANY(%s) AND NOT EXISTS"
        " (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid"
        " AND d.deptype = 'e')"
    ),
    # The view pg_sequences looks into each one, also where others have just dropped it.
    (
        "SELECT n.nspname, c.relname, s.seqtypid::regtype::text, s.seqstart, s.seqincrement,"
        " s.seqcycle FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.oid = ANY(%s)"
    ),
    (
        "SELECT schemaname, tablename, policyname, cmd, qual, with_check FROM pg_policies"
        " JOIN pg_namespace n ON n.nspname = schemaname WHERE n.oid = ANY(%s)"
    ),
    (
        "SELECT n.nspname, c.relname, d.objsubid, d.description FROM pg_description d"
        " JOIN pg_class c ON c.oid = d.objoid JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE d.classoid = 'pg_class'::regclass AND d.objsubid = 0 AND n.oid = ANY(%s)"
    ),
)

# What the text of a dump cannot bring back without reaching outside the database.
_OUTSIDE = """
SELECT 'the foreign server ' || srvname FROM pg_foreign_server WHERE %s IS NULL
UNION ALL SELECT 'the event trigger ' || evtname FROM pg_event_trigger WHERE %s IS NULL
UNION ALL
SELECT 'the function ' || p.oid::regprocedure || ' in ' || l.lanname
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE NOT l.lanpltrusted AND p.prokind <> 'a' AND p.oid >= 16384
AND (%s IS NULL OR p.pronamespace = to_regnamespace(quote_ident(%s))) AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
    AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'the language ' || lanname FROM pg_language l
WHERE %s IS NULL AND l.oid >= 16384 AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_language'::regclass AND d.objid = l.oid
    AND d.deptype = 'e')
ORDER BY 1 LIMIT 3
"""


# A table, and all of its parts: pg_dump knows of them since version 16 only.
_PARTS = """
SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass(%s) OR c.oid IN (SELECT relid FROM pg_partition_tree(to_regclass(%s)))
"""


_PART_OF = """
SELECT i.inhparent::regclass::text FROM pg_class AS c JOIN pg_inherits AS i ON i.inhrelid = c.oid
WHERE c.relispartition AND c.oid = to_regclass(%s)
"""


class PostgresqlState:
    """
    What a transaction sees.

    Parameters
    ----------
    session : Session
        It has a transaction open.
    over : callable
        Makes a storage that reads through a session.
    """

    def __init__(self, session: Session, over: Over) -> None:
        self._session = session
        self._over = over

    def parts(self) -> list[tuple[str, Storage]]:
        return [(name, self._over(_Part(self._session, name))) for _, name in self.schemas()]

    def schemas(self) -> list[tuple[int, str]]:
        """Return the number and the name of each schema, the one that is meant first."""
        return schemas(self._session)

    def schema(self) -> str:
        numbers = [number for number, _ in self.schemas()]
        path = self._session.rows("SELECT current_setting('search_path')")[0][0]
        try:
            # Without a path each name is spelt with its schema.
            self._session.rows("SELECT set_config('search_path', '', true)")
            told = [sorted(map(repr, self._session.rows(sql, (numbers,)))) for sql in _TOLD]
        finally:
            self._session.rows("SELECT set_config('search_path', %s, true)", (path,))
        return "\n".join(line for lines in told for line in lines)

    def is_empty(self) -> bool:
        return not self.schema().strip()

    def examine(self) -> int:
        return 0  # the server holds to references itself


class PostgresqlMoment(PostgresqlState):
    """
    A state that can be written down.

    Parameters
    ----------
    session, over
        As for `PostgresqlState`.
    dump : callable
        Given what ``pg_dump`` is asked for, and a function for what it writes.
    """

    def __init__(
        self,
        session: Session,
        over: Over,
        dump: Callable[[list[str], Callable[[bytes], object]], None],
    ) -> None:
        super().__init__(session, over)
        self._dump = dump

    def write(
        self, kind: Kind, *, tables: tuple[str, ...] | None, take: Callable[[bytes], object]
    ) -> None:
        form = "--format=custom" if kind == "dump" else "--format=plain"
        if tables is None:
            self._dump([form, *self._whole()], take)
            return
        for table in tables:
            if not self._session.has_table(table):
                raise TableNotFoundError(table, self._session.tables())
            if of := self._session.rows(_PART_OF, (self._session.regclass(table),)):
                raise BackupError(
                    f"table {table!r} is a part of {of[0][0]}, and no table without it",
                    hint="back up that table, with all of its parts",
                )
        if kind == "sql":  # an archive with a mark before it would be none to other programs
            take(TABLE_MARK)
        names = [
            f"--table={literal(place)}.{literal(name)}"
            for table in tables
            for place, name in self._session.rows(_PARTS, (self._session.regclass(table),) * 2)
        ]
        self._dump([form, *names], take)

    def _whole(self) -> list[str]:
        schema = self._session.server.schema
        found = self._session.rows(_OUTSIDE, (schema,) * 5)
        if found:
            raise BackupError(
                f"{found[0][0]} reaches outside the database, and cannot be restored from here",
                hint="back up tables, or another schema: PostgreSQL(..., schema=), or use "
                "pg_dump itself",
            )
        return ["-b"] if schema is None else [f"--schema={literal(schema)}"]

    def copy(self, path: str, *, check: bool, report: Callable[[int], object]) -> int | None:
        raise BackupError(
            f"{path}: PostgreSQL has no backup that is a database in a file",
            hint="choose .dump or .sql",
        )


TABLE_MARK = b"-- scitex.db: a table\n"


def schemas(session: Session) -> list[tuple[int, str]]:
    """Return the number and the name of each schema that a session means."""
    found: list[tuple[int, str]] = session.rows(SCHEMAS)
    only = session.server.schema
    return [each for each in found if only is None or each[1] == only]


class _Part(Session):
    """
    A session on the connection of another one, which means the tables of one schema.

    Parameters
    ----------
    whole : Session
        Opens and closes the connection.
    schema : str
    """

    def __init__(self, whole: Session, schema: str) -> None:
        self._whole = whole
        self.__dict__.update({k: v for k, v in vars(whole).items() if k != "_saved"})
        self.server = attrs.evolve(whole.server, schema=schema)
        self._plans = {}
        self._closed = True  # not its to close

    @property
    def _saved(self) -> bool:  # one connection has one savepoint
        return self._whole._saved

    @_saved.setter
    def _saved(self, saved: bool) -> None:
        self._whole._saved = saved


def literal(name: str) -> str:
    """Spell a name so that ``pg_dump`` takes it for no pattern."""
    return '"' + name.replace('"', '""') + '"'

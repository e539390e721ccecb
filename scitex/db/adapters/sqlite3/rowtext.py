"""
Rows as SQL text, exact to the last bit, made by SQLite itself.

``quote()`` alone would lose infinities, the sign of zeros, the last bit of some floats, text
after a NUL and text that is no UTF-8.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import attrs

from scitex.db.adapters.sqlite3.dialect import SQLITE
from scitex.db.adapters.sqlite3.errors import DriverError, translated
from scitex.db.adapters.sqlite3.session import Session
from scitex.db.domain.errors import BackupError

_ROWS = 300  # in a statement; measured: flat from 100 on
_BYTES = 1 << 20  # of a statement, about
_SAMPLE = 1_000  # records that tell how a column's floats are spelt
_TOO_LARGE = "string or blob too big"


@attrs.frozen
class Source:
    """
    What rows are read from.

    Attributes
    ----------
    name : str
    columns : tuple of (str, str)
        Those that are stored, each with its declared type.
    rowid : str or None
        What the row's number is called, where it must be kept besides.
    alias : str or None
        The column that is the row's number.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    rowid: str | None = None
    alias: str | None = None

    @property
    def stored(self) -> list[tuple[str, str]]:
        """All that is written, the row's number first where it is kept."""
        number = [(self.rowid, "INTEGER")] if self.rowid is not None else []
        return [*number, *self.columns]


def exact(value: float) -> str:
    """
    Spell a float for which SQLite has no decimal: by whole numbers and powers of two.

    Examples
    --------
    >>> exact(float("inf")), exact(-0.0), exact(0.75)
    ('9e999', '-0.0', '3*1.0/(1<<2)')
    """
    if math.isinf(value):
        return "9e999" if value > 0 else "-9e999"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    fraction, exponent = math.frexp(value)
    whole, exponent = int(fraction * (1 << 53)), exponent - 53
    while whole % 2 == 0:
        whole, exponent = whole // 2, exponent + 1
    sign = "*" if exponent > 0 else "/"
    steps, rest = divmod(abs(exponent), 62)
    shifts = [62] * steps + [rest] * bool(rest)
    return f"{whole}*1.0" + "".join(f"{sign}(1<<{shift})" for shift in shifts)


class Rows:
    """
    Rows of one database as statements.

    Parameters
    ----------
    session : Session
        Nobody else's for as long as this is used.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection
        self._encoding: str = session.rows("PRAGMA encoding")[0][0].lower()
        self._connection.create_function("scitex_exact", 1, exact, deterministic=True)
        self._connection.create_function("scitex_whole", 1, self._whole, deterministic=True)

    def _whole(self, text: bytes) -> bool:
        """Say whether text can be written as it is."""
        try:
            return "\0" not in text.decode(self._encoding)
        except UnicodeDecodeError:
            return False

    def statements(self, source: Source) -> Iterator[bytes]:
        """
        Yield the statements that store all rows.

        Raises
        ------
        BackupError
            If a row is too large for a statement.
        """
        start = f"INSERT INTO {SQLITE.name(source.name)}"
        if source.rowid is not None or self._hidden(source):
            start += f"({', '.join(SQLITE.name(name) for name, _ in source.stored)})"
        try:
            yield from self._pieces(source, f"{start} VALUES\n".encode())
        except DriverError as error:
            if _TOO_LARGE in str(error):
                raise BackupError(
                    f"table {source.name!r} has a record that is too large for a line of SQL",
                    hint="back the database up as .db",
                ) from error
            raise translated(error, where=self._session.file.path, table=source.name) from error

    def _hidden(self, source: Source) -> bool:
        """Say whether the table has columns that are not stored."""
        sql = "SELECT count(*) FROM pragma_table_xinfo(?)"
        count: int = self._session.rows(sql, (source.name,))[0][0]
        return count != len(source.columns)

    def _pieces(self, source: Source, start: bytes) -> Iterator[bytes]:
        plain = self._encoding == "utf-8"
        done, size = 0, 1
        factory, self._connection.text_factory = self._connection.text_factory, bytes
        try:
            cursor = self._connection.execute(self._select(source, plain=plain))
            while rows := cursor.fetchmany(size):
                body = b",\n".join([line for (line,) in rows])
                if plain and not _is_text(body):
                    plain = False
                    cursor = self._connection.execute(
                        f"{self._select(source, plain=False)} LIMIT -1 OFFSET {done}"
                    )
                    continue
                yield start + body + b";\n"
                done += len(rows)
                size = max(1, min(_ROWS, 4 * size, _BYTES * len(rows) // (len(body) + 1)))
        finally:
            self._connection.text_factory = factory

    # ------------------------------------------------------------------ what is asked

    def _select(self, source: Source, *, plain: bool) -> str:
        """Spell the query whose rows are lines of a statement."""
        inner, outer = [], []
        for place, (name, declared) in enumerate(source.stored):
            quoted, value = SQLITE.name(name), f"c{place}"
            inner.append(f"{quoted} AS {value}")
            if name in {source.rowid, source.alias}:
                outer.append(value)
                continue
            kind = affinity(declared)
            spelt = f"q{place}"
            if kind in {"REAL", "NUMERIC", "BLOB"}:
                short = self._is_short(source, quoted)
                inner.append(f"{_float(quoted, short=short)} AS {spelt}")
            else:
                spelt = f"quote({value})"
            outer.append(_value(value, spelt, zeros=kind != "REAL", plain=plain))
        line = _joined([f"({each})" for each in outer])
        # Not from an index that has all columns: the order of the rows is kept.  Without the
        # LIMIT the inner query would be dissolved, and each float be spelt twice.
        table = f"{SQLITE.name(source.name)} NOT INDEXED"
        return (
            f"SELECT '(' || {line} || ')' FROM "  # noqa: S608 - quoted names
            f"(SELECT {', '.join(inner)} FROM {table} LIMIT -1)"
        )

    def _is_short(self, source: Source, quoted: str) -> bool:
        """Say whether 15 digits are enough for most floats of a column."""
        sql = (
            f"SELECT total(CAST(CAST(x AS TEXT) AS REAL) = x) * 2 >= count(*) FROM "  # noqa: S608 - quoted names
            f"(SELECT {quoted} AS x FROM {SQLITE.name(source.name)} LIMIT {_SAMPLE}) "
            "WHERE typeof(x) = 'real'"
        )
        return bool(self._connection.execute(sql).fetchone()[0])


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def affinity(declared: str) -> str:
    """
    Tell what a column turns its values into, by SQLite's rules.

    Examples
    --------
    >>> affinity("VARCHAR(20)"), affinity("double precision"), affinity("")
    ('TEXT', 'REAL', 'BLOB')
    """
    words = declared.upper()
    for kind, marks in (
        ("INTEGER", ("INT",)),
        ("TEXT", ("CHAR", "CLOB", "TEXT")),
        ("BLOB", ("BLOB",)),
        ("REAL", ("REAL", "FLOA", "DOUB")),
    ):
        if any(mark in words for mark in marks):
            return kind
    return "NUMERIC" if words and words != "ANY" else "BLOB"


def _float(quoted: str, *, short: bool) -> str:
    """Spell a float: in 17 digits, or in 15 where these make it the same one again."""
    long = f"format('%!.17g', {quoted})"
    if short:
        brief = f"CAST({quoted} AS TEXT)"
        long = f"CASE WHEN CAST({brief} AS REAL) = {quoted} THEN {brief} ELSE {long} END"
    return f"CASE WHEN typeof({quoted}) = 'real' THEN {long} END"


def _value(value: str, spelt: str, *, zeros: bool, plain: bool) -> str:
    """Spell a value of any kind; `spelt` is what it is written as if it is a float."""
    same = f"CAST({spelt} AS REAL) = {value}"
    if zeros:  # a column of floats keeps no negative ones
        same += f" AND {value} <> 0.0"
    real = f"CASE WHEN {same} THEN {spelt} ELSE scitex_exact({value}) END"
    bytes_ = f"CAST({value} AS BLOB)"
    text = f"'CAST(X''' || hex({bytes_}) || ''' AS TEXT)'"
    if plain:
        text = f"CASE WHEN instr({value}, char(0)) THEN {text} ELSE quote({value}) END"
    else:
        text = f"CASE WHEN scitex_whole({bytes_}) THEN quote({value}) ELSE {text} END"
    return (
        f"CASE typeof({value}) WHEN 'real' THEN {real} WHEN 'text' THEN {text} "
        f"ELSE quote({value}) END"
    )


def _joined(parts: Sequence[str]) -> str:
    """Join with commas, as a tree: two thousand terms in a row are too deep for SQLite."""
    if len(parts) <= 2:
        return " || ',' || ".join(parts)
    half = len(parts) // 2
    return f"({_joined(parts[:half])}) || ',' || ({_joined(parts[half:])})"

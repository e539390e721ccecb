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
_ARGUMENTS = 100  # of one function
_MOST = 0.95  # of a column's floats
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
        """
        Spell the query whose rows are lines of a statement.

        The first records tell how most of a column's values can be written in the quickest way;
        a record that is otherwise is written with more care.
        """
        table = SQLITE.name(source.name)
        numbers = {source.rowid, source.alias}
        columns = [
            Spelt(SQLITE.name(name), affinity(declared)) for name, declared in source.stored
        ]
        careful = _line([("%s", column.any_value(plain=plain)) for column in columns])
        if not plain:
            return f"SELECT {careful} FROM {table} NOT INDEXED"  # noqa: S608 - quoted
        quick, conditions = [], []
        for column, (name, _) in zip(columns, source.stored, strict=True):
            if name in numbers:
                quick.append(("%d", column.name))
                continue
            sample = f"SELECT {column.name} FROM {table} NOT INDEXED LIMIT {_SAMPLE}"  # noqa: S608 - quoted
            kinds = f"SELECT DISTINCT typeof({column.name}) FROM ({sample})"  # noqa: S608 - quoted
            found = {kind.decode() for (kind,) in self._connection.execute(kinds)}
            digits = self._digits(column.name, sample) if "real" in found else 0
            mark, condition = column.quick(found, digits)
            quick.append(mark)
            conditions += [condition] * bool(condition)
        line = _line(quick)
        if conditions:
            line = f"CASE WHEN {_all(conditions)} THEN {line} ELSE {careful} END"
        # Not from an index that has all columns: the order of the rows is kept.
        return f"SELECT {line} FROM {table} NOT INDEXED"  # noqa: S608 - quoted names

    def _digits(self, name: str, sample: str) -> int:
        """Say in how many digits most floats of a column are the same when read again."""
        same = f"CAST(CAST({name} AS TEXT) AS REAL) = {name}"
        sql = f"SELECT avg({same}) FROM ({sample}) WHERE typeof({name}) = 'real'"  # noqa: S608 - quoted
        share: float = self._connection.execute(sql).fetchone()[0] or 0.0
        return 15 if share >= _MOST else 17


@attrs.frozen
class Spelt:
    """
    How a column's values are spelt.

    Attributes
    ----------
    name : str
        Quoted.
    affinity : str
    """

    name: str
    affinity: str

    def quick(self, kinds: set[str], digits: int) -> tuple[tuple[str, str], str]:
        """
        Return the quickest way to write values, and what must hold of a value for it.

        Parameters
        ----------
        kinds : set of str
            What values of the column are, mostly.
        digits : int
            Of floats.

        Returns
        -------
        (str, str), str
            A mark of ``printf()`` with what it stands for, and a condition.
        """
        name, sorts, missing = self.name, kinds - {"null"}, "null" in kinds
        other = f"{name} IS NULL OR " if missing else ""
        if sorts == {"integer"} and not missing:
            # Quicker than typeof() where a column keeps 1 and 1.0 as the same.
            held = f"typeof({name}) = 'integer'" if self._is_exact() else f"{name} = ({name} | 0)"
            return ("%d", name), held
        if sorts == {"text"}:  # text is more than any number, and less than any bytes
            held = f"{name} >= '' AND {name} < x''"
            return ("%Q", name), f"({other}{held} AND NOT instr({name}, char(0)))"
        if sorts == {"real"}:
            spelt = f"printf('%!.{digits}g', {name})"
            mark = ("%s", f"iif({name} IS NULL, 'NULL', {spelt})")
            if self._is_exact():
                held = f"typeof({name}) = 'real' AND {self._same(spelt)}"
            else:  # the column's affinity makes a number of the text
                held = f"{spelt} = {name}" + self._no_zero()
            return (mark if missing else (f"%!.{digits}g", name)), f"({other}{held})"
        if not sorts & {"real", "text"}:
            return ("%s", f"quote({name})"), f"typeof({name}) NOT IN ('real', 'text')"
        return ("%s", self.any_value(plain=True)), ""

    def _is_exact(self) -> bool:
        """Say whether the column keeps 1, 1.0 and '1' apart."""
        return self.affinity in {"BLOB", "TEXT"}

    def _no_zero(self) -> str:
        """Leave zeros to more care, but where the column keeps none below zero."""
        return "" if self.affinity == "REAL" else f" AND {self.name} <> 0.0"

    def _same(self, spelt: str) -> str:
        """Spell whether a text is read as just this float."""
        return f"CAST({spelt} AS REAL) = {self.name}" + self._no_zero()

    def any_value(self, *, plain: bool) -> str:
        """Spell a value of any sort."""
        name = self.name
        brief, long = f"CAST({name} AS TEXT)", f"printf('%!.17g', {name})"
        real = (
            f"CASE WHEN {self._same(brief)} THEN {brief} WHEN {self._same(long)} THEN {long} "
            f"ELSE scitex_exact({name}) END"
        )
        held = f"CAST({name} AS BLOB)"
        text = f"'CAST(X''' || hex({held}) || ''' AS TEXT)'"
        if plain:
            text = f"iif(instr({name}, char(0)), {text}, quote({name}))"
        else:
            text = f"iif(scitex_whole({held}), quote({name}), {text})"
        return (
            f"CASE typeof({name}) WHEN 'real' THEN {real} WHEN 'text' THEN {text} "
            f"ELSE quote({name}) END"
        )


def _all(conditions: Sequence[str]) -> str:
    """Join conditions, as a tree: two thousand in a row are too deep for SQLite."""
    if len(conditions) == 1:
        return conditions[0]
    half = len(conditions) // 2
    return f"({_all(conditions[:half])} AND {_all(conditions[half:])})"


def _line(parts: Sequence[tuple[str, str]]) -> str:
    """Spell a whole line; a function takes no more than 127 arguments."""
    calls = []
    for start in range(0, len(parts), _ARGUMENTS):
        some = parts[start : start + _ARGUMENTS]
        marks = ",".join(mark for mark, _ in some)
        marks = ("," if start else "(") + marks + (")" if start + len(some) == len(parts) else "")
        calls.append(f"printf('{marks}', {', '.join(spelt for _, spelt in some)})")
    return " || ".join(calls)


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

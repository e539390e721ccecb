"""Reading the words a column is declared with: ``"VARCHAR(50) NOT NULL DEFAULT 'x'"``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import attrs

from scitex.db.domain.errors import SchemaError
from scitex.db.domain.sql.sqltext import Token, declaration
from scitex.db.domain.tables import Action, ColumnSpec, ForeignKey, TableSpec
from scitex.db.domain.types import SERIALS, column_type

# Words that end the type and begin a rule.
_RULES = frozenset(
    "CONSTRAINT PRIMARY NOT NULL UNIQUE CHECK DEFAULT COLLATE REFERENCES GENERATED AS "
    "AUTOINCREMENT AUTO_INCREMENT DEFERRABLE".split()
)
_ACTIONS = ("NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT")


@attrs.define
class _Reader:
    """Walks over the pieces of one declaration."""

    column: str
    pieces: list[Token]
    place: int = 0

    def peek(self) -> str:
        """Return the next word in upper case, or the next piece as it is; '' at the end."""
        self.skip()
        if self.place == len(self.pieces):
            return ""
        token = self.pieces[self.place]
        return token.text.upper() if token.kind == "word" else token.text

    def skip(self) -> None:
        while self.place < len(self.pieces) and self.pieces[self.place].kind == "space":
            self.place += 1

    def take(self, *words: str) -> bool:
        """Step over `words` if they come next."""
        start = self.place
        for word in words:
            if self.peek() != word:
                self.place = start
                return False
            self.place += 1
        return True

    def brackets(self) -> str:
        """Return the text inside the bracket that comes next."""
        if self.peek() != "(":
            raise self.error("a bracket is missing")
        start = self.place
        self._past_brackets()
        return "".join(token.text for token in self.pieces[start + 1 : self.place - 1]).strip()

    def _past_brackets(self) -> None:
        depth = 0
        while True:
            token = self.pieces[self.place]
            depth += {"open": 1, "close": -1}.get(token.kind, 0)
            self.place += 1
            if depth == 0:
                return

    def until_rule(self) -> str:
        """Return the text up to the next rule; brackets are passed over whole."""
        self.skip()
        start = self.place
        while self.place < len(self.pieces):
            token = self.pieces[self.place]
            if token.kind == "word" and token.text.upper() in _RULES and self.place > start:
                break
            if token.text == ",":
                raise self.error("it holds a comma outside brackets")
            if token.kind == "open":
                self._past_brackets()
            else:
                self.place += 1
        return "".join(token.text for token in self.pieces[start : self.place]).strip()

    def name(self) -> str:
        """Return the name that comes next, without its quotes."""
        self.skip()
        if self.place == len(self.pieces):
            raise self.error("a name is missing")
        token = self.pieces[self.place]
        self.place += 1
        if token.kind == "name":
            return token.text[1:-1].replace(token.text[-1] * 2, token.text[-1])
        if token.kind != "word":
            raise self.error(f"a name was expected, not {token.text!r}")
        return token.text

    def error(self, why: str) -> SchemaError:
        text = "".join(token.text for token in self.pieces)
        return SchemaError(
            f"column {self.column!r} cannot be declared as {text!r}: {why}",
            hint='a type, then rules: "INTEGER PRIMARY KEY", "TEXT NOT NULL DEFAULT \'\'"',
        )


@attrs.define
class Declared:
    """A column with the table's rules that its declaration carries."""

    column: ColumnSpec
    primary_key: bool = False
    unique: bool = False
    references: ForeignKey | None = None
    checks: list[str] = attrs.field(factory=list)


def column_declared(name: str, text: str) -> Declared:
    """
    Read one column's declaration.

    Parameters
    ----------
    name : str
    text : str
        The type of either engine, or a portable word, then rules in any order.

    Returns
    -------
    Declared

    Raises
    ------
    SchemaError
        If it cannot be understood.
    UnsafeFragmentError
        If it could leave its place in CREATE TABLE.

    Examples
    --------
    >>> found = column_declared("id", "INTEGER PRIMARY KEY AUTOINCREMENT")
    >>> found.primary_key, found.column.autoincrement
    (True, True)
    """
    if not isinstance(text, str):
        raise SchemaError(
            f"column {name!r} is declared by {text!r}, which is not text",
            hint='use the type\'s words: {"id": "INTEGER PRIMARY KEY"}',
        )
    reader = _Reader(name, declaration(text) if text.strip() else [])
    word = "" if reader.peek() in _RULES else reader.until_rule()
    type = column_type(word)
    serial = type.word in SERIALS
    found = Declared(ColumnSpec(name, type, nullable=not serial, autoincrement=serial))
    while reader.peek():
        _rule(reader, found)
    column = found.column
    if column.autoincrement and not (serial or found.primary_key):
        raise reader.error("AUTOINCREMENT needs PRIMARY KEY")
    if found.primary_key:
        found.column = attrs.evolve(column, nullable=False)
    return found


def _rule(reader: _Reader, found: Declared) -> None:
    """Read one rule into `found`."""
    if reader.take("CONSTRAINT"):
        reader.name()
    if reader.take("PRIMARY", "KEY"):
        found.primary_key = True
        _ = reader.take("ASC")
    elif reader.take("NOT", "NULL"):
        found.column = attrs.evolve(found.column, nullable=False)
    elif reader.take("UNIQUE"):
        found.unique = True
    elif reader.take("CHECK"):
        found.checks.append(reader.brackets())
    elif reader.take("REFERENCES"):
        found.references = _references(reader, found.column.name)
    elif not (reader.take("NULL") or reader.take("NOT", "DEFERRABLE")):
        found.column = _column_rule(reader, found.column)


def _column_rule(reader: _Reader, column: ColumnSpec) -> ColumnSpec:
    """Read a rule that is the column's own."""
    if reader.take("AUTOINCREMENT") or reader.take("AUTO_INCREMENT"):
        return attrs.evolve(column, autoincrement=True)
    if reader.take("DEFAULT"):
        if reader.peek() in {"", *_RULES} - {"NULL"}:
            raise reader.error("DEFAULT is followed by a value")
        return attrs.evolve(column, default=reader.until_rule())
    if reader.take("COLLATE"):
        return attrs.evolve(column, collation=reader.name())
    if reader.take("GENERATED", "ALWAYS", "AS", "IDENTITY") or reader.take(
        "GENERATED", "BY", "DEFAULT", "AS", "IDENTITY"
    ):
        return attrs.evolve(column, autoincrement=True, nullable=False)
    if reader.take("GENERATED", "ALWAYS", "AS") or reader.take("AS"):
        text = reader.brackets()
        _ = reader.take("STORED") or reader.take("VIRTUAL")
        return attrs.evolve(column, generated=text)
    raise reader.error(f"{reader.peek()!r} is not a rule that is known")


def _references(reader: _Reader, column: str) -> ForeignKey:
    """Read what follows REFERENCES."""
    table = reader.name()
    columns: list[str] = []
    if reader.peek() == "(":
        inside = _Reader(reader.column, declaration(reader.brackets()))
        columns.append(inside.name())
        while inside.take(","):
            columns.append(inside.name())
    actions = {"DELETE": "NO ACTION", "UPDATE": "NO ACTION"}
    while reader.take("ON"):
        event = reader.peek()
        if event not in actions:
            raise reader.error("ON is followed by DELETE or UPDATE")
        reader.place += 1
        action = next((known for known in _ACTIONS if reader.take(*known.split())), None)
        if action is None:
            raise reader.error(f"{reader.peek()!r} is no action of a foreign key")
        actions[event] = action
    return ForeignKey(
        column,
        table,
        columns,
        on_delete=cast("Action", actions["DELETE"]),
        on_update=cast("Action", actions["UPDATE"]),
        deferred=_deferred(reader),
    )


def _deferred(reader: _Reader) -> bool:
    """Read DEFERRABLE and when it is checked."""
    if not reader.take("DEFERRABLE"):
        return False
    if reader.take("INITIALLY", "DEFERRED"):
        return True
    _ = reader.take("INITIALLY", "IMMEDIATE")
    return False


def table_declared(
    name: str,
    columns: Mapping[str, str | ColumnSpec],
    *,
    primary_key: str | Iterable[str] = (),
    unique: Iterable[str | Iterable[str]] = (),
    foreign_keys: Iterable[ForeignKey] | Mapping[str, str] = (),
) -> TableSpec:
    """
    Make a table from the documented mapping of names to declarations.

    Parameters
    ----------
    name : str
    columns : mapping of str to str or ColumnSpec
        Each column's declaration.
    primary_key : str or iterable of str, optional
        The key's columns, where no declaration says PRIMARY KEY.
    unique : iterable of str or of iterables of str, optional
        Further sets of columns that no two records share.
    foreign_keys : iterable of ForeignKey, or mapping of str to str, optional
        As specs, or as ``{"user_id": "users.id"}``.

    Returns
    -------
    TableSpec

    Raises
    ------
    SchemaError
        If a declaration cannot be understood, or the key is declared twice.

    Examples
    --------
    >>> users = table_declared("users", {"id": "INTEGER PRIMARY KEY", "name": "TEXT"})
    >>> users.primary_key, users.names
    (('id',), ('id', 'name'))
    """
    if not isinstance(columns, Mapping):
        raise SchemaError(
            f"the columns of table {name!r} must be a mapping, not {type(columns).__name__}",
            hint='write {"id": "INTEGER PRIMARY KEY", "name": "TEXT"}, or pass a TableSpec',
        )
    found = [
        Declared(text) if isinstance(text, ColumnSpec) else column_declared(column, text)
        for column, text in columns.items()
    ]
    key = [entry.column.name for entry in found if entry.primary_key]
    given = [primary_key] if isinstance(primary_key, str) else list(primary_key)
    if len(key) > 1 or (key and given and key != given):
        raise SchemaError(
            f"table {name!r} declares its primary key more than once: {[*key, *given]}",
            hint="for a key of several columns pass primary_key=[...] instead",
        )
    key = key or given
    specs = [
        attrs.evolve(entry.column, nullable=False) if entry.column.name in key else entry.column
        for entry in found
    ]
    references = [entry.references for entry in found if entry.references]
    return TableSpec(
        name,
        specs,
        primary_key=key,
        unique=[*(entry.column.name for entry in found if entry.unique), *unique],
        foreign_keys=[*references, *_foreign_keys(foreign_keys)],
        checks=[check for entry in found for check in entry.checks],
    )


def _foreign_keys(given: Iterable[ForeignKey] | Mapping[str, str]) -> list[ForeignKey]:
    """Read ``{"user_id": "users.id"}``; specs stay as they are."""
    if not isinstance(given, Mapping):
        listed: Any = [given] if isinstance(given, ForeignKey) else given
        if isinstance(listed, str) or not isinstance(listed, Iterable):
            raise _no_foreign_keys(given)
        specs = list(listed)
        if not all(isinstance(key, ForeignKey) for key in specs):
            raise _no_foreign_keys(given)
        return specs
    keys = []
    for column, target in given.items():
        table, dot, reference = target.rpartition(".")
        keys.append(ForeignKey(column, table if dot else reference, reference if dot else ()))
    return keys


def _no_foreign_keys(given: object) -> SchemaError:
    return SchemaError(
        f"foreign_keys cannot be read from {given!r}",
        hint='write {"user_id": "users.id"}, or [ForeignKey("user_id", "users", "id")]',
    )

"""What a class's objects are as records of a table, and the way back."""

from __future__ import annotations

import dataclasses
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import attrs
import cattrs

from scitex.db.domain.declarations import table_declared
from scitex.db.domain.errors import DataError, Error, InterfaceError, SchemaError
from scitex.db.domain.names import identifiers
from scitex.db.domain.tables import TableSpec
from scitex.db.domain.types import Kind
from scitex.db.services.repositories import fields
from scitex.db.services.repositories.fields import Kept, Turn

T = TypeVar("T")
Values = dict[str, Any]

SQL = "sql"  # the name, in a field's metadata, of the words that its column is declared with
_ABSENT = object()


@attrs.frozen
class Field:
    """
    One field of a class.

    Attributes
    ----------
    attribute : str
        What an object calls it.
    name : str
        What its column, and the parameter of ``__init__``, is called.
    kept : Kept
    optional : bool
        Whether it may be None.
    default : object
        A plain value that objects have by default, or `_ABSENT`.
    sql : str
        The words that its column is declared with, where the class says them.
    """

    attribute: str
    name: str
    kept: Kept
    optional: bool
    default: Any
    sql: str


@attrs.frozen
class ObjectMapping(Generic[T]):
    """
    A class, and the table that keeps its objects.

    Attributes
    ----------
    kind : type
    spec : TableSpec
    fields : tuple of Field
    key : tuple of str
    version : str, optional
        The column that counts an object's changes.
    """

    kind: type[T]
    spec: TableSpec
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    version: str | None
    names: tuple[str, ...] = attrs.field(init=False)
    object: Callable[[Values], T] = attrs.field(init=False, repr=False)
    _read: Callable[[Any], Any] = attrs.field(init=False, repr=False)
    _writers: tuple[tuple[int, Turn], ...] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        setting = object.__setattr__  # as attrs has it for frozen classes
        setting(self, "names", tuple(each.name for each in self.fields))
        setting(self, "object", _maker(self))
        setting(self, "_read", _reader(self.fields))
        writers = ((place, each.kept.write) for place, each in enumerate(self.fields))
        setting(self, "_writers", tuple((place, turn) for place, turn in writers if turn))

    @property
    def table(self) -> str:
        """The table's name."""
        return self.spec.name

    @property
    def numbered(self) -> str | None:
        """The key's column, where the engine numbers the records."""
        found = self.spec.numbered
        return found if found in self.key else None

    def record(self, given: T) -> Values:
        """
        Return the record of an object; a key without a value is left out.

        Raises
        ------
        InterfaceError
            If it is of another class.
        DataError
            If one of its values is not what the class declares.
        """
        self._refuse_others(given)
        found = dict(zip(self.names, self._read(given), strict=True))
        for place, write in self._writers:
            value = found[self.names[place]]
            if value is not None:
                found[self.names[place]] = self._written(place, write, value)
        if self.numbered is not None and found[self.numbered] is None:
            del found[self.numbered]
        return found

    def _refuse_others(self, given: Any) -> None:
        if not isinstance(given, self.kind):
            raise InterfaceError(
                f"table {self.table!r} keeps {self.kind.__name__}, not {type(given).__name__}: "
                f"{given!r:.60}",
                hint="make a repository for that class",
            )

    def columns(self, given: Sequence[T]) -> list[list[Any]]:
        """
        Return the columns of some objects.

        Raises
        ------
        InterfaceError
            If one is of another class.
        """
        if {type(each) for each in given} != {self.kind}:
            for each in given:
                self._refuse_others(each)
        found = list(map(list, zip(*map(self._read, given), strict=True)))
        for place, write in self._writers:
            found[place] = [
                None if value is None else self._written(place, write, value)
                for value in found[place]
            ]
        return found

    def _written(self, place: int, write: Turn, value: Any) -> Any:
        """Turn a value into what is stored."""
        try:
            return write(value)
        except Error:
            raise
        except Exception as error:
            name = self.names[place]
            raise DataError(
                f"{value!r:.60} does not fit field {name!r} of {self.kind.__name__}, which table "
                f"{self.table!r} keeps: {_reason(error)}",
                table=self.table,
                column=name,
                hint="give what the class declares",
            ) from error

    def unread(self, record: Values, name: str, error: Exception) -> DataError:
        """Make the error that a record is none of the class's."""
        key = ", ".join(f"{each}={record.get(each)!r:.40}" for each in self.key)
        return DataError(
            f"column {name!r} of table {self.table!r} holds {record.get(name)!r:.60} where {key}, "
            f"of which no {self.kind.__name__} can be made: {_reason(error)}",
            table=self.table,
            column=name,
            hint="select() gives the record as it is, update() mends it",
        )

    def key_of(self, values: Mapping[str, Any]) -> Any:
        """Return a record's key, a tuple where it has several columns."""
        if len(self.key) == 1:
            return values.get(self.key[0])
        return tuple(values.get(name) for name in self.key)

    def changed(self, given: T, **values: Any) -> T:
        """Return an object with other values: itself, or another where it is frozen."""
        attributes = {each.name: each.attribute for each in self.fields}
        try:
            for name, value in values.items():
                setattr(given, attributes[name], value)
        except AttributeError:  # frozen; both kinds of error are this one
            if attrs.has(self.kind):
                return attrs.evolve(given, **values)  # type: ignore[misc]
            return dataclasses.replace(given, **values)  # type: ignore[type-var]
        return given


def _reader(fields: Sequence[Field]) -> Callable[[Any], tuple[Any, ...]]:
    """Return what reads an object's fields."""
    get = operator.attrgetter(*(each.attribute for each in fields))
    return (lambda given: (get(given),)) if len(fields) == 1 else get


def _reason(error: BaseException) -> str:
    """Return what an error says, the first one of a group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"


def _maker(mapping: ObjectMapping[T]) -> Callable[[Values], T]:
    """Return what makes an object of a record, which may be changed on the way."""
    kind: Callable[..., T] = mapping.kind
    readers = [
        (each.name, each.kept.read, None if each.optional else each.kept.missing)
        for each in mapping.fields
        if each.kept.read or (each.kept.missing is not None and not each.optional)
    ]
    if not readers:
        return lambda record: kind(**record)

    def made(record: Values) -> T:
        for name, read, missing in readers:
            value = record[name]
            if value is None:
                record[name] = missing
            elif read is not None:
                try:
                    record[name] = read(value)
                except Error:
                    raise
                except Exception as error:
                    raise mapping.unread(record, name, error) from error
        return kind(**record)

    return made


def mapped(
    kind: type[T],
    table: str,
    *,
    key: Any,
    version: str | None,
    converter: cattrs.Converter,
) -> ObjectMapping[T]:
    """
    Work out how a class's objects are kept.

    Raises
    ------
    InterfaceError
        If it is no class of attrs and no dataclass.
    SchemaError
        If a field is of a sort that no column is known for, the key or the version is no field,
        or a declaration cannot be understood.
    """
    found = tuple(_fields(kind, converter))
    columns = identifiers(key)
    names = [each.name for each in found]
    for name in (*columns, *([version] if version else [])):
        if name not in names:
            raise SchemaError(
                f"class {kind.__name__!r} has no field {name!r}",
                hint=f"there are: {', '.join(map(repr, names))}",
            )
    if not columns:
        raise SchemaError(f"objects of {kind.__name__!r} have no key", hint="pass key='id'")
    spec = table_declared(
        table, {each.name: _declared(each, columns) for each in found}, primary_key=columns
    )
    if version is not None and spec.column(version).type.kind is not Kind.INTEGER:
        raise SchemaError(
            f"field {version!r} of {kind.__name__!r} counts changes, so it has to be an int",
            hint="declare it version: int = 1",
        )
    return ObjectMapping(kind, spec, found, columns, version)


def _fields(kind: Any, converter: cattrs.Converter) -> Iterator[Field]:
    if isinstance(kind, type) and attrs.has(kind):
        given = [
            (each.name, each.alias or each.name, each.default, each.metadata)
            for each in attrs.fields(kind)
            if each.init
        ]
    elif isinstance(kind, type) and dataclasses.is_dataclass(kind):
        given = [
            (one.name, one.name, one.default, one.metadata)
            for one in dataclasses.fields(kind)
            if one.init
        ]
    else:
        raise InterfaceError(
            f"{kind!r} is no class of attrs and no dataclass",
            hint="decorate it with @attrs.define or @dataclasses.dataclass",
        )
    hints = fields.hints(kind)
    for attribute, name, default, metadata in given:
        sql = str(metadata.get(SQL, ""))
        annotation = hints.get(attribute)
        kept, optional = _kept(annotation, converter, sql)
        if kept is None:
            raise SchemaError(
                f"field {attribute!r} of {kind.__name__!r} is of type {annotation!r}, for which "
                "no column is known",
                hint='say one, metadata={"sql": "TEXT"}, and how it is spelt, by hooks of the '
                "repository's converter",
            )
        value = getattr(default, "value", default)
        plain = default is not attrs.NOTHING and isinstance(value, (bool, int, float, str))
        plain = plain and (not isinstance(value, float) or math.isfinite(value))
        yield Field(attribute, name, kept, optional, default if plain else _ABSENT, sql)


def _kept(annotation: Any, converter: cattrs.Converter, sql: str) -> tuple[Kept | None, bool]:
    bare, optional = fields.split(annotation)
    found = fields.kept(bare, converter)
    if found is None and sql:
        found = fields.by_hooks(bare, sql, converter)
    return found, optional


def _declared(field: Field, key: tuple[str, ...]) -> str:
    """Return the words that a field's column is declared with."""
    words = field.sql or field.kept.words
    upper = words.upper()
    required = not field.optional and field.kept.missing is None
    if required and "NOT NULL" not in upper and field.name not in key:
        words += " NOT NULL"
    if field.default is not _ABSENT and "DEFAULT" not in upper and field.name not in key:
        words += f" DEFAULT {_literal(field.default)}"
    return words


def _literal(given: Any) -> str:
    value = getattr(given, "value", given)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        quoted = value.replace("'", "''")
        return f"'{quoted}'"
    return repr(value)

"""A drawing of a schema, as a value: boxes and the lines between them."""

from __future__ import annotations

import attrs


@attrs.frozen
class Field:
    """A column as it is drawn."""

    name: str
    type: str
    primary: bool = False
    foreign: bool = False
    unique: bool = False
    nullable: bool = True

    @property
    def marks(self) -> tuple[str, ...]:
        """Which keys it is part of: PK, FK, UK."""
        told = (("PK", self.primary), ("FK", self.foreign), ("UK", self.unique))
        return tuple(mark for mark, holds in told if holds)


@attrs.frozen
class Entity:
    """
    A table as it is drawn.

    Attributes
    ----------
    name : str
    fields : tuple of Field
        Those that are shown.
    hidden : int
        How many are not.
    outside : bool
        Whether the table is there only because another one refers to it.
    """

    name: str
    fields: tuple[Field, ...] = ()
    hidden: int = 0
    outside: bool = False


@attrs.frozen
class Relation:
    """
    A foreign key as it is drawn.

    Attributes
    ----------
    child : str
        The table that refers.
    columns : tuple of str
    parent : str
        The table referred to.
    references : tuple of str
        Its columns.
    optional : bool
        Whether a record may refer to none.
    single : bool
        Whether at most one record refers to another.
    """

    child: str
    columns: tuple[str, ...]
    parent: str
    references: tuple[str, ...]
    optional: bool
    single: bool

    @property
    def label(self) -> str:
        """The columns that refer, where their names say more than the line does."""
        return ", ".join(self.columns)


@attrs.frozen
class Drawing:
    """
    A schema as it is drawn.

    Attributes
    ----------
    entities : tuple of Entity
        Sorted by name.
    relations : tuple of Relation
    title : str or None
    """

    entities: tuple[Entity, ...]
    relations: tuple[Relation, ...]
    title: str | None = None

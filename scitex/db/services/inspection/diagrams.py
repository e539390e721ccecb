"""Making a drawing of a schema, and writing it in the form that a file's name asks for."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal

from scitex.db.domain.errors import InterfaceError, OperationalError
from scitex.db.domain.inspection.catalogued import Constraint
from scitex.db.domain.tables import TableSpec
from scitex.db.ports.files import Files
from scitex.db.ports.rendering import Renderer
from scitex.db.ports.storage import Storage
from scitex.db.services.inspection import dotlanguage, mermaid, relations
from scitex.db.services.inspection.drawings import Drawing, Entity, Field, Relation

Detail = Literal["all", "keys", "none"]
_DRAWN_WHOLE = 40  # tables; with more, a drawing of all columns is too large to be read
_TEXTS = {".mmd": mermaid.text, ".mermaid": mermaid.text, ".dot": dotlanguage.text}
_TEXTS[".gv"] = dotlanguage.text
_DRAWN = {".svg": "svg", ".png": "png", ".pdf": "pdf"}


def drawing(
    storage: Storage,
    tables: tuple[str, ...] | None,
    *,
    neighbours: bool = False,
    columns: Detail | None = None,
    title: str | None = None,
) -> Drawing:
    """
    Look at the tables and say what is to be drawn.

    Raises
    ------
    TableNotFoundError
        If one of `tables` is not there.
    InterfaceError
        If `columns` is not one of the three words.
    """
    if columns not in {None, "all", "keys", "none"}:
        raise InterfaceError(
            f'columns must be "all", "keys" or "none", not {columns!r}',
            hint="leave it out to have all where there is room",
        )
    chosen = storage.tables() if tables is None else list(tables)
    if tables is not None:
        for name in tables:
            storage.describe(name)
        if neighbours:
            chosen = list(relations.neighbours(storage, tables))
    detail = columns or ("all" if len(chosen) <= _DRAWN_WHOLE else "keys")
    specs = {name: storage.describe(name) for name in sorted(chosen)}
    entities = {name: _entity(spec, detail) for name, spec in specs.items()}
    lines = []
    for spec in specs.values():
        for key in relations.keys(storage, spec.name):
            line = _relation(spec, key)
            lines.append(line)
            entities.setdefault(line.parent, Entity(line.parent, outside=True))
    lines.sort(key=lambda line: (line.parent, line.child, line.columns))
    boxes = tuple(entities[name] for name in sorted(entities))
    return Drawing(boxes, tuple(lines), title)


def _entity(spec: TableSpec, detail: Detail) -> Entity:
    foreign = {name for key in spec.foreign_keys for name in key.columns}
    unique = {name for key in spec.unique for name in key}
    fields = [
        Field(
            column.name,
            column.type.portable,
            column.name in spec.primary_key,
            column.name in foreign,
            column.name in unique,
            column.nullable,
        )
        for column in spec.columns
    ]
    shown = [
        field for field in fields if detail == "all" or (detail == "keys" and bool(field.marks))
    ]
    return Entity(spec.name, tuple(shown), len(fields) - len(shown))


def _relation(spec: TableSpec, key: Constraint) -> Relation:
    place = "" if key.referred_schema is None else f"{key.referred_schema}."
    return Relation(
        spec.name,
        key.columns,
        f"{place}{key.referred_table}",
        key.referred_columns,
        optional=any(spec.column(name).nullable for name in key.columns),
        single=spec.is_key(key.columns),
    )


def write(drawn: Drawing, path: str, files: Files, renderer: Renderer) -> str:
    """
    Write a drawing in the form that the file's name asks for; return the path.

    Raises
    ------
    InterfaceError
        If the name ends in none that is known.
    OperationalError
        If it takes a program that is not there; its text is beside then.
    """
    suffix = PurePath(path).suffix
    form = suffix.lower()
    if form in _TEXTS:
        _replace(files, path, _TEXTS[form](drawn).encode())
        return path
    if form not in _DRAWN:
        raise InterfaceError(
            f"{path!r} ends in {suffix or 'nothing'}, which is no form of a diagram",
            hint="name it .mmd (Mermaid), .dot, .svg, .png or .pdf",
        )
    dot = dotlanguage.text(drawn)
    try:
        picture = renderer.render(dot, _DRAWN[form])
    except OperationalError as error:
        beside = str(PurePath(path).with_suffix(".dot"))
        _replace(files, beside, dot.encode())
        raise OperationalError(
            f"{error.message}; what is to be drawn was written to {beside!r}",
            hint=f"{error.hint or 'look into it'}; or ask for a .mmd, which needs nothing",
        ) from error
    _replace(files, path, picture)
    return path


def _replace(files: Files, path: str, content: bytes) -> None:
    with files.replacing(path) as file:
        file.write(content)

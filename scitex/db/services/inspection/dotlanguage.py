"""A drawing in graphviz's language: a box a table, a row a column, crow's feet at the lines."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping

from scitex.db.services.inspection.drawings import Drawing, Entity, Field, Relation

_HEAD = """digraph schema {
    graph [rankdir=LR, nodesep=0.45, ranksep=1.1, pad=0.3, bgcolor="white", fontname="Helvetica",
        fontsize=18, labelloc=t]
    node [shape=plain, fontname="Helvetica", fontsize=11, fontcolor="#1f2933"]
    edge [dir=both, color="#52606d", penwidth=1.1, arrowsize=0.8, fontname="Helvetica",
        fontsize=9, fontcolor="#52606d"]"""
_MARKS = {"PK": "#9a6700", "FK": "#0b5fa5", "UK": "#3f7d20"}
_INK = "#1f2933"
_GREY = "#7b8794"
_LONGEST = 60  # characters of a name or a type that are shown


def text(drawing: Drawing) -> str:
    """
    Spell a drawing.

    Examples
    --------
    >>> text(Drawing((Entity("users"),), ())).splitlines()[-2].strip()[:9]
    '"users" ['
    """
    lines = [_HEAD]
    if drawing.title is not None:
        lines.append(f"    label={_quoted(drawing.title)}")
    places = {
        entity.name: {field.name: place for place, field in enumerate(entity.fields)}
        for entity in drawing.entities
    }
    told = _told_in_rows(drawing)
    lines += [
        f"    {_quoted(entity.name)} [label=<{_box(entity, told.get(entity.name, {}))}>]"
        for entity in drawing.entities
    ]
    lines += [f"    {_line(relation, places)}" for relation in drawing.relations]
    return "\n".join([*lines, "}", ""])


def _told_in_rows(drawing: Drawing) -> dict[str, dict[str, str]]:
    """Return which column a column refers to, by table, where the lines do not show it."""
    found: dict[str, dict[str, str]] = {}
    for relation in drawing.relations:
        if relation.parent == relation.child or len(relation.columns) > 1:
            pairs = zip(relation.columns, relation.references, strict=False)
            found.setdefault(relation.child, {}).update(pairs)
    return found


def _quoted(name: str) -> str:
    """Spell a name; graphviz reads a backslash as the beginning of an escape."""
    return '"' + _shown(name).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shown(text: str) -> str:
    """Leave out what cannot be drawn."""
    return re.sub(r"[\x00-\x1f\x7f]", " ", text)


def _escaped(text: str) -> str:
    """Spell a text for a label; a long one is cut."""
    shown = _shown(text)
    cut = shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."
    spelt = html.escape(cut).replace("]", "&#93;")  # which graphviz takes for CDATA's end
    # It would put the box's name for a \N, too; on its own a backslash is what it is.
    return spelt.replace("\\", f'<FONT COLOR="{_INK}">\\</FONT>')


def _box(entity: Entity, told: Mapping[str, str]) -> str:
    """Spell a table's box."""
    edge, fill = ("#9fb3c8", "#dce8f5") if not entity.outside else ("#cbd2d9", "#f5f7fa")
    rows = "".join(_rows(entity, fill, told))
    return (
        '<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="4" '
        f'COLOR="{edge}" BGCOLOR="white">{rows}</TABLE>'
    )


def _rows(entity: Entity, fill: str, told: Mapping[str, str]) -> Iterator[str]:
    name = _escaped(entity.name)
    head = f"<I>{name}</I>" if entity.outside else f"<B>{name}</B>"
    yield f'<TR><TD PORT="head" COLSPAN="3" BGCOLOR="{fill}">{head}</TD></TR>'
    for place, field in enumerate(entity.fields):
        yield _row(place, field, told.get(field.name))
    if entity.hidden and entity.fields:
        more = f"and {entity.hidden} more"
        yield (
            f'<TR><TD></TD><TD COLSPAN="2" ALIGN="LEFT"><FONT COLOR="{_GREY}" POINT-SIZE="9">'
            f"{more}</FONT></TD></TR>"
        )


def _row(place: int, field: Field, to: str | None) -> str:
    """Spell a column's row: its keys, its name, its type, and what it refers to."""
    marks = " ".join(
        f'<FONT COLOR="{_MARKS[mark]}" POINT-SIZE="9"><B>{mark}</B></FONT>' for mark in field.marks
    )
    name = _escaped(field.name)
    name = f"<U>{name}</U>" if field.primary else name
    required = bool(field.type) and not (field.nullable or field.primary)
    type = _escaped(field.type) + (" NOT NULL" if required else "")
    type += f" &rarr; {_escaped(to)}" if to is not None else ""
    type = type.strip()
    spelt = f'<FONT COLOR="{_GREY}" POINT-SIZE="9">{type}</FONT>' if type else ""
    return (
        f'<TR><TD PORT="l{place}" ALIGN="LEFT">{marks}</TD><TD ALIGN="LEFT">{name}</TD>'
        f'<TD PORT="r{place}" ALIGN="LEFT">{spelt}</TD></TR>'
    )


def _line(relation: Relation, places: dict[str, dict[str, int]]) -> str:
    """Spell a line from the record referred to, on the left, to those that refer to it."""
    feet = "teeodot" if relation.single else "crowodot"
    name = _quoted(relation.parent)
    if relation.parent == relation.child:  # above the box: at its side the next one is in the way
        return f"{name}:n -> {name}:n [dir=forward, arrowhead={feet}]"
    parent = _end(places[relation.parent], relation.references, "r", "e")
    child = _end(places[relation.child], relation.columns, "l", "w")
    whole = "teeodot" if relation.optional else "teetee"
    return (
        f"{name}:{parent} -> {_quoted(relation.child)}:{child} "
        f"[arrowhead={feet}, arrowtail={whole}]"
    )


def _end(places: dict[str, int], columns: tuple[str, ...], side: str, compass: str) -> str:
    """Return where a line ends: at the first of its columns that is shown, or at the head."""
    shown = [places[name] for name in columns if name in places]
    return f"{side}{shown[0]}:{compass}" if shown else f"head:{compass}"

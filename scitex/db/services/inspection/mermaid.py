r"""
A drawing in Mermaid's language, which GitHub, GitLab, Jupyter and many editors show.

Its grammar is strict: names of tables may stand in quotes, but not with ``"``, ``%``, ``\`` or
line ends in them; types and names of columns are single words.  What does not fit is spelt with
characters that look alike, or stands in a comment as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from scitex.db.services.inspection.drawings import Drawing, Entity, Field, Relation

_ALIKE = str.maketrans({'"': "\N{DOUBLE PRIME}", "%": "\N{FULLWIDTH PERCENT SIGN}"})
_ALIKE |= str.maketrans({"\\": "\N{FULLWIDTH REVERSE SOLIDUS}"})
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def text(drawing: Drawing) -> str:
    """
    Spell a drawing.

    Examples
    --------
    >>> print(text(Drawing((Entity("users", (Field("id", "INTEGER", primary=True),)),), ())))
    erDiagram
        "users" {
            INTEGER id PK
        }
    <BLANKLINE>
    """
    names = unlike(entity.name for entity in drawing.entities)
    lines = []
    if drawing.title is not None:
        lines += ["---", f"title: {json.dumps(drawing.title, ensure_ascii=False)}", "---"]
    lines.append("erDiagram")
    for entity in drawing.entities:
        lines += _entity(entity, names[entity.name])
    lines += [_relation(relation, names) for relation in drawing.relations]
    return "\n".join([*lines, ""])


def unlike(given: Iterable[str]) -> dict[str, str]:
    """Spell names so that Mermaid takes them, different ones differently."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in given:
        spelt = _printable(name)
        number = 2
        while spelt in taken:
            spelt, number = f"{_printable(name)} ({number})", number + 1
        taken.add(spelt)
        found[name] = spelt
    return found


def _printable(name: str) -> str:
    """Spell a text so that it may stand in quotes, and is read as no escape: ``#quot;``."""
    spelt = re.sub(r"#(?=\w+;)", "\N{FULLWIDTH NUMBER SIGN}", name.translate(_ALIKE))
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", " ", spelt).strip() or "_"


def _entity(entity: Entity, name: str) -> Iterator[str]:
    if not entity.fields:
        yield f'    "{name}"'
        return
    yield f'    "{name}" {{'
    taken: set[str] = set()
    for field in entity.fields:
        yield f"        {_field(field, taken)}"
    yield "    }"


def _field(field: Field, taken: set[str]) -> str:
    """Spell a column: its type, its name, its keys, and what of these had to be changed."""
    type = field.type if _WORD.fullmatch(field.type) else _worded(field.type.split("(")[0])
    name = field.name if _WORD.fullmatch(field.name) else _worded(field.name)
    while name in taken:
        name += "_"
    taken.add(name)
    told = [field.name] if name != field.name else []
    told += [field.type] if type != field.type and field.type else []
    keys = f" {', '.join(field.marks)}" if field.marks else ""
    comment = f' "{_printable("; ".join(told))}"' if told else ""
    return f"{type} {name}{keys}{comment}"


def _worded(text: str) -> str:
    """Make a single word of a text."""
    word = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")
    return word if _WORD.fullmatch(word) else f"_{word}"


def _relation(relation: Relation, names: dict[str, str]) -> str:
    """Spell a line: the parent on the left, crow's feet at the child."""
    parent = "|o" if relation.optional else "||"
    child = "o|" if relation.single else "o{"
    label = _printable(relation.label)
    return (
        f'    "{names[relation.parent]}" {parent}--{child} "{names[relation.child]}" : "{label}"'
    )

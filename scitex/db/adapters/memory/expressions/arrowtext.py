"""
What stands right of ``->`` and ``->>`` in SQL text, taken out before the text is parsed.

The parser takes a key for a path; here it is read as the engines read it.
"""

from __future__ import annotations

import functools
import re

from scitex.db.adapters.memory.expressions.scope import SYNTAX, Engine
from scitex.db.domain.errors import UnsupportedFeatureError
from scitex.db.domain.sql.sqltext import Token, tokens

Path = tuple[str | int, ...]

_LITERALS = {"string", "number"}
_RIGHT_OF = re.compile(r"#>>?\s*(?P<sign>-?)\s*\Z")
# A key that SQLite takes for nothing else, whatever its version.
PLAIN_KEY = re.compile(r"[^$\[\"\\][^\"\\]*")
_SIMPLE_PATH = re.compile(r"\$(?:\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]+\])*")
_STEP = re.compile(r"\.([^.\[]+)|\[([0-9]+)\]")


@functools.lru_cache(maxsize=512)
def without_paths(text: str, engine: Engine, prefix: str = "step") -> tuple[str, dict[str, Path]]:
    """
    Put a placeholder in the place of each literal right of an arrow.

    The arrows become ``#>`` and ``#>>``, which the parser takes for nothing else.

    Parameters
    ----------
    text : str
    engine : {"sqlite", "postgresql"}
        Whose text it is.
    prefix : str, optional
        What the placeholders are called, with a number after it; made longer until it is not
        in the text.

    Returns
    -------
    str, dict
        The text, and the path that each placeholder stands for.

    Raises
    ------
    UnsupportedFeatureError
        If SQLite could read a literal in more than one way.

    Examples
    --------
    >>> without_paths("j -> 'a' ->> 0 = 1", "sqlite")
    ('j #> :step0 #>> :step1 = 1', {'step0': ('a',), 'step1': (0,)})
    """
    if "->" not in text and "#>" not in text:
        return text, {}
    while prefix in text:
        prefix += "_"
    parts: list[str] = []
    paths: dict[str, Path] = {}
    for piece in tokens(text, SYNTAX[engine]):
        parts.append(piece.text)
        if piece.text != ">":
            arrow = _RIGHT_OF.search("".join(parts[-7:-1])) if piece.kind in _LITERALS else None
            if arrow is not None:
                name = f"{prefix}{len(paths)}"
                paths[name] = _path(piece, arrow["sign"], engine)
                kept = arrow.string[: arrow.start("sign")]
                parts[-7:] = [kept, f":{name}"]
        elif parts[-2:] == ["-", ">"]:
            parts[-2:] = ["#", ">"]
        elif parts[-2:] == ["#", ">"]:
            raise _unread("the operator #>")
    return "".join(parts), paths


def _path(piece: Token, sign: str, engine: Engine) -> Path:
    if piece.kind == "number":
        if piece.text.isdigit() and not (sign and engine == "sqlite"):
            return (int(sign + piece.text),)
    elif not sign:
        key = piece.text[1:-1].replace("''", "'")
        if engine == "postgresql" or PLAIN_KEY.fullmatch(key):
            return (key,)
        if _SIMPLE_PATH.fullmatch(key):
            steps = _STEP.finditer(key)
            return tuple(step[1] if step[1] is not None else int(step[2]) for step in steps)
    raise _unread(f"{sign}{piece.text} right of an arrow")


def _unread(what: str) -> UnsupportedFeatureError:
    return UnsupportedFeatureError(
        f"the in-memory engine does not read {what}",
        engine="memory",
        hint="write a key or an index right of ->, or say it with col(...)[...]",
    )

"""The promise to draw what is described in graphviz's language."""

from __future__ import annotations

from typing import Protocol


class Renderer(Protocol):
    """Something that draws."""

    def render(self, dot: str, format: str) -> bytes:
        """
        Return a drawing of a graph: ``"svg"``, ``"png"`` or ``"pdf"``.

        Raises `OperationalError` where the program is not there or cannot draw it.
        """
        ...

"""What an engine has to say of JSON, for conditions and indexes to be spelt."""

from __future__ import annotations

from typing import Any, Protocol

from scitex.db.domain.jsonpaths import Sort, Step

Path = tuple[Step, ...]
Around = tuple[str, str]


class JsonSpelling(Protocol):
    """
    How an engine spells questions about JSON.

    A document is a column's quoted name.  A pair of texts goes around a placeholder.  In no text
    is a percent sign doubled.
    """

    def value(self, document: str, path: Path, sort: Sort) -> str:
        """Spell the value at a path where it is of a sort, NULL elsewhere."""
        ...

    def real(self, document: str, path: Path) -> str:
        """Spell the number at a path as a float, NULL where there is none."""
        ...

    def lacks(self, document: str, path: Path) -> str:
        """Say that there is nothing at a path, or null."""
        ...

    def compared(self, document: str, path: Path, sort: Sort, *, sign: str, exact: bool) -> Around:
        """
        Spell what goes around a sign and a value that the one at a path is compared with.

        Where `exact` is wanted the comparison is NULL of a value that is not of the sort, else it
        may be false as well, so that an index serves it.
        """
        ...

    def place(self, sort: Sort, sign: str) -> Around:
        """Spell what goes around the placeholder of a value of a sort."""
        ...

    def spelt(self, value: Any, sort: Sort) -> Any:
        """Spell a value of a sort for the driver."""
        ...

    def contains(self, document: str, path: Path) -> Around:
        """Ask if the value at a path contains one that is given as JSON text."""
        ...

    def has_key(self, document: str, path: Path) -> Around:
        """Ask if the value at a path is an object with a member of the name given."""
        ...

    def replaced(self, document: str, path: Path) -> Around:
        """Spell a document in which a value, given as JSON text, is put at a path."""
        ...

    def indexed(self, document: str, path: Path) -> str:
        """
        Spell what an index is on that serves comparisons of the value at a path.

        Raises
        ------
        UnsupportedFeatureError
            If the engine has no index on such a path.
        """
        ...

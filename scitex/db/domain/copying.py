"""What a copy of a database carried, and what it could not."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from scitex.db.domain.errors import UnsupportedFeatureError
from scitex.db.domain.fingerprints import Fingerprint


@attrs.frozen
class Uncarried:
    """
    Something that a copy does not have.

    Attributes
    ----------
    what : str
        ``"view"``, ``"trigger"``, ``"default"``, ``"check"``, ``"index"``, ...
    name : str
        What it is called, or how it is spelt.
    table : str or None
        The table that it belongs to.
    minor : bool, default False
        Whether records and rules are the same without it: the order of text, for one.
    """

    what: str
    name: str
    table: str | None = None
    minor: bool = False

    def __str__(self) -> str:
        where = "" if self.table in {None, self.name} else f" of table {self.table!r}"
        return f"{self.what} {self.name!r}{where}"


@attrs.frozen
class Copied:
    """
    A copy that was made, and compared.

    Attributes
    ----------
    tables : tuple of Fingerprint
        Of the tables, the same in both databases.
    uncarried : tuple of Uncarried
        What the copy does not have.

    Examples
    --------
    >>> print(Copied((Fingerprint("runs", 2, "0" * 64),), (Uncarried("view", "best"),)))
    copied 1 table, 2 records; not carried: view 'best'
    """

    tables: tuple[Fingerprint, ...]
    uncarried: tuple[Uncarried, ...] = ()

    @property
    def rows(self) -> int:
        """How many records were copied."""
        return sum(table.rows for table in self.tables)

    def __str__(self) -> str:
        tables = f"{len(self.tables)} table{'' if len(self.tables) == 1 else 's'}"
        records = f"{self.rows:,} record{'' if self.rows == 1 else 's'}"
        lost = "; not carried: " + ", ".join(map(str, self.uncarried)) if self.uncarried else ""
        return f"copied {tables}, {records}{lost}"


def refuse_loss(uncarried: Iterable[Uncarried], *, engine: str) -> None:
    """
    Return where nothing but what is minor is left behind.

    Raises
    ------
    UnsupportedFeatureError
        If something is; all of it is named.
    """
    lost = [each for each in uncarried if not each.minor]
    if lost:
        raise UnsupportedFeatureError(
            f"a copy in {engine} cannot have all of it: {', '.join(map(str, lost))}",
            engine=engine,
            hint="pass strict=False to copy without it, or tables=[...] to leave tables out",
        )

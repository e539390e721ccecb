"""How a CSV file is written: what stands between values, and what for a missing one."""

from __future__ import annotations

import attrs

from scitex.db.domain.errors import InterfaceError


def _delimiter(given: object) -> str:
    if not isinstance(given, str) or len(given) != 1 or not given.isascii() or given in '"\r\n\0':
        raise InterfaceError(
            f"delimiter={given!r} cannot stand between values",
            hint="pass one ASCII character: ',' ';' or '\\t'",
        )
    return given


def _null(given: object) -> str:
    if not isinstance(given, str) or set(given) & set('"\r\n\0'):
        raise InterfaceError(
            f"null={given!r} cannot stand for a missing value",
            hint="pass a text without quotes and line breaks: '' or 'NA'",
        )
    return given


@attrs.frozen
class CsvForm:
    r"""
    How a CSV file is written.

    Attributes
    ----------
    delimiter : str, default ","
        One character between values.
    null : str, default ""
        What stands for a missing value, without quotes; a text that is the same has them.

    Raises
    ------
    InterfaceError
        If one of them could be taken for something else.

    Examples
    --------
    >>> CsvForm(delimiter=";").null
    ''
    """

    delimiter: str = attrs.field(default=",", converter=_delimiter)
    null: str = attrs.field(default="", converter=_null)

    def __attrs_post_init__(self) -> None:
        if self.delimiter in self.null:
            raise InterfaceError(
                f"null={self.null!r} holds the delimiter {self.delimiter!r}",
                hint="choose another text for missing values",
            )

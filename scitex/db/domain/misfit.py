"""Why a value cannot be kept."""

from __future__ import annotations


class Misfit(ValueError):  # noqa: N818 - never reaches a caller; `refused` makes the error
    """
    A value cannot be kept exactly.

    Parameters
    ----------
    why : str
    hint : str, optional
    """

    def __init__(self, why: str, hint: str | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.hint = hint

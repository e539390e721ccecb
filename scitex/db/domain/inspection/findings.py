"""What an examination of a database found, and what would help."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import attrs

from scitex.db.domain.tables import IndexSpec

Severity = Literal["error", "warning", "note"]
_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

# What may be mended by itself: it changes no record, and cannot make anything wrong.
FIXABLE = ("broken-index", "foreign-key-index", "sequence", "statistics")


@attrs.frozen
class Finding:
    """
    Something that was found.

    Attributes
    ----------
    check : str
        What was looked at, such as ``"sequence"``; the same words on every engine.
    severity : {"error", "warning", "note"}
        An error has made data wrong or unreadable, or will; a warning may; a note costs time
        or room, or is worth knowing.
    where : str
        The table, column, index or file.
    message : str
        What is the matter.
    remedy : str
        What to do.
    sql : str or None
        A statement that does it, where there is a safe one.
    index : IndexSpec or None
        An index that does it.
    """

    check: str
    severity: Severity
    where: str
    message: str
    remedy: str
    sql: str | None = None
    index: IndexSpec | None = None

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.message} [{self.check}]\n  {self.remedy}"


def _worst_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda finding: _SEVERITIES.index(finding.severity)))


@attrs.frozen
class Report:
    """
    What an examination found; it prints as text for a person.

    Attributes
    ----------
    database : str
        Which database, without a password.
    findings : tuple of Finding
        The worst first; what was fixed is not among them.
    fixed : tuple of Finding
        What was fixed, as it was found before.

    Examples
    --------
    >>> report = db.doctor()
    >>> report.ok, report.findings
    (True, ())
    """

    database: str
    findings: tuple[Finding, ...] = attrs.field(converter=_worst_first)
    fixed: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether there is neither an error nor a warning."""
        return all(finding.severity == "note" for finding in self.findings)

    def __str__(self) -> str:
        told = ", ".join(
            f"{number} {severity}{'' if number == 1 else 's'}"
            for severity in _SEVERITIES
            if (number := sum(each.severity == severity for each in self.findings))
        )
        lines = [f"{self.database}: {told or 'nothing was found'}"]
        lines += [f"fixed: {each.where}: {each.message} [{each.check}]" for each in self.fixed]
        return "\n".join([*lines, *map(str, self.findings)])

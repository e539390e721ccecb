"""What a throw-away server can be asked for, and how PostgreSQL is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import attrs

Source = Literal["dsn", "docker", "wheel", "local", "binaries"]
Setting = str | int | float | bool

# A killed server still loses nothing that it acknowledged: only fsync is off, and what
# a process has written outlives the process.  A power cut is what `durable` is for.
_HASTY: dict[str, Setting] = {"fsync": False, "full_page_writes": False, "max_wal_size": "4GB"}


@attrs.frozen(kw_only=True)
class Choices:
    """How a server is to be set up; the defaults are the quickest."""

    durable: bool = False
    tcp: bool = False
    settings: Mapping[str, Setting] = attrs.field(factory=dict)
    locale: str | None = None
    icu: str | None = None

    def made(self) -> list[str]:
        """Name the choices that differ from the defaults."""
        plain = Choices()
        return [
            field.name
            for field in attrs.fields(Choices)
            if getattr(self, field.name) != getattr(plain, field.name)
        ]

    def configuration(self) -> dict[str, str]:
        """Return server settings as PostgreSQL spells them; the caller's own come last."""
        chosen = {**({} if self.durable else _HASTY), **self.settings}
        return {name: _spelt(value) for name, value in chosen.items()}

    def locale_arguments(self) -> list[str]:
        """Return what ``initdb`` is to be told about language and order."""
        arguments = [f"--locale={self.locale or 'C'}"]
        if self.icu is not None:
            arguments += ["--locale-provider=icu", f"--icu-locale={self.icu}"]
        return arguments


def file_text(settings: Mapping[str, str]) -> str:
    """Write settings as lines of a ``postgresql.conf``."""
    escaped = {name: re.sub(r"(['\\])", r"\1\1", value) for name, value in settings.items()}
    return "".join(f"{name} = '{value}'\n" for name, value in escaped.items())


def _spelt(value: Setting) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)

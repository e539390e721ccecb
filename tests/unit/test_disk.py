"""A file is replaced whole, or stays as it was."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scitex.db.adapters.disk import Disk

DISK = Disk()


def names(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return [path.name for path in folder.iterdir()]


class StopError(Exception):
    """What goes wrong in a block."""


def test_a_file_is_there_when_the_block_ends(tmp_path: Path) -> None:
    """Until then there is none of that name; then there is nothing else."""
    path = tmp_path / "new.csv"
    with DISK.replacing(str(path)) as file:
        file.write(b"new")
        before = path.exists()

    assert (before, path.read_bytes(), names(tmp_path)) == (False, b"new", ["new.csv"])


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    """The old file stays, and the new one leaves nothing."""
    path = tmp_path / "old.csv"
    path.write_bytes(b"old")
    with pytest.raises(StopError), DISK.replacing(str(path)) as file:  # noqa: PT012
        file.write(b"new")
        raise StopError

    assert (path.read_bytes(), names(tmp_path)) == (b"old", ["old.csv"])


def test_permissions_stay(tmp_path: Path) -> None:
    """Who may read the old file may read the new one, and nobody else."""
    path = tmp_path / "old.csv"
    path.write_bytes(b"old")
    path.chmod(0o640)
    with DISK.replacing(str(path)) as file:
        file.write(b"new")

    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What a symbolic link leads to is replaced, and not the link."""
    path, link = tmp_path / "real.csv", tmp_path / "link.csv"
    path.write_bytes(b"old")
    link.symlink_to(path)
    with DISK.replacing(str(link)) as file:
        file.write(b"new")

    assert (link.is_symlink(), path.read_bytes()) == (True, b"new")


def test_long_names_are_written(tmp_path: Path) -> None:
    """A name as long as the system allows is no trouble."""
    path = tmp_path / ("n" * 251 + ".csv")
    with DISK.replacing(str(path)) as file:
        file.write(b"new")

    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("kind", ["folder", "missing"])
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, kind: str) -> None:
    """A folder, or a file in a folder that is not there, raises the system's error."""
    path = tmp_path if kind == "folder" else tmp_path / "nowhere" / "new.csv"
    with pytest.raises(OSError, match=r"nowhere|directory"), DISK.replacing(str(path)) as file:
        file.write(b"new")

    assert names(tmp_path) == []


def test_what_is_no_plain_file_is_written_into(tmp_path: Path) -> None:
    """A pipe is written to; it is not replaced by a file."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no such files")
    path = tmp_path / "pipe"
    os.mkfifo(path)
    end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with DISK.replacing(str(path)) as file:
        file.write(b"new")
    found = os.read(end, 10)
    os.close(end)

    assert (found, path.is_fifo(), names(tmp_path)) == (b"new", True, ["pipe"])


def test_scratch_files_have_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is only for a while leaves nothing."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with DISK.scratch() as file:
        file.write(b"x")
        file.seek(0)
        found = file.read()

    assert (found, names(tmp_path)) == (b"x", [])


def test_what_killed_processes_left_is_swept(tmp_path: Path) -> None:
    """The next file written into a folder removes parts of processes that are gone, no others."""
    gone = subprocess.run(
        [sys.executable, "-c", LEAVING, tmp_path / "x.csv"], check=False, cwd=ROOT
    )
    other = tmp_path / ".scitex-00000000-1-1-ab.part"  # another machine's
    stranger = tmp_path / ".scitex-notes"
    with Disk().replacing(str(tmp_path / "z.csv")) as file:
        file.write(b"whole")
        other.touch()
        stranger.touch()
        mine = {path.name for path in tmp_path.glob(".scitex-*")}
        with Disk().replacing(str(tmp_path / "y.csv")) as inner:
            inner.write(b"whole")

    assert gone.returncode == -signal.SIGKILL
    assert len(mine) == 3  # its own among them: what was left is gone at once
    assert {path.name for path in tmp_path.iterdir()} == {
        other.name,
        stranger.name,
        "y.csv",
        "z.csv",
    }


LEAVING = """
import os, signal, sys
from scitex.db.adapters.disk import Disk
with Disk().replacing(sys.argv[1]) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""
ROOT = Path(__file__).parents[2]


def test_two_names_of_one_file(tmp_path: Path) -> None:
    """Links lead to the same file; what is not there is the same as nothing."""
    path, link = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"")
    os.link(path, link)

    assert DISK.same(str(path), str(link))
    assert not DISK.same(str(path), str(tmp_path / "c"))
    assert not DISK.same(str(tmp_path / "c"), str(tmp_path / "c"))
    assert not DISK.same(":memory:", ":memory:")


def test_a_home_that_nobody_has_is_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that begins with somebody's home is there or not, as any other."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="~nobody-of-that-name"):
        DISK.reading("~nobody-of-that-name/x").__enter__()

    assert not DISK.same("~nobody-of-that-name/x", "x")


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    """What is made under the name that is given replaces the old file, and keeps its mode."""
    place = tmp_path / "x.db"
    place.write_bytes(b"old")
    place.chmod(0o640)
    with Disk().placing(str(place)) as name:
        Path(name).write_bytes(b"new")

        assert place.read_bytes() == b"old"

    assert (place.read_bytes(), place.stat().st_mode & 0o777) == (b"new", 0o640)
    assert [path.name for path in tmp_path.iterdir()] == ["x.db"]


def test_a_file_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """After an error nothing is left, of what lay beside the file neither."""
    (tmp_path / "x.db").write_bytes(b"old")
    place = str(tmp_path / "x.db")
    with pytest.raises(ZeroDivisionError), Disk().placing(place) as name:  # noqa: PT012
        for ending in ("", "-journal", "-wal", "-shm"):
            Path(name + ending).write_bytes(b"new")
        raise ZeroDivisionError

    assert [path.name for path in tmp_path.iterdir()] == ["x.db"]
    assert (tmp_path / "x.db").read_bytes() == b"old"


@pytest.mark.parametrize("held", [False, True])
def test_the_digest_of_a_file(tmp_path: Path, held: bool) -> None:
    """The digest is that of the bytes, whether or not the file is open here."""
    place = tmp_path / "x"
    place.write_bytes(b"abc")
    with place.open("rb") if held else contextlib.nullcontext():
        found = Disk().digest(str(place))

    assert found == hashlib.sha256(b"abc").hexdigest()


def test_the_length_of_a_file(tmp_path: Path) -> None:
    """A file has a length; a folder, and what is not there, has none."""
    (tmp_path / "x").write_bytes(b"abc")
    names = [tmp_path / "x", tmp_path, tmp_path / "y"]

    assert [Disk().length(str(name)) for name in names] == [3, None, None]

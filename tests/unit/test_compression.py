"""Files are compressed as their names say."""

from __future__ import annotations

import gzip
import io
import sys

import pytest

from scitex.db.domain.errors import DataError, UnsupportedFeatureError
from scitex.db.services.compression import compressing, decompressing

TEXT = b"id,name\n1,Alice\n" * 1000


def packed(name: str) -> bytes:
    """Compress a text as a name says."""
    file = io.BytesIO()
    with compressing(file, name) as outer:
        outer.write(TEXT)
    return file.getvalue()


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.csv.zst", "A.GZ"])
def test_what_was_packed_is_unpacked(name: str) -> None:
    """What is read is what was written, and what has an ending is smaller."""
    data = packed(name)
    with decompressing(io.BytesIO(data), name) as inner:
        found = inner.read()

    assert (found == TEXT, len(data) < len(TEXT)) == (True, name != "a.csv")


def test_the_same_text_is_the_same_file() -> None:
    """No time and no name is in the file, so that equal contents are equal files."""
    assert packed("a.gz") == packed("b.gz")
    assert gzip.decompress(packed("a.gz")) == TEXT


@pytest.mark.parametrize("name", ["a.gz", "a.zst"])
@pytest.mark.parametrize("damage", ["cut", "other"])
def test_a_damaged_file_is_told(name: str, damage: str) -> None:
    """A file that ends too soon, or is something else, is refused by its name."""
    data = packed(name)[:-9] if damage == "cut" else TEXT
    with (
        pytest.raises(DataError, match=name.replace(".", r"\.")),
        decompressing(io.BytesIO(data), name) as inner,
    ):
        inner.read()


def test_a_missing_zstandard_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, the error says how to get it."""
    for name in ("compression.zstd", "backports.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UnsupportedFeatureError) as caught:
        packed("a.zst")

    assert "scitex-db[zstd]" in str(caught.value.hint)

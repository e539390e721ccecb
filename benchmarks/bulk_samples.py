"""The records that bulk work is measured with, in every form that a lane may want them in."""

from __future__ import annotations

import csv
import datetime as dt
import functools
import math
import random
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
from measuring import OtherWorkError

Row = tuple[Any, ...]
Record = dict[str, Any]

NAMES = ("id", "name", "timestamp", "accuracy", "n", "parameters")
CHANGED = ("accuracy", "n", "parameters")  # what an update changes
TYPES = {
    "sqlite": ("INTEGER PRIMARY KEY", "TEXT", "TIMESTAMP", "FLOAT", "INTEGER", "TEXT"),
    "postgresql": (
        *("BIGINT PRIMARY KEY", "TEXT", "TIMESTAMP", "DOUBLE PRECISION", "BIGINT", "TEXT"),
    ),
}
_START = dt.datetime(2025, 1, 1)  # noqa: DTZ001 - the column has no zone
_EPOCH = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - PostgreSQL's
_MICROSECOND = dt.timedelta(microseconds=1)
_MODELS = ("resnet", "vgg", "transformer", "mlp")
_COPY_BEGIN = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_COPY_END = b"\xff\xff"


def declared(engine: str) -> str:
    """Spell the columns as `CREATE TABLE` wants them."""
    return ", ".join(map(" ".join, zip(NAMES, TYPES[engine], strict=True)))


def generated(count: int, seed: int = 1) -> Iterator[Row]:
    """Yield rows one by one; the moments are datetimes, none of them in whole seconds."""
    chance = random.Random(seed)
    draw = chance.random
    for number in range(1, count + 1):
        moment = _START + dt.timedelta(microseconds=number * 1_234_568 + seed * 2 - 1)
        rate, model = draw(), _MODELS[number % len(_MODELS)]
        parameters = f'{{"lr": {rate:.4f}, "model": "{model}"}}'
        yield (
            number,
            f"sample {number}",
            moment,
            draw(),
            int(draw() * 1_000_000),
            parameters,
        )


class Samples:
    """
    So many rows, the same in each process.

    What a form takes to make is never timed: whoever wants it asks before.

    Parameters
    ----------
    count : int
    seed : int, default 1
        Another one gives other values to the same keys.
    """

    def __init__(self, count: int, seed: int = 1) -> None:
        self.count = count
        self.seed = seed

    @functools.cached_property
    def rows(self) -> list[Row]:
        """Tuples with datetimes."""
        return list(generated(self.count, self.seed))

    @functools.cached_property
    def texts(self) -> list[Row]:
        """Tuples with moments as ISO text."""
        return [(*row[:2], row[2].isoformat(" "), *row[3:]) for row in self.rows]

    @functools.cached_property
    def records(self) -> list[Record]:
        """Dicts with datetimes."""
        return [dict(zip(NAMES, row, strict=True)) for row in self.rows]

    @functools.cached_property
    def text_records(self) -> list[Record]:
        """Dicts with moments as ISO text."""
        return [dict(zip(NAMES, row, strict=True)) for row in self.texts]

    @functools.cached_property
    def changes(self) -> list[Record]:
        """Dicts of the key and the columns that an update changes."""
        return [{name: record[name] for name in ("id", *CHANGED)} for record in self.records]

    @functools.cached_property
    def copy_text(self) -> bytes:
        """All rows as ``COPY`` reads text; nothing in them has to be escaped."""
        return "".join("\t".join(map(str, row)) + "\n" for row in self.texts).encode()

    @functools.cached_property
    def copy_binary(self) -> bytes:
        """All rows as ``COPY`` reads binary."""
        return b"".join([_COPY_BEGIN, *map(_packed, self.rows), _COPY_END])

    @functools.cached_property
    def frame(self) -> Any:
        """A pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.rows, columns=list(NAMES))

    def csv_file(self, folder: Path) -> Path:
        """Write a CSV file with a header, where it is not there yet."""
        path = folder / f"given-{self.count}-{self.seed}.csv"
        if not path.exists():
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(NAMES)
                for row in generated(self.count, self.seed):
                    writer.writerow((*row[:2], row[2].isoformat(" "), *row[3:]))
        return path


def _packed(row: Row) -> bytes:
    """Spell a row in the binary form of ``COPY``."""
    key, name, moment, accuracy, n, parameters = row
    first, last = name.encode(), parameters.encode()
    microseconds = (moment - _EPOCH) // _MICROSECOND
    form = f">hiqi{len(first)}siqidiqi{len(last)}s"
    values = (6, 8, key, len(first), first, 8, microseconds, 8, accuracy, 8, n, len(last), last)
    return struct.pack(form, *values)


@functools.lru_cache(maxsize=6)
def samples(count: int, seed: int = 1) -> Samples:
    """Return the samples, the same object for the same numbers."""
    return Samples(count, seed)


@attrs.frozen
class Seen:
    """
    What is in a table, or came out of it, as far as it is looked at.

    Attributes
    ----------
    count : int
    total : int
        The sum of column ``n``.
    rows : list of tuple
        Some of the rows.
    """

    count: int
    total: int
    rows: list[Row]

    def check(self, wanted: list[Row]) -> None:
        """
        Compare with the rows that there must be, in the order of their keys from 1 up.

        Raises
        ------
        OtherWorkError
        """
        total = sum(row[4] for row in wanted)
        if (self.count, self.total) != (len(wanted), total):
            raise OtherWorkError(
                f"{self.count} rows with a sum of {self.total} are there, "
                f"and not {len(wanted)} with {total}"
            )
        for row in self.rows:
            right = wanted[row[0] - 1]
            if len(row) != len(right) or not all(map(_alike, row, right)):
                raise OtherWorkError(f"{row} is there, and not {right}")


def _alike(found: Any, wanted: Any) -> bool:
    """
    Compare two values.

    Moments may be text, and floats may have lost their last digits: the shell of SQLite writes
    15 of them.
    """
    if isinstance(wanted, dt.datetime):
        moment = dt.datetime.fromisoformat(found) if isinstance(found, str) else found
        return bool(moment == wanted)
    if isinstance(wanted, float):
        return math.isclose(found, wanted, rel_tol=1e-14)
    return type(found) is not bool and bool(found == wanted)


def looked_at(count: int) -> list[int]:
    """Return the places of the rows that are looked at, from 0 up."""
    return sorted({0, count // 3, count // 2, count * 4 // 5, count - 1}) if count else []


def seen(found: Any) -> Seen:
    """
    Look into what a lane returned.

    Parameters
    ----------
    found : list of tuple or mapping, DataFrame of pandas or polars, pyarrow.Table, or Path
        A path is a CSV file with a header.

    Raises
    ------
    OtherWorkError
        If the columns are others, or a frame has moments as something else.
    """
    if isinstance(found, Path):
        found = _in_csv(found)
    if isinstance(found, list):
        return _seen_rows(found)
    return _seen_frame(found)


def _seen_rows(found: list[Any]) -> Seen:
    some = [found[place] for place in looked_at(len(found))]
    if some and isinstance(some[0], Mapping):
        _check_names(list(some[0]))
        total = sum(row["n"] for row in found)
        return Seen(len(found), total, [tuple(row.values()) for row in some])
    return Seen(len(found), sum(row[4] for row in found), [tuple(row) for row in some])


def _seen_frame(found: Any) -> Seen:
    import pandas as pd

    frame = found
    if not isinstance(found, pd.DataFrame):
        frame = found.to_pandas()
    elif frame["timestamp"].dtype.kind != "M":
        raise OtherWorkError(f"moments are of dtype {frame['timestamp'].dtype}")
    _check_names(list(frame.columns))
    some = frame.iloc[looked_at(len(frame))].astype(object)
    return Seen(len(frame), int(frame["n"].sum()), list(some.itertuples(index=False, name=None)))


def _check_names(names: list[str]) -> None:
    if tuple(names) != NAMES:
        raise OtherWorkError(f"the columns are {names}")


def _in_csv(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        _check_names(next(reader))
        return [(int(a), b, c, float(d), int(e), f) for a, b, c, d, e, f in reader]

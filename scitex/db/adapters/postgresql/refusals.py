"""What a Citus cluster refuses, with the way out."""

from __future__ import annotations

import re

from scitex.db.adapters.postgresql.facts import Spoken
from scitex.db.domain.errors import UnsupportedFeatureError

_CODES = {"0A000", "XX000"}
_CITUS = re.compile(
    r"distribut|\bshard|coloca|co-loca|repartition|citus|partition (column|value)|partitioning "
    r"column|non-partition column|reference table|complex joins|metadata is synchroni[sz]ed|"
    r"alter table command is currently unsupported|local table|on the coordinator"
)
_SCHEMA = "create_schema(name, distributed=True) keeps its tables on one node, where this works"
_ONE = "say which value of the column it is distributed by in WHERE"
_WAYS = tuple(
    (re.compile(pattern), way)
    for pattern, way in (
        (
            r"UNIQUE, EXCLUDE, or PRIMARY KEY|unique indexes on non-partition",
            "put the column that it is distributed by into the key; create_table() does so itself",
        ),
        (
            r"modifying the partition value",
            "insert the record anew with the other value, and delete the old one",
        ),
        (r"trigger", "leave triggers out: DatabaseSync(track=False) compares the tables instead"),
        (
            r"repartition",
            "join on the columns that both are distributed by, side by side with colocate_with=",
        ),
        (r"VOLATILE|non-IMMUTABLE", "work the values out first and pass them as params"),
        (
            r"[Ff]oreign key|referenc",
            "put the column that both are distributed by into the key, or use reference_table()",
        ),
        (r"serial pseudotypes", "declare the column INTEGER and number the records yourself"),
        (r"involving partition column", "copy the records to a new table"),
        (r"FOR UPDATE|GROUPING SETS|recursive|complex joins|ctid", f"{_ONE}, or {_SCHEMA}"),
    )
)


def refused(error: Spoken) -> UnsupportedFeatureError | None:
    """
    Say what a cluster does not do, with its own hint and the way out; None of other errors.

    Citus refuses some things by a code that is meant for faults of the server.
    """
    if error.pgcode not in _CODES:
        return None
    diag = error.diag
    said = [diag.message_primary or "", diag.message_detail or "", diag.message_hint or ""]
    fault = error.pgcode != "0A000" and said[0].startswith("could not")
    if fault or not _CITUS.search("\n".join(said)):
        return None
    ways = [way for pattern, way in _WAYS if pattern.search("\n".join(said))]
    told = said[0] + (f": {said[1]}" if said[1] else "")
    hints = [said[2], ways[0] if ways else f"take a table that is not distributed; {_SCHEMA}"]
    return UnsupportedFeatureError(
        told, hint="; ".join(hint.rstrip(".") for hint in hints if hint)
    )

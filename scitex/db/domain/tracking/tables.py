"""The tables in which runs are kept: the documented one, and what is beside it."""

from __future__ import annotations

from scitex.db.domain.tables import ColumnSpec, IndexSpec, TableSpec

RUNS = TableSpec(
    "runs",
    [
        ColumnSpec("run_id", "TEXT"),
        ColumnSpec("experiment_name", "TEXT"),
        ColumnSpec("start_time", "DATETIME"),
        ColumnSpec("end_time", "DATETIME"),
        ColumnSpec("status", "TEXT"),
        ColumnSpec("config", "TEXT"),
        ColumnSpec("metrics", "TEXT"),
    ],
    primary_key="run_id",
)
INFO = TableSpec(
    "run_info",
    [
        ColumnSpec("run_id", "TEXT"),
        ColumnSpec("parent", "TEXT"),
        ColumnSpec("started", "TIMESTAMPTZ"),
        ColumnSpec("ended", "TIMESTAMPTZ"),
        ColumnSpec("heartbeat", "TIMESTAMPTZ"),
        ColumnSpec("host", "TEXT"),
        ColumnSpec("process", "TEXT"),
        ColumnSpec("origin", "TEXT"),
        ColumnSpec("tags", "TEXT"),
    ],
    primary_key="run_id",
)
ORIGINS = TableSpec(
    "run_origins",
    [ColumnSpec("id", "TEXT"), ColumnSpec("facts", "TEXT")],
    primary_key="id",
)
SCORES = TableSpec(
    "run_scores",
    [
        ColumnSpec("run_id", "TEXT"),
        ColumnSpec("name", "TEXT"),
        ColumnSpec("value", "REAL"),
        ColumnSpec("marker", "TEXT"),
        ColumnSpec("moment", "TIMESTAMPTZ"),
    ],
    primary_key=("run_id", "name"),
)
BY_VALUE = IndexSpec("run_scores_by_value", "run_scores", ("name", "value", "run_id"))
METRICS = TableSpec(
    "run_metrics",
    [
        ColumnSpec("run_id", "TEXT"),
        ColumnSpec("name", "TEXT"),
        ColumnSpec("writer", "TEXT"),
        ColumnSpec("number", "INTEGER"),
        ColumnSpec("step", "INTEGER"),
        ColumnSpec("value", "REAL"),
        ColumnSpec("marker", "TEXT"),
        ColumnSpec("moment", "TIMESTAMPTZ"),
    ],
    primary_key=("run_id", "name", "writer", "number"),
)
FILES = TableSpec(
    "run_files",
    [
        ColumnSpec("run_id", "TEXT"),
        ColumnSpec("name", "TEXT"),
        ColumnSpec("kind", "TEXT"),
        ColumnSpec("size", "INTEGER"),
        ColumnSpec("sha256", "TEXT"),
        ColumnSpec("moment", "TIMESTAMPTZ"),
        ColumnSpec("data", "BLOB"),
    ],
    primary_key=("run_id", "name"),
)
AMENDMENTS = TableSpec(
    "run_amendments",
    [
        ColumnSpec("id", "UUID"),
        ColumnSpec("run_id", "TEXT"),
        ColumnSpec("moment", "TIMESTAMPTZ"),
        ColumnSpec("who", "TEXT"),
        ColumnSpec("why", "TEXT"),
        ColumnSpec("field", "TEXT"),
        ColumnSpec("before", "TEXT"),
        ColumnSpec("after", "TEXT"),
    ],
    primary_key="id",
)
TABLES = (RUNS, INFO, ORIGINS, SCORES, METRICS, FILES, AMENDMENTS)
STATUSES = ("running", "completed", "failed", "killed")

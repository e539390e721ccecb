"""What an engine may or may not be able to do."""

from __future__ import annotations

import enum


class Capability(enum.Enum):
    """Something that not every engine offers."""

    SQL = "SQL text in execute() and query()"
    CONCURRENT = "several connections at a time, from threads and processes"
    DURABLE = "records that outlive the process"
    SCHEMAS = "named schemas"
    TIMED_PLANS = "plans that tell how long each step took"
    REMOTE = "work that is done in another process"
    PARTITIONS = "tables that are kept in parts"
    BACKUPS = "backups of the whole database, and of single tables"

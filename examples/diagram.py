"""A laboratory's tables, drawn: `python examples/diagram.py schema.svg`, or .png, .pdf, .mmd."""

from __future__ import annotations

import sys

import scitex.db
from scitex.db import Database, ForeignKey


def laboratory(db: Database) -> None:
    """Make the tables: people, projects, sessions with subjects, recordings, models, runs."""
    key = "INTEGER PRIMARY KEY"
    db.create_table("labs", {"id": key, "name": "TEXT NOT NULL UNIQUE", "country": "VARCHAR(2)"})
    db.create_table(
        "scientists",
        {
            "id": key,
            "name": "TEXT NOT NULL",
            "email": "TEXT UNIQUE",
            "lab_id": "INTEGER REFERENCES labs(id)",
            "supervisor_id": "INTEGER REFERENCES scientists(id) ON DELETE SET NULL",
        },
    )
    db.create_table(
        "projects",
        {
            "id": key,
            "title": "TEXT NOT NULL",
            "lead_id": "INTEGER NOT NULL REFERENCES scientists(id)",
            "budget": "NUMERIC(12, 2)",
            "started": "DATE",
        },
    )
    db.create_table(
        "members",
        {
            "project_id": "INTEGER REFERENCES projects(id)",
            "scientist_id": "INTEGER REFERENCES scientists(id)",
            "role": "TEXT",
        },
        primary_key=["project_id", "scientist_id"],
    )
    db.create_table("subjects", {"id": key, "code": "TEXT NOT NULL UNIQUE", "born": "DATE"})
    db.create_table(
        "instruments",
        {"id": key, "model": "TEXT NOT NULL", "lab_id": "INTEGER REFERENCES labs(id)"},
    )
    db.create_table(
        "sessions",
        {
            "subject_id": "INTEGER NOT NULL REFERENCES subjects(id)",
            "number": "INTEGER NOT NULL",
            "project_id": "INTEGER NOT NULL REFERENCES projects(id)",
            "at": "TIMESTAMP",
        },
        primary_key=["subject_id", "number"],
    )
    recordings(db)


def recordings(db: Database) -> None:
    """Make the tables of what was recorded and computed."""
    key = "INTEGER PRIMARY KEY"
    db.create_table(
        "recordings",
        {
            "id": key,
            "subject_id": "INTEGER NOT NULL",
            "session": "INTEGER NOT NULL",
            "instrument_id": "INTEGER REFERENCES instruments(id)",
            "rate": "REAL NOT NULL",
            "signal": "BLOB",
        },
        foreign_keys=[ForeignKey(("subject_id", "session"), "sessions", ("subject_id", "number"))],
    )
    db.create_table(
        "models",
        {
            "id": "UUID PRIMARY KEY",
            "name": "TEXT NOT NULL",
            "config": "JSON",
            "parent_id": "UUID REFERENCES models(id)",
        },
    )
    db.create_table(
        "runs",
        {
            "id": key,
            "model_id": "UUID NOT NULL REFERENCES models(id)",
            "recording_id": "INTEGER NOT NULL REFERENCES recordings(id)",
            "loss": "REAL",
            "took": "INTERVAL",
        },
    )
    db.create_table(
        "metrics",
        {"run_id": "INTEGER REFERENCES runs(id)", "step": "INTEGER", "value": "REAL"},
        primary_key=["run_id", "step"],
    )
    db.create_table("summaries", {"run_id": f"{key} REFERENCES runs(id)", "text": "TEXT"})


def main(path: str) -> None:
    """Draw the tables."""
    with scitex.db.SQLite3(":memory:") as db:
        laboratory(db)
        print(scitex.db.inspect(db).generate_schema_diagram(path))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "schema.svg")

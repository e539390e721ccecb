"""
The main job from end to end: real data in, asked, changed, and out again.

Run it with ``make demo``.  The data are the Palmer penguins (CC0; see examples/README.md).
"""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import scitex.db
from scitex.db import col

PENGUINS = Path(__file__).with_name("palmerpenguins.csv")


def records() -> list[dict[str, object]]:
    """Read the table; what is missing there is None here."""
    with PENGUINS.open(newline="", encoding="utf-8") as file:
        return [
            {
                "species": row["species"],
                "island": row["island"],
                "bill_mm": float(row["bill_length_mm"]) if row["bill_length_mm"] else None,
                "mass_g": int(row["body_mass_g"]) if row["body_mass_g"] else None,
                "sex": row["sex"] or None,
                "year": int(row["year"]),
            }
            for row in csv.DictReader(file)
        ]


def show(title: str, rows: list[dict[str, object]]) -> None:
    """Print rows as a table that a person would read."""
    names = list(rows[0])
    cells = [["-" if row[name] is None else str(row[name]) for name in names] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    print(f"\n{title}\n")
    for line in (names, ["-" * width for width in widths], *cells):
        print(
            "  " + "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True))
        )


def main() -> None:
    """Import, ask, change in a transaction, export."""
    folder = Path(tempfile.mkdtemp(prefix="scitex-db-demo-"))
    with scitex.db.SQLite3(folder / "penguins.db") as db:
        db.create_table(
            "penguins",
            {
                "id": "INTEGER PRIMARY KEY AUTOINCREMENT",
                "species": "TEXT NOT NULL",
                "island": "TEXT NOT NULL",
                "bill_mm": "REAL CHECK (bill_mm > 0)",
                "mass_g": "INTEGER",
                "sex": "TEXT",
                "year": "INTEGER NOT NULL",
            },
        )
        print(f"{db.insert_many('penguins', records())} penguins stored in {folder}")
        db.create_index("penguins", ["species", "mass_g"])

        heavy = db.select(
            "penguins",
            columns=["id", "species", "island", "mass_g", "sex"],
            where=col("mass_g") > 5900,
            order_by="mass_g DESC, id",
        )
        show("The heaviest", heavy)

        species = db.query(
            "SELECT species, count(*) AS n, round(avg(mass_g)) AS mean_g, round(avg(bill_mm), 1) "
            "AS mean_bill_mm FROM penguins GROUP BY species ORDER BY species"
        )
        show("By species", species)

        correct(db)
        export(db, folder / "gentoo.csv")
        print()
        db()


def correct(db: scitex.db.Database) -> None:
    """Change records in a transaction; one that fails leaves nothing behind."""
    with db.transaction():
        unknown = db.update("penguins", {"sex": "unknown"}, where={"sex": None})
        print(f"\n{unknown} penguins of unknown sex are marked as such")
    try:
        with db.transaction():
            db.delete("penguins", where={"species": "Gentoo"})
            db.insert("penguins", {"species": "Gentoo", "island": "Biscoe", "year": "2009"})
    except scitex.db.DataError as error:
        print(f"\nA mistake, told and undone:\n  {str(error).replace(chr(10), chr(10) + '  ')}")
    print(f"\n{db.count('penguins', where={'species': 'Gentoo'})} Gentoo penguins are still there")


def export(db: scitex.db.Database, target: Path) -> None:
    """Write records to a file as they are read, however many there are."""
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(column.name for column in db.get_columns("penguins"))
        for penguin in db.iter_select("penguins", where={"species": "Gentoo"}, order_by="id"):
            writer.writerow(penguin.values())
    print(f"\nexported to {target} ({target.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main()

"""
The main job from end to end: real data in, asked, changed, and out again.

Run it with ``make demo``.  The data are the Palmer penguins (CC0; see examples/README.md).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import scitex.db
from scitex.db import col

PENGUINS = Path(__file__).with_name("palmerpenguins.csv")


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
                "bill_length_mm": "REAL CHECK (bill_length_mm > 0)",
                "bill_depth_mm": "REAL",
                "flipper_length_mm": "INTEGER",
                "body_mass_g": "INTEGER",
                "sex": "TEXT",
                "year": "INTEGER NOT NULL",
            },
        )
        print(f"{db.import_from_csv('penguins', PENGUINS)} penguins stored in {folder}")
        db.create_index("penguins", ["species", "body_mass_g"])

        heavy = db.select(
            "penguins",
            columns=["id", "species", "island", "body_mass_g", "sex"],
            where=col("body_mass_g") > 5900,
            order_by="body_mass_g DESC, id",
        )
        show("The heaviest", heavy)

        species = db.query(
            "SELECT species, count(*) AS n, round(avg(body_mass_g)) AS mean_g, "
            "round(avg(bill_length_mm), 1) AS mean_bill_mm "
            "FROM penguins GROUP BY species ORDER BY species"
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
    """Write records to a file, and look at what was written as a DataFrame."""
    written = db.export_to_csv("penguins", target, where={"species": "Gentoo"}, order_by="id")
    print(f"\n{written} of them exported to {target} ({target.stat().st_size:,} bytes)")
    masses = db.to_dataframe("penguins").groupby("species")["body_mass_g"].describe()
    print(f"\nBody mass by species, from a DataFrame\n\n{masses.round(1)}")


if __name__ == "__main__":
    main()

"""Drawings of schemas: text that is the same each time, and pictures where graphviz is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scitex.db import Database, ForeignKey, InMemory, inspect
from scitex.db.domain.errors import InterfaceError, OperationalError, TableNotFoundError

ALIKE = "a \N{DOUBLE PRIME}b\N{DOUBLE PRIME} \N{FULLWIDTH PERCENT SIGN} c"
ODD = [
    'a "b" % c',
    "end",
    ALIKE,
    "line\nend",
    "<b>&amp;\\</b>",
    "表",
    "]",
    "#quot;",
    "[x];{y}|`'#",
]


@pytest.fixture
def db() -> Iterator[Database]:
    """Return a database with keys of all sorts."""
    with InMemory() as db:
        db.create_table("sites", {"land": "TEXT", "code": "INTEGER"}, primary_key=["land", "code"])
        db.create_table(
            "staff",
            {
                "id": "INTEGER PRIMARY KEY",
                "boss": "INTEGER REFERENCES staff(id)",
                "land": "TEXT NOT NULL",
                "code": "INTEGER NOT NULL",
                "pay": "NUMERIC(10, 2)",
            },
            foreign_keys=[ForeignKey(("land", "code"), "sites", ("land", "code"))],
        )
        db.create_table("desks", {"staff_id": "INTEGER PRIMARY KEY REFERENCES staff(id)"})
        db.create_table("alone", {"x": "TEXT UNIQUE"})
        yield db


def drawn(db: Database, folder: Path, name: str = "s.mmd", **options: object) -> str:
    """Draw, and return what was written."""
    path = folder / name
    assert inspect(db).generate_schema_diagram(path, **options) == str(path)  # type: ignore[arg-type] - any
    return path.read_text("utf-8")


def test_mermaid_is_told_line_by_line(db: Database, tmp_path: Path) -> None:
    """A drawing in Mermaid has tables by name, their columns and keys, and lines with feet."""
    assert drawn(db, tmp_path, title='Who "sits" where').splitlines() == [
        "---",
        'title: "Who \\"sits\\" where"',
        "---",
        "erDiagram",
        '    "alone" {',
        "        TEXT x UK",
        "    }",
        '    "desks" {',
        "        INTEGER staff_id PK, FK",
        "    }",
        '    "sites" {',
        "        TEXT land PK",
        "        INTEGER code PK",
        "    }",
        '    "staff" {',
        "        INTEGER id PK",
        "        INTEGER boss FK",
        "        TEXT land FK",
        "        INTEGER code FK",
        '        NUMERIC pay "NUMERIC(10, 2)"',
        "    }",
        '    "sites" ||--o{ "staff" : "land, code"',
        '    "staff" ||--o| "desks" : "staff_id"',
        '    "staff" |o--o{ "staff" : "boss"',
    ]


def test_only_keys_or_names_are_drawn(db: Database, tmp_path: Path) -> None:
    """Columns may be left out, all or those of no key."""
    keys, none = (drawn(db, tmp_path, columns=detail) for detail in ("keys", "none"))

    assert ("pay" in keys, "boss" in keys) == (False, True)
    assert '    "alone"\n    "desks"\n    "sites"\n    "staff"\n' in none


def test_many_tables_are_drawn_by_their_keys(tmp_path: Path) -> None:
    """Where there are more than forty tables, columns of no key are left out by themselves."""
    with InMemory() as db:
        for n in range(41):
            db.create_table(f"t{n}", {"id": "INTEGER PRIMARY KEY", "other": "TEXT"})

        assert "other" not in drawn(db, tmp_path)
        assert "other" in drawn(db, tmp_path, tables="t1")


def test_chosen_tables_come_with_neighbours(db: Database, tmp_path: Path) -> None:
    """What a chosen table refers to is a name alone, or drawn with all that is next to it."""
    alone, near = (drawn(db, tmp_path, tables=["staff"], neighbours=n) for n in (False, True))

    assert re.findall(r'^    "(\w+)"(?: {)?$', alone, re.MULTILINE) == ["sites", "staff"]
    assert ("TEXT land PK" in alone, "TEXT land PK" in near) == (False, True)
    assert re.findall(r'^    "(\w+)" {$', near, re.MULTILINE) == ["desks", "sites", "staff"]


def test_odd_names_fit_mermaids_grammar(tmp_path: Path) -> None:
    """Names that Mermaid does not take are spelt alike, differently, and told as they are."""
    with InMemory() as db:
        for name in ODD:
            db.create_table(name, dict.fromkeys(ODD, "TEXT"))
        text = drawn(db, tmp_path)
    tables = re.findall(r'^    "([^"%\\]+)" {$', text, re.MULTILINE)
    columns = re.findall(
        r'^        TEXT ([A-Za-z_][A-Za-z0-9_]*)(?: "[^"%\\]*")?$', text, re.MULTILINE
    )

    assert (len(tables), len(set(tables))) == (len(ODD), len(ODD))
    assert (len(columns), len(set(columns))) == (len(ODD) ** 2, len(ODD))


def test_dot_is_the_same_each_time(db: Database, tmp_path: Path) -> None:
    """The text for graphviz is the same each time, with a line for each key."""
    texts = {drawn(db, tmp_path, "s.dot") for _ in "ab"}
    (text,) = texts

    assert text.count(" -> ") == 3
    assert "and 1 more" in drawn(db, tmp_path, "s.gv", columns="keys")
    assert '"staff":n -> "staff":n' in text


@pytest.mark.tools("dot")
@pytest.mark.parametrize(
    ("name", "first"), [("s.png", b"\x89PNG"), ("s.svg", b"<?xml"), ("S.PDF", b"%PDF")]
)
def test_pictures_are_drawn(db: Database, tmp_path: Path, name: str, first: bytes) -> None:
    """Pictures are drawn by graphviz, with names of any sort, and nothing is left beside."""
    for odd in ODD:
        db.create_table(odd, {**dict.fromkeys(ODD, "TEXT"), "up": "INTEGER REFERENCES staff"})
    inspect(db).generate_schema_diagram(tmp_path / name, title='A "title" \\N <b>')

    assert (tmp_path / name).read_bytes().startswith(first)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.tools("dot")
def test_a_picture_shows_odd_names(db: Database, tmp_path: Path) -> None:
    """Names stand in a picture as they are."""
    db.create_table('"x" <&> \\N', {"a%b": "TEXT"})
    text = drawn(db, tmp_path, "s.svg", tables='"x" <&> \\N')

    shown = "".join(re.findall(r"<text[^>]*>(.*?)</text>", text))

    assert shown == "&quot;x&quot; &lt;&amp;&gt; \\Na%bTEXT"


def test_without_graphviz_its_text_is_left(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where graphviz is missing, its text is written beside, and the error says where."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OperationalError, match=r"s\.dot'\nhint: .*apt install graphviz"):
        inspect(db).generate_schema_diagram(tmp_path / "s.png")

    assert [path.name for path in tmp_path.iterdir()] == ["s.dot"]
    assert (tmp_path / "s.dot").read_text().startswith("digraph schema {")


def test_a_program_that_fails_is_told(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What graphviz says is passed on, and the old picture stays."""
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\necho no fonts here >&2; exit 1\n")
    program.chmod(0o755)
    (tmp_path / "s.png").write_bytes(b"old")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(OperationalError, match="no fonts here"):
        inspect(db).generate_schema_diagram(tmp_path / "s.png")

    assert (tmp_path / "s.png").read_bytes() == b"old"


@pytest.mark.parametrize("name", ["schema", "schema.jpeg", "schema.txt"])
def test_other_forms_are_refused(db: Database, tmp_path: Path, name: str) -> None:
    """A file whose name tells no form of a diagram is refused and not made."""
    with pytest.raises(InterfaceError, match=r"hint: name it \.mmd"):
        inspect(db).generate_schema_diagram(tmp_path / name)

    assert list(tmp_path.iterdir()) == []


def test_what_is_drawn_must_be_there(db: Database, tmp_path: Path) -> None:
    """A table that is not there, a folder that is not, and other words are told."""
    inspector = inspect(db)
    with pytest.raises(TableNotFoundError, match="'staff'"):
        inspector.generate_schema_diagram(tmp_path / "s.mmd", tables=["staf"])
    with pytest.raises(FileNotFoundError):
        inspector.generate_schema_diagram(tmp_path / "none" / "s.mmd")
    with pytest.raises(InterfaceError, match="columns"):
        inspector.generate_schema_diagram(tmp_path / "s.mmd", columns="some")  # type: ignore[arg-type] - a wrong word on purpose


def test_nothing_is_drawn_too(tmp_path: Path) -> None:
    """A database without tables makes a drawing without boxes."""
    with InMemory() as db:
        assert drawn(db, tmp_path) == "erDiagram\n"

"""The errors: one tree, as drawn, that pickles and says what to do."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scitex.db
from scitex.db.domain import errors
from scitex.db.domain.errors import (
    ColumnNotFoundError,
    DataError,
    DuplicateKeyError,
    Error,
    IndexNotFoundError,
    TableNotFoundError,
    UnsupportedFeatureError,
    nearest,
)

_BRANCH = re.compile(r"^(?P<indent>[ │]*)(?:[├└]── )?(?P<name>\w*Error)\b(?P<rest>.*)$")
_ALSO = re.compile(r"\(also (\w+)\)")


def drawn() -> Iterator[tuple[str, str, str]]:
    """Read the tree at the top of the module: each class, its parent, the builtin it also is."""
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = _BRANCH.match(line)
        if match is None:
            continue
        depth = match.start("name") // 4 - 1  # the drawing itself is indented by one
        del above[depth:]
        if above:
            also = _ALSO.search(match["rest"])
            yield match["name"], above[-1], also[1] if also else ""
        above.append(match["name"])


DRAWN = sorted({(name, parent) for name, parent, _ in drawn()})
ALSO = sorted((name, builtin) for name, _, builtin in drawn() if builtin)


def named(name: str) -> type[Error]:
    """Return a class of the drawing, wherever it is."""
    found: type[Error] = getattr(errors, name, None) or getattr(scitex.db, name)
    return found


CLASSES = [Error, *(named(name) for name, _ in DRAWN)]
PLAIN = [kind for kind in CLASSES if not issubclass(kind, LookupError)]


def below(kind: type[Error]) -> set[str]:
    """Name every public class that inherits from `kind`, at any depth."""
    found = set()
    for child in kind.__subclasses__():
        found |= below(child) | ({child.__name__} - {"_NameNotFoundError"})
    return found


@pytest.mark.parametrize(("name", "parent"), DRAWN)
def test_the_tree_is_as_drawn(name: str, parent: str) -> None:
    """Every class drawn at the top of the module exists below the class it is drawn under."""
    assert issubclass(named(name), named(parent))


@pytest.mark.parametrize(("name", "builtin"), ALSO)
def test_builtins_are_as_drawn(name: str, builtin: str) -> None:
    """A class that is drawn as also a builtin is caught as that builtin."""
    assert issubclass(named(name), __builtins__[builtin])  # type: ignore[index]


def test_the_drawing_leaves_none_out() -> None:
    """Every error class of the package stands in the drawing."""
    assert below(Error) == {name for name, _ in DRAWN}


@pytest.mark.parametrize(
    "name",
    "Error InterfaceError DatabaseError DataError OperationalError IntegrityError InternalError "
    "ProgrammingError NotSupportedError".split(),
)
def test_the_families_of_pep_249_are_there(name: str) -> None:
    """Code written for PEP 249 finds every family it asks for."""
    assert issubclass(named(name), Exception)


def test_codes_are_stable_words() -> None:
    """A code is small letters and hyphens, so that it can be an anchor in the manual."""
    codes = [kind.code for kind in CLASSES]

    assert [code for code in codes if not re.fullmatch(r"[a-z]+(-[a-z]+)*", code)] == []


def test_codes_are_distinct() -> None:
    """No two classes share a code."""
    codes = [kind.code for kind in CLASSES]

    assert len(set(codes)) == len(CLASSES)


@pytest.mark.parametrize("kind", PLAIN)
@given(message=st.text(), hint=st.none() | st.text())
def test_errors_survive_pickling(kind: type[Error], message: str, hint: str | None) -> None:
    """An error that crosses to another process says the same there."""
    error = kind(message, hint=hint)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert (type(again), str(again), again.args, again.hint) == (
        kind,
        str(error),
        error.args,
        hint,
    )


@pytest.mark.parametrize(
    "error",
    [
        DataError("m", table="t", column="c", row=3, hint="h"),
        DuplicateKeyError("m", table="t", columns=("a", "b"), row=0, hint="h"),
        TableNotFoundError("run", ["runs", "users"]),
        ColumnNotFoundError("nam", ["name"], table="users"),
        IndexNotFoundError("i", ["j"], table="users", hint="make it"),
        UnsupportedFeatureError("m", engine="memory", hint="h"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_facts_survive_pickling(error: Error) -> None:
    """The facts that an error carries as attributes are there after pickling."""
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert (vars(again), str(again)) == (vars(error), str(error))


@pytest.mark.parametrize("kind", PLAIN)
def test_errors_can_be_copied(kind: type[Error]) -> None:
    """A copy of an error says what the error says."""
    assert str(copy.copy(kind("message", hint="do this"))) == "message\nhint: do this"


def test_a_hint_is_shown() -> None:
    """The text of an error ends in its hint."""
    assert str(Error("it is so", hint="do that")) == "it is so\nhint: do that"


def test_no_hint_no_line() -> None:
    """An error without a hint is its message only."""
    assert str(Error("it is so")) == "it is so"


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (TableNotFoundError, "table"),
        (ColumnNotFoundError, "column"),
        (IndexNotFoundError, "index"),
    ],
)
def test_a_missing_name_is_named(kind: type[TableNotFoundError], what: str) -> None:
    """The message says what sort of name was looked up, and which."""
    assert kind("nowhere").message == f"no {what} named 'nowhere'"


def test_the_table_searched_is_named() -> None:
    """The message says in which table a column was looked up."""
    error = ColumnNotFoundError("scoer", ["score"], table="users")

    assert error.message == "no column named 'scoer' in table 'users'"


def test_the_nearest_name_is_offered() -> None:
    """A misspelt name brings the right one as the hint."""
    assert ColumnNotFoundError("scoer", ["name", "score"]).hint == "did you mean 'score'?"


def test_known_names_are_listed() -> None:
    """Where no name is near, the names that do exist are listed."""
    assert TableNotFoundError("xyz", ["runs", "users"]).hint == "there are: 'runs', 'users'"


def test_a_long_list_is_cut() -> None:
    """Of very many names a dozen are listed, and it is said that there are more."""
    known = [f"{number:03d}" for number in range(100)]

    assert TableNotFoundError("zzz", known).hint == (
        "there are: " + ", ".join(f"'{number:03d}'" for number in range(12)) + ", ..."
    )


def test_nothing_known_nothing_hinted() -> None:
    """Where nothing exists there is nothing to offer."""
    assert TableNotFoundError("runs").hint is None


def test_a_given_hint_wins() -> None:
    """A hint that the caller gives stands instead of the nearest name."""
    assert TableNotFoundError("run", ["runs"], hint="make it first").hint == "make it first"


def test_known_names_are_kept() -> None:
    """The names that do exist can be read from the error."""
    error = TableNotFoundError("run", iter(["runs", "users"]))

    assert (error.name, error.known) == ("run", ("runs", "users"))


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("run", ["users", "runs"], "did you mean 'runs'?"),
        ("RUNS", ["runs"], "did you mean 'runs'?"),
        ("date", ["Date"], "did you mean 'Date'?"),
        ("date", ["DATE", "Date"], "did you mean 'DATE'?"),
        ("straße", ["STRASSE"], "did you mean 'STRASSE'?"),
        ("zzz", ["runs"], None),
        ("zzz", [], None),
    ],
)
def test_nearest(name: str, known: list[str], expected: str | None) -> None:
    """The nearest name is found whatever its capitals; none where none is near."""
    assert nearest(name, known) == expected


def test_not_found_is_a_lookup_error() -> None:
    """``except LookupError`` catches a name that is not there."""
    with pytest.raises(LookupError):
        raise TableNotFoundError("runs")


def test_no_class_is_named_after_a_builtin() -> None:
    """No class of the tree hides one of Python's own names."""
    assert {kind.__name__ for kind in CLASSES} & set(__builtins__) == set()  # type: ignore[call-overload]


def test_what_is_there_is_not_guessed() -> None:
    """Where only tables will do, a view of the name is called what it is."""
    error = TableNotFoundError("v", ["t", "v"])

    assert error.hint == "'v' is no table of its own, but a view or a temporary one"

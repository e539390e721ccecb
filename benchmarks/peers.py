"""Other packages for the same work, each in the way that its documentation recommends."""
# ruff: noqa: D102 - the methods keep what Client promises

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar

from lanes import Change, Work
from places import Place, PostgresqlTable, Record, SqliteFile

# By distribution, the module that shows whether it is installed.
MODULES = {
    "sqlite-utils": "sqlite_utils",
    "SQLAlchemy": "sqlalchemy",
    "peewee": "peewee",
    "dataset": "dataset",
}


def is_installed(distribution: str) -> bool:
    """Say whether a peer is there to be compared with."""
    return importlib.util.find_spec(MODULES[distribution]) is not None


class SqliteUtils:
    """sqlite-utils: the methods of a table, whose object is kept."""

    name: ClassVar[str] = "sqlite-utils"
    distribution = "sqlite-utils"

    def __init__(self, place: SqliteFile) -> None:
        import sqlite_utils

        self.db = sqlite_utils.Database(place.path)
        self.db.execute("PRAGMA synchronous = NORMAL")
        self.table = self.db.table("runs")

    def setting(self, name: str) -> Any:
        return self.db.execute(f"PRAGMA {name}").fetchone()[0]

    def insert(self, records: Sequence[Record]) -> Work:
        table = self.table
        return lambda: [table.insert(record).last_pk for record in records]

    def select(self, keys: Sequence[int]) -> Work:
        table = self.table
        return lambda: [table.get(key) for key in keys]

    def update(self, changes: Sequence[Change]) -> Work:
        table = self.table
        return lambda: [table.update(key, change) for key, change in changes]

    def delete(self, keys: Sequence[int]) -> Work:
        table = self.table
        return lambda: [table.delete(key) for key in keys]

    def select_all(self) -> Work:
        table = self.table
        return lambda: list(table.rows)

    def transaction(self) -> AbstractContextManager[object]:
        context: AbstractContextManager[object] = self.db.atomic()
        return context

    def close(self) -> None:
        self.db.close()


class SqliteUtilsQuery(SqliteUtils):
    """sqlite-utils, where the user writes the whole SELECT."""

    name = "sqlite-utils, query()"

    def select(self, keys: Sequence[int]) -> Work:
        query, sql = self.db.query, "SELECT * FROM runs WHERE id = ?"
        return lambda: [list(query(sql, [key])) for key in keys]


def sqlite_engine(path: Path) -> Any:
    """Make SQLAlchemy's engine for a file."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(f"sqlite:///{path}")

    @sqlalchemy.event.listens_for(engine, "connect")
    def set_up(connection: Any, _: object) -> None:
        connection.execute("PRAGMA synchronous = NORMAL")

    return engine


def postgresql_engine(params: dict[str, Any], **options: Any) -> Any:
    """Make SQLAlchemy's engine for a server."""
    import sqlalchemy

    return sqlalchemy.create_engine("postgresql+psycopg2://", connect_args=params, **options)


def _engine(place: Place) -> Any:
    """Make SQLAlchemy's engine for a place."""
    if isinstance(place, PostgresqlTable):
        return postgresql_engine(place.params)
    assert isinstance(place, SqliteFile)
    return sqlite_engine(place.path)


def _runs() -> Any:
    import sqlalchemy as sa

    return sa.Table(
        "runs",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text),
        sa.Column("started", sa.Text),
        sa.Column("accuracy", sa.Float),
        sa.Column("n", sa.Integer),
        sa.Column("parameters", sa.Text),
    )


class SqlalchemyAutocommit:
    """
    SQLAlchemy Core on one connection in its AUTOCOMMIT level.

    Statements are built once and bind their values by name, which spares a building in each
    call.
    """

    name: ClassVar[str] = "SQLAlchemy, AUTOCOMMIT"
    distribution = "SQLAlchemy"

    def __init__(self, place: Place) -> None:
        self.engine = _engine(place)
        self.connection = self._connected()
        self.runs = _runs()

    def _connected(self) -> Any:
        return self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def setting(self, name: str) -> Any:
        ask = "PRAGMA" if self.engine.dialect.name == "sqlite" else "SHOW"
        return self.connection.exec_driver_sql(f"{ask} {name}").scalar()

    def insert(self, records: Sequence[Record]) -> Work:
        execute, statement = self.connection.execute, self.runs.insert()
        return lambda: [execute(statement, record).inserted_primary_key[0] for record in records]

    def select(self, keys: Sequence[int]) -> Work:
        import sqlalchemy

        execute = self.connection.execute
        statement = self.runs.select().where(self.runs.c.id == sqlalchemy.bindparam("key"))
        bound = [{"key": key} for key in keys]
        return lambda: [
            [dict(found) for found in execute(statement, key).mappings()] for key in bound
        ]

    def update(self, changes: Sequence[Change]) -> Work:
        import sqlalchemy

        statement = self.runs.update().where(self.runs.c.id == sqlalchemy.bindparam("key"))
        return self._each(statement, [{**change, "key": key} for key, change in changes])

    def delete(self, keys: Sequence[int]) -> Work:
        import sqlalchemy

        statement = self.runs.delete().where(self.runs.c.id == sqlalchemy.bindparam("key"))
        return self._each(statement, [{"key": key} for key in keys])

    def _each(self, statement: Any, bound: Sequence[Record]) -> Work:
        execute = self.connection.execute
        return lambda: [execute(statement, values).rowcount for values in bound]

    def select_all(self) -> Work:
        execute, statement = self.connection.execute, self.runs.select()
        return lambda: [dict(found) for found in execute(statement).mappings()]

    @contextmanager
    def transaction(self) -> Any:
        autocommitting, self.connection = self.connection, self.engine.connect()
        with self.connection.begin():
            yield
        self.connection.close()
        self.connection = autocommitting

    def close(self) -> None:
        self.connection.close()
        self.engine.dispose()


class SqlalchemyCommit(SqlalchemyAutocommit):
    """SQLAlchemy Core on one connection that commits after each call, "as you go"."""

    name = "SQLAlchemy, commit()"

    def _connected(self) -> Any:
        return self.engine.connect()

    def insert(self, records: Sequence[Record]) -> Work:
        execute, commit = self.connection.execute, self.connection.commit
        statement = self.runs.insert()

        def work() -> list[Any]:
            keys = []
            for record in records:
                keys.append(execute(statement, record).inserted_primary_key[0])
                commit()
            return keys

        return work

    def _each(self, statement: Any, bound: Sequence[Record]) -> Work:
        execute, commit = self.connection.execute, self.connection.commit

        def work() -> list[Any]:
            counts = []
            for values in bound:
                counts.append(execute(statement, values).rowcount)
                commit()
            return counts

        return work


class Peewee:
    """peewee: queries of a model, which is less work for it than the model's objects."""

    name = "peewee"
    distribution = "peewee"

    def __init__(self, place: Place) -> None:
        import peewee

        if isinstance(place, PostgresqlTable):
            self.database = peewee.PostgresqlDatabase(None)
            known = dict(place.params)
            self.database.init(known.pop("dbname"), **known)
        elif isinstance(place, SqliteFile):
            self.database = peewee.SqliteDatabase(
                place.path, pragmas={"journal_mode": "wal", "synchronous": "normal"}
            )

        class Run(peewee.Model):  # type: ignore[misc]  # peewee has no types
            name = peewee.TextField(null=True)
            started = peewee.TextField(null=True)
            accuracy = peewee.DoubleField(null=True)
            n = peewee.IntegerField(null=True)
            parameters = peewee.TextField(null=True)

            class Meta:
                database = self.database
                table_name = "runs"

        self.model = Run
        self.database.connect()

    def setting(self, name: str) -> Any:
        ask = "PRAGMA" if type(self.database).__name__ == "SqliteDatabase" else "SHOW"
        return self.database.execute_sql(f"{ask} {name}").fetchone()[0]

    def insert(self, records: Sequence[Record]) -> Work:
        model = self.model
        return lambda: [model.insert(record).execute() for record in records]

    def select(self, keys: Sequence[int]) -> Work:
        model = self.model
        return lambda: [list(model.select().where(model.id == key).dicts()) for key in keys]

    def update(self, changes: Sequence[Change]) -> Work:
        model = self.model
        return lambda: [
            model.update(change).where(model.id == key).execute() for key, change in changes
        ]

    def delete(self, keys: Sequence[int]) -> Work:
        model = self.model
        return lambda: [model.delete().where(model.id == key).execute() for key in keys]

    def select_all(self) -> Work:
        model = self.model
        return lambda: list(model.select().dicts())

    def transaction(self) -> AbstractContextManager[object]:
        context: AbstractContextManager[object] = self.database.atomic()
        return context

    def close(self) -> None:
        self.database.close()


class Dataset:
    """dataset: the methods of a table, whose object is kept."""

    name = "dataset"
    distribution = "dataset"

    def __init__(self, place: Place) -> None:
        import dataset

        if isinstance(place, PostgresqlTable):
            self.db = dataset.connect(
                "postgresql+psycopg2://", engine_kwargs={"connect_args": place.params}
            )
        elif isinstance(place, SqliteFile):
            self.db = dataset.connect(
                f"sqlite:///{place.path}", on_connect_statements=["PRAGMA synchronous = NORMAL"]
            )
        self.table = self.db["runs"]

    def setting(self, name: str) -> Any:
        (found,) = self.db.query(f"{'PRAGMA' if self.db.is_sqlite else 'SHOW'} {name}")
        self.db.executable.commit()
        return next(iter(found.values()))

    def insert(self, records: Sequence[Record]) -> Work:
        table = self.table
        return lambda: [table.insert(record) for record in records]

    def select(self, keys: Sequence[int]) -> Work:
        table = self.table
        return lambda: [table.find_one(id=key) for key in keys]

    def update(self, changes: Sequence[Change]) -> Work:
        table = self.table
        given = [{**change, "id": key} for key, change in changes]
        return lambda: [table.update(record, ["id"]) for record in given]

    def delete(self, keys: Sequence[int]) -> Work:
        table = self.table
        return lambda: [table.delete(id=key) for key in keys]

    def select_all(self) -> Work:
        table = self.table
        return lambda: list(table.all())

    def transaction(self) -> AbstractContextManager[object]:
        context: AbstractContextManager[object] = self.db
        return context

    def close(self) -> None:
        self.db.close()

"""The engine's own SQL."""

from __future__ import annotations

from scitex.db.domain.rows import Rows
from scitex.db.domain.sql.sqltext import Parameters
from scitex.db.ports.storage import Storage


class Sql:
    """The chapter on SQL text."""

    storage: Storage

    def execute(self, sql: str, params: Parameters = None) -> Rows:
        """
        Run one statement of the engine's own SQL.

        Parameters
        ----------
        sql : str
            ``?`` and ``:name`` are placeholders; ``??`` is a literal question mark; a ``%``
            needs no doubling.
        params : sequence or mapping, optional
            The values of ``?`` (a sequence) or ``:name`` (a mapping).

        Returns
        -------
        Rows
            A list of dicts, empty where the statement returns no rows, that also carries
            ``rowcount`` and ``columns``.

        Raises
        ------
        UnsafeFragmentError
            If it holds more than one statement, or NUL.
        ParameterError
            If placeholders and `params` do not match.
        ProgrammingError
            If the engine does not understand it, or two output columns have one name.
        InterfaceError
            If it is BEGIN, COMMIT, ROLLBACK or a savepoint: use `transaction`.
        UnsupportedFeatureError
            On the in-memory engine, which reads no SQL statements.

        Notes
        -----
        On SQLite, values come as the driver gives them: dates as text, booleans as 0 and 1,
        since SQLite does not tell an expression's type.

        Examples
        --------
        >>> db.execute("SELECT count(*) AS n FROM users WHERE score > ?", [80])
        [{'n': 1}]
        """
        return self.storage.execute(sql, params=params)

    def query(self, sql: str, params: Parameters = None) -> Rows:
        """
        Run one statement that only reads.

        The parameters are those of `execute`.

        Returns
        -------
        Rows

        Raises
        ------
        ReadOnlyError
            If the statement would write.
        Error
            As `execute`.

        Examples
        --------
        >>> db.query("SELECT name FROM users ORDER BY name")
        [{'name': 'Alice'}]
        """
        return self.storage.query(sql, params=params)

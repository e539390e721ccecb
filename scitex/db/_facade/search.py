"""Finding records by what is written in them."""

from __future__ import annotations

from collections.abc import Iterable

from scitex.db.domain.names import identifier, identifiers
from scitex.db.domain.queries import Where, given, whole_number
from scitex.db.domain.rows import Record
from scitex.db.domain.search.searching import Search as Asked
from scitex.db.domain.search.searching import SearchSpec
from scitex.db.domain.search.searchtext import checked, parsed
from scitex.db.domain.sql.sqltext import Parameters
from scitex.db.ports.storage import Storage
from scitex.db.services import searching


class Search:
    """The chapter on searching texts."""

    storage: Storage

    def enable_search(
        self, table: str, columns: str | Iterable[str], language: str = "english"
    ) -> None:
        """
        Let the texts of a table be searched, or leave one that is searched the same alone.

        Parameters
        ----------
        table : str
        columns : str or iterable of str
            TEXT columns, together one text.
        language : str, default "english"
            ``"english"`` finds *runs* and *running* where *run* is asked for;  ``"simple"``
            finds words as they are, in any language.  PostgreSQL knows some more: ``"german"``,
            ``"french"``, ...

        Raises
        ------
        TableNotFoundError, ColumnNotFoundError
            If a name is not there.
        SchemaError
            If the table is searched already in other columns or another language, a column is
            not text, or the table has no primary key.
        UnsupportedFeatureError
            If the engine does not know the language, or SQLite was built without FTS5.

        Notes
        -----
        The records that are there are indexed now, and all that is changed later follows by
        itself, whoever changes it.  On SQLite the index (FTS5) holds a copy of the texts, and
        triggers keep it, so that other programs need FTS5 to write to the table.  On PostgreSQL
        it is a GIN index on an expression, of the first 300,000 characters of a record; others
        cannot write to the table while it is made.  In memory each record is read by each
        search.  A searched column cannot be dropped; columns and tables may be renamed.

        Examples
        --------
        >>> db.enable_search("users", ["name"])
        >>> db.get_search("users").language
        'english'
        """
        spec = SearchSpec(identifiers(columns), language)
        self.storage.enable_search(identifier(table), spec)

    def disable_search(self, table: str) -> None:
        """
        Remove what search keeps of a table; the records stay.

        Parameters
        ----------
        table : str
            One that is not searched is left as it is.

        Raises
        ------
        TableNotFoundError
            If there is no such table.

        Examples
        --------
        >>> db.disable_search("users")
        """
        self.storage.disable_search(identifier(table))

    def get_search(self, table: str) -> SearchSpec | None:
        """
        Return what can be searched in a table.

        Parameters
        ----------
        table : str

        Returns
        -------
        SearchSpec or None
            Its ``columns``, in the table's order, and its ``language``; None where nothing can.

        Raises
        ------
        TableNotFoundError
            If there is no such table.

        Examples
        --------
        >>> db.get_search("users") is None
        True
        """
        return self.storage.search_of(identifier(table))

    def search(
        self,
        table: str,
        text: str,
        *,
        columns: str | Iterable[str] | None = None,
        where: Where = None,
        params: Parameters = None,
        limit: int | None = 100,
        offset: int | None = None,
        score: str | None = None,
        snippet: str | None = None,
        raw: bool = False,
    ) -> list[Record]:
        """
        Return the records in which a text is found, the best first.

        Parameters
        ----------
        table : str
            One that `enable_search` was called for.
        text : str
            As a person types it: every word must be found, ``"words in quotes"`` side by side,
            a word that begins so where ``*`` is right behind it, and nothing that has ``-``
            before it.  Any text may be given.
        columns : str or iterable of str, optional
            Where to look; in all searched columns by default.
        where : str, mapping or predicate, optional
            What else must hold of a record, as in `select`.
        params : sequence or mapping, optional
            The values of ``?`` or ``:name`` in `where`.
        limit : int or None, default 100
            The most records wanted; None for all.
        offset : int, optional
            How many to pass over first.
        score : str, optional
            What each record's score is to be called in it.  The greater the better; the numbers
            are the engine's own, so compare those of one search only.
        snippet : str, optional
            What an extract of each record's text is to be called in it, with ``**`` around what
            was found.
        raw : bool, default False
            Whether `text` is in the engine's own language: FTS5's, or that of ``to_tsquery()``.

        Returns
        -------
        list of dict
            Whole records, as `select` gives them; equally good ones in order of their keys.

        Raises
        ------
        TableNotFoundError, ColumnNotFoundError
            If a name is not there.
        SchemaError
            If the table, or one of `columns`, is not searched.
        DataError
            If the text holds NUL or a lone surrogate, or is longer than 20,000 characters.
        InterfaceError
            If `limit` or `offset` is not a whole number from 0 up, or a record has a value
            called `score` or `snippet` already.
        ProgrammingError
            If a `raw` text is not understood.
        UnsupportedFeatureError
            If a `raw` text is given to the engine in memory.
        Error
            As `select`, for what is wrong with `where`.

        Notes
        -----
        Words are runs of letters and digits; capitals, punctuation, and accents on Latin letters
        do not count.  ``covid-19`` finds the two words side by side, ``C++`` finds the word *c*,
        and AND, OR, NOT are words like others.  ``hippo*`` finds words that begin so as they are
        written, in any language, not other forms of them; in quotes (``"place cel*"``) the words
        before it are taken as written too.  What is written in scripts without capitals
        (``日本``, Arabic, Thai), emoji and such as ``x²`` are looked for as they stand, inside
        other text too; that reads the whole table unless words are asked for beside it.  A text
        of which nothing is left (``?!``) finds nothing; one that only says what must not be
        (``-word``) finds all other records.

        Ranking is BM25 on SQLite, a count of the words in memory, and cover density on
        PostgreSQL, where records are read for their scores: where more than 300 are found,
        those in which the words stand most often, unless `limit` and `offset` ask for more.

        Examples
        --------
        >>> db.enable_search("users", ["name"])
        >>> db.search("users", "alice -bob", snippet="found")
        [{'id': 1, 'name': 'Alice', 'score': 85.5, 'found': '**Alice**'}]
        """
        found = given(where, params)
        text = checked(text)
        asked = Asked(
            identifier(table),
            text if raw else parsed(text),
            None if columns is None else identifiers(columns),
            found.condition,
            whole_number(limit, "limit"),
            whole_number(offset, "offset") or 0,
        )
        return searching.search(
            self.storage, asked, values=found.values, score=score, snippet=snippet
        )

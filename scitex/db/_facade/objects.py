"""Objects of a class, kept as records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from scitex.db.ports.storage import Storage

if TYPE_CHECKING:
    import cattrs

    from scitex.db.services.repositories.repository import Repository
    from scitex.db.services.repositories.work import UnitOfWork

T = TypeVar("T")


class Objects:
    """The chapter on objects."""

    storage: Storage

    def repository(
        self,
        kind: type[T],
        table: str,
        *,
        key: str | Iterable[str] = "id",
        version: str | None = None,
        converter: cattrs.Converter | None = None,
    ) -> Repository[T]:
        """
        Return the repository of a class: its objects, stored in a table and found again.

        Parameters
        ----------
        kind : type
            A class of attrs or a dataclass.  A field's column follows from its annotation:
            bool, int, float, str, bytes, datetime, date, time, timedelta, Decimal, UUID, Path,
            Enum and Literal by their values, ``numpy.ndarray`` as an array, nested classes,
            dicts and lists as JSON; ``X | None`` may be NULL.  A field of another class says its
            column itself, and hooks of the converter say how it is spelt.
        table : str
        key : str or iterable of str, default "id"
            The fields that tell two objects apart.  The database numbers objects whose key is
            one int field that is None.
        version : str, optional
            An int field that counts changes, so that two who change one object are told.
        converter : cattrs.Converter, optional
            What turns values of classes of your own into what is stored; one for JSON by
            default.

        Returns
        -------
        Repository

        Raises
        ------
        InterfaceError
            If it is no such class.
        SchemaError
            If no column is known for a field, or the key or the version is none.

        Notes
        -----
        The words of a column may be given: ``attrs.field(metadata={"sql": "VARCHAR(50)
        UNIQUE"})``.  A float field is NaN where its column has no value, for missing is missing.

        Examples
        --------
        >>> import attrs
        >>> @attrs.define
        ... class Run:
        ...     name: str
        ...     lr: float = 0.1
        ...     id: int | None = None
        >>> runs = db.repository(Run, table="runs")
        >>> runs.create_table()
        >>> runs.add(Run("first"))
        Run(name='first', lr=0.1, id=1)
        """
        from scitex.db.services.repositories.fields import json_converter
        from scitex.db.services.repositories.mapping import mapped
        from scitex.db.services.repositories.repository import Repository

        chosen = converter or json_converter()
        mapping = mapped(kind, table, key=key, version=version, converter=chosen)
        return Repository(self.storage, mapping, chosen)

    def unit_of_work(self) -> UnitOfWork:
        """
        Return a block in which objects are changed together, and stored together at its end.

        Returns
        -------
        UnitOfWork
            A context manager; its `repository` has the arguments of `Database.repository`.

        Examples
        --------
        >>> with db.unit_of_work() as unit:
        ...     pass
        """
        from scitex.db.services.repositories.work import UnitOfWork

        return UnitOfWork(self.storage)

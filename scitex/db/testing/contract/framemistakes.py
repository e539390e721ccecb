"""Laws about frames that cannot be stored as they are: what is wrong is said, and nothing kept."""

from __future__ import annotations

import pandas as pd
import pytest

from scitex.db import Capability, Database
from scitex.db.domain.errors import SchemaError
from scitex.db.testing.contract.ground import PEOPLE, Laws, needs

FRAME = pd.DataFrame({"id": [9], "name": ["x"]})


class FrameMistakeLaws(Laws):
    """What must hold for frames that somebody got wrong."""

    # -------------------------------------------------------------------------- views

    @pytest.mark.parametrize("if_exists", ["fail", "replace"])
    def test_a_view_is_no_new_table(self, users: Database, if_exists: str) -> None:
        """No frame goes through a view into the table behind it where a new table is asked for."""
        with needs(users, Capability.SQL):
            users.execute("CREATE VIEW seen AS SELECT id, name FROM users")
            with pytest.raises(SchemaError, match=r"'seen' is a view(.|\n)*hint: choose another"):
                users.from_dataframe(FRAME, "seen", if_exists=if_exists)  # type: ignore[arg-type]  # a word of those

            assert users.count("users") == users.count("seen") == len(PEOPLE)

    def test_a_view_that_takes_nothing_says_so(self, users: Database) -> None:
        """What is added to a view that keeps no records of its own is refused as that."""
        with needs(users, Capability.SQL):
            users.execute("CREATE VIEW seen AS SELECT max(id) AS id, max(name) AS name FROM users")
            for store in (
                lambda: users.from_dataframe(FRAME, "seen", if_exists="append"),
                lambda: users.insert("seen", {"id": 9, "name": "x"}),
                lambda: users.update("seen", {"name": "x"}, where={"id": 4}),
                lambda: users.delete("seen", where={"id": 4}),
            ):
                with pytest.raises(SchemaError, match=r"'seen' is a view(.|\n)*hint: name the t"):
                    store()

            assert users.count("users") == len(PEOPLE)

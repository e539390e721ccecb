"""The command line where the package is run: ``python -m scitex.db``."""

from __future__ import annotations

if __name__ == "__main__":
    from scitex.db.cli.program import program

    program()

"""The command line, ``scitex-db``: each command turns words into one call of the package."""

"""Two copies of a table that are to agree again: what changed, what becomes of it, and why."""

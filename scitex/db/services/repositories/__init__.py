"""Objects of a class, kept as the records of a table."""

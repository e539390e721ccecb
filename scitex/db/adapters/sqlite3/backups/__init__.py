"""A SQLite database as a file or as SQL text, and either put in its place."""

"""DataFrames and Arrow tables, to and from any storage."""

"""The faithful fake: tables in memory that keep the promises of the real engines."""

"""Looking into a database: what it holds, drawn and compared."""

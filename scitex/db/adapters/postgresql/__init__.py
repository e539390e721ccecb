"""PostgreSQL, by psycopg2."""

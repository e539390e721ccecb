"""PostgreSQL's programs: where they are, and servers of our own made of them."""

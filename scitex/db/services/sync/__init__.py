"""Making two databases agree, each of which goes on being written to."""

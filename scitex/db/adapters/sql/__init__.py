"""What both SQL engines share, as functions of a `Dialect` value."""

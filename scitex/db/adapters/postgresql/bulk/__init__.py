"""Many records at once, in and out, by COPY."""

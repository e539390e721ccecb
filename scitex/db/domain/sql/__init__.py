"""SQL text: what of it is code, what it says, and what means the same everywhere."""

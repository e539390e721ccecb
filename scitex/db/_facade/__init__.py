"""`Database`, the documented calls, in chapters that only turn arguments into values."""

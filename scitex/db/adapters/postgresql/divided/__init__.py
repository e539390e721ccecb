"""Tables in parts, and on several servers."""

"""What a person types to find something, and where it stands in a text."""

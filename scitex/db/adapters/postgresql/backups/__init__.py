"""What a backup is made of, and how it is brought back."""

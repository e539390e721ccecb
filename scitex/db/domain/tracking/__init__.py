"""What experiments leave behind, in words of this package."""

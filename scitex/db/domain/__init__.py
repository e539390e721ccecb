"""What the package is about, as values: they know nobody and everybody may know them."""

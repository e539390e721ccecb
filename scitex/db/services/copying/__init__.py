"""Copying tables from one database into another, whatever engines keep them."""

"""Keeping runs of experiments, and giving them back."""

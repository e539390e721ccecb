"""Conditions, orders and expressions: read from SQL text, and decided on a record."""

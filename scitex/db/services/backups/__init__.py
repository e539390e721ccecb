"""Backups: taken at one moment, told by a manifest, restored whole or not at all."""

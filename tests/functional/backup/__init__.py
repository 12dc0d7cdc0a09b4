"""Backups, and drills of restoring them."""

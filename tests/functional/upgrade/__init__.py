"""Stored items of older forms, and code of older versions."""

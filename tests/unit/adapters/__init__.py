"""Adapters, apart from the engines."""

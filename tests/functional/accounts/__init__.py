"""Accounts: connected, checked, rotated, authorised, removed."""

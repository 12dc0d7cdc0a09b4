"""Reconcile: platforms' own lists against our table."""

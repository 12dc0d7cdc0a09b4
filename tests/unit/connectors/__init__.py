"""Tests of the connectors, beyond what their fixtures show."""

"""Faults and attacks: one row each, with the tests that show it and the saboteurs that those tests catch."""

"""Exactly once, whatever the delivery: permutations, faults, races, crashes, each with what must catch it."""

"""The simulator and its oracle."""

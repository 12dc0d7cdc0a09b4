"""The soak, small."""

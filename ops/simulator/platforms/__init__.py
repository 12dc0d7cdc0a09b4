"""One package a platform: its traits, its bodies, its API."""

"""Fuzzing: mutated real requests and payloads at every connector and every public route. See docs/fuzzing.md."""

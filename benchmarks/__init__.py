"""Measurements beside their budgets: `python -m benchmarks [name ...] [--full] [--strict]`. See docs/benchmarks.md."""

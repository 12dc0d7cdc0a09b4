"""The engines as functional tests have them."""

from __future__ import annotations

from tests.functional.conftest import engine, moto_stack, stack

__all__ = ["engine", "moto_stack", "stack"]

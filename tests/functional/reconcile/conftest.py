"""A platform that lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.reconcile.listing import Shop


@pytest.fixture
def moto_stack_shop(quick: Any) -> Shop:
    """The platform that lists, on moto."""
    return Shop(quick)

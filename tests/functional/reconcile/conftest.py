"""A platform that lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ops.local import moto
from tests.functional.reconcile.listing import Shop


@pytest.fixture
def quick() -> Iterator[Any]:
    """Moto, quick, for what no engine decides."""
    with moto(wire=False) as one:
        yield one


@pytest.fixture
def moto_stack_shop(quick: Any) -> Shop:
    """The platform that lists, on moto."""
    return Shop(quick)

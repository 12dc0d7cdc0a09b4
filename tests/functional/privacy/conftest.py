"""Engines of the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ops.local import moto


@pytest.fixture
def quick() -> Iterator[Any]:
    """Moto without the SDK's wire, for what no engine decides."""
    with moto(wire=False) as engine:
        yield engine


@pytest.fixture(params=("quick", pytest.param("dynamodb_local_engine", marks=pytest.mark.dynamodb_local)))
def both(request: pytest.FixtureRequest) -> Any:
    """One engine after the other."""
    return request.getfixturevalue(request.param)

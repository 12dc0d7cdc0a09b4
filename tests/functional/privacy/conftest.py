"""Engines of the tests of this folder."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(params=("quick", pytest.param("dynamodb_local_engine", marks=pytest.mark.dynamodb_local)))
def both(request: pytest.FixtureRequest) -> Any:
    """One engine after the other."""
    return request.getfixturevalue(request.param)

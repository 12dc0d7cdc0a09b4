"""Every test that takes `engine` runs on moto and on DynamoDB Local."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.stack import Stack

BOTH = ("moto_engine", pytest.param("dynamodb_local_engine", marks=pytest.mark.dynamodb_local))


@pytest.fixture(params=BOTH)
def engine(request: pytest.FixtureRequest) -> Any:
    """One engine after the other."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def stack(engine: Any) -> Stack:
    """The whole core over fresh tables."""
    return Stack(engine)


@pytest.fixture
def moto_stack(moto_engine: Any) -> Stack:
    """The whole core on moto alone, for what no engine decides."""
    return Stack(moto_engine)

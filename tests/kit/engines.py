"""The two DynamoDB engines as fixtures: moto in process, and AWS's DynamoDB Local.

Every store, race and crash test runs on both: moto hides races, and only the real engine counts capacity.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from ops.dynamodb_local import DynamoDBLocal, Unavailable, available, fetch
from ops.local import moto

REQUIRE_VARIABLE = "HUITOU_REQUIRE"


class Engine(Protocol):
    """What both fixtures give: `client` makes a client for `dynamodb` or `dynamodbstreams`, safe to share between threads."""

    @property
    def name(self) -> str:
        """`moto` or `dynamodb-local`."""
        ...

    def client(self, service: str) -> Any:
        """A boto3 client."""
        ...


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """AWS's own engine, in memory, in a process of its own."""

    server: DynamoDBLocal
    name: str = "dynamodb-local"

    def client(self, service: str) -> Any:
        """A boto3 client for the process."""
        return self.server.client(service)


@pytest.fixture(scope="module")
def moto_engine() -> Iterator[Engine]:
    """Moto as the demo has it, without the SDK's wire: what it answers is the same, and a test holds both side by side."""
    with moto(wire=False) as engine:
        yield engine


@pytest.fixture
def quick() -> Iterator[Engine]:
    """The same for one test alone, for what no engine decides."""
    with moto(wire=False) as engine:
        yield engine


@pytest.fixture(scope="session")
def dynamodb_local_engine() -> Iterator[LocalEngine]:
    """Skips with the reason where Java or the jar is missing; fails instead when HUITOU_REQUIRE names `dynamodb-local`."""
    required = "dynamodb-local" in os.environ.get(REQUIRE_VARIABLE, "").replace(",", " ").split()
    if required:
        try:
            fetch()
        except Unavailable as error:
            pytest.fail(f"dynamodb-local is required: {error}")
    state = available()
    if not state.ok:
        if required:
            pytest.fail(f"dynamodb-local is required: {state.reason}")
        pytest.skip(f"dynamodb-local: {state.reason}")
    with DynamoDBLocal() as server:
        yield LocalEngine(server)

"""The two DynamoDB engines as fixtures: moto in process, and AWS's DynamoDB Local.

Every store, race and crash test runs on both: moto hides races, and only the real engine counts capacity.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from ops.dynamodb_local import REGION, DynamoDBLocal, Unavailable, available, fetch

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
class MotoEngine:
    """DynamoDB in this process; forgets everything at the end of the session."""

    name: str = "moto"

    def client(self, service: str) -> Any:
        """A boto3 client that moto answers, with invented credentials."""
        session = boto3.session.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name=REGION)
        make: Any = session.client
        # The SDK would call the streams under a host name with the account's number, which moto does not know.
        return make(service, config=Config(account_id_endpoint_mode="disabled"))


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """AWS's own engine, in memory, in a process of its own."""

    server: DynamoDBLocal
    name: str = "dynamodb-local"

    def client(self, service: str) -> Any:
        """A boto3 client for the process."""
        return self.server.client(service)


@pytest.fixture(scope="session")
def moto_engine() -> Iterator[MotoEngine]:
    with mock_aws():
        yield MotoEngine()


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

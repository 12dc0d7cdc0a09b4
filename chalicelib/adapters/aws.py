"""Queue, archive, secrets and counters on AWS: SQS, S3, Secrets Manager, and embedded metrics in the log."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import tracing
from chalicelib.contract import Secrets
from chalicelib.errors import ConfigError, Permanent, Retriable

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_sqs import SQSClient

    from chalicelib.contract import Account
    from chalicelib.ports import Clock

SECRET_SECONDS = 300
MILLISECOND = timedelta(milliseconds=1)


def client(service: Any, region: str, endpoint: str | None) -> Any:
    """A client of the SDK with our limits."""
    import boto3
    from botocore.config import Config

    limits = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=2, read_timeout=10)
    made = boto3.client(service, region_name=region, endpoint_url=endpoint, config=limits)
    gc.freeze()  # a service's description stays as long as the process: the collector need not walk it again and again
    return made


def log_line(line: str) -> None:
    """Embedded metrics are whole lines on standard output."""
    sys.stdout.write(line + "\n")


class SqsQueue:
    """Queue on SQS. The client is made on first use."""

    def __init__(self, client: Callable[[], SQSClient], url: str) -> None:
        self._make = client
        self._client: SQSClient | None = None
        self._url = url

    def send(self, bodies: Sequence[str], *, delay_seconds: int = 0) -> None:
        """See the port."""
        if self._client is None:
            self._client = self._make()
        try:
            if len(bodies) == 1:
                if delay_seconds:
                    self._client.send_message(QueueUrl=self._url, MessageBody=bodies[0], DelaySeconds=delay_seconds)
                else:  # every push comes this way, and the SDK checks and writes each argument
                    self._client.send_message(QueueUrl=self._url, MessageBody=bodies[0])
                return
            for batch in _batches(bodies):
                entries = [
                    {"Id": str(index), "MessageBody": body, "DelaySeconds": delay_seconds} for index, body in enumerate(batch)
                ]
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]  # plain dicts
                if answer.get("Failed"):
                    raise Retriable("queue-unavailable", f"{len(answer['Failed'])} of {len(batch)} messages were refused")
        except (ClientError, BotoCoreError) as error:
            raise Retriable("queue-unavailable", type(error).__name__) from error


def _batches(bodies: Sequence[str]) -> list[list[str]]:
    """At most ten a batch, and below SQS's 1 MiB together."""
    batches: list[list[str]] = [[]]
    size = 0
    for body in bodies:
        length = len(body.encode())
        if len(batches[-1]) == 10 or (batches[-1] and size + length > 1_000_000):
            batches.append([])
            size = 0
        batches[-1].append(body)
        size += length
    return [batch for batch in batches if batch]


class S3Archive:
    """Archive on S3."""

    def __init__(self, client: Callable[[], S3Client], bucket: str) -> None:
        self._make = client
        self._client: S3Client | None = None
        self._bucket = bucket

    def put(self, key: str, data: bytes) -> None:
        """See the port."""
        try:
            self._s3().put_object(Bucket=self._bucket, Key=key, Body=data)
        except (ClientError, BotoCoreError) as error:
            raise Retriable("archive-unavailable", type(error).__name__) from error

    def get(self, key: str) -> bytes:
        """See the port."""
        try:
            return self._s3().get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
                raise Permanent("archive-missing", "the archived object is gone") from error
            raise Retriable("archive-unavailable", type(error).__name__) from error
        except BotoCoreError as error:
            raise Retriable("archive-unavailable", type(error).__name__) from error

    def remove(self, key: str) -> None:
        """See the port."""
        try:
            self._s3().delete_object(Bucket=self._bucket, Key=key)
        except (ClientError, BotoCoreError) as error:
            raise Retriable("archive-unavailable", type(error).__name__) from error

    def names(self, prefix: str, after: str = "") -> Iterator[str]:
        """See the port."""
        try:
            # What lies before the prefix comes before all that it begins, so that listing begins there.
            pages = self._s3().get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix, StartAfter=after):
                yield from (entry["Key"] for entry in page.get("Contents", ()))
        except (ClientError, BotoCoreError) as error:
            raise Retriable("archive-unavailable", type(error).__name__) from error

    def _s3(self) -> S3Client:
        if self._client is None:
            self._client = self._make()
        return self._client


class ManagedSecrets:
    """SecretSource on Secrets Manager: one JSON secret an account, `{name: value or [values]}`."""

    def __init__(self, client: Callable[[], SecretsManagerClient], prefix: str, clock: Clock) -> None:
        self._make = client
        self._client: SecretsManagerClient | None = None
        self._prefix = prefix
        self._clock = clock
        self._kept: dict[str, tuple[datetime, Secrets]] = {}

    def secrets(self, account: Account) -> Secrets:
        """See the port."""
        now = self._clock.now()
        name = f"{self._prefix}/{account.merchant}/{account.platform}/{account.account}"
        kept = self._kept.get(name)
        if kept and (now - kept[0]).total_seconds() < SECRET_SECONDS:
            return kept[1]
        found = self._read(name)
        self._kept[name] = (now, found)
        return found

    def _read(self, name: str) -> Secrets:
        if self._client is None:
            self._client = self._make()
        try:
            raw = self._client.get_secret_value(SecretId=name)["SecretString"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
                return Secrets({})
            raise Retriable("secrets-unavailable", type(error).__name__) from error
        except BotoCoreError as error:
            raise Retriable("secrets-unavailable", type(error).__name__) from error
        return parse_secrets(raw)


def parse_secrets(raw: str) -> Secrets:
    """`{name: value or [values]}` as JSON text; ConfigError on anything else, without a word of its content."""
    try:
        table: Mapping[str, str | list[str]] = json.loads(raw)
        values = {name: (value,) if isinstance(value, str) else tuple(value) for name, value in table.items()}
    except (ValueError, TypeError, AttributeError):
        raise ConfigError("secret-malformed", "the account's secret is no table of names to values") from None
    return Secrets(values)


class EmbeddedCounters:
    """Counters as CloudWatch embedded metrics, one log line each."""

    def __init__(self, clock: Clock, write: Callable[[str], object]) -> None:
        self._clock = clock
        self._write = write

    def count(self, name: str, amount: int = 1, **dimensions: str) -> None:
        """See the port."""
        self._line(name, amount, "Count", dimensions)

    def measure(self, name: str, took: timedelta, **dimensions: str) -> None:
        """See the port."""
        self._line(name, max(took // MILLISECOND, 0), "Milliseconds", dimensions)

    def _line(self, name: str, amount: int, unit: str, dimensions: Mapping[str, str]) -> None:
        """The id that is bound goes beside the dimensions: it can be searched for, and is no metric of its own."""
        stamp = int(self._clock.now().timestamp() * 1000)
        metric = {"Namespace": "Huitou", "Dimensions": [sorted(dimensions)], "Metrics": [{"Name": name, "Unit": unit}]}
        line = {"_aws": {"Timestamp": stamp, "CloudWatchMetrics": [metric]}, name: amount, **dimensions}
        trace = tracing.current()
        if trace is not None:
            line["trace"] = trace
        self._write(msgspec.json.encode(line).decode())

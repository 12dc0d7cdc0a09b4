"""AWS without the wire: clients that answer at once, and the SDK with its answers made up before they are sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from benchmarks.rig import CONFIG, SECRET
from chalicelib.adapters.aws import EmbeddedCounters, ManagedSecrets, SqsQueue
from chalicelib.adapters.vault import KmsVault
from chalicelib.bootstrap import Application
from chalicelib.merchants import Merchants
from chalicelib.parts import Parts, SystemClock
from ops.local import LocalKms, MemoryArchive

QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/000000000000/inbound"
ENVIRON = {
    "HUITOU_TABLE": "main",
    "HUITOU_KEYS_TABLE": "keys",
    "HUITOU_INBOUND_URL": QUEUE_URL,
    "HUITOU_BULK_URL": QUEUE_URL,
    "HUITOU_JOBS_URL": QUEUE_URL,
    "HUITOU_BUCKET": "bucket",
    "HUITOU_KMS_KEY": "arn:aws:kms:us-east-1:000000000000:key/example",
    "SHOPIFY_SECRET": SECRET,
    "QUEUE_URL": QUEUE_URL,
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
}


class StubSqs:
    """Takes every message."""

    def __init__(self) -> None:
        self.sent = 0

    def send_message(self, **_: Any) -> dict[str, str]:
        """See SQS."""
        self.sent += 1
        return {"MessageId": "1"}


class StubSecrets:
    """One account's secret."""

    def get_secret_value(self, **_: Any) -> dict[str, str]:
        """See Secrets Manager."""
        return {"SecretString": json.dumps({"webhook_secret": SECRET})}


class MemoryKeys:
    """The table of keys as a dict."""

    def __init__(self) -> None:
        self._items: dict[str, Any] = {}

    def get(self, pk: str, sk: str, **_: Any) -> Any:  # noqa: ARG002  # every key has the same one
        """See the table."""
        return self._items.get(pk)

    def put(self, pk: str, sk: str, attributes: Any, **_: Any) -> bool:  # noqa: ARG002  # every key has the same one
        """See the table."""
        self._items[pk] = attributes
        return True


def receiving(sqs: Any) -> Application:
    """The application as AWS runs it, sending with `sqs`; other clients answer at once."""
    clock = SystemClock()
    archive = MemoryArchive()
    archive.put("config/huitou.toml", CONFIG.encode())
    counters = EmbeddedCounters(clock, len)
    merchants = Merchants(lambda name: archive.get(f"config/{name}.toml").decode(), clock, counters)
    keys: Any = MemoryKeys()
    kms, secrets, client, none = LocalKms(), StubSecrets(), sqs, _missing
    parts: Any = Parts
    return Application(
        parts(
            config=merchants.config,
            merchants=merchants,
            clock=clock,
            counters=counters,
            table=none,
            vault=KmsVault(lambda: kms, "key", keys, clock),  # type: ignore[arg-type, return-value]  # two calls of it
            archive=archive,
            inbound=SqsQueue(lambda: client, QUEUE_URL),
            bulk=none,
            jobs=none,
            secrets=ManagedSecrets(lambda: secrets, "huitou", clock),  # type: ignore[arg-type, return-value]  # one call of it
            http=none,
            channel=none,
            renderer=none,
        )
    )


def utc_now() -> datetime:
    """Now."""
    return datetime.now(UTC)


def _missing() -> Any:
    raise RuntimeError("no part of receiving")

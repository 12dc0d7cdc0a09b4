"""The core over an engine, driven by hand: what a benchmark stands on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chalicelib import stream_rows
from chalicelib.adapters.render import JinjaRenderer
from chalicelib.adapters.table import Table
from chalicelib.bootstrap import Application
from chalicelib.config import Config, parse
from chalicelib.contract import Account, HttpRequest, HttpResponse, RawRequest
from chalicelib.lambda_events import stream_images
from chalicelib.parts import Parts
from connectors import registry
from ops.local import (
    KEYS_TABLE,
    TABLE,
    LocalKms,
    MemoryArchive,
    MemorySecrets,
    TallyCounters,
    create_tables,
    local_table,
    local_vault,
)

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)  # in Shanghai the morning after the orders
SECRET = "a secret of the benchmark"
CONFIG = """
merchant = "demo"
name = "Demo"
time_zone = "Asia/Shanghai"
currency = "USD"
base_url = "https://hooks.example.com"
[[accounts]]
platform = "shopify"
account = "acme"
pull_minutes = 0
[accounts.options]
shop = "acme"
[[campaigns]]
key = "back30"
silent_days = 30
window_days = 14
template = "winback"
holdout_permille = 0
daily_cap = 1000000
[digest]
recipients = ["marketing@demo.example"]
sender = "Demo <digest@demo.example>"
"""
SHOP = Account("demo", "shopify", "acme", {"shop": "acme"})


@dataclass
class HandClock:
    """A clock that stands still."""

    at: datetime = NOW

    def now(self) -> datetime:
        """The set time."""
        return self.at


@dataclass
class ListQueue:
    """A queue that is a list."""

    bodies: list[str] = field(default_factory=list)

    def send(self, bodies: Sequence[str], *, delay_seconds: int = 0) -> None:  # noqa: ARG002  # the port's signature
        """See the port."""
        self.bodies.extend(bodies)


class NoHttp:
    """A platform that is not called."""

    def send(self, request: HttpRequest) -> HttpResponse:
        """Refuse."""
        raise RuntimeError(f"unexpected call to {request.url}")


class Rig:
    """An application over an engine, with its stream read by hand."""

    def __init__(self, engine: Any, config: str = CONFIG, table: Callable[[Any], Table] = local_table) -> None:
        self.engine = engine
        self.clock = HandClock()
        self.config: Config = parse(config)
        self.inbound = ListQueue()
        self.dynamodb, self._streams = engine.client("dynamodb"), engine.client("dynamodbstreams")
        for name in (TABLE, KEYS_TABLE):
            if name in self.dynamodb.list_tables()["TableNames"]:
                self.dynamodb.delete_table(TableName=name)
        self._arn = create_tables(self.dynamodb)
        self._positions: dict[str, str] = {}
        self.app = Application(
            Parts(
                config=lambda: self.config,
                clock=self.clock,
                counters=TallyCounters(),
                table=table(engine),
                vault=local_vault(engine, self.clock, LocalKms()),
                archive=MemoryArchive(),
                inbound=self.inbound,
                bulk=ListQueue(),
                jobs=ListQueue(),
                secrets=MemorySecrets({("shopify", "acme"): {"webhook_secret": (SECRET,)}}),
                http=lambda _info: NoHttp(),
                channel=_no_channel,
                renderer=JinjaRenderer,
            )
        )

    def push(self, body: bytes, triggered_at: str = "2026-11-20T16:00:03Z") -> None:
        """Sign and receive one Shopify webhook. RuntimeError when it is not acknowledged."""
        status = self.app.receive.handle("shopify", "acme", signed(body, self.config, triggered_at)).status
        if status != 200:
            raise RuntimeError(f"receive answered {status}")

    def normalise(self) -> None:
        """Handle all that waits. RuntimeError when something landed in quarantine."""
        while self.inbound.bodies:
            self.app.normalise.handle(self.inbound.bodies.pop(0))
        if self.app.work.quarantined("demo"):
            raise RuntimeError("an invented body was quarantined")

    def project(self, batch: int = 100) -> int:
        """Project the stream's new order records in batches; returns how many records there were."""
        records = [record for record in self._records() if _is_order(record)]
        for start in range(0, len(records), batch):
            self.app.project.handle(stream_rows.changes_of(stream_images(records[start : start + batch])))
        return len(records)

    def _records(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for shard in self._streams.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]:
            found += self._shard(shard["ShardId"])
        return found

    def _shard(self, shard_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        last = self._positions.get(shard_id)
        start = (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
            if last
            else {"ShardIteratorType": "TRIM_HORIZON"}
        )
        iterator = self._streams.get_shard_iterator(StreamArn=self._arn, ShardId=shard_id, **start)["ShardIterator"]
        while iterator:
            page = self._streams.get_records(ShardIterator=iterator, Limit=1000)
            found += page["Records"]
            if not page["Records"]:
                break
            iterator = page.get("NextShardIterator")
        if found:
            self._positions[shard_id] = found[-1]["dynamodb"]["SequenceNumber"]
        return found


def signed(body: bytes, config: Config, triggered_at: str, topic: str = "orders/paid") -> RawRequest:
    """A Shopify push as receive gets it."""
    headers: Mapping[str, tuple[str, ...]] = {
        "content-type": ("application/json",),
        "x-shopify-topic": (topic,),
        "x-shopify-webhook-id": ("b54557e4-e9e0-4d5c-8e6b-8f0d6f0a5f55",),
        "x-shopify-triggered-at": (triggered_at,),
    }
    raw = RawRequest("POST", config.webhook_url("shopify", "acme"), headers, (), body)
    secrets = MemorySecrets({("shopify", "acme"): {"webhook_secret": (SECRET,)}}).secrets(SHOP)
    connector: Any = registry.connector("shopify")
    request: RawRequest = connector.sign(raw, SHOP, secrets, NOW)
    return request


def _is_order(record: Mapping[str, Any]) -> bool:
    return bool(record["dynamodb"].get("NewImage", {}).get("kind", {}).get("S") == "order")


def _no_channel() -> Any:
    raise RuntimeError("nothing is sent here")

"""The whole core over a real engine, driven by hand: queues are lists, the stream is read from the engine."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib import stream_rows
from chalicelib.adapters.render import JinjaRenderer
from chalicelib.bootstrap import Application
from chalicelib.config import Config, parse
from chalicelib.contract import Account, ConnectorInfo, HttpClient, HttpRequest, HttpResponse, RawRequest
from chalicelib.domain.mail import Mail
from chalicelib.errors import Retriable
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

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # noon in Shanghai
SECRET = "whsec_" + base64.b64encode(b"a secret of the tests, no other").decode()
SECRETS: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]] = {
    ("shopify", "acme"): {"webhook_secret": ("shop secret of the tests",)},
    ("generic", "erp"): {"webhook_secret": (SECRET,)},
    ("douyin", "95250"): {"app_key": ("1001",), "app_secret": ("douyin secret of the tests",)},
}
CONFIG = """
merchant = "demo"
name = "Demo"
time_zone = "Asia/Shanghai"
currency = "CNY"
base_url = "https://hooks.example.com"
[[accounts]]
platform = "shopify"
account = "acme"
[[accounts]]
platform = "generic"
account = "erp"
pull_minutes = 0
[[campaigns]]
key = "back30"
silent_days = 30
window_days = 30
template = "winback"
holdout_permille = 0
daily_cap = 1000
[sending]
enabled = true
sender = "Demo <hello@demo.example>"
reply_to = "hello@demo.example"
postal = "Demo, 1 Example Road"
[digest]
recipients = ["marketing@demo.example"]
sender = "Demo <digest@demo.example>"
"""


@dataclass
class HandClock:
    """A clock that tests move."""

    at: datetime = NOW

    def now(self) -> datetime:
        """The set time."""
        return self.at


@dataclass
class ListQueue:
    """A queue that is a list; `refuse` makes it fail."""

    bodies: list[str] = field(default_factory=list)
    refuse: bool = False

    def send(self, bodies: Sequence[str], *, delay_seconds: int = 0) -> None:
        """See the port."""
        if self.refuse:
            raise Retriable("queue-unavailable", "refused on purpose")
        self.bodies.extend(bodies)


@dataclass
class ListChannel:
    """A channel that keeps what it is given; `fault` is raised instead, once for each entry."""

    mails: list[Mail] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    def send(self, mail: Mail) -> str:
        """See the port."""
        if self.faults:
            raise self.faults.pop(0)
        self.mails.append(mail)
        return f"provider-{len(self.mails)}"


_CALLS = (
    "get_item",
    "batch_get_item",
    "query",
    "put_item",
    "batch_write_item",
    "update_item",
    "delete_item",
    "transact_write_items",
)
_ONE_AT_A_TIME = threading.RLock()


_CLIENTS: dict[tuple[int, str], tuple[Any, Any]] = {}


def shared_client(engine: Any, service: str) -> Any:
    """The one client of an engine: making one takes longer than most tests."""
    index = (id(engine), service)
    if index not in _CLIENTS:
        _CLIENTS[index] = (engine, engine.client(service))  # the engine is kept, so that its id is nobody else's
    return _CLIENTS[index][1]


class _Atomic:
    """A client whose calls come one at a time on moto, which checks a condition and puts in two steps."""

    def __init__(self, client: Any, *, serial: bool) -> None:
        self._client = client
        self._serial = serial

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in _CALLS or not self._serial:
            return found

        def alone(**call: Any) -> Any:
            with _ONE_AT_A_TIME:
                return found(**call)

        return alone


@dataclass(frozen=True, slots=True)
class AtomicEngine:
    """An engine with shared clients; moto with the atomic writes that every real engine has."""

    inner: Any
    name: str

    def client(self, service: str) -> Any:
        """A client for this engine."""
        client = self.inner.client(service) if getattr(self.inner, "fresh", False) else shared_client(self.inner, service)
        return _Atomic(client, serial=self.name == "moto")


class NoHttp:
    """A platform that must not be called."""

    def send(self, request: HttpRequest) -> HttpResponse:
        """Refuse."""
        raise AssertionError(f"unexpected call to {request.url}")


class Stack:
    """An Application with everything in reach."""

    def __init__(self, engine: Any, config: str = CONFIG, http: Callable[[ConnectorInfo], HttpClient] | None = None) -> None:
        self.engine: Any = AtomicEngine(engine, engine.name)
        engine = self.engine
        self.clock = HandClock()
        self.config: Config = parse(config)
        self.inbound, self.bulk, self.jobs = ListQueue(), ListQueue(), ListQueue()
        self.channel = ListChannel()
        self.counters = TallyCounters()
        self.archive = MemoryArchive()
        self.dynamodb = engine.client("dynamodb")
        self.streams = engine.client("dynamodbstreams")
        for name in (TABLE, KEYS_TABLE):
            if name in self.dynamodb.list_tables()["TableNames"]:
                self.dynamodb.delete_table(TableName=name)
        self.stream_arn = create_tables(self.dynamodb)
        self._positions: dict[str, str] = {}
        parts = Parts(
            config=lambda: self.config,
            clock=self.clock,
            counters=self.counters,
            table=local_table(engine),
            vault=local_vault(engine, self.clock, LocalKms(), raw_days=lambda _merchant: self.config.retention.raw_days),
            archive=self.archive,
            inbound=self.inbound,
            bulk=self.bulk,
            jobs=self.jobs,
            secrets=MemorySecrets(SECRETS),
            http=http or (lambda _info: NoHttp()),
            channel=lambda: self.channel,
            renderer=JinjaRenderer,
            fan_out=1 if engine.name == "moto" else 4,
        )
        self.app = Application(parts)

    def sweep(self) -> int:
        """The campaigns' sweep, every one of them approved as it is now."""
        for campaign in self.config.campaigns:
            self.app.trigger.approve(campaign.key)
        return self.app.trigger.sweep()

    def push(
        self, platform: str, account: str, body: bytes, headers: Mapping[str, str] | None = None, topic: str | None = None
    ) -> int:
        """Sign and receive one webhook; returns the HTTP status."""
        raw = RawRequest(
            "POST",
            self.config.webhook_url(platform, account),
            {name.lower(): (value,) for name, value in (headers or {}).items()},
            (),
            body,
            topic,
        )
        connector: Any = registry.connector(platform)
        shop = Account("demo", platform, account, {})
        signed = connector.sign(raw, shop, self.app.parts.secrets.secrets(shop), self.clock.now())
        return self.app.receive.handle(platform, account, signed).status

    def normalise(self) -> int:
        """Handle all that waits on both queues; returns how many messages that were."""
        handled = 0
        for queue in (self.inbound, self.bulk):
            while queue.bodies:
                self.app.normalise.handle(queue.bodies.pop(0))
                handled += 1
        return handled

    def records(self) -> list[dict[str, Any]]:
        """The stream's new records since the last call, binaries as Lambda gives them (base64 text)."""
        found: list[dict[str, Any]] = []
        shards = self.streams.describe_stream(StreamArn=self.stream_arn)["StreamDescription"]["Shards"]
        for shard in shards:
            shard_id = shard["ShardId"]
            found += self._shard(shard_id)
        return found

    def project(self, records: list[dict[str, Any]] | None = None) -> None:
        """Project the stream's new records (or these)."""
        images = stream_images(self.records() if records is None else records)
        self.app.project.handle(stream_rows.changes_of(images))
        for at in stream_rows.beats_of(images):
            self.app.tick.beat_seen(at)

    def settle(self) -> None:
        """Normalise and project until nothing waits."""
        self.normalise()
        self.app.tick.beat()
        self.project()

    def _shard(self, shard_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        last = self._positions.get(shard_id)
        kind = (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
            if last
            else {"ShardIteratorType": "TRIM_HORIZON"}
        )
        iterator = self.streams.get_shard_iterator(StreamArn=self.stream_arn, ShardId=shard_id, **kind)["ShardIterator"]
        while iterator:
            page = self.streams.get_records(ShardIterator=iterator, Limit=1000)
            found += page["Records"]
            if not page["Records"]:
                break
            iterator = page.get("NextShardIterator")
        if found:
            self._positions[shard_id] = found[-1]["dynamodb"]["SequenceNumber"]
        return found


@contextmanager
def days(clock: HandClock, count: int) -> Iterator[None]:
    """Inside, the clock stands `count` days earlier."""
    clock.at -= timedelta(days=count)
    yield
    clock.at += timedelta(days=count)

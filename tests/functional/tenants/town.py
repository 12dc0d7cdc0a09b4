"""Two merchants in one deployment, told apart by nothing but what names them: same platforms, same order ids, same buyers.

Everything goes through `app.py`, as a process on AWS is called. Keys and nonces come from what they are for instead of chance, so
that what a merchant has can be compared byte for byte with what they have without the other.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import app as entry_points
from chalicelib import bootstrap, entry
from chalicelib.adapters import vault as sealing
from chalicelib.adapters.render import JinjaRenderer
from chalicelib.adapters.table import Table
from chalicelib.adapters.vault import KmsVault
from chalicelib.bootstrap import Application
from chalicelib.contract import Account, HttpRequest, HttpResponse, RawRequest, Secrets
from chalicelib.domain.mail import Mail
from chalicelib.merchants import Merchants
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
)
from ops.runtime.proxy import HttpIn, proxy_event
from ops.runtime.routes import RouteTable
from tests.functional.stack import AtomicEngine, HandClock, ListChannel, ListQueue
from tests.kit.cases import FIXTURES

A, B = "acme", "zeta"
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # in Shanghai
SECRET = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw=="
_CONFIG = """
merchant = "{m}"
name = "Shop of {m}"
time_zone = "Asia/Shanghai"
currency = "CNY"
base_url = "https://hooks.example.com"
[[accounts]]
platform = "generic"
account = "{m}-erp"
pull_minutes = 0
[[accounts]]
platform = "woocommerce"
account = "{m}-shop"
options = {{store_url = "https://{m}.example"}}
[[accounts]]
platform = "shopify"
account = "{m}-bus"
options = {{shop = "{m}"}}
pull_minutes = 0
[[campaigns]]
key = "back30"
silent_days = 30
window_days = 0
template = "winback"
holdout_permille = 0
daily_cap = 1000
shop_url = "https://{m}.example/again"
[survey]
enabled = true
[reviews]
enabled = true
owner = "service"
[sending]
enabled = true
sender = "{m} <hello@{m}.example>"
reply_to = "hello@{m}.example"
postal = "{m}, 1 Example Road"
[digest]
recipients = ["marketing@{m}.example"]
sender = "{m} <digest@{m}.example>"
"""


def config_of(merchant: str) -> str:
    """A merchant's configuration: no two differ in anything but names."""
    return _CONFIG.format(m=merchant)


class StillVault(KmsVault):
    """A vault whose keys are no surprise; a merchant's are no other's."""

    def _generate(self, merchant: str, subject: str) -> tuple[bytes, bytes]:
        plain = hashlib.sha256(f"{merchant}\x1f{subject}".encode()).digest()
        kms: Any = self._client()
        return plain, kms.wrap(plain, {"merchant": merchant, "subject": subject})


@contextmanager
def no_chance() -> Iterator[None]:
    """Nonces by content, and one owner of every lease."""
    encrypt = sealing._encrypt

    def still(secret: bytes, data: bytes, context: str) -> bytes:
        nonce = hashlib.sha256(secret + context.encode() + data).digest()
        with patch("chalicelib.adapters.vault.os.urandom", lambda size: nonce[:size]):
            return encrypt(secret, data, context)

    with (
        patch.object(sealing, "_encrypt", still),
        patch("chalicelib.leases.uuid.uuid4", lambda: SimpleNamespace(hex="0" * 32)),
    ):
        yield


class Shops:
    """Every merchant's own shop: the same numbers, other prices."""

    def send(self, request: HttpRequest) -> HttpResponse:
        """An order of somebody, and a bad review of it; of each shop on its own host."""
        merchant = request.url.removeprefix("https://").partition(".")[0]
        rows: list[dict[str, Any]] = []
        if request.url.endswith("/orders"):
            rows = [_woo(1001, price_of(merchant))]
        elif request.url.endswith("/products/reviews"):
            rows = [_review(7, merchant)]
        return HttpResponse(200, {"x-wp-total": str(len(rows))}, json.dumps(rows).encode())


def price_of(merchant: str) -> int:
    """What the same goods cost there, in yuan."""
    return {A: 20, B: 300}[merchant]


def _woo(number: int, price: int) -> dict[str, Any]:
    at = "2026-11-19T03:00:00"
    return {
        "id": number,
        "number": str(number),
        "status": "processing",
        "currency": "CNY",
        "date_created_gmt": at,
        "date_modified_gmt": at,
        "date_paid_gmt": at,
        "discount_total": "0.00",
        "discount_tax": "0.00",
        "shipping_total": "0.00",
        "shipping_tax": "0.00",
        "cart_tax": "0.00",
        "total": f"{price}.00",
        "total_tax": "0.00",
        "prices_include_tax": True,
        "customer_id": 9,
        "billing": {"first_name": "Ann", "last_name": "Example", "email": "ann@example.com", "country": "CN"},
        "shipping": {"first_name": "Ann", "last_name": "Example", "country": "CN"},
        "line_items": [
            {
                "id": 1,
                "name": "Tea",
                "product_id": 5,
                "quantity": 1,
                "subtotal": f"{price}.00",
                "total": f"{price}.00",
                "price": price,
            }
        ],
        "fee_lines": [],
        "coupon_lines": [],
        "shipping_lines": [],
        "tax_lines": [],
        "meta_data": [],
        "refunds": [],
    }


def _review(number: int, merchant: str) -> dict[str, Any]:
    return {
        "id": number,
        "date_created_gmt": "2026-11-19T05:00:00",
        "product_id": 5,
        "product_name": "Tea",
        "status": "approved",
        "reviewer": "Ann",
        "reviewer_email": "ann@example.com",
        "review": f"<p>Broken, and nobody at {merchant} answers.</p>",
        "rating": 1,
        "verified": True,
    }


class Post(ListChannel):
    """A provider that gives the same mail the same id, whatever else it was given."""

    def send(self, mail: Mail) -> str:
        """See the port."""
        super().send(mail)
        return hashlib.sha256(repr(mail).encode()).hexdigest()[:16]


class Town:
    """One process of a deployment that serves these merchants, over tables of its own."""

    def __init__(self, engine: Any, merchants: Sequence[str] = (A, B)) -> None:
        self.merchants = tuple(merchants)
        self.engine: Any = AtomicEngine(engine, engine.name)
        self.clock = HandClock(NOON)
        self.texts = {"huitou": f"merchants = {json.dumps(self.merchants)}"} | {each: config_of(each) for each in merchants}
        self.dynamodb, self.streams = self.engine.client("dynamodb"), self.engine.client("dynamodbstreams")
        for name in (TABLE, KEYS_TABLE):
            if name in self.dynamodb.list_tables()["TableNames"]:
                self.dynamodb.delete_table(TableName=name)
        self.stream_arn = create_tables(self.dynamodb)
        self._positions: dict[str, str] = {}
        self.inbound, self.bulk, self.jobs, self.channel = ListQueue(), ListQueue(), ListQueue(), Post()
        self.archive, self.counters = MemoryArchive(), TallyCounters()
        self.book = Merchants(self.texts.__getitem__, self.clock, self.counters, seconds=0, at_once=1)
        self.app = Application(self._parts())
        self.routes = RouteTable({path: list(methods) for path, methods in entry_points.app.routes.items()})
        bootstrap.install(self.app)

    def _parts(self) -> Parts:
        kms, keys = LocalKms(), Table(lambda: self.engine.client("dynamodb"), KEYS_TABLE)
        secrets: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
            ("generic", f"{each}-erp"): {"webhook_secret": (SECRET,)} for each in self.merchants
        }
        secrets |= {
            ("woocommerce", f"{each}-shop"): {
                "webhook_secret": (f"{each} woo secret",),
                "consumer_key": (f"ck_{each}",),
                "consumer_secret": ("cs",),
            }
            for each in self.merchants
        }
        return Parts(
            config=self.book.config,
            merchants=self.book,
            clock=self.clock,
            counters=self.counters,
            table=local_table(self.engine),
            vault=StillVault(lambda: kms, "local", keys, self.clock),  # type: ignore[arg-type, return-value]  # KMS's two calls
            archive=self.archive,
            inbound=self.inbound,
            bulk=self.bulk,
            jobs=self.jobs,
            secrets=MemorySecrets(secrets),
            http=lambda _info: Shops(),
            channel=lambda: self.channel,
            renderer=JinjaRenderer,
            feeds={"arn:feed": "shopify"},
        )

    def of(self, merchant: str) -> Application:
        """A merchant's application in this process."""
        return bootstrap.tenancy().of(merchant)

    def http(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> dict[str, Any]:
        """A request through the gateway's event and app.py."""
        match = self.routes.match(path, method)
        assert match is not None
        event = proxy_event(
            HttpIn(method, path, "", tuple((headers or {}).items()), body, "192.0.2.1"), match, "api", self.clock.now()
        )
        answer: dict[str, Any] = entry_points.app(event, None)
        return answer

    def push(self, merchant: str, kind: str, at: str, data: Mapping[str, Any]) -> int:
        """A webhook of a merchant's own system; the status."""
        return self.push_to(f"{merchant}-erp", json.dumps({"type": kind, "timestamp": at, "data": data}).encode())

    def push_to(self, account: str, body: bytes) -> int:
        """The same, to an account by its name."""
        connector: Any = registry.connector("generic")
        shop = Account("-", "generic", account, {})
        raw = RawRequest("POST", f"https://hooks.example.com/webhooks/generic/{account}", {}, (), body, None)
        signed = connector.sign(raw, shop, Secrets({"webhook_secret": (SECRET,)}), self.clock.now())
        sent = {name: values[0] for name, values in signed.headers.items()} | {"content-type": "application/json"}
        return int(self.http("POST", f"/webhooks/generic/{account}", sent, body)["statusCode"])

    def feed(self, merchant: str, number: int) -> dict[str, Any]:
        """A record of the bus that all shops share, of one of them."""
        told = json.loads((FIXTURES / "shopify/feed-order/body.json").read_text())
        told["detail"]["metadata"]["X-Shopify-Shop-Domain"] = f"{merchant}.myshopify.com"
        record = {"messageId": str(number), "body": json.dumps(told), "eventSourceARN": "arn:feed"}
        return entry.feed({"Records": [record]}, None)

    def flow(self) -> None:
        """Queues and stream, each as one batch over all merchants, until nothing waits."""
        entry.tick({}, None)
        while self.inbound.bodies or self.bulk.bodies:
            assert batch(entry.normalise, self.inbound, self.bulk) == []
        records = self.records()
        for handler in (entry.project, entry.trigger):
            assert handler({"Records": records}, None) == {"batchItemFailures": []}

    def work(self) -> None:
        """The schedule of pulls, and the jobs that it asks for."""
        assert "failed" not in entry.pull({}, None)
        assert (
            batch(lambda event, _: entry.work(event, SimpleNamespace(get_remaining_time_in_millis=lambda: 600_000)), self.jobs)
            == []
        )

    def records(self) -> list[dict[str, Any]]:
        """The stream's new records."""
        found: list[dict[str, Any]] = []
        for shard in self.streams.describe_stream(StreamArn=self.stream_arn)["StreamDescription"]["Shards"]:
            found += self._shard(shard["ShardId"])
        return found

    def _shard(self, shard: str) -> list[dict[str, Any]]:
        last = self._positions.get(shard)
        kind = (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
            if last
            else {"ShardIteratorType": "TRIM_HORIZON"}
        )
        found: list[dict[str, Any]] = []
        at = self.streams.get_shard_iterator(StreamArn=self.stream_arn, ShardId=shard, **kind)["ShardIterator"]
        while at:
            page = self.streams.get_records(ShardIterator=at, Limit=1000)
            found += page["Records"]
            at = page.get("NextShardIterator") if page["Records"] else None
        if found:
            self._positions[shard] = found[-1]["dynamodb"]["SequenceNumber"]
        return found

    # --- What a merchant has ---

    def has(self, merchant: str) -> dict[str, Any]:
        """All that is a merchant's: rows, keys' names, objects, mails."""
        return {
            "rows": {key: value for key, value in self.rows(TABLE).items() if key[0].startswith(f"{merchant}#")},
            "keys": sorted(key for key in self.rows(KEYS_TABLE) if key[0].startswith(f"{merchant}#")),
            "objects": {key: value for key, value in self.archive.objects.items() if key.split("/")[1] == merchant},
            "mails": self.mails(merchant),
        }

    def rows(self, table: str) -> dict[tuple[str, str], str]:
        """Every row of a table, attributes in one order."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=table)
        items = [item for page in pages for item in page["Items"]]
        return {(item["pk"]["S"], item["sk"]["S"]): repr(sorted((k, _plain(v)) for k, v in item.items())) for item in items}

    def mails(self, merchant: str) -> list[Mail]:
        """What left in a merchant's name."""
        return [mail for mail in self.channel.mails if f"@{merchant}.example" in mail.sender]


def _plain(value: Mapping[str, Any]) -> Any:
    (found,) = value.values()
    return bytes(getattr(found, "value", found)) if "B" in value else found


def batch(handler: Any, *queues: ListQueue) -> list[dict[str, str]]:
    """All that waits as one batch; the failures."""
    bodies = [body for queue in queues for body in queue.bodies]
    for queue in queues:
        queue.bodies.clear()
    records = [{"messageId": str(index), "body": body} for index, body in enumerate(bodies)]
    failures: list[dict[str, str]] = handler({"Records": records}, None)["batchItemFailures"]
    return failures


def order(name: str, day: date, price: int, *, delivered: date | None = None) -> tuple[str, dict[str, Any]]:
    """An order of a buyer, and when it was told."""
    at = f"{day.isoformat()}T05:00:00Z"
    told = f"{(delivered or day).isoformat()}T05:30:00Z"
    return told, {
        "order_id": f"{name}-1",
        "status": "delivered" if delivered else "paid",
        "currency": "CNY",
        "tax_included": True,
        "amounts": {"items": price * 100, "total": price * 100, "paid": price * 100},
        "placed_at": at,
        "paid_at": at,
        "delivered_at": told if delivered else None,
        "updated_at": told,
        "buyer": {"id": name, "email": f"{name}@example.com"},
        "lines": [],
    }


def consent(name: str) -> dict[str, Any]:
    """A buyer's word on mail."""
    return {"buyer_id": name, "channel": "email", "granted": True, "at": "2026-10-01T00:00:00Z"}


def play(town: Town) -> None:
    """A day and a half of all merchants at once: pushes, a feed, pulls, a campaign, surveys, digests, answers, a farewell."""
    told(town)
    speak(town)
    for merchant in town.merchants:
        answers(town, merchant)
    town.clock.at += timedelta(days=1)
    town.flow()
    for step in (entry.digest, entry.deliver):
        assert "failed" not in step({}, None)
        town.flow()


def told(town: Town) -> None:
    """What platforms tell."""
    today = NOON.date()
    for merchant in town.merchants:
        price = price_of(merchant)
        for name, day, came in (("ann", 30, None), ("bob", 30, None), ("cy", 6, 4), ("dee", 1, None)):
            when = today - timedelta(days=day)
            at, told = order(name, when, price, delivered=today - timedelta(days=came) if came else None)
            assert town.push(merchant, "consent", "2026-10-01T00:00:00Z", consent(name)) == 200
            assert town.push(merchant, "order", at, told) == 200
        bad = {"review_id": "R-1", "order_id": "ann-1", "rating": 1, "text": "broken", "created_at": "2026-11-20T02:00:00Z"}
        assert town.push(merchant, "review", "2026-11-20T02:00:00Z", bad) == 200
        assert town.feed(merchant, 1) == {"batchItemFailures": []}
    town.flow()


def speak(town: Town) -> None:
    """Pulls, and what goes out: a campaign, surveys, digests."""
    for _ in range(2):
        town.work()
        town.flow()
        town.clock.at += timedelta(minutes=30)
    for merchant in town.merchants:
        town.of(merchant).trigger.approve("back30")
    town.flow()
    for step in (entry.sweep, entry.deliver, entry.digest, entry.deliver):
        assert "failed" not in step({}, None)
        town.flow()


def answers(town: Town, merchant: str) -> None:
    """What readers of a merchant's mails do: one clicks, one answers, one leaves; and the review gets its answer."""
    found = links(town.mails(merchant))
    assert town.http("GET", f"/c/{found['c'][0]}")["statusCode"] == 302
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert town.http("POST", f"/s/{found['s'][0]}", form, urlencode({"score": "9", "words": "fine"}).encode())["statusCode"] == 200
    assert town.http("POST", f"/unsubscribe/{found['unsubscribe'][0]}", form, b"List-Unsubscribe=One-Click")["statusCode"] == 200


def links(mails: Iterable[Mail]) -> dict[str, list[str]]:
    """The tokens in mails, by kind of link."""
    found: dict[str, list[str]] = {"c": [], "s": [], "unsubscribe": []}
    for mail in mails:
        for kind, token in re.findall(r"https://hooks\.example\.com/(c|s|unsubscribe)/([A-Za-z0-9_.-]+)", mail.rendered.text):
            found[kind].append(token)
    return found

"""A shop with personal data in every place that holds some, and a count of what of it can be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from chalicelib.contract import Account, Event
from chalicelib.domain.record import OrderKey
from chalicelib.envelope import decode, encode
from chalicelib.errors import Permanent
from chalicelib.intake import enclosed
from chalicelib.ports import RecordKey
from ops.local import KEYS_TABLE, TABLE
from tests.functional.exactness.world import deliver, erp
from tests.functional.stack import CONFIG, NOW, SECRETS, Stack
from tests.kit.cases import FIXTURES

TEXT = (
    CONFIG
    + """
[[accounts]]
platform = "amazon"
account = "us"
pull_minutes = 0
[accounts.options]
seller_id = "A3EXAMPLE0SHOP"
marketplace_ids = "ATVPDKIKX0DER"
application_id = "amzn1.sellerapps.app.example"
[[retention.platforms]]
platform = "generic"
orders_days = 60
records_days = 60
"""
)
AMAZON = OrderKey("demo", "amazon", "us", "114-1234567-8901239")
TALES: dict[str, dict[str, Any]] = {
    "review": {"review_id": "R1", "product_id": "tea", "rating": 2, "text": "Zaphira disliked it"},
    "question": {"question_id": "Q1", "product_id": "tea", "text": "Does Zaphira like it?"},
    "message": {"thread_id": "T1", "message_id": "M1", "sender": "buyer", "text": "Zaphira here"},
}


@dataclass(frozen=True, slots=True)
class Readable:
    """How many things of a kind a reader gets anything personal of."""

    amazon: int
    orders: int
    records: int
    raw: int


def amazon_order(stack: Stack, days: int = 0) -> str:
    """An order of Amazon's as a pull brings it, updated so many days after it was placed."""
    payload = json.loads((FIXTURES / "amazon/order-delivered/body.json").read_text())
    at = NOW + timedelta(days=days)
    order = payload.get("order", payload)
    order |= {"createdTime": NOW.isoformat(), "lastUpdatedTime": at.isoformat()}
    entry = stack.config.account("amazon", "us")
    assert entry is not None
    event = Event(f"pull-{days}", "order", "order", AMAZON.order_id, at, False, json.dumps(payload).encode())
    parts, shop = stack.app.parts, Account("demo", "amazon", "us", entry.options)
    return encode(enclosed(shop, event, vault=parts.vault, archive=parts.archive, now=stack.clock.now()))


def tell(stack: Stack, kind: str, data: dict[str, Any]) -> None:
    """Something that the merchant's own system tells."""
    body = {"type": kind, "timestamp": stack.clock.now().isoformat(), "data": data}
    assert stack.push("generic", "erp", json.dumps(body).encode()) == 200


def furnished(engine: Any) -> Stack:
    """All of it arrives today; nothing has a limit but Amazon's and the merchant's own of `generic`."""
    assert ("generic", "erp") in SECRETS
    stack = Stack(engine, TEXT)
    now = stack.clock.now().isoformat()
    stack.inbound.bodies.append(amazon_order(stack))
    deliver(
        stack, [erp(f"E{each}", 450, "delivered", 400, buyer=buyer, delivered_at=now) for each, buyer in ((1, "b1"), (2, None))]
    )
    deliver(stack, [erp("E3", 450, "paid", 300, buyer="b1", paid_at=now)])
    for kind, data in TALES.items():
        tell(stack, kind, data | {"created_at": now, "buyer": {"id": "b1", "nickname": "zappy"}})
    tell(stack, "order", {"order_id": "broken", "status": ["no status"], "buyer": {"name": "Zaphira"}})
    tell(stack, "unheard.topic", {"name": "Zaphira"})
    tell(stack, "order", {"order_id": "E9", "status": "paid", "currency": "CNY", "amounts": {"total": 1}, "remark": "z" * 250_000})
    stack.settle()
    stack.app.reckoning.sweep("demo")
    return stack


def orders_of(stack: Stack) -> list[OrderKey]:
    """All orders."""
    return [
        OrderKey("demo", *place[2:]) for place in (row["pk"]["S"].split("#") for row in rows(stack) if row["sk"]["S"] == "order")
    ]


def rows(stack: Stack, table: str = TABLE) -> list[dict[str, Any]]:
    """Every item of a table."""
    pages = stack.dynamodb.get_paginator("scan").paginate(TableName=table)
    return [item for page in pages for item in page["Items"]]


def key_names(stack: Stack) -> set[str]:
    """The subjects that have a key."""
    return {row["pk"]["S"].removeprefix("demo#") for row in rows(stack, KEYS_TABLE)}


def readable(stack: Stack) -> Readable:
    """Through every public way that opens anything."""
    found = {key: _order(stack, key) for key in orders_of(stack)}
    records = [RecordKey("demo", "generic", "erp", "review", "R1"), RecordKey("demo", "generic", "erp", "question", "Q1")]
    records.append(RecordKey("demo", "generic", "erp", "message", "T1\x1fM1"))
    return Readable(
        amazon=found.pop(AMAZON),
        orders=sum(found.values()),
        records=sum("text" in (stack.app.recording.show(each) or {}) for each in records),
        raw=_raw(stack),
    )


def _order(stack: Stack, key: OrderKey) -> int:
    opened = stack.app.lookups.revealing.order(key)
    assert opened is not None
    buyer, to = opened.order.buyer, opened.order.ship_to
    return int(any((buyer.id, buyer.name, buyer.email, to.name, to.address, to.phone, to.postcode)))


def _raw(stack: Stack) -> int:
    """The archive, claim checks and quarantine, opened by what replays them; whoever replays gets as far as that."""
    count = 0
    for held in stack.app.quarantine.walk("demo"):
        body = stack.app.quarantine.body("demo", held)
        assert body is not None
        count += _opens(partial(stack.app.unsealing.open, decode(body)))
    for name, sealed in stack.archive.objects.items():
        if name.startswith(("raw/", "claims/")):
            digest = name.rpartition("/")[2].rpartition("-")[2]
            count += _opens(partial(stack.app.parts.vault.open_raw, "demo", sealed, digest))
    return count


def _opens(action: Callable[[], bytes]) -> int:
    try:
        return int(bool(action()))
    except Permanent as error:
        assert error.reason in ("raw-over", "seal-broken", "archive-missing"), error.reason
        return 0


def sums(stack: Stack) -> dict[str, Any]:
    """All summaries and profiles."""
    kept = ("doc", "bucket", "dpk", "dsk")
    return {
        f"{row['pk']['S']} {row['sk']['S']}": {name: repr(row.get(name)) for name in kept}
        for row in rows(stack)
        if row["sk"]["S"].startswith("s#") or row["sk"]["S"] == "profile" or row["pk"]["S"].startswith("demo#I#")
    }

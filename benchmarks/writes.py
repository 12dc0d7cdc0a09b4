"""Write and read units of orders coming in, on DynamoDB Local."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from benchmarks.capacity import MeteredEngine, item_size, metered, missing, read_units
from benchmarks.harness import Line, Options, at_most
from benchmarks.rig import Rig
from benchmarks.shopify_bodies import dump, shopify
from chalicelib.adapters.orders import ORDER_SK, order_pk, stored_order
from chalicelib.adapters.table import Item, Table, binary
from chalicelib.domain.record import OrderKey, unite, view
from chalicelib.toolkit.canonical_json import to_json
from ops.local import TABLE

ORDERS = 1_000
BATCH = 100
LINES = 5  # what makes a stored order of 2 to 3 KB


def measure_writes(_: Options) -> Iterator[Line]:
    """1,000 new orders of as many new buyers over 200 products, all in."""
    reason = missing()
    if reason:
        yield Line("write units of new orders", None, detail=reason)
        return
    with metered() as engine:
        rig = Rig(engine)
        with engine.ledger.counting() as units:
            _bring(rig)
        items = [_item(rig, number) for number in range(ORDERS)]
        documents = [canonical(rig, item) for item in items]
        bare = _bare(engine, [{name: value for name, value in item.items() if name not in ("pk", "sk")} for item in items])
        plain = _bare(engine, [{"doc": binary(document)} for document in documents])
    size = sum(map(item_size, items)) / ORDERS
    document = sum(map(len, documents)) / ORDERS
    yield Line(
        f"write units a new order, against a bare put of the same item ({size:,.0f} bytes)",
        units.write / bare,
        " x",
        at_most(4),
        f"{units.write / ORDERS:.2f} against {bare / ORDERS:.2f}",
    )
    yield Line("the same against a bare put of the canonical JSON alone", units.write / plain, " x")
    yield Line(
        "stored item against its canonical JSON", size / document, " x", at_most(2), f"{size:,.0f} against {document:,.0f} bytes"
    )
    yield Line("of these, a new order", units.write / ORDERS, " units", detail=units.share(ORDERS))


def measure_repeats(_: Options) -> Iterator[Line]:
    """The same body again, and an older one."""
    reason = missing()
    if reason:
        yield Line("capacity of duplicates and stale events", None, detail=reason)
        return
    with metered() as engine:
        rig = Rig(engine)
        fresh, older = _body(1, paid=True), _body(1, paid=False)
        rig.push(fresh)
        rig.normalise()
        rig.project()
        size = item_size(_item(rig, 1))
        for name, body, write in (("duplicate", fresh, 0), ("stale event", older, 1)):
            yield from _again(rig, name, body, write, size)


def _again(rig: Rig, name: str, body: bytes, write: int, size: int) -> Iterator[Line]:
    rig.push(body)
    vault: Any = rig.app.parts.vault
    vault._opened.clear()  # a worker that has just started knows no key
    with rig.engine.ledger.counting() as units:
        rig.normalise()
        rig.project()
    keys = sum(spent for part, spent in units.parts.items() if part.startswith("GetItem:key"))
    quarantine = sum(spent for part, spent in units.parts.items() if part == "Query:Q")  # the rig's own look
    yield Line(f"{name}: write units", units.write, "", at_most(write), units.share(1))
    yield Line(
        f"{name}: read units (item of {size:,} bytes)",
        units.read - keys - quarantine,
        "",
        at_most(read_units(size)),
        f"a worker without keys reads {keys:g} units of keys besides, and then none of them for 5 minutes",
    )


def _bring(rig: Rig) -> None:
    """Everything from the queue to the stream's batches, and the cells' summaries once at the end."""
    for number in range(ORDERS):
        rig.push(_body(number, paid=True))
    rig.normalise()
    if rig.project(BATCH) != ORDERS:
        raise RuntimeError("the stream does not show one record an order")
    rig.app.reckoning.sweep("demo")


def _body(number: int, *, paid: bool) -> bytes:
    """An order as shopify writes it; the older one is still to be paid. Ids are scattered as real ones are."""
    order = shopify(LINES, True, number)
    if not paid:
        order |= {"financial_status": "pending", "updated_at": "2026-11-20T10:59:00-05:00"}
        order["transactions"] = []
    order["note"] = hashlib.sha256(str(number).encode()).hexdigest()
    return dump(order)


def _item(rig: Rig, number: int) -> Item:
    key = OrderKey("demo", "shopify", "acme", str(5_500_000_000_000 + number))
    found: dict[str, Any] = rig.dynamodb.get_item(TableName=TABLE, Key=Table.keys(order_pk(key), ORDER_SK), ConsistentRead=True)
    item: Item = found["Item"]
    return item


def canonical(rig: Rig, item: Item) -> bytes:
    """The canonical JSON of a stored order, personal data opened, compact."""
    _, _, platform, account, order_id = item["pk"]["S"].split("#")
    key = OrderKey("demo", platform, account, order_id)
    stored = stored_order(item, key)
    personal = rig.app.normalise._owning.opened(key, stored) or {}  # the one place that opens a stored order whole
    return to_json(view(key, unite(stored.layers, personal)))


def _bare(engine: MeteredEngine, items: list[dict[str, Any]]) -> float:
    """Write units of putting these items into a table without indexes, under their numbers."""
    client = engine.client("dynamodb")
    client.create_table(
        TableName="bare",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    with engine.ledger.counting() as units:
        for number, item in enumerate(items):
            client.put_item(TableName="bare", Item={"pk": {"S": f"demo#O#shopify#acme#{number:013}#order"}, **item})
    client.delete_table(TableName="bare")
    return units.write

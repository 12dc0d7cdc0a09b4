"""Pages of the console over the local runtime's gateway and DynamoDB Local, with many orders in the table."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from benchmarks.capacity import metered, missing
from benchmarks.harness import Line, Options, at_most, percentile
from benchmarks.reads import THREADS, BulkTable, in_bulk
from benchmarks.rig import CONFIG, NOW, Rig
from benchmarks.shopify_bodies import dump, shopify
from chalicelib.adapters.console_pages import ConsolePages
from chalicelib.config import parse
from chalicelib.console.front import Front
from chalicelib.console.view import ConsoleView
from chalicelib.domain.facts import Cell, Image, order_facts
from chalicelib.domain.order import local_day
from chalicelib.domain.record import OrderKey
from chalicelib.ports import StoredOrder
from chalicelib.reckoning import CELL_ROWS
from ops.local import TABLE
from ops.runtime.gateway import Gateway
from ops.runtime.invoke import Function

DAYS = 30
ROUNDS = 60
FIRST_ID = 7_700_000_000_000
PEOPLE = '[[console.people]]\naddress = "owner@demo.example"\nrole = "owner"\n'
BUDGET_MILLIS, BUDGET_BYTES = 150, 150_000


@dataclass(frozen=True, slots=True)
class Looked:
    """What looking at a page again and again came to."""

    millis: list[float]
    size: int


def measure_console(options: Options) -> Iterator[Line]:
    """First byte of each page, the 95th percentile of sixty looks; 10^4 orders (10^5 with --full)."""
    reason = missing()
    if reason:
        yield Line("first byte of the console's pages", None, detail=reason)
        return
    count = 100_000 if options.full else 10_000
    with metered() as engine:
        rig = Rig(engine, CONFIG + PEOPLE, table=lambda one: BulkTable(lambda: one.client("dynamodb"), TABLE))
        key = fill(rig, count)
        with served(rig) as (url, cookie):
            for name, path in pages(key):
                looked = look(url, path, cookie)
                what = f"{name}, first byte with {count:,} orders, p95, ms"
                yield Line(what, percentile(looked.millis, 0.95), "", at_most(BUDGET_MILLIS))
                yield Line(f"{name}, bytes", looked.size, "", at_most(BUDGET_BYTES))


def pages(key: OrderKey) -> list[tuple[str, str]]:
    """The five main pages, and those of one thing."""
    first = "/console/m/demo"
    order = "/".join((key.platform, key.account, key.order_id))
    found = [(name or "overview", f"{first}/{name}".rstrip("/")) for name in ("", "orders", "members", "reviews", "accounts")]
    yesterday = (local_day(NOW, ZoneInfo("Asia/Shanghai")) - timedelta(days=1)).isoformat()
    found.append(("orders of a full day", f"{first}/orders?day={yesterday}"))
    return [*found, ("an order", f"{first}/orders/{order}"), ("search by number", f"{first}/orders?q=%23{FIRST_ID + 5}")]


def fill(rig: Rig, count: int) -> OrderKey:
    """Orders over thirty days, written directly: one of each day goes the real way, the others are that one under other names."""
    yesterday = local_day(NOW, rig.config.zone) - timedelta(days=1)
    models = [_model(rig, yesterday - timedelta(days=back), back) for back in range(DAYS)]
    tasks = [lambda part=part: _write(rig, models, count, part) for part in range(THREADS)]
    in_bulk(rig, tasks)
    width = -(-count // DAYS // CELL_ROWS)
    cells = [
        Cell("demo", yesterday - timedelta(days=back), "orders", "shopify", "acme", n) for back in range(DAYS) for n in range(width)
    ]
    rig.app.cells.raise_dirty(cells)
    while rig.app.reckoning.sweep("demo", limit=len(cells)):
        pass
    return OrderKey("demo", "shopify", "acme", str(FIRST_ID))


def _model(rig: Rig, day: date, number: int) -> StoredOrder:
    rig.clock.at = datetime.combine(day, NOW.timetz())
    body: dict[str, Any] = shopify(1, True, number)
    at = rig.clock.at.isoformat()
    body |= {"created_at": at, "updated_at": at, "processed_at": at}
    rig.push(dump(body), at)
    rig.normalise()
    rig.clock.at = NOW
    return rig.app.orders.read(OrderKey("demo", "shopify", "acme", str(body["id"])))


def _write(rig: Rig, models: list[StoredOrder], count: int, part: int) -> None:
    width = -(-count // DAYS // CELL_ROWS)
    for number in range(part, count, THREADS):
        order_id, model = str(FIRST_ID + number), models[number % DAYS]
        key = OrderKey("demo", "shopify", "acme", order_id)
        stored = replace(model, version=1, bucket=number // DAYS % width)
        rig.app.orders.write(key, stored, expected_version=0)
        image = Image(key, 1, stored.bucket, stored.member, stored.layers)
        rig.app.cells.put_rows([(fact, 1) for fact in order_facts(image, rig.config.zone)], ())


@contextmanager
def served(rig: Rig) -> Iterator[tuple[str, str]]:
    """The address, and the cookie of somebody who is signed in."""
    front = Front(lambda: [rig.app], ConsoleView(ConsolePages()))
    function = Function("console", lambda event, _context: front.answer(event).event(), 29)
    gateway = Gateway(function, {}, apart={"/console": function, "/console/{proxy+}": function})
    gateway.start()
    rig.config = parse((CONFIG + PEOPLE).replace("https://hooks.example.com", gateway.url))
    token = rig.app.signing_in.link("owner@demo.example", "knock").partition(".")[2]
    signed = rig.app.signing_in.enter(token, "knock")
    if signed is None:
        raise RuntimeError("nobody is signed in")
    try:
        yield gateway.url, f"huitou_session=demo.{signed.secret}"
    finally:
        gateway.stop()


def look(url: str, path: str, cookie: str) -> Looked:
    """Get a page sixty times over one connection."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    millis, size = [], 0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookie, "Accept-Language": "en"})
        answer = connection.getresponse()
        first = answer.read(1)
        millis.append((time.perf_counter() - began) * 1000)
        size = len(first) + len(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
    connection.close()
    return Looked(millis, size)

"""A delivery of several events of which one fails: the others are applied, that one waits or is held alone, and comes back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

import app as entry_points
from chalicelib import bootstrap
from chalicelib.contract import Event, HttpRequest, HttpResponse
from chalicelib.domain.record import OrderKey
from chalicelib.envelope import Envelope, decode
from chalicelib.errors import HuitouError, Permanent, Retriable
from chalicelib.pipeline.normalise import Normalise
from connectors import registry
from ops.local import MemorySecrets
from ops.simulator import traffic
from ops.simulator.api.kit import SimClock
from ops.simulator.model import SimOrder, World
from ops.simulator.oracle import order_facts
from ops.simulator.servers import Platforms, SimulatedHttp
from ops.simulator.world import build
from tests.functional.exactness.world import Told, read_order
from tests.functional.stack import CONFIG, NOW, Stack

SHOP = '[[accounts]]\nplatform = "douyin"\naccount = "95250"\n[accounts.options]\nshop_id = "95250"\n[[campaigns]]'
PLACES = (0, 1, 2)


@cache
def world() -> World:
    return build(11, history=14, today=0, platforms=("douyin",))


class Spoiled(SimulatedHttp):
    """The platform's API, with a fault for calls about one order. `fault`: an error to raise, or what it answers instead."""

    about = ""
    fault: HuitouError | bytes | None = None

    def send(self, request: HttpRequest) -> HttpResponse:
        """See HttpClient."""
        if self.fault is None or self.about.encode() not in (request.body or b""):
            return super().send(request)
        if isinstance(self.fault, HuitouError):
            raise self.fault
        return HttpResponse(200, {"content-type": "application/json"}, self.fault)


class Shop:
    """The whole core with a Douyin shop that is told of three orders in one delivery."""

    def __init__(self, engine: Any) -> None:
        self.http = Spoiled(Platforms(world(), SimClock(NOW)))
        self.stack = Stack(engine, CONFIG.replace("[[campaigns]]", SHOP, 1), http=lambda _info: self.http)
        self.stack.app.parts.secrets = MemorySecrets({("douyin", "95250"): traffic.secrets_of(world(), "douyin").values})
        told = [order for order in world().orders if not (order.known_at(NOW)).claims]
        self.orders: list[SimOrder] = told[:3]
        messages = [json.loads(delivery.body)[0] for order in self.orders for delivery in traffic.snapshot(world(), order, NOW)]
        self.body = json.dumps(messages).encode()

    def push(self) -> None:
        """One delivery, acknowledged."""
        assert self.stack.push("douyin", "95250", self.body) == 200

    def fails(self, place: int, fault: HuitouError | bytes | None) -> None:
        """From now on, reading this order ends so."""
        self.http.about, self.http.fault = self.orders[place].order_id, fault

    def read(self, place: int) -> Told | None:
        """An order as it lies in the table."""
        key = OrderKey("demo", "douyin", "95250", self.orders[place].order_id)
        return read_order(self.stack.app.orders, self.stack.app.parts.vault, key)

    def right(self) -> list[bool]:
        """Which of the orders are in the table as the simulator's oracle has them."""
        found = []
        for place, order in enumerate(self.orders):
            told, facts = self.read(place), order_facts(world(), order.known_at(NOW))
            amounts = {name: getattr(told.order.amounts, name) for name in facts.amounts} if told else None
            found.append(told is not None and (str(told.order.status), amounts) == (facts.status, facts.amounts))
        return found

    def applied(self) -> int:
        """How many tellings changed an order so far."""
        return self.stack.counters.total("applied")


@pytest.fixture
def shop(engine: Any) -> Shop:
    return Shop(engine)


UNREADABLE = b'{"code":10000,"data":{"shop_order_detail":{"order_id":{}}}}'


def but(place: int) -> list[bool]:
    return [other != place for other in PLACES]


def test_without_a_fault_all_are_applied(shop: Shop) -> None:
    shop.push()
    shop.stack.normalise()
    assert (shop.right(), shop.applied()) == ([True] * 3, 3)


@pytest.mark.parametrize("place", PLACES)
def test_what_cannot_be_mapped_is_held_alone_and_replays(shop: Shop, place: int) -> None:
    stack = shop.stack
    shop.fails(place, UNREADABLE)
    shop.push()
    stack.normalise()
    assert (shop.right(), shop.applied()) == (but(place), 2)
    (held,) = stack.app.work.quarantined("demo")
    assert (decode(held.body).form, held.reason) == ("event", "payload-malformed")
    assert not stack.inbound.bodies

    shop.fails(place, None)
    assert stack.app.replay.quarantined().sent == 1
    assert len(stack.bulk.bodies) == 1
    stack.normalise()
    assert (shop.right(), shop.applied(), stack.counters.total("duplicate")) == ([True] * 3, 3, 0)
    assert stack.app.work.quarantined("demo") == []


def test_the_same_delivery_again_holds_it_once(shop: Shop) -> None:
    shop.fails(1, UNREADABLE)
    for _ in range(3):
        shop.push()
        shop.stack.normalise()
    assert len(shop.stack.app.work.quarantined("demo")) == 1
    assert (shop.right(), shop.applied()) == (but(1), 2)


def test_all_that_cannot_be_mapped_are_held_each_for_itself(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    connector = type(registry.connector("douyin"))

    def fails(*_: Any) -> Any:
        raise Permanent("payload-malformed")

    monkeypatch.setattr(connector, "canonical", fails)
    shop.push()
    shop.stack.normalise()
    assert len(shop.stack.app.work.quarantined("demo")) == 3
    monkeypatch.undo()
    assert shop.stack.app.replay.quarantined().sent == 3
    shop.stack.normalise()
    assert shop.right() == [True] * 3


@pytest.mark.parametrize("place", PLACES)
def test_what_has_to_wait_long_is_parked_alone(shop: Shop, place: int) -> None:
    stack = shop.stack
    shop.fails(place, Retriable("platform-down", after=3600))
    shop.push()
    stack.normalise()
    assert (shop.right(), shop.applied(), stack.inbound.bodies) == (but(place), 2, [])
    shop.fails(place, None)
    stack.clock.at += timedelta(seconds=3601)
    shop.http.platforms.apis["douyin"].skew_seconds = 7200
    assert stack.app.tick.unpark() == 1
    stack.normalise()
    assert (shop.right(), shop.applied()) == ([True] * 3, 3)


@pytest.mark.parametrize("place", PLACES)
def test_what_has_to_wait_a_little_goes_back_to_the_queue_alone(shop: Shop, place: int) -> None:
    stack = shop.stack
    shop.fails(place, Retriable("throttled", after=30))
    shop.push()
    stack.app.normalise.handle(stack.inbound.bodies.pop())
    (again,) = stack.inbound.bodies
    assert (decode(again).form, decode(again).attempt) == ("event", 1)
    assert shop.right() == but(place)
    shop.fails(place, None)
    stack.normalise()
    assert (shop.right(), shop.applied()) == ([True] * 3, 3)


@pytest.mark.parametrize("place", PLACES)
def test_a_table_that_is_down_leaves_the_whole_delivery_on_the_queue(shop: Shop, place: int) -> None:
    """Whatever was applied by then is not applied again."""
    shop.fails(place, Retriable("table-unavailable"))
    shop.push()
    body = shop.stack.inbound.bodies.pop()
    assert _batch(shop.stack, body) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    shop.fails(place, None)
    assert _batch(shop.stack, body) == {"batchItemFailures": []}
    assert (shop.right(), shop.applied()) == ([True] * 3, 3)


def test_events_under_one_id_are_held_each_for_itself(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform may number its deliveries and not what is in them."""
    _one_id(monkeypatch)
    stack = shop.stack
    monkeypatch.setattr(Spoiled, "send", _down)
    shop.push()
    stack.normalise()
    monkeypatch.setattr(Spoiled, "send", SimulatedHttp.send)
    stack.clock.at += timedelta(seconds=3601)
    shop.http.platforms.apis["douyin"].skew_seconds = 7200
    assert stack.app.tick.unpark() == 3
    stack.normalise()
    assert shop.right() == [True] * 3


def test_saboteur_events_that_wait_as_the_whole_delivery(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Held as the whole delivery, its replay would tell the other two again."""
    shop = Shop(moto_engine)
    monkeypatch.setattr(Normalise, "_envelope_of", lambda _self, envelope, _event: envelope)
    shop.fails(1, UNREADABLE)
    shop.push()
    shop.stack.normalise()
    (held,) = shop.stack.app.work.quarantined("demo")
    assert decode(held.body).form == "request"
    shop.fails(1, None)
    shop.stack.app.replay.quarantined()
    shop.stack.normalise()
    assert shop.stack.counters.total("duplicate") == 2


def test_saboteur_events_that_fail_together(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The delivery settled as one: what comes after the one that fails is not applied."""
    shop = Shop(moto_engine)
    real = Normalise._settle

    def settle(self: Normalise, envelope: Envelope, action: Any) -> None:
        if envelope.form == "event":
            action()
        else:
            real(self, envelope, action)

    monkeypatch.setattr(Normalise, "_settle", settle)
    shop.fails(0, UNREADABLE)
    shop.push()
    shop.stack.normalise()
    assert shop.right() != but(0)


def test_saboteur_one_name_for_all_under_one_id(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parked under one name, the last takes the place of the others: they are lost."""
    shop, real = Shop(moto_engine), Normalise._envelope_of
    monkeypatch.setattr(Normalise, "_envelope_of", lambda self, envelope, event: replace(real(self, envelope, event), digest="one"))
    monkeypatch.setattr(Spoiled, "send", _down)
    shop.push()
    shop.stack.normalise()
    shop.stack.clock.at += timedelta(seconds=3601)
    assert shop.stack.app.tick.unpark() == 1


def _down(_self: Spoiled, _request: HttpRequest) -> HttpResponse:
    raise Retriable("platform-down", after=3600)


def _one_id(monkeypatch: pytest.MonkeyPatch) -> None:
    connector: Any = type(registry.connector("douyin"))
    real = connector.events

    def events(self: Any, request: Any, ref: Any) -> tuple[Event, ...]:
        return tuple(replace(event, delivery_id=ref.delivery_id) for event in real(self, request, ref))

    monkeypatch.setattr(connector, "events", events)


def _batch(stack: Stack, body: str) -> Any:
    bootstrap.install(stack.app)
    try:
        return entry_points.normalise({"Records": [{"messageId": "1", "body": body}]}, None)
    finally:
        bootstrap.install(None)

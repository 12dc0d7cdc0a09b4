"""The simulator and a connector face to face: sign, verify, cut, hydrate, map. No pipeline in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from msgspec import structs

from chalicelib.contract import (
    Api,
    Capability,
    Event,
    Hydrates,
    PullsOrders,
    RawRequest,
    ReceivesFeed,
    ReceivesWebhooks,
    Ref,
    Secrets,
    Token,
)
from chalicelib.domain import record
from chalicelib.domain.events import Canonical
from chalicelib.domain.merge import Layers, merge
from chalicelib.domain.order import Order, Refund
from chalicelib.errors import Skippable
from connectors.registry import connector
from ops.simulator import traffic
from ops.simulator.api.kit import SimClock
from ops.simulator.delivery import Delivery
from ops.simulator.model import World
from ops.simulator.registry import platform as platform_of
from ops.simulator.servers import Platforms, SimulatedHttp
from ops.simulator.traffic import Sent


class MemoryTokens:
    """Tokens kept in a dictionary, for one thread."""

    def __init__(self, clock: SimClock) -> None:
        self.clock, self.held = clock, None
        self.expired = False

    held: Token | None

    def get(self, refresh: Callable[[Token | None], Token]) -> str:
        until = self.held.expires_at if self.held else None
        if self.held is None or self.expired or (until is not None and until <= self.clock.now()):
            self.held, self.expired = refresh(self.held), False
        return self.held.access_token

    def expire(self, access_token: str) -> None:
        self.expired = self.expired or (self.held is not None and self.held.access_token == access_token)


class Bench:
    """One world with its platforms at a simulated now, and the connectors that read it."""

    def __init__(self, world: World, now: datetime) -> None:
        self.world, self.clock = world, SimClock(now)
        self.platforms = Platforms(world, self.clock)
        self.http = SimulatedHttp(self.platforms)
        self.tokens = {shop.platform: MemoryTokens(self.clock) for shop in world.shops}

    def api(self, platform: str) -> Api:
        account = traffic.account_of(self.world, platform)
        return Api(account, traffic.secrets_of(self.world, platform), self.http, self.tokens[platform], self.clock.now)

    def received(self, sent: Sent) -> Iterator[Canonical]:
        """What a request comes to; raises what the receiver would answer with."""
        platform = sent.delivery.platform
        maps: Any = connector(platform)
        account, now = traffic.account_of(self.world, platform), self.clock.now()
        request = traffic.request_of(self.world, sent, now)
        if platform_of(platform).wire.feed:
            assert isinstance(maps, ReceivesFeed)
            assert maps.address(request.body).items() <= account.options.items()
        else:
            assert isinstance(maps, ReceivesWebhooks)
            found = maps.verify(request, account, self.secrets_for(request, platform), now)
            request = request if found.opened is None else replace(request, body=found.opened)  # as it is queued
        for event in maps.events(request, Ref(account, f"sim:{sent.number}", "push")):
            yield from self.mapped(event, platform)

    def secrets_for(self, request: RawRequest, platform: str) -> Secrets:
        """The account's secrets, and the platform's key that the request names."""
        secrets, maps = traffic.secrets_of(self.world, platform), connector(platform)
        if Capability.FETCHES_KEYS not in maps.info.capabilities:
            return secrets
        fetches: Any = maps
        key_id = fetches.key_id(request)
        return Secrets({**secrets.values, f"public_key:{key_id}": (fetches.fetch_key(key_id, self.api(platform)),)})

    def mapped(self, event: Event, platform: str) -> Iterator[Canonical]:
        maps = connector(platform)
        account = traffic.account_of(self.world, platform)
        try:
            if event.thin:
                assert isinstance(maps, Hydrates)
                event = maps.hydrate(event, self.api(platform))
            for found in maps.canonical(event.kind, event.payload, Ref(account, event.delivery_id, "pull")):
                if isinstance(found, Order) and found.updated_at is None:  # the event's time stands in, as in the core
                    yield structs.replace(found, updated_at=event.occurred_at)
                else:
                    yield found
        except Skippable:
            return

    def told(self, deliveries: Iterable[Delivery]) -> list[Canonical]:
        return [found for delivery in deliveries for found in self.received(Sent(delivery.at, delivery, "plain"))]

    def pulled(self, platform: str, since: datetime, until: datetime) -> list[Canonical]:
        maps = connector(platform)
        assert isinstance(maps, PullsOrders)
        self.platforms.wait(platform_of(platform).wire.lag)
        pages = maps.pull_orders(since, until, None, self.api(platform))
        return [found for page in pages for event in page.events for found in self.mapped(event, platform)]


def view(found: Iterable[Canonical]) -> dict[str, Order]:
    """Each order as all its tellings read together, refunds included."""
    layers: dict[record.OrderKey, Layers] = {}
    for each in found:
        if isinstance(each, (Order, Refund)):
            key = record.key_of(each)
            layers[key] = merge(layers.get(key, {}), record.explode(each, source=1, occurred_at=None))
    return {key.order_id: record.view(key, told) for key, told in layers.items() if record.told_order(told)}

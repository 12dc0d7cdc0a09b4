"""A simulated shop whose pushes are received and normalised for real, and some of which never come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.domain.record import OrderKey
from ops.local import MemorySecrets
from ops.rehearsal import read_order
from ops.rehearsal_config import toml
from ops.simulator import traffic
from ops.simulator.api.kit import SimClock
from ops.simulator.model import World
from ops.simulator.oracle import Oracle
from ops.simulator.registry import platform
from ops.simulator.servers import Platforms, SimulatedHttp
from ops.simulator.traffic import Sent
from tests.functional.stack import Stack

QUIET = traffic.Shares(duplicate=0, late=0, dropped=0, forged=0, corrupt=0)


class SimulatedShop:
    """The only shop of a world over a stack. The clock stands three hours after the world's day; `dropped` never came."""

    def __init__(self, engine: Any, world: World, *, secrets: dict[str, tuple[str, ...]] | None = None) -> None:
        self.world, self.shop = world, world.shops[0]
        self.clock = SimClock(world.start)
        self.platforms = Platforms(world, self.clock)
        self.http = SimulatedHttp(self.platforms)
        self.stack = Stack(engine, toml(world), http=lambda _info: self.http)
        given = secrets if secrets is not None else traffic.secrets_of(world, self.shop.platform).values
        self.app.parts.secrets = MemorySecrets({(self.shop.platform, self.shop.account): given})
        self.app.parts.clock = self.clock
        self.dropped: list[Any] = []

    @property
    def app(self) -> Any:
        """The application."""
        return self.stack.app

    def push(self, deliveries: list[Any]) -> None:
        """Receive these, each at its time."""
        for number, delivery in enumerate(deliveries):
            self.clock.advance(delivery.at)
            request = traffic.request_of(self.world, Sent(delivery.at, delivery, "plain", number), self.clock.now())
            if platform(self.shop.platform).wire.feed:
                self.app.intake.record(self.shop.platform, request.body.decode())
            else:
                status = self.app.receive.handle(self.shop.platform, self.shop.account, request).status
                assert status == 200, status
            self.stack.normalise()

    def day(self, *, dropped: float) -> None:
        """The world's day: `dropped` of its pushes never come; then three hours pass."""
        played = traffic.day(self.world, traffic.Shares(0, 0, dropped, 0, 0))
        self.dropped = list(played.dropped)
        self.push([sent.delivery for sent in played.sent])
        self.pass_night()

    def pass_night(self) -> None:
        """Three hours in which nobody buys."""
        self.clock.advance(self.world.closing)
        self.platforms.wait(timedelta(hours=3))
        self.stack.settle()

    def reconcile(self, **how: Any) -> Any:
        """The day's reconciliation, whatever it sent taken in."""
        found = self.app.reconcile.account(self.shop.platform, self.shop.account, self.world.day, **how)
        self.stack.settle()
        return found

    def differences(self) -> list[Any]:
        """Orders against the oracle."""
        orders = [self.order(each.order_id) for each in self.world.orders]
        oracle = Oracle(self.world, self.world.closing)
        return oracle.compare([each for each in orders if each], [])

    def order(self, order_id: str) -> Any:
        """One order as it stands."""
        return read_order(self.app, OrderKey("demo", self.shop.platform, self.shop.account, order_id))

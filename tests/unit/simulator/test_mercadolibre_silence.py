"""In the simulated world nobody advertises on Mercado Libre: the pull of spend ends without a failure."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.contract import Account, HttpRequest, HttpResponse
from connectors.mercadolibre import CONNECTOR
from ops.simulator.api.kit import SimClock
from ops.simulator.servers import Platforms
from ops.simulator.world import build
from tests.unit.connectors.fakes import FakeHttp, FakeTokens, make_api


class _Sent(FakeHttp):
    """Calls go to the simulator."""

    def __init__(self, platforms: Platforms) -> None:
        super().__init__()
        self._platforms = platforms

    def send(self, request: HttpRequest) -> HttpResponse:
        """The simulator's answer."""
        self.sent.append(request)
        return self._platforms.handle("mercadolibre", request)


def test_nothing_is_spent() -> None:
    world = build(6, history=20, today=10, platforms=("mercadolibre",))
    http = _Sent(Platforms(world, SimClock(world.closing)))
    shop = Account("demo", "mercadolibre", "loja", {"user_id": world.shop("mercadolibre").account})
    api = make_api(shop, world.secrets["mercadolibre"], http, FakeTokens(stored=None))
    since = world.closing - timedelta(days=1)

    assert list(CONNECTOR.pull_spend(since.date(), world.closing.date(), None, api)) == []
    assert "/advertising/advertisers" in http.paths()

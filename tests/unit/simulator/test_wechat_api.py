"""WeChat's simulated API: the token that all share, windows, pages, refusals on demand."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

import pytest

from chalicelib.contract import HttpRequest
from chalicelib.errors import ConfigError, Permanent, Retriable
from connectors.wechat.api import call
from connectors.wechat.pull import pages
from ops.simulator.platforms.wechat.api import WeChatApi
from ops.simulator.world import build
from tests.unit.simulator.harness import Bench

LIST, SALES = "/channels/ec/order/list/get", "/channels/ec/aftersale/getaftersalelist"


WORLD = cache(lambda: build(seed=3, platforms=("wechat",)))


def bench() -> Bench:
    return Bench(WORLD(), WORLD().closing)


def api_of(made: Bench) -> WeChatApi:
    found = made.platforms.apis["wechat"]
    assert isinstance(found, WeChatApi)
    return found


def window(start: datetime, days: float) -> dict[str, object]:
    begin = int(start.timestamp())
    return {"update_time_range": {"start_time": begin, "end_time": begin + int(days * 86_400)}, "page_size": 100}


def test_a_token_that_ended_is_renewed_and_none_is_forced() -> None:
    made = bench()
    api, simulated = made.api("wechat"), api_of(made)
    body = window(made.world.start, 1)

    first = call(api, LIST, body)
    simulated.expire()

    assert call(api, LIST, body) == first
    assert simulated.forced == 0


def test_a_token_that_is_refused_and_handed_out_again_is_forced() -> None:
    made = bench()
    api, simulated = made.api("wechat"), api_of(made)
    call(api, LIST, window(made.world.start, 1))

    simulated.refusals.append(40001)

    assert call(api, LIST, window(made.world.start, 1))
    assert simulated.forced == 1


@pytest.mark.parametrize(
    ("code", "kind"), [(-1, Retriable), (45009, Retriable), (48001, ConfigError), (61004, ConfigError), (10020004, Permanent)]
)
def test_refusals_on_demand(code: int, kind: type[Exception]) -> None:
    made = bench()
    api_of(made).refusals.append(code)
    with pytest.raises(kind):
        call(made.api("wechat"), LIST, window(made.world.start, 1))


def test_windows_that_are_too_long_are_refused() -> None:
    made = bench()
    api, start = made.api("wechat"), made.world.start
    begin = int(start.timestamp())
    assert call(api, LIST, window(start, 7))
    assert call(api, SALES, {"begin_update_time": begin, "end_update_time": begin + 86_400})
    for path, body in (
        (LIST, window(start, 7.1)),
        (LIST, {**window(start, 1), "page_size": 101}),
        (SALES, {"begin_update_time": begin, "end_update_time": begin + 86_401}),
        (SALES, {}),
    ):
        with pytest.raises(Permanent, match="platform-refused"):
            call(api, path, body)


def test_more_than_a_page_of_orders_is_walked_to_its_end() -> None:
    made = bench()
    found = list(pages(made.world.start - timedelta(days=62), made.world.end, None, made.api("wechat")))
    ids = {event.resource_id for page in found for event in page.events if event.kind == "order"}

    assert ids == {order.order_id for order in made.world.of("wechat")}
    assert any(page.cursor and not page.cursor.endswith(".") for page in found), "a window with a second page"


def test_a_call_without_the_token_is_refused() -> None:
    made = bench()
    answer = made.http.send(HttpRequest("POST", f"https://api.weixin.qq.com{LIST}", (("access_token", "x"),), {}, b"{}"))
    assert b"40001" in answer.body

"""Meituan's simulated API: signatures over the address, unpaid orders, numbers of a day, refunds by kind, reviews."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import msgspec
import pytest

from chalicelib.contract import HttpRequest
from chalicelib.errors import ConfigError, Permanent, Retriable
from connectors.meituan import CONNECTOR
from connectors.meituan.api import call
from ops.simulator.platforms.meituan import wire
from ops.simulator.platforms.meituan.api import MeituanApi
from ops.simulator.world import build
from tests.unit.simulator.harness import Bench

DETAIL, BY_SEQ, REFUNDS = "order/getOrderDetail", "ecommerce/order/getOrderIdByDaySeq", "ecommerce/order/getOrderRefundDetail"
WORLD = cache(lambda: build(seed=3, history=120, today=90, platforms=("meituan",)))


def bench() -> Bench:
    return Bench(WORLD(), WORLD().closing)


def api_of(made: Bench) -> MeituanApi:
    found = made.platforms.apis["meituan"]
    assert isinstance(found, MeituanApi)
    return found


def told(body: bytes) -> Any:
    return msgspec.json.decode(body)


def test_numbers_of_a_day_are_dense_and_end() -> None:
    api, day = bench().api("meituan"), f"{WORLD().day:%Y%m%d}"

    def ids(first: int, last: int) -> list[int]:
        span = [("day_seq_start", str(first)), ("day_seq_end", str(last))]
        found: list[int] = told(call(api, BY_SEQ, [("app_poi_code", wire.POI), ("date_time", day), *span]))["order_ids"]
        return found

    last = told(call(api, "order/getOrderDaySeq", [("app_poi_code", wire.POI)]))["day_seq"]
    assert last == 90
    assert [*ids(1, 50), *ids(51, 100)] == ids(1, last)
    for number, order_id in enumerate(ids(1, 5), start=1):
        assert told(call(api, DETAIL, [("order_id", str(order_id))]))["day_seq"] == number
    with pytest.raises(Permanent, match="order-unknown"):
        ids(last + 1, last + 50)
    with pytest.raises(Permanent, match="platform-refused"):
        ids(1, 101)


def test_an_order_shows_once_it_is_paid() -> None:
    order = next(order for order in WORLD().of("meituan") if order.placed_at > WORLD().start)
    made = Bench(WORLD(), order.placed_at)
    with pytest.raises(Permanent, match="order-unknown"):
        call(made.api("meituan"), DETAIL, [("order_id", order.order_id)])
    made.clock.advance(order.steps[1].at)
    assert told(call(made.api("meituan"), DETAIL, [("order_id", order.order_id)]))["status"] == 2
    made.clock.advance(order.steps[1].at + wire.CONFIRMED)
    assert told(call(made.api("meituan"), DETAIL, [("order_id", order.order_id)]))["status"] == 4


def test_refunds_are_told_by_kind() -> None:
    made = bench()
    kinds = set()
    for state in WORLD().states("meituan", WORLD().closing):
        for claim in state.claims:
            kind, other = ("1", "2") if wire.whole(state, claim) else ("2", "1")
            ids = [("wm_order_id_view", state.order.order_id)]
            (row,) = told(call(made.api("meituan"), REFUNDS, [*ids, ("refund_type", kind)]))
            assert row["refund_id"] == int(claim.id)
            with pytest.raises(Permanent, match="order-unknown"):
                call(made.api("meituan"), REFUNDS, [*ids, ("refund_type", other)])
            kinds.add((kind, row["res_type"]))
    assert {("1", 2), ("2", 0), ("2", 1), ("2", 2)} <= kinds


@pytest.mark.parametrize(
    ("code", "kind"), [(711, Retriable), (700, Retriable), (703, ConfigError), (708, ConfigError), (701, Permanent)]
)
def test_refusals_on_demand(code: int, kind: type[Exception]) -> None:
    made = bench()
    api_of(made).refusals.append(code)
    with pytest.raises(kind):
        call(made.api("meituan"), "order/getOrderDaySeq", [("app_poi_code", wire.POI)])


@pytest.mark.parametrize(("app_id", "code"), [("1", b"702"), ("", b"703")])
def test_a_call_that_is_not_signed_is_refused(app_id: str, code: bytes) -> None:
    made = bench()
    query = (("app_id", app_id or WORLD().secrets["meituan"]["app_id"]), ("timestamp", "1"), ("sig", "0" * 32))
    found = made.http.send(HttpRequest("GET", f"https://waimaiopen.meituan.com/api/v1/{DETAIL}", query))
    assert code in found.body


def test_reviews_of_the_days_before_today_are_pulled() -> None:
    made, simulated = bench(), api_of(bench())
    since = WORLD().closing - timedelta(days=29)
    pages = CONNECTOR.pull_reviews(since, WORLD().closing, None, made.api("meituan"))
    found = {event.resource_id for page in pages for event in page.events}
    due = {str(one.number) for one in simulated.reviews() if since + timedelta(days=1) <= one.at < WORLD().start}
    assert due and due <= found

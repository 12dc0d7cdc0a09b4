"""AliExpress as simulated: two ways of signing, tokens, a list in US Pacific time, orders one by one; pushes stay refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.contract import HttpRequest, RawRequest
from chalicelib.errors import Permanent, Rejected, Retriable
from chalicelib.toolkit.iop import sign
from connectors.aliexpress import CONNECTOR, values
from ops.simulator import traffic
from ops.simulator.api.kit import Faults, SimClock
from ops.simulator.compare import compare_orders
from ops.simulator.model import World
from ops.simulator.oracle import Oracle
from ops.simulator.platforms.aliexpress import wire
from ops.simulator.platforms.aliexpress.api import AliExpressApi
from ops.simulator.servers import Platforms
from ops.simulator.world import build
from tests.unit.simulator.harness import Bench, view

KEY, HOST = "aliexpress", "https://api-sg.aliexpress.com"
DETAIL, LIST = "aliexpress.trade.new.redefining.findorderbyid", "aliexpress.solution.order.get"
WHOLE = {"modified_date_start": "2026-01-01 00:00:00", "modified_date_end": "2026-12-31 00:00:00"}


@pytest.fixture(scope="module")
def world() -> World:
    return build(6, history=90, today=60, platforms=(KEY,))


@pytest.fixture
def platforms(world: World) -> Platforms:
    return Platforms(world, SimClock(world.closing))


def api_of(platforms: Platforms) -> AliExpressApi:
    api = platforms.apis[KEY]
    assert isinstance(api, AliExpressApi)
    return api


def request(platforms: Platforms, where: str, signed_path: str, **params: str) -> HttpRequest:
    secrets, stamp = platforms.world.secrets[KEY], str(int(platforms.clock.now().timestamp() * 1000))
    given = {"app_key": secrets["app_key"], "sign_method": "sha256", "timestamp": stamp, **params}
    given["sign"] = sign(secrets["app_secret"], signed_path, given.items())
    return HttpRequest("POST", f"{HOST}{where}", body=urlencode(given).encode())


def told(platforms: Platforms, sent: HttpRequest) -> Any:
    return json.loads(platforms.handle(KEY, sent).body)


def token(platforms: Platforms) -> str:
    held = platforms.world.secrets[KEY]["refresh_token"]
    path = "/auth/token/refresh"
    return str(told(platforms, request(platforms, f"/rest{path}", path, refresh_token=held))["access_token"])


def call(platforms: Platforms, method: str, value: Any) -> Any:
    name = "param0" if method == LIST else "param1"
    sent = request(platforms, "/sync", "", method=method, session=token(platforms), **{name: json.dumps(value)})
    answer = told(platforms, sent)
    return answer[f"{method.replace('.', '_')}_response"]


def test_business_methods_are_signed_without_a_path_and_the_others_with_theirs(platforms: Platforms, world: World) -> None:
    held = token(platforms)

    def code(sent: HttpRequest) -> str:
        answer = told(platforms, sent)
        return str(answer.get("error_response", answer).get("code", "0"))

    business = {"method": DETAIL, "session": held, "param1": '{"order_id":1}'}
    assert code(request(platforms, "/sync", "", **business)) == "0"
    assert code(request(platforms, "/sync", "/sync", **business)) == "IncompleteSignature"
    good = request(platforms, "/sync", "", **business)
    assert code(replace(good, body=(good.body or b"").replace(b"order_id%22%3A1", b"order_id%22%3A2"))) == "IncompleteSignature"
    assert code(request(platforms, "/rest/auth/token/refresh", "", refresh_token="x")) == "IncompleteSignature"
    assert code(request(platforms, "/rest/auth/token/refresh", "/auth/token/refresh", refresh_token="x")) == "IllegalRefreshToken"
    assert code(request(platforms, "/sync", "", **{**business, "session": "guessed"})) == "IllegalAccessToken"
    assert code(request(platforms, "/sync", "", **{**business, "timestamp": "1795000000000"})) == "IllegalTimestamp"
    assert code(request(platforms, "/sync", "", method="aliexpress.none", session=held)) == "InvalidApiPath"


def test_the_list_goes_page_by_page_and_an_empty_one_is_an_object(platforms: Platforms, world: World) -> None:
    found: list[str] = []
    for page in (1, 2, 3, 4):
        result = call(platforms, LIST, {**WHOLE, "current_page": page, "page_size": 50})["result"]
        assert result["total_count"] == 150
        found += [str(row["order_id"]) for row in result["target_list"].get("order_dto", [])]
    assert result["target_list"] == {}
    assert sorted(found) == sorted(order.order_id for order in world.of(KEY))
    assert call(platforms, LIST, {**WHOLE, "page_size": 51})["result"]["success"] is False
    assert call(platforms, LIST, {**WHOLE, "modified_date_end": "2026-12-31T00:00:00Z"})["result"]["success"] is False


def test_the_list_is_asked_in_pacific_time(platforms: Platforms, world: World) -> None:
    last = max(world.states(KEY, world.closing), key=lambda state: state.updated_at)
    at = wire.stamp(last.updated_at)
    assert at == (last.updated_at - timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")
    result = call(platforms, LIST, {**WHOLE, "modified_date_start": at, "page_size": 50})["result"]
    assert result["total_count"] == 1


def test_an_order_that_is_not_there_yet_is_not_answered(world: World) -> None:
    platforms = Platforms(world, SimClock(world.start))
    later = next(order for order in world.of(KEY) if order.placed_at > world.start)
    earlier = next(order for order in world.of(KEY) if order.placed_at < world.start)
    assert "target" not in call(platforms, DETAIL, {"order_id": int(later.order_id)})
    assert call(platforms, DETAIL, {"order_id": int(earlier.order_id)})["target"]["id"] == int(earlier.order_id)


def test_in_the_hour_that_ends_summer_the_first_of_two_instants_is_heard() -> None:
    """2026-11-01 01:30 is told twice in US Pacific time: at 08:30 and at 09:30 UTC."""
    first = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
    assert wire.stamp(first) == wire.stamp(first + timedelta(hours=1)) == "2026-11-01 01:30:00"
    assert wire.heard(first) == wire.heard(first + timedelta(hours=1)) == first
    assert wire.heard(first + timedelta(hours=2)) == first + timedelta(hours=2)


def test_what_comes_off_an_order_is_told_as_a_sum_only(world: World) -> None:
    bench = Bench(world, world.closing)
    found = view(bench.pulled(KEY, world.start - timedelta(days=70), world.closing))
    for state in world.states(KEY, world.closing):
        order, off = found[state.order.order_id], state.off_seller + state.off_platform
        assert order.extra.get("discount", 0) == off
        assert order.amounts.discount_seller == order.amounts.discount_platform == (None if off else 0)
        assert sum(line.total or 0 for line in order.lines) == state.gross


def test_pushes_are_refused_whoever_signs_them(world: World) -> None:
    account, secrets = traffic.account_of(world, KEY), traffic.secrets_of(world, KEY)
    body = b'{"data":{"orderId":8190000000000001,"orderStatus":"OrderShipped"},"message_type":53,"timestamp":1795248000}'
    sent = CONNECTOR.sign(RawRequest("POST", "https://hooks.example", {}, (), body), account, secrets, world.closing)
    with pytest.raises(Rejected, match="push-not-configured"):
        CONNECTOR.verify(sent, account, secrets, world.closing)


def test_the_connector_lives_through_a_token_that_is_over_and_not_through_a_revoked_one(world: World) -> None:
    bench = Bench(world, world.closing)
    once = view(bench.pulled(KEY, world.start, world.closing))
    api_of(bench.platforms).tokens.expire()
    assert view(bench.pulled(KEY, world.start, world.closing)) == once != {}
    api_of(bench.platforms).tokens.revoke()
    with pytest.raises(Permanent, match="token-revoked"):
        bench.pulled(KEY, world.start, world.closing)


@pytest.mark.parametrize("code", ["ApiCallLimit", "ServiceUnavailable"])
def test_limits_and_faults_come_on_demand(world: World, code: str) -> None:
    bench = Bench(world, world.closing)
    bench.pulled(KEY, world.start, world.closing)
    api_of(bench.platforms).refusals.append(code)
    with pytest.raises(Retriable):
        bench.pulled(KEY, world.start, world.closing)
    assert bench.pulled(KEY, world.start, world.closing)


def test_a_pull_under_faults_brings_everything(world: World) -> None:
    bench = Bench(world, world.closing)
    since = world.start - timedelta(days=70)
    quiet = view(bench.pulled(KEY, since, world.closing))
    bench.platforms.faults = Faults(3, share_429=0.1, share_500=0.1)
    bench.http.tries = 8
    assert view(bench.pulled(KEY, since, world.closing)) == quiet
    assert set(bench.platforms.faults.counts) == {"429", "5xx"}


def differences(world: World) -> list[str]:
    found = view(Bench(world, world.closing).pulled(KEY, world.start - timedelta(days=70), world.closing))
    return [str(each) for each in compare_orders(Oracle(world, world.closing).orders, found.values())]


def test_saboteur_pacific_time_taken_for_utc(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert differences(world) == []
    monkeypatch.setattr(values, "PACIFIC", "UTC")
    values.instant.cache_clear()
    found = differences(world)
    values.instant.cache_clear()
    assert any("placed_at" in each for each in found)

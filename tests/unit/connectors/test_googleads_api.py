"""Google Ads: searches by day with purchases beside cost, tokens, pages, refusals."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.contract import Account, Api, Event, HttpRequest, HttpResponse, Page, Ref, Token
from chalicelib.domain.spend import SpendRow
from chalicelib.errors import ConfigError, Permanent, Retriable, Skippable
from connectors.googleads import CONNECTOR
from connectors.googleads.api import renew
from tests.kit.cases import load
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

OPTIONS = {"customer_id": "123-456-7890", "login_customer_id": "999-888-7777"}
ACCOUNT = Account("demo", "googleads", "acme", OPTIONS)
SECRETS = {"developer_token": "a-dev-token", "client_id": "id", "client_secret": "secret", "refresh_token": "refresh-zero"}
REF = Ref(ACCOUNT, "d-1", "pull")
SEARCH, TOKEN = "POST /v26/customers/1234567890/googleAds:search", "POST /token"
DAYS = (date(2026, 11, 19), date(2026, 11, 20))
REPORT = json.loads(load("googleads", "spend-report").body)


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, account: Account = ACCOUNT) -> Api:
    return make_api(account, SECRETS, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def body_of(request: HttpRequest) -> Any:
    return json.loads(request.body or b"null")


def pulled(api: Api, cursor: str | None = None, days: tuple[date, date] = DAYS) -> list[Page]:
    return list(CONNECTOR.pull_spend(*days, cursor, api))


def mapped(event: Event) -> tuple[SpendRow, ...]:
    return tuple(row for row in CONNECTOR.canonical("spend", event.payload, REF) if isinstance(row, SpendRow))


def answer(request: HttpRequest) -> HttpResponse:
    """Each day's campaigns on two pages; purchases on one."""
    told = body_of(request)
    if "PURCHASE" in told["query"]:
        return reply({"results": REPORT["purchases"]})
    if "pageToken" in told:
        return reply({"results": REPORT["results"][1:]})
    return reply({"results": REPORT["results"][:1], "nextPageToken": "p2"})


def test_a_day_is_a_page_with_cost_and_purchases() -> None:
    api = api_of({SEARCH: answer})
    pages = pulled(api)

    assert [page.cursor for page in pages] == ["2026-11-20", None] and len(http_of(api).sent) == 6
    first, second = mapped(pages[1].events[0])
    assert (first.day, first.zone, first.currency, first.spend, first.orders) == (DAYS[1], "America/New_York", "USD", 5339, 4)
    assert (second.orders, second.revenue, second.clicks) == (0, 0, 0)
    sent = http_of(api).sent[0]
    assert sent.headers["authorization"] == "Bearer token-one" and sent.headers["developer-token"] == "a-dev-token"
    assert sent.headers["login-customer-id"] == "9998887777" and sent.rate is not None
    assert "BETWEEN '2026-11-19' AND '2026-11-19'" in body_of(sent)["query"] and "pageSize" not in body_of(sent)


def test_pull_goes_on_from_its_cursor() -> None:
    pages = pulled(api_of({SEARCH: answer}))
    assert pulled(api_of({SEARCH: answer}), pages[0].cursor) == pages[1:]
    with pytest.raises(Permanent, match="cursor-malformed"):
        pulled(api_of({}), "p2")


def test_day_without_cost_is_an_empty_page_and_one_call() -> None:
    api = api_of({SEARCH: reply({"fieldMask": "x"})})
    assert [page.events for page in pulled(api)] == [(), ()] and len(http_of(api).sent) == 2


def test_same_report_is_the_same_event() -> None:
    first = pulled(api_of({SEARCH: answer}))[0].events[0]
    later = replace(api_of({SEARCH: answer}), now=lambda: NOW + timedelta(hours=6))
    assert pulled(later)[0].events[0].delivery_id == first.delivery_id


def test_pages_that_go_round_are_stopped() -> None:
    with pytest.raises(Permanent, match="cursor-repeated"):
        pulled(api_of({SEARCH: reply({"results": [], "nextPageToken": "p"})}))


def test_token_that_is_over_is_renewed_once() -> None:
    fresh = reply({"access_token": "token-two", "expires_in": 3599, "token_type": "Bearer"})
    tokens = FakeTokens()
    api = api_of({SEARCH: [reply({}, 401), reply({})], TOKEN: fresh}, tokens)
    pulled(api, days=(DAYS[0], DAYS[0]))
    assert tokens.stored == Token("token-two", NOW + timedelta(seconds=3599), "refresh-one")
    assert http_of(api).sent[1].url == "https://oauth2.googleapis.com/token"
    with pytest.raises(Retriable, match="token-refused"):
        pulled(api_of({SEARCH: reply({}, 401), TOKEN: fresh}))


def test_revoked_token_is_told() -> None:
    with pytest.raises(Permanent, match="token-revoked"):
        renew(api_of({TOKEN: reply({"error": "invalid_grant"}, 400)}), None)


def test_refusals_are_told_by_code() -> None:
    told = {"error": {"status": "INVALID_ARGUMENT", "details": [{"errors": [{"errorCode": {"requestError": "X_Y_Z"}}]}]}}
    with pytest.raises(Permanent, match="X_Y_Z"):
        pulled(api_of({SEARCH: reply(told, 400)}))
    with pytest.raises(Retriable, match="platform-throttled"):
        pulled(api_of({SEARCH: reply({"error": {"status": "RESOURCE_EXHAUSTED"}}, 400)}))


@pytest.mark.parametrize(
    "options", [{}, {"customer_id": "12/34"}, {**OPTIONS, "login_customer_id": "x"}, {**OPTIONS, "api_version": "v26/../v1"}]
)
def test_options_are_checked_before_anything_is_called(options: dict[str, str]) -> None:
    api = api_of({}, account=replace(ACCOUNT, options=options))
    with pytest.raises(ConfigError):
        pulled(api)
    assert http_of(api).sent == []


def test_version_is_an_option() -> None:
    api = api_of({SEARCH.replace("v26", "v27"): reply({})}, account=replace(ACCOUNT, options={**OPTIONS, "api_version": "v27"}))
    assert pulled(api)


def test_other_kinds_are_skipped() -> None:
    with pytest.raises(Skippable):
        CONNECTOR.canonical("order", b"{}", REF)


@pytest.mark.parametrize("name", ["results", "purchases"])
def test_a_day_told_twice_is_told_once_and_told_otherwise_is_an_error(name: str) -> None:
    report = {**REPORT, "reported_at": "2026-11-21T12:00:00Z"}
    twice = {**report, name: [*report[name], report[name][0]]}
    ref = Ref(ACCOUNT, "d-1", "pull")
    once = CONNECTOR.canonical("spend", json.dumps(report).encode(), ref)
    assert CONNECTOR.canonical("spend", json.dumps(twice).encode(), ref) == once
    twice[name][-1] = {**report[name][0], "metrics": {"clicks": "1", "conversions": 77.0}}
    with pytest.raises(Permanent, match="two rows of one campaign and day"):
        CONNECTOR.canonical("spend", json.dumps(twice).encode(), ref)


PAYLOADS = os.environ.get("HUITOU_PAYLOADS", "")


@pytest.mark.skipif(not PAYLOADS, reason="HUITOU_PAYLOADS names no folder of real payloads")
@pytest.mark.payloads
def test_rows_as_rest_returns_them() -> None:
    body = (Path(PAYLOADS) / "adspend" / "google_ads_search_community_fixture.json").read_bytes()
    account = replace(ACCOUNT, options={"ad_currency": "USD", "ad_zone": "America/New_York"})
    found = CONNECTOR.canonical("spend", body, Ref(account, "d-1", "pull"))
    told = [
        (row.campaign_id, row.day.isoformat(), row.spend, row.clicks, row.impressions) for row in found if isinstance(row, SpendRow)
    ]
    assert told == [("1", "2026-08-01", 1250, 40, None), ("2", "2026-08-02", 300, 10, None)]

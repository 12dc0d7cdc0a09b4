"""Google Analytics 4: reports by day of paid traffic, pages by offset, tokens, refusals."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.contract import Account, Api, HttpRequest, HttpResponse, Page, Ref, Token
from chalicelib.domain.spend import SpendRow
from chalicelib.errors import ConfigError, Permanent, Retriable, Skippable
from connectors.ga4 import CONNECTOR
from connectors.ga4.spend import COST
from tests.kit.cases import load
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

ACCOUNT = Account("demo", "ga4", "acme", {"property_id": "properties/1234"})
SECRETS = {"client_id": "id", "client_secret": "secret", "refresh_token": "refresh-zero"}
REF = Ref(ACCOUNT, "d-1", "pull")
RUN, TOKEN = "POST /v1beta/properties/1234:runReport", "POST /token"
DAYS = (date(2026, 11, 19), date(2026, 11, 20))
REPORT = {name: value for name, value in json.loads(load("ga4", "spend-report").body).items() if name != "reported_at"}


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, account: Account = ACCOUNT) -> Api:
    return make_api(account, SECRETS, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def body_of(request: HttpRequest) -> Any:
    return json.loads(request.body or b"null")


def pulled(api: Api, cursor: str | None = None) -> list[Page]:
    return list(CONNECTOR.pull_spend(*DAYS, cursor, api))


def answer(request: HttpRequest) -> HttpResponse:
    """One row a page, whatever was asked for."""
    offset = int(body_of(request)["offset"])
    return reply({**REPORT, "rows": REPORT["rows"][offset : offset + 1]})


def test_a_day_is_read_to_its_last_row() -> None:
    api = api_of({RUN: answer})
    pages = pulled(api)

    assert [page.cursor for page in pages] == ["2026-11-20", None] and len(http_of(api).sent) == 4
    rows = [row for row in CONNECTOR.canonical("spend", pages[0].events[0].payload, REF) if isinstance(row, SpendRow)]
    assert [(row.product, row.campaign_id, row.orders, row.revenue) for row in rows] == [
        ("cpc", "google/Autumn mugs", 5, 15025),
        ("affiliate", "newsletter/(not set)", 0, 0),
    ]
    assert (rows[0].zone, rows[0].currency, rows[0].spend, rows[0].reported_at) == ("Europe/Madrid", "EUR", None, NOW)
    asked = body_of(http_of(api).sent[0])
    assert asked["dateRanges"] == [{"startDate": "2026-11-19", "endDate": "2026-11-19"}] and "currencyCode" not in asked
    assert "cpc" in asked["dimensionFilter"]["filter"]["inListFilter"]["values"]
    assert pulled(api_of({RUN: answer}), pages[0].cursor) == pages[1:]


def test_cost_is_asked_for_on_request_alone() -> None:
    """Google Ads reports the same money: told twice, it would count twice."""
    empty = reply({"dimensionHeaders": [], "metricHeaders": []})
    asked: dict[str, bool] = {}
    for told in ("no", "yes"):
        options = {**ACCOUNT.options, "ad_cost": told, "mediums": "cpc, email", "ad_currency": "USD"}
        api = api_of({RUN: empty}, account=replace(ACCOUNT, options=options))
        assert [page.events for page in pulled(api)] == [(), ()]
        body = body_of(http_of(api).sent[0])
        asked[told] = {"name": COST} in body["metrics"]
        assert body["currencyCode"] == "USD"
        assert body["dimensionFilter"]["filter"]["inListFilter"]["values"] == ["cpc", "email"]
    assert asked == {"no": False, "yes": True}
    with pytest.raises(ConfigError, match="ad_cost"):
        pulled(api_of({}, account=replace(ACCOUNT, options={**ACCOUNT.options, "ad_cost": "maybe"})))


def test_report_that_is_cut_short_raises() -> None:
    with pytest.raises(Permanent, match="pull-truncated"):
        pulled(api_of({RUN: reply({**REPORT, "rows": []})}))
    with pytest.raises(Permanent, match="pull-truncated"):
        pulled(api_of({RUN: reply({**REPORT, "rowCount": 10**6, "rows": REPORT["rows"][:1]})}))
    with pytest.raises(Permanent, match="rowCount"):
        pulled(api_of({RUN: reply({name: value for name, value in REPORT.items() if name != "rowCount"})}))


def test_tokens_and_refusals() -> None:
    tokens = FakeTokens()
    fresh = reply({"access_token": "token-two", "expires_in": 3599})
    pulled(api_of({RUN: [reply({}, 401), *[reply({**REPORT, "rowCount": 0, "rows": None})] * 2], TOKEN: fresh}, tokens))
    assert tokens.stored == Token("token-two", NOW + timedelta(seconds=3599), "refresh-one")
    with pytest.raises(Retriable, match="token-refused"):
        pulled(api_of({RUN: reply({}, 401), TOKEN: fresh}))
    with pytest.raises(Permanent, match="permission-missing"):
        pulled(api_of({RUN: reply({"error": {"status": "PERMISSION_DENIED"}}, 403)}))
    with pytest.raises(Retriable, match="platform-throttled"):
        pulled(api_of({RUN: reply({"error": {"status": "RESOURCE_EXHAUSTED"}}, 403)}))


@pytest.mark.parametrize("options", [{}, {"property_id": "1/2"}, {"property_id": "1", "api_version": "../v1"}])
def test_options_are_checked_before_anything_is_called(options: dict[str, str]) -> None:
    api = api_of({}, account=replace(ACCOUNT, options=options))
    with pytest.raises(ConfigError):
        pulled(api)
    assert http_of(api).sent == []


def test_other_kinds_are_skipped() -> None:
    with pytest.raises(Skippable):
        CONNECTOR.canonical("order", b"{}", REF)


PAYLOADS = os.environ.get("HUITOU_PAYLOADS", "")


@pytest.mark.skipif(not PAYLOADS, reason="HUITOU_PAYLOADS names no folder of real payloads")
@pytest.mark.payloads
def test_row_as_documented() -> None:
    """The page prints a row without its braces, of a report by event and country."""
    row = json.loads("{" + (Path(PAYLOADS) / "adspend" / "ga4_row_docs.txt").read_text() + "}")
    heads = {"dimensionHeaders": [{"name": "sessionMedium"}, {"name": "date"}], "metricHeaders": [{"name": "ecommercePurchases"}]}
    body = {**heads, "metadata": {"currencyCode": "JPY", "timeZone": "Asia/Tokyo"}, "rows": [row]}
    with pytest.raises(Permanent, match="expected a day"):
        CONNECTOR.canonical("spend", json.dumps(body).encode(), REF)
    row["dimensionValues"][1]["value"] = "20261120"
    (found,) = CONNECTOR.canonical("spend", json.dumps(body).encode(), REF)
    assert isinstance(found, SpendRow) and (found.product, found.orders) == ("in_app_purchase", 15)

"""Amazon Ads: reports that are asked for, waited for by later pulls, and fetched from a store; tokens by region."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.contract import Account, Api, HttpRequest, HttpResponse, Page, Ref, Token
from chalicelib.domain.spend import SpendRow
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from connectors.amazonads import CONNECTOR
from connectors.amazonads.api import LARGEST
from tests.unit.connectors.fakes import NOW, FakeHttp, FakeTokens, make_api, reply

ACCOUNT = Account("demo", "amazonads", "acme", {"profile_id": "77", "products": "SPONSORED_PRODUCTS"})
SECRETS = {"client_id": "amzn1.app", "client_secret": "secret", "refresh_token": "refresh-zero"}
REF = Ref(ACCOUNT, "d-1", "pull")
DAYS = (date(2026, 11, 7), date(2026, 11, 20))
ASK, TOKEN, PROFILE = "POST /reporting/reports", "POST /auth/o2/token", "GET /v2/profiles/77"
STORE = "https://offline-report-storage-us-east-1-prod.s3.amazonaws.com/report.json.gz?X-Amz-Signature=abc"
FILE = "GET /report.json.gz"
ROW = {"date": "2026-11-20", "campaignId": 5, "cost": 14.5, "impressions": 10, "clicks": 1, "purchases7d": 2, "sales7d": 9.99}


class Amazon:
    """Makes reports: each is ready once it was looked at `patience` times."""

    def __init__(self, patience: int = 0, rows: list[dict[str, Any]] | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self.looks: dict[str, int] = {}
        self.patience, self.rows = patience, [ROW] if rows is None else rows
        self.fail: set[str] = set()

    def ask(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(json.loads(request.body or b""))
        return reply({"reportId": f"r{len(self.asked)}", "status": "PENDING"})

    def look(self, request: HttpRequest) -> HttpResponse:
        report_id = request.url.rsplit("/", 1)[-1]
        self.looks[report_id] = self.looks.get(report_id, 0) + 1
        told = self.asked[int(report_id[1:]) - 1]
        state = "FAILED" if report_id in self.fail else "COMPLETED" if self.looks[report_id] > self.patience else "PROCESSING"
        return reply({**told, "reportId": report_id, "status": state, "url": STORE if state == "COMPLETED" else None})

    def routes(self) -> dict[str, Any]:
        told = {f"GET /reporting/reports/r{number}": self.look for number in range(1, 20)}
        profile = reply({"profileId": 77, "currencyCode": "USD", "timezone": "America/Los_Angeles"})
        return {**told, ASK: self.ask, PROFILE: profile, FILE: HttpResponse(200, {}, gzip.compress(json.dumps(self.rows).encode()))}


def api_of(routes: dict[str, Any], tokens: FakeTokens | None = None, account: Account = ACCOUNT) -> Api:
    return make_api(account, SECRETS, FakeHttp(routes), tokens)


def http_of(api: Api) -> FakeHttp:
    assert isinstance(api.http, FakeHttp)
    return api.http


def until_it_waits(api: Api, cursor: str | None = None) -> tuple[list[Page], str | None, HuitouError | None]:
    """The pages of a pull, where a later one goes on, and what stopped it."""
    pages: list[Page] = []
    try:
        for page in CONNECTOR.pull_spend(*DAYS, cursor, api):
            pages.append(page)
            cursor = page.cursor
    except HuitouError as error:
        return pages, cursor, error
    return pages, cursor, None


def test_report_is_asked_for_and_fetched_without_our_token() -> None:
    amazon = Amazon()
    api = api_of(amazon.routes())
    pages, cursor, stopped = until_it_waits(api)

    assert stopped is None and cursor is None and [len(page.events) for page in pages] == [0, 1]
    (row,) = CONNECTOR.canonical("spend", pages[-1].events[0].payload, REF)
    assert isinstance(row, SpendRow)
    assert (row.day, row.zone, row.currency, row.spend, row.orders, row.revenue) == (
        date(2026, 11, 20), "America/Los_Angeles", "USD", 1450, 2, 999
    )  # fmt: skip
    (asked,) = amazon.asked
    assert (asked["startDate"], asked["endDate"], asked["configuration"]["timeUnit"]) == ("2026-11-07", "2026-11-20", "DAILY")
    assert {"date", "purchases7d", "sales7d"} <= set(asked["configuration"]["columns"])
    first, stored = http_of(api).sent[0], http_of(api).sent[-1]
    assert first.url.startswith("https://advertising-api.amazon.com/") and first.headers["amazon-advertising-api-scope"] == "77"
    assert first.headers["amazon-advertising-api-clientid"] == "amzn1.app" and stored.url == STORE and not stored.headers


def test_reports_that_are_not_made_are_left_to_a_later_pull() -> None:
    """All three are asked for at once; a later pull goes on from the cursor and asks for none again."""
    account = replace(ACCOUNT, options={"profile_id": "77"})
    amazon = Amazon(patience=2)
    pages, cursor, stopped = until_it_waits(api_of(amazon.routes(), account=account))
    assert isinstance(stopped, Retriable) and stopped.reason == "report-not-ready" and stopped.after
    assert len(pages) == 3 and not any(page.events for page in pages)

    for _ in range(3):
        more, cursor, stopped = until_it_waits(api_of(amazon.routes(), account=account), cursor)
        pages += more
        if stopped is None:
            break

    assert stopped is None and cursor is None and len(amazon.asked) == 3
    rows = [row for page in pages for event in page.events for row in CONNECTOR.canonical("spend", event.payload, REF)]
    assert sorted(row.product for row in rows if isinstance(row, SpendRow)) == [
        "sponsored_brands",
        "sponsored_display",
        "sponsored_products",
    ]


def test_report_that_is_being_made_already_is_taken() -> None:
    told = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
    routes = Amazon().routes() | {
        ASK: reply({"code": "425", "detail": f"The Request is a duplicate of : {told}"}, 425),
        f"GET /reporting/reports/{told}": reply({"reportId": told, "status": "PENDING"}),
    }
    _, cursor, stopped = until_it_waits(api_of(routes))
    assert isinstance(stopped, Retriable) and cursor is not None and told in cursor


def test_report_of_something_else_is_not_taken() -> None:
    """Amazon may name a summary of the same days as the duplicate of a daily report."""
    other = {"reportId": "r1", "status": "COMPLETED", "url": STORE, "startDate": "2026-11-07", "endDate": "2026-11-20"}
    routes = Amazon().routes()
    told = {**other, "configuration": {"reportTypeId": "spCampaigns", "timeUnit": "SUMMARY"}}
    api = api_of(routes | {"GET /reporting/reports/r1": reply(told)})
    _, _, stopped = until_it_waits(api)
    assert isinstance(stopped, Permanent) and stopped.reason == "report-foreign"
    assert all("s3" not in sent.url for sent in http_of(api).sent)


def test_profile_of_another_lends_no_currency() -> None:
    """Its zone and currency would stand in every row that tells none."""
    routes = Amazon().routes() | {PROFILE: reply({"profileId": 78, "currencyCode": "JPY"})}
    _, _, stopped = until_it_waits(api_of(routes))
    assert isinstance(stopped, Permanent) and stopped.reason == "profile-foreign"


def test_report_that_fails_is_asked_for_once_more_and_then_anew() -> None:
    amazon = Amazon()
    amazon.fail = {"r1", "r2"}
    _, cursor, stopped = until_it_waits(api_of(amazon.routes()))
    assert isinstance(stopped, Permanent) and stopped.reason == "report-failed" and len(amazon.asked) == 2

    pages, cursor, stopped = until_it_waits(api_of(amazon.routes()), cursor)
    assert stopped is None and cursor is None and len(amazon.asked) == 3 and pages[-1].events


def test_report_that_is_gone_is_asked_for_again() -> None:
    amazon = Amazon()
    pages, _, stopped = until_it_waits(api_of(amazon.routes() | {"GET /reporting/reports/r1": reply({}, 404)}))
    assert stopped is None and len(amazon.asked) == 2 and pages[-1].events


def test_long_windows_are_cut_and_days_that_are_gone_left_out() -> None:
    account = replace(ACCOUNT, options={"profile_id": "77"})
    amazon = Amazon()
    list(CONNECTOR.pull_spend(date(2025, 1, 1), DAYS[1], None, api_of(amazon.routes(), account=account)))
    spans = [(told["configuration"]["reportTypeId"], told["startDate"], told["endDate"]) for told in amazon.asked]
    assert len(spans) == 4 + 2 + 3
    assert spans[0] == ("spCampaigns", "2026-08-18", "2026-09-17") and spans[4][1] == "2026-09-22" and spans[6][1] == "2026-09-17"
    assert all(date.fromisoformat(end) - date.fromisoformat(start) <= timedelta(days=30) for _, start, end in spans)


def test_large_report_is_several_events() -> None:
    pages, _, _ = until_it_waits(api_of(Amazon(rows=[{**ROW, "campaignId": number} for number in range(1, 1202)]).routes()))
    assert [len(CONNECTOR.canonical("spend", event.payload, REF)) for event in pages[-1].events] == [500, 500, 201]
    empty, _, stopped = until_it_waits(api_of(Amazon(rows=[]).routes()))
    assert stopped is None and empty[-1].events == ()


@pytest.mark.parametrize(
    ("file", "error", "reason"),
    [
        (HttpResponse(403, {}, b"<Error/>"), Retriable, "report-unavailable"),
        (HttpResponse(200, {}, gzip.compress(b"[]")[:-4]), Retriable, "answer-malformed"),
        (HttpResponse(200, {}, b"\x1f\x8b" + b"x" * 40), Retriable, "answer-malformed"),
        (HttpResponse(200, {}, gzip.compress(b" " * (LARGEST + 1))), Permanent, "report-too-large"),
        (HttpResponse(200, {}, b"<html>"), Permanent, "payload-malformed"),
    ],
)
def test_files_that_cannot_be_read(file: HttpResponse, error: type[HuitouError], reason: str) -> None:
    _, cursor, stopped = until_it_waits(api_of(Amazon().routes() | {FILE: file}))
    assert isinstance(stopped, error) and stopped.reason == reason and cursor is not None


def test_file_that_was_unpacked_on_the_way() -> None:
    pages, _, stopped = until_it_waits(api_of(Amazon().routes() | {FILE: HttpResponse(200, {}, json.dumps([ROW]).encode())}))
    assert stopped is None and len(pages[-1].events) == 1


def test_tokens_by_region_and_refusals() -> None:
    account = replace(ACCOUNT, options={**ACCOUNT.options, "region": "eu"})
    tokens, fresh = FakeTokens(), reply({"access_token": "token-two", "expires_in": 3600})
    api = api_of({ASK: [reply({}, 401), reply({"code": "403"}, 403)], TOKEN: fresh}, tokens, account)
    _, _, stopped = until_it_waits(api)
    assert isinstance(stopped, Permanent) and stopped.reason == "permission-missing"
    assert tokens.stored == Token("token-two", NOW + timedelta(hours=1), "refresh-one")
    assert [sent.url.split("/")[2] for sent in http_of(api).sent[:2]] == ["advertising-api-eu.amazon.com", "api.amazon.co.uk"]
    _, _, stopped = until_it_waits(api_of({ASK: reply({}, 401), TOKEN: fresh}))
    assert isinstance(stopped, Retriable) and stopped.reason == "token-refused"
    _, _, stopped = until_it_waits(api_of({ASK: reply({"code": "Ada Example", "detail": "Ada"}, 400)}))
    assert isinstance(stopped, Permanent) and "Ada" not in str(stopped)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"profile_id": "7/7"},
        {"profile_id": "77", "region": "moon"},
        {"profile_id": "77", "products": "SPONSORED_CATS"},
        {"profile_id": "77", "attribution_days": "5"},
    ],
)
def test_options_are_checked_before_anything_is_called(options: dict[str, str]) -> None:
    api = api_of({}, account=replace(ACCOUNT, options=options))
    _, _, stopped = until_it_waits(api)
    assert isinstance(stopped, ConfigError) and http_of(api).sent == []


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "[]",
        '[["SPONSORED_CATS","2026-11-01","2026-11-02",null,false]]',
        '[["SPONSORED_PRODUCTS","2026-11-01","2026-11-02","../x",false]]',
    ],
)
def test_cursor_of_another(cursor: str) -> None:
    api = api_of({})
    _, _, stopped = until_it_waits(api, cursor)
    assert isinstance(stopped, Permanent) and stopped.reason == "cursor-malformed" and http_of(api).sent == []


def test_other_kinds_are_skipped() -> None:
    with pytest.raises(Skippable):
        CONNECTOR.canonical("order", b"{}", REF)

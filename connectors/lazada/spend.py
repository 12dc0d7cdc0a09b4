"""What sponsored discovery cost on Lazada: the campaign report, day by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import msgspec

from chalicelib.contract import Api, Event, Page, Ref
from chalicelib.domain.spend import SpendRow
from chalicelib.errors import Permanent
from chalicelib.toolkit.clocks import from_iso
from chalicelib.toolkit.loose import Odd, ident, money_in, number, text, told, yes
from chalicelib.toolkit.reports import days, marked
from connectors.lazada import status
from connectors.lazada.api import call
from connectors.lazada.payloads import Campaign, Report, SpendDocument, Wrapped
from connectors.lazada.values import KEY, READ, country_of

PATH = "/sponsor/solutions/report/getDiscoveryReportCampaign"
SIZE, LAST_PAGE = 100, 100  # [docs, both the most]
PRODUCTS = {"N": "search", "J": "product"}  # productType [docs]


class _Rows(msgspec.Struct, gc=False):
    result: list[msgspec.Raw] | None = None


def pages(first: date, last: date, cursor: str | None, api: Api) -> Iterator[Page]:
    """One page a day of the shop's zone; the cursor is the next day."""
    for day, following in days(first, last, cursor, connector=KEY):
        rows, now = _day(api, day), api.now()
        told_day = day.isoformat()
        delivery, payload = marked({"day": told_day, "country": country_of(api.account), "rows": rows}, now)
        event = Event(delivery, PATH, "spend", told_day, now, thin=False, payload=payload)
        yield Page((event,) if rows else (), following)


def _day(api: Api, day: date) -> list[msgspec.Raw]:
    rows: list[msgspec.Raw] = []
    for page in range(1, LAST_PAGE + 1):
        fresh, total = _page(api, day, page)
        rows += fresh
        if len(rows) >= total:
            return rows
        if not fresh:
            raise Permanent("pull-truncated", f"page {page} of a day's report is short", connector=KEY)
    raise Permanent("pull-truncated", f"there is more after {LAST_PAGE} pages of a day's report", connector=KEY)


def _page(api: Api, day: date, page: int) -> tuple[list[msgspec.Raw], int]:
    params = [("startDate", day.isoformat()), ("endDate", day.isoformat()), ("useRtTable", "false")]
    body = call(api, PATH, [*params, ("pageNo", str(page)), ("pageSize", str(SIZE))])
    answer = READ.decode(Wrapped, body, None)
    if not told(answer.result):
        raise READ.malformed("an answer without a result", "$.result", None)
    report = READ.decode(Report, bytes(answer.result), None, "$.result")
    if report.success is not None and not yes(report.success):
        raise Permanent("platform-refused", f"{PATH} answers {text(report.errorCode) or 'failure'}"[:200], connector=KEY)
    try:
        total = number(report.totalCount, "totalCount")
    except Odd as odd:
        raise READ.of(odd, "$.result", None) from None
    if total is None or total < 0:
        raise READ.malformed("expected a total", "$.result.totalCount", None)
    return READ.decode(_Rows, bytes(answer.result), None, "$.result").result or [], total


def to_rows(payload: bytes, ref: Ref) -> Iterator[SpendRow]:
    """The rows of one day. Revenue and orders are those of the whole store after a click, as the report calls them."""
    document = READ.decode(SpendDocument, payload, ref.delivery_id)
    currency, zone = status.CURRENCY.get(document.country), status.ZONES.get(document.country)
    if currency is None or zone is None:
        raise READ.malformed("not a country of this platform", "$.country", ref.delivery_id)
    try:
        day, reported_at = date.fromisoformat(document.day), from_iso(document.reported_at)
    except ValueError:
        raise READ.malformed("expected a day and a time", "$.day", ref.delivery_id) from None
    for index, row in enumerate(document.rows):
        try:
            yield _row(row, day, zone, currency, reported_at, ref)
        except Odd as odd:
            raise READ.of(odd, f"$.rows[{index}]", ref.delivery_id) from None


def _row(row: Campaign, day: date, zone: str, currency: str, reported_at: datetime, ref: Ref) -> SpendRow:  # noqa: PLR0917
    read = money_in(currency)
    campaign_id = ident(row.campaignId)
    if campaign_id is None:
        raise Odd("a campaign without an id", "campaignId")
    return SpendRow(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        product=PRODUCTS.get(row.productType or "", "sponsored_discovery"),
        campaign_id=campaign_id,
        campaign=text(row.campaignName),
        day=day,
        zone=zone,
        currency=currency,
        impressions=number(row.impressions, "impressions"),
        clicks=number(row.clicks, "clicks"),
        spend=read(row.spend, "spend"),
        orders=number(row.storeOrders, "storeOrders"),
        revenue=read(row.storeRevenue, "storeRevenue"),
        attribution="store",
        reported_at=reported_at,
    )

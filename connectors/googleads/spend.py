"""What advertising cost on Google: the campaigns of an account, day by day, with the purchases attributed to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from chalicelib.contract import Api, Event, Page, Ref
from chalicelib.domain.spend import SpendRow
from chalicelib.toolkit.loose import Id, Odd, Reader, ident, text
from chalicelib.toolkit.paging import paged
from chalicelib.toolkit.records import quick
from chalicelib.toolkit.reports import day_of, days, marked, micros, near_count, near_minor, read_at, whole
from connectors.googleads.api import customer_of, search
from connectors.googleads.connector import KEY

READ = Reader(KEY)
new_row = quick(SpendRow)  # see chalicelib/toolkit/records.py
MAX_PAGES = 1_000
Number = int | Decimal | None
COST = (
    "SELECT customer.id, customer.currency_code, customer.time_zone, campaign.id, campaign.name, "
    "campaign.advertising_channel_type, segments.date, metrics.cost_micros, metrics.impressions, metrics.clicks "
    "FROM campaign WHERE segments.date BETWEEN '{day}' AND '{day}'"
)
# Conversions may be anything that the account counts; those of this category are purchases. It cannot stand beside cost.
PURCHASES = (
    "SELECT campaign.id, segments.date, segments.conversion_action_category, metrics.conversions, metrics.conversions_value "
    "FROM campaign WHERE segments.date BETWEEN '{day}' AND '{day}' AND segments.conversion_action_category = 'PURCHASE'"
)


class Shape(msgspec.Struct, gc=False, rename="camel"):
    """Objects of the API are in camel case."""


class Customer(Shape):
    """The account whose report it is."""

    id: Id = None
    currency_code: str | None = None
    time_zone: str | None = None


class Campaign(Shape):
    """A campaign."""

    id: Id = None
    name: str | None = None
    advertising_channel_type: str | None = None


class Segments(Shape):
    """What a row is about besides."""

    date: str | None = None


class Metrics(Shape):
    """Figures; 64-bit numbers are text."""

    cost_micros: Number = None
    impressions: Number = None
    clicks: Number = None
    conversions: Number = None
    conversions_value: Number = None


class Row(Shape):
    """A row of a search."""

    customer: Customer | None = None
    campaign: Campaign | None = None
    segments: Segments | None = None
    metrics: Metrics | None = None


class Answer(Shape):
    """A page of a search, each row as it came. An empty one has no results."""

    results: list[msgspec.Raw] | None = None
    next_page_token: str | None = None
    field_mask: msgspec.Raw = msgspec.Raw(b"null")


class Report(msgspec.Struct, gc=False):
    """A document of ours, or an answer to a search (which has `results` alone)."""

    results: list[Row] | None = None
    purchases: list[Row] | None = None
    reported_at: str | None = None


def pages(first: date, last: date, cursor: str | None, api: Api) -> Iterator[Page]:
    """A page a day of the account's own zone; the cursor is the next day."""
    customer = customer_of(api.account)
    for day, following in days(first, last, cursor, connector=KEY):
        cost = _all(COST.format(day=day.isoformat()), api)
        bought = _all(PURCHASES.format(day=day.isoformat()), api) if cost else []
        delivery_id, payload = marked({"results": cost, "purchases": bought}, api.now())
        event = Event(delivery_id, "pull:search", "spend", customer, None, thin=False, payload=payload)
        yield Page((event,) if cost else (), following)


def _all(query: str, api: Api) -> list[msgspec.Raw]:
    def fetch(token: str | None) -> tuple[list[msgspec.Raw], str | None]:
        found = READ.decode(Answer, search(api, query, token), None)
        return found.results or [], found.next_page_token or None

    return [row for rows, _ in paged(fetch, None, connector=KEY, limit=MAX_PAGES) for row in rows]


def rows(payload: bytes, ref: Ref) -> tuple[SpendRow, ...]:
    """The rows of a report. Permanent with the path on one without a campaign, a day or a currency."""
    raw = payload.strip()
    if raw.startswith(b"["):
        batches = READ.decode(list[Report], raw, ref.delivery_id)
        return tuple([row for index, each in enumerate(batches) for row in _rows(each, ref, f"$[{index}]")])
    return tuple(_rows(READ.decode(Report, raw, ref.delivery_id), ref, "$"))


def _rows(report: Report, ref: Ref, path: str) -> Iterator[SpendRow]:
    if report.results is None:
        raise READ.malformed("not a report", f"{path}.results", ref.delivery_id)
    where = path
    try:
        at = read_at(report.reported_at)
        bought = None if report.purchases is None else dict(_bought(report.purchases))
        seen: dict[tuple[str, date], Row] = {}
        for index, row in enumerate(report.results):
            where = f"{path}.results[{index}]"
            if _once(row, seen):
                yield _row(row, bought, report, at, ref)
    except Odd as odd:
        raise READ.of(odd, where, ref.delivery_id) from None


def _bought(found: Sequence[Row]) -> Iterator[tuple[tuple[str, date], Metrics]]:
    seen: dict[tuple[str, date], Row] = {}
    for row in found:
        if _once(row, seen):
            yield _key(row), row.metrics or Metrics()


def _once(row: Row, seen: dict[tuple[str, date], Row]) -> bool:
    """Whether a campaign's day is told for the first time. Told otherwise, the report is cut finer: neither is the day."""
    first = seen.setdefault(_key(row), row)
    if first is not row and first.metrics != row.metrics:
        raise Odd("two rows of one campaign and day", "metrics")
    return first is row


def _key(row: Row) -> tuple[str, date]:
    campaign_id = ident(row.campaign.id) if row.campaign else None
    if campaign_id is None:
        raise Odd("a row without its campaign", "campaign.id")
    return campaign_id, day_of(row.segments.date if row.segments else None, "segments.date")


def _row(row: Row, bought: Mapping[tuple[str, date], Metrics] | None, report: Report, at: datetime | None, ref: Ref) -> SpendRow:
    campaign_id, day = _key(row)
    campaign, customer, metrics = row.campaign or Campaign(), row.customer or Customer(), row.metrics or Metrics()
    options = ref.account.options
    currency = customer.currency_code or options.get("ad_currency")
    if not currency:
        raise Odd("a row without its currency", "customer.currencyCode")
    purchases = None if bought is None else bought.get((campaign_id, day), Metrics())
    # What was asked for and is zero is left out of an answer; of an answer that is not ours nobody knows what was asked for.
    zero = None if report.reported_at is None else 0
    return new_row(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        product=(campaign.advertising_channel_type or "google_ads").lower(),
        campaign_id=campaign_id,
        campaign=text(campaign.name),
        day=day,
        zone=customer.time_zone or options.get("ad_zone") or "UTC",
        currency=currency,
        impressions=_or(whole(metrics.impressions, "metrics.impressions"), zero),
        clicks=_or(whole(metrics.clicks, "metrics.clicks"), zero),
        spend=_or(micros(metrics.cost_micros, currency, "metrics.costMicros"), zero),
        orders=None if purchases is None else near_count(purchases.conversions, "metrics.conversions") or 0,
        revenue=None if purchases is None else near_minor(purchases.conversions_value, currency, "metrics.conversionsValue") or 0,
        attribution=options.get("attribution"),
        reported_at=at,
    )


def _or(value: int | None, other: int | None) -> int | None:
    return other if value is None else value

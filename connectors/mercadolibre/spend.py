"""What Product Ads cost on Mercado Libre: the campaigns of an advertiser, day by day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import msgspec

from chalicelib.contract import Api, Event, Page, Ref
from chalicelib.domain.spend import SpendRow
from chalicelib.errors import ConfigError, Permanent, Skippable
from chalicelib.toolkit.loose import Odd
from chalicelib.toolkit.records import quick
from chalicelib.toolkit.reports import day_of, days, marked, near_minor, read_at
from connectors.mercadolibre import status
from connectors.mercadolibre.api import get
from connectors.mercadolibre.payloads import Amount, Id, Paging
from connectors.mercadolibre.values import KEY, decode, ident, malformed, number_id

SIZE = 50
new_row = quick(SpendRow)  # see chalicelib/toolkit/records.py
KEPT = timedelta(days=90)  # [doc]
MAX_PAGES = 200
METRICS = "clicks,prints,cost,units_quantity,total_amount"
LIST, REPORT = {"api-version": "1"}, {"api-version": "2"}  # each call has a version of its own [doc]


class Advertiser(msgspec.Struct, gc=False):
    """Who pays for the ads."""

    advertiser_id: Id = None
    site_id: str | None = None


class Advertisers(msgspec.Struct, gc=False):
    """GET /advertising/advertisers."""

    advertisers: list[Advertiser]


class RawCampaigns(msgspec.Struct, gc=False):
    """GET .../product_ads/campaigns/search, each campaign as it came."""

    paging: Paging
    results: list[msgspec.Raw]


class Metrics(msgspec.Struct, gc=False):
    """What a campaign did within the days asked for. Money in major units."""

    clicks: int | None = None
    prints: int | None = None
    cost: Amount = None
    total_amount: Amount = None
    units_quantity: int | None = None


class Campaign(msgspec.Struct, gc=False):
    """A campaign with its metrics."""

    id: Id = None
    name: str | None = None
    currency_id: str | None = None
    metrics: Metrics | None = None


class Report(msgspec.Struct, gc=False):
    """A document of ours: the campaigns of one day."""

    day: str | None = None
    site: str | None = None
    results: list[Campaign] | None = None
    reported_at: str | None = None


def pages(first: date, last: date, cursor: str | None, api: Api) -> Iterator[Page]:
    """One page a day, from the 90 days that the platform keeps; the cursor is the next day. No advertiser: no pages."""
    try:
        found = decode(Advertisers, get(api, "/advertising/advertisers", (("product_id", "PADS"),), headers=LIST), None)
    except Skippable:
        return
    if not found.advertisers:
        return
    advertiser, site = _chosen(found.advertisers, api)
    start = max(first, api.now().date() - KEPT)
    for day, following in days(start, last, cursor, connector=KEY):
        rows = _day(advertiser, site, day, api)
        document = {"advertiser_id": advertiser, "site": site, "day": day.isoformat(), "results": rows}
        delivery_id, payload = marked(document, api.now())
        event = Event(delivery_id, "pull:product_ads", "spend", day.isoformat(), None, thin=False, payload=payload)
        yield Page((event,) if rows else (), following)


def _chosen(found: Sequence[Advertiser], api: Api) -> tuple[str, str]:
    """The advertiser that is configured, or the only one there is: some users may see those of others."""
    wanted = api.account.options.get("advertiser_id")
    known = {ident(each.advertiser_id): each.site_id for each in found}
    chosen = wanted or (next(iter(known)) if len(known) == 1 else None)
    if chosen is None or chosen not in known:
        raise ConfigError("option-missing", f"{len(known)} advertisers: name one by the option advertiser_id", connector=KEY)
    site, number = known[chosen], number_id(chosen)
    if number is None or not site or not (site.isalpha() and site.isascii()):
        raise malformed("an advertiser without an id or a site", "$.advertisers", None)
    return number, site


def _day(advertiser: str, site: str, day: date, api: Api) -> list[msgspec.Raw]:
    """The campaigns with any metric of a day. The platform's own daily rows do not name their campaign."""
    path = f"/advertising/{site}/advertisers/{advertiser}/product_ads/campaigns/search"
    rows: list[msgspec.Raw] = []
    for _ in range(MAX_PAGES):
        span = (("date_from", day.isoformat()), ("date_to", day.isoformat()), ("metrics", METRICS))
        query = (*span, ("limit", str(SIZE)), ("offset", str(len(rows))))
        page = decode(RawCampaigns, get(api, path, query, headers=REPORT), None)
        rows += page.results
        if len(rows) >= page.paging.total:
            return rows
        if not page.results:
            raise Permanent("pull-truncated", "a page of campaigns is empty", connector=KEY, path="$.results")
    raise Permanent("pull-truncated", f"there is more after {MAX_PAGES} pages", connector=KEY)


def rows(payload: bytes, ref: Ref) -> tuple[SpendRow, ...]:
    """The rows of a day. Permanent with the path on one that names no campaign, or a day or currency that is none."""
    told = decode(Report, payload, ref.delivery_id)
    if told.results is None:
        raise malformed("no report", "$.results", ref.delivery_id)
    path, found = "$", []
    try:
        day, at = day_of(told.day, "day"), read_at(told.reported_at)
        for index, campaign in enumerate(told.results):
            path = f"$.results[{index}]"
            found.append(_row(campaign, day, told, at, ref))
    except Odd as odd:
        raise malformed(odd.detail, f"{path}.{odd.name}", ref.delivery_id) from None
    return tuple(found)


def _row(campaign: Campaign, day: date, report: Report, at: datetime | None, ref: Ref) -> SpendRow:
    options = ref.account.options
    of_site = status.SITES.get(report.site or "", (None, None))
    currency = campaign.currency_id or options.get("ad_currency") or of_site[0]
    campaign_id, metrics = ident(campaign.id), campaign.metrics or Metrics()
    if campaign_id is None or currency is None:
        raise Odd("a campaign without an id, or without a currency", "id" if campaign_id is None else "currency_id")
    return new_row(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        product="product_ads",
        campaign_id=campaign_id,
        campaign=campaign.name or None,
        day=day,
        zone=options.get("ad_zone") or of_site[1] or "UTC",
        currency=currency,
        impressions=metrics.prints,
        clicks=metrics.clicks,
        spend=near_minor(metrics.cost, currency, "metrics.cost"),
        orders=None,  # the platform counts units, not orders
        revenue=near_minor(metrics.total_amount, currency, "metrics.total_amount"),
        attribution=options.get("attribution"),
        reported_at=at,
    )

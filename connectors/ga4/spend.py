"""What paid traffic brought to a site, and what it cost where the property knows: by day, source, medium and campaign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from chalicelib.contract import Api, Event, Page, Ref
from chalicelib.domain.spend import SpendRow
from chalicelib.errors import ConfigError, Permanent
from chalicelib.toolkit.loose import Odd, Reader
from chalicelib.toolkit.records import quick
from chalicelib.toolkit.reports import day_of, days, marked, near_count, near_minor, read_at, whole
from connectors.ga4.api import property_of, run_report
from connectors.ga4.connector import KEY

READ = Reader(KEY)
SIZE = 10_000
MAX_PAGES = 100
DATE, SOURCE, MEDIUM, CAMPAIGN = "date", "sessionSource", "sessionMedium", "sessionCampaignName"
DIMENSIONS = (DATE, SOURCE, MEDIUM, CAMPAIGN)
ORDERS, REVENUE = "ecommercePurchases", "purchaseRevenue"
COST, CLICKS, SHOWN = "advertiserAdCost", "advertiserAdClicks", "advertiserAdImpressions"
READS = (*DIMENSIONS, ORDERS, REVENUE, COST, CLICKS, SHOWN)
UNSET = "(not set)"  # Google's own word for what it does not know
new_row = quick(SpendRow)  # see chalicelib/toolkit/records.py
# What counts as paid where the option `mediums` names nothing else: the words of Google's own channel groups.
PAID = "cpc,ppc,cpm,cpv,cpa,cpp,paid,paidsearch,paid_search,paidsocial,paid_social,paid-social,display,banner,retargeting,affiliate"


class Shape(msgspec.Struct, gc=False, rename="camel"):
    """Objects of the API are in camel case."""


class Header(Shape):
    """A column."""

    name: str


class Cell(Shape):
    """A value, text always."""

    value: str | None = None


class Row(Shape):
    """A row, by the order of the headers."""

    dimension_values: list[Cell]
    metric_values: list[Cell]


class Metadata(Shape):
    """Of the property."""

    currency_code: str | None = None
    time_zone: str | None = None


class Answer(Shape):
    """A page of a report, its parts as they came. An empty one has no rows."""

    dimension_headers: msgspec.Raw
    metric_headers: msgspec.Raw
    metadata: msgspec.Raw = msgspec.Raw(b"null")
    rows: list[msgspec.Raw] | None = None
    row_count: int = 0


class Report(Shape):
    """A document of ours, or an answer, which has the same parts."""

    dimension_headers: list[Header] | None = None
    metric_headers: list[Header] | None = None
    metadata: Metadata | None = None
    rows: list[Row] | None = None
    reported_at: str | None = msgspec.field(name="reported_at", default=None)


def pages(first: date, last: date, cursor: str | None, api: Api) -> Iterator[Page]:
    """A page a day of the property's own zone; the cursor is the next day."""
    number = property_of(api.account)
    for day, following in days(first, last, cursor, connector=KEY):
        document = _day(day, api)
        delivery_id, payload = marked(document, api.now())
        event = Event(delivery_id, "pull:runReport", "spend", number, None, thin=False, payload=payload)
        yield Page((event,) if document["rows"] else (), following)


def _day(day: date, api: Api) -> dict[str, Any]:
    kept: list[msgspec.Raw] = []
    for _ in range(MAX_PAGES):
        page = READ.decode(Answer, run_report(api, _body(day, len(kept), api.account.options)), None)
        kept += page.rows or []
        if page.rows and not page.row_count:
            raise Permanent("pull-truncated", "a report does not tell how many rows it has", connector=KEY, path="$.rowCount")
        if len(kept) >= page.row_count:
            heads = {"dimensionHeaders": page.dimension_headers, "metricHeaders": page.metric_headers}
            return {**heads, "metadata": page.metadata, "rows": kept}
        if not page.rows:
            raise Permanent("pull-truncated", "a page of a report is empty", connector=KEY, path="$.rows")
    raise Permanent("pull-truncated", f"there is more after {MAX_PAGES} pages", connector=KEY)


def _body(day: date, offset: int, options: Mapping[str, str]) -> dict[str, Any]:
    cost = options.get("ad_cost", "no")
    if cost not in ("yes", "no"):
        raise ConfigError("option-malformed", "the option ad_cost is yes or no", connector=KEY)
    metrics = (ORDERS, REVENUE, *((COST, CLICKS, SHOWN) if cost == "yes" else ()))
    mediums = [word.strip() for word in options.get("mediums", PAID).split(",") if word.strip()]
    body: dict[str, Any] = {
        "dateRanges": [{"startDate": day.isoformat(), "endDate": day.isoformat()}],
        "dimensions": [{"name": name} for name in DIMENSIONS],
        "metrics": [{"name": name} for name in metrics],
        "dimensionFilter": {"filter": {"fieldName": MEDIUM, "inListFilter": {"values": mediums, "caseSensitive": False}}},
        "limit": str(SIZE),
        "offset": str(offset),
        "keepEmptyRows": False,
    }
    return {**body, "currencyCode": options["ad_currency"]} if options.get("ad_currency") else body


def rows(payload: bytes, ref: Ref) -> tuple[SpendRow, ...]:
    """The rows of a report. Permanent with the path on one without headers, a day or a currency."""
    report = READ.decode(Report, payload.strip(), ref.delivery_id)
    if report.dimension_headers is None or report.metric_headers is None:
        raise READ.malformed("not a report", "$.dimensionHeaders", ref.delivery_id)
    columns = _Columns([header.name for header in (*report.dimension_headers, *report.metric_headers)])
    width = len(report.dimension_headers), len(report.metric_headers)
    where, found = "$", []
    try:
        at = read_at(report.reported_at)
        for index, row in enumerate(report.rows or ()):
            where = f"$.rows[{index}]"
            if (len(row.dimension_values), len(row.metric_values)) != width:
                raise Odd("more or fewer values than headers", "metricValues")
            cells = [cell.value for cell in (*row.dimension_values, *row.metric_values)]
            found.append(_row(columns.of(cells), report, at, ref))
    except Odd as odd:
        raise READ.of(odd, where, ref.delivery_id) from None
    return tuple(found)


class _Columns:
    """Where the columns stand that are read; those that a report lacks are told as None."""

    def __init__(self, names: list[str]) -> None:
        self._at = [names.index(name) if name in names else len(names) for name in READS]

    def of(self, cells: list[str | None]) -> list[str | None]:
        """The values of `READS`, in that order."""
        cells.append(None)
        return [cells[at] for at in self._at]


def _row(told: list[str | None], report: Report, at: datetime | None, ref: Ref) -> SpendRow:
    about, options = report.metadata or Metadata(), ref.account.options
    day, source, medium, campaign, orders, revenue, cost, clicks, shown = told
    currency = about.currency_code or options.get("ad_currency")
    if not currency:
        raise Odd("a report without its currency", "metadata.currencyCode")
    name = campaign or UNSET
    return new_row(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        product=medium or UNSET,
        campaign_id=f"{source or UNSET}/{name}",
        campaign=name,
        day=day_of(day, DATE),
        zone=about.time_zone or options.get("ad_zone") or "UTC",
        currency=currency,
        impressions=whole(shown, SHOWN),
        clicks=whole(clicks, CLICKS),
        spend=near_minor(cost, currency, COST),
        orders=near_count(orders, ORDERS),
        revenue=near_minor(revenue, currency, REVENUE),
        attribution=options.get("attribution"),
        reported_at=at,
    )

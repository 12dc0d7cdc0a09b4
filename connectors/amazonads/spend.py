"""What sponsored ads cost on Amazon. Reports are asked for, made within three hours, and fetched by a later pull."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from chalicelib.contract import Api, Event, Page, Ref
from chalicelib.domain.spend import SpendRow
from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.toolkit.loose import Id, Odd, ident, text
from chalicelib.toolkit.records import quick
from chalicelib.toolkit.reports import day_of, marked, near_minor, read_at, whole
from connectors.amazonads.api import READ, call, download, profile_of, refusal
from connectors.amazonads.connector import KEY

PATH = "/reporting/reports"
CONTENT_TYPE = "application/vnd.createasyncreportrequest.v3+json"
LONGEST = 31  # days of a report [docs]
LOT = 500  # rows of an event
WAIT = 600  # seconds until a report that is not made is looked at again
MADE, FAILED = "COMPLETED", frozenset({"FAILED", "CANCELLED"})
ATTRIBUTED = ("1", "7", "14", "30")  # days after a click, Sponsored Products [docs]
COLUMNS = ("date", "campaignId", "campaignName", "campaignBudgetCurrencyCode", "impressions", "clicks", "cost")
# Product to type of report, and how many days back it reaches [docs].
PRODUCTS: dict[str, tuple[str, int]] = {
    "SPONSORED_PRODUCTS": ("spCampaigns", 95),
    "SPONSORED_BRANDS": ("sbCampaigns", 60),
    "SPONSORED_DISPLAY": ("sdCampaigns", 65),
}
_REPORT = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
_DUPLICATE = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Number = int | Decimal | None
new_row = quick(SpendRow)  # see chalicelib/toolkit/records.py


class Wanted(msgspec.Struct, array_like=True):
    """A report that is still to be fetched: what the cursor is a list of."""

    product: str
    first: date
    last: date
    report_id: str | None = None
    again: bool = False

    def name(self) -> str:
        """What it is to be called; not told apart by Amazon."""
        return f"{self.product} {self.first} {self.last}"


class Configuration(msgspec.Struct, gc=False):
    """What a report is of."""

    reportTypeId: str | None = None
    timeUnit: str | None = None


class Made(msgspec.Struct, gc=False):
    """POST or GET of a report."""

    reportId: str
    status: str | None = None
    url: str | None = None
    startDate: str | None = None
    endDate: str | None = None
    configuration: Configuration | None = None


class Profile(msgspec.Struct, gc=False):
    """GET /v2/profiles/{id}."""

    profileId: Id = None
    currencyCode: str | None = None
    timezone: str | None = None


class Row(msgspec.Struct, gc=False):
    """A campaign's day; the attributed figures by product and window."""

    date: str | None = None
    campaignId: Id = None
    campaignName: str | None = None
    campaignBudgetCurrencyCode: str | None = None
    impressions: Number = None
    clicks: Number = None
    cost: Number = None
    purchases: Number = None
    sales: Number = None
    purchases1d: Number = None
    sales1d: Number = None
    purchases7d: Number = None
    sales7d: Number = None
    purchases14d: Number = None
    sales14d: Number = None
    purchases30d: Number = None
    sales30d: Number = None


class Report(msgspec.Struct, gc=False):
    """A document of ours: rows of a report with what they do not tell."""

    rows: list[Row] | None = None
    product: str | None = None
    profile: Profile | None = None
    attributed: str | None = None
    reported_at: str | None = None


def pages(first: date, last: date, cursor: str | None, api: Api) -> Iterator[Page]:
    """First all reports are asked for, then those that are made are fetched. The cursor is the list of those that are not.

    Raises Retriable("report-not-ready") where none is made yet: a later pull goes on from the cursor.
    """
    todo = _parse(cursor) if cursor else _wanted(first, last, api)
    for want in [each for each in todo if each.report_id is None]:
        want.report_id = _ask(want, api)
        yield Page((), _spell(todo))
    while todo:
        fetched = next(((want, made) for want in todo if (made := _made(want, api))), None)
        if fetched is None:
            raise Retriable("report-not-ready", f"{len(todo)} reports are being made", after=WAIT, connector=KEY)
        want, made = fetched
        if made.status in FAILED:
            yield from _anew(want, todo, api)
            continue
        events = _events(want, made, api)
        todo.remove(want)
        yield Page(events, _spell(todo))


def _wanted(first: date, last: date, api: Api) -> list[Wanted]:
    """What is to be asked for, a report a product and 31 days; days that Amazon no longer keeps are left out."""
    told = api.account.options.get("products")
    chosen = [word.strip() for word in told.split(",")] if told else list(PRODUCTS)
    if not set(chosen) <= set(PRODUCTS):
        raise ConfigError("option-malformed", f"the option products knows {', '.join(PRODUCTS)}", connector=KEY)
    found = []
    for product in chosen:
        start = max(first, api.now().date() - timedelta(days=PRODUCTS[product][1]))
        while start <= last:
            end = min(last, start + timedelta(days=LONGEST - 1))
            found.append(Wanted(product, start, end))
            start = end + timedelta(days=1)
    return found


def _parse(cursor: str) -> list[Wanted]:
    try:
        todo = READ.decode(list[Wanted], cursor.encode("utf-8", "surrogatepass"), None)
    except Permanent:
        todo = []
    if not todo or any(want.product not in PRODUCTS for want in todo):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    return todo


def _spell(todo: list[Wanted]) -> str | None:
    return msgspec.json.encode(todo).decode() if todo else None


def _anew(want: Wanted, todo: list[Wanted], api: Api) -> Iterator[Page]:
    """A report that fails is asked for once more; then it is left to a later pull, which begins with it anew."""
    failed = want.again
    want.report_id, want.again = None, not failed
    if failed:
        yield Page((), _spell(todo))
        raise Permanent("report-failed", f"Amazon fails to make the report {want.name()}", connector=KEY)
    want.report_id = _ask(want, api)
    yield Page((), _spell(todo))


def _attributed(api: Api) -> str:
    told = api.account.options.get("attribution_days", "7")
    if told not in ATTRIBUTED:
        raise ConfigError("option-malformed", f"the option attribution_days is one of {', '.join(ATTRIBUTED)}", connector=KEY)
    return told


def _ask(want: Wanted, api: Api) -> str:
    """The id of the report; 425 names the one that is being made already."""
    suffix = f"{_attributed(api)}d" if want.product == "SPONSORED_PRODUCTS" else ""
    configuration: dict[str, Any] = {
        "adProduct": want.product,
        "groupBy": ["campaign"],
        "columns": [*COLUMNS, f"purchases{suffix}", f"sales{suffix}"],
        "reportTypeId": PRODUCTS[want.product][0],
        "timeUnit": "DAILY",
        "format": "GZIP_JSON",
    }
    span = {"startDate": want.first.isoformat(), "endDate": want.last.isoformat()}
    answer = call(api, "POST", PATH, {"name": want.name(), **span, "configuration": configuration}, CONTENT_TYPE)
    if answer.status == 425 and (found := _DUPLICATE.search(answer.body)):
        return found[0].decode()
    if answer.status not in (200, 202):
        raise refusal(answer, PATH)
    return READ.decode(Made, answer.body, None).reportId


def _made(want: Wanted, api: Api) -> Made | None:
    """The report once it is made or has failed; None while it is being made. One that is gone counts as failed."""
    if want.report_id is None or not _REPORT.fullmatch(want.report_id):
        raise Permanent("cursor-malformed", "not the id of a report", connector=KEY)
    answer = call(api, "GET", f"{PATH}/{want.report_id}", None, CONTENT_TYPE)
    if answer.status == 404:
        return Made(want.report_id, "FAILED")
    if answer.status != 200:
        raise refusal(answer, PATH)
    made = READ.decode(Made, answer.body, None)
    if made.status not in FAILED and made.status != MADE:
        return None
    return made


def _events(want: Wanted, made: Made, api: Api) -> tuple[Event, ...]:
    of = made.configuration or Configuration()
    told = (made.startDate, made.endDate, of.reportTypeId, of.timeUnit)
    if told != (want.first.isoformat(), want.last.isoformat(), PRODUCTS[want.product][0], "DAILY") or not made.url:
        raise Permanent("report-foreign", "the report is not the one that was asked for", connector=KEY, path="$.configuration")
    profile = call(api, "GET", f"/v2/profiles/{profile_of(api.account)}")
    if profile.status != 200:
        raise refusal(profile, "/v2/profiles")
    if ident(READ.decode(Profile, profile.body, None).profileId) != profile_of(api.account):
        raise Permanent("profile-foreign", "an answer about another advertising profile", connector=KEY, path="$.profileId")
    rows = READ.decode(list[msgspec.Raw], download(api, made.url), None)
    shared = {"product": want.product, "profile": msgspec.Raw(profile.body), "attributed": _attributed(api)}
    return tuple([_event({**shared, "rows": rows[at : at + LOT]}, want, api.now()) for at in range(0, len(rows), LOT)])


def _event(document: dict[str, Any], want: Wanted, now: datetime) -> Event:
    delivery_id, payload = marked(document, now)
    return Event(delivery_id, "pull:report", "spend", want.report_id, None, thin=False, payload=payload)


def rows(payload: bytes, ref: Ref) -> tuple[SpendRow, ...]:
    """The rows of a report of ours, or of a report's file. Permanent with the path on one without campaign, day or currency."""
    raw = payload.strip()
    bare = raw.startswith(b"[")
    report = Report(READ.decode(list[Row], raw, ref.delivery_id)) if bare else READ.decode(Report, raw, ref.delivery_id)
    if report.rows is None:
        raise READ.malformed("not a report", "$.rows", ref.delivery_id)
    where, found = "$", []
    try:
        at = read_at(report.reported_at)
        for index, row in enumerate(report.rows):
            where = f"${'' if bare else '.rows'}[{index}]"
            found.append(_row(row, report, at, ref))
    except Odd as odd:
        raise READ.of(odd, where, ref.delivery_id) from None
    return tuple(found)


def _row(row: Row, report: Report, at: datetime | None, ref: Ref) -> SpendRow:
    options, profile = ref.account.options, report.profile or Profile()
    currency = row.campaignBudgetCurrencyCode or profile.currencyCode or options.get("ad_currency")
    campaign_id = ident(row.campaignId)
    if campaign_id is None or not currency:
        name = "campaignId" if campaign_id is None else "campaignBudgetCurrencyCode"
        raise Odd("a row without its campaign or its currency", name)
    window = report.attributed if report.product == "SPONSORED_PRODUCTS" and report.attributed in ATTRIBUTED else None
    suffix = f"{window}d" if window else ""
    orders, revenue = f"purchases{suffix}", f"sales{suffix}"
    return new_row(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        product=(report.product or "sponsored_ads").lower(),
        campaign_id=campaign_id,
        campaign=text(row.campaignName),
        day=day_of(row.date, "date"),
        zone=profile.timezone or options.get("ad_zone") or "UTC",
        currency=currency,
        impressions=whole(row.impressions, "impressions"),
        clicks=whole(row.clicks, "clicks"),
        spend=near_minor(row.cost, currency, "cost"),
        orders=whole(getattr(row, orders), orders),
        revenue=near_minor(getattr(row, revenue), currency, revenue),
        attribution=f"{window} days after a click" if window else options.get("attribution"),
        reported_at=at,
    )

"""What advertising cost on Meta: the insights of an ad account by campaign and day, in its own zone and currency."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from chalicelib.contract import Api, Event, Page, Ref
from chalicelib.domain.spend import SpendRow
from chalicelib.errors import ConfigError, Permanent
from chalicelib.toolkit.clocks import from_iso, rfc3339
from chalicelib.toolkit.loose import Odd, money_in
from chalicelib.toolkit.paging import paged
from connectors.meta import payloads as shapes
from connectors.meta import status as words
from connectors.meta.api import INSIGHTS, get
from connectors.meta.values import KEY, READ, ident, text

FIELDS = "account_id,account_currency,campaign_id,campaign_name,spend,impressions,clicks,actions,action_values,date_start,date_stop"
SIZE = "500"


def pages(first: date, last: date, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of the report; each holds the account's zone, which the report does not tell."""
    account_id = ident((api.account.options.get("ad_account_id") or "").removeprefix("act_"))
    if account_id is None:
        raise ConfigError("option-missing", "the option ad_account_id is not configured", connector=KEY)
    account = get(api, f"/act_{account_id}", (("fields", "id,timezone_name,currency"),), INSIGHTS)
    window = msgspec.json.encode({"since": first.isoformat(), "until": last.isoformat()}).decode()

    def fetch(token: str | None) -> tuple[tuple[Event, ...], str | None]:
        query = [("level", "campaign"), ("time_increment", "1"), ("time_range", window), ("fields", FIELDS), ("limit", SIZE)]
        body = get(api, f"/act_{account_id}/insights", [*query, *((("after", token),) if token else ())], INSIGHTS)
        found = READ.decode(shapes.Listed, body, None)
        if found.data is None:
            raise READ.malformed("a report without data", "$.data", None)
        paging = found.paging
        following = paging.cursors.after if paging and paging.next and paging.cursors else None
        if paging and paging.next and not following:
            raise Permanent("pull-truncated", "Meta says there is more and gives no cursor", connector=KEY, path="$.paging")
        return ((_event(found.data, account, account_id, api),) if found.data else ()), following

    for events, following in paged(fetch, cursor, connector=KEY):
        yield Page(events, following)


def _event(data: Sequence[msgspec.Raw], account: bytes, account_id: str, api: Api) -> Event:
    document = {"account": msgspec.Raw(account), "data": list(data)}
    mark = hashlib.sha256(msgspec.json.encode(document)).hexdigest()[:40]
    payload = msgspec.json.encode({**document, "reported_at": rfc3339(api.now())})
    return Event(f"pull:spend:{mark}", "pull:insights", "spend", account_id, None, thin=False, payload=payload)


def rows(payload: bytes, ref: Ref) -> tuple[SpendRow, ...]:
    """The rows of a report. Permanent with the path on a row that is no single day, or names no campaign or currency."""
    report = READ.decode(shapes.Report, payload, ref.delivery_id)
    if report.data is None:
        raise READ.malformed("no report", "$.data", ref.delivery_id)
    account = report.account or shapes.AdAccount()
    found, index = [], 0
    try:
        at = _reported(report.reported_at)
        for index, row in enumerate(report.data):  # noqa: B007 - names the row in a refusal
            found.append(_row(row, account, at, ref))
    except Odd as odd:
        raise READ.of(odd, f"$.data[{index}]", ref.delivery_id) from None
    return tuple(found)


def _reported(value: str | None) -> datetime | None:
    try:
        return from_iso(value) if value else None
    except (ValueError, OverflowError):
        raise Odd("expected a time", "reported_at") from None


def _row(row: shapes.Row, account: shapes.AdAccount, at: datetime | None, ref: Ref) -> SpendRow:
    campaign = ident(row.campaign_id)
    currency = row.account_currency or account.currency
    if campaign is None or currency is None:
        raise Odd("a row without its campaign or currency", "campaign_id" if campaign is None else "account_currency")
    try:
        money = money_in(currency)
    except ValueError as error:
        raise Odd(str(error), "account_currency") from None
    bought, worth = _first(row.actions), _first(row.action_values)
    return SpendRow(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        product="meta",
        campaign_id=campaign,
        campaign=text(row.campaign_name),
        day=_day(row),
        zone=account.timezone_name or ref.account.options.get("ad_zone") or "UTC",
        currency=currency,
        impressions=_count(row.impressions, "impressions"),
        clicks=_count(row.clicks, "clicks"),
        spend=money(row.spend, "spend"),
        # Actions are asked for, and left out where there were none.
        orders=0 if row.actions is None else _count(bought, "actions"),
        revenue=0 if row.action_values is None else money(worth, "action_values"),
        attribution=ref.account.options.get("attribution"),
        reported_at=at,
    )


def _day(row: shapes.Row) -> date:
    if row.date_stop not in (None, row.date_start):
        raise Odd("a row of more than one day", "date_stop")
    try:
        return date.fromisoformat(row.date_start)
    except ValueError:
        raise Odd("expected a day", "date_start") from None


def _first(pairs: Sequence[shapes.Pair] | None) -> int | Decimal | None:
    """One purchase is told under several names: the first of ours that is there; 0 where none is."""
    told = {each.action_type: each.value for each in pairs or ()}
    return next((told[name] for name in words.PURCHASES if told.get(name) is not None), 0)


def _count(value: int | Decimal | None, name: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, Decimal) and (not value.is_finite() or abs(value) >= 10**15 or value != int(value)):
        raise Odd("expected a whole number", name)
    return int(value)

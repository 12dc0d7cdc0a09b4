"""What advertising cost on Meta: the insights of an ad account by campaign and day, in its own zone and currency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from chalicelib.contract import Api, Event, Page, Ref
from chalicelib.domain.spend import SpendRow
from chalicelib.errors import ConfigError
from chalicelib.toolkit.loose import Odd, money_in
from chalicelib.toolkit.paging import paged
from chalicelib.toolkit.reports import day_of, marked, read_at, whole
from chalicelib.toolkit.texts import text
from connectors.meta import payloads as shapes
from connectors.meta import status as words
from connectors.meta.api import INSIGHTS, get, listed
from connectors.meta.values import KEY, READ, ident

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
        data, following = listed(body)
        return ((_event(data, account, account_id, api),) if data else ()), following

    for events, following in paged(fetch, cursor, connector=KEY):
        yield Page(events, following)


def _event(data: Sequence[msgspec.Raw], account: bytes, account_id: str, api: Api) -> Event:
    delivery_id, payload = marked({"account": msgspec.Raw(account), "data": list(data)}, api.now())
    return Event(delivery_id, "pull:insights", "spend", account_id, None, thin=False, payload=payload)


def rows(payload: bytes, ref: Ref) -> tuple[SpendRow, ...]:
    """The rows of a report. Permanent with the path on a row that is no single day, or names no campaign or currency."""
    report = READ.decode(shapes.Report, payload, ref.delivery_id)
    if report.data is None:
        raise READ.malformed("no report", "$.data", ref.delivery_id)
    account = report.account or shapes.AdAccount()
    found, index = [], 0
    try:
        at = read_at(report.reported_at)
        for index, row in enumerate(report.data):  # noqa: B007 - names the row in a refusal
            found.append(_row(row, account, at, ref))
    except Odd as odd:
        raise READ.of(odd, f"$.data[{index}]", ref.delivery_id) from None
    return tuple(found)


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
        impressions=whole(row.impressions, "impressions"),
        clicks=whole(row.clicks, "clicks"),
        spend=money(row.spend, "spend"),
        # Actions are asked for, and left out where there were none.
        orders=0 if row.actions is None else whole(bought, "actions"),
        revenue=0 if row.action_values is None else money(worth, "action_values"),
        attribution=ref.account.options.get("attribution"),
        reported_at=at,
    )


def _day(row: shapes.Row) -> date:
    if row.date_stop not in (None, row.date_start):
        raise Odd("a row of more than one day", "date_stop")
    return day_of(row.date_start, "date_start")


def _first(pairs: Sequence[shapes.Pair] | None) -> int | Decimal | None:
    """One purchase is told under several names: the first of ours that is there; 0 where none is."""
    told = {each.action_type: each.value for each in pairs or ()}
    return next((told[name] for name in words.PURCHASES if told.get(name) is not None), 0)

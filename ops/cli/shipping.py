"""`huitou shipping what-if`: thresholds of free shipping tried on the orders that were."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Any

import typer

from chalicelib.bootstrap import Application
from chalicelib.domain.money import exponent
from chalicelib.domain.order import local_day
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.shipping_offer import Basis, OfferPart, ShippingOffer, WhatIf, part, shipping_offers, thresholds_of
from chalicelib.domain.shipping_tiers import NONE, tier_baskets
from ops.cli.output import calendar_day, done, money, out, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

app = typer.Typer(help="Free shipping.", no_args_is_help=True)
USUAL_DAYS = 30
MOST_DAYS = 366


class By(StrEnum):
    """What the table is divided by."""

    ACCOUNT = "account"
    CATEGORY = "category"
    TIER = "tier"


@app.callback()
def shipping() -> None:
    """Free shipping."""


@app.command("what-if")
def what_if(
    *,
    by: Annotated[
        By, typer.Option(help="divided by account, by category of the dearest product too, or by member tier")
    ] = By.ACCOUNT,
    since: Annotated[str | None, typer.Option(help="first day (2026-11-01); thirty days without it")] = None,
    until: Annotated[str | None, typer.Option(help="last day; yesterday without it")] = None,
    threshold: Annotated[list[str] | None, typer.Option(help="one more to try (99.00), in the account's currency")] = None,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """What another threshold of free shipping would give up, and what it would take to pay."""
    application = open_application(data_dir, config)
    days = _days(application, since, until)
    if by is By.TIER:
        _tiers(application, days, threshold or [], as_json=as_json)
        return
    book = application.costing.book()
    offers = shipping_offers(application.costing.booked(days), book, lambda currency: _minor(threshold or [], currency))
    if as_json:
        print_json([_plain(offer, categories=by is By.CATEGORY) for offer in offers])
        return
    for offer in offers:
        _show(offer, application.parts.config().currency, categories=by is By.CATEGORY)
    if not offers:
        done("no account has enough orders, and charges for shipping or has a threshold")


def _days(application: Application, since: str | None, until: str | None) -> list[date]:
    yesterday = local_day(application.parts.clock.now(), application.parts.config().zone) - timedelta(days=1)
    last = calendar_day(until) if until else yesterday
    first = calendar_day(since) if since else last - timedelta(days=USUAL_DAYS - 1)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise typer.BadParameter(f"from the first day to the last are 1 to {MOST_DAYS} days", param_hint="--since")
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _minor(texts: Iterable[str], currency: str) -> tuple[int, ...]:
    """Amounts as people write them, in minor units."""
    try:
        found = tuple(Decimal(text).scaleb(exponent(currency)) for text in texts)
    except InvalidOperation:
        raise typer.BadParameter("an amount such as 99.00", param_hint="--threshold") from None
    if not all(value.is_finite() and value > 0 and value == int(value) for value in found):
        raise typer.BadParameter(f"an amount above 0, in whole units of {currency}", param_hint="--threshold")
    return tuple(int(value) for value in found)


def _show(offer: ShippingOffer, home: str, *, categories: bool) -> None:
    name = "/".join(offer.account)
    for each in (offer.whole, *(offer.categories if categories else ())):
        of = "" if each.category is None else f", {each.category or 'of no category'}"
        columns = [
            "free from",
            "orders",
            "share",
            "shipping given up",
            "freight",
            "margin left",
            "just under",
            "pays from",
            "expected",
            "may lose",
        ]
        rows = [_cells(row, offer.currency, home) for row in each.rows]
        table(f"{name}{of}: {each.orders} orders", [(column, "right") for column in columns], rows)
        for under in each.under:
            lack = money(under.lack, offer.currency)
            out().print(
                f"· {under.orders} orders from {money(under.since, offer.currency)} to under"
                f" {money(under.threshold, offer.currency)}; together they lack {lack}",
                highlight=False,
            )
    for note in _notes(offer, home):
        out().print(f"· {note}", highlight=False, markup=False)
    out().print()


def _cells(row: WhatIf, currency: str, home: str) -> list[Any]:
    free = f"{money(row.threshold, currency)}{' (today)' if row.current else ''}"
    reach = f"{row.orders} to {row.orders + row.unsure}" if row.unsure else row.orders
    given = row.given_up - row.regained if row.regained is not None else None
    return [
        *(free, reach, _percent(row.share), money(given, home), money(row.freight, home), money(row.margin, home), row.near),
        *(_percent(row.break_even), money(row.expected, home), _percent(row.may_lose)),
    ]


def _notes(offer: ShippingOffer, home: str) -> Iterable[str]:
    yield "“Pays from”: the share of orders at most 15 % under a threshold that has to add something to reach it. 0 %: pays anyway."
    yield (
        f"“Expected” rests on an assumption, not on a measurement: that {_percent(offer.assumed)} of them do"
        " ([costs] top_up_permille)."
    )
    if offer.margin.known:
        freight = money(offer.freight.scaled(1), home) or "—"
        yield f"Of what goods bring in, {_percent(offer.margin)} is left after cost and fees; an order's freight is {freight}."
    else:
        yield "The cost of too few goods is known to say what would be left: import the product master."
    yield "“May lose”: the share of orders that ship free today and would not, that may stay away before it costs more."


def _tiers(application: Application, days: list[date], thresholds: list[str], *, as_json: bool) -> None:
    config = application.parts.config()
    today = local_day(application.parts.clock.now(), config.zone)
    members = (purchases for _, rows in application.standings.purchases(config.merchant) for _, purchases in rows)
    found = tier_baskets(members, (days[0], days[-1]), today, config.members)
    current = thresholds_of(application.costing.booked(days), application.costing.book())
    order = [tier.name for tier in config.members.tiers] + [NONE]
    told = []
    for currency, tiers in sorted(found.items()):
        tried = tuple(sorted({*current.get(currency, ()), *_minor(thresholds, currency)}))
        told += [(currency, name, part(tiers[name], (), Basis(current=tried))) for name in order if name in tiers]
    if as_json:
        print_json([_tier_plain(*each) for each in told])
        return
    _show_tiers(told)


def _show_tiers(told: list[tuple[str, str, OfferPart]]) -> None:
    rows = []
    for currency, name, each in told:
        under = {(one.threshold, one.permille): one for one in each.under}
        for row in each.rows:
            near, far = (under[row.threshold, permille].orders for permille in (100, 200))
            rows.append([name, each.orders, money(row.threshold, currency), row.orders, _percent(row.share), near, far])
    columns = ("tier", "purchases", "free from", "reach it", "share", "10 % under", "20 % under")
    table("by member tier", [(column, "left" if column == "tier" else "right") for column in columns], rows)
    out().print(
        "· A member's day of purchase stands for an order; its net after refunds, with shipping, for its value.", highlight=False
    )
    if not rows:
        done("no threshold is configured in [[costs.accounts]]; give one with --threshold")


def _percent(ratio: Ratio | None) -> str | None:
    permille = ratio.permille() if ratio else None
    return None if permille is None else f"{permille / 10:.1f} %"


def _plain(offer: ShippingOffer, *, categories: bool) -> dict[str, Any]:
    told = asdict(offer)
    told["account"] = "/".join(offer.account)
    return told if categories else {name: value for name, value in told.items() if name != "categories"}


def _tier_plain(currency: str, tier: str, each: OfferPart) -> dict[str, Any]:
    known = ("threshold", "orders", "share", "unsure", "near", "lack")
    return {
        "tier": tier,
        "currency": currency,
        "purchases": each.orders,
        "under": [asdict(under) for under in each.under],
        "rows": [{name: getattr(row, name) for name in known} for row in each.rows],
    }

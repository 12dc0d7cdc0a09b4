"""The sections of a report as lines of its CSV file, in its columns: what, where, which, in what, and up to three values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chalicelib.domain import wording
from chalicelib.domain.costs import Waterfall
from chalicelib.domain.money import Money
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.report import Report

Row = tuple[str, ...]
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # wide ones too: East Asian sheets take them for the others


def safe(text: str) -> str:
    """A name from outside that no spreadsheet takes for a formula."""
    cleaned = wording.clean(text)
    return f"'{cleaned}" if cleaned.startswith(FORMULAS) else cleaned


def percent(share: Ratio | int | None) -> str:
    """A share, or tenths of a percent, as percent; empty where it is not known."""
    tenths = share.permille() if isinstance(share, Ratio) else share
    return "" if tenths is None else wording.percent(tenths, "en").removesuffix("%").replace(",", "")


def sections(report: Report) -> Iterator[Row]:
    """Profit, structure, stock, free shipping, carriers, creators, campaigns, cohorts, storms and findings."""
    yield from _profit(report)
    yield from _products(report)
    yield from _shipping(report)
    yield from _ways(report)
    for one in report.funnels:
        counts = {"drawn": one.drawn, "held": one.held, "sent": one.sent, "clicked": one.clicked, "bought": one.bought}
        for metric, count in (counts | {"bought_alone": one.bought_alone}).items():
            yield _count("funnels", safe(one.campaign), metric, count)
    for cohort in report.cohorts:
        item = f"{cohort.first.isoformat()}/{cohort.last.isoformat()}"
        for days, share in cohort.again.items():
            yield ("cohorts", "", "", item, "", f"again_{days}", "percent", percent(share), "", "")
    for gained in report.gains:
        for metric, amount in {"gain": gained.gain, "gain_low": gained.low, "gain_high": gained.high}.items():
            yield (
                "gains",
                "",
                "",
                safe(gained.campaign),
                report.currency,
                metric,
                "money",
                _money(amount, report.currency),
                "",
                "",
            )
    for storm in report.storms:
        place = ("storms", safe(storm.platform), safe(storm.account), safe(storm.product))
        span = f"{storm.began.isoformat()}/{storm.last.isoformat()}"
        yield (*place, "", "grade", "count", str(storm.grade), "", "")
        yield (*place, "", "span", "as is", span, "", "")
    for found in report.anomalies:
        series = found.series
        place = ("anomalies", safe(series.platform), safe(series.account), safe(series.product or series.metric))
        yield (*place, "", str(series.metric), "as is", str(found.value), "", str(found.expected))
        yield (*place, report.currency, "money", "money", _money(found.money, report.currency), "", "")


def _profit(report: Report) -> Iterator[Row]:
    if report.profit is None:
        return
    told: Iterable[Waterfall] = (report.profit.total, *report.profit.accounts.values())
    for one in told:
        platform, account = one.account or ("", "")
        place = ("profit", safe(platform), safe(account))
        amounts = {"gmv": one.gmv, "tax_platform": one.tax_platform, "refunds": one.refunds, "net_sales": one.net_sales}
        for item, amount in (amounts | {"contribution_margin": one.margin}).items():
            yield (*place, item, report.currency, "amount", "money", _money(amount, report.currency), "", "")
        for part in one.parts:
            cost, estimated = (_money(amount, report.currency) for amount in (part.cost, part.estimated))
            yield (*place, part.kind, report.currency, "cost", "money", cost, "", "")
            yield (*place, part.kind, report.currency, "estimated", "money", estimated, "", "")
            yield (*place, part.kind, "", "known", "percent", percent(part.covered), "", "")


def _products(report: Report) -> Iterator[Row]:
    if report.structure is not None:
        for kind, groups in (("class", report.structure.classes), ("role", report.structure.roles)):
            for group in groups:
                item = f"{kind} {group.name}"
                yield ("structure", "", "", item, report.currency, "amount", "money", _money(group.amount, report.currency), "", "")
                yield ("structure", "", "", item, "", "share", "percent", percent(group.share), "", "")
    for line in report.stock.lines if report.stock is not None else ():
        sku = safe(line.sku)
        yield ("stock", "", "", sku, "", "state", "word", line.state, "", "")
        for metric, count in (("available", line.available), ("sold", line.sold), ("order", line.order)):
            yield _count("stock", sku, metric, count)
        yield ("stock", "", "", sku, report.currency, "at_stake", "money", _money(line.at_stake, report.currency), "", "")


def _shipping(report: Report) -> Iterator[Row]:
    for offer in report.shipping:
        for part in (offer.whole, *offer.categories):
            for row in part.rows:
                name = "all" if part.category is None else safe(part.category)
                item = f"{name} from {Money(row.threshold, offer.currency).major()} {offer.currency}"
                place = ("shipping", safe(offer.account[0]), safe(offer.account[1]), item)
                for metric, count in (("orders", row.orders), ("near", row.near)):
                    yield (*place, "", metric, "count", str(count), "", "")
                for metric, amount in (("given_up", row.given_up), ("freight", row.freight), ("expected", row.expected)):
                    yield (*place, report.currency, metric, "money", _money(amount, report.currency), "", "")
                yield (*place, "", "break_even", "percent", percent(row.break_even), "", "")


def _ways(report: Report) -> Iterator[Row]:
    for line in report.carriers:
        carrier = safe(line.carrier)
        yield _count("carriers", carrier, "parcels", line.parcels)
        cost = _money(line.cost.scaled(1), report.currency)
        yield ("carriers", "", "", carrier, report.currency, "parcel_cost", "money", cost, "", "")
        yield ("carriers", "", "", carrier, "", "days_taken", "days", _tenths(line.taken), "", "")
        yield ("carriers", "", "", carrier, "", "late", "percent", percent(line.late), "", "")
    for trail in report.creators.lines if report.creators is not None else ():
        place = ("creators", safe(trail.platform), "", f"{trail.kind} {wording.clean(trail.name)}")
        yield (*place, "", "orders", "count", str(trail.orders), "", "")
        yield (*place, report.currency, "gmv", "money", _money(trail.gmv, report.currency), "", "")


def _count(section: str, item: str, metric: str, count: int | None) -> Row:
    return (section, "", "", item, "", metric, "count", "" if count is None else str(count), "", "")


def _money(minor: int | None, currency: str) -> str:
    return "" if minor is None else Money(minor, currency).major()


def _tenths(share: Ratio) -> str:
    tenths = share.scaled(10)
    return "" if tenths is None else wording.tenths(tenths, "en").replace(",", "")

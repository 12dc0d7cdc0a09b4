"""The report of a period: cells and the daybook into everything a digest says. Reads days and accounts, never orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from chalicelib.config import Config
from chalicelib.daybook import Daybook
from chalicelib.days import Days, DaySums, KeptDays
from chalicelib.domain.daybook import AccountKey, Entry, Span, Takings, account_of, days_known, span_of
from chalicelib.domain.funnel import CampaignGain
from chalicelib.domain.metrics import People, Sums, add_in
from chalicelib.domain.periods import Period, over_at
from chalicelib.domain.rates import Rate, Rates
from chalicelib.domain.report import AccountLine, Comparison, Freshness, MessagesDay, Point, Report, Spark, TopProduct
from chalicelib.domain.stocking import WINDOW
from chalicelib.domain.storm import StormLine
from chalicelib.errors import Rejected
from chalicelib.findings import Findings
from chalicelib.freshness import Sources
from chalicelib.measuring import ALL, Measured, Measuring, channels, figures
from chalicelib.ports import Clock, Connectors, Work
from chalicelib.reckoning import Reckoning
from chalicelib.reporting_trade import ReportingTrade

TOP_PRODUCTS = 10
TREND_DAYS = 38  # 31 are drawn, each beside the same weekday a week before
SPARK_DAYS = 14
HISTORY_DAYS = 400
COHORTS = 6


@dataclass(frozen=True, slots=True)
class Material:
    """What a report is made from: the days' sums, the daybook around them, and further days as they are asked for."""

    config: Config
    period: Period
    days: Mapping[date, DaySums]
    kept: KeptDays
    entries: Mapping[date, Entry]
    sources: tuple[Freshness, ...]

    def span(self, period: Period) -> Span:
        """The daybook's figures of a period; none at all where one of its days is not known."""
        return span_of(self.entries[day] for day in period.days) if all(day in self.entries for day in period.days) else Span()


class Reporting:
    """Makes reports."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        days: Days,
        daybook: Daybook,
        reckoning: Reckoning,
        measuring: Measuring,
        findings: Findings,
        trade: ReportingTrade,
        sources: Sources,
        storms: Callable[[str, datetime, datetime], tuple[StormLine, ...]],
        work: Work,
        connectors: Connectors,
        clock: Clock,
    ) -> None:
        self._config = config
        self._days = days
        self._daybook = daybook
        self._reckoning = reckoning
        self._measuring = measuring
        self._findings = findings
        self._trade = trade
        self._sources = sources
        self._storms = storms
        self._work = work
        self._connectors = connectors
        self._clock = clock

    def report(self, period: Period) -> Report:
        """All that the digest of a period says, from cells that are recomputed first where they are dirty."""
        return self.made_of(self.material(period))

    def made_of(self, on: Material) -> Report:
        """The report of a material."""
        period, merchant = on.period, on.config.merchant
        history, book, over = self._reckoning.history(merchant), self._measuring.book(), self._measuring.over()
        now, then = (self._measuring.of(of, on.kept.of(of.days), history, book) for of in (period, period.before))
        trade = self._trade.of(on.config, period, on.kept, _known(on, _last_days(period.last, WINDOW)), book)
        gains, rates = self._trade.gains(on.config, period, on.kept, over), book.rates
        return Report(
            merchant=on.config.name or on.config.merchant,
            period=period,
            zone=on.config.zone.key,
            currency=on.config.currency,
            locale=on.config.digest.locale,
            generated_at=self._clock.now(),
            totals=self._totals(on),
            accounts=self._accounts(on),
            products=self._products(on),
            messages=_messages(on.days.values()),
            freshness=on.sources,
            provisional=any(source.state != "fresh" for source in on.sources),
            unmapped=sum(sums.unmapped for day in on.days.values() for by in day.sums.values() for sums in by.values()),
            quarantined=self._work.held(on.config.merchant),
            trend=tuple(_trend(on, rates, over)),
            sparks=tuple(_sparks(on, over)),
            restated=self._daybook.restated(merchant, period, on.entries),
            figures=figures(ALL, now.total | _gained(gains), then.total),
            channels=channels(now, then, on.config.costs.weights, self._name),
            profit=now.costs if now.costs.accounts else None,
            cohorts=tuple(history.cohorts(period.kind, min(period.last, over), COHORTS)) if history.counts else (),
            anomalies=self._findings.of(merchant, period, on.entries, on.kept, rates),
            structure=trade.structure,
            stock=trade.stock,
            shipping=trade.shipping,
            carriers=trade.carriers,
            creators=trade.creators,
            funnels=trade.funnels,
            gains=gains,
            storms=self._storms(merchant, *_moments(on)),
            rates=tuple(_used(on, rates)),
            unrated=now.unrated,
        )

    def day(self, day: date) -> DaySums:
        """A day's sums, from cells that are recomputed first where they are dirty."""
        return self._days.day(self._config().merchant, day)

    def measured(self, period: Period) -> Measured:
        """The parts that the metrics of a period are made of."""
        config = self._config()
        kept, history = self._days.kept(config.merchant), self._reckoning.history(config.merchant)
        found = self._measuring.of(period, kept.of(period.days), history, self._measuring.book())
        gains = self._trade.gains(config, period, kept, self._measuring.over())
        return replace(found, total=found.total | _gained(gains))

    def material(self, period: Period) -> Material:
        """What a period's report is made from."""
        config = self._config()
        sources = self._sources.freshness(config)
        kept = self._days.kept(config.merchant)
        days = kept.of(period.days)
        first = min(period.last - timedelta(days=HISTORY_DAYS), period.base.first)
        needed = {*period.before.days, *period.base.days, *_last_days(period.last, TREND_DAYS)}
        entries = self._daybook.entries(config.merchant, first, period.last, sources, config.zone, read=days, needed=needed)
        return Material(config, period, days, kept, entries, sources)

    def tell(self, on: Material, *, anew: bool = False) -> None:
        """Remember what the digest of this material says, so that a later one can say what has changed. `anew`: see Daybook."""
        self._daybook.tell(on.config.merchant, on.period, on.entries, anew=anew)

    def _accounts(self, on: Material) -> tuple[AccountLine, ...]:
        spans = _spans(on)
        keys = sorted({(*account, currency) for span in spans for account, by in span.sums.items() for currency in by})
        lines = []
        for platform, account, currency in keys:
            key = (platform, account)
            takings = [span.sums.get(key, {}).get(currency) for span in spans]
            lines.append(self._line(key, currency, takings, [span.people.get(key) for span in spans]))
        return tuple(lines)

    def _totals(self, on: Material) -> tuple[AccountLine, ...]:
        """One line a currency. People of several accounts are not added: one member may have bought at two."""
        spans = _spans(on)
        wholes = [span.whole() for span in spans]
        currencies = sorted({currency for whole in wholes for currency in whole})
        lines = []
        for currency in sorted(currencies, key=lambda code: (code != on.config.currency, code)):
            takings = [whole.get(currency) for whole in wholes]
            single = [_only(span.people) if len(currencies) == 1 else None for span in spans]
            lines.append(self._line(("", ""), currency, takings, single))
        return tuple(lines)

    def _line(self, key: AccountKey, currency: str, takings: list[Takings | None], persons: list[People | None]) -> AccountLine:
        def compare(read: Callable[[Takings], int | None]) -> Comparison:
            return Comparison(*(read(entry) if entry else None for entry in takings))

        def count(read: Callable[[People], int]) -> Comparison:
            return Comparison(*(read(entry) if entry else None for entry in persons))

        return AccountLine(
            platform=key[0],
            platform_name=self._name(key[0]),
            account=key[1],
            currency=currency,
            gmv=compare(lambda entry: entry.gmv),
            net_sales=compare(lambda entry: entry.net_sales),
            orders=compare(lambda entry: entry.orders),
            aov=compare(lambda entry: entry.aov),
            refunds=compare(lambda entry: entry.refunds),
            new_buyers=count(lambda entry: entry.new),
            returning_buyers=count(lambda entry: entry.returning),
        )

    def _products(self, on: Material) -> tuple[TopProduct, ...]:
        found = [
            TopProduct(key[0], self._name(key[0]), key[1], currency, product_id, product.title, product.quantity, product.amount)
            for key, by in booked(on.days.values()).items()
            for currency, sums in by.items()
            for product_id, product in sums.products.items()
        ]
        # Amounts in two currencies do not compare: ranked within their currency, the merchant's own first.
        home = on.config.currency
        ranked = sorted(found, key=lambda p: (p.currency != home, p.currency, -p.amount, p.platform, p.account, p.product_id))
        return tuple(ranked[:TOP_PRODUCTS])

    def _name(self, platform: str) -> str:
        if not platform:
            return ""
        try:
            return self._connectors.connector(platform).info.name
        except Rejected:  # a platform that this version no longer knows still has its history
            return platform


def booked(days: Iterable[DaySums]) -> dict[AccountKey, dict[str, Sums]]:
    """Days added up by account and currency."""
    whole: dict[AccountKey, dict[str, Sums]] = {}
    for day in days:
        for account, by_currency in day.sums.items():
            add_in(whole.setdefault(account, {}), by_currency)
    return whole


def _only(people: Mapping[AccountKey, People]) -> People | None:
    return next(iter(people.values())) if len(people) == 1 else None


def _spans(on: Material) -> list[Span]:
    return [on.span(period) for period in (on.period, on.period.before, on.period.base)]


def _gained(gains: Iterable[CampaignGain]) -> dict[str, int]:
    """What campaigns brought, of those of which that can be said; the report names the others."""
    known = [each.gain for each in gains if each.gain is not None]
    return {"winback_gain": sum(known)} if known else {}


def _moments(on: Material) -> tuple[datetime, datetime]:
    """The first moment of the period, and the first after it."""
    first = over_at(on.period.first - timedelta(days=1), on.config.zone)
    return first, over_at(on.period.last, on.config.zone)


def _last_days(last: date, count: int) -> list[date]:
    return [last - timedelta(days=number) for number in range(count - 1, -1, -1)]


def _used(on: Material, rates: Rates) -> Iterable[Rate]:
    """The rates by which the period's currencies became the merchant's, as of its last day."""
    told = {currency for day in on.days.values() for by_currency in day.sums.values() for currency in by_currency}
    for currency in sorted(told - {on.config.currency}):
        if rate := rates.rate(currency, on.period.last):
            yield rate


def _known(on: Material, days: Iterable[date]) -> list[date]:
    """Those of which anything can be said: not before the first sale ever, nor where nobody was heard."""
    begun = days_known(on.entries)
    told = [day for day in days if day in on.entries and begun is not None and day >= begun]
    return [day for day in told if not on.sources or len(on.entries[day].silent) < len(on.sources)]


def _trend(on: Material, rates: Rates, over: date) -> Iterable[Point]:
    """The days up to the last that is over, in the merchant's currency.

    A day before the first sale ever, and one with nobody to hear, is unknown.
    """
    shown = _last_days(min(on.period.last, over), TREND_DAYS)
    known = set(_known(on, shown))
    for day in shown:
        if day not in known:
            yield Point(day, None, None)
            continue
        whole = span_of([on.entries[day]]).whole()
        worth = [rates.convert(takings.net_sales, currency, day) for currency, takings in whole.items()]
        yield Point(day, sum(each for each in worth if each is not None), sum(takings.orders for takings in whole.values()))


def _sparks(on: Material, over: date) -> Iterable[Spark]:
    """Each account's last days, in its own currency."""
    shown = _last_days(min(on.period.last, over), SPARK_DAYS)
    keys = {(name, currency) for day in shown for name, by in on.entries[day].sums.items() for currency in by}
    for name, currency in sorted(keys):
        values = []
        for day in shown:
            takings = on.entries[day].sums.get(name, {}).get(currency)
            quiet = None if name in on.entries[day].silent else 0
            values.append(takings.net_sales if takings else quiet)
        yield Spark(*account_of(name), currency, tuple(values))


def _messages(days: Iterable[DaySums]) -> tuple[MessagesDay, ...]:
    by_campaign: dict[str, dict[str, int]] = {}
    for day in days:
        for campaign, told in day.outcomes.items():
            counts = by_campaign.setdefault(campaign, {})
            for name, count in told.items():
                counts[name] = counts.get(name, 0) + count
    found = []
    for campaign, counts in sorted(by_campaign.items()):
        if campaign == "-":
            continue
        held = sum(count for name, count in counts.items() if name == "suppressed:holdout")
        withheld: dict[str, int] = {}
        for name, count in counts.items():
            if name != "suppressed:holdout" and not name.startswith(("sent:", "unknown:")):
                reason = name.partition(":")[2]
                withheld[reason] = withheld.get(reason, 0) + count
        sent = sum(count for name, count in counts.items() if name.startswith(("sent:", "unknown:")))
        found.append(MessagesDay(campaign, sent, held, withheld))
    return tuple(found)

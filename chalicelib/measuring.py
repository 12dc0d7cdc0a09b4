"""The parts that metrics are made of (domain/figures.py), by account and for the merchant as a whole, for the days of a period.

All money is the merchant's, each day's at that day's rate. What nobody told is left out, never nought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.config import Config
from chalicelib.cost_sheets import CostSheets
from chalicelib.costing import Costing
from chalicelib.days import DaySums
from chalicelib.domain.cohorts import SPANS, History
from chalicelib.domain.cost_terms import Weights
from chalicelib.domain.costs import CostBook, Waterfall, Waterfalls, waterfalls
from chalicelib.domain.daybook import AccountKey
from chalicelib.domain.figures import BY_KEY, METRICS, OF_CHANNEL, add_parts, score_of
from chalicelib.domain.metrics import People, Sums
from chalicelib.domain.nps import nps_of
from chalicelib.domain.order import local_day
from chalicelib.domain.periods import Period
from chalicelib.domain.promptness import Promptness
from chalicelib.domain.rates import Rates
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.report import ChannelLine, Comparison, Figure
from chalicelib.domain.service import Promised, Voice, shipped_in_time
from chalicelib.domain.spend import AdFigures, SpendDay, ad_costs, ad_figures
from chalicelib.domain.traffic import Visits
from chalicelib.ports import Clock

Parts = dict[str, int]
MONEY = (
    "gmv",
    "tax_platform",
    "tax_own",
    "refunds",
    "refunded_own",
    "discount_seller",
    "discount_platform",
    "shipping",
    "placed_gmv",
)
ALL = tuple(metric.key for metric in METRICS)
NUMBERS = ("orders", "units", "refunded_orders", "placed_orders")


@dataclass(frozen=True, slots=True)
class Measured:
    """A period's parts. `costs` are what margins were made of; `unrated`: currencies that are in no figure."""

    total: Parts
    accounts: Mapping[AccountKey, Parts]
    costs: Waterfalls
    ads: tuple[SpendDay, ...]
    unrated: tuple[str, ...]


class Measuring:
    """Gathers parts: a query a day and account that advertises, the sheets of the years, nothing by order."""

    def __init__(self, *, config: Callable[[], Config], costing: Costing, sheets: CostSheets, clock: Clock) -> None:
        self._config = config
        self._costing = costing
        self._sheets = sheets
        self._clock = clock

    def book(self) -> CostBook:
        """What costs are known by, rates among it."""
        return self._costing.book()

    def of(self, period: Period, days: Mapping[date, DaySums], history: History, book: CostBook) -> Measured:
        """The parts of a period. `days`: its days from their cells; `history`: of all members."""
        config, rates = self._config(), book.rates
        spent = self._costing.spend(period.days)
        booked = {day: told.sums for day, told in days.items()}
        ads = ad_costs(spent, rates)
        costs = waterfalls(booked, book, ads=ads, messages=_sent(days.values()))
        visits = self._sheets.traffic(config.merchant, period.first, period.last).of(period.first, period.last)
        accounts: dict[AccountKey, Parts] = {}
        selling = {account for day in days.values() for account in day.sums} | visits.keys() | _advertised(spent)
        for account in sorted(selling | {account for day in days.values() for account in (*day.voices, *day.prompt)}):
            parts = _sold(account, days, rates) if account in selling else {}  # one that is only spoken of has sales of no kind
            parts |= _visited(visits.get(account), account, days)
            parts |= _advertised_parts([day for day in spent if (day.platform, day.account) == account], rates)
            parts |= _served(account, days, config, self._clock.now())
            if account in costs.accounts:
                parts |= _margins(costs.accounts[account])
            accounts[account] = parts
        total = add_parts(accounts.values())
        for name in ("margin", "new_members"):  # of the whole they are no sum: known apart, or not at all
            total.pop(name, None)
        if any(each.told < each.days for each in ads):
            total.pop("spend", None)  # a sum that lacks a day would make every ratio of it too good
        if costs.accounts:  # of nobody at all there is nothing to tell: a nought would be invented
            total |= _margins(costs.total)
        total |= _people(history, period, self.over()) | _answers(days.values())
        return Measured(total, accounts, costs, spent, costs.unrated)

    def over(self) -> date:
        """The last day that is over: cohorts are complete by it, not by the end of a period that goes on."""
        return local_day(self._clock.now(), self._config().zone) - timedelta(days=1)


def figures(keys: Iterable[str], now: Parts, before: Parts) -> tuple[Figure, ...]:
    """Metrics of which something is known, now or before."""
    found = []
    for key in keys:
        metric = BY_KEY[key]
        value = Comparison(metric.value(now), metric.value(before), None)
        if value.now is not None or value.before is not None:
            found.append(Figure(key, metric.unit, value))
    return tuple(found)


def channels(measured: Measured, before: Measured, weights: Weights, name: Callable[[str], str]) -> tuple[ChannelLine, ...]:
    """Accounts as channels, the best score first. Those that only advertise for others are none."""
    shares = {"direct": weights.direct, "brand": weights.brand, "members": weights.members}
    lines = []
    for account, parts in measured.accounts.items():
        if not parts.get("orders") and not parts.get("uv"):
            continue
        score, unscored = score_of(parts, add_parts(measured.accounts.values()), shares)
        told = figures(OF_CHANNEL, parts, before.accounts.get(account, {}))
        lines.append(ChannelLine(account[0], name(account[0]), account[1], told, score, unscored))
    return tuple(sorted(lines, key=lambda line: (-(line.score or 0), line.platform, line.account)))


def _sold(account: AccountKey, days: Mapping[date, DaySums], rates: Rates) -> Parts:
    """What sums tell. New buyers stand in for new members: an account knows whose first order ever it had."""
    parts = dict.fromkeys((*MONEY, *NUMBERS), 0)
    people = People()
    for day, told in days.items():
        people.add(told.people.get(account, People()))
        for currency, sums in told.sums.get(account, {}).items():
            if rates.convert(0, currency, day) is None:
                continue
            for name in MONEY:
                parts[name] += rates.convert(getattr(sums, name), currency, day) or 0
            for name in NUMBERS:
                parts[name] += getattr(sums, name)
    return parts | {"new_buyers": people.new, "new_members": people.new}


def _visited(visits: Visits | None, account: AccountKey, days: Mapping[date, DaySums]) -> Parts:
    if visits is None:
        return {}
    orders = sum(sums.orders for day in visits.uv_days if day in days for sums in days[day].sums.get(account, {}).values())
    told: Parts = {"uv": visits.uv, "visited_orders": orders} if visits.uv_days else {}
    return told | ({"pv": visits.pv} if visits.pv_days else {})


def _advertised(spent: Iterable[SpendDay]) -> set[AccountKey]:
    return {(day.platform, day.account) for day in spent}


def _advertised_parts(spent: Sequence[SpendDay], rates: Rates) -> Parts:
    if not spent:
        return {}
    told = ad_figures((row for day in spent for row in day.rows), rates)
    parts: Parts = {}
    if all(day.state == "told" for day in spent) and told.whole_spend is not None:
        parts["spend"] = told.whole_spend
    parts |= {name: value for name in ("impressions", "clicks") if (value := getattr(told, name)) is not None}
    for name, ratio in _ratios(told).items():
        parts |= dict(zip(name, (ratio.numerator or 0, ratio.denominator or 0), strict=True)) if ratio.known else {}
    return parts


def _ratios(told: AdFigures) -> Mapping[tuple[str, str], Ratio]:
    return {
        ("ctr_clicks", "ctr_views"): told.ctr,
        ("cpc_spend", "cpc_clicks"): told.cpc,
        ("cpm_spend", "cpm_views"): told.cpm,
        ("roas_revenue", "roas_spend"): told.roas,
    }


def _served(account: AccountKey, days: Mapping[date, DaySums], config: Config, now: datetime) -> Parts:
    hours = config.costs.promised_hours(account)
    promised = [
        Promised(day, hours, sums) for day, told in days.items() for sums in told.sums.get(account, dict[str, Sums]()).values()
    ]
    left = shipped_in_time(promised, now, config.zone)
    voice = Voice()
    for told in days.values():
        voice.add(told.voices.get(account, Voice()))
    parts: Parts = {"left_in_time": left.numerator or 0, "due_to_leave": left.denominator or 0} if promised else {}
    parts |= {"stars": voice.score.numerator or 0, "starred": voice.score.denominator or 0} if voice.reviews else {}
    return parts | _answered([told.prompt[account] for told in days.values() if account in told.prompt], now)


def _answered(prompt: Iterable[Promptness], now: datetime) -> Parts:
    """Deadlines for a first answer that were met or are over by now. Nothing where nobody had to answer anything."""
    whole = Promptness()
    for day in prompt:
        whole.add(day)
    return {"in_time": whole.in_time, "deadlines": whole.over(now)} if whole != Promptness() else {}


def _margins(told: Waterfall) -> Parts:
    """Costs that are known in whole or estimated, and the margin where there is one."""
    parts: Parts = {part.kind: cost for part in told.parts if part.kind != "ads" and (cost := part.cost) is not None}
    return parts | ({"margin": told.margin} if told.margin is not None else {})


def _people(history: History, period: Period, over: date) -> Parts:
    """Of members, where there is any."""
    if not history.counts:
        return {}
    told = history.of(period.first, period.last, min(period.last, over))
    named = {
        "buyers": told.buyers,
        "new_members": told.new,
        "returning_members": told.returning,
        "reactivated_members": told.reactivated,
    }
    for within in SPANS:
        named |= {f"again_{within}": told.again[within].numerator, f"cohort_{within}": told.again[within].denominator}
    return {name: value for name, value in named.items() if value is not None}


def _answers(days: Iterable[DaySums]) -> Parts:
    scores: dict[int, int] = {}
    for day in days:
        for score, count in day.scores.items():
            scores[score] = scores.get(score, 0) + count
    told = nps_of(scores)
    return {"promoters": told.promoters, "detractors": told.detractors, "answered": told.answered} if told.answered else {}


def _sent(days: Iterable[DaySums]) -> dict[str, int]:
    found: dict[str, int] = {}
    for day in days:
        for channel, count in day.sent.items():
            found[channel] = found.get(channel, 0) + count
    return found

"""The anomaly detector over simulated merchants: planted events found, alarms on quiet days, and its time.

Seeds "tune-..." were looked at while the thresholds were chosen; what is measured here are seeds "measure-...", which were not.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import exp, sqrt
from random import Random

from benchmarks.anomalies_play import KINDS, VISIBLE, YEAR, Event, merchant
from benchmarks.harness import Line, Options, at_least, at_most
from chalicelib.domain.anomaly import Account, Anomaly, DayFigures, Metric, find

SIZES = (5, 50, 500, 5000)  # orders a day of all platforms together
EACH, MANY = 4, 24  # merchants of a size, half of them judged in their first year
LINGERS = 3  # days after an event on which its traces are no false alarm
MONTH = 30
OF_SALES = frozenset((Metric.ORDERS, Metric.AOV, Metric.CONVERSION, Metric.NET_SALES, Metric.UNITS))
TELLS = {
    "platform": OF_SALES,
    "stock": OF_SALES,
    "price": OF_SALES,
    "refunds": frozenset((Metric.REFUNDS,)),
    "spend": frozenset((Metric.SPEND,)),
}


@dataclass(slots=True)
class Tally:
    """What came of merchants of one size: quiet days, new alarms on them and those told again, events and how many were found."""

    days: int = 0
    alarms: int = 0
    again: int = 0
    planted: Counter[tuple[str, bool, bool]] = field(default_factory=Counter)  # kind, visible, 4 times the noise
    found: Counter[tuple[str, bool, bool]] = field(default_factory=Counter)
    driven: Counter[bool] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Another merchant's."""
        self.days += other.days
        self.alarms += other.alarms
        self.again += other.again
        self.planted += other.planted
        self.found += Counter(other.found)
        self.driven += other.driven


def measure_anomalies(options: Options) -> Iterator[Line]:
    """A year of each merchant, its events found and its quiet days' alarms; then the time of one large day."""
    each = MANY if options.full else EACH
    tallies = _run(each)
    for size, tally in tallies.items():
        rate = tally.alarms * MONTH / tally.days
        low, high = _rates(tally.alarms, tally.days / MONTH)
        again = f"{tally.again * MONTH / tally.days:.2f} more told again on the days after"
        detail = f"{each} years; 95 % bounds {low:.2f} to {high:.2f}; {again}"
        yield Line(f"false alarms a month, {size:,} orders a day", rate, "", at_most(1), detail)
    yield from _recall(tallies)
    spent = _time()
    yield Line("30 platforms x 400 days, processor time", 1000 * spent, " ms", at_most(1000))


def _recall(tallies: dict[int, Tally]) -> Iterator[Line]:
    whole = sum((tally.planted for tally in tallies.values()), Counter())
    found = sum((tally.found for tally in tallies.values()), Counter())
    planted = sum(number for (_, visible, _), number in whole.items() if visible)
    hit = sum(number for (_, visible, _), number in found.items() if visible)
    yield Line(
        "visible events found", 100 * hit / planted, " %", at_least(90), f"{hit} of {planted}; 95 % bounds {_shares(hit, planted)}"
    )
    for clear, words in ((True, "of 4 times the day's noise"), (False, "of 40 % of 50 a day or more, below that")):
        yield _share(words, [(one, found[one], number) for one, number in whole.items() if one[1] and one[2] is clear])
    for kind in KINDS:
        yield _share(f"{kind}, visible", [(one, found[one], number) for one, number in whole.items() if one[1] and one[0] == kind])
    for size, tally in tallies.items():
        rows = [(one, tally.found[one], number) for one, number in tally.planted.items() if one[1]]
        yield _share(f"visible, {size:,} orders a day", rows)
    yield _share("fainter events", [(one, found[one], number) for one, number in whole.items() if not one[1]])
    driven = sum((tally.driven for tally in tallies.values()), Counter())
    yield Line("drivers named right", 100 * driven[True] / max(driven.total(), 1), " %", None, f"of {driven.total()} found")


def _share(what: str, rows: list[tuple[tuple[str, bool, bool], int, int]]) -> Line:
    hit, planted = sum(row[1] for row in rows), sum(row[2] for row in rows)
    if not planted:
        return Line(f"found {what}", None, "", None, "none was planted")
    return Line(f"found {what}", 100 * hit / planted, " %", None, f"{hit} of {planted}; {_shares(hit, planted)}")


def _run(each: int) -> dict[int, Tally]:
    """All merchants, in as many processes as there are processors."""
    jobs = [(size, number) for number in range(each) for size in SIZES]
    tallies = {size: Tally() for size in SIZES}
    with ProcessPoolExecutor() as pool:
        for (size, _), tally in zip(jobs, pool.map(watch, *zip(*jobs, strict=True)), strict=True):
            tallies[size].add(tally)
    return tallies


def watch(size: int, number: int) -> Tally:
    """Every day of the year that is judged, as it is seen on that day. Even numbers are judged in their first year."""
    made, tally = merchant(f"measure-{size}-{number}", size, second=number % 2 == 1), Tally()
    busy = {day for event in made.events for day in range(event.first, event.last + 1 + LINGERS)}
    hits: dict[Event, Anomaly] = {}
    for index in range(made.first, made.first + YEAR):
        day, accounts = made.on(index)
        found = find(accounts, day)
        if index not in busy:
            tally.days += 1
            tally.alarms += sum(not one.again for one in found)
            tally.again += sum(one.again for one in found)
        for event in made.events:
            if event.first <= index <= event.last:
                for one in found:
                    if _tells(one, event):
                        hits.setdefault(event, one)
    for event in made.events:
        key = (event.kind, event.visible, event.noise >= VISIBLE)
        tally.planted[key] += 1
        tally.found[key] += event in hits
        if event in hits:
            tally.driven[_right(hits[event], event)] += 1
    return tally


def _tells(one: Anomaly, event: Event) -> bool:
    """Whether a finding is of an event: of its account or the whole, of a figure that it moves, in its direction."""
    if one.series.metric not in TELLS[event.kind] or one.series.platform not in (event.account, ""):
        return False
    up = event.size > 1
    return event.kind == "price" or (one.direction == "up") is up


def _right(one: Anomaly, event: Event) -> bool:
    """Whether the driver is what was planted: the platform of the whole, the product out of stock, the rate that moved."""
    if one.series.platform == "":
        return (one.driver.kind, one.driver.name) == ("platform", f"{event.account}/{event.account}")
    if event.kind == "stock":
        return (one.driver.kind, one.driver.name) == ("product", event.product)
    rates = {"platform": ("orders", "visitors"), "price": ("aov",), "refunds": ("refunds",), "spend": ("spend",)}
    return one.driver.kind == "rate" and one.driver.name in rates[event.kind]


def _shares(hit: int, of: int) -> str:
    """Wilson's 95 % bounds of a share."""
    share, z = hit / of, 1.96
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return f"{100 * (middle - reach):.1f} to {100 * (middle + reach):.1f} %"


def _rates(count: int, months: float) -> tuple[float, float]:
    """95 % bounds of a Poisson rate, by Byar."""
    low = count * (1 - 1 / (9 * count) - 1.96 / (3 * sqrt(count))) ** 3 if count else 0.0
    more = count + 1
    return low / months, more * (1 - 1 / (9 * more) + 1.96 / (3 * sqrt(more))) ** 3 / months


def _time() -> float:
    """Seconds of the processor for a day of thirty platforms with 400 days of all six figures."""
    draw, day = Random("time"), date(2026, 11, 11)
    accounts = []
    for number in range(30):
        days: dict[date, DayFigures | None] = {}
        for ago in range(400):
            orders = round(500 * exp(draw.gauss(0, 0.1)))
            gmv, back = round(orders * 9000 * exp(draw.gauss(0, 0.05))), round(orders * 0.05)
            days[day - timedelta(days=ago)] = DayFigures(orders, gmv, 0, back * 9000, back, round(gmv * 0.1), orders * 40)
        accounts.append(Account(f"p{number}", "shop", days))
    began = time.process_time()
    find(accounts, day)
    return time.process_time() - began

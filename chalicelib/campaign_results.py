"""What a campaign brought, reckoned when somebody asks and kept, so that a page need not look up every person again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

import msgspec

from chalicelib.campaign_report import CampaignReport
from chalicelib.config import Config
from chalicelib.days import Days
from chalicelib.domain.lift import Interval
from chalicelib.domain.order import local_day
from chalicelib.errors import Rejected, Retriable
from chalicelib.ports import Clock, Marks
from chalicelib.toolkit.decode import decoder

MOST_FOLLOWED = 2_000  # people whose purchases are looked up one by one while somebody waits
MOST_DAYS = 366
USUAL_DAYS = 90
TRIES = 5


class Between(msgspec.Struct, frozen=True):
    """An estimate with its 95 % interval, in whole units. `clear`: nought lies outside."""

    value: int
    low: int
    high: int
    clear: bool


class Gained(msgspec.Struct, frozen=True):
    """Beyond what those left alone bought anyway. `share` in hundredths of a percentage point; all else in minor units."""

    share: Between
    each: Between
    revenue: int
    margin: int
    offers: int
    messages: int
    profit: int
    profit_low: int
    profit_high: int
    roi_permille: int | None


class Arm(msgspec.Struct, frozen=True):
    """The people of an arm: how many, how many bought, and what they brought (minor units)."""

    people: int
    bought: int
    revenue: int


class Result(msgspec.Struct, frozen=True):
    """Of the people drawn from `first` to `last`, as of `at`. `gained` None: not enough data to say.

    `sent`: (channel, step, messages); `withheld`: (state, reason, messages). `open_until`: so long an order can still count.
    """

    at: datetime
    first: date
    last: date
    currency: str
    conversion_days: int
    open_until: date | None
    versions: int
    drawn: int
    apart: int
    clicked: int
    treated: Arm
    holdout: Arm
    sent: tuple[tuple[str, int, int], ...]
    withheld: tuple[tuple[str, str, int], ...]
    gained: Gained | None


class Reports(Protocol):
    """Makes reports (chalicelib.campaign_report)."""

    def report(self, campaign_key: str, first: date, last: date) -> CampaignReport:
        """Of those drawn from `first` to `last`."""


class CampaignResults:
    """Reckons and keeps."""

    def __init__(self, *, config: Callable[[], Config], reports: Reports, days: Days, marks: Marks, clock: Clock) -> None:
        self._config = config
        self._reports = reports
        self._days = days
        self._marks = marks
        self._clock = clock

    def kept(self, campaign: str) -> Result | None:
        """As it was reckoned last; None where nobody asked yet. One read."""
        stored = self._marks.get(self._config().merchant, f"result#{campaign}")
        return decoder(Result).decode(stored[0]) if stored else None

    def reckon(self, campaign: str, first: date | None, last: date | None) -> Result:
        """Now, and keep it. Without days from the first that it drew, at most USUAL_DAYS back.

        Rejected where the days are none, or more people were drawn in them than can be looked up while somebody waits.
        """
        config = self._config()
        until = last or local_day(self._clock.now(), config.zone)
        since = first or self._first(config, campaign, until)
        if not 0 <= (until - since).days < MOST_DAYS:
            raise Rejected("days-unfit", f"from the first day to the last are 1 to {MOST_DAYS} days", status=409)
        if self._drawn(config, campaign, since, until) > MOST_FOLLOWED:
            raise Rejected("too-many-drawn", f"more than {MOST_FOLLOWED} people: take fewer days", status=409)
        found = _result(self._reports.report(campaign, since, until), self._clock.now())
        self._keep(config.merchant, campaign, found)
        return found

    def _first(self, config: Config, campaign: str, last: date) -> date:
        started = self._marks.get(config.merchant, f"started#{campaign}")
        back = last - timedelta(days=USUAL_DAYS - 1)
        return min(last, max(date.fromisoformat(started[0]), back)) if started else last

    def _drawn(self, config: Config, campaign: str, first: date, last: date) -> int:
        days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
        return sum(sum(self._days.day(config.merchant, day).draws.get(campaign, {}).values()) for day in days)

    def _keep(self, merchant: str, campaign: str, found: Result) -> None:
        name, value = f"result#{campaign}", msgspec.json.encode(found).decode()
        for _ in range(TRIES):
            stored = self._marks.get(merchant, name)
            if self._marks.put(merchant, name, value, expected_version=stored[1] if stored else 0):
                return
        raise Retriable("campaign-contended", f"{TRIES} writers were faster")


def _result(told: CampaignReport, at: datetime) -> Result:
    return Result(
        at=at,
        first=told.first,
        last=told.last,
        currency=told.currency,
        conversion_days=told.conversion_days,
        open_until=told.open_until,
        versions=len(told.versions),
        drawn=told.funnel.drawn,
        apart=told.funnel.apart,
        clicked=told.funnel.clicked,
        treated=Arm(told.treated.members, told.treated.conversions, told.treated.total),
        holdout=Arm(told.holdout.members, told.holdout.conversions, told.holdout.total),
        sent=tuple((channel, step, count) for (channel, step), count in told.funnel.sent.items()),
        withheld=tuple((state, reason, count) for (state, reason), count in told.funnel.reasons.items()),
        gained=_gained(told),
    )


def _gained(told: CampaignReport) -> Gained | None:
    if told.lift is None or told.earned is None or told.profit is None:
        return None
    made = told.earned
    return Gained(
        share=_between(told.lift.conversion, 10_000),
        each=_between(told.lift.revenue, 1),
        revenue=made.revenue,
        margin=made.margin,
        offers=made.offers,
        messages=made.messages,
        profit=made.profit,
        profit_low=told.profit[0],
        profit_high=told.profit[1],
        roi_permille=made.roi_permille,
    )


def _between(told: Interval, scale: int) -> Between:
    value, low, high = (round(each * scale) for each in (told.value, told.low, told.high))
    return Between(value, low, high, clear=told.is_clear)


def funnel(found: Result) -> Sequence[tuple[str, int]]:
    """Steps from drawn to bought, of the people to be written to; names are words of the page."""
    first = sum(count for _, step, count in found.sent if step == 1)
    return (
        ("drawn", found.drawn),
        ("treated", found.treated.people),
        ("sent", first),
        ("clicked", found.clicked),
        ("bought", found.treated.bought),
    )

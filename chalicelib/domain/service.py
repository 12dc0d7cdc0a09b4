"""How a shop serves: what is sent back, what leaves as promised, what reviews say. Pure.

Every ratio has whole numbers above and below, so that those of several accounts and days are added before they are divided.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.facts import Cell, Fact, Row
from chalicelib.domain.metrics import Sums
from chalicelib.domain.order import local_day
from chalicelib.domain.periods import over_at
from chalicelib.domain.ratio import Ratio

KIND = "reviews"
SHELVES = 4  # cells of an account's day, by the review's id: rows are small, and most days are of a few
MOST_STARS = 5


@dataclass(frozen=True, slots=True)
class ReviewImage:
    """A stored review as the stream shows it. `told`: its plain fields; `millis`: the time of the telling, 0 where nobody says."""

    merchant: str
    platform: str
    account: str
    review_id: str
    version: int
    told: Mapping[str, Any]
    millis: int

    @property
    def row(self) -> str:
        """Its row."""
        return self.review_id


class Voice(msgspec.Struct, omit_defaults=True):
    """Reviews of a span of days as they stand now, by the day they were written. Adding is exact, commutative, associative.

    `reviews`: written by buyers and not withdrawn, with or without stars; `stars` of these, from 1 to 5. `default`: praise that the
    platform writes where a buyer says nothing; `follow_ups`: what was added to a review later; `deleted`: withdrawn or hidden. None
    of the three is among `reviews`.
    """

    reviews: int = 0
    stars: list[int] = msgspec.field(default_factory=lambda: [0] * MOST_STARS)
    default: int = 0
    follow_ups: int = 0
    deleted: int = 0

    def add(self, other: Voice) -> None:
        """Add another set's."""
        self.reviews += other.reviews
        self.stars = [mine + theirs for mine, theirs in zip(self.stars, other.stars, strict=True)]
        self.default += other.default
        self.follow_ups += other.follow_ups
        self.deleted += other.deleted

    @property
    def score(self) -> Ratio:
        """The mean of the stars; hundredths of a star are `score.scaled(100)`."""
        return Ratio(sum(stars * count for stars, count in enumerate(self.stars, 1)), sum(self.stars))


def review_fact(image: ReviewImage, zone: ZoneInfo) -> Fact | None:
    """A review's row, on the day it was written; without one, as in a word that it was withdrawn, on that of the telling."""
    told = image.told
    at = _moment(told.get("created_at")) or (datetime.fromtimestamp(image.millis / 1000, UTC) if image.millis else None)
    if at is None:
        return None
    shelf = hashlib.sha256(image.review_id.encode()).digest()[0] % SHELVES
    cell = Cell(image.merchant, local_day(at, zone), KIND, image.platform, image.account, shelf)
    flags = {"d": told.get("deleted"), "p": told.get("platform_default"), "f": told.get("follow_up_of") is not None}
    return Fact(cell, image.review_id, {"s": told.get("rating")} | {name: 1 for name, flag in flags.items() if flag})


def sum_voices(rows: Iterable[Row]) -> Voice:
    """What the rows of a cell come to."""
    voice = Voice()
    for row in rows:
        if "d" in row:
            voice.deleted += 1
        elif "p" in row:
            voice.default += 1
        elif "f" in row:
            voice.follow_ups += 1
        else:
            voice.reviews += 1
            if row["s"] in range(1, MOST_STARS + 1):
                voice.stars[row["s"] - 1] += 1
    return voice


def refunded_orders(sums: Iterable[Sums]) -> Ratio:
    """Of the orders of a span by their own days: how many were refunded so far, in part or whole. Of all currencies."""
    refunded = orders = 0
    for each in sums:
        refunded += each.refunded_orders
        orders += each.orders
    return Ratio(refunded, orders)


def refunded_money(sums: Sums) -> Ratio:
    """Of what these orders came to: how much was refunded so far. In one currency, both with tax and shipping."""
    return Ratio(sums.refunded_own, sums.gmv)


@dataclass(frozen=True, slots=True)
class Promised:
    """An account's day: orders that were to leave within `hours` of being paid."""

    day: date
    hours: int
    sums: Sums


def shipped_in_time(promised: Iterable[Promised], now: datetime, zone: ZoneInfo) -> Ratio:
    """Of the orders that left or are overdue: how many left in time.

    Waiting orders are overdue once the whole day's have to have left. Until then nobody can say, and they are in neither number.
    """
    in_time = due = 0
    for each in promised:
        in_time += each.sums.on_time(each.hours)
        due += each.sums.shipped
        if over_at(each.day, zone) + timedelta(hours=each.hours) <= now:
            due += each.sums.waiting
    return Ratio(in_time, due)


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(str(text).replace("Z", "+00:00")) if text else None

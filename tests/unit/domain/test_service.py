"""Service in figures: ratios of sums, what is overdue, stars."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.metrics import Sums
from chalicelib.domain.ratio import Ratio
from chalicelib.domain.service import (
    Promised,
    ReviewImage,
    Voice,
    refunded_money,
    refunded_orders,
    review_fact,
    shipped_in_time,
    sum_voices,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 20)


def fact(millis: int = 0, **told: Any) -> Any:
    """A review's row."""
    return review_fact(ReviewImage("demo", "taobao", "acme", "r1", 3, told, millis), SHANGHAI)


def test_a_review_lies_on_the_merchant_s_day_on_which_it_was_written() -> None:
    late = fact(created_at="2026-11-20T16:30:00Z", rating=4)
    assert (late.cell.day, late.cell.kind, late.row, late.doc) == (date(2026, 11, 21), "reviews", "r1", {"s": 4})
    assert fact(created_at="2026-11-20T15:30:00Z").cell.day == DAY
    assert fact(int(datetime(2026, 11, 19, 16, tzinfo=UTC).timestamp() * 1000), deleted=True).cell.day == DAY
    assert fact(rating=4) is None


def test_praise_by_the_platform_what_was_added_and_what_is_gone_are_told_apart() -> None:
    at = "2026-11-20T04:00:00Z"
    told: list[dict[str, Any]] = [
        {"rating": 5},
        {"rating": 2},
        {"rating": None},
        {"rating": 9},  # of no scale that is known: a review, without stars
        {"rating": 5, "platform_default": True},
        {"rating": 1, "deleted": True, "platform_default": True},
        {"rating": 1, "follow_up_of": "r0"},
    ]
    voice = sum_voices(fact(created_at=at, **each).doc for each in told)
    assert voice == Voice(reviews=4, stars=[0, 1, 0, 0, 1], default=1, follow_ups=1, deleted=1)
    assert voice.score == Ratio(7, 2) and voice.score.scaled(100) == 350
    assert Voice().score.scaled(100) is None


def test_voices_add_up() -> None:
    whole, empty = Voice(3, [1, 0, 0, 0, 2], 4, 1, 2), Voice()
    empty.add(whole)
    empty.add(whole)
    assert empty == Voice(6, [2, 0, 0, 0, 4], 8, 2, 4) and whole.stars == [1, 0, 0, 0, 2]


def test_refunds_are_those_of_the_orders_of_the_span() -> None:
    sums = [Sums(orders=40, gmv=10_000, refunded_orders=3, refunded_own=700, refunds=99_999), Sums(orders=10, refunded_orders=1)]
    assert refunded_orders(sums) == Ratio(4, 50)
    assert refunded_money(sums[0]) == Ratio(700, 10_000)
    assert refunded_orders([]).permille() is None and refunded_money(Sums()).permille() is None


@pytest.mark.parametrize(("after", "due"), [(timedelta(0), 17), (-timedelta(seconds=1), 10)])
def test_waiting_orders_are_late_once_all_of_their_day_have_to_have_left(after: timedelta, due: int) -> None:
    sums = Sums(ship_hours={1: 4, 24: 3, 25: 2, 200: 1}, waiting=7)
    promise_ends = datetime(2026, 11, 21, 16, tzinfo=UTC)  # a day after midnight in Shanghai
    assert shipped_in_time([Promised(DAY, 24, sums)], promise_ends + after, SHANGHAI) == Ratio(7, due)


def test_accounts_have_promises_of_their_own() -> None:
    days = [Promised(DAY, 24, Sums(ship_hours={30: 1})), Promised(DAY, 48, Sums(ship_hours={30: 1}))]
    assert shipped_in_time(days, datetime(2026, 11, 21, tzinfo=UTC), SHANGHAI) == Ratio(1, 2)
    assert shipped_in_time([], datetime(2026, 11, 21, tzinfo=UTC), SHANGHAI).permille() is None

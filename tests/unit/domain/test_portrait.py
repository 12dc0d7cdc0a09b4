"""Purchases from orders, their row and back, and the portrait that follows from them under the merchant's terms."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as some

from chalicelib.domain.facts import MemberOrder
from chalicelib.domain.lifecycle import Stage, Tier
from chalicelib.domain.portrait import Points, Terms, portrait_of, portraits_of, worth
from chalicelib.domain.purchases import NO_DAY, Purchases, member_cell, purchases_in, purchases_of, row_of
from chalicelib.domain.rates import Rate, Rates
from chalicelib.domain.rfm import Histograms, Scales, Score, Standing

DAY = date(2026, 1, 1)
RATES = Rates("CNY", (Rate("USD", 71, 1, DAY, "test"), Rate("USD", 72, 1, DAY + timedelta(days=50), "test")))
TERMS = Terms(RATES, tiers=(Tier("silver", 10_000), Tier("gold", 50_000, 3), Tier("black", 90_000, 4)))


def row(
    order: int, day: int, *, net: int = 10_000, currency: str = "CNY", platform: str = "shopify", counts: bool = True
) -> MemberOrder:
    return MemberOrder("m", platform, "acme", str(order), DAY + timedelta(days=day), counts, currency, net)


ROWS = [
    row(1, 0),
    row(2, 0, net=500, platform="douyin"),
    row(3, 40, currency="USD", net=1000),
    row(4, 60, currency="USD"),
    row(5, 60),
]


def bought(*rows: MemberOrder) -> Purchases:
    found = purchases_of(rows)
    assert found
    return found


def scales(*members: Purchases) -> Scales:
    counted = Histograms()
    for each in members:
        counted.add(Standing(each.days[-1], len(each.days), worth(each, RATES)[0]))
    return Scales(counted)


def test_orders_of_a_day_are_one_purchase_and_each_day_has_its_own_rate() -> None:
    found = bought(*ROWS, row(6, 90, counts=False))
    assert found.days == (DAY, DAY + timedelta(days=40), DAY + timedelta(days=60))
    assert worth(found, RATES) == (10_500 + 7_100 + 72_000 + 10_000, ())
    assert worth(found, RATES, DAY + timedelta(days=40)) == (82_000, ())
    assert (found.platforms, found.last_platform) == (("douyin", "shopify"), "shopify")
    assert purchases_of([row(6, 90, counts=False)]) is None


def test_what_has_no_rate_is_named_and_not_added() -> None:
    found = bought(*ROWS, row(7, 70, currency="EUR"), row(8, 71, currency="GBP"))
    assert worth(found, RATES) == (99_600, ("EUR", "GBP"))
    portrait = portrait_of("m", found, DAY + timedelta(days=80), scales(found), TERMS)
    assert (portrait.money, portrait.unrated, len(portrait.days)) == (99_600, ("EUR", "GBP"), 5)


@given(some.lists(some.tuples(some.integers(-900, 900), some.integers(-(10**9), 10**9), some.sampled_from(["CNY", "USD", "JPY"]),
    some.sampled_from(["shopify", "douyin", "taobao"])), min_size=1, max_size=12))  # fmt: skip
def test_a_row_says_what_the_orders_said_whatever_their_order(orders: list[tuple[int, int, str, str]]) -> None:
    rows = [row(n, day, net=net, currency=cur, platform=where) for n, (day, net, cur, where) in enumerate(orders)]
    found = bought(*rows)
    assert purchases_in(json.loads(json.dumps(row_of(found)))) == found
    assert bought(*Random(1).sample(rows, len(rows))) == found


def test_a_portrait_by_hand() -> None:
    found = bought(*ROWS)
    others = [bought(row(n, day, net=net)) for n, (day, net) in enumerate([(-300, 100), (-200, 200), (-100, 300), (-50, 400)])]
    today = DAY + timedelta(days=100)
    portrait = portrait_of("m", found, today, scales(found, *others), replace(TERMS, points=Points(15, 1)))
    assert portrait.score == Score(5, 5, 5)
    assert portrait.segment == "champions"
    assert portrait.stage == Stage("cooling", DAY + timedelta(days=110))  # gaps of 40 and 20 days: by the lower, cool at 30
    assert portrait.tier == "gold"
    assert portrait.points == 1_494  # 996.00 at 1.5
    assert portrait.platforms == {"shopify", "douyin"}
    later = portrait_of("m", found, DAY + timedelta(days=400), scales(found, *others), TERMS)
    assert (later.tier, later.stage.state, later.points, later.money) == ("silver", "lost", None, 99_600)


def test_many_portraits_are_those_of_each() -> None:
    draw = Random(4)
    members = [
        (str(number), bought(*(row(n, draw.randint(0, 300), net=draw.randint(-100, 90_000)) for n in range(draw.randint(1, 9)))))
        for number in range(400)
    ]
    known = scales(*(each for _, each in members[::2]))  # the others have values that nobody had when the scales were made
    today = DAY + timedelta(days=310)
    assert list(portraits_of(members, today, known, TERMS)) == [portrait_of(*each, today, known, TERMS) for each in members]


def test_member_cells_come_after_those_of_any_day() -> None:
    assert member_cell("demo", 3).day == NO_DAY > date(2999, 12, 31)

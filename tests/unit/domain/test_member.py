"""Profiles from rows, people rows from visits, and who is held out."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from chalicelib.domain.facts import MemberOrder
from chalicelib.domain.member import DUE_BUCKETS, Profile, Visit, due_bucket, holdout, people_rows, profile_of
from tests.kit.faults import Told

IDS = [f"member-{number}" for number in range(100_000)]


def row(order: int, day: int, *, net: int = 100, currency: str = "USD", counts: bool = True, account: str = "a") -> MemberOrder:
    return MemberOrder("m", "shopify", account, str(order), date(2026, 1, 1) + timedelta(days=day), counts, currency, net)


def test_a_profile_is_the_same_from_rows_in_any_order() -> None:
    dice = random.Random(3)
    rows = [row(n, dice.randrange(9), net=n, currency=dice.choice(["USD", "CNY"]), counts=n % 4 > 0) for n in range(20)]
    whole = profile_of(rows)
    for _ in range(50):
        dice.shuffle(rows)
        assert profile_of(rows) == whole
    assert whole.orders == 15
    assert sum(whole.net.values()) == sum(n for n in range(20) if n % 4)


def test_rows_that_do_not_count_contribute_nothing() -> None:
    assert profile_of([row(1, 1, counts=False)]) == Profile()
    assert profile_of([row(1, 1, counts=False), row(2, 5)]) == profile_of([row(2, 5)])


def test_a_late_older_order_moves_the_first_purchase() -> None:
    before = profile_of([row(2, 5)])
    after = profile_of([row(2, 5), row(1, 2)])
    assert before.visits ^ after.visits == {
        Visit("shopify", "a", date(2026, 1, 6), True),
        Visit("shopify", "a", date(2026, 1, 6), False),
        Visit("shopify", "a", date(2026, 1, 3), True),
    }
    flags = people_rows("m", after.visits, 0)
    assert sorted((cell.day, new) for cell, new in flags.items()) == [(date(2026, 1, 3), True), (date(2026, 1, 6), False)]


def test_several_orders_of_a_day_at_one_account_are_one_visit() -> None:
    assert len(profile_of([row(1, 1), row(2, 1), row(3, 1, account="b")]).visits) == 2


@pytest.mark.fault(61)
def test_the_holdout_is_a_tenth_sticky_and_independent_between_campaigns(fault: Told) -> None:
    first = {member for member in IDS if holdout("demo", "back30", member, 100)}
    second = {member for member in IDS if holdout("demo", "back60", member, 100)}
    elsewhere = {member for member in IDS if holdout("other", "back30", member, 100)}
    for arm in (first, second, elsewhere):
        assert 9_500 <= len(arm) <= 10_500
    assert first == {member for member in IDS if holdout("demo", "back30", member, 100)}
    for other in (second, elsewhere):
        assert 900 <= len(first & other) <= 1_100  # a hundredth would be in both by chance alone
    fault.figure(f"{len(first) / len(IDS):.2%} of {len(IDS):,} held out")


@pytest.mark.fault(61)
def test_the_holdout_grows_with_its_share_and_never_swaps_members() -> None:
    some = IDS[:5_000]
    small, large = ({m for m in some if holdout("demo", "c", m, share)} for share in (50, 200))
    assert small < large
    assert not any(holdout("demo", "c", member, 0) for member in some)
    assert all(holdout("demo", "c", member, 1000) for member in some)


def test_the_due_index_is_spread_evenly() -> None:
    counts = [0] * DUE_BUCKETS
    for member in IDS[:32_000]:
        counts[due_bucket(member)] += 1
    assert min(counts) > 1_800
    assert max(counts) < 2_200

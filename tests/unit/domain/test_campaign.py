"""Campaigns as data: whom they mean, when they are due, what they may cost, and what they are called."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.campaign import Audience, Campaign, Offer, Schedule, Step
from chalicelib.domain.lifecycle import Stage
from chalicelib.domain.portrait import Portrait
from chalicelib.domain.rfm import Score

DAY = date(2026, 11, 20)  # a Friday
SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
MEMBER = Portrait(
    member="m",
    days=(date(2026, 9, 1), date(2026, 10, 1)),
    money=50_000,
    score=Score(2, 3, 4),
    segment="at_risk",
    stage=Stage("silent", None),
    tier="gold",
    platforms=frozenset({"shopify", "douyin"}),
    last_platform="douyin",
)
CAMPAIGN = Campaign("back", 30, 14, 100, 1000, (Step("winback", ("wecom", "email")), Step("winback_second", ("email", "sms"), 8)))


@pytest.mark.parametrize(
    ("audience", "objection"),
    [
        (Audience(), None),
        (Audience(segments=frozenset({"at_risk", "lost"})), None),
        (Audience(segments=frozenset({"champions"})), "segment"),
        (Audience(states=frozenset({"silent"})), None),
        (Audience(states=frozenset({"new"})), "state"),
        (Audience(tiers=frozenset({"gold"})), None),
        (Audience(tiers=frozenset({"silver"})), "tier"),
        (Audience(platforms=frozenset({"shopify", "wechat"})), None),
        (Audience(platforms=frozenset({"wechat"})), "platform"),
        (Audience(value_from=50_000), None),
        (Audience(value_from=50_001), "value"),
        (Audience(value_until=50_001), None),
        (Audience(value_until=50_000), "value"),
        (Audience(value_from=50_000, value_until=50_001, tiers=frozenset({"gold"}), states=frozenset({"lost"})), "state"),
    ],
)
def test_whom_an_audience_means(audience: Audience, objection: str | None) -> None:
    assert audience.objection(MEMBER) == objection


def test_who_reached_no_tier_is_in_none() -> None:
    assert Audience(tiers=frozenset({"gold"})).objection(replace(MEMBER, tier=None)) == "tier"


def at(day: int, hour: int, minute: int = 0, zone: ZoneInfo = SHANGHAI, month: int = 11) -> datetime:
    """A local time of 2026, as UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("schedule", "now", "due"),
    [
        (Schedule(), at(20, 12), at(20, 12)),
        (Schedule(at=time(10)), at(20, 8), at(20, 10)),
        (Schedule(at=time(10)), at(20, 10), at(20, 10)),
        (Schedule(at=time(10)), at(20, 23, 59), at(20, 23, 59)),  # the day is open until it ends
        (Schedule(frozenset({4})), at(20, 12), at(20, 12)),
        (Schedule(frozenset({0, 2})), at(20, 12), at(23, 0)),  # from Friday to Monday
        (Schedule(frozenset({3})), at(20, 12), at(26, 0)),  # to next week's Thursday
        (Schedule(frozenset({0}), time(10)), at(20, 12), at(23, 10)),
        (Schedule(frozenset({4}), time(10)), at(20, 9), at(20, 10)),
        (Schedule(frozenset({5})), at(20, 23, 59), at(21, 0)),
    ],
)
def test_when_a_message_becomes_due(schedule: Schedule, now: datetime, due: datetime) -> None:
    assert schedule.due(now, SHANGHAI) == due


def test_the_day_is_the_merchants_and_not_that_of_utc() -> None:
    friday_in_utc = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)  # Saturday in Shanghai, Friday in New York
    saturdays = Schedule(frozenset({5}))
    assert saturdays.due(friday_in_utc, SHANGHAI) == friday_in_utc
    assert saturdays.due(friday_in_utc, NEW_YORK) == at(21, 0, zone=NEW_YORK)


def test_clocks_that_change() -> None:
    """In New York the hour from two is left out on 8 March, and comes twice on 1 November."""
    gap = Schedule(at=time(2, 30)).due(at(8, 0, zone=NEW_YORK, month=3), NEW_YORK)
    assert gap.astimezone(NEW_YORK).time() == time(3, 30)
    fold = Schedule(at=time(1, 30)).due(at(1, 0, zone=NEW_YORK), NEW_YORK)
    assert fold == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # the first of the two
    for month, day in ((3, 7), (10, 31)):  # a day before the change: ten o'clock is ten o'clock
        due = Schedule(at=time(10)).due(at(day, 23, zone=NEW_YORK, month=month) + timedelta(hours=2), NEW_YORK)
        assert due.astimezone(NEW_YORK).time() == time(10)


def test_every_moment_of_a_year_has_a_due_time_that_fits() -> None:
    schedule = Schedule(frozenset({1, 5}), time(9, 30))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    while now.year == 2026:
        due = schedule.due(now, NEW_YORK)
        local = due.astimezone(NEW_YORK)
        assert due >= now and due - now <= timedelta(days=7)
        assert local.weekday() in schedule.weekdays and local.time() >= time(9, 30)
        now += timedelta(hours=7)


def test_the_days_of_drawing() -> None:
    schedule = Schedule(starts=DAY, ends=DAY + timedelta(days=1))
    found = [schedule.is_open(DAY + timedelta(days=ahead)) for ahead in (-1, 0, 1, 2)]
    assert found == [False, True, True, False]
    assert Schedule().is_open(DAY)


def test_the_warm_up_grows_evenly_to_the_cap() -> None:
    warm = replace(CAMPAIGN, daily_cap=1000, warm_up_days=4)
    assert [warm.cap_on(DAY + timedelta(days=gone), DAY) for gone in range(-1, 6)] == [200, 200, 400, 600, 800, 1000, 1000]
    assert warm.cap_on(DAY, None) == 200, "nobody was drawn yet"
    assert replace(warm, daily_cap=3).cap_on(DAY, DAY) == 1, "never none at all"
    assert CAMPAIGN.cap_on(DAY, DAY) == 1000


def test_what_a_message_costs_at_most() -> None:
    priced = replace(CAMPAIGN, message_costs={"sms": 5}, offer=Offer(code="BACK", cost=1000))
    assert [priced.cost_of(channel) for channel in ("sms", "email")] == [1005, 1000]
    assert CAMPAIGN.cost_of("sms") == 0


def test_its_channels_in_order_each_once() -> None:
    assert CAMPAIGN.channels == ("wecom", "email", "sms")


EDITS: dict[str, Any] = {
    "key": "other",
    "silent_days": 31,
    "window_days": 15,
    "holdout_permille": 101,
    "daily_cap": 1001,
    "steps": (Step("winback"),),
    "occasion": "rhythm",
    "audience": Audience(segments=frozenset({"lost"})),
    "offer": Offer(code="BACK"),
    "schedule": Schedule(weekdays=frozenset({1})),
    "shop_url": "https://example.com",
    "warm_up_days": 1,
    "budget": 1,
    "message_costs": {"sms": 1},
    "margin_permille": 999,
    "conversion_days": 29,
    "expires_days": 8,
    "remind_pool": "vip",
}


def test_every_edit_makes_another_version_and_the_switch_does_not() -> None:
    assert {each.name for each in fields(Campaign)} - {"enabled"} == set(EDITS)
    versions = {replace(CAMPAIGN, **{name: value}).version for name, value in EDITS.items()}
    assert len(versions | {CAMPAIGN.version}) == len(EDITS) + 1
    assert replace(CAMPAIGN, enabled=False).version == CAMPAIGN.version


def test_the_same_content_has_the_same_version_however_it_is_held() -> None:
    names = ["champions", "loyal", "potential", "new", "at_risk", "cannot_lose", "hibernating", "lost"]
    one = replace(CAMPAIGN, audience=Audience(segments=frozenset(names)), message_costs={"sms": 1, "email": 2})  # type: ignore[arg-type]
    other = replace(
        CAMPAIGN,
        audience=Audience(segments=frozenset(reversed(names))),  # type: ignore[arg-type]
        message_costs=MappingProxyType({"email": 2, "sms": 1}),
    )
    assert one.version == other.version
    assert len(one.version) == 12

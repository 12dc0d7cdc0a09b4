"""The gate: each rule both ways, its weight, and quiet hours over a year of thirty zones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.gate import RULES, STALE_AFTER, Question, Verdict, Way, all_quiet_until, decide, quiet_until
from tests.kit.faults import Told

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # noon in Shanghai
LATE = NOON + timedelta(hours=10)  # ten in the evening
SHANGHAI = ZoneInfo("Asia/Shanghai")
OPEN = Way("email", allowed=True, reachable=True, suppressed=None, consent=True)
YES = Question(
    now=NOON,
    zones=(SHANGHAI,),
    sending_enabled=True,
    campaign_enabled=True,
    holdout=False,
    ordered_since=False,
    rivalled=False,
    last_day=date(2026, 10, 1),
    today=date(2026, 11, 20),
    silent_days=30,
    sent_within_cap=0,
    cap=1,
    quiet_from=time(21, 0),
    quiet_until=time(9, 0),
    projected_at=NOON - timedelta(minutes=1),
    ways=(OPEN,),
    expires_at=NOON + timedelta(days=1),
)


def by(**changes: Any) -> Question:
    """The question with another way."""
    return replace(YES, ways=(replace(OPEN, **changes),))


NO: tuple[tuple[str, Question, Verdict], ...] = (
    ("campaign", replace(YES, campaign_enabled=False), Verdict.CANCEL),
    ("holdout", replace(YES, holdout=True), Verdict.SUPPRESS),
    ("projector", replace(YES, projected_at=None), Verdict.DEFER),
    ("projector", replace(YES, projected_at=NOON - STALE_AFTER - timedelta(seconds=1)), Verdict.DEFER),
    ("lapsed", replace(YES, last_day=None), Verdict.CANCEL),
    ("lapsed", replace(YES, last_day=date(2026, 10, 22)), Verdict.CANCEL),
    ("ordered", replace(YES, ordered_since=True), Verdict.CANCEL),
    ("merged", replace(YES, rivalled=True), Verdict.CANCEL),
    ("sequence", replace(YES, before="unsaid"), Verdict.CANCEL),
    ("sequence", replace(YES, before="waits"), Verdict.DEFER),
    ("expired", replace(YES, expires_at=NOON), Verdict.CANCEL),
    ("approval", replace(YES, approved=False), Verdict.DEFER),
    ("platform_policy", by(allowed=False), Verdict.SUPPRESS),
    ("address", by(reachable=False), Verdict.SUPPRESS),
    ("suppression", by(suppressed="complaint"), Verdict.SUPPRESS),
    ("consent", by(consent=None), Verdict.SUPPRESS),
    ("consent", by(consent=False), Verdict.SUPPRESS),
    ("permission", by(permitted=False), Verdict.SUPPRESS),
    ("channel_cap", by(cap=2, sent_within_cap=2), Verdict.SUPPRESS),
    ("budget", by(affordable=False), Verdict.SUPPRESS),
    ("halted", by(halted="bounces"), Verdict.DEFER),
    ("frequency_cap", replace(YES, sent_within_cap=1), Verdict.SUPPRESS),
    ("frequency_cap", replace(YES, sent_within_cap=1, is_later=True), Verdict.DEFER),
    ("sending_off", replace(YES, sending_enabled=False), Verdict.DEFER),
    ("quiet_hours", replace(YES, now=LATE, projected_at=LATE, expires_at=None), Verdict.DEFER),
)
ORDER = (
    "campaign", "holdout", "expired", "projector", "lapsed", "ordered", "merged", "sequence", "platform_policy", "address",
    "suppression", "consent", "permission", "channel_cap", "budget", "halted", "frequency_cap", "sending_off", "approval",
    "quiet_hours",
)  # fmt: skip
ZONES = (
    "UTC", "Asia/Shanghai", "Asia/Tokyo", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran", "Asia/Jerusalem", "Asia/Beirut",
    "Africa/Cairo", "Africa/Casablanca", "Europe/London", "Europe/Dublin", "Europe/Berlin", "Europe/Moscow", "Europe/Istanbul",
    "Atlantic/Azores", "America/New_York", "America/Chicago", "America/Los_Angeles", "America/St_Johns", "America/Sao_Paulo",
    "America/Santiago", "America/Asuncion", "America/Havana", "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland",
    "Pacific/Chatham", "Pacific/Apia", "Pacific/Kiritimati",
)  # fmt: skip
WINDOWS = (
    (time(21, 0), time(9, 0)),
    (time(22, 30), time(2, 30)),  # ends in the gap of many zones
    (time(23, 45), time(0, 30)),  # Beirut, Havana and Santiago change at midnight
    (time(1, 15), time(3, 0)),
    (time(9, 0), time(21, 0)),
)


def test_all_rules_agreed_sends_and_keeps_every_answer() -> None:
    decision = decide(YES)
    assert (decision.verdict, decision.reason, decision.again_at) == (Verdict.SEND, "ok", None)
    assert decision.rules == tuple((name, "ok") for name in ORDER)


@pytest.mark.parametrize(("rule", "question", "verdict"), NO)
def test_each_rule_alone_withholds_the_message(rule: str, question: Question, verdict: Verdict) -> None:
    decision = decide(question)
    assert (decision.verdict, decision.reason) == (verdict, rule)
    assert dict(decision.rules)[rule] == verdict
    assert [name for name, answer in decision.rules if answer != "ok"] == [rule]
    assert (decision.again_at is not None) == (verdict is Verdict.DEFER)
    assert decision.again_at is None or decision.again_at > question.now


def test_every_rule_of_the_gate_has_a_no_in_this_table() -> None:
    assert ORDER == RULES
    assert {name for name, _, _ in NO} == set(ORDER)


def test_the_first_objection_by_weight_decides() -> None:
    nowhere = Way("email", False, False, "x", False, permitted=False, sent_within_cap=1, cap=1, affordable=False, halted="x")
    question = replace(
        YES, campaign_enabled=False, holdout=True, projected_at=None, last_day=None, ways=(nowhere,), sent_within_cap=9,
        approved=False, sending_enabled=False, now=LATE, ordered_since=True, rivalled=True, before="unsaid", expires_at=LATE,
    )  # fmt: skip
    heal: dict[str, Callable[[Question], Question]] = {
        "campaign": lambda q: replace(q, campaign_enabled=True),
        "holdout": lambda q: replace(q, holdout=False),
        "expired": lambda q: replace(q, expires_at=None),
        "projector": lambda q: replace(q, projected_at=q.now),
        "lapsed": lambda q: replace(q, last_day=YES.last_day),
        "ordered": lambda q: replace(q, ordered_since=False),
        "merged": lambda q: replace(q, rivalled=False),
        "sequence": lambda q: replace(q, before="said"),
        "platform_policy": lambda q: opened(q, allowed=True),
        "address": lambda q: opened(q, reachable=True),
        "suppression": lambda q: opened(q, suppressed=None),
        "consent": lambda q: opened(q, consent=True),
        "permission": lambda q: opened(q, permitted=True),
        "channel_cap": lambda q: opened(q, cap=None),
        "budget": lambda q: opened(q, affordable=True),
        "halted": lambda q: opened(q, halted=None),
        "frequency_cap": lambda q: replace(q, sent_within_cap=0),
        "approval": lambda q: replace(q, approved=True),
        "sending_off": lambda q: replace(q, sending_enabled=True),
        "quiet_hours": lambda q: replace(q, quiet_from=time(0), quiet_until=time(0)),
    }
    for name in ORDER:
        assert decide(question).reason == name
        question = heal[name](question)
    assert decide(question).verdict is Verdict.SEND


def opened(question: Question, **changes: Any) -> Question:
    """The question with its one way changed."""
    return replace(question, ways=(replace(question.ways[0], **changes),))


def test_the_first_channel_that_nothing_speaks_against_is_taken() -> None:
    sms, mail = replace(OPEN, channel="sms"), OPEN
    assert decide(replace(YES, ways=(sms, mail))).channel == "sms"
    fallen = decide(replace(YES, ways=(replace(sms, consent=None), mail)))
    assert (fallen.verdict, fallen.channel) == (Verdict.SEND, "email")
    assert fallen.rules[-2:] == (("way:sms", "consent"), ("way:email", "ok"))


def test_of_channels_that_all_are_closed_the_one_that_came_furthest_says_why() -> None:
    ways = (
        replace(OPEN, channel="wecom", reachable=False),
        replace(OPEN, consent=False),
        replace(OPEN, channel="sms", reachable=False),
    )
    decision = decide(replace(YES, ways=ways))
    assert (decision.verdict, decision.reason, decision.channel) == (Verdict.SUPPRESS, "consent", None)
    halted = decide(replace(YES, ways=(replace(OPEN, halted="bounces"), replace(OPEN, channel="sms", consent=None))))
    assert (halted.verdict, halted.reason) == (Verdict.DEFER, "halted")


@pytest.mark.fault(54)
def test_it_has_to_be_quiet_in_none_of_the_zones_a_person_may_be_in() -> None:
    america = tuple(ZoneInfo(name) for name in ("America/New_York", "America/Los_Angeles", "Pacific/Honolulu"))
    morning = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # ten in New York, seven in Los Angeles, five in Honolulu
    quiet = (time(21, 0), time(9, 0))
    assert all_quiet_until(morning, america, *quiet) == datetime(2026, 11, 20, 19, 0, tzinfo=UTC)  # nine in Honolulu
    assert all_quiet_until(morning + timedelta(hours=5), america, *quiet) is None
    decision = decide(replace(YES, now=morning, projected_at=morning, zones=america, expires_at=None))
    assert (decision.verdict, decision.again_at) == (Verdict.DEFER, datetime(2026, 11, 20, 19, 0, tzinfo=UTC))


def test_zones_without_a_common_waking_hour_are_asked_again_within_days() -> None:
    opposite = (ZoneInfo("Etc/GMT-12"), ZoneInfo("Etc/GMT"))
    ends = all_quiet_until(NOON, opposite, time(21, 0), time(9, 30))
    assert ends is not None and timedelta(0) < ends - NOON < timedelta(days=4)


def test_exactly_at_the_limits() -> None:
    assert decide(replace(YES, last_day=date(2026, 10, 21))).verdict is Verdict.SEND  # 30 days to the day
    assert decide(replace(YES, projected_at=NOON - STALE_AFTER)).verdict is Verdict.SEND


@pytest.mark.fault(54)
@pytest.mark.parametrize(
    ("start", "end", "clock", "quiet"),
    [
        (time(21), time(9), time(20, 59), False),
        (time(21), time(9), time(21, 0), True),
        (time(21), time(9), time(0, 0), True),
        (time(21), time(9), time(8, 59), True),
        (time(21), time(9), time(9, 0), False),
        (time(12), time(14), time(11, 59), False),
        (time(12), time(14), time(12, 0), True),
        (time(12), time(14), time(14, 0), False),
        (time(12), time(12), time(12, 0), False),
        (time(0), time(0), time(0, 0), False),
        (time(0), time(9), time(0, 0), True),
        (time(21), time(0), time(23, 59), True),
        (time(21), time(0), time(0, 0), False),
    ],
)
def test_the_window_holds_its_start_and_not_its_end(start: time, end: time, clock: time, quiet: bool) -> None:
    now = datetime.combine(date(2026, 11, 20), clock, SHANGHAI).astimezone(UTC)
    until = quiet_until(now, SHANGHAI, start, end)
    assert (until is not None) is quiet
    if until:
        assert until.astimezone(SHANGHAI).time() == end


@pytest.mark.fault(54)
def test_an_end_in_a_gap_is_where_the_gap_ends_and_one_in_a_fold_is_the_later() -> None:
    york = ZoneInfo("America/New_York")
    spring = datetime(2026, 3, 8, 6, 30, tzinfo=UTC)  # 01:30 EST; 02:00 to 03:00 does not exist
    assert quiet_until(spring, york, time(22, 0), time(2, 30)) == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
    autumn = datetime(2026, 11, 1, 5, 15, tzinfo=UTC)  # 01:15 EDT; 01:30 comes twice
    assert quiet_until(autumn, york, time(22, 0), time(1, 30)) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def _inside(local: time, start: time, end: time) -> bool:
    """Independent of the gate: minutes of the day in a set."""
    first, last = start.hour * 60 + start.minute, end.hour * 60 + end.minute
    minutes = {minute % 1440 for minute in range(first, last if last >= first else last + 1440)}
    return local.hour * 60 + local.minute in minutes


def sends_inside(zones: Sequence[str]) -> tuple[int, int]:
    """Of messages due at some instants of every day of a year: how many go inside the window, and how many waited."""
    inside = waits = 0
    windows = [(start, end, [_inside(time(m // 60, m % 60), start, end) for m in range(1440)]) for start, end in WINDOWS]
    for name in zones:
        zone = ZoneInfo(name)
        for day in range(366):
            for step in range(5):
                due = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day, minutes=step * 288 + (day * 37) % 288)
                for start, end, quiet in windows:
                    until = quiet_until(due, zone, start, end)
                    sent = until or due
                    waits += until is not None
                    assert due <= sent <= due + timedelta(hours=26)
                    local = sent.astimezone(zone)
                    inside += quiet[local.hour * 60 + local.minute]
    return inside, waits


@pytest.mark.fault(54)
def test_nothing_is_sent_inside_the_window_on_any_day_in_thirty_zones(fault: Told) -> None:
    """A message due at any of these instants asks, waits as it is told, and goes out of the window after one wait."""
    assert len(set(ZONES)) == 30
    inside, waits = sends_inside(ZONES)
    assert inside == 0
    assert waits > 50_000
    fault.figure(f"{inside} sends inside over 366 days and {len(ZONES)} zones, {waits:,} waits")

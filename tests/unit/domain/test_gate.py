"""The gate: each rule both ways, its weight, and quiet hours over a year of thirty zones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.gate import STALE_AFTER, Question, Verdict, decide, quiet_until

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # noon in Shanghai
SHANGHAI = ZoneInfo("Asia/Shanghai")
YES = Question(
    now=NOON,
    zone=SHANGHAI,
    sending_enabled=True,
    campaign_enabled=True,
    holdout=False,
    ordered_since=False,
    rivalled=False,
    platform_allows=True,
    reachable=True,
    consent=True,
    suppressed=None,
    last_day=date(2026, 10, 1),
    today=date(2026, 11, 20),
    silent_days=30,
    sent_within_cap=0,
    cap=1,
    quiet_from=time(21, 0),
    quiet_until=time(9, 0),
    projected_at=NOON - timedelta(minutes=1),
)
NO: tuple[tuple[str, Question, Verdict], ...] = (
    ("campaign", replace(YES, campaign_enabled=False), Verdict.CANCEL),
    ("holdout", replace(YES, holdout=True), Verdict.SUPPRESS),
    ("projector", replace(YES, projected_at=None), Verdict.DEFER),
    ("projector", replace(YES, projected_at=NOON - STALE_AFTER - timedelta(seconds=1)), Verdict.DEFER),
    ("lapsed", replace(YES, last_day=None), Verdict.CANCEL),
    ("lapsed", replace(YES, last_day=date(2026, 10, 22)), Verdict.CANCEL),
    ("ordered", replace(YES, ordered_since=True), Verdict.CANCEL),
    ("merged", replace(YES, rivalled=True), Verdict.CANCEL),
    ("platform_policy", replace(YES, platform_allows=False), Verdict.SUPPRESS),
    ("address", replace(YES, reachable=False), Verdict.SUPPRESS),
    ("suppression", replace(YES, suppressed="complaint"), Verdict.SUPPRESS),
    ("consent", replace(YES, consent=None), Verdict.SUPPRESS),
    ("consent", replace(YES, consent=False), Verdict.SUPPRESS),
    ("frequency_cap", replace(YES, sent_within_cap=1), Verdict.SUPPRESS),
    ("sending_off", replace(YES, sending_enabled=False), Verdict.DEFER),
    ("quiet_hours", replace(YES, now=NOON + timedelta(hours=10), projected_at=NOON + timedelta(hours=10)), Verdict.DEFER),
)
ORDER = (
    "campaign", "holdout", "projector", "lapsed", "ordered", "merged", "platform_policy", "address", "suppression", "consent",
    "frequency_cap", "sending_off", "quiet_hours",
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
    assert {name for name, _, _ in NO} == set(ORDER)


def test_the_first_objection_by_weight_decides() -> None:
    everything = replace(
        YES, campaign_enabled=False, holdout=True, projected_at=None, last_day=None, platform_allows=False, reachable=False,
        suppressed="x", consent=False, sent_within_cap=9, sending_enabled=False, now=NOON + timedelta(hours=10), ordered_since=True,
        rivalled=True,
    )  # fmt: skip
    heal: dict[str, Callable[[Question], Question]] = {
        "campaign": lambda q: replace(q, campaign_enabled=True),
        "holdout": lambda q: replace(q, holdout=False),
        "projector": lambda q: replace(q, projected_at=q.now),
        "lapsed": lambda q: replace(q, last_day=YES.last_day),
        "ordered": lambda q: replace(q, ordered_since=False),
        "merged": lambda q: replace(q, rivalled=False),
        "platform_policy": lambda q: replace(q, platform_allows=True),
        "address": lambda q: replace(q, reachable=True),
        "suppression": lambda q: replace(q, suppressed=None),
        "consent": lambda q: replace(q, consent=True),
        "frequency_cap": lambda q: replace(q, sent_within_cap=0),
        "sending_off": lambda q: replace(q, sending_enabled=True),
        "quiet_hours": lambda q: replace(q, quiet_from=time(0), quiet_until=time(0)),
    }
    question = everything
    for name in ORDER:
        assert decide(question).reason == name
        question = heal[name](question)
    assert decide(question).verdict is Verdict.SEND


def test_exactly_at_the_limits() -> None:
    assert decide(replace(YES, last_day=date(2026, 10, 21))).verdict is Verdict.SEND  # 30 days to the day
    assert decide(replace(YES, projected_at=NOON - STALE_AFTER)).verdict is Verdict.SEND


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


def test_nothing_is_sent_inside_the_window_on_any_day_in_thirty_zones() -> None:
    """A message due at any of these instants asks, waits as it is told, and goes out of the window after one wait."""
    assert len(set(ZONES)) == 30
    inside = waits = 0
    windows = [(start, end, [_inside(time(m // 60, m % 60), start, end) for m in range(1440)]) for start, end in WINDOWS]
    for name in ZONES:
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
    assert inside == 0
    assert waits > 50_000

"""The gate: may this message go to this person now? Every rule is asked, and every answer is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

STALE_AFTER = timedelta(minutes=5)  # how far the projector may be behind before a decision waits for it
WAIT = timedelta(minutes=5)


class Verdict(StrEnum):
    """What happens to the message."""

    SEND = "send"
    DEFER = "defer"
    SUPPRESS = "suppress"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Question:
    """All that the rules look at, read at send time. Times are aware; `zone` is the person's, else the merchant's.

    All of it is of the person, whichever of their buyers the message was drawn for. `ordered_since`: they have bought after the
    day the message was drawn for. `rivalled`: another message of the campaign speaks for the same silence, as happens when
    two buyers turn out to be one person.
    """

    now: datetime
    zone: ZoneInfo
    sending_enabled: bool
    campaign_enabled: bool
    holdout: bool
    ordered_since: bool
    rivalled: bool
    platform_allows: bool
    reachable: bool
    consent: bool | None
    suppressed: str | None
    last_day: date | None
    today: date
    silent_days: int
    sent_within_cap: int
    cap: int
    quiet_from: time
    quiet_until: time
    projected_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, its reason (the first rule that objected), when to look again, and every rule's answer."""

    verdict: Verdict
    reason: str
    again_at: datetime | None
    rules: tuple[tuple[str, str], ...]


def decide(question: Question) -> Decision:
    """Ask every rule; the first objection in order of weight decides."""
    answers = [(name, rule(question)) for name, rule in _RULES]
    rules = tuple((name, "ok" if answer is None else answer[0].value) for name, answer in answers)
    for name, answer in answers:
        if answer is not None:
            verdict, again_at = answer
            return Decision(verdict, name, again_at, rules)
    return Decision(Verdict.SEND, "ok", None, rules)


def quiet_until(now: datetime, zone: ZoneInfo, start: time, end: time) -> datetime | None:
    """When the quiet hours that `now` lies in end (UTC), None outside them.

    The window [start, end) is of local wall-clock time and may cross midnight; start == end means no quiet hours. An end
    that falls into a daylight-saving gap is taken as the instant the gap ends; one in a fold is the later.
    """
    local = now.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    inside = start <= clock < end if start <= end else clock >= start or clock < end
    if start == end or not inside:
        return None
    day = local.date() if clock < end else local.date() + timedelta(days=1)
    return _instant(datetime.combine(day, end, zone))


def _instant(local: datetime) -> datetime:
    """A wall-clock time in UTC: the later of two, and where there is none, the end of the gap it falls into."""
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return second
    while second.astimezone(local.tzinfo).utcoffset() == local.replace(fold=0).utcoffset():
        second += timedelta(minutes=1)  # the offset before the gap: clocks change at a whole minute
    return second


_Answer = tuple[Verdict, datetime | None] | None


def _switched_on(question: Question) -> _Answer:
    return None if question.sending_enabled else (Verdict.DEFER, question.now + timedelta(hours=1))


def _running(question: Question) -> _Answer:
    return None if question.campaign_enabled else (Verdict.CANCEL, None)


def _treated(question: Question) -> _Answer:
    return (Verdict.SUPPRESS, None) if question.holdout else None


def _projector(question: Question) -> _Answer:
    behind = question.projected_at is None or question.now - question.projected_at > STALE_AFTER
    return (Verdict.DEFER, question.now + WAIT) if behind else None


def _lapsed(question: Question) -> _Answer:
    if question.last_day is None or (question.today - question.last_day).days < question.silent_days:
        return (Verdict.CANCEL, None)
    return None


def _occasion(question: Question) -> _Answer:
    return (Verdict.CANCEL, None) if question.ordered_since else None


def _only(question: Question) -> _Answer:
    return (Verdict.CANCEL, None) if question.rivalled else None


def _platform(question: Question) -> _Answer:
    return None if question.platform_allows else (Verdict.SUPPRESS, None)


def _address(question: Question) -> _Answer:
    return None if question.reachable else (Verdict.SUPPRESS, None)


def _suppression(question: Question) -> _Answer:
    return None if question.suppressed is None else (Verdict.SUPPRESS, None)


def _consent(question: Question) -> _Answer:
    return None if question.consent is True else (Verdict.SUPPRESS, None)


def _cap(question: Question) -> _Answer:
    return (Verdict.SUPPRESS, None) if question.sent_within_cap >= question.cap else None


def _quiet(question: Question) -> _Answer:
    ends = quiet_until(question.now, question.zone, question.quiet_from, question.quiet_until)
    return (Verdict.DEFER, ends) if ends else None


# In order of weight: what ends the matter for good comes before what merely waits, so that a message which may never
# go is not carried along; but nothing is decided from data that the projector has not caught up with.
_RULES = (
    ("campaign", _running),
    ("holdout", _treated),
    ("projector", _projector),
    ("lapsed", _lapsed),
    ("ordered", _occasion),
    ("merged", _only),
    ("platform_policy", _platform),
    ("address", _address),
    ("suppression", _suppression),
    ("consent", _consent),
    ("frequency_cap", _cap),
    ("sending_off", _switched_on),
    ("quiet_hours", _quiet),
)

"""The gate: may this message go to this person now, and on which channel? Every rule is asked, and every answer is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

STALE_AFTER = timedelta(minutes=5)  # how far the projector may be behind before a decision waits for it
WAIT = timedelta(minutes=5)
LATER = timedelta(hours=1)
LOOKS_AHEAD = timedelta(days=3)  # for a moment that is quiet in none of a person's zones


class Verdict(StrEnum):
    """What happens to the message."""

    SEND = "send"
    DEFER = "defer"
    SUPPRESS = "suppress"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Way:
    """A channel as far as it leads to this person.

    `allowed`: by the terms of a platform on which they bought. `consent` None: nobody said. `permitted`: a one-off permission is
    left, or the channel needs none. `halted`: why sending on it has stopped itself. `sent_within_cap` and `cap` are the channel's
    own, `cap` None where it has none. `affordable`: the campaign's budget bears one more.
    """

    channel: str
    allowed: bool
    reachable: bool
    suppressed: str | None
    consent: bool | None
    permitted: bool = True
    sent_within_cap: int = 0
    cap: int | None = None
    affordable: bool = True
    halted: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """All that the rules look at, read at send time. Times are aware; `zones` are those the person may be in, else the merchant's.

    All of it is of the person, whichever of their buyers the message was drawn for. `ordered_since`: they have bought after the
    day the message was drawn for. `rivalled`: another message of the campaign speaks for the same silence, as happens when
    two buyers turn out to be one person. `before`: what became of the campaign's step before this one,
    if it is a later one (`is_later`). `ways` are in order of
    preference; the first that nothing speaks against is taken. `approved`: somebody said yes to the campaign as it is now.
    """

    now: datetime
    zones: tuple[ZoneInfo, ...]
    sending_enabled: bool
    campaign_enabled: bool
    holdout: bool
    ordered_since: bool
    rivalled: bool
    last_day: date | None
    today: date
    silent_days: int
    sent_within_cap: int
    cap: int
    quiet_from: time
    quiet_until: time
    projected_at: datetime | None
    ways: tuple[Way, ...]
    expires_at: datetime | None = None
    before: Literal["said", "waits", "unsaid"] = "said"
    is_later: bool = False
    approved: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, its reason (the first rule that objected), when to look again, every rule's answer, and the channel taken.

    `rules` has the rules of the channel taken, or of the one that came furthest; where there were several, `way:channel` has each
    channel's first objection as well.
    """

    verdict: Verdict
    reason: str
    again_at: datetime | None
    rules: tuple[tuple[str, str], ...]
    channel: str | None = None


def decide(question: Question) -> Decision:
    """Ask every rule; the first objection in order of weight decides. Channels stand between what ends and what waits."""
    ends, way, waits = _asked(_ENDS, question), _best_way(question), _asked(_WAITS, question)
    answers = [*ends, *way.answers, *waits]
    told = [(name, "ok" if answer is None else answer[0].value) for name, answer in answers]
    rules = (*told, *way.others)
    for name, answer in answers:
        if answer is not None:
            verdict, again_at = answer
            return Decision(verdict, name, again_at, rules)
    return Decision(Verdict.SEND, "ok", None, rules, way.channel)


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


def all_quiet_until(now: datetime, zones: Iterable[ZoneInfo], start: time, end: time) -> datetime | None:
    """When it is quiet in none of the zones any more, None where it is in none now. At most LOOKS_AHEAD: then it is asked again."""
    places, at = tuple(zones), now
    while at < now + LOOKS_AHEAD:
        ends = [until for zone in places if (until := quiet_until(at, zone, start, end))]
        if not ends:
            break
        at = max(ends)
    return None if at == now else at


def _instant(local: datetime) -> datetime:
    """A wall-clock time in UTC: the later of two, and where there is none, the end of the gap it falls into."""
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return second
    while second.astimezone(local.tzinfo).utcoffset() == local.replace(fold=0).utcoffset():
        second += timedelta(minutes=1)  # the offset before the gap: clocks change at a whole minute
    return second


_Answer = tuple[Verdict, datetime | None] | None
_Rule = tuple[str, Callable[[Question], _Answer]]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The way that is taken, or came furthest, and what became of the others."""

    channel: str | None
    answers: list[tuple[str, _Answer]]
    others: list[tuple[str, str]]


def _asked(rules: Iterable[_Rule], question: Question) -> list[tuple[str, _Answer]]:
    return [(name, rule(question)) for name, rule in rules]


def _best_way(question: Question) -> _Chosen:
    tried: list[tuple[int, Way, list[tuple[str, _Answer]]]] = []
    others = []
    for way in question.ways:
        answers = [(name, rule(question, way)) for name, rule in _WAY]
        objections = [index for index, (_, answer) in enumerate(answers) if answer is not None]
        others.append((f"way:{way.channel}", answers[objections[0]][0] if objections else "ok"))
        tried.append((objections[0] if objections else len(_WAY), way, answers))
    # The first that nothing speaks against; else the one that came furthest says why not, the preferred one of several.
    reached, way, answers = max(tried, key=lambda each: each[0])
    return _Chosen(way.channel if reached == len(_WAY) else None, answers, others if len(tried) > 1 else [])


def _switched_on(question: Question) -> _Answer:
    return None if question.sending_enabled else (Verdict.DEFER, question.now + LATER)


def _approved(question: Question) -> _Answer:
    """What was queued before an edit would be said as nobody has seen it."""
    return None if question.approved else (Verdict.DEFER, question.now + LATER)


def _running(question: Question) -> _Answer:
    return None if question.campaign_enabled else (Verdict.CANCEL, None)


def _treated(question: Question) -> _Answer:
    return (Verdict.SUPPRESS, None) if question.holdout else None


def _fresh(question: Question) -> _Answer:
    return (Verdict.CANCEL, None) if question.expires_at and question.now >= question.expires_at else None


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


def _in_turn(question: Question) -> _Answer:
    """A second word needs a first: where that was never said, there is nothing to come back to."""
    if question.before == "unsaid":
        return Verdict.CANCEL, None
    return (Verdict.DEFER, question.now + LATER) if question.before == "waits" else None


def _platform(_: Question, way: Way) -> _Answer:
    return None if way.allowed else (Verdict.SUPPRESS, None)


def _address(_: Question, way: Way) -> _Answer:
    return None if way.reachable else (Verdict.SUPPRESS, None)


def _suppression(_: Question, way: Way) -> _Answer:
    return None if way.suppressed is None else (Verdict.SUPPRESS, None)


def _consent(_: Question, way: Way) -> _Answer:
    return None if way.consent is True else (Verdict.SUPPRESS, None)


def _permission(_: Question, way: Way) -> _Answer:
    return None if way.permitted else (Verdict.SUPPRESS, None)


def _channel_cap(_: Question, way: Way) -> _Answer:
    return (Verdict.SUPPRESS, None) if way.cap is not None and way.sent_within_cap >= way.cap else None


def _budget(_: Question, way: Way) -> _Answer:
    return None if way.affordable else (Verdict.SUPPRESS, None)


def _running_channel(question: Question, way: Way) -> _Answer:
    return None if way.halted is None else (Verdict.DEFER, question.now + LATER)


def _cap(question: Question) -> _Answer:
    """A first word that comes too soon is not said. A later one waits: what it comes too soon after is the campaign's own first."""
    if question.sent_within_cap < question.cap:
        return None
    return (Verdict.DEFER, question.now + LATER) if question.is_later else (Verdict.SUPPRESS, None)


def _quiet(question: Question) -> _Answer:
    ends = all_quiet_until(question.now, question.zones, question.quiet_from, question.quiet_until)
    return (Verdict.DEFER, ends) if ends else None


# In order of weight: what ends the matter for good comes before what merely waits, so that a message which may never
# go is not carried along; but nothing is decided from data that the projector has not caught up with.
_ENDS: tuple[_Rule, ...] = (
    ("campaign", _running),
    ("holdout", _treated),
    ("expired", _fresh),
    ("projector", _projector),
    ("lapsed", _lapsed),
    ("ordered", _occasion),
    ("merged", _only),
    ("sequence", _in_turn),
)
_WAY: tuple[tuple[str, Callable[[Question, Way], _Answer]], ...] = (
    ("platform_policy", _platform),
    ("address", _address),
    ("suppression", _suppression),
    ("consent", _consent),
    ("permission", _permission),
    ("channel_cap", _channel_cap),
    ("budget", _budget),
    ("halted", _running_channel),
)
_WAITS: tuple[_Rule, ...] = (
    ("frequency_cap", _cap),
    ("sending_off", _switched_on),
    ("approval", _approved),
    ("quiet_hours", _quiet),
)

RULES = tuple(name for name, _ in (*_ENDS, *_WAY, *_WAITS))  # of a message to one channel, all of them, in order of weight

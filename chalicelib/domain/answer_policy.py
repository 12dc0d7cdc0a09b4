"""What is to become of a review or question: answered at once, drafted for somebody's yes, or left alone. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import msgspec

from chalicelib.domain.case import Approval, Band, Case, Done, State


@dataclass(frozen=True, slots=True)
class Said:
    """What was said, as far as the policy looks at it. `answerable`: the platform lets a shop answer this kind by its API."""

    question: bool
    stars: int | None
    has_text: bool
    platform_default: bool
    deleted: bool
    answered: bool
    answerable: bool


@dataclass(frozen=True, slots=True)
class Understood:
    """What it says, as it was read."""

    sentiment: str
    severity: str
    unsure: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """The merchant's rules."""

    auto_positive: bool = True
    defaults: bool = False
    four_eyes_stars: int = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """The state that a case begins in, how many people have to agree to its answer, and why nothing is said."""

    state: State
    band: Band
    needs: int = 0
    reason: str | None = None


def plan(said: Said, understood: Understood, rules: Rules) -> Plan:
    """The first rule that fits. Whoever is angry, and whatever is not clear, is a person's; so is anything dangerous."""
    band = band_of(said.stars, understood)
    if said.deleted:
        return Plan("closed", band, reason="deleted")
    if said.answered:
        return Plan("answered", band, reason="answered_elsewhere")
    if said.platform_default and not rules.defaults:
        return Plan("closed", band, reason="default_praise")
    if not said.answerable:
        # A bad review is somebody's task wherever it stands; of the rest nothing can be done.
        return Plan("waiting" if band == "negative" else "closed", band, reason="no_answer_here")
    if said.question or understood.unsure or understood.severity == "high":
        return Plan("drafted", band, 2 if _low(said, rules) else 1)
    if band == "positive" and rules.auto_positive:
        return Plan("queued", band)
    return Plan("drafted", band, 2 if _low(said, rules) else 1)


def band_of(stars: int | None, understood: Understood) -> Band:
    """Negative by word or stars; positive where neither speaks against it; what says nothing at all goes by its stars."""
    if understood.sentiment == "negative" or (stars is not None and stars <= 2):
        return "negative"
    if understood.sentiment == "positive" and (stars is None or stars >= 4):
        return "positive"
    return "neutral"


def digest_of(text: str) -> str:
    """What an approval names: this text and no other."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def agreed(case: Case) -> bool:
    """Whether enough different people agreed to the draft as it stands."""
    if case.draft is None:
        return False
    names = {each.who.casefold() for each in case.approvals if each.digest == digest_of(case.draft)}
    return len(names) >= case.needs


def may_approve(case: Case, approval: Approval) -> str | None:
    """Why somebody may not approve; None: they may. Whoever wrote a text is not one of two pairs of eyes on it."""
    if case.state != "drafted" or case.draft is None:
        return "nothing_to_approve"
    if approval.digest != digest_of(case.draft):
        return "draft_changed"
    if any(each.who.casefold() == approval.who.casefold() and each.digest == approval.digest for each in case.approvals):
        return "approved_already"
    if case.needs > 1 and (case.drafted_by or "").casefold() == approval.who.casefold():
        return "own_draft"
    return None


def with_step(case: Case, done: Done) -> Case:
    """With a step taken. The last of them closes what needs no answer (any more)."""
    taken = msgspec.structs.replace(case, done=(*case.done, done))
    is_last = taken.next_step is None and taken.state == "waiting"
    return msgspec.structs.replace(taken, state="closed", reason="solved") if is_last else taken


def _low(said: Said, rules: Rules) -> bool:
    return said.stars is not None and said.stars <= rules.four_eyes_stars

"""The page of one review or question: its words beside the draft, what was understood, who agreed, what is still to be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.audit import AuditRow
from chalicelib.console.visit import Outcome, Page, Visit
from chalicelib.domain import reply_check
from chalicelib.domain.answer_policy import digest_of, may_approve
from chalicelib.domain.case import STEPS, Approval, Case
from chalicelib.domain.seats import Right
from chalicelib.domain.sla import due
from chalicelib.domain.voice import SayLimits
from chalicelib.errors import Rejected
from chalicelib.ports_cases import CaseKey
from chalicelib.tellings import Told

LIFE = timedelta(days=90)  # so far back decisions are looked for
NOTED = 200  # of the shop's newest acts
SAME = timedelta(seconds=30)  # an act and the yes that came of it
DEEDS = ("approve", "word", "reject", "step", "write")
ACTS = ("review.word", "review.reject", "review.write", "review.approve")


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed and the rules refused; `refused` says which form: text, private, or none."""

    text: str | None = None
    private: str = ""
    refused: str = ""
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How long an answer is, and may be, as the platform counts."""

    size: int
    longest: int | None
    unit: str
    once: bool
    editable: bool
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the history. `what` is a word of the page."""

    at: datetime
    who: str
    what: str
    note: str = ""


def shown(visit: Visit, place: CaseKey, typed: Typed) -> Outcome:
    """The page; Rejected 404 where there is no such case."""
    desk = visit.app.outreach.desk
    case, _ = desk.cases.read(place)
    if case is None:
        raise Rejected("no-such-page", "not found", status=404)
    told = None if place.kind == "survey" else desk.tellings.told(place)
    values: dict[str, Any] = {
        "place": place,
        "at_case": visit.urls.at("reviews", *place[1:]),
        "deeds": {name: visit.urls.at("reviews", *place[1:], name) for name in DEEDS},
        "case": case,
        "platform": _platform(visit, place),
        "text": visit.app.outreach.surveys.words(place) if place.kind == "survey" else told.text if told else None,
        "deleted": bool(told and told.plain.get("deleted")),
        "writer": masked(told.nickname) if told else "",
        "shown": str((told.plain.get("reply") or {}).get("text") or "") if told else "",
        "late": _late(case, visit.now),
        "typed": typed,
        "seen": digest_of(case.draft or ""),
        "history": _history(visit, place, case),
    }
    status = 422 if typed.refused else 200
    return Page("review", values | _deeds(visit, place, case, told, typed) | _private(visit, place, case), status=status)


def masked(name: str) -> str:
    """A writer's name as it is shown: its first character."""
    return f"{name[0]}**" if name else ""


def _deeds(visit: Visit, place: CaseKey, case: Case, told: Told | None, typed: Typed) -> dict[str, Any]:
    """What this person may do about the answer, and why not."""
    may = visit.may(Right.REPLY)
    answerable = place.kind != "survey" and case.reason not in ("no_answer_here", "answered_before")
    writable = may and answerable and case.state in ("drafted", "waiting")
    limits = _reply_limits(visit, place, case)
    against = may_approve(case, Approval(visit.seat.address, visit.now, digest_of(case.draft or "")))
    changed = told is not None and told.telling != case.telling
    text = typed.text if typed.text is not None else case.draft or ""
    return {
        "can_word": writable,
        "can_approve": may and against is None and not changed,
        "against": "review-changed" if changed and against is None else (against or "").replace("_", "-"),
        "can_reject": may and case.state in ("drafted", "waiting", "queued") and case.reason != "rejected",
        "can_step": may and case.band == "negative",
        "steps": [(name, next((each for each in case.done if each.step == name), None)) for name in STEPS],
        "limits": _limits(limits, case, text) if limits else None,
    }


def _private(visit: Visit, place: CaseKey, case: Case) -> dict[str, Any]:
    """The message to whoever wrote, where the platform takes one: why none may be written, and the one that was."""
    if case.band != "negative" or place.kind == "survey":
        return {"why_not": "no-steps", "message": None, "private_limits": None}
    writing = visit.app.outreach.desk.writing
    message, why_not = writing.written(place), writing.why_not(place)
    waits = message is not None and message.state not in ("cancelled", "failed")
    limits = visit.app.hub.connector(place.platform).info.messages
    return {
        "why_not": why_not or ("written-before" if waits else ""),
        "message": message,
        "private_limits": _limits(limits, case, "") if limits else None,
    }


def _reply_limits(visit: Visit, place: CaseKey, case: Case) -> SayLimits | None:
    try:
        return visit.app.hub.connector(place.platform).info.replies.get(case.kind)
    except Rejected:
        return None


def _limits(limits: SayLimits, case: Case, text: str) -> Limits:
    until = case.told_at + limits.window if limits.window and case.told_at else None
    return Limits(reply_check.size(text, limits), limits.longest, limits.unit, limits.once, limits.editable, until)


def _history(visit: Visit, place: CaseKey, case: Case) -> list[Line]:
    """Decisions, the newest first: those that stand with the case, and what was asked for in the console."""
    lines = [Line(case.noted_at, "", "noted")]
    lines += [
        Line(each.at, each.who, "approved" if each.digest == digest_of(case.draft or "") else "void") for each in case.approvals
    ]
    lines += [Line(each.at, each.who, f"step_{each.step}", each.note) for each in case.done]
    lines += [Line(case.answered_at, "", "answered")] if case.answered_at else []
    subject = "/".join(place[1:])
    rows = visit.app.audit.read(visit.merchant, max(case.noted_at, visit.now - LIFE), limit=NOTED)
    asked = [row for row in rows if row.subject == subject and row.act in ACTS]
    lines += [Line(row.at, row.actor, row.act.replace("review.", "asked_")) for row in asked if not _counted(row, case)]
    return sorted(lines, key=lambda each: each.at, reverse=True)


def _counted(row: AuditRow, case: Case) -> bool:
    """Whether a yes that was given stands with the case: then it is told as that."""
    return row.act == "review.approve" and any(each.who == row.actor and abs(each.at - row.at) <= SAME for each in case.approvals)


def _late(case: Case, now: datetime) -> bool:
    at = due(case)
    return at is not None and at < now


def _platform(visit: Visit, place: CaseKey) -> str:
    try:
        return visit.app.hub.connector(place.platform).info.name
    except Rejected:
        return place.platform

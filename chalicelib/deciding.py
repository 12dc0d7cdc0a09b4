"""What people decide about cases: words, a yes, a no, a step taken. Used by the command line and the console."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from chalicelib.config import Config
from chalicelib.domain.answer_policy import agreed, digest_of, may_approve
from chalicelib.domain.case import STEPS, Approval, Case, Done, Step, next_due
from chalicelib.domain.reply_check import objections
from chalicelib.errors import Rejected, Retriable
from chalicelib.ports import Clock, Connectors, Counters
from chalicelib.ports_cases import CaseKey, CaseStore
from chalicelib.tellings import Tellings, Told

TRIES = 8


class Deciding:
    """Each decision is put on condition that the case is as it was read, and names who took it."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        cases: CaseStore,
        tellings: Tellings,
        connectors: Connectors,
        queue: Callable[[CaseKey, Case], None],
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._cases = cases
        self._tellings = tellings
        self._connectors = connectors
        self._queue = queue
        self._clock = clock
        self._counters = counters

    def word(self, place: CaseKey, text: str, who: str) -> Case:
        """Write or replace the draft; what was agreed to before is void. Rejected names what the text must not hold."""

        def change(case: Case) -> Case:
            if case.state not in ("drafted", "waiting") or case.reason in ("no_answer_here", "answered_before"):
                raise _refused("not-open", f"its answer cannot be written any more: {case.reason or case.state}")
            self._check(place, case, text)
            return msgspec.structs.replace(
                case, state="drafted", draft=text, template=None, drafted_by=who, approvals=(), needs=max(case.needs, 1)
            )

        return self._change(place, change)

    def approve(self, place: CaseKey, who: str) -> Case:
        """Agree to the draft as it stands; with the last yes that is needed it is queued. Rejected where that may not be."""

        def change(case: Case) -> Case:
            told = self._tellings.told(place)
            if told is None or told.telling != case.telling:
                raise _refused("review-changed", "the review was told anew: look at it again")
            approval = Approval(who, self._clock.now(), digest_of(case.draft or ""))
            if against := may_approve(case, approval):
                raise _refused(against.replace("_", "-"), "this yes does not count")
            self._check(place, case, case.draft or "")
            approved = msgspec.structs.replace(case, approvals=(*case.approvals, approval))
            return msgspec.structs.replace(approved, state="queued") if agreed(approved) else approved

        case = self._change(place, change)
        if case.state == "queued":
            self._queue(place, case)
        self._counters.count("case_approved", platform=place.platform)
        return case

    def reject(self, place: CaseKey, who: str, note: str) -> Case:
        """Nothing is answered: closed, or left to its steps where the review is bad."""

        def change(case: Case) -> Case:
            if case.state not in ("drafted", "waiting", "queued"):
                raise _refused("not-open", f"it is {case.state} already")
            state = "waiting" if case.band == "negative" else "closed"
            done = Done("noticed", who, self._clock.now(), note)
            return msgspec.structs.replace(case, state=state, reason="rejected", draft=None, approvals=(), done=(*case.done, done))

        return self._change(place, change)

    def step(self, place: CaseKey, step: Step, who: str, note: str = "") -> Case:
        """Note that one of the five steps was taken. Each once; the last one closes what has been answered, or needs no answer."""

        def change(case: Case) -> Case:
            if case.band != "negative":
                raise _refused("no-steps", "the five steps are for bad reviews")
            if any(each.step == step for each in case.done):
                raise _refused("step-taken", f"{step} was noted before")
            taken = msgspec.structs.replace(case, done=(*case.done, Done(step, who, self._clock.now(), note)))
            last = taken.next_step is None and taken.state == "waiting"
            return msgspec.structs.replace(taken, state="closed", reason="solved") if last else taken

        return self._change(place, change)

    def _check(self, place: CaseKey, case: Case, text: str) -> None:
        limits = self._connectors.connector(place.platform).info.replies.get(case.kind)
        banned, secrets = self._config().reviews.banned, _secrets(self._tellings.told(place))
        found = objections(text, locale=case.locale, platform=place.platform, limits=limits, banned=banned, secrets=secrets)
        if found:
            raise _refused("text-refused", "; ".join(sorted({each.rule for each in found})))

    def _change(self, place: CaseKey, change: Callable[[Case], Case]) -> Case:
        for _ in range(TRIES):
            case, version = self._cases.read(place)
            if case is None:
                raise Rejected("case-unknown", "no case of that review", status=404)
            changed = change(case)
            if self._cases.write(place, changed, due_at=next_due(changed), expected_version=version):
                return changed
        raise Retriable("case-contended", f"{TRIES} writers were faster")


def step_named(word: str) -> Step:
    """One of the five steps by its name. Rejected for another word."""
    for step in STEPS:
        if step == word:
            return step
    raise _refused("step-unknown", f"one of {', '.join(STEPS)}")


def answered_within(case: Case) -> bool | None:
    """Whether the first answer came in time; None while it still may, or where there is no deadline."""
    if case.first_due is None:
        return None
    return case.answered_at <= case.first_due if case.answered_at else None


def overdue(case: Case, now: datetime) -> bool:
    """Whether an open case has passed a deadline."""
    due = next_due(case)
    return case.is_open and due is not None and due < now


def _secrets(told: Told | None) -> tuple[str, ...]:
    """What an answer in public must not repeat: who wrote, and the order's number."""
    if told is None:
        return ()
    buyer = told.plain.get("buyer") or {}
    named = [buyer.get(name) for name in ("name", "phone", "email", "id")] + [told.plain.get("order_id")]
    return tuple(str(each) for each in named if each)


def _refused(reason: str, detail: str) -> Rejected:
    return Rejected(reason, detail, status=409)

"""What people decide about cases: words, a yes, a no, a step taken. Used by the command line and the console."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from chalicelib.config import Config
from chalicelib.domain.answer_policy import agreed, digest_of, may_approve, with_step
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
        writes: Callable[[CaseKey], bool],
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._cases = cases
        self._tellings = tellings
        self._connectors = connectors
        self._queue = queue
        self._writes = writes
        self._clock = clock
        self._counters = counters

    def word(self, place: CaseKey, text: str, who: str, *, seen: str | None = None) -> Case:
        """Write or replace the draft; what was agreed to before is void. Rejected names what the text must not hold.

        `seen`: the digest of the draft that `who` had before them; Rejected where it is another by now.
        """

        def change(case: Case) -> Case:
            _same(case, seen)
            if case.state not in ("drafted", "waiting") or case.reason in ("no_answer_here", "answered_before"):
                raise _refused("not-open", f"its answer cannot be written any more: {case.reason or case.state}")
            self._check(place, case, text)
            return msgspec.structs.replace(
                case, state="drafted", draft=text, template=None, drafted_by=who, approvals=(), needs=max(case.needs, 1)
            )

        return self._change(place, change)

    def approve(self, place: CaseKey, who: str, *, seen: str | None = None) -> Case:
        """Agree to the draft as it stands; with the last yes that is needed it is queued. Rejected where that may not be.

        `seen` as in `word`: nobody agrees to words they have not read.
        """

        def change(case: Case) -> Case:
            _same(case, seen)
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
        """Note that one of the five steps was taken. Each once; the last one closes what has been answered, or needs no answer.

        Rejected where a message from here is that step: its sending takes it.
        """
        if step == "wrote" and self._writes(place):
            raise _refused("step-is-the-sending", "a message was written here: that it is sent is the step")

        def change(case: Case) -> Case:
            if case.band != "negative":
                raise _refused("no-steps", "the five steps are for bad reviews")
            if any(each.step == step for each in case.done):
                raise _refused("step-taken", f"{step} was noted before")
            return with_step(case, Done(step, who, self._clock.now(), note))

        return self._change(place, change)

    def _check(self, place: CaseKey, case: Case, text: str) -> None:
        limits = self._connectors.connector(place.platform).info.replies.get(case.kind)
        banned, secrets = self._config().reviews.banned, secrets_of(self._tellings.told(place))
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


def overdue(case: Case, now: datetime) -> bool:
    """Whether an open case has passed a deadline."""
    due = next_due(case)
    return case.is_open and due is not None and due < now


def secrets_of(told: Told | None) -> tuple[str, ...]:
    """What an answer in public must not repeat: who wrote, and the order's number."""
    return told.names if told is not None else ()


def _same(case: Case, seen: str | None) -> None:
    if seen is not None and seen != digest_of(case.draft or ""):
        raise _refused("draft-changed", "somebody wrote another draft meanwhile: look at it again")


def _refused(reason: str, detail: str) -> Rejected:
    return Rejected(reason, detail, status=409)

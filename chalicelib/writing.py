"""A private message to whoever wrote a bad review, sent once: the third of the five steps. Queued by ops, sent by deliver.

Whoever gives the command says yes to exactly this text. It is asked against as an answer in public is, goes where the platform
takes messages about an order (or a review), and is one row of the outbox for each review. That it was sent is the step; nobody
notes it by hand then. Only what certainly was not sent (cancelled, failed) may be written anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chalicelib.answering import TRIES
from chalicelib.case_sending import CaseSending, place_of
from chalicelib.config import Config
from chalicelib.contract import SendsMessages, Target
from chalicelib.deciding import secrets_of
from chalicelib.domain.answer_policy import with_step
from chalicelib.domain.case import Case, Done, next_due
from chalicelib.domain.reply_check import objections
from chalicelib.domain.voice import SayLimits
from chalicelib.errors import Rejected, Retriable
from chalicelib.ports import Clock, Connectors, Counters, Message
from chalicelib.ports_cases import CaseKey, CaseStore
from chalicelib.tellings import Tellings, Told

PREFIX = "write"
NOT_SENT = ("cancelled", "failed")
NOBODY_KNOWS = "unknown"


class Writing:
    """From somebody's words to the buyer, on the platform."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        cases: CaseStore,
        tellings: Tellings,
        sending: CaseSending,
        connectors: Connectors,
        owner: Callable[[CaseKey], str],
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._cases = cases
        self._tellings = tellings
        self._sending = sending
        self._connectors = connectors
        self._owner = owner
        self._clock = clock
        self._counters = counters

    def write(self, place: CaseKey, text: str, who: str) -> Message:
        """Queue the message. Rejected says why there is none to be sent, or which rules the text breaks."""
        case, told = self._cases.read(place)[0], self._tellings.told(place)
        if case is None or told is None:
            raise Rejected("case-unknown", "no case of that review", status=404)
        against = self._against(place, case, told)
        if against is not None:
            raise _refused(against)
        banned, limits = self._config().reviews.banned, self._limits(place)
        found = objections(
            text, locale=case.locale, platform=place.platform, limits=limits, banned=banned, secrets=secrets_of(told)
        )
        if found:
            raise _refused("text-refused", "; ".join(sorted({each.rule for each in found})))
        owner, outbox = self._owner(place), self._sending.outbox
        values = {"telling": _telling(told), "text": text, "who": who}
        row = replace(self._sending.row(place, owner, "service", PREFIX, values), locale=case.locale)
        stored = outbox.read(row.merchant, row.owner, row.message_id)
        if stored is None:
            queued = outbox.add(row)
        else:
            queued = stored.state in NOT_SENT and outbox.save(replace(row, version=stored.version + 1))
        if not queued:
            raise _refused("written-before", "there is a message already")
        self._counters.count("case_written", platform=place.platform)
        return row

    def is_ours(self, place: CaseKey) -> bool:
        """Whether the step is the sending's to take: a message waits, is on its way, or was sent.

        Where a worker died between the two, the step is taken now.
        """
        stored = self.written(place)
        if stored is not None and stored.state == "sent":
            self._took_step(place, stored)
        return stored is not None and stored.state not in (*NOT_SENT, NOBODY_KNOWS)

    def why_not(self, place: CaseKey) -> str | None:
        """Why nothing may be written about a case now, as a word; None: something may, once."""
        case, told = self._cases.read(place)[0], self._tellings.told(place)
        return "case-unknown" if case is None or told is None else self._against(place, case, told)

    def written(self, place: CaseKey) -> Message | None:
        """The message that was queued about a case, whatever became of it; None where nobody wrote one."""
        owner = self._owner(place)
        return self._sending.outbox.read(place.merchant, owner, f"{PREFIX}-{owner}")

    def handle(self, message: Message) -> None:
        """Send it, or cancel it with the reason. Retriable and ConfigError leave it due."""
        place = place_of(message)
        case, told = self._cases.read(place)[0], self._tellings.told(place)
        against = "case-unknown" if case is None or told is None else self._against(place, case, told)
        if told is not None and message.values["telling"] != _telling(told):
            against = "review-changed"
        if against is not None or case is None:
            self._sending.cancel(message, against or "case-unknown")
            return
        if self._sending.is_off(message):
            return
        connector, target = self._connectors.connector(place.platform), self._target(place, case)
        if target is None or not isinstance(connector, SendsMessages):
            return  # it was not so a moment ago: the next run cancels it
        text = message.values["text"]
        done = self._sending.send(message, lambda api: connector.send_message(target, text, api).platform_id)
        if done is not None and done.state == "sent":
            self._took_step(place, done)

    def _against(self, place: CaseKey, case: Case, told: Told) -> str | None:
        """Why nothing may be written, as things are now."""
        limits = self._limits(place)
        if not self._config().reviews.enabled:
            return "reviews-off"
        if case.next_step is None or told.plain.get("deleted"):
            return "no-steps"
        if any(each.step == "wrote" for each in case.done):
            return "step-taken"
        if limits is None or not isinstance(self._connectors.connector(place.platform), SendsMessages):
            return "no-messages"
        if self._target(place, case) is None:
            return "no-way"
        late = limits.window is not None and case.told_at is not None and self._clock.now() > case.told_at + limits.window
        return "window-closed" if late else None

    def _limits(self, place: CaseKey) -> SayLimits | None:
        return self._connectors.connector(place.platform).info.messages

    def _target(self, place: CaseKey, case: Case) -> Target | None:
        """The order, or the review itself, whichever the platform lets a shop write about; None where it names neither."""
        about = self._connectors.connector(place.platform).info.messages_about
        if "order" in about and case.order is not None:
            return Target("order", case.order, case.order, case.product)
        return Target("review", place.id, case.order, case.product) if "review" in about and place.kind == "review" else None

    def _took_step(self, place: CaseKey, message: Message) -> None:
        for _ in range(TRIES):
            case, version = self._cases.read(place)
            if case is None or case.next_step is None or any(each.step == "wrote" for each in case.done):
                return
            taken = with_step(case, Done("wrote", message.values["who"], message.sent_at or self._clock.now(), "sent from here"))
            if self._cases.write(place, taken, due_at=next_due(taken), expected_version=version):
                return
        raise Retriable("case-contended", f"{TRIES} writers were faster")


def _telling(told: Told) -> str:
    """Which telling of the review somebody wrote about."""
    return f"{told.telling.millis}.{told.telling.source}.{told.telling.fingerprint}"


def _refused(reason: str, detail: str = "nobody can be written to about this review") -> Rejected:
    return Rejected(reason, detail, status=409)

"""An agreed answer to a review or question, said once and in public. Used by deliver; queued by reviewing and by ops.

One row of the outbox for each review, for ever: whoever claims it says it, and nobody says it again. Before the claim the case and
the review are read anew: an answer that nobody agreed to any more, or to a text that is no more, is not said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import msgspec

from chalicelib.config import Config
from chalicelib.contract import Account, RepliesToReviews, Target
from chalicelib.domain.answer_policy import agreed, digest_of
from chalicelib.domain.case import Case, next_due
from chalicelib.domain.order import local_day
from chalicelib.domain.reply_check import is_too_long
from chalicelib.errors import ConfigError, Retriable
from chalicelib.handing import Handing, Place
from chalicelib.ports import Clock, Connectors, Counters, Message, Outbox, Vault
from chalicelib.ports_cases import CaseKey, CaseStore
from chalicelib.reckoning import outcome_fact
from chalicelib.tellings import Tellings

LATER = timedelta(hours=1)
TRIES = 8
SAID = ("sending", "sent", "unknown")


class Answering:
    """From a case that is agreed to the platform."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        cases: CaseStore,
        tellings: Tellings,
        outbox: Outbox,
        vault: Vault,
        connectors: Connectors,
        handing: Handing,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._cases = cases
        self._tellings = tellings
        self._outbox = outbox
        self._vault = vault
        self._connectors = connectors
        self._handing = handing
        self._clock = clock
        self._counters = counters

    def queue(self, place: CaseKey, case: Case) -> None:
        """Put the answer into the outbox, or back where it was taken out; one that was said, or may have been, stays said."""
        owner = self.owner(place)
        message_id = f"reply-{owner}"
        stored = self._outbox.read(place.merchant, owner, message_id)
        row = Message(
            merchant=place.merchant,
            message_id=message_id,
            owner=owner,
            kind="review_reply",
            channel=place.platform,
            template=case.template or "-",
            locale=case.locale,
            state="queued",
            reason=None,
            due_at=self._clock.now(),
            campaign=None,
            arm=None,
            version=stored.version + 1 if stored else 1,
            values={
                "platform": place.platform,
                "account": place.account,
                "about": place.kind,
                "id": place.id,
                "digest": digest_of(case.draft or ""),
            },
        )
        if stored is None:
            self._outbox.add(row)
        elif stored.state not in SAID and (stored.state not in ("queued", "deferred") or stored.values != row.values):
            self._outbox.save(row)

    def owner(self, place: CaseKey) -> str:
        """Whose outbox an answer lies in: the review's own."""
        return self._vault.lookup(place.merchant, "case", "\x1f".join(place[1:]))

    def handle(self, message: Message) -> None:
        """Say it, or cancel it with the reason. Retriable and ConfigError leave it due."""
        config = self._config()
        place = place_of(message)
        case, _ = self._cases.read(place)
        against = self._against(config, message, place, case)
        if against is not None or case is None or case.draft is None:
            self._cancel(config, message, against or "case-gone")
            return
        if not config.sending.enabled:
            waits = replace(message, state="deferred", reason="sending_off", due_at=self._clock.now() + LATER)
            self._outbox.save(replace(waits, version=message.version + 1))
            return
        entry, connector = config.account(place.platform, place.account), self._connectors.connector(place.platform)
        if entry is None or not isinstance(connector, RepliesToReviews):
            raise ConfigError("no-answers", "this account answers no reviews", connector=place.platform)
        api = self._connectors.api(Account(config.merchant, place.platform, place.account, entry.options))
        target, text = Target(place.kind, place.id, case.order, case.product), case.draft
        now = self._clock.now()
        claimed = replace(message, state="sending", reason=None, due_at=None, sent_at=now, version=message.version + 1)
        if not self._outbox.save(claimed):
            return
        done = self._handing.over(
            claimed, lambda: connector.reply(target, text, api).platform_id, config, place=Place(place.platform, place.account)
        )
        if done.state == "sent":
            self._answered(place)

    def _against(self, config: Config, message: Message, place: CaseKey, case: Case | None) -> str | None:
        """Why it must not be said, as things are now."""
        if not config.reviews.enabled:
            return "reviews_off"
        if case is None or case.state != "queued" or not agreed(case):
            return "not_agreed"
        if digest_of(case.draft or "") != message.values["digest"]:
            return "draft_changed"
        told = self._tellings.told(place)
        if told is None or told.telling != case.telling:
            return "review_changed"
        if told.is_answered:
            return "answered_elsewhere"
        return self._too_late_or_long(place, case)

    def _too_late_or_long(self, place: CaseKey, case: Case) -> str | None:
        limits = self._connectors.connector(place.platform).info.replies.get(case.kind)
        if limits is None:
            return "no_answer_here"
        if limits.window is not None and case.told_at is not None and self._clock.now() > case.told_at + limits.window:
            return "window_closed"
        return "too_long" if is_too_long(case.draft or "", limits) else None

    def _answered(self, place: CaseKey) -> None:
        for _ in range(TRIES):
            case, version = self._cases.read(place)
            if case is None:
                return
            done = msgspec.structs.replace(case, state="answered", answered_at=case.answered_at or self._clock.now())
            if case == done or self._cases.write(place, done, due_at=next_due(done), expected_version=version):
                return
        raise Retriable("case-contended", f"{TRIES} writers were faster")

    def _cancel(self, config: Config, message: Message, reason: str) -> None:
        done = replace(message, state="cancelled", reason=reason, due_at=None, version=message.version + 1)
        self._outbox.save(done, outcome_fact(done, local_day(self._clock.now(), config.zone)))
        self._counters.count("message_cancelled", kind=message.kind, reason=reason)


def place_of(message: Message) -> CaseKey:
    """The case that an answer is of."""
    told = message.values
    kind = "question" if told["about"] == "question" else "review"
    return CaseKey(message.merchant, told["platform"], told["account"], "question" if kind == "question" else "review", told["id"])

"""An agreed answer to a review or question, said once and in public. Used by deliver; queued by reviewing and by ops.

One row of the outbox for each review, for ever: whoever claims it says it, and nobody says it again. Before the claim the case and
the review are read anew: an answer that nobody agreed to any more, or to a text that is no more, is not said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import msgspec

from chalicelib.case_sending import CaseSending, place_of
from chalicelib.config import Config
from chalicelib.contract import RepliesToReviews, Target
from chalicelib.domain.answer_policy import agreed, digest_of
from chalicelib.domain.case import Case, next_due
from chalicelib.domain.reply_check import is_too_long
from chalicelib.errors import ConfigError, Retriable
from chalicelib.ports import Clock, Connectors, Message, Vault
from chalicelib.ports_cases import CaseKey, CaseStore
from chalicelib.tellings import Tellings

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
        sending: CaseSending,
        vault: Vault,
        connectors: Connectors,
        clock: Clock,
    ) -> None:
        self._config = config
        self._cases = cases
        self._tellings = tellings
        self._sending = sending
        self._vault = vault
        self._connectors = connectors
        self._clock = clock

    def queue(self, place: CaseKey, case: Case) -> None:
        """Put the answer into the outbox, or back where it was taken out; one that was said, or may have been, stays said."""
        owner, outbox = self.owner(place), self._sending.outbox
        new = self._sending.row(place, owner, "review_reply", "reply", {"digest": digest_of(case.draft or "")})
        stored = outbox.read(place.merchant, owner, new.message_id)
        version = stored.version + 1 if stored else 1
        row = replace(new, template=case.template or "-", locale=case.locale, version=version)
        if stored is None:
            outbox.add(row)
        elif stored.state not in SAID and (stored.state not in ("queued", "deferred") or stored.values != row.values):
            outbox.save(row)

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
            self._sending.cancel(message, against or "case-gone")
            return
        if self._sending.is_off(message):
            return
        connector = self._connectors.connector(place.platform)
        if not isinstance(connector, RepliesToReviews):
            raise ConfigError("no-answers", "this account answers no reviews", connector=place.platform)
        about: Literal["review", "question"] = "question" if place.kind == "question" else "review"
        target, text = Target(about, place.id, case.order, case.product), case.draft
        done = self._sending.send(message, lambda api: connector.reply(target, text, api).platform_id)
        if done is not None and done.state == "sent":
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

"""Handing a claimed message over, and writing down what became of it. Used by deliver and winback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from chalicelib import logs
from chalicelib.config import Config
from chalicelib.domain.facts import Fact
from chalicelib.domain.mail import OutcomeUnknown
from chalicelib.domain.order import local_day
from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.ports import Bounds, Clock, Counters, Message, Outbox
from chalicelib.reckoning import outcome_fact

RETRY = timedelta(minutes=10)
TRIES = 5
UNKNOWN = "outcome-unknown"
PERMISSION_USED = "permission-used"


@dataclass(frozen=True, slots=True)
class Place:
    """Through whom a message goes: what receipts of it name. `task`: an employee has to confirm it, and it has to be asked."""

    platform: str
    account: str
    task: bool = False


class Handing:
    """The call itself. From the claim on the row says `sending`: a crash leaves it so, and nobody sends it again."""

    def __init__(self, *, outbox: Outbox, sent: Callable[[Message, Place], None], clock: Clock, counters: Counters) -> None:
        self._outbox = outbox
        self._sent = sent
        self._clock = clock
        self._counters = counters

    def over(
        self, claimed: Message, send: Callable[[], str | None], config: Config, *, place: Place, bounds: Bounds | None = None
    ) -> Message:
        """Send, and save the outcome; what certainly did not go is taken out of the bounds again.

        Returns the row as it was saved; as it was claimed where a receipt was quicker and knows better.
        """
        state: Literal["sent", "unknown", "failed", "deferred"] = "sent"
        reason = provider_id = due_at = None
        try:
            provider_id = send()
        except OutcomeUnknown as error:
            state, reason = "unknown", error.reason
        except Permanent as error:  # a connector, which knows five errors, says with one of them that nobody knows
            state, reason = "unknown" if error.reason == UNKNOWN else "failed", error.reason
            if reason == PERMISSION_USED:  # the platform knows better: the next channel may do, as soon as may be
                state, due_at = "deferred", self._clock.now()
        except (Retriable, ConfigError) as error:  # certainly not taken: it may go later, through the gate again
            state, reason, due_at = "deferred", error.reason, self._clock.now() + RETRY
        out = state in ("sent", "unknown")
        done = replace(
            claimed,
            state=state,
            reason=reason,
            provider_id=provider_id,
            due_at=due_at,
            sent_at=claimed.sent_at if out else None,
            version=claimed.version + 1,
        )
        # The day of the claim, by which receipts restate it: a row of another day would be a second one.
        day = local_day(claimed.sent_at or self._clock.now(), config.zone)
        try:
            saved = self._save(done, None if state == "deferred" else outcome_fact(done, day))
        finally:  # also where the row stays `sending`: by this its receipts find it
            if state == "sent":
                self._sent(done, place)
        if saved and not out and bounds is not None:
            self._outbox.give_back(done, bounds)
        self._counters.count(f"message_{state}", kind=claimed.kind, campaign=claimed.campaign or "-")
        logs.note("message handed over", message=claimed.message_id, state=state, reason=reason, provider=provider_id)
        return done if saved else claimed

    def _save(self, done: Message, outcome: Fact | None) -> bool:
        """The outcome's cell is counted in by many workers: a conflict over it was not written, and passes."""
        for _ in range(TRIES - 1):
            try:
                return self._outbox.save(done, outcome)
            except Retriable as error:
                if error.reason != "table-contended":
                    raise
        return self._outbox.save(done, outcome)

"""What the shop says about a case, in public or to its writer: one row of the outbox, handed to the platform once, or cancelled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from chalicelib.config import Config
from chalicelib.contract import Account, Api
from chalicelib.domain.order import local_day
from chalicelib.errors import ConfigError
from chalicelib.handing import Handing, Place
from chalicelib.ports import Clock, Connectors, Counters, Message, Outbox
from chalicelib.ports_cases import CaseKey
from chalicelib.reckoning import outcome_fact

LATER = timedelta(hours=1)  # while sending is switched off


class CaseSending:
    """The way that answers and private messages have in common."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        outbox: Outbox,
        connectors: Connectors,
        handing: Handing,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self.outbox = outbox
        self._config = config
        self._connectors = connectors
        self._handing = handing
        self._clock = clock
        self._counters = counters

    def row(
        self, place: CaseKey, owner: str, kind: Literal["service", "review_reply"], prefix: str, values: Mapping[str, str]
    ) -> Message:
        """A new row, due now. `values` besides which case it is about."""
        about = {"platform": place.platform, "account": place.account, "about": place.kind, "id": place.id}
        return Message(
            merchant=place.merchant,
            message_id=f"{prefix}-{owner}",
            owner=owner,
            kind=kind,
            channel=place.platform,
            template="-",
            locale="",
            state="queued",
            reason=None,
            due_at=self._clock.now(),
            campaign=None,
            arm=None,
            version=1,
            values={**about, **values},
        )

    def is_off(self, message: Message) -> bool:
        """Whether sending is switched off: then it waits."""
        if self._config().sending.enabled:
            return False
        waits = replace(message, state="deferred", reason="sending_off", due_at=self._clock.now() + LATER)
        self.outbox.save(replace(waits, version=message.version + 1))
        return True

    def send(self, message: Message, say: Callable[[Api], str | None]) -> Message | None:
        """Claim it, then let `say` say it; how it ended, None where somebody else has it. ConfigError without the account."""
        config, place = self._config(), place_of(message)
        entry = config.account(place.platform, place.account)
        if entry is None:
            raise ConfigError("no-account", "this account is not configured", connector=place.platform)
        api = self._connectors.api(Account(config.merchant, place.platform, place.account, entry.options))
        now = self._clock.now()
        claimed = replace(message, state="sending", reason=None, due_at=None, sent_at=now, version=message.version + 1)
        if not self.outbox.save(claimed):
            return None
        return self._handing.over(claimed, lambda: say(api), config, place=Place(place.platform, place.account))

    def cancel(self, message: Message, reason: str) -> None:
        """It is not sent."""
        done = replace(message, state="cancelled", reason=reason, due_at=None, version=message.version + 1)
        self.outbox.save(done, outcome_fact(done, local_day(self._clock.now(), self._config().zone)))
        self._counters.count("message_cancelled", kind=message.kind, reason=reason)


def place_of(message: Message) -> CaseKey:
    """The case that a row is about."""
    told = message.values
    kind: Literal["question", "review"] = "question" if told["about"] == "question" else "review"
    return CaseKey(message.merchant, told["platform"], told["account"], kind, told["id"])

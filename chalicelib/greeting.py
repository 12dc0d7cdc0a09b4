"""A greeting for a contact who has just been added, while the platform's code lives. Used by normalise: a schedule is too slow.

It answers what the person did a moment ago, and is no marketing: consent, quiet hours and caps are not asked, the one switch is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from chalicelib.channels import Welcomes
from chalicelib.config import Config
from chalicelib.contract import Account
from chalicelib.domain.contact import Contact
from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.ports import Clock, Connectors, Counters, Message, Outbox

OPTION = "welcome"  # the account option that holds the text
AGAIN = timedelta(days=1)  # a contact is added, and confirmed later: two codes, one greeting
CODE_LIVES = timedelta(seconds=20)  # WeCom: a welcome code works for 20 s, once


class Greeting:
    """At most once for a code, and once a day for a contact and employee. The outbox row is written before the call: the claim."""

    def __init__(
        self, *, config: Callable[[], Config], outbox: Outbox, connectors: Connectors, clock: Clock, counters: Counters
    ) -> None:
        self._config = config
        self._outbox = outbox
        self._connectors = connectors
        self._clock = clock
        self._counters = counters

    def greet(self, contact: Contact, owner: str) -> None:
        """Greet a contact that carries a code, if the shop has a text. `owner` is whose outbox the row lies in.

        Whatever becomes of it stands in the row; nothing is raised, as the contact itself is told all the same.
        """
        if contact.welcome is None:
            return
        config = self._config()
        account = config.account(contact.platform, contact.account)
        connector = self._connectors.connector(contact.platform)
        text = account.options.get(OPTION) if account else None
        if account is None or not text or not isinstance(connector, Welcomes):
            return
        row = self._row(config, contact, owner)
        if not self._outbox.add(row) or row.state != "sending":
            return
        shop = Account(config.merchant, contact.platform, contact.account, account.options)
        state: Literal["sent", "unknown", "failed"] = "sent"
        reason = None
        try:
            connector.welcome(contact.welcome, text, self._connectors.api(shop))
        except (Permanent, Retriable, ConfigError) as error:  # the code is dead before another try would come
            state, reason = "unknown" if error.reason == "outcome-unknown" else "failed", error.reason
        self._outbox.save(replace(row, state=state, reason=reason, version=row.version + 1))
        self._counters.count(f"message_{state}", kind="service", campaign="-")

    def _row(self, config: Config, contact: Contact, owner: str) -> Message:
        now = self._clock.now()
        at = contact.updated_at or contact.added_at
        late = at is None or now - at > CODE_LIVES
        off = not config.sending.enabled
        name = f"welcome-{_digest(contact.employee)}-"
        greeted = any(_was_greeted(row, name, now) for row in self._outbox.of(config.merchant, owner))
        reason = "sending_off" if off else "too-late" if late else "greeted" if greeted else None
        return Message(
            merchant=config.merchant,
            message_id=name + _digest(contact.welcome),
            owner=owner,
            kind="service",
            channel=contact.platform,
            template="welcome",
            locale=config.locale,
            state="cancelled" if reason else "sending",
            reason=reason,
            due_at=None,
            campaign=None,
            arm=None,
            version=1,
            decision=tuple(
                (rule, "no" if no else "ok") for rule, no in (("sending_off", off), ("code_alive", late), ("greeted", greeted))
            ),
            sent_at=None if reason else now,
        )


def _digest(text: str | None) -> str:
    return hashlib.sha256((text or "").encode()).hexdigest()[:16]


def _was_greeted(row: Message, name: str, now: datetime) -> bool:
    """By this employee, lately; or nobody knows."""
    if not row.message_id.startswith(name) or row.sent_at is None or now - row.sent_at >= AGAIN:
        return False
    return row.state in ("sending", "sent", "unknown")

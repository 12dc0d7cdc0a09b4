"""Click: the link of a message leads to the shop, and its first use is kept. Shown, and never used to say what a campaign earned.

A token names a message and nothing else: where it leads stands in the configuration. That it was used proves no person: programs
that look through mails for danger follow links as well.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import datetime

from chalicelib.config import Config
from chalicelib.errors import Rejected, Retriable
from chalicelib.offer_ports import ClickStore
from chalicelib.ports import Clock, Counters, Outbox, Vault

_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,800})\.([A-Za-z0-9_-]{1,64})", re.ASCII)
_OWNER = "~"  # stands in a message's id for its owner, which most ids hold: a link in a text message costs by the letter


class Clicks:
    """The step. Idempotent: the first click of a message stays."""

    def __init__(
        self, *, config: Callable[[], Config], outbox: Outbox, clicks: ClickStore, vault: Vault, clock: Clock, counters: Counters
    ) -> None:
        self._config = config
        self._outbox = outbox
        self._clicks = clicks
        self._vault = vault
        self._clock = clock
        self._counters = counters

    def url(self, owner: str, message_id: str) -> str:
        """The link of one message."""
        name = f"{owner}\x1f{message_id.replace(owner, _OWNER) if owner else message_id}"
        told = base64.urlsafe_b64encode(name.encode()).decode("ascii").rstrip("=")
        return f"{self._config().base_url}/c/{told}.{self._signature(name)}"

    def follow(self, token: str, *, record: bool = True) -> str:
        """Where a message's link leads; with `record`, its first use is kept.

        Rejected 404 on any token that `url` did not make, and where message, campaign or the campaign's `shop_url` is gone.
        """
        config = self._config()
        owner, message_id = self._named(token)
        message = self._outbox.read(config.merchant, owner, message_id)
        campaign = next((entry for entry in config.campaigns if message and entry.key == message.campaign), None)
        if campaign is None or campaign.shop_url is None:
            raise Rejected("link-gone", "its campaign is over", status=404)
        if record:
            self._keep(config.merchant, owner, message_id, campaign.key)
        return campaign.shop_url

    def of(self, merchant: str, owner: str) -> Mapping[str, datetime]:
        """When the link of each message of an owner was first used, by message id."""
        return self._clicks.clicks(merchant, owner)

    def _keep(self, merchant: str, owner: str, message_id: str, campaign: str) -> None:
        try:
            first = self._clicks.put_click(merchant, owner, message_id, self._clock.now())
        except Retriable as error:  # whoever wants to go to the shop does not wait for our statistics
            self._counters.count("click_lost", reason=error.reason)
            return
        if first:
            self._counters.count("clicked", campaign=campaign)

    def _named(self, token: str) -> tuple[str, str]:
        found = _TOKEN.fullmatch(token)
        name = _decoded(found.group(1)) if found else None
        if found is None or name is None or not hmac.compare_digest(self._signature(name).encode(), found.group(2).encode()):
            raise Rejected("token-unknown", "no such link", status=404)
        owner, _, message_id = name.partition("\x1f")
        return owner, message_id.replace(_OWNER, owner)

    def _signature(self, name: str) -> str:
        return self._vault.lookup(self._config().merchant, "click", name)


def _decoded(told: str) -> str | None:
    try:
        return base64.urlsafe_b64decode(told + "=" * (-len(told) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None

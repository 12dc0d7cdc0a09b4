"""Click: the link of a message leads to the shop, and its first use is kept. Shown, and never used to say what a campaign earned.

A token names a message and nothing else: where it leads stands in the configuration. That it was used proves no person: programs
that look through mails for danger follow links as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from chalicelib.config import Config
from chalicelib.errors import Rejected, Retriable
from chalicelib.links import Links
from chalicelib.offer_ports import ClickStore
from chalicelib.ports import Clock, Counters, Outbox, Vault


class Clicks:
    """The step. Idempotent: the first click of a message stays."""

    def __init__(
        self, *, config: Callable[[], Config], outbox: Outbox, clicks: ClickStore, vault: Vault, clock: Clock, counters: Counters
    ) -> None:
        self._config = config
        self._outbox = outbox
        self._clicks = clicks
        self._links = Links(vault, "click")
        self._clock = clock
        self._counters = counters

    def url(self, owner: str, message_id: str) -> str:
        """The link of one message."""
        config = self._config()
        return f"{config.base_url}/c/{self._links.token(config.merchant, owner, message_id)}"

    def follow(self, token: str, *, record: bool = True) -> str:
        """Where a message's link leads; with `record`, its first use is kept.

        Rejected 404 on any token that `url` did not make, and where message, campaign or the campaign's `shop_url` is gone.
        """
        config = self._config()
        owner, message_id = self._links.named(config.merchant, token)
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

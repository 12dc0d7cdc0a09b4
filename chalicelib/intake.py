"""The way in: sealed, in an envelope, on the inbound queue. Used by receive, and by those that fetch what a platform keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from chalicelib.contract import Account, Capability, RawRequest, Verified
from chalicelib.envelope import Envelope, carried, digest_of, encode, pack_event, pack_request
from chalicelib.errors import Permanent, Rejected, Skippable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.config import AccountConfig, Config
    from chalicelib.contract import Event, ReceivesFeed
    from chalicelib.ports import Archive, Clock, Connectors, Counters, Queue, Vault


class Intake:
    """Requests and records as envelopes. When a method has returned, what it was given survives."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        connectors: Connectors,
        vault: Vault,
        queue: Queue,
        archive: Archive,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._connectors = connectors
        self._vault = vault
        self._queue = queue
        self._archive = archive
        self._clock = clock
        self._counters = counters

    def request(
        self, shop: Account, request: RawRequest, keep: frozenset[str], *, topic: str | None = None, delivery_id: str | None = None
    ) -> None:
        """Queue a verified request with the headers in `keep`. Retriable when it is not durable."""
        topic = topic or request.topic
        digest = digest_of(shop.platform, shop.account, topic, request.body)
        sealed = self._vault.seal_raw(shop.merchant, pack_request(request, keep), digest)
        text, claim = carried(sealed, shop.merchant, digest, self._archive.put)
        envelope = Envelope(
            digest=digest,
            merchant=shop.merchant,
            platform=shop.platform,
            account=shop.account,
            source="push",
            form="request",
            topic=topic,
            delivery_id=delivery_id or digest,
            received_at=self._clock.now(),
            sealed=text,
            claim=claim,
        )
        self._queue.send([encode(envelope)])
        self._counters.count("received", platform=shop.platform)

    def events(self, shop: Account, events: Sequence[Event]) -> None:
        """Queue what a platform answered when it was asked. Retriable when it is not durable."""
        if events:
            self._queue.send([encode(self._of(shop, event)) for event in events])

    def _of(self, shop: Account, event: Event) -> Envelope:
        digest = digest_of(shop.platform, shop.account, event.topic, event.payload)
        sealed = self._vault.seal_raw(shop.merchant, pack_event(event), digest)
        text, claim = carried(sealed, shop.merchant, digest, self._archive.put)
        return Envelope(
            digest=digest,
            merchant=shop.merchant,
            platform=shop.platform,
            account=shop.account,
            source="pull",
            form="event",
            topic=event.topic,
            delivery_id=event.delivery_id,
            received_at=self._clock.now(),
            sealed=text,
            claim=claim,
        )

    def record(self, platform: str, record: str, reader: AccountConfig | None = None) -> None:
        """Queue one record of a feed under the account that it names. Retriable when it is not durable.

        What says nothing about anybody (Skippable) is counted and let go. Permanent("account-unknown") for a record that nobody
        owns. One that cannot be read is Permanent as well, unless `reader`, the account through which it was fetched, is given:
        it then waits in quarantine under that account.
        """
        connector, body = self._connectors.connector(platform), record.encode()
        if Capability.RECEIVES_FEED not in connector.info.capabilities:
            raise Permanent("no-feed", "this platform has no feed", connector=platform)
        config = self._config()
        try:
            owners = owners_of(config, platform, cast("ReceivesFeed", connector).address(body))
        except Skippable as error:
            self._counters.count("skipped", platform=platform, reason=error.reason)
            return
        except Permanent:
            if reader is None:
                raise
            owners = [reader]
        if len(owners) != 1:
            raise Permanent("account-unknown", f"{len(owners)} accounts are the record's owner", connector=platform)
        shop = Account(config.merchant, platform, owners[0].account, owners[0].options)
        request = RawRequest("POST", config.webhook_url(platform, shop.account), {}, (), body)
        self.request(shop, request, connector.info.push_headers)


def owners_of(config: Config, platform: str, wanted: Mapping[str, str]) -> list[AccountConfig]:
    """The accounts of a platform that have these options."""
    return [each for each in config.accounts if each.platform == platform and has(each.options, wanted)]


def has(options: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether an account has the options that name a shop; nothing named is nobody's."""
    return bool(wanted) and all(options.get(name) == value for name, value in wanted.items())


def routed(config: Config, shop: Account, verified: Verified) -> tuple[Account, ...]:
    """The accounts that a delivery is for: that of the URL, or of an app with one URL for all its shops those that it names.

    Rejected 404 when no account is one of those shops.
    """
    if verified.shop is None:
        return (shop,)
    found: dict[str, Account] = {}
    for wanted in (verified.shop, *verified.also):
        if has(shop.options, wanted):
            found[shop.account] = shop
        elif len(owners := owners_of(config, shop.platform, wanted)) == 1:
            found[owners[0].account] = Account(config.merchant, shop.platform, owners[0].account, owners[0].options)
    if not found:
        raise Rejected("shop-unknown", "no account, or more than one, is the delivery's shop", status=404)
    return tuple(found.values())
